//! The door for workers outside: who is let in, what is bounded, what is seen of them.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::json;
use spartito::connectors::Catalogue;
use spartito::runtime::{Ask, Clock, HandOver, JobAnswer, POLLS_WAITING_MAX};
use spartito::store::{InstanceStatus, Store};
use spartito_core::ids::PersonId;
use spartito_core::value::Variables;

use crate::bench::Bench;
use crate::databases::{on_every_database, sqlite};
use crate::house::{House, problem};
use crate::models;
use crate::workers::{TOKEN, WORK, World, ask, key_of};

/// How long a worker waits that surely gets something.
const SOON: Duration = Duration::from_secs(20);
const OTHER_TOKEN: &str = "another-token-of-the-tests-0123";

#[test]
fn a_connection_that_is_dropped_while_it_waits_loses_nothing() {
    on_every_database("a_connection_that_is_dropped", |database| async move {
        let world = World::start(database).await;
        let definition = world.deploy(WORK).await;
        {
            let waits = world.activate(json!({ "requestTimeout": 20_000 }));
            let gone = world.until_waiting(1);
            tokio::select! {
                jobs = waits => panic!("nothing is there: {jobs:?}"),
                () = gone => {}
            }
        }
        world.until_waiting(0).await;
        // What is given to somebody who goes at this very moment goes back.
        world.bench.start_instance(definition, "anna", "LA-1").await;
        let given = world.bench.runtime.activate_jobs(ask(WORK, Duration::from_secs(20))).await;
        let given = given.unwrap();
        assert_eq!(given.jobs.len(), 1);
        let leases = [given.jobs[0].key.lease];
        drop(given);
        let given = world.bench.runtime.activate_jobs(ask(WORK, Duration::from_secs(20))).await;
        let jobs = given.unwrap().keep();
        assert_eq!(jobs.len(), 1, "without waiting for the end of a lease");
        assert!(jobs[0].key.lease > leases[0]);
        assert!(world.poll().await.is_empty(), "what was received is kept");
        world.close().await;
    });
}

#[test]
fn what_nobody_got_before_the_end_of_a_server_is_there_after_it() {
    on_every_database("what_nobody_got_before_the_end", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let task = models::service_task("score", WORK, 3);
        let definition = bench.deploy(&models::sequence(WORK, &[task])).await;
        for n in 0..20 {
            bench.start_instance(definition, "anna", &format!("LA-{n}")).await;
        }
        // The connections of all have just broken.
        let asked = (0..20).map(|_| bench.runtime.activate_jobs(ask(WORK, SOON)));
        let given = futures::future::join_all(asked).await;
        assert!(given.iter().all(|given| given.as_ref().is_ok_and(|given| given.jobs.len() == 1)));
        drop(given);
        let clock = bench.clock.clone();
        bench.stop().await;
        let bench = Bench::start_at(&database.settings, Catalogue::default(), clock).await;
        let all = Ask { jobs_max: 20, ..ask(WORK, SOON) };
        let jobs = bench.runtime.activate_jobs(all).await.expect("somebody serves").keep();
        assert_eq!(jobs.len(), 20, "without waiting for the ends of the leases");
        bench.stop().await;
    });
}

#[test]
fn a_flood_of_workers_is_bounded_and_those_who_came_first_are_served_first() {
    on_every_database("a_flood_of_workers", |database| async move {
        let world = World::start(database).await;
        let definition = world.deploy(WORK).await;
        let (sender, mut served) = tokio::sync::mpsc::unbounded_channel();
        let mut waiting = tokio::task::JoinSet::new();
        for number in 0..POLLS_WAITING_MAX {
            let (runtime, sender) = (world.bench.runtime.clone(), sender.clone());
            waiting.spawn(async move {
                let given = runtime.activate_jobs(ask(WORK, Duration::from_secs(50))).await;
                let jobs = given.map(HandOver::keep).unwrap_or_default();
                sender.send((number, jobs.len())).unwrap();
            });
            if number < 2 {
                world.until_waiting(number + 1).await;
            }
        }
        world.until_waiting(POLLS_WAITING_MAX).await;
        let refused = world
            .post("activation", json!({ "type": WORK, "timeout": 5_000, "maxJobsToActivate": 1 }))
            .await;
        assert_eq!(refused.headers()["retry-after"], "1");
        let words = problem(refused, 429).await;
        assert!(words.contains("1,024 workers wait"), "{words}");
        for number in 0..2 {
            world.bench.start_instance(definition, "anna", "LA-1").await;
            assert_eq!(served.recv().await, Some((number, 1)));
        }
        waiting.shutdown().await;
        world.bench.start_instance(definition, "anna", "LA-2").await;
        world.one().await;
        world.close().await;
    });
}

