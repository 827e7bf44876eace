//! Runs jobs of the types that connectors do: takes those that are due, lets a connector make one
//! attempt, and submits the answer. Jobs of other types are left to workers outside.
//!
//! A job is durable: it is a row, and a lease says who runs it. A new job is leased in the very
//! transaction that makes it and handed over after the commit, so that it costs no transaction of
//! its own. A few more than have places are leased and wait in memory (`line`), so that a place that
//! becomes free is taken without a look into the database; what finds no room there waits in the
//! database until there is (`look`). Whoever dies lets its leases end. The runner sleeps until
//! something is due.

mod attempt;
mod line;
mod look;
mod order;
mod places;
pub(super) mod setback;
mod taker;
mod unused;

use std::sync::Arc;
use std::time::Duration;

use spartito_core::ids::JobKey;
use spartito_core::time::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::batch::Batch;
use super::neighbors::Neighbors;
use super::wake::Wake;
use super::{Clock, Outbound, Runtime};
use crate::connectors::Catalogue;
use crate::store::{Store, StoreError};
use line::Leasehold;
pub(super) use order::{BACKOFF_MS_MAX, Order};
use places::{Places, SLOTS_MAX};
use taker::Taker;
use unused::UnusedLeases;

/// New jobs on their way to the runner; further ones are taken from the database.
const JOBS_WAITING_MAX: usize = 1_024;
/// Else a burst that has room in the line would not come there.
const _: () = assert!(SLOTS_MAX <= JOBS_WAITING_MAX);
/// How long a job is taken for. Longer than a call ([`CALL_MAX`](crate::connectors::http::CALL_MAX))
/// and the commit of its answer.
const LEASE_MS: i64 = 90_000;
/// A lease with less than this left is not begun with: the call could outlast it.
const LEASE_LEFT_MS_MIN: i64 = 45_000;
/// The longest time one attempt takes, whatever the connector does.
const ATTEMPT_MAX: Duration = Duration::from_secs(40);
/// How long a job waits whose instance is damaged.
const POSTPONED_MS: i64 = 3_600_000;
/// Pause after the database failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Time that attempts under way get when the runner is stopped.
const GRACE: Duration = Duration::from_secs(5);
/// Time in which what was not begun is given back then: else it comes back when its leases end, or
/// with the next start.
const GIVING_BACK_MAX: Duration = Duration::from_secs(2);

/// Where the committer leaves jobs and word of them. Cheap to clone.
#[derive(Clone)]
pub(super) struct JobDesk {
    orders: mpsc::Sender<Handed>,
    wake: Arc<Wake>,
    places: Arc<Places>,
    unused: UnusedLeases,
}

/// A job that was leased, with the room that it has here.
pub(super) struct Handed(Leasehold);

/// The same before the commit of its lease, with its room on the way to the runner: batches under
/// way at the same time must not count on the same room.
pub(super) struct Ordered {
    handed: Handed,
    way: mpsc::OwnedPermit<Handed>,
}

impl Ordered {
    /// The job.
    pub(super) fn key(&self) -> JobKey {
        self.handed.0.key
    }
}

impl JobDesk {
    /// A desk whose runner sleeps at `wake`.
    pub(super) fn new(
        connectors: &Catalogue,
        wake: Arc<Wake>,
        outbound: &Outbound,
        neighbors: &Neighbors,
    ) -> (Self, mpsc::Receiver<Handed>) {
        let (orders, inbox) = mpsc::channel(JOBS_WAITING_MAX);
        let places = Arc::new(Places::new(connectors, &wake, outbound.clone()));
        let unused = UnusedLeases::new(Arc::clone(&wake), neighbors.clone());
        (Self { orders, wake, places, unused }, inbox)
    }

