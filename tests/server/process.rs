//! The real server as a process of its own, as people run it.
//!
//! Tests that start processes poll with a deadline; all others run in one process.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use spartito::store::StoreSettings;

use crate::databases::TestDatabase;

pub const DEADLINE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "correct horse battery staple";

/// A database and what a server needs beside it.
pub struct Place {
    database: TestDatabase,
    sandbox: SocketAddr,
}

impl Place {
    pub fn new(database: TestDatabase, sandbox: SocketAddr) -> Self {
        std::fs::write(database.folder.path().join("password"), PASSWORD).unwrap();
        Self { database, sandbox }
    }

    pub fn settings(&self) -> &StoreSettings {
        &self.database.settings
    }

    pub fn folder(&self) -> &Path {
        self.database.folder.path()
    }

    /// What all servers here have written.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder().join("server.log")).unwrap_or_default()
    }

    /// The command that starts a server here.
    pub fn command(&self, address: SocketAddr) -> Command {
        self.command_of(&binary(), address, &self.database.settings.url)
    }

    /// The same for another binary, or with its database at another address.
    fn command_of(&self, binary: &str, address: SocketAddr, url: &str) -> Command {
        let mut command = Command::new(binary);
        command
            .arg("serve")
            .args(["--addr", &address.to_string()])
            .args(["--connection", &format!("sandbox=http://{}", self.sandbox)])
            .args(["--database-url", url])
            .arg("--data")
            .arg(self.folder().join("data"))
            .arg("--admin-password-file")
            .arg(self.folder().join("password"))
            .current_dir(self.folder())
            .stdin(Stdio::null());
        command
    }
}

/// The server to test: the one that was built with the tests, or another by `SPARTITO_BINARY`.
fn binary() -> String {
    let built = || env!("CARGO_BIN_EXE_spartito").to_owned();
    std::env::var("SPARTITO_BINARY").unwrap_or_else(|_| built())
}

pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A server process that is killed when it is dropped.
pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
    pub client: Client,
    pub cookie: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // `kill` sends SIGKILL: nothing is flushed, nothing is said goodbye to.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts on the database of `place` and waits until it answers.
    pub async fn start(place: &Place) -> Self {
        let address = free_address();
        Self::run(place, place.command(address), address).await
    }

    /// The same, under a name among others on the database.
    pub async fn start_named(place: &Place, name: &str) -> Self {
        let address = free_address();
        let mut command = place.command(address);
        command.args(["--node-name", name]);
        Self::run(place, command, address).await
    }

    /// The same, with further arguments.
    pub async fn start_with(place: &Place, arguments: &[&str]) -> Self {
        let address = free_address();
        let mut command = place.command(address);
        command.args(arguments);
        Self::run(place, command, address).await
    }

    /// The same, to end at a failpoint when that is passed so many times; the other way out is that
    /// it did so before it answered.
    pub async fn start_until(place: &Place, failpoint: &str) -> Result<Self, ExitStatus> {
        let address = free_address();
        let mut command = place.command(address);
        command.env("SPARTITO_FAILPOINT", failpoint);
        Self::try_run(place, command, address).await
    }

    /// The same, with its database at `url`.
    pub async fn start_via(place: &Place, url: &str) -> Self {
        let address = free_address();
        let command = place.command_of(&binary(), address, url);
        Self::run(place, command, address).await
    }

    /// The same, of another version.
    pub async fn start_binary(place: &Place, binary: &str) -> Self {
        let address = free_address();
        let command = place.command_of(binary, address, &place.settings().url);
        Self::run(place, command, address).await
    }

    async fn run(place: &Place, command: Command, address: SocketAddr) -> Self {
        match Self::try_run(place, command, address).await {
            Ok(server) => server,
            Err(status) => panic!("the server did not start, {status}: {}", place.log()),
        }
    }

    async fn try_run(
        place: &Place,
        mut command: Command,
        address: SocketAddr,
    ) -> Result<Self, ExitStatus> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(place.folder().join("server.log"))
            .unwrap();
        let child = command
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("the server starts");
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap();
        let mut server = Self { child, address, client, cookie: String::new() };
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(cookie) = server.sign_in().await {
                server.cookie = cookie;
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait().unwrap() {
                return Err(status);
            }
            assert!(Instant::now() < deadline, "the server did not start: {}", place.log());
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

    /// Sends it a signal by name, such as `KILL`.
    pub fn signal(&self, name: &str) {
        let process = self.child.id().to_string();
        let told = Command::new("kill").args(["-s", name, &process]).status().unwrap();
        assert!(told.success());
    }

    pub fn call(&self, method: &str, path: &str) -> RequestBuilder {
        let url = format!("http://{}/api/v1{path}", self.address);
        let request = self.client.request(method.parse().unwrap(), url);
        request.header("cookie", &self.cookie)
    }
}

/// The answer, if one came and was a success.
pub async fn acknowledged(request: RequestBuilder) -> Option<Value> {
    let response = request.send().await.ok()?;
    let status = response.status();
    let text = response.text().await.ok()?;
    // A task that another worker took or that has ended is refused; nothing else is.
    assert!(status.is_success() || matches!(status.as_u16(), 404 | 409), "{status}: {text}");
    status.is_success().then(|| serde_json::from_str(&text).unwrap_or(Value::Null))
}

pub fn keys(page: &Value, name: &str) -> Vec<String> {
    let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| Some(item[name].as_str()?.to_owned())).collect()
}
