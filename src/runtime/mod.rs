//! Drives the engine: carries out requests, commits them, runs jobs, fires timers, tells what has changed.
//!
//! Never decides what a request means (the engine does) or who may make it (`operations` does).

mod background;
mod batch;
mod batch_operations;
mod chance;
mod clock;
mod committer;
mod definitions;
mod derived;
mod exchange;
mod flights;
mod integrity;
mod jobs;
mod keys;
mod lanes;
mod live;
mod measures;
mod neighbors;
mod nodes;
mod orchestrator;
mod outbound;
mod pauses;
mod retention;
mod retry;
mod starts;
mod states;
mod timers;
mod wake;
mod workers;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use spartito_core::engine::InstanceState;
use spartito_core::ids::InstanceId;
use spartito_core::time::Timestamp;
use tokio::sync::{Mutex, mpsc};

pub use batch_operations::BatchOperations;
pub use chance::Chance;
pub use clock::{Clock, SimulatedClock, SystemClock};
pub use definitions::{Definition, Definitions};
pub use exchange::{
    Exchange, MESSAGE_WAIT_DAYS_MAX, MESSAGES_WAITING_MAX, Publication, PublishError, Published,
};
pub use integrity::{Checked, Integrity};
pub use keys::next_business_key;
pub use lanes::REQUESTS_WAITING_MAX;
pub use live::{Change, Live};
pub use measures::{Counter, Histogram, Measures, TurnOutcome};
pub use orchestrator::{Orchestrator, SubmitError, TurnDone};
pub use outbound::{Marker, Outbound, OutboundHold};
pub use pauses::Pauses;
pub use retention::Retention;
pub use retry::{Retried, Retry};
pub use starts::{Starts, starts_of};
pub use states::STATES_BYTES_MAX;
pub use workers::{
    Ask, AskError, HandOver, HandedJob, JOBS_PER_POLL_MAX, JobAnswer, JobChange, JobDirection,
    LEASE_MS_MAX, LEASE_MS_MIN, POLL_TIME_MAX, POLLS_WAITING_MAX, RETRY_PAUSE_MS_MAX,
    WorkerFigures, Workers,
};

use crate::connectors::Catalogue;
use crate::store::{Store, StoreError};
use background::Background;
use clock::SharedClock;
use committer::{Accepted, Committer};
use exchange::ExchangeDesk;
use flights::Flights;
use jobs::setback::{self, Hearers};
use jobs::{Handed, JobDesk, Runner};
use neighbors::Neighbors;
use nodes::{Desks, NodeTasks};
use states::States;
use wake::Wake;

/// What a runtime needs.
pub struct RuntimeSettings {
    /// Where everything is kept.
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What service tasks can ask for.
    pub connectors: Catalogue,
    /// How many jobs of a type all workers outside may have together; a type that is not named has no
    /// bound of its own.
    pub worker_limits: BTreeMap<String, u32>,
}

/// A running engine. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    /// Where everything is kept.
    pub store: Store,
    /// The door to all instances.
    pub orchestrator: Orchestrator,
    /// Deployed processes.
    pub definitions: Definitions,
    /// Where changes are told.
    pub live: Live,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where random numbers come from.
    pub chance: Chance,
    /// What service tasks can ask for.
    pub connectors: Catalogue,
    /// What passes between instances.
    pub exchange: Exchange,
    /// Where the removal of finished instances hears that something was set.
    pub retention: Retention,
    /// Where new batch operations are told.
    pub batch_operations: BatchOperations,
    /// Where it is told that instances of a process are to stand still or to go on.
    pub pauses: Pauses,
    /// What was done since the start.
    pub measures: Arc<Measures>,
    /// Whether systems outside are called.
    pub outbound: Outbound,
    /// Where workers outside are served.
    pub workers: Workers,
    /// Reads all that is stored, from time to time.
    pub integrity: Integrity,
    states: States,
    tasks: Arc<Tasks>,
}

/// What works by itself, from the start to the stop.
#[derive(Default)]
struct Tasks {
    /// What asks for turns or reads, in the order in which it is stopped.
    first: Mutex<Vec<Background>>,
    runner: Mutex<Option<Runner>>,
    carrier: Mutex<Option<Background>>,
    nodes: Mutex<Option<NodeTasks>>,
}

/// What a former process, or a server that has gone, has left to go on with.
async fn unfinished(
    store: &Store,
    started: Timestamp,
    chance: &Chance,
) -> Result<VecDeque<Accepted>, StoreError> {
    let jobs = store.end_dead_leases(started).await?;
    // All that was left is looked at in a moment, whoever left it.
    nodes::look_at_others(store, started, &mut false).await?;
    let interrupted = store.interrupted_instances().await?;
    if jobs > 0 || !interrupted.is_empty() {
        tracing::info!(jobs, turns = interrupted.len(), "going on with unfinished work");
    }
    Ok(interrupted.into_iter().map(|id| Accepted::continuation(id, chance)).collect())
}