    /// Leases the jobs of a batch that can run now, as far as there is room for them. To be called
    /// before the batch is written; handed over after the commit.
    pub(super) fn order(&self, batch: &mut Batch, now: Timestamp) -> Vec<Ordered> {
        let until = now.plus_millis_saturating(LEASE_MS);
        let Batch { changes, working, .. } = batch;
        let mut rooms = Vec::new();
        let leased = changes.lease_new_jobs(now, until, |job_type| {
            let Some(room) = self.places.take_for_new(job_type) else { return false };
            let Ok(way) = self.orders.clone().try_reserve_owned() else {
                self.places.fall_behind(job_type);
                return false;
            };
            rooms.push((way, room));
            true
        });
        leased
            .into_iter()
            .zip(rooms)
            .filter_map(|(key, (way, room))| {
                let working = working.get(&key.instance)?;
                let order = Order::of(key, &working.loaded.state, &working.definition, until)?;
                let (lease, priority, order) = (None, order.priority, Some(order));
                let has_waited = false;
                let job = Leasehold { key, lease, until, priority, order, has_waited, room };
                Some(Ordered { handed: Handed(job), way })
            })
            .collect()
    }

    /// Gives leased jobs to the runner, and word of when the next jobs of the batch are due, by type. A
    /// look before the commit would not have found them; a type that has no room is looked at anyway
    /// when it has some, and to look for each batch would be in vain.
    pub(super) fn hand_over(&self, orders: Vec<Ordered>, next_due: &[(String, Timestamp)]) {
        for (job_type, due) in next_due {
            if !self.places.is_awaited(job_type) {
                self.wake.at(*due);
            }
        }
        for Ordered { handed, way } in orders {
            way.send(handed);
        }
    }

    /// Whether jobs of this type are done here.
    pub(super) fn does(&self, job_type: &str) -> bool {
        self.places.are_of(job_type)
    }

    /// Lets the runner look into the database.
    pub(super) fn look_again(&self) {
        self.wake.now();
    }
}

/// Sets a job aside whose instance turned out to be damaged, so that it does not hold up the others.
/// Any other error is given back.
pub(super) async fn set_aside(
    runtime: &Runtime,
    key: JobKey,
    error: StoreError,
) -> Result<(), StoreError> {
    if !error.is_damage() {
        return Err(error);
    }
    tracing::error!(job = %key, %error, "a job cannot be run");
    let to = runtime.clock.now().plus_millis_saturating(POSTPONED_MS);
    runtime.store.postpone_job(key, to).await
}

/// The task that runs jobs, and those that it has begun.
pub(super) struct Runner {
    store: Store,
    clock: Arc<dyn Clock>,
    unused: UnusedLeases,
    stop: CancellationToken,
    taker: JoinHandle<()>,
    attempts: TaskTracker,
}

impl Runner {
    pub(super) fn start(runtime: &Runtime, desk: JobDesk, inbox: mpsc::Receiver<Handed>) -> Self {
        let (stop, attempts) = (CancellationToken::new(), TaskTracker::new());
        let unused = desk.unused.clone();
        let taker = Taker::new(runtime.clone(), desk, attempts.clone());
        let taker = tokio::spawn(taker.run(inbox, stop.clone()));
        let (store, clock) = (runtime.store.clone(), Arc::clone(&runtime.clock));
        Self { store, clock, unused, stop, taker, attempts }
    }

    /// Takes no more jobs, gives back those that wait in the line, and gives those under way some time.
    /// What is not answered by then is done again after the next start, under the same key.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        match tokio::time::timeout(GIVING_BACK_MAX, &mut self.taker).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the runner of jobs ended by a bug"),
            Err(_) => {
                tracing::warn!("a look for jobs is broken off");
                self.taker.abort();
            }
        }
        self.give_back().await;
        self.attempts.close();
        if tokio::time::timeout(GRACE, self.attempts.wait()).await.is_err() {
            tracing::warn!(
                jobs = self.attempts.len(),
                "jobs under way are left for the next start"
            );
        }
        // Those that could not be read to be begun.
        self.give_back().await;
    }

    async fn give_back(&self) {
        let given = self.unused.give_back(&self.store, self.clock.now());
        match tokio::time::timeout(GIVING_BACK_MAX, given).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "jobs that were not begun come back when their leases end");
            }
            Err(_) => tracing::warn!("jobs that were not begun come back when their leases end"),
        }
    }
}
