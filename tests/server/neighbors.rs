//! Two servers of one process on one PostgreSQL: leases and late writes, what they tell each other
//! and what they find when nobody tells it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use spartito::connectors::Catalogue;
use spartito::runtime::{
    Ask, Clock, HandedJob, JobAnswer, Runtime, RuntimeSettings, SimulatedClock, SystemClock,
};
use spartito::store::{
    Changes, Hold, LEASE, NewDeployment, NewForm, NodeRow, NodeSettings, Store, StoreError,
    StoreSettings, Unfinished,
};
use spartito_core::ids::{CommandId, FormId, InstanceId, UserTaskKey};
use spartito_core::time::Timestamp;

use crate::bench::Bench;
use crate::databases::{TestDatabase, on_postgres};
use crate::models::{self, flows, process, user_task};
use crate::nodes::{database, until, wait};
use crate::process::DEADLINE;

/// Two stores on one database, as two servers have them.
async fn two_stores(database: &TestDatabase) -> (Store, Store) {
    let open = |name: &str| {
        let node = NodeSettings { name: name.to_owned(), address: String::new() };
        let settings = database.settings.clone();
        async move { Store::open_as(&settings, &node).await.unwrap() }
    };
    (open("one").await, open("two").await)
}

async fn row_of(store: &Store, name: &str) -> NodeRow {
    let nodes = store.nodes().await.unwrap();
    nodes.into_iter().find(|node| node.name == name).expect("it is there")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_write_is_refused_and_an_early_one_is_waited_for() {
    let Some(database) = database("a_late_write_is_refused") else { return };
    let (one, two) = two_stores(&database).await;
    let now = SystemClock.now();
    // A transaction that has begun holds the seat: nobody takes over in its midst.
    let mut batch = one.begin_batch().await.unwrap();
    assert!(two.take_over(&row_of(&two, "one").await, now).await.unwrap().is_none());
    batch.hold(&[]).await.unwrap();
    batch.commit().await.unwrap();
    let epoch = one.epoch();
    assert!(two.take_over(&row_of(&two, "one").await, now).await.unwrap().is_some());
    // Whatever it is, it is refused as long as the lease is not a new one.
    match one.set_setting("late", "1").await {
        Err(StoreError::Fenced) => {
            assert!(matches!(one.begin_batch().await, Err(StoreError::Fenced)));
            assert_eq!(two.setting("late").await.unwrap(), None);
        }
        // The lease was renewed at this very moment.
        done => assert!(done.is_ok() && one.epoch() > epoch, "{done:?}"),
    }
    until("a new lease", DEADLINE, || async { one.epoch() > epoch }).await;
    assert!(one.lease_again(Duration::ZERO).await && one.holds_lease());
    one.set_setting("late", "2").await.unwrap();
    assert_eq!(two.setting("late").await.unwrap().as_deref(), Some("2"));
    // Taken over once, it is not so again.
    let mut gone = row_of(&two, "one").await;
    assert!(gone.is_live && gone.has_work_left);
    one.close().await;
    gone = row_of(&two, "one").await;
    assert!(!gone.is_live);
    assert!(two.take_over(&gone, now).await.unwrap().is_some());
    assert!(two.take_over(&gone, now).await.unwrap().is_none());
    assert!(!row_of(&two, "one").await.has_work_left);
    two.close().await;
}

/// Of a server that is paused in the midst of a transaction, the database takes it back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_stands_still_holds_nothing_for_longer_than_the_lease() {
    let Some(database) = database("a_transaction_that_stands_still") else { return };
    let (one, two) = two_stores(&database).await;
    let mut batch = one.begin_batch().await.unwrap();
    let took = until("it is taken back", LEASE, || async {
        let row = row_of(&two, "one").await;
        two.take_over(&row, SystemClock.now()).await.unwrap().is_some()
    })
    .await;
    println!("taken back after {took:?}");
    let error = batch.hold(&[InstanceId::new(1)]).await.expect_err("it is gone");
    assert!(error.is_passing(), "{error:?}");
    drop(batch);
    one.close().await;
    two.close().await;
}

