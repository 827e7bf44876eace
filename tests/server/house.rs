//! A whole server to test: the real app on a free port, with its own database, a clock that the
//! test moves, and the sandbox as its outside world.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{COOKIE, HeaderMap, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, redirect};
use serde_json::{Value, json};
use spartito::auth::passwords::Passwords;
use spartito::operations::{Desk, set_up};
use spartito::runtime::{Clock, SimulatedClock};
use spartito::sandbox::{self, SandboxSettings};
use spartito::server::config::{ServeArgs, Settings};
use spartito::server::run::Server;
use spartito::store::PersonRow;
use spartito_core::ids::{GroupId, PersonId};
use spartito_core::time::Timestamp;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::databases::TestDatabase;

/// Everybody's password; longer than 64 characters (case 52).
pub const PASSWORD: &str =
    "four plain words and then some more so that it is longer than sixty-four";

/// Time in which something that happens by itself must have happened.
const DEADLINE: Duration = Duration::from_secs(20);

/// A running server.
pub struct House {
    pub url: String,
    pub addr: SocketAddr,
    pub clock: SimulatedClock,
    pub desk: Arc<Desk>,
    pub set_up_link: Option<String>,
    /// Where it shows its figures.
    pub metrics: SocketAddr,
    /// Ends the delay of its stop.
    pub hurry: CancellationToken,
    sandbox: String,
    stop: CancellationToken,
    served: JoinHandle<()>,
    _database: TestDatabase,
}

impl House {
    /// A house that nobody has set up yet.
    pub async fn empty(database: TestDatabase) -> Self {
        Self::changed(database, |_| {}).await
    }

