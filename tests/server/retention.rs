//! Finished instances go when they have been kept as long as was set, whole and with their space;
//! what was counted stays counted, and everything else stays.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value as Json, json};
use spartito::connectors::Catalogue;
use spartito::runtime::{Clock, SimulatedClock};
use spartito::store::{Draft, InstanceQuery, RetentionRow, Store, StoreSettings, TaskSelection};
use spartito_core::engine::Command;
use spartito_core::ids::{
    DefinitionKey, ElementInstanceId, InstanceId, PersonId, ProcessId, UserTaskKey,
};
use spartito_core::time::Timestamp;

use crate::bench::Bench;
use crate::databases::{on_every_database, sqlite};
use crate::house::{House, problem};
use crate::models::{sequence, shaped, user_task};

const DAY: Duration = Duration::from_secs(86_400);
const DAY_MS: i64 = 86_400_000;

fn rule(process: &str, days: u32, now: Timestamp) -> RetentionRow {
    RetentionRow {
        process: Some(ProcessId::from(process)),
        days: Some(days),
        set_at: now,
        set_by: PersonId::from("admin"),
    }
}

fn one_task(process: &str) -> String {
    sequence(process, &[user_task("check", "Check it", "clerks")])
}

/// Text that does not get much smaller when it is packed.
fn noise(seed: usize) -> String {
    let mut state = u64::try_from(seed).unwrap() + 1;
    let letter = |_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + u8::try_from(state >> 58).unwrap())
    };
    (0..6_000).map(letter).collect()
}

/// Starts so many instances, each with some data.
async fn start(bench: &Bench, definition: DefinitionKey, many: usize) -> Vec<InstanceId> {
    let texts: Vec<String> = (0..many).map(noise).collect();
    join_all(texts.iter().map(|text| bench.start_with(definition, "text", text))).await
}

/// Does the only task of each.
async fn complete(bench: &Bench, instances: &[InstanceId]) {
    let tasks = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await;
    let task = tasks.iter().find(|task| task.title == "Check it").unwrap();
    let number: ElementInstanceId = task.key.number;
    let each = instances.iter().map(|instance| async move {
        let task = UserTaskKey { instance: *instance, number };
        bench.claim(task, "ben").await.unwrap();
        bench.complete(task, "ben").await.unwrap();
    });
    join_all(each).await;
}

async fn all(store: &Store) -> Vec<InstanceId> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query = InstanceQuery { limit: 200, after, ..InstanceQuery::default() };
        let page = store.instances(&query).await.unwrap();
        all.extend(page.rows.into_iter().map(|row| row.id));
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

/// Bytes of the file of a SQLite database that is closed.
fn file_bytes(settings: &StoreSettings) -> Option<u64> {
    let path = settings.url.strip_prefix("sqlite:")?;
    Some(std::fs::metadata(path).unwrap().len())
}

/// What dashboards and lists count of a process.
async fn counted(store: &Store, process: &str, now: Timestamp) -> (u64, u64, u64, u64) {
    let dashboard = store.dashboard(&ProcessId::from(process), now, 90, 90).await.unwrap();
    let cycles = dashboard.cycle_time.iter().map(|(_, n)| n).sum();
    let rows = store.processes().await.unwrap();
    let row = rows.iter().find(|row| row.latest.process.as_str() == process).unwrap();
    let of_days: u64 = dashboard.days.iter().map(|day| day.completed).sum();
    assert_eq!(of_days, row.completed, "of the days together");
    (dashboard.started, row.completed, cycles, row.active)
}

async fn reopened(settings: &StoreSettings, bench: Bench) -> Bench {
    let clock: SimulatedClock = bench.clock.clone();
    bench.stop().await;
    Bench::start_at(settings, Catalogue::default(), clock).await
}

