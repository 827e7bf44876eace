//! The runtime: requests in, committed turns out, jobs run, on both databases.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::runtime::{Clock, SubmitError};
use spartito::store::{InstanceQuery, InstanceStatus, TaskSelection};
use spartito_core::engine::{Command, Rejection};
use spartito_core::ids::{
    CommandId, DefinitionKey, GroupId, IncidentId, InstanceId, PersonId, ProcessId,
};
use spartito_core::value::{Value, Variables};

use crate::bench::{Bench, next_attempt_after, next_job_due};
use crate::databases::on_every_database;
use crate::models;

#[test]
fn takes_an_instance_from_start_to_end() {
    on_every_database("takes_an_instance_from_start_to_end", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let xml = models::sequence(
            "two-steps",
            &[
                models::user_task("check", "Check it", "clerks"),
                models::user_task("decide", "Decide it", "bosses"),
            ],
        );
        let definition = bench.deploy(&xml).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        assert!(bench.tasks("anna", &["bosses"], TaskSelection::Groups).await.is_empty());
        let tasks = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await;
        assert_eq!(tasks.len(), 1);
        assert_eq!(
            (tasks[0].title.as_str(), tasks[0].business_key.as_deref()),
            ("Check it", Some("LA-1"))
        );
        bench.claim(tasks[0].key, "ben").await.unwrap();
        assert!(bench.tasks("cleo", &["clerks"], TaskSelection::Groups).await.is_empty());
        let refused = bench.claim(tasks[0].key, "cleo").await.unwrap_err();
        match refused {
            SubmitError::Rejected(Rejection::HeldByAnother { holder, .. }) => {
                assert_eq!(holder, PersonId::from("ben"));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(bench.tasks("ben", &[], TaskSelection::Mine).await.len(), 1);
        bench.complete(tasks[0].key, "ben").await.unwrap();
        let store = &bench.runtime.store;
        let row = store.instance(instance).await.unwrap().unwrap();
        assert_eq!(row.steps, ["decide".into()]);
        let tasks = bench.tasks("dora", &["bosses"], TaskSelection::Groups).await;
        bench.claim(tasks[0].key, "dora").await.unwrap();
        bench.clock.advance(Duration::from_secs(60));
        let done = bench.complete(tasks[0].key, "dora").await.unwrap();
        assert_eq!(done.position, 5);
        let row = store.instance(instance).await.unwrap().unwrap();
        assert_eq!(row.status, InstanceStatus::Completed);
        assert!(row.steps.is_empty() && row.ended_at.is_some());
        let (state, position) = store.load_state(instance).await.unwrap().unwrap();
        assert_eq!(position, 5);
        assert_eq!(state.variables().get("seen"), Some(&Value::Boolean(true)));
        assert_counts(&bench, instance).await;
        bench.stop().await;
    });
}

#[test]
fn who_asks_twice_at_once_is_told_the_same_also_where_it_is_refused() {
    on_every_database("who_asks_twice_at_once", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let xml = models::sequence("one", &[models::user_task("check", "Check it", "clerks")]);
        let definition = bench.deploy(&xml).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        let resolve = Command::ResolveIncident { incident: IncidentId(1) };
        let ask = |id| bench.runtime.orchestrator.submit(instance, resolve.clone(), None, Some(id));
        for number in 0..20 {
            let id = CommandId(number);
            let (first, second) = tokio::join!(ask(id), ask(id));
            for answer in [first, second] {
                assert!(matches!(answer, Err(SubmitError::Rejected(_))), "{answer:?}");
            }
        }
        bench.stop().await;
    });
}

