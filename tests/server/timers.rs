//! Timers on the server: fired when they are due, in order, once, also after a restart; and those
//! that start instances.

use std::time::Duration;

use serde_json::{Value as Json, json};
use spartito::connectors::Catalogue;
use spartito::runtime::Clock;
use spartito::store::{InstanceQuery, InstanceRow, InstanceStatus, TaskSelection};
use spartito_core::engine::{Command, Event};
use spartito_core::ids::InstanceId;

use crate::bench::Bench;
use crate::databases::{on_every_database, sqlite};
use crate::house::House;
use crate::models::{flows, process, timer, user_task};

const HOUR: Duration = Duration::from_secs(3_600);
const ENDS: &str = "<bpmn:startEvent id=\"start\" /><bpmn:endEvent id=\"end\" />";

fn wait(id: &str, kind: &str, text: &str) -> String {
    format!(
        "<bpmn:intermediateCatchEvent id=\"{id}\" name=\"{id}\">{}</bpmn:intermediateCatchEvent>",
        timer(kind, text)
    )
}

fn boundary(id: &str, host: &str, interrupts: bool, definition: &str) -> String {
    format!(
        "<bpmn:boundaryEvent id=\"{id}\" name=\"{id}\" attachedToRef=\"{host}\" \
         cancelActivity=\"{interrupts}\">{definition}</bpmn:boundaryEvent>"
    )
}

async fn status(bench: &Bench, instance: InstanceId) -> InstanceStatus {
    bench.runtime.store.instance(instance).await.unwrap().unwrap().status
}

async fn until_ended(bench: &Bench, instance: InstanceId) {
    bench
        .until("the end", || async { status(bench, instance).await == InstanceStatus::Completed })
        .await;
}

async fn titles(bench: &Bench) -> Vec<String> {
    let rows = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await;
    let mut titles: Vec<_> = rows.into_iter().map(|row| row.title).collect();
    titles.sort();
    titles
}

async fn until_tasks(bench: &Bench, wanted: &[&str]) {
    bench.until(&format!("{wanted:?}"), || async { titles(bench).await == wanted }).await;
}

async fn instances(bench: &Bench) -> Vec<InstanceRow> {
    let all = InstanceQuery { limit: 200, ..InstanceQuery::default() };
    bench.runtime.store.instances(&all).await.unwrap().rows
}

/// When the next timer falls due, in hours from now.
async fn due_in(bench: &Bench) -> Option<i64> {
    let due = bench.runtime.store.next_timer_due().await.unwrap()?;
    Some(due.millis_since(bench.clock.now()) / 3_600_000)
}

#[test]
fn a_duration_and_a_date_are_waited_for() {
    on_every_database("a_duration_and_a_date", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let content = [
            ENDS.to_owned(),
            wait("rest", "timeDuration", "PT2H"),
            wait("noon", "timeDate", "2026-11-23T12:00:00Z"),
            flows("start rest noon end"),
        ];
        let definition = bench.deploy(&process("pause", &content.concat())).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        assert_eq!(due_in(&bench).await, Some(2));
        bench.clock.advance(HOUR);
        assert_eq!(status(&bench, instance).await, InstanceStatus::Active);
        bench.clock.advance(HOUR);
        bench.until("the date", || async { due_in(&bench).await == Some(2) }).await;
        bench.clock.advance(2 * HOUR);
        until_ended(&bench, instance).await;
        assert_eq!(due_in(&bench).await, None);
        bench.stop().await;
    });
}

#[test]
fn no_timer_of_a_suspended_instance_is_due_until_it_goes_on() {
    on_every_database("no_timer_of_a_suspended_instance", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let content =
            [ENDS.to_owned(), wait("rest", "timeDuration", "PT2H"), flows("start rest end")];
        let definition = bench.deploy(&process("pause", &content.concat())).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        let ended_soon = bench.start_instance(definition, "anna", "LA-2").await;
        for one in [instance, ended_soon] {
            bench
                .submit(one, Command::SuspendInstance { reason: String::new() }, "olga")
                .await
                .unwrap();
        }
        bench.clock.advance(3 * HOUR);
        let due_at = async |at| bench.runtime.store.due_timers(at, 9).await.unwrap().len();
        bench.until("all are put off", || async { due_at(bench.clock.now()).await == 0 }).await;
        // A server of an earlier version that resumes them writes nothing about their timers.
        let later = bench.clock.now().plus_millis_saturating(300_000);
        assert_eq!(due_at(later).await, 2, "they are still there");
        for one in [instance, ended_soon] {
            assert_eq!(status(&bench, one).await, InstanceStatus::Active);
        }
        let command = Command::TerminateInstance { reason: String::new() };
        bench.submit(ended_soon, command, "olga").await.unwrap();
        bench.submit(instance, Command::ResumeInstance, "olga").await.unwrap();
        until_ended(&bench, instance).await;
        assert_eq!(due_in(&bench).await, None);
        bench.stop().await;
    });
}

