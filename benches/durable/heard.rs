//! How soon a change is heard: from its commit to the event in an HTTP client, over loopback.
//!
//! A whole server, listeners as browsers are (each a stream of its own), and other instances that
//! go on all the while. The listeners hear of one instance, which changes every so often.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use spartito::auth::passwords::Passwords;
use spartito::runtime::{Runtime, SubmitError, SystemClock};
use spartito::server::config::{ServeArgs, Settings};
use spartito::server::run::{Server, StartError};
use spartito::store::PersonRow;
use spartito_core::engine::Command;
use spartito_core::ids::{DefinitionKey, ElementInstanceId, InstanceId, PersonId};
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;
use tokio::sync::{Barrier, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Folder, deploy, load, part};

const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:bench">
  <process id="bench_heard" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="task"/>
    <userTask id="task"/><sequenceFlow id="f2" sourceRef="task" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

const PASSWORD: &str = "four plain words for a benchmark";

/// Time between two changes: longer than the server gathers, so that each has an event of its own.
const BETWEEN_CHANGES: Duration = Duration::from_millis(80);
/// Changes of other instances per second, meanwhile.
const OTHER_CHANGES_PER_SECOND: u32 = 100;
/// No event within this time is a failure.
const HEARD_MAX: Duration = Duration::from_secs(10);

/// A whole server with one process, one instance that changes, and an administrator who is signed in.
pub(super) struct Served {
    pub(super) runtime: Runtime,
    pub(super) url: String,
    pub(super) cookie: String,
    pub(super) definition: DefinitionKey,
    pub(super) instance: InstanceId,
    pub(super) task: ElementInstanceId,
    stop: CancellationToken,
    served: JoinHandle<Result<(), StartError>>,
    _folder: Folder,
}

impl Served {
    pub(super) async fn start() -> Self {
        let folder = Folder::new();
        let settings = Settings {
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: folder.0.clone(),
            database_url: None,
            site: folder.0.clone(),
            ..Settings::load(ServeArgs::default()).expect("settings")
        };
        let server = Server::start(&settings, Arc::new(SystemClock)).await.expect("a server");
        let runtime = server.desk().runtime.clone();
        let url = server.url();
        let stop = CancellationToken::new();
        let served = tokio::spawn(server.serve(stop.clone().cancelled_owned()));
        let definition = deploy(&runtime, MODEL).await;
        let (instance, task) = start(&runtime, definition).await;
        let cookie = sign_in(&runtime, &url).await;
        Self { runtime, url, cookie, definition, instance, task, stop, served, _folder: folder }
    }

    pub(super) async fn stop(self) {
        self.stop.cancel();
        self.served.await.expect("the server ends").expect("as it was told");
    }
}

/// `listeners` listen while one instance changes `changes` times.
pub async fn run(changes: u64, listeners: u64) {
    let server = Served::start().await;
    let (runtime, url, cookie) = (&server.runtime, &server.url, &server.cookie);
    let (instance, task, stop) = (server.instance, server.task, CancellationToken::new());

    let (heard, mut events) = mpsc::unbounded_channel();
    let ready = Arc::new(Barrier::new(usize::try_from(listeners).expect("a number") + 1));
    for _ in 0..listeners {
        let address = format!("{url}/api/v1/stream?topic=instance%3A{instance}");
        tokio::spawn(listen(address, cookie.clone(), ready.clone(), heard.clone()));
    }
    ready.wait().await;
    let others = tokio::spawn(change_others(runtime.clone(), server.definition, stop.clone()));

    let (mut from_commit, mut from_request) = (Vec::new(), Vec::new());
    for _ in 0..changes {
        tokio::time::sleep(BETWEEN_CHANGES).await;
        let asked = Instant::now();
        toggle(runtime, instance, task).await.expect("it fits");
        let committed = Instant::now();
        for _ in 0..listeners {
            let event = tokio::time::timeout(HEARD_MAX, events.recv()).await;
            let at = event.expect("every listener hears it").expect("the listeners go on");
            from_commit.push(at.saturating_duration_since(committed).as_secs_f64() * 1e3);
            from_request.push((at - asked).as_secs_f64() * 1e3);
        }
    }
    stop.cancel();
    others.await.expect("the others go on").expect("their changes fit");
    server.stop().await;
    let (p50, p99) = (part(&mut from_commit, 50), part(&mut from_commit, 99));
    let (most, asked_p50) = (part(&mut from_commit, 100), part(&mut from_request, 50));
    let asked_p99 = part(&mut from_request, 99);
    println!(
        r#"{{"engine": "Spartito", "scenario": "heard", "mode": "sqlite", "sync": "FULL", "listeners": {listeners}, "n": {changes}, "commit_to_event_p50_ms": {p50:.3}, "commit_to_event_p99_ms": {p99:.3}, "commit_to_event_max_ms": {most:.3}, "request_to_event_p50_ms": {asked_p50:.3}, "request_to_event_p99_ms": {asked_p99:.3}, "load1": {}}}"#,
        load()
    );
}