#[test]
fn what_was_kept_long_enough_goes_and_stays_counted() {
    on_every_database("what_was_kept_long_enough_goes", |database| async move {
        let settings = &database.settings;
        let bench = Bench::start(settings, Catalogue::default()).await;
        let short = bench.deploy(&one_task("short")).await;
        let other = bench.deploy(&one_task("other")).await;
        let gone = start(&bench, short, 500).await;
        complete(&bench, &gone).await;
        let kept = start(&bench, other, 5).await;
        complete(&bench, &kept).await;
        let running = start(&bench, short, 3).await;
        let withdrawn = start(&bench, short, 2).await;
        let task = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await[0].key;
        let store = bench.runtime.store.clone();
        let withdrawn_task = UserTaskKey { instance: withdrawn[0], ..task };
        let subject = format!("task {withdrawn_task}");
        let draft = Draft { answers: "{}".to_owned(), saved_at: bench.clock.now() };
        store.save_draft(&PersonId::from("ben"), &subject, &draft).await.unwrap();
        for instance in &withdrawn {
            let command = Command::TerminateInstance { reason: "Withdrawn".to_owned() };
            bench.submit(*instance, command, "olga").await.unwrap();
        }
        store.set_retention(&rule("short", 30, bench.clock.now())).await.unwrap();
        bench.runtime.retention.look_again();
        let bench = reopened(settings, bench).await;
        let before = file_bytes(settings);
        bench.clock.advance(29 * DAY);
        let late = start(&bench, short, 1).await;
        complete(&bench, &late).await;
        let store = bench.runtime.store.clone();
        let counts = counted(&store, "short", bench.clock.now()).await;
        assert_eq!(counts, (506, 501, 501, 3));
        assert_eq!(all(&store).await.len(), 511, "nothing goes before its time");
        bench.clock.advance(2 * DAY);
        // Small steps with long rests: that it goes on is what is waited for.
        for left in [400, 300, 200, 100, 9] {
            bench.until("more are gone", || async { all(&store).await.len() <= left }).await;
        }
        assert_eq!(all(&store).await.len(), 9);
        let last = withdrawn[1];
        bench
            .until("the last one is gone whole", || async {
                store.turns(last, 0, 9).await.unwrap().is_empty()
            })
            .await;
        let mut left = [running.clone(), kept, late].concat();
        left.sort_unstable_by(|one, other| other.cmp(one));
        assert_eq!(all(&store).await, left);
        assert_eq!(counted(&store, "short", bench.clock.now()).await, counts, "still counted");
        assert_eq!(store.removed_count(&ProcessId::from("short")).await.unwrap(), 502);
        assert_eq!(store.removed_count(&ProcessId::from("other")).await.unwrap(), 0);
        for instance in gone.iter().take(3).chain(&withdrawn) {
            assert!(store.turns(*instance, 0, 9).await.unwrap().is_empty());
            let known = store.removed_instance(*instance).await.unwrap().unwrap();
            assert!(known.removed_at.millis_since(known.ended_at) >= 30 * DAY_MS);
        }
        assert!(store.draft(&PersonId::from("ben"), &subject).await.unwrap().is_none());
        assert_eq!(store.removed_instance(running[0]).await.unwrap(), None);
        complete(&bench, &running[..1]).await;
        while store.give_back_space().await.unwrap().is_some_and(|(is_more, _)| is_more) {}
        bench.stop().await;
        if let (Some(before), Some(after)) = (before, file_bytes(settings)) {
            println!("the file has {after} bytes instead of {before}");
            assert!(after < before - 1_000_000, "{after} instead of {before}");
        }
    });
}

#[test]
fn called_instances_go_with_their_caller_and_not_before() {
    on_every_database("called_instances_go_with_their_caller", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let child = bench.deploy(&one_task("child")).await;
        let nodes = r#"<bpmn:startEvent id="s"/><bpmn:callActivity id="call">
            <bpmn:extensionElements><zeebe:calledElement processId="child"/>
            </bpmn:extensionElements></bpmn:callActivity>
            <bpmn:userTask id="then" name="Then"/><bpmn:endEvent id="e"/>"#;
        let parent = shaped("parent", "", nodes, &["s call", "call then", "then e"]);
        let parent = bench.deploy(&parent).await;
        let caller = start(&bench, parent, 1).await[0];
        let store = bench.runtime.store.clone();
        let called = || async { store.relatives(caller, 9).await.unwrap().1.first().copied() };
        bench.until("the call", || async { called().await.is_some() }).await;
        let called = called().await.unwrap();
        complete(&bench, &[called]).await;
        let alone = start(&bench, child, 1).await;
        complete(&bench, &alone).await;
        let now = bench.clock.now();
        for process in ["child", "parent"] {
            store.set_retention(&rule(process, 10, now)).await.unwrap();
        }
        bench.clock.advance(11 * DAY);
        bench.until("the one alone is gone", || async { all(&store).await.len() == 2 }).await;
        assert!(store.instance(called).await.unwrap().is_some(), "its caller goes on");
        let command = Command::TerminateInstance { reason: String::new() };
        bench.submit(caller, command, "olga").await.unwrap();
        bench.clock.advance(9 * DAY);
        assert!(store.instance(called).await.unwrap().is_some());
        bench.clock.advance(2 * DAY);
        bench.until("both are gone", || async { all(&store).await.is_empty() }).await;
        assert!(store.removed_instance(called).await.unwrap().is_some());
        bench.stop().await;
    });
}