#[test]
fn a_type_with_a_bound_waits_and_holds_up_no_other() {
    on_every_database("a_type_with_a_bound", |database| async move {
        let world = World::changed(database, |settings| {
            settings.worker_limits.insert(WORK.to_owned(), 2);
        })
        .await;
        let (bounded, other) = (world.deploy(WORK).await, world.deploy("other").await);
        for n in 0..5 {
            world.bench.start_instance(bounded, "anna", &format!("B-{n}")).await;
        }
        let jobs = world.poll().await;
        assert_eq!(jobs.len(), 2, "as many as may be under way");
        assert!(world.poll().await.is_empty());
        // Many wait for what is bounded, and came first.
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let runtime = world.bench.runtime.clone();
            waiting.spawn(async move {
                let given = runtime.activate_jobs(ask(WORK, Duration::from_secs(50))).await;
                given.map_or(0, |given| given.keep().len())
            });
        }
        world.until_waiting(100).await;
        let waits = world.activate(json!({ "type": "other", "requestTimeout": 20_000 }));
        let starts = async {
            world.until_waiting(101).await;
            world.bench.start_instance(other, "anna", "O-1").await;
        };
        let (jobs_of_other, ()) = tokio::join!(waits, starts);
        assert_eq!(jobs_of_other.len(), 1);
        assert_eq!(world.complete(&jobs[0], json!({})).await.status(), 204);
        assert_eq!(waiting.join_next().await.unwrap().unwrap(), 1, "one more may be under way");
        waiting.shutdown().await;
        world.close().await;
    });
}

