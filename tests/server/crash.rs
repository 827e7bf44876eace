//! The real server is killed without warning, again and again, while people work with it: what it
//! acknowledged is there after the restart, and every open instance goes on.
//!
//! This test starts processes and so polls with a deadline; all else here runs in one process.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use spartito::sandbox::{self, CallLog, SandboxSettings};

use crate::models;

const KILLS: u32 = 10;
const WORKERS: u32 = 6;
const PASSWORD: &str = "correct horse battery staple";
const DEADLINE: Duration = Duration::from_secs(60);

/// A server process that is killed when it is dropped.
struct Server {
    child: Child,
    address: SocketAddr,
    client: Client,
    cookie: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // `kill` sends SIGKILL: nothing is flushed, nothing is said goodbye to.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    async fn start(folder: &Path, sandbox: SocketAddr) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let password = folder.join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(folder.join("server.log"))
            .unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_spartito"))
            .arg("serve")
            .args(["--addr", &address.to_string()])
            .args(["--connection", &format!("sandbox=http://{sandbox}")])
            .arg("--data")
            .arg(folder.join("data"))
            .arg("--admin-password-file")
            .arg(&password)
            .current_dir(folder)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .expect("the server starts");
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap();
        let mut server = Self { child, address, client, cookie: String::new() };
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(cookie) = server.sign_in().await {
                server.cookie = cookie;
                return server;
            }
            let log = || std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "the server did not start: {}", log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn sign_in(&self) -> Option<String> {
        let credentials = json!({ "name": "admin", "password": PASSWORD });
        let url = format!("http://{}/api/v1/sessions", self.address);
        let response = self.client.post(url).json(&credentials).send().await.ok()?;
        assert_eq!(response.status(), StatusCode::OK, "{:?}", response.text().await);
        let cookie = response.headers().get("set-cookie")?.to_str().ok()?;
        Some(cookie.split(';').next()?.to_owned())
    }

    fn call(&self, method: &str, path: &str) -> RequestBuilder {
        let url = format!("http://{}/api/v1{path}", self.address);
        let request = self.client.request(method.parse().unwrap(), url);
        request.header("cookie", &self.cookie)
    }
}

/// What the server has acknowledged.
#[derive(Default)]
struct Acknowledged {
    started: BTreeSet<String>,
    completed: BTreeSet<String>,
}

/// The answer, if one came and was a success.
async fn acknowledged(request: RequestBuilder) -> Option<Value> {
    let response = request.send().await.ok()?;
    let status = response.status();
    let text = response.text().await.ok()?;
    // A task that another worker took or that has ended is refused; nothing else is.
    assert!(status.is_success() || matches!(status.as_u16(), 404 | 409), "{status}: {text}");
    status.is_success().then(|| serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn keys(page: &Value, name: &str) -> Vec<String> {
    let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| Some(item[name].as_str()?.to_owned())).collect()
}

async fn open_tasks(server: &Server) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for view in ["mine", "groups"] {
        let search = json!({ "filter": { "view": view } });
        let page = acknowledged(server.call("POST", "/user-tasks/search").json(&search)).await?;
        found.extend(keys(&page, "userTaskKey"));
    }
    Some(found)
}

async fn complete(server: &Server, task: &str) -> Option<()> {
    acknowledged(server.call("POST", &format!("/user-tasks/{task}/assignment"))).await;
    let completion = server.call("POST", &format!("/user-tasks/{task}/completion"));
    acknowledged(completion.json(&json!({}))).await.map(|_| ())
}

/// Starts instances and does tasks until the server is gone.
async fn work(server: Arc<Server>, facts: Arc<Mutex<Acknowledged>>, number: u32) {
    loop {
        let start = json!({ "processDefinitionId": "paid", "variables": { "n": number } });
        let answer = server.call("POST", "/process-instances").json(&start).send().await;
        let Ok(answer) = answer else { return };
        assert_eq!(answer.status(), StatusCode::CREATED);
        let Ok(started) = answer.json::<Value>().await else { return };
        let key = started["processInstanceKey"].as_str().unwrap().to_owned();
        facts.lock().unwrap().started.insert(key);
        let Some(tasks) = open_tasks(&server).await else { return };
        if let Some(task) = tasks.get(number as usize % tasks.len().max(1)) {
            if complete(&server, task).await.is_some() {
                facts.lock().unwrap().completed.insert(task.clone());
            }
        }
    }
}