/// What came of a batch of this store that relies on where an instance stands, without holding it.
async fn relying(store: &Store, instance: InstanceId, position: u64) -> Result<(), Unfinished> {
    let mut batch = store.open_batch(true).await.unwrap();
    batch.rely_on(instance, position);
    assert!(batch.trusts() && batch.relies());
    batch.finish(Changes::default()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_relies_on_what_has_changed_is_not_written() {
    let Some(database) = database("a_batch_that_relies_on_what_has_changed") else { return };
    let bench = skewed(&database.settings, 0).await;
    let steps = [user_task("check", "Check", "clerks")];
    let definition = bench.deploy(&models::sequence("checked", &steps)).await;
    let instance = bench.start_instance(definition, "anna", "W-1").await;
    let (one, two) = two_stores(&database).await;
    relying(&one, instance, 1).await.unwrap();
    for position in [0, 2] {
        let Err(Unfinished::NotWritten(StoreError::Clash(_))) =
            relying(&one, instance, position).await
        else {
            panic!("it stands elsewhere");
        };
    }
    // Another server holds it, and is not waited for.
    let mut holder = two.begin_batch().await.unwrap();
    let held = holder.hold(&[instance]).await.unwrap();
    assert_eq!(held[&instance], Hold::Held { position: 1 });
    let taken = relying(&one, instance, 1).await;
    assert!(matches!(taken, Err(Unfinished::NotWritten(StoreError::Clash(_)))), "{taken:?}");
    let mut other = one.open_batch(false).await.unwrap();
    let unknown = InstanceId::new(instance.number() + 1);
    let holds = other.hold(&[instance, unknown]).await.unwrap();
    assert_eq!(holds[&instance], Hold::Elsewhere);
    assert_eq!(holds[&unknown], Hold::Held { position: 0 });
    other.rollback().await.unwrap();
    holder.rollback().await.unwrap();
    relying(&one, instance, 1).await.unwrap();
    bench.stop().await;
    one.close().await;
    two.close().await;
}

/// A message that was sent and whose answer never came may still be on its way when somebody asks what
/// became of it: from then on nothing may come of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_comes_after_it_was_looked_up_is_not_written() {
    let Some(database) = database("a_batch_that_comes_after") else { return };
    let (one, two) = two_stores(&database).await;
    let late = one.open_batch(true).await.unwrap();
    let mut begun = one.begin_batch().await.unwrap();
    let looking = {
        let one = one.clone();
        tokio::spawn(async move { one.settled_turns_of(&[CommandId(1)]).await })
    };
    let epoch = one.epoch();
    // What has begun is waited for.
    begun.hold(&[InstanceId::new(1)]).await.unwrap();
    assert!(!looking.is_finished());
    begun.commit().await.unwrap();
    assert!(looking.await.unwrap().unwrap().is_empty());
    let done = late.finish(Changes::default()).await;
    assert!(matches!(done, Err(Unfinished::NotWritten(StoreError::Fenced))), "{done:?}");
    // The server goes on at once, and keeps its seat.
    one.set_setting("later", "1").await.unwrap();
    one.open_batch(true).await.unwrap().finish(Changes::default()).await.unwrap();
    until("its lease is renewed", DEADLINE, || async {
        let row = row_of(&two, "one").await;
        row.is_live && one.holds_lease()
    })
    .await;
    assert_eq!(one.epoch(), epoch);
    one.close().await;
    two.close().await;
}

/// A clock that goes wrong by so many milliseconds.
struct Skewed(i64);

impl Clock for Skewed {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_millis_saturating(self.0)
    }

    fn sleep_until(&self, _at: Timestamp) -> BoxFuture<'_, ()> {
        unreachable!("the clock of the database is gone by")
    }

    fn is_real(&self) -> bool {
        true
    }
}

/// A server whose clock goes wrong by so many milliseconds.
async fn skewed(settings: &StoreSettings, by_ms: i64) -> Bench {
    let store = Store::open(settings).await.unwrap();
    let clock = Arc::new(Skewed(by_ms));
    let connectors = Catalogue::default();
    let worker_limits = BTreeMap::new();
    let settings = RuntimeSettings { store, clock, connectors, worker_limits };
    let runtime = Runtime::start(settings).await.unwrap();
    let clock = SimulatedClock::new(runtime.clock.now());
    Bench { runtime, clock }
}