/// Tells when each event arrived.
pub(super) async fn listen(
    address: String,
    cookie: String,
    ready: Arc<Barrier>,
    heard: mpsc::UnboundedSender<Instant>,
) {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut stream =
        client.get(address).header("cookie", cookie).send().await.expect("a stream opens");
    assert_eq!(stream.status(), 200);
    let opened = stream.chunk().await.expect("the stream goes on");
    assert!(opened.is_some_and(|chunk| chunk.starts_with(b"event: open")));
    ready.wait().await;
    while let Ok(Some(chunk)) = stream.chunk().await {
        let at = Instant::now();
        // A chunk without an event is a sign of life.
        if chunk.starts_with(b"event: changed") && heard.send(at).is_err() {
            return;
        }
    }
}

/// Claims the task, or gives it back.
pub(super) async fn toggle(
    runtime: &Runtime,
    instance: InstanceId,
    element: ElementInstanceId,
) -> Result<(), SubmitError> {
    let (state, _) = runtime.store.load_state(instance).await.expect("an answer").expect("there");
    let task = state.element(element).and_then(|visit| visit.user_task()).expect("an open task");
    let command = match task.assignee {
        None => Command::ClaimUserTask { element },
        Some(_) => Command::UnclaimUserTask { element },
    };
    let by = Some(PersonId::from("admin"));
    runtime.orchestrator.submit(instance, command, by, None).await.map(|_| ())
}

async fn start(runtime: &Runtime, definition: DefinitionKey) -> (InstanceId, ElementInstanceId) {
    let instance = runtime.orchestrator.new_instance_id();
    let (business_key, variables) = (None, Variables::default());
    let command = Command::StartInstance {
        instance,
        definition,
        business_key,
        variables,
        node: None,
        occurred: None,
        caller: None,
    };
    runtime.orchestrator.submit(instance, command, None, None).await.expect("it starts");
    let (state, _) = runtime.store.load_state(instance).await.expect("an answer").expect("there");
    let (task, _) = state.user_tasks().next().expect("a task");
    (instance, task)
}

/// Changes other instances at a steady rate until it is told to stop.
async fn change_others(
    runtime: Runtime,
    definition: DefinitionKey,
    stop: CancellationToken,
) -> Result<(), SubmitError> {
    let mut tick = tokio::time::interval(Duration::from_secs(1) / OTHER_CHANGES_PER_SECOND);
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = tick.tick() => {
                let instance = runtime.orchestrator.new_instance_id();
                let (business_key, variables) = (None, Variables::default());
                let command =
                    Command::StartInstance { instance, definition, business_key, variables, node: None, occurred: None, caller: None };
                runtime.orchestrator.submit(instance, command, None, None).await?;
            }
        }
    }
}

/// An administrator's cookie.
async fn sign_in(runtime: &Runtime, url: &str) -> String {
    let admin = PersonRow {
        person: PersonId::from("admin"),
        name: "Ada Admin".to_owned(),
        role: "administrator".to_owned(),
        groups: Vec::new(),
        password_hash: Passwords::new().hash(PASSWORD).await.expect("room"),
        disabled: false,
        created_at: Timestamp::EPOCH,
        last_sign_in: None,
    };
    runtime.store.add_people(&[admin]).await.expect("the database answers");
    session(url).await
}

/// The cookie of a further session of the same person.
pub(super) async fn session(url: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let body = serde_json::json!({ "name": "admin", "password": PASSWORD });
    let answer = client.post(format!("{url}/api/v1/sessions")).json(&body).send().await;
    let answer = answer.expect("the server answers");
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers()["set-cookie"].to_str().expect("a text").to_owned();
    cookie.split(';').next().unwrap_or_default().to_owned()
}