#[test]
fn after_a_database_was_set_back_workers_get_nothing_until_a_person_has_looked() {
    on_every_database("after_a_database_was_set_back_workers", |database| async move {
        let store = Store::open(&database.settings).await.unwrap();
        let hold = json!({
            "why": "a test", "since_ms": 0, "released_by": null, "released_ms": null,
        });
        store.set_setting("outbound", &hold.to_string()).await.unwrap();
        store.close().await;
        let world = World::start(database).await;
        let definition = world.deploy(WORK).await;
        let instance = world.bench.start_instance(definition, "anna", "LA-1").await;
        assert!(world.poll().await.is_empty());
        let waits = world.activate(json!({ "requestTimeout": 20_000 }));
        let releases = async {
            world.until_waiting(1).await;
            let (outbound, now) = (&world.bench.runtime.outbound, world.bench.clock.now());
            assert!(outbound.release(&PersonId::from("olga"), now).await.unwrap());
        };
        let (jobs, ()) = tokio::join!(waits, releases);
        assert_eq!(world.complete(&jobs[0], json!({})).await.status(), 204);
        assert_eq!(world.status(instance).await, InstanceStatus::Completed);
        world.close().await;
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_shows_a_token_is_a_worker_and_tokens_can_be_changed() {
    let world = World::start(sqlite()).await;
    let definition = world.deploy(WORK).await;
    let body =
        json!({ "type": WORK, "timeout": 5_000, "maxJobsToActivate": 1, "requestTimeout": -1 });
    let send = async |token: &str| {
        let url = format!("{}/api/v1/jobs/activation", world.house.url);
        world.client.post(url).header("authorization", token).json(&body).send().await.unwrap()
    };
    for wrong in ["Bearer", "Bearer x", &format!("Basic {TOKEN}"), &format!("Bearer {OTHER_TOKEN}")]
    {
        let answer = send(wrong).await;
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        let words = problem(answer, 401).await;
        assert!(words.contains("--worker-token-file"), "{words}");
    }
    assert_eq!(send(&format!("Bearer {TOKEN}")).await.status(), StatusCode::OK);
    // A body larger than that of a stranger may be is a worker's right.
    world.bench.start_instance(definition, "anna", "LA-1").await;
    let job = world.one().await;
    let large = json!({ "variables": { "text": "x".repeat(300_000) } });
    let path = format!("{}/api/v1/jobs/{}/completion", world.house.url, key_of(&job));
    let stranger = world.client.post(path).json(&large).send().await.unwrap();
    problem(stranger, 413).await;
    assert_eq!(world.complete(&job, large["variables"].clone()).await.status(), 204);
    std::fs::write(&world.tokens, OTHER_TOKEN).unwrap();
    let changed = || async { send(&format!("Bearer {OTHER_TOKEN}")).await.status() == 200 };
    world.bench.until("the new token counts", changed).await;
    problem(send(&format!("Bearer {TOKEN}")).await, 401).await;
    world.close().await;
    let house = House::empty(sqlite()).await;
    let url = format!("{}/api/v1/jobs/activation", house.url);
    let answer = Client::new().post(url).bearer_auth(TOKEN).json(&body).send().await.unwrap();
    let words = problem(answer, 401).await;
    assert!(words.contains("None is set up") && words.contains("--worker-token-file"), "{words}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_worker_asks_for_is_read_strictly() {
    let world = World::start(sqlite()).await;
    let right =
        json!({ "type": WORK, "timeout": 5_000, "maxJobsToActivate": 1, "requestTimeout": -1 });
    for (field, value) in [
        ("type", json!("")),
        ("type", json!("a\u{0}b")),
        ("type", json!("http")),
        ("timeout", json!(0)),
        ("timeout", json!(86_400_001)),
        ("maxJobsToActivate", json!(0)),
        ("maxJobsToActivate", json!(-1)),
        ("worker", json!("x".repeat(256))),
        ("fetchVariable", json!([""])),
        ("fetchVariable", json!(vec!["x"; 257])),
        ("tenantIds", json!(["theirs"])),
        ("role", json!("administrator")),
    ] {
        let mut body = right.clone();
        body[field] = value;
        problem(world.post("activation", body).await, 400).await;
    }
    let mut many = right.clone();
    many["maxJobsToActivate"] = json!(1_000_000_000);
    assert_eq!(world.post("activation", many).await.status(), 200, "capped, as the manual says");
    for key in ["nonsense", "0000000000001-2", "0000000000001-2-1-0", "0000000000001-2-1-1"] {
        for (what, body) in [
            ("completion", json!({})),
            ("failure", json!({})),
            ("error", json!({ "errorCode": "X" })),
        ] {
            problem(world.post(&format!("{key}/{what}"), body).await, 404).await;
        }
        problem(world.patch(key, json!({ "timeout": 5_000 })).await, 404).await;
    }
    let definition = world.deploy(WORK).await;
    world.bench.start_instance(definition, "anna", "LA-1").await;
    let job = world.one().await;
    for (what, body) in [
        ("failure", json!({ "retries": 101 })),
        ("failure", json!({ "retryBackOff": -1 })),
        ("failure", json!({ "retryBackOff": 86_400_001 })),
        ("error", json!({ "errorCode": "" })),
        ("error", json!({})),
        ("completion", json!({ "variables": [] })),
        ("completion", json!({ "result": {} })),
    ] {
        problem(world.post(&format!("{}/{what}", key_of(&job)), body).await, 400).await;
    }
    // A lease that was never given is nobody's.
    let forged = format!("{}9", key_of(&job));
    problem(world.post(&format!("{forged}/completion"), json!({})).await, 409).await;
    assert_eq!(world.complete(&job, json!({})).await.status(), 204);
    world.close().await;
}

/// What a server shows for Prometheus.
async fn figures(house: &House) -> String {
    let answer = reqwest::get(format!("http://{}/metrics", house.metrics)).await.unwrap();
    answer.text().await.unwrap()
}

#[test]
fn what_nobody_has_asked_for_is_seen_to_wait_for_a_worker() {
    on_every_database("what_nobody_has_asked_for", |database| async move {
        let house = House::with_example(database).await;
        let bench = Bench { runtime: house.desk.runtime.clone(), clock: house.clock.clone() };
        let task = models::service_task("letter", "letters", 3);
        let definition = bench.deploy(&models::sequence("mail", &[task])).await;
        let instance = bench.start_instance(definition, "sofia", "LA-1").await;
        house.clock.advance(Duration::from_secs(7_200));
        let olga = house.browser_of("olga").await;
        let page = olga.page(&format!("/instances/{instance}")).await.text().await.unwrap();
        let words = "letter has waited 2 h for a worker of type “letters”";
        assert!(page.contains(words), "{page}");
        let path = format!("/api/v1/process-instances/{instance}");
        let detail: serde_json::Value = olga.get(&path).await.json().await.unwrap();
        let jobs = json!([{ "elementId": "letter", "type": "letters", "worker": null }]);
        assert_eq!((&detail["jobs"], &detail["incidents"]), (&jobs, &json!([])));
        let shown = figures(&house).await;
        assert!(shown.contains("spartito_jobs{type=\"letters\",state=\"due\"} 1"), "{shown}");
        // And when somebody has it.
        let given = bench.runtime.activate_jobs(ask("letters", Duration::from_secs(20))).await;
        let job = given.unwrap().keep().remove(0);
        let page = olga.page(&format!("/instances/{instance}")).await.text().await.unwrap();
        assert!(page.contains("now at the worker tester"), "{page}");
        let detail: serde_json::Value = olga.get(&path).await.json().await.unwrap();
        assert_eq!(detail["jobs"][0]["worker"], "tester");
        let shown = figures(&house).await;
        for line in [
            "spartito_jobs{type=\"letters\",state=\"leased\"} 1",
            "spartito_jobs_activated_total{type=\"letters\"} 1",
            "spartito_jobs_answered_total{type=\"letters\",outcome=\"completed\"} 0",
            "spartito_workers_waiting 0",
        ] {
            assert!(shown.contains(line), "no {line} in {shown}");
        }
        let done = JobAnswer::Completed { variables: Variables::default(), direction: None };
        bench.runtime.answer_job(job.key, done).await.unwrap();
        let line = "spartito_jobs_answered_total{type=\"letters\",outcome=\"completed\"} 1";
        let shown = figures(&house).await;
        assert!(shown.contains(line), "{shown}");
        house.close().await;
    });
}