async fn assert_counts(bench: &Bench, instance: InstanceId) {
    let store = &bench.runtime.store;
    let process = ProcessId::from("two-steps");
    let processes = store.processes().await.unwrap();
    assert_eq!((processes[0].active, processes[0].incidents, processes[0].completed), (0, 0, 1));
    let steps = store.step_counts_of_process(&process).await.unwrap();
    let check = steps.iter().find(|step| step.node.as_str() == "check").unwrap();
    assert_eq!((check.active, check.completed), (0, 1));
    let now = bench.clock.now();
    let dashboard = store.dashboard(&process, now, 14, 30).await.unwrap();
    assert_eq!((dashboard.open, dashboard.started, dashboard.with_incident), (0, 1, 0));
    let today = dashboard.days.last().unwrap();
    assert_eq!((today.started, today.completed, today.open), (1, 1, 0));
    assert_eq!(dashboard.cycle_time.iter().map(|(_, n)| n).sum::<u64>(), 1);
    let median = spartito_core::insight::sketch::quantile(&dashboard.cycle_time, 0.5).unwrap();
    assert!((59_400..=60_600).contains(&median), "{median}");
    let (ben, eve) = (PersonId::from("ben"), PersonId::from("eve"));
    assert!(store.is_involved(instance, &ben, &[]).await.unwrap());
    assert!(!store.is_involved(instance, &eve, &[GroupId::from("clerks")]).await.unwrap());
    let involved =
        InstanceQuery { involved: Some((ben, Vec::new())), limit: 9, ..Default::default() };
    assert_eq!(store.instances(&involved).await.unwrap().rows.len(), 1);
}

#[test]
fn a_repeated_request_gets_the_first_answer() {
    on_every_database("a_repeated_request_gets_the_first_answer", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let xml = models::sequence("one", &[models::user_task("check", "Check it", "clerks")]);
        let definition = bench.deploy(&xml).await;
        let start = || {
            let instance = bench.runtime.orchestrator.new_instance_id();
            let command = Command::StartInstance {
                instance,
                definition,
                business_key: None,
                variables: Variables::default(),
                node: None,
                occurred: None,
                caller: None,
            };
            bench.runtime.orchestrator.submit(instance, command, None, Some(CommandId(77)))
        };
        // Two at once, as a double click makes them, and one later.
        let (first, second) = tokio::join!(start(), start());
        let third = start().await.unwrap();
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!(first.instance, second.instance);
        assert_eq!(first.instance, third.instance);
        assert_eq!((first.repeated, second.repeated, third.repeated), (false, true, true));
        assert_eq!(first.events, third.events);
        let all = InstanceQuery { limit: 9, ..Default::default() };
        assert_eq!(bench.runtime.store.instances(&all).await.unwrap().rows.len(), 1);
        bench.stop().await;
    });
}

#[test]
fn of_many_claims_at_once_one_wins() {
    on_every_database("of_many_claims_at_once_one_wins", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let xml = models::sequence("one", &[models::user_task("check", "Check it", "clerks")]);
        let definition = bench.deploy(&xml).await;
        bench.start_instance(definition, "anna", "LA-1").await;
        let task = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await[0].key;
        let names: Vec<String> = (0..40).map(|n| format!("person{n}")).collect();
        let claims = names.iter().map(|name| bench.claim(task, name));
        let outcomes = futures::future::join_all(claims).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let holder = bench.runtime.store.task(task).await.unwrap().unwrap().assignee.unwrap();
        for outcome in outcomes {
            match outcome {
                Ok(_) => {}
                Err(SubmitError::Rejected(Rejection::HeldByAnother { holder: named, .. })) => {
                    assert_eq!(named, holder);
                }
                Err(other) => panic!("{other:?}"),
            }
        }
        bench.stop().await;
    });
}

/// Fails as often as it is told, then succeeds.
struct Flaky {
    failures: AtomicU32,
    keys: std::sync::Mutex<Vec<String>>,
}

#[async_trait]
impl Connector for Flaky {
    async fn run(&self, job: &Job) -> Result<Variables, ConnectorError> {
        self.keys.lock().unwrap().push(format!("{} {}", job.key, job.attempt));
        let left = self.failures.load(Ordering::SeqCst);
        if left > 0 {
            self.failures.store(left - 1, Ordering::SeqCst);
            return Err(ConnectorError::retry("answered 503"));
        }
        Ok([("score", Value::string("fine"))].into_iter().collect())
    }

    fn concurrency(&self) -> usize {
        4
    }
}