/// Waits until two servers hear each other, by what one changes.
async fn until_heard(one: &Bench, change: impl AsyncFn()) {
    let mut heard = one.runtime.live.subscribe();
    let begun = Instant::now();
    loop {
        change().await;
        let waited = tokio::time::timeout(Duration::from_millis(500), async {
            while heard.recv().await.unwrap().everything {}
        });
        if waited.await.is_ok() {
            return;
        }
        assert!(begun.elapsed() < DEADLINE, "they never hear each other");
    }
}

/// Case 113.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_113_servers_whose_clocks_are_five_minutes_apart_go_by_the_database() {
    let Some(database) = database("case_113_clocks_are_apart") else { return };
    let early = skewed(&database.settings, -150_000).await;
    let late = skewed(&database.settings, 150_000).await;
    let apart = early.runtime.clock.now().millis_since(late.runtime.clock.now()).abs();
    assert!(apart < 1_000, "{apart} ms apart");
    assert!(early.runtime.clock.now().millis_since(SystemClock.now()).abs() < 1_000);
    let xml = process(
        "waits",
        &format!(
            "<bpmn:startEvent id=\"start\" />{}<bpmn:endEvent id=\"end\" />{}",
            wait("PT1S"),
            flows("start wait end")
        ),
    );
    let definition = early.deploy(&xml).await;
    for bench in [&early, &late] {
        let begun = Instant::now();
        let instance = bench.start_instance(definition, "anna", "W-1").await;
        let store = &bench.runtime.store;
        until("the timer fires", DEADLINE, || async {
            store.turns(instance, 1, 10).await.unwrap().len() == 1
        })
        .await;
        let turns = store.turns(instance, 0, 10).await.unwrap();
        let waited = turns[1].at.millis_since(turns[0].at);
        println!("a timer of 1 s fired after {waited} ms, {:?} on the wall", begun.elapsed());
        assert!((1_000..1_900).contains(&waited), "{waited}");
        assert!(begun.elapsed() >= Duration::from_millis(950));
    }
    early.stop().await;
    late.stop().await;
}

/// The timer of an instance is fired by the server that started it, whoever has set it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_that_another_server_set_fires_on_time() {
    let Some(database) = database("a_timer_that_another_server_set") else { return };
    let (one, two) = (skewed(&database.settings, 0).await, skewed(&database.settings, 0).await);
    let steps = [user_task("check", "Check", "clerks"), wait("PT0.3S")];
    let definition = one.deploy(&models::sequence("waits", &steps)).await;
    for (hears, tells) in [(&one, &two), (&two, &one)] {
        until_heard(hears, async || {
            tells.start_instance(definition, "anna", "W-0").await;
        })
        .await;
    }
    let mut late_ms = Vec::new();
    for _ in 0..10 {
        let instance = one.start_instance(definition, "anna", "W-1").await;
        let (state, _) = one.runtime.store.load_state(instance).await.unwrap().unwrap();
        let number = state.user_tasks().next().unwrap().0;
        let task = UserTaskKey { instance, number };
        two.claim(task, "ben").await.unwrap();
        two.complete(task, "ben").await.unwrap();
        let store = &two.runtime.store;
        until("it fires", DEADLINE, || async {
            store.turns(instance, 3, 10).await.unwrap().len() == 1
        })
        .await;
        let turns = store.turns(instance, 2, 10).await.unwrap();
        late_ms.push(turns[1].at.millis_since(turns[0].at) - 300);
    }
    late_ms.sort_unstable();
    println!("{} ms (p50), {} ms (most) after it was due", late_ms[5], late_ms[9]);
    assert!((0..1_000).contains(&late_ms[5]), "nobody waits for the sweep: {late_ms:?}");
    // Another server looks at it only when it should have fired.
    let definition = one.deploy(&models::sequence("hours", &[wait("PT1H")])).await;
    one.start_instance(definition, "anna", "W-2").await;
    let due = one.runtime.store.next_timer_due().await.unwrap().expect("in an hour");
    let others = two.runtime.store.next_timer_due().await.unwrap().expect("a little later");
    assert_eq!(others.millis_since(due), 5_000);
    one.stop().await;
    two.stop().await;
}

