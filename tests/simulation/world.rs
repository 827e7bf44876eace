//! The servers of a run, their lives and deaths, and the outside world that their jobs change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::runtime::{Runtime, RuntimeSettings, SystemClock};
use spartito::store::{Faults, MemoryDatabase, NodeSettings, Store, StoreError};
use spartito_core::ids::JobKey;
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;

use crate::plan::{Dice, Life, Plan};

/// Servers of a run.
pub const SERVERS: usize = 3;
/// The longest time for an orderly end.
const STOP_TIME_MAX: Duration = Duration::from_secs(20);

/// A call that changed the outside world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    pub key: JobKey,
    pub attempt: u32,
    pub by: Life,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct World {
    pub plan: Plan,
    pub database: MemoryDatabase,
    running: Arc<Mutex<Vec<Option<(Life, Runtime)>>>>,
    effects: Arc<Mutex<Vec<Effect>>>,
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
    pub fn new(plan: Plan) -> Self {
        let now = Timestamp::parse("2026-11-23T08:00:00Z").unwrap();
        let database = MemoryDatabase::new(now).unwrap();
        let running = Arc::new(Mutex::new(vec![None; SERVERS]));
        Self { plan, database, running, effects: Arc::default() }
    }

    /// What the outside world has seen.
    pub fn effects(&self) -> Vec<Effect> {
        locked(&self.effects).clone()
    }

    /// A server that is running, if this one is.
    pub fn server(&self, node: usize) -> Option<(Life, Runtime)> {
        locked(&self.running)[node].clone()
    }

    async fn open(&self, name: &str, faults: Faults) -> Result<Store, StoreError> {
        let node = NodeSettings { name: name.to_owned(), address: String::new() };
        Store::open_in(&self.database, &node, faults).await
    }

    async fn start(&self, life: Life, dice: &Dice) -> Result<Runtime, StoreError> {
        let store = self.open(&format!("server-{}", life.node), self.plan.faults(life)).await?;
        let mut connectors = Catalogue::default();
        let (plan, effects) = (self.plan.clone(), Arc::clone(&self.effects));
        connectors.add("effect", Arc::new(Sink { plan, life, effects }));
        let settings =
            RuntimeSettings { store: store.clone(), clock: Arc::new(SystemClock), connectors };
        let started = Runtime::start_by(settings, dice.chance()).await;
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
            tokio::time::sleep(dice.ms(100, [1_000, 6_000, 15_000][dice.index(3)])).await;
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