fn flaky(failures: u32) -> (Arc<Flaky>, Catalogue) {
    let flaky = Arc::new(Flaky { failures: AtomicU32::new(failures), keys: Default::default() });
    let mut catalogue = Catalogue::default();
    catalogue.add("flaky", flaky.clone());
    (flaky, catalogue)
}

#[test]
fn a_job_is_tried_again_after_its_backoff() {
    on_every_database("a_job_is_tried_again_after_its_backoff", |database| async move {
        let (flaky, connectors) = flaky(2);
        let bench = Bench::start(&database.settings, connectors).await;
        let xml = models::sequence("scored", &[models::service_task("score", "flaky", 3)]);
        let definition = bench.deploy(&xml).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        let attempts = |n: usize| {
            let flaky = flaky.clone();
            move || {
                let flaky = flaky.clone();
                async move { flaky.keys.lock().unwrap().len() == n }
            }
        };
        bench.until("first attempt", attempts(1)).await;
        let store = bench.runtime.store.clone();
        // How long it is until the next attempt, once that is known.
        let pause = async |least_ms: i64| {
            let (now, store) = (bench.clock.now(), &store);
            let due = || async move { next_attempt_after(store, now, least_ms).await };
            bench.until("a pause", || async { due().await.is_some() }).await;
            u64::try_from(due().await.unwrap().millis_since(now)).unwrap()
        };
        let first = pause(10_000).await;
        bench.clock.advance(Duration::from_millis(first - 1));
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert_eq!(flaky.keys.lock().unwrap().len(), 1, "not before it is due");
        bench.clock.advance(Duration::from_millis(1));
        bench.until("second attempt", attempts(2)).await;
        let second = pause(20_000).await;
        bench.clock.advance(Duration::from_millis(second));
        bench
            .until("the end", || async {
                store.instance(instance).await.unwrap().unwrap().status == InstanceStatus::Completed
            })
            .await;
        let keys = flaky.keys.lock().unwrap().clone();
        let key = |attempt| format!("{instance}-2 {attempt}");
        assert_eq!(keys, [key(1), key(2), key(3)], "the same key for every attempt");
        let (state, _) = store.load_state(instance).await.unwrap().unwrap();
        assert_eq!(state.variables().get("score"), Some(&Value::string("fine")));
        bench.stop().await;
    });
}

/// Comes to an end only when the test lets it.
struct Slow {
    begun: AtomicU32,
    go_on: tokio::sync::Semaphore,
}

#[async_trait]
impl Connector for Slow {
    async fn run(&self, _: &Job) -> Result<Variables, ConnectorError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.go_on.acquire().await.unwrap().forget();
        Ok(Variables::default())
    }

    fn concurrency(&self) -> usize {
        2
    }
}

#[test]
fn a_slow_type_of_job_holds_up_nobody_but_itself() {
    on_every_database("a_slow_type_of_job_holds_up_nobody", |database| async move {
        const SLOW: usize = 200;
        let go_on = tokio::sync::Semaphore::new(0);
        let slow = Arc::new(Slow { begun: AtomicU32::new(0), go_on });
        let (flaky, mut connectors) = flaky(0);
        connectors.add("slow", slow.clone());
        let bench = Bench::start(&database.settings, connectors).await;
        let slow_one = models::sequence("slow", &[models::service_task("wait", "slow", 3)]);
        let slow_one = bench.deploy(&slow_one).await;
        let quick = models::sequence("quick", &[models::service_task("score", "flaky", 3)]);
        let quick = bench.deploy(&quick).await;
        let mut instances = Vec::new();
        for n in 0..SLOW {
            instances.push(bench.start_instance(slow_one, "anna", &format!("S-{n}")).await);
        }
        for n in 0..3 {
            instances.push(bench.start_instance(quick, "anna", &format!("Q-{n}")).await);
        }
        let has_ended = |instance| {
            let store = bench.runtime.store.clone();
            move || {
                let store = store.clone();
                async move {
                    let row = store.instance(instance).await.unwrap().unwrap();
                    row.status == InstanceStatus::Completed
                }
            }
        };
        for instance in &instances[SLOW..] {
            bench.until("the quick one is not held up", has_ended(*instance)).await;
        }
        assert_eq!(slow.begun.load(Ordering::SeqCst), 2, "as many as its connector says");
        slow.go_on.add_permits(SLOW);
        for instance in &instances {
            bench.until("all come to their end", has_ended(*instance)).await;
        }
        assert_eq!(slow.begun.load(Ordering::SeqCst), 200, "each was tried once");
        assert_eq!(flaky.keys.lock().unwrap().len(), 3);
        bench.stop().await;
    });
}