    /// The same, with other settings.
    pub async fn changed(database: TestDatabase, change: impl FnOnce(&mut Settings)) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let until = stop.clone().cancelled_owned();
        tokio::spawn(sandbox::serve(listener, SandboxSettings::default(), until));
        let clock = SimulatedClock::new(Timestamp::parse("2026-11-23T08:00:00Z").unwrap());
        let mut settings = Settings {
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: database.folder.path().to_owned(),
            database_url: Some(database.settings.url.clone()),
            connections: BTreeMap::from([("sandbox".to_owned(), sandbox.clone())]),
            site: database.folder.path().join("site"),
            metrics_addr: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            body_time_max: Duration::from_millis(600),
            ..Settings::load(ServeArgs::default()).unwrap()
        };
        change(&mut settings);
        std::fs::create_dir_all(settings.site.join("pkg")).unwrap();
        std::fs::write(settings.site.join("pkg/spartito.css"), "body { margin: 0 }").unwrap();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let server = Server::start(&settings, shared).await.unwrap();
        let (url, addr) = (server.url(), server.addr());
        let (metrics, hurry) = (server.metrics_addr().unwrap(), server.hurry());
        let (desk, set_up_link) = (Arc::clone(server.desk()), server.set_up_link());
        let until = stop.clone().cancelled_owned();
        let served = tokio::spawn(async move { server.serve(until).await.unwrap() });
        Self {
            url,
            addr,
            clock,
            desk,
            set_up_link,
            metrics,
            hurry,
            sandbox,
            stop,
            served,
            _database: database,
        }
    }

    /// A house with the loan example and its people: `admin`, `olga` (operator), `sofia` and `mark`
    /// (members), `ben` (clerk), `ursula` and `uwe` (underwriters).
    pub async fn with_example(database: TestDatabase) -> Self {
        let house = Self::empty(database).await;
        let hash = Passwords::new().hash(PASSWORD).await.unwrap();
        let person = |person: &str, name: &str, role: &str, groups: &[&str]| PersonRow {
            person: PersonId::from(person),
            name: name.to_owned(),
            role: role.to_owned(),
            groups: groups.iter().map(|group| GroupId::from(*group)).collect(),
            password_hash: hash.clone(),
            disabled: false,
            created_at: house.clock.now(),
            last_sign_in: None,
        };
        let people = [
            person("admin", "Ada Admin", "administrator", &[]),
            person("olga", "Olga Operator", "operator", &[]),
            person("sofia", "Sofia Conti", "member", &[]),
            person("mark", "Mark Member", "member", &[]),
            person("ben", "Ben Okafor", "member", &["verification", "back-office"]),
            person("ursula", "Ursula Weiss", "member", &["underwriters"]),
            person("uwe", "Uwe Lang", "member", &["underwriters"]),
        ];
        house.desk.runtime.store.add_people(&people).await.unwrap();
        set_up::deploy_example(&house.desk, &PersonId::from("admin")).await.unwrap();
        house
    }

    /// Tells the outside world how to behave.
    pub async fn sandbox_mode(&self, mode: &str) {
        let control = format!("{}/control", self.sandbox);
        let told = Client::new().put(control).json(&json!({ "mode": mode })).send().await;
        assert_eq!(told.unwrap().status(), 200);
    }

    /// Waits until `done` says so; panics after some seconds.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, done: impl Fn() -> F) {
        let begun = Instant::now();
        while !done().await {
            assert!(begun.elapsed() < DEADLINE, "never: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Tells it to stop, and does not wait for it.
    pub fn tell_to_stop(&self) {
        self.stop.cancel();
    }

    /// Lets requests under way end, and waits for it.
    pub async fn close(self) {
        self.stop.cancel();
        tokio::time::timeout(DEADLINE, self.served).await.expect("it ends in time").unwrap();
    }

    /// A browser that nobody has signed in with.
    pub fn visitor(&self) -> Browser {
        let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Browser { client, url: self.url.clone(), cookie: None }
    }

    /// A browser of a person of the example.
    pub async fn browser_of(&self, person: &str) -> Browser {
        let mut browser = self.visitor();
        let answer = browser.sign_in(person, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::OK, "{person} signs in");
        browser
    }

    /// Starts a loan that is worth examining, as `sofia`, and gives its key.
    pub async fn loan(&self, sofia: &Browser, applicant: &str) -> String {
        let variables = json!({
            "applicant": applicant, "amount": 24000, "term": 48, "income": 5000, "tier": "gold",
        });
        let body = json!({ "processDefinitionId": "loan-application", "variables": variables });
        let started = sofia.post("/api/v1/process-instances", &body).await;
        assert_eq!(started.status(), StatusCode::CREATED, "{}", started.text().await.unwrap());
        let started: Value = started.json().await.unwrap();
        started["processInstanceKey"].as_str().unwrap().to_owned()
    }

    /// The first open task of this name that a person sees, once there is one.
    pub async fn task(&self, browser: &Browser, name: &str) -> String {
        let begun = Instant::now();
        loop {
            for view in ["groups", "mine"] {
                let body = json!({ "filter": { "view": view } });
                let found = browser.post("/api/v1/user-tasks/search", &body).await;
                let found: Value = found.json().await.unwrap();
                let items = found["items"].as_array().unwrap();
                if let Some(task) = items.iter().find(|task| task["name"] == name) {
                    return task["userTaskKey"].as_str().unwrap().to_owned();
                }
            }
            assert!(begun.elapsed() < DEADLINE, "no task “{name}” came up");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// What one person's browser keeps: the cookie.
#[derive(Clone)]
pub struct Browser {
    pub client: Client,
    pub url: String,
    pub cookie: Option<String>,
}

impl Browser {
    /// A request with this browser's cookie.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// A page, as a browser asks for it.
    pub async fn page(&self, path: &str) -> Response {
        let request = self.request(Method::GET, path).header("accept", "text/html");
        request.send().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.request(Method::POST, path).json(body).send().await.unwrap()
    }

    /// Sends a form, as a browser does without scripts.
    pub async fn form(&self, call: &str, fields: &str) -> Response {
        let request = self.request(Method::POST, &format!("/call/{call}"));
        let request = request.header("accept", "text/html");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(fields.to_owned()).send().await.unwrap()
    }

    pub async fn delete(&self, path: &str) -> Response {
        self.request(Method::DELETE, path).send().await.unwrap()
    }

    /// Signs in and keeps the cookie.
    pub async fn sign_in(&mut self, name: &str, password: &str) -> Response {
        let body = json!({ "name": name, "password": password });
        let answer = self.post("/api/v1/sessions", &body).await;
        if let Some(cookie) = cookie_of(answer.headers()) {
            self.cookie = Some(cookie);
        }
        answer
    }
}

/// The session's cookie that an answer sets, as it is sent back.
pub fn cookie_of(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok())
        .find(|cookie| cookie.starts_with("spartito="))
        .map(|cookie| cookie.split(';').next().unwrap_or_default().to_owned())
}

/// The detail of a problem, after checking that it is one with this status.
pub async fn problem(answer: Response, status: u16) -> String {
    let (got, kind) = (answer.status().as_u16(), answer.headers().get("content-type").cloned());
    let text = answer.text().await.unwrap();
    assert_eq!(got, status, "{text}");
    assert_eq!(kind.unwrap(), "application/problem+json", "{text}");
    let problem: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(problem["status"], status);
    assert!(problem["type"].is_string() && problem["title"].is_string());
    problem["detail"].as_str().unwrap().to_owned()
}
