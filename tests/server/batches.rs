//! Retries of all incidents that match: each says what came of it, also across a restart.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Method, StatusCode};
use serde_json::{Value as Json, json};
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::runtime::Clock;
use spartito::store::{
    BatchItemState, BatchOperationRow, BatchOperationState, IncidentSelection, InstanceQuery,
    InstanceStatus, MadeBatchOperation, NewBatchOperation, Store,
};
use spartito_core::engine::Command;
use spartito_core::engine::incident::Cause;
use spartito_core::ids::{BatchKey, InstanceId, PersonId, ProcessId};
use spartito_core::value::Variables;
use tokio::sync::Semaphore;

use crate::bench::Bench;
use crate::databases::{on_every_database, sqlite};
use crate::house::{Browser, House, problem};
use crate::models::{sequence, service_task};

/// Fails all jobs at first; later only those of some instances, and lets others wait.
#[derive(Default)]
struct Outside {
    is_up: Mutex<bool>,
    bad: Mutex<BTreeSet<InstanceId>>,
    slow: Mutex<BTreeSet<InstanceId>>,
    go_on: Option<Semaphore>,
}

#[async_trait]
impl Connector for Outside {
    async fn run(&self, job: &Job) -> Result<Variables, ConnectorError> {
        let instance = job.key.instance;
        if !*self.is_up.lock().unwrap() {
            return Err(ConnectorError::retry("the bureau is closed"));
        }
        if self.bad.lock().unwrap().contains(&instance) {
            return Err(ConnectorError::retry("the bureau refuses this one"));
        }
        let is_slow = self.slow.lock().unwrap().contains(&instance);
        if let (true, Some(go_on)) = (is_slow, &self.go_on) {
            go_on.acquire().await.unwrap().forget();
        }
        Ok(Variables::default())
    }

    fn concurrency(&self) -> usize {
        8
    }
}

fn outside() -> (Arc<Outside>, Catalogue) {
    let outside = Arc::new(Outside { go_on: Some(Semaphore::new(0)), ..Outside::default() });
    let mut catalogue = Catalogue::default();
    catalogue.add("bureau", outside.clone());
    (outside, catalogue)
}

/// Starts so many instances of a process, all of which stop with an incident.
async fn stopped(bench: &Bench, process: &str, many: usize) -> Vec<InstanceId> {
    let xml = sequence(process, &[service_task("score", "bureau", 1)]);
    let definition = bench.deploy(&xml).await;
    let starts = (0..many).map(|_| bench.start_with(definition, "text", "x"));
    let instances = futures::future::join_all(starts).await;
    let selection = of(process);
    bench
        .until("all have stopped", || async {
            bench.runtime.store.incident_count(&selection, 10_000).await.unwrap() == many as u64
        })
        .await;
    instances
}

fn of(process: &str) -> IncidentSelection {
    IncidentSelection { process: Some(ProcessId::from(process)), ..IncidentSelection::default() }
}

async fn make(bench: &Bench, selection: IncidentSelection) -> BatchKey {
    let key = BatchKey::new(bench.runtime.store.new_number(bench.clock.now()));
    let new = NewBatchOperation {
        key,
        selection,
        at: bench.clock.now(),
        by: PersonId::from("olga"),
        idempotency_key: None,
        asked: String::new(),
    };
    let made = bench.runtime.store.make_batch_operation(&new).await.unwrap();
    assert_eq!(made, MadeBatchOperation::New);
    bench.runtime.batch_operations.look_again();
    key
}

async fn read(store: &Store, key: BatchKey) -> BatchOperationRow {
    store.batch_operation(key).await.unwrap().unwrap()
}

fn count(of: &BatchOperationRow, state: BatchItemState) -> u64 {
    of.counts.get(&state).copied().unwrap_or(0)
}

