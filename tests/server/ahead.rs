//! Jobs that are leased a little ahead of their places and wait in memory: begun in their order, given
//! back when it takes too long, and not begun when they are no longer to be done.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::runtime::Clock;
use spartito::store::{InstanceStatus, JobFigures, Store};
use spartito_core::engine::Command;
use spartito_core::ids::{DefinitionKey, InstanceId, PersonId};
use spartito_core::value::Variables;
use tokio::sync::Semaphore;

use crate::bench::Bench;
use crate::databases::{TestDatabase, on_every_database};

/// The type of the jobs.
const GATED: &str = "gated";
/// Places of the connector.
const PLACES: usize = 4;
/// Jobs that are leased ahead of them before it is known how long an attempt takes.
const AHEAD: usize = 8;
/// Longer than a job waits in memory.
const TOO_LONG: Duration = Duration::from_secs(6);

/// Comes to an end only when the test lets it, and notes what was begun, by its priority.
struct Gate {
    begun: Mutex<Vec<String>>,
    open: Semaphore,
    places: usize,
}

impl Gate {
    fn closed(places: usize) -> Arc<Self> {
        Arc::new(Self { begun: Mutex::default(), open: Semaphore::new(0), places })
    }

    fn begun(&self) -> Vec<String> {
        self.begun.lock().unwrap().clone()
    }

    /// Lets all come to their ends, also those that come later.
    fn open(&self) {
        self.open.add_permits(10_000);
    }
}

#[async_trait]
impl Connector for Gate {
    async fn run(&self, job: &Job) -> Result<Variables, ConnectorError> {
        let urgent = job.inputs.get("urgent").expect("it is handed over").to_json();
        self.begun.lock().unwrap().push(urgent.trim_matches('"').to_owned());
        self.open.acquire().await.unwrap().forget();
        Ok(Variables::default())
    }

    fn concurrency(&self) -> usize {
        self.places
    }
}

fn catalogue(gates: &[(&str, &Arc<Gate>)]) -> Catalogue {
    let mut catalogue = Catalogue::default();
    for (job_type, gate) in gates {
        catalogue.add(job_type, Arc::clone(gate) as Arc<dyn Connector>);
    }
    catalogue
}

fn model(job_type: &str) -> String {
    let model = crate::workers::prioritized(job_type).replace(
        "<zeebe:taskHeaders>",
        "<zeebe:ioMapping><zeebe:input source=\"=urgent\" target=\"urgent\" />\
         </zeebe:ioMapping><zeebe:taskHeaders>",
    );
    model.replace("prioritized", job_type)
}

/// A server whose places are all taken by a connector that does not come to an end.
struct World {
    bench: Bench,
    gate: Arc<Gate>,
    definition: DefinitionKey,
    /// Whose jobs have the places.
    first: Vec<InstanceId>,
}

impl World {
    async fn start(database: &TestDatabase, others: &[(&str, &Arc<Gate>)]) -> Self {
        let gate = Gate::closed(PLACES);
        let gates = [&[(GATED, &gate)], others].concat();
        let bench = Bench::start(&database.settings, catalogue(&gates)).await;
        let definition = bench.deploy(&model(GATED)).await;
        let mut world = Self { bench, gate, definition, first: Vec::new() };
        for number in 1..=PLACES {
            let first = world.instance("0").await;
            world.first.push(first);
            world.until_begun(number).await;
        }
        world
    }

    async fn instance(&self, urgent: &str) -> InstanceId {
        self.bench.start_with(self.definition, "urgent", urgent).await
    }

    async fn instances(&self, urgent: &[&str]) -> Vec<InstanceId> {
        let mut instances = Vec::new();
        for urgent in urgent {
            instances.push(self.instance(urgent).await);
        }
        instances
    }

    async fn until_begun(&self, count: usize) {
        let begun = || async { self.gate.begun().len() == count };
        self.bench.until("as many are begun", begun).await;
    }

    /// Lets all go on: those that were begun first and these are done, each by one attempt.
    async fn assert_each_is_tried_once(&self, more: &[InstanceId]) {
        self.gate.open();
        for instance in self.first.iter().chain(more) {
            self.until_done(*instance).await;
        }
        assert_eq!(self.gate.begun().len(), self.first.len() + more.len());
    }

    async fn until_done(&self, instance: InstanceId) {
        let done = || async { self.status(instance).await == InstanceStatus::Completed };
        self.bench.until("it comes to its end", done).await;
    }

    async fn status(&self, instance: InstanceId) -> InstanceStatus {
        self.bench.runtime.store.instance(instance).await.unwrap().unwrap().status
    }

    async fn figures(&self) -> JobFigures {
        figures(&self.bench, GATED).await
    }