/// All instances by key, with their states.
async fn instances(server: &Server) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut after = String::new();
    loop {
        let path = format!("/process-instances?processDefinitionId=paid{after}");
        let page = acknowledged(server.call("GET", &path)).await.expect("a list");
        for item in page["items"].as_array().unwrap() {
            let text = |name: &str| item[name].as_str().unwrap().to_owned();
            all.insert(text("processInstanceKey"), text("state"));
        }
        match page["page"]["endCursor"].as_str() {
            Some(cursor) => after = format!("&after={cursor}"),
            None => return all,
        }
    }
}

fn model() -> String {
    let pay = "<bpmn:serviceTask id=\"pay\" name=\"Pay\"><bpmn:extensionElements>\
        <zeebe:taskDefinition type=\"http\" retries=\"5\" /><zeebe:ioMapping>\
        <zeebe:input source=\"sandbox\" target=\"connection\" />\
        <zeebe:input source=\"/payments\" target=\"url\" />\
        <zeebe:input source=\"={reference: &quot;x&quot;, amount: 5}\" target=\"body\" />\
        </zeebe:ioMapping><zeebe:taskHeaders>\
        <zeebe:header key=\"resultExpression\" value=\"={payment: response.body.paymentId}\" />\
        <zeebe:header key=\"retryBackoff\" value=\"PT0.2S\" /></zeebe:taskHeaders>\
        </bpmn:extensionElements></bpmn:serviceTask>\n";
    models::sequence("paid", &[pay.to_owned(), models::user_task("check", "Check", "clerks")])
}

async fn start_sandbox() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut settings = SandboxSettings { seed: 7, ..SandboxSettings::default() };
    // Slow and unreliable, so that calls are under way when the server dies.
    (settings.control.delay_ms, settings.control.failure_rate) = (30, 0.1);
    tokio::spawn(sandbox::serve(listener, settings, std::future::pending()));
    address
}

/// Finishes what is open, and gives the final state of every instance.
async fn finish(server: &Server) -> BTreeMap<String, String> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        for task in open_tasks(server).await.expect("a list") {
            complete(server, &task).await;
        }
        let all = instances(server).await;
        if all.values().all(|state| state == "COMPLETED") {
            return all;
        }
        let open = all.values().filter(|state| *state != "COMPLETED").count();
        assert!(Instant::now() < deadline, "{open} of {} do not go on", all.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_every_kill_and_all_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = start_sandbox().await;
    let facts: Arc<Mutex<Acknowledged>> = Arc::default();
    let server = Server::start(folder.path(), sandbox).await;
    let deploy = server.call("POST", "/deployments?fileName=paid.bpmn");
    let deploy = deploy.header("content-type", "application/xml").body(model());
    acknowledged(deploy).await.expect("the model is deployed");
    drop(server);
    for round in 0..KILLS {
        let server = Arc::new(Server::start(folder.path(), sandbox).await);
        let workers: Vec<_> =
            (0..WORKERS).map(|n| tokio::spawn(work(server.clone(), facts.clone(), n))).collect();
        // Different moments, without chance: a failure can be looked into.
        tokio::time::sleep(Duration::from_millis(150 + u64::from(round * 137 % 400))).await;
        let process = i32::try_from(server.child.id()).unwrap().to_string();
        let killed = Command::new("kill").args(["-9", &process]).status().unwrap();
        assert!(killed.success());
        for worker in workers {
            worker.await.expect("only the connection breaks");
        }
        drop(server);
    }
    let server = Server::start(folder.path(), sandbox).await;
    let all = finish(&server).await;
    let facts = facts.lock().unwrap();
    println!(
        "{KILLS} kills: {} instances, {} of them acknowledged; {} tasks acknowledged",
        all.len(),
        facts.started.len(),
        facts.completed.len()
    );
    assert!(facts.started.len() > 50 && facts.completed.len() > 20, "something was going on");
    for key in &facts.started {
        assert!(all.contains_key(key), "{key} was acknowledged and is lost");
    }
    for task in &facts.completed {
        let path = format!("/user-tasks/{task}");
        let task = acknowledged(server.call("GET", &path)).await.expect("the task is known");
        assert_eq!(task["state"], "COMPLETED");
    }
    let log = reqwest::get(format!("http://{sandbox}/calls")).await.unwrap().text().await.unwrap();
    let log: CallLog = serde_json::from_str(&log).unwrap();
    let paid = log.done["payments"];
    assert_eq!(paid, all.len() as u64, "every instance has paid, and none twice");
    assert!(log.calls.len() as u64 > paid, "some calls were made again");
}