impl Runtime {
    /// Starts: requests are accepted, jobs are run, timers fire, and what a former process left unfinished goes
    /// on.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn start(settings: RuntimeSettings) -> Result<Self, StoreError> {
        Self::start_by(settings, STATES_BYTES_MAX, Chance::default()).await
    }

    /// The same, with so many bytes of memory at most for states of instances that are kept, and
    /// with a given source of random numbers, for simulations.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn start_by(
        settings: RuntimeSettings,
        states_bytes_max: usize,
        chance: Chance,
    ) -> Result<Self, StoreError> {
        let RuntimeSettings { store, clock, connectors, worker_limits } = settings;
        let clock = SharedClock::over(&store, clock);
        let neighbors = Neighbors::named(chance.number());
        let definitions = Definitions::open(store.clone(), neighbors.clone()).await?;
        let live = Live::among(neighbors.clone());
        let started = clock.now();
        let pending = unfinished(&store, started, &chance).await?;
        let states = States::bounded(states_bytes_max);
        let (job_wake, wake) = (Arc::new(Wake::new()), Arc::new(Wake::new()));
        let (workers, polls) = Workers::new(worker_limits);
        let wakes = [Arc::clone(&job_wake), workers.wake()];
        let outbound = Outbound::open(store.clone(), wakes).await?;
        let (desk, inbox) = JobDesk::new(&connectors, job_wake, &outbound, &neighbors);
        let (exchange_desk, measures) = (ExchangeDesk::default(), Arc::<Measures>::default());
        let (entrance, lanes) = lanes::lanes(REQUESTS_WAITING_MAX);
        let committer = Committer {
            store: store.clone(),
            definitions: definitions.clone(),
            clock: clock.clone(),
            live: live.clone(),
            jobs: desk.clone(),
            workers: workers.clone(),
            exchange: exchange_desk.clone(),
            timers: Arc::clone(&wake),
            neighbors: neighbors.clone(),
            lanes,
            states: states.clone(),
            pending,
            flights: Flights::default(),
            unsure: None,
            held: VecDeque::new(),
            last_at: Timestamp::EPOCH,
            measures: Arc::clone(&measures),
            chance: chance.clone(),
        };
        let orchestrator = Orchestrator::start(entrance, committer);
        let ground = exchange::Ground {
            store: store.clone(),
            definitions: definitions.clone(),
            clock: clock.clone(),
            desk: exchange_desk.clone(),
            chance: chance.clone(),
        };
        let exchange = Exchange::new(orchestrator.clone(), ground);
        let integrity = Integrity::new(store.clone(), clock.clone());
        let runtime = Self {
            store,
            orchestrator,
            definitions,
            live,
            clock,
            chance,
            connectors,
            exchange,
            retention: Retention::default(),
            batch_operations: BatchOperations::default(),
            pauses: Pauses::default(),
            measures,
            outbound,
            workers: workers.clone(),
            integrity,
            states,
            tasks: Arc::default(),
        };
        let desks = Desks { jobs: desk, workers, exchange: exchange_desk, timers: wake };
        runtime.set_to_work(desks, (inbox, polls), neighbors).await;
        Ok(runtime)
    }

    /// Starts what does work by itself.
    async fn set_to_work(
        &self,
        desks: Desks,
        (inbox, polls): (mpsc::Receiver<Handed>, workers::Inbox),
        neighbors: Neighbors,
    ) {
        let hearers = Hearers::of(&desks.jobs, &self.workers, &neighbors);
        tokio::spawn(setback::at_start(self.store.clone(), self.clock.now(), hearers));
        let polls = workers::start(self, polls);
        let (jobs, timers) = (desks.jobs.clone(), Arc::clone(&desks.timers));
        *self.tasks.nodes.lock().await = Some(NodeTasks::start(self, desks, neighbors));
        let timers = timers::start(self, timers);
        *self.tasks.runner.lock().await = Some(Runner::start(self, jobs, inbox));
        *self.tasks.carrier.lock().await = Some(exchange::start(self.exchange.clone()));
        *self.tasks.first.lock().await = vec![
            retention::start(self),
            batch_operations::start(self),
            pauses::start(self),
            integrity::start(self.integrity.clone()),
            timers,
            polls,
        ];
    }

    /// The state of an instance as it was last committed, and the position of its last turn; `None`
    /// if it is unknown. Read from memory where it is kept there and nobody else writes.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or something cannot be read.
    pub async fn state(
        &self,
        instance: InstanceId,
    ) -> Result<Option<(InstanceState, u64)>, StoreError> {
        let kept = if self.store.is_shared() { None } else { self.states.copy(instance) };
        match kept {
            Some(kept) => Ok(Some(kept)),
            None => self.store.load_state(instance).await,
        }
    }

    /// Stops: no timer fires any more, no further job is taken, those under way get some time, accepted requests are carried
    /// out and answered. The store stays open.
    pub async fn stop(&self) {
        let first = std::mem::take(&mut *self.tasks.first.lock().await);
        for task in first {
            task.stop().await;
        }
        let runner = self.tasks.runner.lock().await.take();
        if let Some(runner) = runner {
            runner.stop().await;
        }
        let carrier = self.tasks.carrier.lock().await.take();
        if let Some(carrier) = carrier {
            carrier.stop().await;
        }
        self.orchestrator.shutdown().await;
        let nodes = self.tasks.nodes.lock().await.take();
        if let Some(nodes) = nodes {
            nodes.stop().await;
        }
    }
}
