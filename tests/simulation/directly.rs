//! What seeds or thought have found once, told directly.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::runtime::{Ask, Chance, Runtime, RuntimeSettings, STATES_BYTES_MAX, SystemClock};
use spartito::store::{
    Fault, Faults, InstanceStatus, LEASE, MemoryDatabase, Moment, NewDeployment, NodeSettings,
    Store, no_faults,
};
use spartito_core::engine::Command;
use spartito_core::ids::{CommandId, DefinitionKey, InstanceId};
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;
use tokio::time::Instant;

use crate::models;

/// Statements of the transaction that takes work over; those without turns have fewer.
const TAKE_OVER_STATEMENTS: u32 = 5;

/// Counts its calls; those of a server that is to hang never end.
struct Calls {
    count: Arc<AtomicU32>,
    hangs: bool,
    places: usize,
}

/// As many places as a connector has mostly.
const PLACES: usize = 4;

#[async_trait]
impl Connector for Calls {
    async fn run(&self, _job: &Job) -> Result<Variables, ConnectorError> {
        self.count.fetch_add(1, Ordering::SeqCst);
        if self.hangs {
            std::future::pending::<()>().await;
        }
        Ok(Variables::default())
    }

    fn concurrency(&self) -> usize {
        self.places
    }
}

fn database() -> MemoryDatabase {
    MemoryDatabase::new(Timestamp::parse("2026-11-23T08:00:00Z").unwrap()).unwrap()
}

async fn server(database: &MemoryDatabase, name: &str, faults: Faults, calls: Calls) -> Runtime {
    let node = NodeSettings { name: name.to_owned(), address: String::new() };
    let store = Store::open_in(database, Some(&node), faults).await.unwrap();
    let mut connectors = Catalogue::default();
    connectors.add("call", Arc::new(calls));
    let settings = RuntimeSettings {
        store,
        clock: Arc::new(SystemClock),
        connectors,
        worker_limits: Default::default(),
    };
    Runtime::start_by(settings, STATES_BYTES_MAX, Chance::seeded(1)).await.unwrap()
}

async fn deploy(runtime: &Runtime, xml: &str) -> DefinitionKey {
    let at = runtime.clock.now();
    let new = NewDeployment {
        definitions: vec![models::definition(xml, at)],
        forms: Vec::new(),
        decisions: Vec::new(),
        by: None,
        at,
    };
    let made = runtime.store.deploy(new).await.unwrap();
    runtime.definitions.refresh().await.unwrap();
    made.definitions[0].key
}

async fn begin(runtime: &Runtime, definition: DefinitionKey) -> InstanceId {
    begin_as(runtime, definition, CommandId(7)).await
}

async fn begin_as(runtime: &Runtime, definition: DefinitionKey, id: CommandId) -> InstanceId {
    let instance = runtime.orchestrator.new_instance_id();
    let command = Command::StartInstance {
        instance,
        definition,
        business_key: None,
        variables: Variables::default(),
        node: None,
        occurred: None,
        caller: None,
    };
    runtime.orchestrator.submit(instance, command, None, Some(id)).await.unwrap().instance
}

