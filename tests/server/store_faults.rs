//! The disk is full, and several servers share one database.

use std::process::Command as Process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::runtime::SubmitError;
use spartito::store::{InstanceQuery, InstanceStatus, StoreError, StoreSettings, TaskSelection};
use spartito_core::engine::{Command, Rejection};
use spartito_core::ids::{ElementInstanceId, PersonId, ProcessId};
use spartito_core::value::{Value, Variables};

use crate::bench::Bench;
use crate::databases::{TestDatabase, postgres};
use crate::house::{House, problem};
use crate::models;

/// A small disk; unmounted when it is dropped.
pub struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    pub fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let done = Process::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .output()
            .ok()?;
        done.status.success().then_some(Self { folder })
    }

    pub fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    fn resize(&self, size: &str) {
        let done = Process::new("mount")
            .args(["-o", &format!("remount,size={size}")])
            .arg(self.folder.path())
            .status()
            .unwrap();
        assert!(done.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Process::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}

/// Case 101: the disk is full.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_101_a_full_disk_is_said_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount("5m") else {
        println!("SKIPPED, a small disk cannot be mounted here: case_101_a_full_disk");
        return;
    };
    let url = format!("sqlite:{}", disk.folder.path().join("spartito.db").display());
    let settings = StoreSettings { url };
    let bench = Bench::start(&settings, Catalogue::default()).await;
    let xml = models::sequence("one", &[models::user_task("check", "Check it", "clerks")]);
    let definition = bench.deploy(&xml).await;
    let start = |n: u32| {
        let instance = bench.runtime.orchestrator.new_instance_id();
        let text = "x".repeat(2_000);
        let command = Command::StartInstance {
            instance,
            definition,
            business_key: Some(format!("LA-{n}")),
            variables: [("text", Value::string(text))].into_iter().collect::<Variables>(),
            node: None,
            occurred: None,
            caller: None,
        };
        bench.submit(instance, command, "anna")
    };
    let mut acknowledged = Vec::new();
    let refused = loop {
        match start(0).await {
            Ok(done) => acknowledged.push(done.instance),
            Err(error) => break error,
        }
        assert!(acknowledged.len() < 10_000, "the disk is never full");
    };
    match refused {
        SubmitError::Store(StoreError::Unavailable(words)) => {
            assert!(words.contains("disk"), "{words}");
        }
        other => panic!("{other:?}"),
    }
    assert!(acknowledged.len() > 50, "{}", acknowledged.len());
    for instance in &acknowledged {
        assert!(bench.runtime.store.instance(*instance).await.unwrap().is_some());
    }
    // There is room again: it goes on without a restart.
    disk.resize("64m");
    acknowledged.push(start(1).await.expect("there is room").instance);
    bench.stop().await;
    let bench = Bench::start(&settings, Catalogue::default()).await;
    for instance in &acknowledged {
        let (state, position) =
            bench.runtime.store.load_state(*instance).await.unwrap().expect("not lost");
        assert_eq!((state.user_tasks().count(), position), (1, 1));
    }
    let processes = bench.runtime.store.processes().await.unwrap();
    assert_eq!(processes[0].active, acknowledged.len() as u64, "every count is exact");
    bench.stop().await;
}

/// Case 101 at the door: people are told, can go on reading, and go on working once there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_101_people_are_told_of_a_full_disk_and_go_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount("16m") else {
        println!("SKIPPED, a small disk cannot be mounted here: case_101_people_are_told");
        return;
    };
    let folder = tempfile::tempdir_in(disk.folder.path()).unwrap();
    let url = format!("sqlite:{}", folder.path().join("spartito.db").display());
    let database = TestDatabase { settings: StoreSettings { url }, folder };
    let house = House::with_example(database).await;
    let (sofia, ben) = (house.browser_of("sofia").await, house.browser_of("ben").await);
    let mut loans = vec![house.loan(&sofia, "Anna Keller").await];
    let task = house.task(&ben, "Verify identity").await;
    let path = format!("/api/v1/user-tasks/{task}");
    assert_eq!(ben.post(&format!("{path}/assignment"), &json!({})).await.status(), 200);
    // Something else on the disk takes all the room there is.
    let filler = disk.folder.path().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while std::io::Write::write_all(&mut file, &[0; 4_096]).is_ok() {}
    let refused = loop {
        let body = json!({ "processDefinitionId": "loan-application", "variables": {
            "applicant": "Anna Keller", "amount": 8000, "term": 48, "income": 5000, "tier": "gold",
        } });
        let answer = sofia.post("/api/v1/process-instances", &body).await;
        if answer.status() != 201 {
            break answer;
        }
        let started: serde_json::Value = answer.json().await.unwrap();
        loans.push(started["processInstanceKey"].as_str().unwrap().to_owned());
        assert!(loans.len() < 2_000, "the disk is never full");
    };
    let detail = problem(refused, 503).await;
    assert!(detail.contains("disk") && detail.contains("Nothing that was confirmed"), "{detail}");
    let completion = json!({ "answers": {
        "identityDocument": "passport",
        "identityDocumentNumber": "C01X00T47",
        "identityMatches": "true",
    } });
    let refused = ben.post(&format!("{path}/completion"), &completion).await;
    problem(refused, 503).await;
    // Reading goes on, also when the use of the session should be noted.
    house.clock.advance(Duration::from_mins(15));
    assert_eq!(ben.get(&path).await.status(), 200);
    assert_eq!(ben.page("/tasks").await.status(), 200);
    for loan in &loans {
        let path = format!("/api/v1/process-instances/{loan}");
        assert_eq!(sofia.get(&path).await.status(), 200, "{loan} was acknowledged");
    }
    drop(file);
    std::fs::remove_file(&filler).unwrap();
    let done = ben.post(&format!("{path}/completion"), &completion).await;
    assert_eq!(done.status(), 200, "{}", done.text().await.unwrap());
    loans.push(house.loan(&sofia, "Bruno Marti").await);
    // Answers of the bureau that could not be written are asked for again.
    house.clock.advance(Duration::from_mins(2));
    let store = house.desk.runtime.store.clone();
    house
        .until("every loan goes on", || async {
            let steps =
                store.step_counts_of_process(&ProcessId::from("loan-application")).await.unwrap();
            let scored = steps.iter().find(|step| step.node.as_str() == "CreditScore");
            scored.is_some_and(|step| step.completed == loans.len() as u64)
        })
        .await;
    house.close().await;
}

