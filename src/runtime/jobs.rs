//! Runs jobs: takes those that are due, lets a connector make one attempt, and submits the answer.
//!
//! A job is durable: it is a row, and a lease says who runs it. A new job is leased in the very
//! transaction that makes it and handed over after the commit, so that it costs no transaction of
//! its own. Whoever dies lets its leases end. The runner sleeps until something is due.

mod attempt;
mod order;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use spartito_core::ids::JobKey;
use spartito_core::time::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Runtime;
use super::batch::Batch;
use super::wake::Wake;
use crate::connectors::Connector;
use order::Order;

/// Jobs that one process has in hand at the same time, running or about to.
const JOBS_IN_HAND_MAX: usize = 128;
/// New jobs that wait for a place among them; further ones are taken from the database.
const JOBS_WAITING_MAX: usize = 64;
/// How long a job is taken for. Longer than a call ([`CALL_MAX`](crate::connectors::http::CALL_MAX))
/// and the commit of its answer.
const LEASE_MS: i64 = 90_000;
/// A lease with less than this left is not begun with: the call could outlast it.
const LEASE_LEFT_MS_MIN: i64 = 45_000;
/// The longest time one attempt takes, whatever the connector does.
const ATTEMPT_MAX: Duration = Duration::from_secs(40);
/// Jobs taken by one statement.
const JOBS_PER_LEASE_MAX: u32 = 128;
/// Pause after the database failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Time that attempts under way get when the runner is stopped.
const GRACE: Duration = Duration::from_secs(5);

/// Where the committer leaves jobs and word of them. Cheap to clone.
#[derive(Clone)]
pub(super) struct JobDesk {
    orders: mpsc::Sender<Order>,
    wake: Arc<Wake>,
}

impl JobDesk {
    pub(super) fn new() -> (Self, mpsc::Receiver<Order>) {
        let (orders, inbox) = mpsc::channel(JOBS_WAITING_MAX);
        (Self { orders, wake: Arc::new(Wake::new()) }, inbox)
    }

    /// Leases the jobs of a batch that can run now, as far as there is room. To be called before
    /// the batch is written; handed over after the commit.
    pub(super) fn order(&self, batch: &mut Batch, now: Timestamp) -> Vec<Order> {
        let until = now.plus_millis_saturating(LEASE_MS);
        let room = self.orders.capacity();
        let Batch { changes, working, .. } = batch;
        let leased = changes.lease_new_jobs(now, until, room);
        let orders: Vec<Order> = leased
            .into_iter()
            .filter_map(|key| {
                let working = working.get(&key.instance)?;
                Order::of(key, &working.loaded.state, &working.definition, until)
            })
            .collect();
        if let Some(due) = changes.next_job_due() {
            self.wake.at(due);
        }
        orders
    }

    /// Gives leased jobs to the runner.
    pub(super) fn hand_over(&self, orders: Vec<Order>) {
        for order in orders {
            // There was room, and nobody else puts anything in. Failing that, the lease ends.
            let _ = self.orders.try_send(order);
        }
    }

    /// Lets the runner look into the database.
    pub(super) fn look_again(&self) {
        self.wake.now();
    }
}

/// The task that runs jobs, and those that it has begun.
pub(super) struct Runner {
    stop: CancellationToken,
    attempts: TaskTracker,
}

impl Runner {
    pub(super) fn start(runtime: &Runtime, desk: JobDesk, inbox: mpsc::Receiver<Order>) -> Self {
        let (stop, attempts) = (CancellationToken::new(), TaskTracker::new());
        let limits = runtime
            .connectors
            .job_types()
            .filter_map(|job_type| {
                let limit = runtime.connectors.get(job_type)?.concurrency();
                Some((job_type.to_owned(), Arc::new(Semaphore::new(limit))))
            })
            .collect();
        let taker = Taker {
            runtime: runtime.clone(),
            desk,
            in_hand: Arc::new(Semaphore::new(JOBS_IN_HAND_MAX)),
            limits,
            attempts: attempts.clone(),
            stop: stop.clone(),
        };
        tokio::spawn(taker.run(inbox));
        Self { stop, attempts }
    }

    /// Takes no more jobs, and gives those under way some time. What is not answered by then is
    /// done again after the next start, under the same key.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        self.attempts.close();
        if tokio::time::timeout(GRACE, self.attempts.wait()).await.is_err() {
            tracing::warn!(
                jobs = self.attempts.len(),
                "jobs under way are left for the next start"
            );
        }
    }
}

struct Taker {
    runtime: Runtime,
    desk: JobDesk,
    in_hand: Arc<Semaphore>,
    limits: HashMap<String, Arc<Semaphore>>,
    attempts: TaskTracker,
    stop: CancellationToken,
}

impl Taker {
    async fn run(self, mut inbox: mpsc::Receiver<Order>) {
        loop {
            let Ok(permit) = self.in_hand.clone().acquire_owned().await else { return };
            let due = self.desk.wake.due();
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                order = inbox.recv() => match order {
                    Some(order) => self.begin(order, permit),
                    None => return,
                },
                () = self.desk.wake.changed() => {}
                () = self.runtime.clock.sleep_until(due) => {
                    drop(permit);
                    self.take_due().await;
                }
            }
        }
    }

    /// Takes what is due from the database, as far as there is room.
    async fn take_due(&self) {
        self.desk.wake.forget();
        let now = self.runtime.clock.now();
        match self.lease(now).await {
            Ok(()) => {}
            Err(error) => {
                tracing::error!(%error, "due jobs cannot be taken now");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                self.desk.look_again();
            }
        }
    }

    async fn lease(&self, now: Timestamp) -> Result<(), crate::store::StoreError> {
        let store = &self.runtime.store;
        let room = u32::try_from(self.in_hand.available_permits()).unwrap_or(u32::MAX);
        let until = now.plus_millis_saturating(LEASE_MS);
        let limit = room.clamp(1, JOBS_PER_LEASE_MAX);
        for job in store.lease_jobs(now, until, limit).await? {
            let Some(order) = self.order(job.key, until).await? else { continue };
            let Ok(permit) = self.in_hand.clone().acquire_owned().await else { return Ok(()) };
            self.begin(order, permit);
        }
        if let Some(due) = store.next_job_due().await? {
            self.desk.wake.at(due);
        }
        Ok(())
    }

    /// What is needed to run a job, read from the store; `None` where it is no longer there.
    async fn order(
        &self,
        key: JobKey,
        until: Timestamp,
    ) -> Result<Option<Order>, crate::store::StoreError> {
        let Some((state, _)) = self.runtime.store.load_state(key.instance).await? else {
            return Ok(None);
        };
        let Some(identity) = state.identity() else { return Ok(None) };
        let definition = self.runtime.definitions.get(identity.definition).await?;
        Ok(definition.and_then(|definition| Order::of(key, &state, &definition, until)))
    }

    /// Begins an attempt in a task of its own.
    fn begin(&self, order: Order, in_hand: OwnedSemaphorePermit) {
        let connector: Option<Arc<dyn Connector>> =
            self.runtime.connectors.get(&order.job.job_type).cloned();
        let limit = self.limits.get(&*order.job.job_type).cloned();
        let (runtime, stop) = (self.runtime.clone(), self.stop.clone());
        self.attempts.spawn(async move {
            let _in_hand = in_hand;
            let _turn = match limit {
                Some(limit) => tokio::select! {
                    () = stop.cancelled() => return,
                    turn = limit.acquire_owned() => turn.ok(),
                },
                None => None,
            };
            attempt::run(&runtime, connector.as_ref(), order).await;
        });
    }
}
