//! All open instances of a process stand still, and go on again: what an operator asks is done to each
//! of them, goes on wherever it was left, and what was asked last counts.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value as Json, json};
use spartito::connectors::Catalogue;
use spartito::runtime::Clock;
use spartito::store::PauseRow;
use spartito_core::ids::{InstanceId, PersonId, ProcessId};

use crate::bench::Bench;
use crate::databases::on_every_database;
use crate::house::{House, problem};
use crate::models;

const PROCESS: &str = "/api/v1/process-definitions/loan-application";

/// What is asked for all instances of a process.
fn asked(bench: &Bench, resumes: bool) -> PauseRow {
    let asked_at = bench.clock.now();
    PauseRow {
        process: ProcessId::from("one"),
        number: bench.runtime.store.new_number(asked_at),
        resumes,
        reason: "the bureau is down".to_owned(),
        asked_at,
        asked_by: PersonId::from("olga"),
        after: InstanceId::new(0),
        changed: 0,
        ended_at: None,
    }
}

async fn last(bench: &Bench) -> PauseRow {
    bench.runtime.store.pause_of(&ProcessId::from("one")).await.unwrap().expect("was asked")
}

async fn paused(bench: &Bench, instances: &[InstanceId]) -> usize {
    let mut paused = 0;
    for instance in instances {
        let (state, _) = bench.runtime.state(*instance).await.unwrap().unwrap();
        paused += usize::from(state.is_suspended());
    }
    paused
}

async fn start_many(bench: &Bench, many: usize) -> Vec<InstanceId> {
    let task = [models::user_task("check", "Check it", "clerks")];
    let one = bench.deploy(&models::sequence("one", &task)).await;
    join_all((0..many).map(|_| bench.start_instance(one, "anna", "LA-1"))).await
}

#[test]
fn what_is_asked_is_done_to_every_open_instance_and_what_was_asked_last_counts() {
    on_every_database("what_is_asked_is_done_to_every", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        // More than are changed at a time.
        let all = start_many(&bench, 150).await;
        let store = &bench.runtime.store;
        store.ask_pause(&asked(&bench, false)).await.unwrap();
        bench.runtime.pauses.look_again();
        bench.until("all are paused", || async { last(&bench).await.ended_at.is_some() }).await;
        assert_eq!((last(&bench).await.changed, paused(&bench, &all).await), (150, 150));
        let later = start_many(&bench, 1).await;
        assert_eq!(paused(&bench, &later).await, 0, "what begins later is not meant");
        // Asked again, and taken back before it is done.
        store.ask_pause(&asked(&bench, false)).await.unwrap();
        bench.runtime.pauses.look_again();
        store.ask_pause(&asked(&bench, true)).await.unwrap();
        bench.runtime.pauses.look_again();
        let is_done = || async {
            let last = last(&bench).await;
            last.resumes && last.ended_at.is_some()
        };
        bench.until("all are resumed", is_done).await;
        assert_eq!(paused(&bench, &all).await, 0);
        bench.stop().await;
    });
}

#[test]
fn what_a_server_has_left_half_done_is_done_by_the_next_one() {
    on_every_database("what_a_server_has_left_half_done", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let all = start_many(&bench, 70).await;
        bench.runtime.stop().await;
        // As a server leaves it that was killed after its first step.
        let store = &bench.runtime.store;
        let half = asked(&bench, false);
        store.ask_pause(&half).await.unwrap();
        let now = bench.clock.now();
        let taken = store.take_pause(now, now.plus_millis_saturating(15_000)).await.unwrap();
        let taken = taken.expect("nobody else has it");
        let first = store.pause_next(&taken, 64).await.unwrap();
        assert_eq!(first.len(), 64);
        let noted = PauseRow { after: first[9], changed: 10, ..taken };
        assert!(store.note_pause(&noted).await.unwrap());
        store.close().await;
        bench.clock.advance(Duration::from_secs(20));
        let (settings, clock) = (&database.settings, bench.clock.clone());
        let bench = Bench::start_at(settings, Catalogue::default(), clock).await;
        bench.until("it is done", || async { last(&bench).await.ended_at.is_some() }).await;
        assert_eq!(last(&bench).await.changed, 70);
        assert_eq!(paused(&bench, &all).await, 60, "the first ten were looked at before");
        // What was asked before is not written over what was asked since.
        bench.runtime.store.ask_pause(&asked(&bench, true)).await.unwrap();
        assert!(!bench.runtime.store.note_pause(&noted).await.unwrap());
        bench.stop().await;
    });
}