#[test]
fn all_that_match_are_tried_again_and_each_says_what_came_of_it() {
    on_every_database("all_that_match_are_tried_again", |database| async move {
        let (outside, connectors) = outside();
        let bench = Bench::start(&database.settings, connectors).await;
        let meant = stopped(&bench, "loan", 80).await;
        let others = stopped(&bench, "other", 5).await;
        let store = bench.runtime.store.clone();
        bench
            .submit(meant[0], Command::SuspendInstance { reason: String::new() }, "olga")
            .await
            .unwrap();
        *outside.bad.lock().unwrap() = meant[1..8].iter().copied().collect();
        *outside.slow.lock().unwrap() = BTreeSet::from([meant[8]]);
        *outside.is_up.lock().unwrap() = true;
        let key = make(&bench, of("loan")).await;
        bench
            .until("all but one have an outcome", || async {
                let of = read(&store, key).await;
                count(&of, BatchItemState::Waiting) == 0
                    && count(&of, BatchItemState::Tried) == 1
                    && of.counts.values().sum::<u64>() == 80
            })
            .await;
        assert_eq!(read(&store, key).await.state, BatchOperationState::Running);
        bench.clock.advance(Duration::from_secs(61));
        bench.until("the end", || async { read(&store, key).await.ended_at.is_some() }).await;
        let ended = read(&store, key).await;
        assert_eq!(ended.state, BatchOperationState::PartlyFailed);
        assert_eq!(count(&ended, BatchItemState::Fixed), 71);
        assert_eq!(count(&ended, BatchItemState::FailedAgain), 7);
        assert_eq!(count(&ended, BatchItemState::StillRunning), 1);
        assert_eq!(count(&ended, BatchItemState::Refused), 1);
        let failed = store.batch_items(key, BatchItemState::FailedAgain, None, 99).await.unwrap();
        let which: BTreeSet<_> = failed.iter().map(|item| item.key.instance).collect();
        assert_eq!(which, meant[1..8].iter().copied().collect());
        assert!(failed.iter().all(|item| {
            item.message.as_deref().is_some_and(|words| words.contains("refuses this one"))
        }));
        assert_eq!(store.incident_count(&of("other"), 99).await.unwrap(), 5, "not meant");
        assert_eq!(store.incident_count(&of("loan"), 99).await.unwrap(), 8);
        let words = IncidentSelection {
            words: Some("BUREAU refuses".to_owned()),
            cause: Some(Cause::RetriesExhausted),
            ..IncidentSelection::default()
        };
        assert_eq!(store.incident_count(&words, 99).await.unwrap(), 7);
        outside.go_on.as_ref().unwrap().add_permits(1);
        bench
            .until("the slow one is done", || async {
                let row = store.instance(meant[8]).await.unwrap().unwrap();
                row.status == InstanceStatus::Completed
            })
            .await;
        assert_eq!(others.len(), 5);
        bench.stop().await;
    });
}

#[test]
fn a_batch_goes_on_after_a_restart() {
    on_every_database("a_batch_goes_on_after_a_restart", |database| async move {
        let (outside, connectors) = outside();
        let bench = Bench::start(&database.settings, connectors.clone()).await;
        let meant = stopped(&bench, "loan", 700).await;
        *outside.slow.lock().unwrap() = meant.iter().copied().collect();
        *outside.is_up.lock().unwrap() = true;
        let key = make(&bench, of("loan")).await;
        let store = bench.runtime.store.clone();
        outside.go_on.as_ref().unwrap().add_permits(20);
        bench
            .until("some are done", || async {
                count(&read(&store, key).await, BatchItemState::Fixed) >= 10
            })
            .await;
        let clock = bench.clock.clone();
        // Jobs under way may end, so that the stop need not wait for them.
        let go_on = outside.go_on.as_ref().unwrap();
        tokio::join!(bench.stop(), async { go_on.add_permits(40) });
        let store = Store::open(&database.settings).await.unwrap();
        let stopped = read(&store, key).await;
        assert_eq!(stopped.state, BatchOperationState::Running);
        assert_eq!(stopped.counts.values().sum::<u64>(), 700, "all were collected");
        assert!(count(&stopped, BatchItemState::Waiting) > 0);
        store.close().await;
        outside.slow.lock().unwrap().clear();
        let bench = Bench::start_at(&database.settings, connectors, clock).await;
        // Of another server nothing was heard for long, where the seat is another one now; and jobs
        // that were under way are due again.
        bench.clock.advance(Duration::from_secs(100));
        let store = bench.runtime.store.clone();
        bench
            .until("the end", || async {
                bench.runtime.batch_operations.look_again();
                read(&store, key).await.ended_at.is_some()
            })
            .await;
        let ended = read(&store, key).await;
        let done =
            count(&ended, BatchItemState::Fixed) + count(&ended, BatchItemState::StillRunning);
        assert_eq!(done, 700, "{:?}", ended.counts);
        let open = InstanceQuery {
            state: Some(InstanceStatus::Active),
            limit: 9,
            ..InstanceQuery::default()
        };
        bench
            .until("all have ended", || async {
                store.instances(&open).await.unwrap().rows.is_empty()
            })
            .await;
        for instance in meant.iter().step_by(50) {
            let turns = store.turns(*instance, 0, 99).await.unwrap();
            let tried = turns.iter().filter(|turn| turn.by == Some(PersonId::from("olga")));
            assert_eq!(tried.count(), 1, "each was tried again once");
        }
        bench.stop().await;
    });
}