/// Does one job at a time, when the test lets it, and notes how urgent each was.
struct OneByOne {
    begun: std::sync::Mutex<Vec<String>>,
    go_on: tokio::sync::Semaphore,
}

#[async_trait]
impl Connector for OneByOne {
    async fn run(&self, job: &Job) -> Result<Variables, ConnectorError> {
        let urgent = job.inputs.get("urgent").expect("it is handed over").to_json();
        self.begun.lock().unwrap().push(urgent);
        self.go_on.acquire().await.unwrap().forget();
        Ok(Variables::default())
    }

    fn concurrency(&self) -> usize {
        1
    }
}

#[test]
fn jobs_of_a_higher_priority_are_begun_first() {
    on_every_database("jobs_of_a_higher_priority_are_begun_first", |database| async move {
        let go_on = tokio::sync::Semaphore::new(0);
        let one_by_one = Arc::new(OneByOne { begun: Default::default(), go_on });
        let mut connectors = Catalogue::default();
        connectors.add("one-by-one", one_by_one.clone());
        let bench = Bench::start(&database.settings, connectors).await;
        let xml = crate::workers::prioritized("one-by-one").replace(
            "<zeebe:taskHeaders>",
            "<zeebe:ioMapping><zeebe:input source=\"=urgent\" target=\"urgent\" />\
             </zeebe:ioMapping><zeebe:taskHeaders>",
        );
        let definition = bench.deploy(&xml).await;
        let begun = |n: usize| {
            let one_by_one = one_by_one.clone();
            move || {
                let one_by_one = one_by_one.clone();
                async move { one_by_one.begun.lock().unwrap().len() == n }
            }
        };
        bench.start_with(definition, "urgent", "0").await;
        bench.until("the first one", begun(1)).await;
        for urgent in ["-7", "0", "9", "500", "9"] {
            bench.start_with(definition, "urgent", urgent).await;
        }
        for number in 2..=6 {
            one_by_one.go_on.add_permits(1);
            bench.until("the next one", begun(number)).await;
        }
        let expected = ["0", "500", "9", "9", "0", "-7"].map(|urgent| format!("\"{urgent}\""));
        assert_eq!(*one_by_one.begun.lock().unwrap(), expected);
        one_by_one.go_on.add_permits(1);
        bench.stop().await;
    });
}

#[test]
fn a_job_of_a_suspended_instance_waits_until_it_goes_on() {
    on_every_database("a_job_of_a_suspended_instance_waits", |database| async move {
        let (flaky, connectors) = flaky(1);
        let bench = Bench::start(&database.settings, connectors).await;
        let xml = models::sequence("scored", &[models::service_task("score", "flaky", 3)]);
        let definition = bench.deploy(&xml).await;
        let store = bench.runtime.store.clone();
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        let now = bench.clock.now();
        bench
            .until("the second attempt is due", || async {
                next_attempt_after(&store, now, 10_000).await.is_some()
            })
            .await;
        bench
            .submit(instance, Command::SuspendInstance { reason: String::new() }, "olga")
            .await
            .unwrap();
        assert_eq!(next_job_due(&store).await, None, "nothing is due");
        bench.clock.advance(Duration::from_secs(60));
        bench.submit(instance, Command::ResumeInstance, "olga").await.unwrap();
        bench
            .until("it goes on", || async {
                let row = store.instance(instance).await.unwrap().unwrap();
                row.status == InstanceStatus::Completed
            })
            .await;
        assert_eq!(flaky.keys.lock().unwrap().len(), 2, "none while it was suspended");
        bench.stop().await;
    });
}

