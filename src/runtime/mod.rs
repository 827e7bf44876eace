//! Drives the engine: carries out requests, commits them, runs jobs, fires timers, tells what has changed.
//!
//! Never decides what a request means (the engine does) or who may make it (`operations` does).

mod batch;
mod chance;
mod clock;
mod committer;
mod definitions;
mod derived;
mod exchange;
mod jobs;
mod keys;
mod lanes;
mod live;
mod neighbors;
mod nodes;
mod orchestrator;
mod starts;
mod states;
mod timers;
mod wake;

use std::collections::VecDeque;
use std::sync::Arc;

use spartito_core::time::Timestamp;
use tokio::sync::Mutex;

pub use chance::Chance;
pub use clock::{Clock, SimulatedClock, SystemClock};
pub use definitions::{Definition, Definitions};
pub use exchange::{
    Exchange, MESSAGE_WAIT_DAYS_MAX, MESSAGES_WAITING_MAX, Publication, PublishError, Published,
};
pub use keys::next_business_key;
pub use lanes::REQUESTS_WAITING_MAX;
pub use live::{Change, Live};
pub use orchestrator::{Orchestrator, SubmitError, TurnDone};
pub use starts::{Starts, starts_of};

use crate::connectors::Catalogue;
use crate::store::{Store, StoreError};
use clock::SharedClock;
use committer::{Accepted, Committer};
use exchange::ExchangeDesk;
use jobs::{JobDesk, Runner};
use neighbors::Neighbors;
use nodes::{Desks, NodeTasks};
use states::States;
use timers::TimerTask;
use wake::Wake;

/// What a runtime needs.
pub struct RuntimeSettings {
    /// Where everything is kept.
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What service tasks can ask for.
    pub connectors: Catalogue,
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
    /// What service tasks can ask for.
    pub connectors: Catalogue,
    /// What passes between instances.
    pub exchange: Exchange,
    runner: Arc<Mutex<Option<Runner>>>,
    carrier: Arc<Mutex<Option<exchange::Runner>>>,
    timers: Arc<Mutex<Option<TimerTask>>>,
    nodes: Arc<Mutex<Option<NodeTasks>>>,
}

impl Runtime {
    /// Starts: requests are accepted, jobs are run, timers fire, and what a former process left unfinished goes
    /// on.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn start(settings: RuntimeSettings) -> Result<Self, StoreError> {
        Self::start_by(settings, Chance::default()).await
    }

    /// The same with a given source of random numbers, for simulations.
    ///
    /// # Errors
    /// As [`Runtime::start`].
    pub async fn start_by(settings: RuntimeSettings, chance: Chance) -> Result<Self, StoreError> {
        let RuntimeSettings { store, clock, connectors } = settings;
        let clock = SharedClock::over(&store, clock);
        let neighbors = Neighbors::named(chance.number());
        let definitions = Definitions::open(store.clone(), neighbors.clone()).await?;
        let live = Live::among(neighbors.clone());
        let ended = store.end_dead_leases(clock.now()).await?;
        // All that was left is looked at in a moment, whoever left it.
        nodes::look_at_others(&store, clock.now(), &mut false).await?;
        let interrupted = store.interrupted_instances().await?;
        if ended > 0 || !interrupted.is_empty() {
            tracing::info!(
                jobs = ended,
                turns = interrupted.len(),
                "going on with unfinished work"
            );
        }
        let (desk, inbox) = JobDesk::new(&connectors);
        let exchange_desk = ExchangeDesk::default();
        let wake = Arc::new(Wake::new());
        let (entrance, lanes) = lanes::lanes(REQUESTS_WAITING_MAX);
        let continued = interrupted.into_iter().map(|id| Accepted::continuation(id, &chance));
        let pending: VecDeque<_> = continued.collect();
        let committer = Committer {
            store: store.clone(),
            definitions: definitions.clone(),
            clock: clock.clone(),
            live: live.clone(),
            jobs: desk.clone(),
            exchange: exchange_desk.clone(),
            timers: Arc::clone(&wake),
            neighbors: neighbors.clone(),
            lanes,
            states: States::default(),
            pending,
            last_at: Timestamp::EPOCH,
            chance: chance.clone(),
        };
        let orchestrator = Orchestrator::start(entrance, committer);
        let ground = exchange::Ground {
            store: store.clone(),
            definitions: definitions.clone(),
            clock: clock.clone(),
            desk: exchange_desk.clone(),
            chance,
        };
        let exchange = Exchange::new(orchestrator.clone(), ground);
        let runtime = Self {
            store,
            orchestrator,
            definitions,
            live,
            clock,
            connectors,
            exchange,
            runner: Arc::default(),
            carrier: Arc::default(),
            timers: Arc::default(),
            nodes: Arc::default(),
        };
        let desks =
            Desks { jobs: desk.clone(), exchange: exchange_desk, timers: Arc::clone(&wake) };
        *runtime.nodes.lock().await = Some(NodeTasks::start(&runtime, desks, neighbors));
        *runtime.timers.lock().await = Some(TimerTask::start(&runtime, wake));
        *runtime.runner.lock().await = Some(Runner::start(&runtime, desk, inbox));
        let carrier = exchange::Runner::start(runtime.exchange.clone());
        *runtime.carrier.lock().await = Some(carrier);
        Ok(runtime)
    }

    /// Stops: no timer fires any more, no further job is taken, those under way get some time, accepted requests are carried
    /// out and answered. The store stays open.
    pub async fn stop(&self) {
        let timers = self.timers.lock().await.take();
        if let Some(timers) = timers {
            timers.stop().await;
        }
        let runner = self.runner.lock().await.take();
        if let Some(runner) = runner {
            runner.stop().await;
        }
        let carrier = self.carrier.lock().await.take();
        if let Some(carrier) = carrier {
            carrier.stop().await;
        }
        self.orchestrator.shutdown().await;
        let nodes = self.nodes.lock().await.take();
        if let Some(nodes) = nodes {
            nodes.stop().await;
        }
    }
}