#[test]
fn a_batch_that_is_stopped_tries_nothing_more() {
    on_every_database("a_batch_that_is_stopped", |database| async move {
        let (outside, connectors) = outside();
        let bench = Bench::start(&database.settings, connectors).await;
        let meant = stopped(&bench, "loan", 100).await;
        *outside.slow.lock().unwrap() = meant.iter().copied().collect();
        *outside.is_up.lock().unwrap() = true;
        let key = make(&bench, of("loan")).await;
        let store = bench.runtime.store.clone();
        let tried = || async { count(&read(&store, key).await, BatchItemState::Tried) };
        bench.until("some are under way", || async { tried().await == 32 }).await;
        let by = PersonId::from("olga");
        assert!(store.cancel_batch_operation(key, (bench.clock.now(), &by)).await.unwrap());
        bench
            .until("the rest is left out", || async {
                count(&read(&store, key).await, BatchItemState::NotTried) == 68
            })
            .await;
        outside.go_on.as_ref().unwrap().add_permits(100);
        bench.until("the end", || async { read(&store, key).await.ended_at.is_some() }).await;
        let ended = read(&store, key).await;
        assert_eq!(ended.state, BatchOperationState::Canceled);
        assert_eq!(count(&ended, BatchItemState::Fixed), 32);
        assert!(!store.cancel_batch_operation(key, (bench.clock.now(), &by)).await.unwrap());
        assert_eq!(store.incident_count(&of("loan"), 999).await.unwrap(), 68);
        bench.stop().await;
    });
}

/// Two loans that have stopped because the bureau is down, with their incidents.
async fn two_stopped(house: &House, olga: &Browser, sofia: &Browser) -> Vec<String> {
    house.sandbox_mode("down").await;
    for applicant in ["Anna Keller", "Pavel Novak"] {
        house.loan(sofia, applicant).await;
    }
    house
        .until("both have stopped", || async {
            house.clock.advance(Duration::from_secs(10));
            found(olga, &json!({})).await["totalItems"] == 2
        })
        .await;
    let all = found(olga, &json!({})).await;
    let items = all["items"].as_array().unwrap();
    items.iter().map(|item| item["incidentKey"].as_str().unwrap().to_owned()).collect()
}

