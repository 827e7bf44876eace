//! Service tasks against the sandbox over real HTTP: what works, what fails, and what an incident
//! says about it.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use spartito::connectors::{Catalogue, Connections};
use spartito::runtime::Clock;
use spartito::sandbox::{self, CallLog, SandboxSettings};
use spartito::store::{InstanceRow, InstanceStatus};
use spartito_core::engine::Command;
use spartito_core::ids::InstanceId;

use crate::bench::{Bench, next_attempt_after};
use crate::databases::{TestDatabase, sqlite};
use crate::models;

struct World {
    bench: Bench,
    sandbox: SocketAddr,
    instance: InstanceId,
    _database: TestDatabase,
}

fn model() -> String {
    let score = "<bpmn:serviceTask id=\"score\" name=\"Score\"><bpmn:extensionElements>\
        <zeebe:taskDefinition type=\"io.camunda:http-json:1\" retries=\"2\" /><zeebe:ioMapping>\
        <zeebe:input source=\"bureau\" target=\"connection\" />\
        <zeebe:input source=\"POST\" target=\"method\" />\
        <zeebe:input source=\"/bureau/scores\" target=\"url\" />\
        <zeebe:input source=\"={applicant: &quot;Marta&quot;, amount: 24000, term: 48, \
        income: 3900}\" target=\"body\" />\
        <zeebe:input source=\"=1\" target=\"readTimeoutInSeconds\" /></zeebe:ioMapping>\
        <zeebe:taskHeaders><zeebe:header key=\"resultExpression\" \
        value=\"={score: response.body.score, band: response.body.band}\" />\
        <zeebe:header key=\"retryBackoff\" value=\"PT10S\" /></zeebe:taskHeaders>\
        </bpmn:extensionElements></bpmn:serviceTask>\n";
    models::sequence("scored", &[score.to_owned()])
}

impl World {
    /// A sandbox in this mode, and an instance that has called it once.
    async fn start(mode: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = listener.local_addr().unwrap();
        let settings = SandboxSettings { seed: 1, ..SandboxSettings::default() };
        tokio::spawn(sandbox::serve(listener, settings, std::future::pending()));
        let mut connections = Connections::default();
        connections.add("bureau", &format!("http://{sandbox}")).unwrap();
        let database = sqlite();
        let connectors = Catalogue::built_in(connections).unwrap();
        let bench = Bench::start(&database.settings, connectors).await;
        let world = Self { bench, sandbox, instance: InstanceId::new(0), _database: database };
        world.set(mode).await;
        let definition = world.bench.deploy(&model()).await;
        let instance = world.bench.start_instance(definition, "anna", "LA-1").await;
        Self { instance, ..world }
    }

    async fn set(&self, mode: &str) {
        let answer = reqwest::Client::new()
            .put(format!("http://{}/control", self.sandbox))
            .json(&json!({ "mode": mode }))
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success());
    }

    async fn calls(&self) -> CallLog {
        let url = format!("http://{}/calls", self.sandbox);
        reqwest::get(url).await.unwrap().json().await.unwrap()
    }

    async fn row(&self) -> InstanceRow {
        self.bench.runtime.store.instance(self.instance).await.unwrap().unwrap()
    }

    async fn until_completed(&self) {
        let done = || async { self.row().await.status == InstanceStatus::Completed };
        self.bench.until("the end", done).await;
    }

    /// Lets both attempts fail, and gives what the incident says.
    async fn incident(&self) -> String {
        let store = &self.bench.runtime.store;
        let now = self.bench.clock.now();
        let due = || async { next_attempt_after(store, now, 10_000).await };
        self.bench.until("the first attempt", || async { due().await.is_some() }).await;
        let pause = due().await.unwrap().millis_since(now);
        self.bench.clock.advance(Duration::from_millis(u64::try_from(pause).unwrap()));
        self.bench.until("an incident", || async { self.row().await.incidents == 1 }).await;
        store.open_incidents(self.instance).await.unwrap()[0].message.clone()
    }

    async fn retry(&self) {
        let store = &self.bench.runtime.store;
        let incident = store.open_incidents(self.instance).await.unwrap()[0].key.number;
        let command = Command::ResolveIncident { incident };
        self.bench.submit(self.instance, command, "anna").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_score_comes_back_as_variables() {
    let world = World::start("ok").await;
    world.until_completed().await;
    let store = &world.bench.runtime.store;
    let (state, _) = store.load_state(world.instance).await.unwrap().unwrap();
    let score = state.variables().get("score").expect("a score").to_json();
    assert!((600..=850).contains(&score.parse::<u32>().unwrap()), "{score}");
    assert!(state.variables().get("band").is_some());
    let calls = world.calls().await;
    let key = format!("{}-2", world.instance);
    assert_eq!(calls.calls[0].idempotency_key.as_deref(), Some(key.as_str()));
    assert_eq!(calls.calls[0].body["applicant"], "Marta");
    world.bench.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_that_is_down_becomes_an_incident_and_a_retry_helps() {
    let world = World::start("down").await;
    let message = world.incident().await;
    assert!(message.contains("503 Service Unavailable"), "{message}");
    assert!(message.contains("down for maintenance"), "{message}");
    assert!(world.calls().await.done.is_empty());
    world.set("ok").await;
    world.retry().await;
    world.until_completed().await;
    let calls = world.calls().await;
    assert_eq!((calls.calls.len(), calls.done["bureau"]), (3, 1));
    world.bench.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_that_answers_nonsense_becomes_an_incident_that_quotes_it() {
    let world = World::start("nonsense").await;
    let message = world.incident().await;
    assert!(message.contains("<html><body><h1>It works!</h1></body></html>"), "{message}");
    world.set("ok").await;
    world.retry().await;
    world.until_completed().await;
    assert_eq!(world.calls().await.done["bureau"], 1, "the same key is not done again");
    world.bench.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_that_is_silent_becomes_an_incident_that_says_how_long() {
    let world = World::start("slow").await;
    let message = world.incident().await;
    assert!(message.contains("no answer within 1 s"), "{message}");
    world.bench.stop().await;
}