#[test]
fn a_task_that_is_not_done_in_time_is_withdrawn() {
    on_every_database("a_task_that_is_not_done_in_time", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let content = [
            ENDS.to_owned(),
            user_task("check", "Check it", "clerks"),
            boundary("late", "check", true, &timer("timeDuration", "PT5H")),
            user_task("hurry", "Hurry", "clerks"),
            flows("start check end"),
            flows("late hurry end").replace("hurry-end", "hurry-to-end"),
        ];
        let definition = bench.deploy(&process("deadline", &content.concat())).await;
        let in_time = bench.start_instance(definition, "anna", "LA-1").await;
        let task = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await[0].key;
        bench.claim(task, "ben").await.unwrap();
        bench.complete(task, "ben").await.unwrap();
        assert_eq!(status(&bench, in_time).await, InstanceStatus::Completed);
        assert_eq!(due_in(&bench).await, None, "the timer went with the task");
        bench.start_instance(definition, "anna", "LA-2").await;
        let task = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await[0].key;
        bench.claim(task, "ben").await.unwrap();
        bench.clock.advance(5 * HOUR);
        until_tasks(&bench, &["Hurry"]).await;
        assert!(bench.tasks("ben", &[], TaskSelection::Mine).await.is_empty());
        assert!(!bench.runtime.store.task(task).await.unwrap().unwrap().open);
        let refused = bench.complete(task, "ben").await.unwrap_err();
        assert!(refused.to_string().contains("no longer open"), "{refused}");
        bench.stop().await;
    });
}

#[test]
fn a_cycle_on_the_border_reminds_as_often_as_it_says() {
    on_every_database("a_cycle_on_the_border", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let content = [
            ENDS.to_owned(),
            user_task("check", "Check it", "clerks"),
            boundary("again", "check", false, &timer("timeCycle", "R2/PT1H")),
            user_task("remind", "Remind", "clerks"),
            flows("start check end"),
            flows("again remind"),
        ];
        let definition = bench.deploy(&process("reminders", &content.concat())).await;
        bench.start_instance(definition, "anna", "LA-1").await;
        bench.clock.advance(HOUR);
        until_tasks(&bench, &["Check it", "Remind"]).await;
        assert_eq!(due_in(&bench).await, Some(1));
        bench.clock.advance(HOUR);
        until_tasks(&bench, &["Check it", "Remind", "Remind"]).await;
        assert_eq!(due_in(&bench).await, None);
        bench.stop().await;
    });
}

#[test]
fn the_first_of_two_moments_decides_behind_a_gateway() {
    on_every_database("the_first_of_two_moments", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let content = [
            ENDS.to_owned(),
            "<bpmn:eventBasedGateway id=\"race\" />".to_owned(),
            wait("soon", "timeDuration", "PT1H"),
            wait("later", "timeDuration", "PT3H"),
            flows("start race soon end"),
            flows("race later end"),
        ];
        let definition = bench.deploy(&process("choice", &content.concat())).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        bench.clock.advance(4 * HOUR);
        until_ended(&bench, instance).await;
        let turns = bench.runtime.store.turns(instance, 0, 10).await.unwrap();
        let passed: Vec<String> = turns
            .iter()
            .flat_map(|turn| &turn.events)
            .filter_map(|event| match event {
                Event::ElementActivated { node, .. } => Some(node.to_string()),
                _ => None,
            })
            .collect();
        assert_eq!(passed, ["start", "race", "soon", "end"]);
        bench.stop().await;
    });
}

#[test]
fn a_timer_that_fell_due_meanwhile_fires_at_the_next_start() {
    on_every_database("a_timer_that_fell_due_meanwhile", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let content =
            [ENDS.to_owned(), wait("rest", "timeDuration", "PT2H"), flows("start rest end")];
        let definition = bench.deploy(&process("pause", &content.concat())).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        let clock = bench.clock.clone();
        bench.stop().await;
        clock.advance(48 * HOUR);
        let bench = Bench::start_at(&database.settings, Catalogue::default(), clock).await;
        until_ended(&bench, instance).await;
        let turns = bench.runtime.store.turns(instance, 0, 10).await.unwrap();
        assert_eq!(turns.len(), 2, "it fired once");
        bench.stop().await;
    });
}

#[test]
fn many_timers_are_taken_in_the_order_in_which_they_are_due_and_fire_once() {
    on_every_database("many_timers_fire_in_order", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let content = [
            ENDS.to_owned(),
            wait("rest", "timeDuration", "=duration"),
            user_task("check", "Check it", "clerks"),
            flows("start rest check end"),
        ];
        let definition = bench.deploy(&process("pause", &content.concat())).await;
        // More than are fired together; those of one moment in the order of their beginning.
        let mut expected = Vec::new();
        for n in 0..150_i64 {
            let seconds = (n * 37) % 50 + 1;
            let instance = bench.start_with(definition, "duration", &format!("PT{seconds}S")).await;
            expected.push((seconds, instance));
        }
        expected.sort_by_key(|(seconds, _)| *seconds);
        let expected: Vec<InstanceId> = expected.into_iter().map(|(_, id)| id).collect();
        let later = bench.clock.now_plus(HOUR);
        let due = bench.runtime.store.due_timers(later, 200).await.unwrap();
        assert_eq!(due.iter().map(|timer| timer.instance).collect::<Vec<_>>(), expected);
        bench.clock.advance(HOUR);
        bench
            .until("all tasks", || async {
                bench.runtime.store.next_timer_due().await.unwrap().is_none()
            })
            .await;
        for instance in expected {
            let turns = bench.runtime.store.turns(instance, 0, 10).await.unwrap();
            assert_eq!(turns.len(), 2, "each fired once");
        }
        bench.stop().await;
    });
}