#[test]
fn a_large_instance_goes_in_pieces_and_a_crash_between_them_is_gone_on_with() {
    on_every_database("a_large_instance_goes_in_pieces", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let definition = bench.deploy(&one_task("long")).await;
        let instances = start(&bench, definition, 2).await;
        let task = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await[0].key;
        for _ in 0..20 {
            for instance in &instances {
                let task = UserTaskKey { instance: *instance, number: task.number };
                bench.claim(task, "ben").await.unwrap();
                let back = Command::UnclaimUserTask { element: task.number };
                bench.submit(*instance, back, "ben").await.unwrap();
            }
        }
        complete(&bench, &instances).await;
        let now = bench.clock.now_plus(2 * DAY);
        bench.stop().await;
        let process = ProcessId::from("long");
        let mut steps = 0;
        let mut after = (i64::MIN, 0);
        loop {
            // Each step by a process of its own, that ends without a word.
            let store = Store::open(&database.settings).await.unwrap();
            let step = store.remove_ended(&process, (now, now), after, 16).await.unwrap();
            assert!(step.rows <= 16 + 4, "{step:?}");
            if steps == 0 {
                assert!(all(&store).await.is_empty(), "what is removed in part is not seen");
                assert!(store.instance(instances[0]).await.unwrap().is_none());
            }
            let removed = store.removed_count(&process).await.unwrap();
            assert_eq!(removed, 2, "each is counted once, when it begins to go");
            store.close().await;
            let Some(next) = step.next else { break };
            (after, steps) = (next, steps + 1);
        }
        assert!(steps > 4, "{steps}");
        let store = Store::open(&database.settings).await.unwrap();
        for instance in instances {
            assert!(store.turns(instance, 0, 9).await.unwrap().is_empty());
            assert!(store.removed_instance(instance).await.unwrap().is_some());
        }
        store.close().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_administrator_sets_it_and_a_removed_instance_is_said_to_be_removed() {
    let house = House::with_example(sqlite()).await;
    let (admin, olga) = (house.browser_of("admin").await, house.browser_of("olga").await);
    let sofia = house.browser_of("sofia").await;
    let loan = house.loan(&sofia, "Anna Keller").await;
    let path = "/api/v1/process-definitions/loan-application/retention";
    let put = |browser: &crate::house::Browser, path: &str, body: Json| {
        browser.request(reqwest::Method::PUT, path).json(&body).send()
    };
    problem(sofia.get(path).await, 403).await;
    problem(put(&olga, path, json!({ "days": 1 })).await.unwrap(), 403).await;
    for wrong in [json!({ "days": 0 }), json!({ "days": 40_000 }), json!({ "weeks": 1 })] {
        problem(put(&admin, path, wrong).await.unwrap(), 400).await;
    }
    let unknown = "/api/v1/process-definitions/nothing/retention";
    problem(put(&admin, unknown, json!({ "days": 1 })).await.unwrap(), 404).await;
    let all = put(&admin, "/api/v1/retention", json!({ "days": 90 })).await.unwrap();
    assert_eq!(all.status(), 204);
    let view: Json = olga.get(path).await.json().await.unwrap();
    assert_eq!((&view["days"], &view["inherited"]), (&json!(90), &json!(true)));
    assert_eq!(put(&admin, path, json!({ "days": 7 })).await.unwrap().status(), 204);
    let view: Json = olga.get(path).await.json().await.unwrap();
    assert_eq!((&view["days"], &view["inherited"]), (&json!(7), &json!(false)));
    assert_eq!(view["setBy"], "Ada Admin");
    let instance = format!("/api/v1/process-instances/{loan}");
    let cancel = olga.post(&format!("{instance}/cancellation"), &json!({ "reason": "x" })).await;
    assert_eq!(cancel.status(), 204);
    house.clock.advance(8 * DAY);
    let olga = house.browser_of("olga").await;
    house.until("it is gone", || async { olga.get(&instance).await.status() == 404 }).await;
    let words = problem(olga.get(&instance).await, 404).await;
    assert!(words.contains("removed on 2026-12-01, 8 days after its end"), "{words}");
    let page = olga.page(&format!("/instances/{loan}")).await;
    assert_eq!(page.status(), 404);
    assert!(page.text().await.unwrap().contains("was removed on"));
    let mark = house.browser_of("mark").await;
    let words = problem(mark.get(&instance).await, 404).await;
    assert!(!words.contains("removed"), "who could not see it learns nothing: {words}");
    let page = olga.page("/processes/loan-application").await.text().await.unwrap();
    assert!(page.contains("They are removed 7 days after their end."), "the page says so");
    assert!(page.contains("One has been removed so far"));
    house.close().await;
}

#[test]
fn a_rule_is_kept_and_taken_back() {
    on_every_database("a_rule_is_kept_and_taken_back", |database| async move {
        let store = Store::open(&database.settings).await.unwrap();
        let now = Timestamp::parse("2026-11-23T08:00:00Z").unwrap();
        store.set_retention(&rule("loan", 30, now)).await.unwrap();
        let for_ever = RetentionRow { days: None, ..rule("loan", 1, now) };
        store.set_retention(&for_ever).await.unwrap();
        let of_all = RetentionRow { process: None, ..rule("", 90, now) };
        store.set_retention(&of_all).await.unwrap();
        assert_eq!(store.retention().await.unwrap(), [of_all.clone(), for_ever]);
        store.unset_retention(Some(&ProcessId::from("loan"))).await.unwrap();
        assert_eq!(store.retention().await.unwrap(), [of_all]);
        store.close().await;
    });
}