/// A worker that waits on one server is woken by a job that another one has made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_another_server_made_wakes_a_worker_that_waits() {
    let Some(database) = database("a_job_that_another_server_made") else { return };
    let (one, two) = (skewed(&database.settings, 0).await, skewed(&database.settings, 0).await);
    let steps = [models::service_task("score", "outside", 3)];
    let definition = one.deploy(&models::sequence("scored", &steps)).await;
    until_heard(&two, async || {
        one.start_instance(definition, "anna", "W-0").await;
    })
    .await;
    let ask = Ask {
        job_type: "outside".to_owned(),
        worker: "tester".to_owned(),
        lease_ms: 60_000,
        jobs_max: 100,
        variables: Some(Vec::new()),
        wait: Some(Duration::from_secs(20)),
    };
    let poll = async |server: &Bench| {
        let given = server.runtime.activate_jobs(ask.clone()).await.unwrap();
        given.keep()
    };
    let answer = async |server: &Bench, job: &HandedJob| {
        let variables = spartito_core::value::Variables::default();
        server
            .runtime
            .answer_job(job.key, JobAnswer::Completed { variables, direction: None })
            .await
    };
    for job in poll(&two).await {
        answer(&two, &job).await.unwrap();
    }
    let mut late = Vec::new();
    for round in 0..10 {
        let waits = async { (poll(&two).await, Instant::now()) };
        let starts = async {
            let waiting = || async { two.runtime.workers.figures().waiting == 1 };
            until("somebody waits", DEADLINE, waiting).await;
            // Long enough that it has looked in vain.
            tokio::time::sleep(Duration::from_millis(20 + 37 * round)).await;
            one.start_instance(definition, "anna", "W-1").await;
            Instant::now()
        };
        let ((jobs, got_at), started_at) = tokio::join!(waits, starts);
        late.push(got_at.saturating_duration_since(started_at));
        assert_eq!(jobs.len(), 1);
        // It is answered wherever the worker likes.
        answer(&one, &jobs[0]).await.unwrap();
    }
    late.sort_unstable();
    println!("handed over {:?} (p50), {:?} (most) after the other had answered", late[5], late[9]);
    assert!(late[5] < Duration::from_millis(250), "nobody waits for the sweep: {late:?}");
    // Each job is handed to one, however many ask at the same time.
    for n in 0..40 {
        one.start_instance(definition, "anna", &format!("W-{n}")).await;
    }
    let ask = Ask { jobs_max: 10, lease_ms: 600_000, wait: None, ..ask };
    let asked = [&one, &two, &one, &two, &two, &one]
        .map(async |server| server.runtime.activate_jobs(ask.clone()).await.unwrap().keep());
    let all = futures::future::join_all(asked).await;
    let keys: Vec<_> = all.iter().flatten().map(|job| job.key).collect();
    let jobs: std::collections::BTreeSet<_> = keys.iter().map(|key| key.job).collect();
    assert!(keys.iter().all(|key| key.lease == 1));
    assert_eq!((jobs.len(), keys.len()), (40, 40));
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_told_is_found_and_a_line_that_breaks_is_made_anew() {
    let Some(database) = database("what_nobody_told_is_found") else { return };
    let (one, two) = (skewed(&database.settings, 0).await, skewed(&database.settings, 0).await);
    let xml = models::sequence("one", &[user_task("check", "Check", "clerks")]);
    let definition = two.deploy(&xml).await;
    let change = async || {
        two.start_instance(definition, "anna", "W-0").await;
    };
    until_heard(&one, change).await;
    let mut heard = one.runtime.live.subscribe();
    on_postgres(
        &database.settings.url,
        "select pg_terminate_backend(pid) from pg_stat_activity \
         where datname = current_database() and query like 'LISTEN%'",
    );
    // Whatever was said meanwhile: people are told to look again.
    let told = async { while !heard.recv().await.unwrap().everything {} };
    tokio::time::timeout(DEADLINE, told).await.expect("it is told that something was missed");
    until_heard(&one, change).await;
    // Deployed without a word.
    let form = NewForm {
        form: FormId::from("quiet"),
        json: r#"{"id": "quiet", "components": []}"#.to_owned(),
    };
    let new = NewDeployment {
        definitions: Vec::new(),
        forms: vec![form],
        decisions: Vec::new(),
        by: None,
        at: two.clock.now(),
    };
    two.runtime.store.deploy(new).await.unwrap();
    until("the form is known", DEADLINE, || async {
        one.runtime.definitions.current().forms.contains_key(&FormId::from("quiet"))
    })
    .await;
    one.stop().await;
    two.stop().await;
}