#[test]
fn a_start_timer_starts_an_instance_each_time_and_a_new_version_replaces_it() {
    on_every_database("a_start_timer", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let model = |cycle: &str| {
            let content = [
                format!(
                    "<bpmn:startEvent id=\"daily\">{}</bpmn:startEvent>",
                    timer("timeCycle", cycle)
                ),
                user_task("check", "Check it", "clerks"),
                "<bpmn:endEvent id=\"end\" />".to_owned(),
                flows("daily check end"),
            ];
            process("reports", &content.concat())
        };
        let first = bench.deploy(&model("R3/PT2H")).await;
        assert_eq!(due_in(&bench).await, Some(2));
        bench.clock.advance(2 * HOUR);
        until_tasks(&bench, &["Check it"]).await;
        bench.until("the next", || async { due_in(&bench).await == Some(2) }).await;
        // A restart, while the second time is missed by hours: it is made up for once.
        let clock = bench.clock.clone();
        bench.stop().await;
        clock.advance(7 * HOUR);
        let bench = Bench::start_at(&database.settings, Catalogue::default(), clock).await;
        until_tasks(&bench, &["Check it"; 2]).await;
        // It keeps its rhythm: every two hours from the beginning.
        bench.until("the next", || async { due_in(&bench).await == Some(1) }).await;
        let second = bench.deploy(&model("R/PT24H")).await;
        assert_eq!(due_in(&bench).await, Some(24), "the timer of the version before is gone");
        bench.clock.advance(24 * HOUR);
        until_tasks(&bench, &["Check it"; 3]).await;
        let mut versions: Vec<_> =
            instances(&bench).await.iter().map(|row| row.definition).collect();
        versions.sort_unstable();
        assert_eq!(versions, [first, first, second]);
        // The same text again leaves its timer as it is.
        bench.until("the next", || async { due_in(&bench).await == Some(24) }).await;
        bench.clock.advance(HOUR);
        assert_eq!(bench.deploy(&model("R/PT24H")).await, second);
        assert_eq!(due_in(&bench).await, Some(23));
        let without = model("R1/PT1H").replace(&timer("timeCycle", "R1/PT1H"), "");
        bench.deploy(&without).await;
        assert_eq!(due_in(&bench).await, None);
        bench.stop().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_until_when_an_instance_waits() {
    let house = House::with_example(sqlite()).await;
    let admin = house.browser_of("admin").await;
    let content = [
        ENDS.to_owned(),
        wait("Cool down", "timeDuration", "PT36H").replace("id=\"Cool down\"", "id=\"cool\""),
        flows("start cool end"),
    ];
    let xml = process("cooling", &content.concat());
    let part = "content-disposition: form-data; name=\"resources\"; filename=\"a.bpmn\"";
    let deployed = admin
        .request(reqwest::Method::POST, "/api/v1/deployments")
        .header("content-type", "multipart/form-data; boundary=b")
        .body(format!("--b\r\n{part}\r\n\r\n{xml}\r\n--b--\r\n"))
        .send();
    let deployed = deployed.await.unwrap();
    assert!(deployed.status().is_success(), "{}", deployed.text().await.unwrap());
    let body = json!({ "processDefinitionId": "cooling" });
    let started: Json = admin.post("/api/v1/process-instances", &body).await.json().await.unwrap();
    let key = started["processInstanceKey"].as_str().unwrap();
    let path = format!("/api/v1/process-instances/{key}");
    let found: Json = admin.get(&path).await.json().await.unwrap();
    assert_eq!(found["steps"], json!(["Cool down"]));
    assert_eq!(found["awaitedEvents"][0]["kind"], "TIMER");
    assert_eq!(found["awaitedEvents"][0]["dueDate"], "2026-11-24T20:00:00Z", "{found:#}");
    let told = |found: &Json| -> Vec<String> {
        let history = found["history"].as_array().unwrap();
        history.iter().map(|entry| entry["what"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(told(&found)[0], "Cool down waits until 24 Nov 2026, 20:00 UTC");
    let page = admin.page(&format!("/instances/{key}")).await.text().await.unwrap();
    assert!(page.contains("Cool down waits until 24 Nov 2026, 20:00 UTC"), "{page}");
    house.clock.advance(36 * HOUR);
    // Sessions do not last that long.
    let admin = house.browser_of("admin").await;
    house
        .until("the end", || async {
            let found: Json = admin.get(&path).await.json().await.unwrap();
            found["state"] == "COMPLETED" && told(&found)[1] == "Cool down was due"
        })
        .await;
    house.close().await;
}