async fn found(browser: &Browser, filter: &Json) -> Json {
    let body = json!({ "filter": filter });
    let answer = browser.post("/api/v1/incidents/search", &body).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

async fn batch(browser: &Browser, key: &str) -> Json {
    browser.get(&format!("/api/v1/batch-operations/{key}")).await.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_36_55_and_57_a_batch_is_asked_for_once_whole_and_by_operators() {
    let house = House::with_example(sqlite()).await;
    let (sofia, olga) = (house.browser_of("sofia").await, house.browser_of("olga").await);
    let keys = two_stopped(&house, &olga, &sofia).await;
    let path = "/api/v1/incidents/resolution";

    // 57: the right to see is not the right to try again.
    problem(sofia.post(path, &json!({})).await, 403).await;
    problem(sofia.post("/api/v1/incidents/search", &json!({})).await, 403).await;
    assert_eq!(sofia.page("/incidents").await.status(), 403);

    // 55: one that is not there, and nothing is done with the others.
    let no_more = format!("{}9", keys[0]);
    for foreign in ["0000000000000-1", no_more.as_str(), "nonsense"] {
        let body = json!({ "incidentKeys": [keys[0], foreign] });
        let words = problem(olga.post(path, &body).await, 404).await;
        assert!(!words.is_empty());
    }
    let page = olga.page("/incidents").await.text().await.unwrap();
    assert!(!page.contains("Retried before"), "no batch was made");
    problem(olga.post(path, &json!({ "filter": { "errorType": "TROUBLE" } })).await, 400).await;
    problem(olga.post(path, &json!({ "everything": true })).await, 400).await;

    // 36: the same key stands for the same request.
    house.sandbox_mode("ok").await;
    let ask = |body: Json| {
        let request = olga.request(Method::POST, path).header("idempotency-key", "monday");
        request.json(&body).send()
    };
    let none = json!({ "filter": { "processDefinitionId": "no-such-process" } });
    let first = ask(none.clone()).await.unwrap();
    assert_eq!(first.status(), StatusCode::CREATED);
    let first: Json = first.json().await.unwrap();
    let again = ask(none).await.unwrap();
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.json::<Json>().await.unwrap(), first);
    problem(ask(json!({})).await.unwrap(), 422).await;
    let key = first["batchOperationKey"].as_str().unwrap();
    house.until("its end", || async { batch(&olga, key).await["state"] == "DONE" }).await;
    assert_eq!(found(&olga, &json!({})).await["totalItems"], 2, "nothing matched");
    problem(
        olga.post(&format!("/api/v1/batch-operations/{key}/cancellation"), &json!({})).await,
        409,
    )
    .await;
    problem(sofia.get(&format!("/api/v1/batch-operations/{key}")).await, 403).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_match_are_tried_again_from_the_page_without_scripts() {
    let house = House::with_example(sqlite()).await;
    let (sofia, olga) = (house.browser_of("sofia").await, house.browser_of("olga").await);
    two_stopped(&house, &olga, &sofia).await;
    house.sandbox_mode("ok").await;
    let query = "process=loan-application&kind=RETRIES_EXHAUSTED&q=503";
    let page = olga.page(&format!("/incidents?{query}")).await.text().await.unwrap();
    assert!(page.contains("Retry all that match (2)"), "{page}");
    assert!(page.contains("Credit score"));
    let nothing = olga.page("/incidents?q=nothing-like-this").await.text().await.unwrap();
    assert!(nothing.contains("No incidents match these filters"));
    assert!(!nothing.contains("Retry all"));
    let sent = olga
        .request(Method::POST, "/call/incidents/retry-matching")
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(
            "filter%5Bprocess%5D=loan-application&filter%5Bkind%5D=RETRIES_EXHAUSTED\
             &filter%5Bq%5D=503",
        )
        .send()
        .await
        .unwrap();
    assert!(sent.status().is_redirection(), "{}", sent.status());
    let onward = sent.headers()["location"].to_str().unwrap().to_owned();
    let key = onward.rsplit('/').next().unwrap().to_owned();
    house.until("its end", || async { batch(&olga, &key).await["state"] == "DONE" }).await;
    let ended = batch(&olga, &key).await;
    assert_eq!((&ended["counts"]["total"], &ended["counts"]["fixed"]), (&json!(2), &json!(2)));
    assert_eq!(ended["startedBy"], "Olga Operator");
    let items = olga.get(&format!("/api/v1/batch-operations/{key}/items?state=FIXED")).await;
    let items: Json = items.json().await.unwrap();
    assert_eq!(items["items"].as_array().unwrap().len(), 2);
    let page = olga.page(&onward).await.text().await.unwrap();
    assert!(page.contains("All were tried: 2 fixed."), "{page}");
    assert!(page.contains("Retry of 2 incidents"));
    let page = olga.page("/incidents").await.text().await.unwrap();
    assert!(page.contains("Everything goes on") && page.contains("Retried before"));
    house.close().await;
}

#[test]
fn an_operator_suspends_and_resumes_an_instance() {
    on_every_database("an_operator_suspends", |database| async {
        let house = House::with_example(database).await;
        let (sofia, olga) = (house.browser_of("sofia").await, house.browser_of("olga").await);
        let loan = house.loan(&sofia, "Anna Keller").await;
        let path = format!("/api/v1/process-instances/{loan}");
        let ben = house.browser_of("ben").await;
        let task = house.task(&ben, "Verify identity").await;
        problem(sofia.post(&format!("{path}/suspension"), &json!({})).await, 403).await;
        let nothing = "/api/v1/process-instances/0000000000001/suspension";
        problem(olga.post(nothing, &json!({})).await, 404).await;
        let long = json!({ "reason": "x".repeat(1_001) });
        problem(olga.post(&format!("{path}/suspension"), &long).await, 400).await;
        for reason in ["the bureau is down", "again"] {
            let why = json!({ "reason": reason });
            let done = olga.post(&format!("{path}/suspension"), &why).await;
            assert_eq!(done.status(), StatusCode::NO_CONTENT, "twice is as good as once");
        }
        let detail: Json = olga.get(&path).await.json().await.unwrap();
        assert_eq!(detail["state"], "SUSPENDED");
        let claim = format!("/api/v1/user-tasks/{task}/assignment");
        problem(ben.post(&claim, &json!({})).await, 409).await;
        let page = olga.page(&format!("/instances/{loan}")).await.text().await.unwrap();
        for words in [
            "Paused: nothing happens until it is resumed.",
            " by Olga Operator",
            "the bureau is down",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let history = detail["history"].to_string();
        assert!(history.contains("The instance was paused: “the bureau is down”"), "{history}");
        // As forms do it without scripts: resumed, paused again, resumed for good.
        let form = async |call: &str, fields: &str| {
            let sent =
                olga.form(&format!("instances/{call}"), &format!("key={loan}{fields}")).await;
            assert_eq!(sent.headers()["location"], format!("/instances/{loan}"), "{call}");
            olga.get(&path).await.json::<Json>().await.unwrap()["state"].clone()
        };
        assert_eq!(form("resume", "").await, "ACTIVE");
        assert_eq!(form("pause", "&reason=papers").await, "SUSPENDED");
        assert_eq!(olga.post(&format!("{path}/resumption"), &json!({})).await.status(), 204);
        let detail: Json = olga.get(&path).await.json().await.unwrap();
        assert_eq!(detail["state"], "ACTIVE");
        assert!(detail["history"].to_string().contains("Olga Operator"), "who did it is kept");
        assert_eq!(ben.post(&claim, &json!({})).await.status(), 200);
        house.close().await;
    });
}
