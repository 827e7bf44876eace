//! A server that is told to stop loses nothing, and a second one on the same file refuses.
//!
//! What becomes of servers that are killed is in `chaos` and `nodes`.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use spartito::sandbox::{self, SandboxSettings};

use crate::databases::{TestDatabase, on_every_database, sqlite};
use crate::models;
use crate::process::{DEADLINE, Place, Server, acknowledged, free_address, keys};

const WORKERS: u32 = 6;

/// Keys of the acknowledged starts.
type Started = Arc<Mutex<BTreeSet<String>>>;

/// The keys of all instances.
async fn instances(server: &Server) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut after = String::new();
    loop {
        let path = format!("/process-instances?processDefinitionId=paid{after}");
        let page = acknowledged(server.call("GET", &path)).await.expect("a list");
        all.extend(keys(&page, "processInstanceKey"));
        match page["page"]["endCursor"].as_str() {
            Some(cursor) => after = format!("&after={cursor}"),
            None => return all,
        }
    }
}

async fn start_sandbox() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let settings = SandboxSettings { seed: 7, ..SandboxSettings::default() };
    tokio::spawn(sandbox::serve(listener, settings, std::future::pending()));
    address
}

/// A place with a server that has the model and runs no more.
async fn prepared(database: TestDatabase, model: String) -> Place {
    let place = Place::new(database, start_sandbox().await);
    let server = Server::start(&place).await;
    let deploy = server.call("POST", "/deployments?fileName=paid.bpmn");
    let deploy = deploy.header("content-type", "application/xml").body(model);
    acknowledged(deploy).await.expect("the model is deployed");
    place
}

/// Waits until so many starts have been acknowledged in all.
async fn until_acknowledged(started: &Started, count: usize) {
    let deadline = Instant::now() + DEADLINE;
    while started.lock().unwrap().len() < count {
        assert!(Instant::now() < deadline, "too little is going on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_server_that_is_told_to_stop_answers_all_that_it_has_done() {
    on_every_database("a_server_that_is_told_to_stop", |database| async {
        let model = models::sequence("paid", &[models::user_task("check", "Check", "clerks")]);
        let place = prepared(database, model).await;
        let started: Started = Arc::default();
        for round in 0..3 {
            let mut server = Server::start(&place).await;
            let workers: Vec<_> = (0..WORKERS)
                .map(|_| {
                    let request = server.call("POST", "/process-instances");
                    tokio::spawn(start_until_refused(request, started.clone()))
                })
                .collect();
            until_acknowledged(&started, 20 * (round + 1)).await;
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
        let acknowledged = started.lock().unwrap().clone();
        let stored = instances(&server).await;
        assert_eq!(stored, acknowledged, "what was done was answered, and the other way round");
    });
}

/// Starts instances until the server answers no more.
async fn start_until_refused(request: reqwest::RequestBuilder, started: Started) {
    loop {
        let start = json!({ "processDefinitionId": "paid" });
        let Ok(answer) = request.try_clone().unwrap().json(&start).send().await else { return };
        if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
            return;
        }
        assert_eq!(answer.status(), StatusCode::CREATED);
        let answer: Value = answer.json().await.expect("an answer that has begun is whole");
        let key = answer["processInstanceKey"].as_str().unwrap().to_owned();
        started.lock().unwrap().insert(key);
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