#[test]
fn an_operator_pauses_and_resumes_all_instances_of_a_process() {
    on_every_database("an_operator_pauses_and_resumes_all", |database| async {
        let house = House::with_example(database).await;
        let (sofia, olga) = (house.browser_of("sofia").await, house.browser_of("olga").await);
        let mut loans = Vec::new();
        for name in ["Anna Keller", "Bruno Marti"] {
            loans.push(house.loan(&sofia, name).await);
        }
        let why = json!({ "reason": "the bureau is down" });
        problem(sofia.post(&format!("{PROCESS}/suspension"), &why).await, 403).await;
        problem(sofia.post(&format!("{PROCESS}/resumption"), &json!({})).await, 403).await;
        problem(sofia.get(&format!("{PROCESS}/suspension")).await, 403).await;
        let nothing = "/api/v1/process-definitions/nothing/suspension";
        problem(olga.post(nothing, &why).await, 404).await;
        let unknown = json!({ "why": "x" });
        problem(olga.post(&format!("{PROCESS}/suspension"), &unknown).await, 400).await;
        let last = async || {
            let view = olga.get(&format!("{PROCESS}/suspension")).await;
            view.json::<Json>().await.unwrap()
        };
        assert_eq!(last().await, json!({ "asked": "NONE", "changedInstances": 0 }));
        let page = olga.page("/processes/loan-application").await.text().await.unwrap();
        assert!(page.contains("Pause all…"), "{page}");
        let page = sofia.page("/processes/loan-application").await.text().await.unwrap();
        assert!(!page.contains("Pause all…"), "{page}");
        // As a form does it without scripts.
        let fields = "process=loan-application&reason=the+bureau+is+down";
        let sent = olga.form("processes/pause", fields).await;
        assert_eq!(sent.headers()["location"], "/processes/loan-application");
        house.until("all are paused", || async { last().await["state"] == "DONE" }).await;
        let told = last().await;
        assert_eq!(told["asked"], "SUSPENSION");
        assert_eq!(
            (&told["changedInstances"], &told["askedBy"]),
            (&json!(2), &json!("Olga Operator"))
        );
        for loan in &loans {
            let detail: Json =
                olga.get(&format!("/api/v1/process-instances/{loan}")).await.json().await.unwrap();
            assert_eq!(detail["state"], "SUSPENDED");
            assert!(detail["history"].to_string().contains("the bureau is down"));
        }
        let list: Json = olga.get("/api/v1/process-instances").await.json().await.unwrap();
        for item in list["items"].as_array().unwrap() {
            assert_eq!(item["state"], "SUSPENDED");
        }
        let found = async |state: &str| {
            let list = olga.get(&format!("/api/v1/process-instances?state={state}")).await;
            list.json::<Json>().await.unwrap()["items"].as_array().unwrap().len()
        };
        let third = house.loan(&sofia, "Carla Roth").await;
        assert_eq!((found("SUSPENDED").await, found("ACTIVE").await), (2, 3));
        let page = olga.page("/instances?state=paused").await.text().await.unwrap();
        assert!(loans.iter().all(|loan| page.contains(loan.as_str())), "{page}");
        assert!(!page.contains(&third), "{page}");
        let page = olga.page("/instances").await.text().await.unwrap();
        assert_eq!(page.matches(">Paused").count(), 3, "the tab and two rows: {page}");
        let page = olga.page("/processes/loan-application").await.text().await.unwrap();
        for words in [" by Olga Operator", "“the bureau is down”", "Resume all…"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let page = sofia.page("/processes/loan-application").await.text().await.unwrap();
        assert!(!page.contains("the bureau is down"), "who may not see all instances is not told");
        let resumed = olga.post(&format!("{PROCESS}/resumption"), &json!({})).await;
        assert_eq!(resumed.status(), 202);
        house.until("all go on", || async { last().await["state"] == "DONE" }).await;
        for loan in &loans {
            let detail: Json =
                olga.get(&format!("/api/v1/process-instances/{loan}")).await.json().await.unwrap();
            assert_eq!(detail["state"], "ACTIVE");
        }
        assert_eq!(found("SUSPENDED").await, 0);
        house.close().await;
    });
}