    /// Waits until so many jobs can be taken and so many are leased.
    async fn until_jobs(&self, due: u64, leased: u64) {
        let are_so = || async {
            let figures = self.figures().await;
            (figures.due, figures.leased) == (due, leased)
        };
        self.bench.until(&format!("{due} jobs are due and {leased} leased"), are_so).await;
    }
}

async fn figures(bench: &Bench, job_type: &str) -> JobFigures {
    let figures = bench.runtime.store.figures(bench.clock.now()).await.unwrap();
    let found = figures.jobs.into_iter().find(|jobs| jobs.job_type.as_deref() == Some(job_type));
    found.unwrap_or_default()
}

/// How often the job of an instance was taken from the database; `None` where it is done.
async fn times_taken(store: &Store, instance: InstanceId) -> Option<u32> {
    let holder = store.job_holders(instance, 1).await.unwrap().pop()?;
    Some(store.job_lease(holder.key).await.unwrap()?.lease)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap()
}

#[test]
fn jobs_wait_in_memory_and_are_begun_by_priority_without_a_look_into_the_database() {
    on_every_database("jobs_wait_in_memory", |database| async move {
        let world = World::start(&database, &[]).await;
        let urgent = ["-7", "3", "500", "1", "9", "-1", "9", "2"];
        let waiting = world.instances(&urgent).await;
        let store = world.bench.runtime.store.clone();
        let figures = world.figures().await;
        assert_eq!((figures.due, figures.leased), (0, count(PLACES + AHEAD)), "all are leased");
        assert_eq!(world.gate.begun().len(), PLACES, "and as many begun as have places");
        for number in PLACES + 1..=PLACES + AHEAD {
            for instance in &waiting {
                let taken = times_taken(&store, *instance).await;
                assert!(taken.is_none_or(|times| times == 0), "none was taken from the database");
            }
            world.gate.open.add_permits(1);
            world.until_begun(number).await;
        }
        let begun = world.gate.begun().split_off(PLACES);
        assert_eq!(begun, ["500", "9", "9", "3", "2", "1", "-1", "-7"]);
        world.assert_each_is_tried_once(&waiting).await;
        world.bench.stop().await;
    });
}

#[test]
fn what_finds_no_room_in_memory_waits_in_the_database_and_is_done_after_all() {
    on_every_database("what_finds_no_room_in_memory", |database| async move {
        let world = World::start(&database, &[]).await;
        let more = world.instances(&["1"; 3 * AHEAD]).await;
        world.until_jobs(count(2 * AHEAD), count(PLACES + AHEAD)).await;
        world.assert_each_is_tried_once(&more).await;
        world.bench.stop().await;
    });
}

#[test]
fn what_waits_too_long_is_given_back_for_whoever_has_a_place() {
    on_every_database("what_waits_too_long_is_given_back", |database| async move {
        let world = World::start(&database, &[]).await;
        let waiting = world.instances(&["1"; AHEAD]).await;
        world.until_jobs(0, count(PLACES + AHEAD)).await;
        world.bench.clock.advance(TOO_LONG);
        world.until_jobs(count(AHEAD), count(PLACES)).await;
        let is_shared = world.bench.runtime.store.is_shared();
        let gate = Gate::closed(PLACES);
        gate.open();
        let other = if is_shared {
            let (settings, clock) = (&database.settings, world.bench.clock.clone());
            Some(Bench::start_at(settings, catalogue(&[(GATED, &gate)]), clock).await)
        } else {
            world.gate.open();
            None
        };
        for instance in &waiting {
            world.until_done(*instance).await;
        }
        let expected = if is_shared { (PLACES, AHEAD) } else { (PLACES + AHEAD, 0) };
        assert_eq!((world.gate.begun().len(), gate.begun().len()), expected, "each is tried once");
        world.gate.open();
        for instance in &world.first {
            world.until_done(*instance).await;
        }
        if let Some(other) = other {
            other.stop().await;
        }
        world.bench.stop().await;
    });
}

#[test]
fn what_was_paused_or_ended_while_its_job_waited_in_memory_is_not_called_for() {
    on_every_database("what_was_paused_or_ended", |database| async move {
        let world = World::start(&database, &[]).await;
        let waiting = world.instances(&["4", "3", "2", "1"]).await;
        world.until_jobs(0, count(PLACES + 4)).await;
        let reason = String::new;
        let suspend = Command::SuspendInstance { reason: reason() };
        world.bench.submit(waiting[0], suspend, "olga").await.unwrap();
        let terminate = Command::TerminateInstance { reason: reason() };
        world.bench.submit(waiting[2], terminate, "olga").await.unwrap();
        world.bench.clock.advance(Duration::from_secs(1));
        world.gate.open();
        for instance in [waiting[1], waiting[3]] {
            world.until_done(instance).await;
        }
        let mut begun = world.gate.begun().split_off(PLACES);
        // There are places for both at the same time.
        begun.sort_unstable();
        assert_eq!(begun, ["1", "3"]);
        world.bench.submit(waiting[0], Command::ResumeInstance, "olga").await.unwrap();
        world.until_done(waiting[0]).await;
        assert_eq!(world.gate.begun().split_off(PLACES + 2), ["4"]);
        world.bench.stop().await;
    });
}