/// Counts what it does.
struct Counting(AtomicU32);

#[async_trait]
impl Connector for Counting {
    async fn run(&self, _job: &Job) -> Result<Variables, ConnectorError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Variables::default())
    }

    fn concurrency(&self) -> usize {
        8
    }
}

const INSTANCES: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_on_one_database_do_everything_once() {
    let Some(database) = postgres() else {
        println!("SKIPPED, PostgreSQL is not installed: two_servers_on_one_database");
        return;
    };
    let counting = Arc::new(Counting(AtomicU32::new(0)));
    let mut connectors = Catalogue::default();
    connectors.add("count", counting.clone());
    let one = Bench::start(&database.settings, connectors.clone()).await;
    let two = Bench::start(&database.settings, connectors).await;
    assert_ne!(one.runtime.store.committer(), two.runtime.store.committer());
    let xml = models::sequence(
        "both",
        &[
            models::service_task("count", "count", 3),
            models::user_task("check", "Check it", "clerks"),
        ],
    );
    let definition = one.deploy(&xml).await;
    let starts = (0..INSTANCES).map(|n| {
        let bench = if n % 2 == 0 { &one } else { &two };
        async move { bench.start_instance(definition, "anna", &format!("LA-{n}")).await }
    });
    futures::future::join_all(starts).await;
    let tasks =
        || async { one.tasks("ben", &["clerks"], TaskSelection::Groups).await.len() == INSTANCES };
    one.until("all jobs done", tasks).await;
    assert_eq!(counting.0.load(Ordering::SeqCst) as usize, INSTANCES, "each job once");
    // Both servers claim every task at the same time, for different people.
    let tasks = one.tasks("ben", &["clerks"], TaskSelection::Groups).await;
    let claims =
        tasks.iter().flat_map(|task| [one.claim(task.key, "ben"), two.claim(task.key, "cleo")]);
    let outcomes = futures::future::join_all(claims).await;
    for pair in outcomes.chunks(2) {
        let won = pair.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(won, 1, "{pair:?}");
        let lost = pair.iter().find_map(|outcome| outcome.as_ref().err()).unwrap();
        let held = matches!(lost, SubmitError::Rejected(Rejection::HeldByAnother { .. }));
        assert!(held, "{lost:?}");
    }
    // Each task is completed through the other server than the one that gave it out.
    for task in &tasks {
        let row = one.runtime.store.task(task.key).await.unwrap().unwrap();
        let holder = row.assignee.expect("somebody holds it");
        let bench = if holder == PersonId::from("ben") { &two } else { &one };
        bench.complete(task.key, holder.as_str()).await.unwrap();
    }
    let store = &two.runtime.store;
    let all =
        InstanceQuery { state: Some(InstanceStatus::Completed), limit: 100, ..Default::default() };
    assert_eq!(store.instances(&all).await.unwrap().rows.len(), INSTANCES);
    let steps = store.step_counts_of_process(&ProcessId::from("both")).await.unwrap();
    for step in steps {
        assert_eq!((step.active, step.completed), (0, INSTANCES as u64), "{}", step.node);
    }
    one.stop().await;
    two.stop().await;
}

#[test]
fn a_long_history_is_read_back_as_it_was() {
    crate::databases::on_every_database("a_long_history_is_read_back", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let xml = models::sequence("one", &[models::user_task("check", "Check it", "clerks")]);
        let definition = bench.deploy(&xml).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        for n in 0..1_200_i64 {
            let name = format!("v{}", n % 7);
            let text = Value::string(format!("{n} {}", "x".repeat(100)));
            let variables = [(name.as_str(), text)].into_iter().collect::<Variables>();
            let scope = ElementInstanceId::ROOT;
            let command = Command::SetVariables { scope, variables };
            bench.submit(instance, command, "anna").await.unwrap();
        }
        let (before, position) = bench.runtime.store.load_state(instance).await.unwrap().unwrap();
        assert_eq!(position, 1_201);
        bench.stop().await;
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let store = &bench.runtime.store;
        let (after, position) = store.load_state(instance).await.unwrap().unwrap();
        assert_eq!((position, &after), (1_201, &before));
        assert!(after.variables().get("v2").unwrap().to_json().starts_with("\"1199 xxx"));
        let turns = store.turns(instance, 1_190, 100).await.unwrap();
        assert_eq!(
            turns.iter().map(|turn| turn.position).collect::<Vec<_>>(),
            (1_191..=1_201).collect::<Vec<_>>()
        );
        let mut folded = spartito_core::engine::InstanceState::default();
        for turn in store.turns(instance, 0, 5_000).await.unwrap() {
            turn.events.iter().for_each(|event| folded.apply(event));
        }
        assert_eq!(folded, after, "snapshot and journal say the same");
        let tasks = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await;
        bench.claim(tasks[0].key, "ben").await.unwrap();
        bench.complete(tasks[0].key, "ben").await.unwrap();
        bench.stop().await;
    });
}
