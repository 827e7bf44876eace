//! The servers of a run, their lives and deaths, and the outside world that their jobs change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::runtime::{Clock, Runtime, RuntimeSettings};
use spartito::store::{Faults, MemoryDatabase, NodeSettings, Store, StoreError};
use spartito_core::ids::JobKey;
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;

use crate::plan::{Dice, Life, Plan};

/// Servers of a run in which several share the database.
const SERVERS: usize = 3;
/// Memory for states: little, so that some have to be read again.
const STATES_BYTES: usize = 128 * 1024;
/// How long a server is away after its death.
const AWAY_MS_MAX: [u64; 4] = [1_000, 6_000, 15_000, 40_000];
/// The longest time for an orderly end.
const STOP_TIME_MAX: Duration = Duration::from_secs(20);

/// A call that changed the outside world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    pub key: JobKey,
    pub attempt: u32,
    pub by: Life,
}

/// A server that is running, with its life.
pub type Running = (Life, Runtime);

/// Cheap to clone.
#[derive(Clone)]
pub struct World {
    pub plan: Plan,
    pub database: MemoryDatabase,
    /// Three that share the database, or one that is alone on it, as on a file.
    pub servers: usize,
    /// Those that run, each at its place.
    running: Arc<Mutex<Vec<Option<Running>>>>,
    effects: Arc<Mutex<Vec<Effect>>>,
}

/// The time of the database, which goes by while all wait.
struct DatabaseClock(MemoryDatabase);

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        let ms = u64::try_from(at.millis_since(self.now())).unwrap_or(0);
        Box::pin(tokio::time::sleep(Duration::from_millis(ms)))
    }

    fn is_real(&self) -> bool {
        true
    }
}

struct Sink {
    plan: Plan,
    life: Life,
    effects: Arc<Mutex<Vec<Effect>>>,
}

#[async_trait]
impl Connector for Sink {
    async fn run(&self, job: &Job) -> Result<Variables, ConnectorError> {
        let Life { node, .. } = self.life;
        self.plan.call(self.life, true).await;
        self.plan.note(format!("server {node} calls for {} attempt {}", job.key, job.attempt));
        locked(&self.effects).push(Effect { key: job.key, attempt: job.attempt, by: self.life });
        if self.plan.call(self.life, false).await {
            return Err(ConnectorError::retry("not now"));
        }
        Ok(Variables::default())
    }

    fn concurrency(&self) -> usize {
        4
    }
}

impl World {
    /// Draws how many servers there are.
    pub fn draw(dice: &Dice) -> Self {
        let servers = if dice.below(4) == 0 { 1 } else { SERVERS };
        let plan = Plan::new(dice.another(), servers);
        plan.note(format!("{servers} servers"));
        let now = Timestamp::parse("2026-11-23T08:00:00Z").unwrap();
        let database = MemoryDatabase::new(now).unwrap();
        let running = Arc::new(Mutex::new(vec![None; servers]));
        Self { plan, database, servers, running, effects: Arc::default() }
    }

    /// What the outside world has seen.
    pub fn effects(&self) -> Vec<Effect> {
        locked(&self.effects).clone()
    }

    /// A server that is running, if this one is.
    pub fn server(&self, node: usize) -> Option<Running> {
        locked(&self.running)[node].clone()
    }

    async fn open(&self, name: &str, faults: Faults) -> Result<Store, StoreError> {
        let node = NodeSettings { name: name.to_owned(), address: String::new() };
        let node = (self.servers > 1).then_some(&node);
        Store::open_in(&self.database, node, faults).await
    }

    async fn start(&self, life: Life, dice: &Dice) -> Result<Runtime, StoreError> {
        let store = self.open(&format!("server-{}", life.node), self.plan.faults(life)).await?;
        let mut connectors = Catalogue::default();
        let (plan, effects) = (self.plan.clone(), Arc::clone(&self.effects));
        connectors.add("effect", Arc::new(Sink { plan, life, effects }));
        let clock = Arc::new(DatabaseClock(self.database.clone()));
        let settings = RuntimeSettings {
            store: store.clone(),
            clock,
            connectors,
            worker_limits: Default::default(),
        };
        let started = Runtime::start_by(settings, STATES_BYTES, dice.chance()).await;
        if started.is_err() {
            store.close().await;
        }
        started
    }

    /// Lets a server live, die and live again, until the run is over.
    pub async fn keep_running(self, node: usize, dice: Dice) {
        loop {
            let life = self.plan.begin_life(node);
            tokio::select! {
                biased;
                () = self.plan.death(life) => {}
                () = self.live(life, &dice) => self.plan.end_life(life),
            }
            locked(&self.running)[node] = None;
            // The first one comes back every time, so that somebody is there.
            if node > 0 && self.plan.is_stormy() && dice.below(4) == 0 {
                self.plan.note(format!("server {node} is gone for good"));
                return;
            }
            tokio::time::sleep(dice.ms(100, AWAY_MS_MAX[dice.index(4)])).await;
        }
    }

    /// One life, up to an orderly end. A server that cannot start tries again.
    async fn live(&self, life: Life, dice: &Dice) {
        let runtime = loop {
            match self.start(life, dice).await {
                Ok(runtime) => break runtime,
                Err(error) => self.plan.note(format!("server {} fails: {error}", life.node)),
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        };
        locked(&self.running)[life.node] = Some((life, runtime.clone()));
        loop {
            tokio::time::sleep(dice.ms(500, 15_000)).await;
            match dice.index(5) {
                0 | 1 => self.plan.doom(life),
                2 => self.plan.pause(life, dice.ms(200, 5_000)),
                3 => self.plan.pause(life, dice.ms(8_000, 25_000)),
                _ if self.plan.is_stormy() => break,
                _ => {}
            }
        }
        self.plan.note(format!("server {} is stopped", life.node));
        locked(&self.running)[life.node] = None;
        let stopped = async {
            runtime.stop().await;
            runtime.store.close().await;
        };
        if tokio::time::timeout(STOP_TIME_MAX, stopped).await.is_err() {
            self.plan.note(format!("server {} does not stop and is killed", life.node));
        }
    }
}

/// What a mutex guards is whole after every operation.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