#[test]
fn what_was_paused_and_goes_on_while_its_job_waited_in_memory_is_called_for_once() {
    on_every_database("what_was_paused_and_goes_on", |database| async move {
        let world = World::start(&database, &[]).await;
        let waiting = world.instances(&["1"; AHEAD]).await;
        world.until_jobs(0, count(PLACES + AHEAD)).await;
        let suspend = Command::SuspendInstance { reason: String::new() };
        world.bench.submit(waiting[0], suspend, "olga").await.unwrap();
        // There is no room to lease its job anew.
        world.bench.submit(waiting[0], Command::ResumeInstance, "olga").await.unwrap();
        world.until_jobs(1, count(PLACES + AHEAD - 1)).await;
        world.bench.clock.advance(Duration::from_secs(1));
        world.assert_each_is_tried_once(&waiting).await;
        world.bench.stop().await;
    });
}

#[test]
fn a_type_whose_line_is_full_does_not_delay_another() {
    on_every_database("a_type_whose_line_is_full", |database| async move {
        let quick = Gate::closed(PLACES);
        quick.open();
        let world = World::start(&database, &[("quick", &quick)]).await;
        let slow = world.instances(&["1"; 2 * AHEAD]).await;
        world.until_jobs(count(AHEAD), count(PLACES + AHEAD)).await;
        let definition = world.bench.deploy(&model("quick")).await;
        for number in 1..=3 * AHEAD {
            let instance = world.bench.start_with(definition, "urgent", "0").await;
            world.until_done(instance).await;
            assert_eq!(quick.begun().len(), number);
        }
        world.until_jobs(count(AHEAD), count(PLACES + AHEAD)).await;
        assert_eq!(world.gate.begun().len(), PLACES, "nothing of the slow type was begun");
        world.gate.open();
        for instance in slow {
            world.until_done(instance).await;
        }
        world.bench.stop().await;
    });
}

#[test]
fn a_server_that_stops_gives_back_what_it_has_not_begun() {
    on_every_database("a_server_that_stops_gives_back", |database| async move {
        let world = World::start(&database, &[]).await;
        world.instances(&["1"; AHEAD]).await;
        world.until_jobs(0, count(PLACES + AHEAD)).await;
        let goes_on = async {
            world.until_jobs(count(AHEAD), count(PLACES)).await;
            world.gate.open();
        };
        tokio::join!(world.bench.runtime.stop(), goes_on);
        let figures = world.figures().await;
        assert_eq!((figures.due, figures.leased), (count(AHEAD), 0), "those begun were answered");
        assert_eq!(world.gate.begun().len(), PLACES, "and no other was begun");
        world.bench.runtime.store.close().await;
    });
}

#[test]
fn nothing_is_begun_from_memory_while_systems_outside_are_not_to_be_called() {
    on_every_database("nothing_is_begun_from_memory", |database| async move {
        let world = World::start(&database, &[]).await;
        let runtime = &world.bench.runtime;
        if !runtime.store.is_shared() {
            // A server that is alone looks when it starts, and not again.
            world.gate.open();
            return world.bench.stop().await;
        }
        let waiting = world.instances(&["1"; AHEAD]).await;
        world.until_jobs(0, count(PLACES + AHEAD)).await;
        // As another server does that finds the database set back.
        let hold = json!({
            "why": "a test", "since_ms": 0, "released_by": null, "released_ms": null,
        });
        runtime.store.set_setting("outbound", &hold.to_string()).await.unwrap();
        world.bench.until("it is held", || async { runtime.outbound.is_held() }).await;
        world.gate.open();
        for instance in &world.first {
            world.until_done(*instance).await;
        }
        world.bench.clock.advance(TOO_LONG);
        world.until_jobs(count(AHEAD), 0).await;
        assert_eq!(world.gate.begun().len(), PLACES);
        let now = world.bench.clock.now();
        assert!(runtime.outbound.release(&PersonId::from("olga"), now).await.unwrap());
        for instance in waiting {
            world.until_done(instance).await;
        }
        world.bench.stop().await;
    });
}
