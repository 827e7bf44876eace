//! The real server is killed without warning, again and again, while people work with it: what it
//! acknowledged is there after the restart, and every open instance goes on.
//!
//! Also: a server that is told to stop loses nothing, and a second one on the same file refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use spartito::sandbox::{self, CallLog, SandboxSettings};

use crate::databases::{on_every_database, sqlite};
use crate::models;
use crate::process::{DEADLINE, Place, Server, acknowledged, free_address, keys};

const KILLS: u32 = 10;
const WORKERS: u32 = 6;

/// What the server has acknowledged.
#[derive(Clone, Default)]
struct Acknowledged {
    started: BTreeSet<String>,
    completed: BTreeSet<String>,
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
        if let Some(task) = tasks.get(number as usize % tasks.len().max(1))
            && complete(&server, task).await.is_some()
        {
            facts.lock().unwrap().completed.insert(task.clone());
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

/// A place with a server that has the model and runs no more.
async fn prepared(database: crate::databases::TestDatabase, model: String) -> (Place, SocketAddr) {
    let sandbox = start_sandbox().await;
    let place = Place::new(database, sandbox);
    let server = Server::start(&place).await;
    let deploy = server.call("POST", "/deployments?fileName=paid.bpmn");
    let deploy = deploy.header("content-type", "application/xml").body(model);
    acknowledged(deploy).await.expect("the model is deployed");
    (place, sandbox)
}

#[test]
fn what_was_acknowledged_survives_every_kill_and_all_goes_on() {
    on_every_database("what_was_acknowledged_survives_every_kill", |database| async {
        let (place, sandbox) = prepared(database, model()).await;
        let facts: Arc<Mutex<Acknowledged>> = Arc::default();
        for round in 0..KILLS {
            let server = Arc::new(Server::start(&place).await);
            let workers: Vec<_> = (0..WORKERS)
                .map(|n| tokio::spawn(work(server.clone(), facts.clone(), n)))
                .collect();
            until_acknowledged(&facts, 8 * (round as usize + 1), 4 * (round as usize + 1)).await;
            // Different moments, without chance: a failure can be looked into.
            tokio::time::sleep(Duration::from_millis(u64::from(round * 137 % 400))).await;
            server.signal("KILL");
            for worker in workers {
                worker.await.expect("only the connection breaks");
            }
        }
        let server = Server::start(&place).await;
        let all = finish(&server).await;
        let facts = facts.lock().unwrap().clone();
        assert_nothing_lost(&server, &all, &facts).await;
        let log = reqwest::get(format!("http://{sandbox}/calls")).await.unwrap();
        let log: CallLog = serde_json::from_str(&log.text().await.unwrap()).unwrap();
        let paid = log.done["payments"];
        assert_eq!(paid, all.len() as u64, "every instance has paid, and none twice");
        assert!(log.calls.len() as u64 > paid, "some calls were made again");
    });
}

/// Waits until so many starts and completions have been acknowledged in all.
async fn until_acknowledged(facts: &Mutex<Acknowledged>, started: usize, completed: usize) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let enough = {
            let facts = facts.lock().unwrap();
            facts.started.len() >= started && facts.completed.len() >= completed
        };
        if enough {
            return;
        }
        assert!(Instant::now() < deadline, "too little is going on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn assert_nothing_lost(
    server: &Server,
    all: &BTreeMap<String, String>,
    facts: &Acknowledged,
) {
    println!(
        "{KILLS} kills: {} instances, {} of them acknowledged; {} tasks acknowledged",
        all.len(),
        facts.started.len(),
        facts.completed.len()
    );
    for key in &facts.started {
        assert!(all.contains_key(key), "{key} was acknowledged and is lost");
    }
    for task in &facts.completed {
        let path = format!("/user-tasks/{task}");
        let task = acknowledged(server.call("GET", &path)).await.expect("the task is known");
        assert_eq!(task["state"], "COMPLETED");
    }
}

#[test]
fn a_server_that_is_told_to_stop_answers_all_that_it_has_done() {
    on_every_database("a_server_that_is_told_to_stop", |database| async {
        let model = models::sequence("paid", &[models::user_task("check", "Check", "clerks")]);
        let (place, _) = prepared(database, model).await;
        let facts: Arc<Mutex<Acknowledged>> = Arc::default();
        for round in 0..3_u32 {
            let mut server = Server::start(&place).await;
            let workers: Vec<_> = (0..WORKERS)
                .map(|_| {
                    let request = server.call("POST", "/process-instances");
                    tokio::spawn(start_until_refused(request, facts.clone()))
                })
                .collect();
            until_acknowledged(&facts, 20 * (round as usize + 1), 0).await;
            server.signal("TERM");
            for worker in workers {
                worker.await.unwrap();
            }
            let deadline = Instant::now() + DEADLINE;
            let ended = loop {
                if let Some(status) = server.child.try_wait().unwrap() {
                    break status;
                }
                assert!(Instant::now() < deadline, "it does not stop: {}", place.log());
                tokio::time::sleep(Duration::from_millis(20)).await;
            };
            assert!(ended.success(), "{ended}: {}", place.log());
        }
        let server = Server::start(&place).await;
        let stored: BTreeSet<String> = instances(&server).await.into_keys().collect();
        let acknowledged = facts.lock().unwrap().started.clone();
        assert_eq!(stored, acknowledged, "what was done was answered, and the other way round");
    });
}

/// Starts instances until the server answers no more.
async fn start_until_refused(request: reqwest::RequestBuilder, facts: Arc<Mutex<Acknowledged>>) {
    loop {
        let start = json!({ "processDefinitionId": "paid" });
        let Ok(answer) = request.try_clone().unwrap().json(&start).send().await else { return };
        if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
            return;
        }
        assert_eq!(answer.status(), StatusCode::CREATED);
        let started: Value = answer.json().await.expect("an answer that has begun is whole");
        let key = started["processInstanceKey"].as_str().unwrap().to_owned();
        facts.lock().unwrap().started.insert(key);
    }
}

/// Case 117, as people meet it: two processes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_117_a_second_server_on_the_same_file_refuses_and_says_why() {
    let place = Place::new(sqlite(), start_sandbox().await);
    let first = Server::start(&place).await;
    let second =
        place.command(free_address()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let second = tokio::task::spawn_blocking(move || second.unwrap().wait_with_output().unwrap());
    let second = tokio::time::timeout(DEADLINE, second).await.expect("it ends").unwrap();
    assert!(!second.status.success(), "{second:?}");
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    for words in ["is in use by another", "stop that one first"] {
        assert!(said.contains(words), "{said}");
    }
    assert!(said.contains(&format!("process {}", first.child.id())), "{said}");
    assert_eq!(first.call("GET", "/me").send().await.unwrap().status(), 200, "the first goes on");
    first.signal("KILL");
    drop(first);
    Server::start(&place).await;
}