async fn until_completed(runtime: &Runtime, instance: InstanceId, within: Duration) {
    let late = Instant::now() + within;
    loop {
        // A read may be one of those that fail.
        if let Ok(Some(row)) = runtime.store.instance(instance).await
            && row.status == InstanceStatus::Completed
        {
            return;
        }
        assert!(Instant::now() < late, "{instance} does not come to its end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_turn_goes_on_although_a_commit_of_it_is_lost() {
    let database = database();
    let (is_armed, commits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let faults: Faults = {
        let (is_armed, commits) = (Arc::clone(&is_armed), Arc::clone(&commits));
        Arc::new(move |moment| {
            if moment != Moment::Commit || !is_armed.load(Ordering::SeqCst) {
                return Fault::None;
            }
            // The first is that of the start, then come its continuation and that once more.
            let is_lost = matches!(commits.fetch_add(1, Ordering::SeqCst), 1 | 2);
            if is_lost { Fault::Break } else { Fault::None }
        })
    };
    let calls = Calls { count: Arc::default(), hangs: false, places: PLACES };
    let runtime = server(&database, "one", faults, calls).await;
    let nodes = r#"<bpmn:startEvent id="s"/><bpmn:task id="again">
        <bpmn:standardLoopCharacteristics><bpmn:loopCondition>=loopCounter &lt; 12000
        </bpmn:loopCondition></bpmn:standardLoopCharacteristics></bpmn:task>
        <bpmn:endEvent id="e"/>"#;
    let definition =
        deploy(&runtime, &models::shaped("long", "", nodes, &["s again", "again e"])).await;
    // What a server does at its start is over then, and its lease is not renewed yet.
    tokio::time::sleep(Duration::from_millis(500)).await;
    is_armed.store(true, Ordering::SeqCst);
    let instance = begin(&runtime, definition).await;
    until_completed(&runtime, instance, Duration::from_secs(30)).await;
    assert!(commits.load(Ordering::SeqCst) >= 4, "two were lost, and the turn went on");
    assert!(runtime.store.turns(instance, 0, 10).await.unwrap().len() > 1, "it took several");
}

#[tokio::test(start_paused = true)]
async fn work_is_taken_over_in_time_although_the_database_fails_right_after() {
    let database = database();
    let is_dead = Arc::new(AtomicBool::new(false));
    let dying: Faults = {
        let is_dead = Arc::clone(&is_dead);
        Arc::new(move |_| if is_dead.load(Ordering::SeqCst) { Fault::Die } else { Fault::None })
    };
    // The first read after the work was taken over fails: that transaction is a long one.
    let (has_taken_over, broken) = (AtomicBool::new(false), Arc::new(AtomicU32::new(0)));
    let failing: Faults = {
        let (is_dead, broken) = (Arc::clone(&is_dead), Arc::clone(&broken));
        let statements = AtomicU32::new(0);
        Arc::new(move |moment| {
            if moment == Moment::Begin {
                statements.store(0, Ordering::SeqCst);
            } else if moment == Moment::Statement {
                statements.fetch_add(1, Ordering::SeqCst);
            } else if moment == Moment::Committed && is_dead.load(Ordering::SeqCst) {
                let is_first = broken.load(Ordering::SeqCst) == 0;
                let is_long = statements.load(Ordering::SeqCst) >= TAKE_OVER_STATEMENTS;
                has_taken_over.fetch_or(is_long && is_first, Ordering::SeqCst);
            } else if moment == Moment::Read && has_taken_over.swap(false, Ordering::SeqCst) {
                broken.fetch_add(1, Ordering::SeqCst);
                return Fault::Break;
            }
            Fault::None
        })
    };
    let count = Arc::<AtomicU32>::default();
    let hanging = Calls { count: Arc::clone(&count), hangs: true, places: PLACES };
    let one = server(&database, "one", dying, hanging).await;
    let xml = models::sequence("job", &[models::service_task("do", "call", 2)]);
    let definition = deploy(&one, &xml).await;
    let instance = begin(&one, definition).await;
    let working = Calls { count: Arc::clone(&count), hangs: false, places: PLACES };
    let other = server(&database, "other", failing, working).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(count.load(Ordering::SeqCst), 1, "the first server is at it");
    is_dead.store(true, Ordering::SeqCst);
    until_completed(&other, instance, LEASE + Duration::from_secs(5)).await;
    assert_eq!(count.load(Ordering::SeqCst), 2);
    assert_eq!(broken.load(Ordering::SeqCst), 1, "the database has failed right after");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_was_away_writes_nothing_under_its_old_lease() {
    let database = database();
    let stands = Arc::new(AtomicBool::new(false));
    let standing: Faults = {
        let stands = Arc::clone(&stands);
        Arc::new(move |_| {
            let is_away = stands.load(Ordering::SeqCst);
            if is_away { Fault::Delay(Duration::from_millis(500)) } else { Fault::None }
        })
    };
    let calls = || Calls { count: Arc::default(), hangs: false, places: PLACES };
    let one = server(&database, "one", standing, calls()).await;
    let other = server(&database, "other", no_faults(), calls()).await;
    let xml = models::sequence("task", &[models::user_task("check", "Check it", "clerks")]);
    let definition = deploy(&one, &xml).await;
    let (seat, epoch) = (one.store.committer(), one.store.epoch());
    stands.store(true, Ordering::SeqCst);
    let late = tokio::spawn({
        let one = one.clone();
        async move { begin(&one, definition).await }
    });
    tokio::time::sleep(LEASE + Duration::from_secs(2)).await;
    let nodes = other.store.nodes().await.unwrap();
    let taken = nodes.iter().find(|node| node.seat == seat).unwrap();
    assert!(taken.epoch > epoch && !taken.is_live, "the other has taken its work over");
    stands.store(false, Ordering::SeqCst);
    let instance = late.await.unwrap();
    assert!(one.store.epoch() > taken.epoch, "it has a new lease");
    assert!(other.store.instance(instance).await.unwrap().is_some());
    assert_eq!(database.stale_commits(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_turn_is_of_the_moment_at_which_its_transaction_begins() {
    let database = database();
    let is_late = Arc::new(AtomicBool::new(false));
    let faults: Faults = {
        let is_late = Arc::clone(&is_late);
        Arc::new(move |moment| {
            let waits = moment == Moment::Begin && is_late.load(Ordering::SeqCst);
            if waits { Fault::Delay(Duration::from_secs(1)) } else { Fault::None }
        })
    };
    let calls = Calls { count: Arc::default(), hangs: false, places: PLACES };
    let runtime = server(&database, "one", faults, calls).await;
    let xml = models::sequence("task", &[models::user_task("check", "Check it", "clerks")]);
    let definition = deploy(&runtime, &xml).await;
    let asked_at = database.now();
    is_late.store(true, Ordering::SeqCst);
    let asked = tokio::spawn({
        let runtime = runtime.clone();
        async move { begin(&runtime, definition).await }
    });
    tokio::time::sleep(Duration::from_secs(4)).await;
    is_late.store(false, Ordering::SeqCst);
    let instance = asked.await.unwrap();
    let turns = runtime.store.turns(instance, 0, 10).await.unwrap();
    // Another server may have gone on with an instance while this one waited: what follows must
    // not be earlier.
    let waited_ms = turns[0].at.millis_since(asked_at);
    assert!(waited_ms >= 4_000, "it is of {waited_ms} ms after it was asked for");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_waits_for_its_new_lease_knows_what_time_it_is() {
    let database = database();
    let (stands, waits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let faults: Faults = {
        let (stands, waits) = (Arc::clone(&stands), Arc::clone(&waits));
        let met = AtomicU32::new(0);
        Arc::new(move |moment| {
            if stands.load(Ordering::SeqCst) {
                return Fault::Delay(Duration::from_millis(500));
            }
            // Met twice: before and after it waited.
            let is_met = moment == Moment::Begin && waits.load(Ordering::SeqCst);
            let is_slow = is_met && met.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
            if is_slow { Fault::Delay(Duration::from_millis(2_500)) } else { Fault::None }
        })
    };
    let calls = || Calls { count: Arc::default(), hangs: false, places: PLACES };
    let one = server(&database, "one", faults, calls()).await;
    let _other = server(&database, "other", no_faults(), calls()).await;
    let epoch = one.store.epoch();
    stands.store(true, Ordering::SeqCst);
    tokio::time::sleep(LEASE + Duration::from_secs(2)).await;
    stands.store(false, Ordering::SeqCst);
    waits.store(true, Ordering::SeqCst);
    // Its turns are of the moment that it believes to be.
    for _ in 0..400 {
        let off_ms = one.clock.now().millis_since(database.now());
        assert!(off_ms.abs() <= 50, "it is {off_ms} ms off");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(one.store.epoch() > epoch, "it has a new lease");
}

/// More jobs than a server has places for, so that some are taken from the database.
const JOBS: u32 = 24;
/// Much less than a lease of a job lasts.
const SOON: Duration = Duration::from_secs(10);

/// Breaks the connection at `moment` where the statements of the last transaction were so many and
/// one break is left; counts the breaks.
fn breaking(
    moment: Moment,
    statements: RangeInclusive<u32>,
    (left, broken): (Arc<AtomicU32>, Arc<AtomicU32>),
) -> Faults {
    let (carried_out, is_right_after) = (AtomicU32::new(0), AtomicBool::new(false));
    Arc::new(move |now| {
        if now == Moment::Begin {
            carried_out.store(0, Ordering::SeqCst);
        } else if now == Moment::Statement {
            carried_out.fetch_add(1, Ordering::SeqCst);
        } else if now == Moment::Committed {
            is_right_after.store(true, Ordering::SeqCst);
        }
        let is_meant = now == moment
            && is_right_after.load(Ordering::SeqCst)
            && statements.contains(&carried_out.load(Ordering::SeqCst));
        if now == Moment::Read || now == Moment::Begin {
            is_right_after.store(false, Ordering::SeqCst);
        }
        let take = |left: u32| left.checked_sub(1);
        if is_meant && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok() {
            broken.fetch_add(1, Ordering::SeqCst);
            return Fault::Break;
        }
        Fault::None
    })
}

/// The transaction that takes jobs has the look at the seat and one statement.
const TAKING: RangeInclusive<u32> = 2..=2;
/// That of a batch which starts instances has many.
const STARTING: RangeInclusive<u32> = 8..=u32::MAX;

/// Does many jobs while the connection breaks a few times at `moment` of, or right after, transactions
/// of so many statements; says how often it broke. Jobs have so many places: with one, each is read
/// right after it was taken; with more, some wait in memory before.
async fn all_done_soon(moment: Moment, statements: RangeInclusive<u32>, places: usize) -> u32 {
    let database = database();
    let (left, broken) = (Arc::<AtomicU32>::default(), Arc::<AtomicU32>::default());
    let faults = breaking(moment, statements, (Arc::clone(&left), Arc::clone(&broken)));
    let calls = Calls { count: Arc::default(), hangs: false, places };
    let runtime = server(&database, "one", faults, calls).await;
    let xml = models::sequence("job", &[models::service_task("do", "call", 2)]);
    let definition = deploy(&runtime, &xml).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    left.store(3, Ordering::SeqCst);
    let begun = (0..JOBS).map(|n| begin_as(&runtime, definition, CommandId(100 + u128::from(n))));
    let late = Instant::now() + SOON;
    for instance in futures::future::join_all(begun).await {
        let within = late.saturating_duration_since(Instant::now());
        until_completed(&runtime, instance, within).await;
    }
    broken.load(Ordering::SeqCst)
}

#[tokio::test(start_paused = true)]
async fn jobs_taken_right_before_a_read_that_fails_do_not_wait_for_the_end_of_their_leases() {
    assert!(all_done_soon(Moment::Read, TAKING, 1).await > 0, "something went wrong");
}

#[tokio::test(start_paused = true)]
async fn jobs_of_which_it_is_not_known_whether_they_were_taken_do_not_wait_either() {
    assert!(all_done_soon(Moment::Committed, TAKING, PLACES).await > 0, "something went wrong");
}

#[tokio::test(start_paused = true)]
async fn jobs_of_a_batch_of_which_it_was_not_known_whether_it_was_committed_are_begun() {
    assert!(all_done_soon(Moment::Committed, STARTING, PLACES).await > 0, "something went wrong");
}

#[tokio::test(start_paused = true)]
async fn jobs_that_perhaps_were_taken_for_a_worker_go_to_the_next_one_who_asks() {
    let database = database();
    let (left, broken) = (Arc::<AtomicU32>::default(), Arc::<AtomicU32>::default());
    let counts = (Arc::clone(&left), Arc::clone(&broken));
    let faults = breaking(Moment::Committed, TAKING, counts);
    let calls = Calls { count: Arc::default(), hangs: false, places: PLACES };
    let runtime = server(&database, "one", faults, calls).await;
    let xml = models::sequence("work", &[models::service_task("do", "outside", 2)]);
    let definition = deploy(&runtime, &xml).await;
    begin(&runtime, definition).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    left.store(1, Ordering::SeqCst);
    let ask = Ask {
        job_type: "outside".to_owned(),
        worker: "tester".to_owned(),
        lease_ms: 3_600_000,
        jobs_max: 1,
        variables: None,
        wait: Some(SOON),
    };
    let jobs = runtime.activate_jobs(ask).await.expect("somebody serves").keep();
    assert_eq!(broken.load(Ordering::SeqCst), 1, "the answer of one commit was lost");
    assert_eq!(jobs.len(), 1, "it is handed out all the same");
    assert_eq!(jobs[0].key.lease, 2, "under a new lease");
}
