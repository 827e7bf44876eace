//! How much memory a process keeps that opens a database and works on it, in a process of its own: one
//! that has filled a database keeps what that took.

use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use spartito::store::{StoreSettings, TaskQuery};
use spartito_core::engine;
use spartito_core::value::{Value, Variables};

use super::queries::{queries, tasks_of_a_clerk};
use super::{Bench, KEYED, MODEL_B, resident_kib};

/// What was measured, in KiB.
pub struct Resident {
    /// Once the database is open.
    pub opened_kib: u64,
    /// After lists were read and tasks completed.
    pub worked_kib: u64,
}

/// Lets another process open a database, ask for all lists and complete so many tasks that wait there.
pub fn measure(path: &Path, completed: u64) -> Resident {
    let this = std::env::current_exe().expect("this program");
    let mut command = Command::new(this);
    command.args(["resident", "-n", &completed.to_string(), "--database"]).arg(path);
    let done = command.output().expect("it runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told: Json = serde_json::from_slice(&done.stdout).expect("JSON");
    let number = |name: &str| told[name].as_u64().expect("a number");
    Resident { opened_kib: number("opened_kib"), worked_kib: number("worked_kib") }
}

/// What the other process does.
pub async fn run(path: &str, completed: u64) {
    let settings = StoreSettings { url: format!("sqlite:{path}") };
    let bench = Bench::start(&settings, MODEL_B, KEYED).await;
    let opened_kib = resident_kib();
    if completed > 0 {
        queries(&bench, completed).await;
        complete(&bench, completed).await;
        queries(&bench, 0).await;
    }
    let worked_kib = resident_kib();
    bench.runtime.stop().await;
    bench.runtime.store.close().await;
    println!(r#"{{"opened_kib": {opened_kib}, "worked_kib": {worked_kib}}}"#);
}

/// Completes the tasks that a list shows, a page after the other.
async fn complete(bench: &Bench, count: u64) {
    let query = TaskQuery { limit: 200, ..tasks_of_a_clerk() };
    let mut left = count;
    while left > 0 {
        let page = bench.runtime.store.open_tasks(&query).await.expect("the database answers");
        assert!(!page.rows.is_empty(), "{left} tasks are left to complete");
        let work = page.rows.iter().map(|task| {
            let variables = Variables::from_iter([("approved", Value::from(true))]);
            let element = task.key.number;
            let complete = engine::Command::CompleteUserTask { element, action: None, variables };
            bench.runtime.orchestrator.submit(task.key.instance, complete, None, None)
        });
        for done in futures::future::join_all(work).await {
            done.expect("it fits");
        }
        left = left.saturating_sub(page.rows.len() as u64);
    }
}