#[test]
fn a_job_without_attempts_left_is_an_incident_and_a_retry_helps() {
    on_every_database("a_job_without_attempts_left_is_an_incident", |database| async move {
        let (_flaky, connectors) = flaky(1);
        let bench = Bench::start(&database.settings, connectors).await;
        let xml = models::sequence("scored", &[models::service_task("score", "flaky", 1)]);
        let definition = bench.deploy(&xml).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        let store = bench.runtime.store.clone();
        bench
            .until("an incident", || async {
                store.instance(instance).await.unwrap().unwrap().incidents == 1
            })
            .await;
        let incidents = store.open_incidents(instance).await.unwrap();
        assert!(incidents[0].message.contains("answered 503"), "{}", incidents[0].message);
        assert_eq!(store.processes().await.unwrap()[0].incidents, 1);
        let command = Command::ResolveIncident { incident: incidents[0].key.number };
        bench.submit(instance, command, "anna").await.unwrap();
        bench
            .until("the end", || async {
                store.instance(instance).await.unwrap().unwrap().status == InstanceStatus::Completed
            })
            .await;
        assert!(store.open_incidents(instance).await.unwrap().is_empty());
        let processes = store.processes().await.unwrap();
        assert_eq!((processes[0].incidents, processes[0].completed), (0, 1));
        bench.stop().await;
    });
}

#[test]
fn unfinished_work_goes_on_after_a_restart() {
    on_every_database("unfinished_work_goes_on_after_a_restart", |database| async move {
        // Stops in the middle: the job fails, and its next attempt is due after the restart.
        let (_first, connectors) = flaky(1);
        let bench = Bench::start(&database.settings, connectors).await;
        let xml = models::sequence("scored", &[models::service_task("score", "flaky", 3)]);
        let definition = bench.deploy(&xml).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        let store = bench.runtime.store.clone();
        let now = bench.clock.now();
        let failed = || async { next_attempt_after(&store, now, 10_000).await.is_some() };
        bench.until("a failed attempt", failed).await;
        let clock = bench.clock.clone();
        bench.stop().await;
        clock.advance(Duration::from_secs(13));
        let (second, connectors) = flaky(0);
        let bench = Bench::start_at(&database.settings, connectors, clock).await;
        let store = bench.runtime.store.clone();
        bench
            .until("the end", || async {
                store.instance(instance).await.unwrap().unwrap().status == InstanceStatus::Completed
            })
            .await;
        assert_eq!(*second.keys.lock().unwrap(), [format!("{instance}-2 2")]);
        bench.stop().await;
    });
}

#[test]
fn an_unknown_instance_or_version_is_refused_without_harm_to_others() {
    on_every_database("an_unknown_instance_is_refused", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let xml = models::sequence("one", &[models::user_task("check", "Check it", "clerks")]);
        let definition = bench.deploy(&xml).await;
        let unknown = InstanceId::new(12_345);
        let terminate = Command::TerminateInstance { reason: String::new() };
        let instance = bench.runtime.orchestrator.new_instance_id();
        let start = |definition| Command::StartInstance {
            instance,
            definition,
            business_key: None,
            variables: Variables::default(),
            node: None,
            occurred: None,
            caller: None,
        };
        let orchestrator = &bench.runtime.orchestrator;
        let other = orchestrator.new_instance_id();
        let (a, b, c) = tokio::join!(
            orchestrator.submit(unknown, terminate, None, None),
            orchestrator.submit(other, start(DefinitionKey::new(9)), None, None),
            orchestrator.submit(instance, start(definition), None, None),
        );
        assert!(matches!(a, Err(SubmitError::UnknownInstance)), "{a:?}");
        assert!(matches!(b, Err(SubmitError::Rejected(Rejection::NotDeployed))), "{b:?}");
        assert!(c.is_ok(), "{c:?}");
        // A second start under the same number contradicts what is stored.
        let again = orchestrator.submit(instance, start(definition), None, None).await;
        assert!(matches!(again, Err(SubmitError::Store(_))), "{again:?}");
        bench.stop().await;
    });
}
