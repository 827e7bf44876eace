//! Runs jobs of the types that connectors do: takes those that are due, lets a connector make one
//! attempt, and submits the answer. Jobs of other types are left to workers outside.
//!
//! A job is durable: it is a row, and a lease says who runs it. A new job is leased in the very
//! transaction that makes it and handed over after the commit, so that it costs no transaction of
//! its own. Whoever dies lets its leases end. The runner sleeps until something is due.

mod attempt;
mod order;
mod places;

use std::sync::Arc;
use std::time::Duration;

use spartito_core::ids::JobKey;
use spartito_core::time::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::batch::Batch;
use super::wake::Wake;
use super::{Outbound, Runtime};
use crate::connectors::Catalogue;
use crate::store::{Failpoint, Leased, StoreError, Unused};
pub(super) use order::{BACKOFF_MS_MAX, Order};
use places::{Place, Places};

/// New jobs on their way to the runner; further ones are taken from the database.
const JOBS_WAITING_MAX: usize = 512;
/// How long a job is taken for. Longer than a call ([`CALL_MAX`](crate::connectors::http::CALL_MAX))
/// and the commit of its answer.
const LEASE_MS: i64 = 90_000;
/// A lease with less than this left is not begun with: the call could outlast it.
const LEASE_LEFT_MS_MIN: i64 = 45_000;
/// The longest time one attempt takes, whatever the connector does.
const ATTEMPT_MAX: Duration = Duration::from_secs(40);
/// Jobs of one type taken by one statement.
const JOBS_PER_LEASE_MAX: usize = 128;
/// How long a job waits whose instance is damaged.
const POSTPONED_MS: i64 = 3_600_000;
/// Pause after the database failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Time that attempts under way get when the runner is stopped.
const GRACE: Duration = Duration::from_secs(5);

/// Where the committer leaves jobs and word of them. Cheap to clone.
#[derive(Clone)]
pub(super) struct JobDesk {
    orders: mpsc::Sender<Handed>,
    wake: Arc<Wake>,
    places: Arc<Places>,
}

/// A job that was leased, with its place.
pub(super) struct Handed {
    order: Order,
    place: Place,
}

/// The same before the commit of its lease, with its room on the way to the runner: batches under
/// way at the same time must not count on the same room.
pub(super) struct Ordered {
    handed: Handed,
    way: mpsc::OwnedPermit<Handed>,
}

impl Ordered {
    /// The job.
    pub(super) fn key(&self) -> JobKey {
        self.handed.order.job.key
    }
}

impl JobDesk {
    /// A desk whose runner sleeps at `wake`.
    pub(super) fn new(
        connectors: &Catalogue,
        wake: Arc<Wake>,
        outbound: Outbound,
    ) -> (Self, mpsc::Receiver<Handed>) {
        let (orders, inbox) = mpsc::channel(JOBS_WAITING_MAX);
        let places = Arc::new(Places::new(connectors, Arc::clone(&wake), outbound));
        (Self { orders, wake, places }, inbox)
    }

    /// Leases the jobs of a batch that can run now, as far as they have places. To be called before
    /// the batch is written; handed over after the commit.
    pub(super) fn order(&self, batch: &mut Batch, now: Timestamp) -> Vec<Ordered> {
        let until = now.plus_millis_saturating(LEASE_MS);
        let Batch { changes, working, .. } = batch;
        let mut places = Vec::new();
        let leased = changes.lease_new_jobs(now, until, |job_type| {
            let Ok(way) = self.orders.clone().try_reserve_owned() else { return false };
            let Some(place) = self.places.take_for_new(job_type) else { return false };
            places.push((way, place));
            true
        });
        leased
            .into_iter()
            .zip(places)
            .filter_map(|(key, (way, place))| {
                let working = working.get(&key.instance)?;
                let order = Order::of(key, &working.loaded.state, &working.definition, until)?;
                Some(Ordered { handed: Handed { order, place }, way })
            })
            .collect()
    }

    /// Gives leased jobs to the runner, and word of when the next job of the batch is due. A look
    /// before the commit would not have found it.
    pub(super) fn hand_over(&self, orders: Vec<Ordered>, next_due: Option<Timestamp>) {
        if let Some(due) = next_due {
            self.wake.at(due);
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
    stop: CancellationToken,
    attempts: TaskTracker,
}

impl Runner {
    pub(super) fn start(runtime: &Runtime, desk: JobDesk, inbox: mpsc::Receiver<Handed>) -> Self {
        let (stop, attempts) = (CancellationToken::new(), TaskTracker::new());
        let taker = Taker {
            runtime: runtime.clone(),
            desk,
            attempts: attempts.clone(),
            unused: Vec::new(),
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
    attempts: TaskTracker,
    /// What was taken and could not be begun; given back before more is taken.
    unused: Vec<Unused>,
    stop: CancellationToken,
}

impl Taker {
    async fn run(mut self, mut inbox: mpsc::Receiver<Handed>) {
        loop {
            let due = self.desk.wake.due();
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                order = inbox.recv() => match order {
                    Some(Handed { order, place }) => self.begin(order, place),
                    None => return,
                },
                () = self.desk.wake.changed() => {}
                () = self.runtime.clock.sleep_until(due) => self.take_due().await,
            }
        }
    }

    /// Takes what is due from the database, as far as it has places.
    async fn take_due(&mut self) {
        self.desk.wake.forget();
        if let Err(error) = self.lease(self.runtime.clock.now()).await {
            tracing::error!(%error, "due jobs cannot be taken now");
            tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
            self.desk.look_again();
        }
    }

    async fn lease(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let (store, places) = (self.runtime.store.clone(), Arc::clone(&self.desk.places));
        store.give_jobs_back(&mut self.unused, now).await?;
        let until = now.plus_millis_saturating(LEASE_MS);
        let types: Vec<&str> = places.types().collect();
        let due = store.jobs_due(&types).await?;
        for job_type in &types {
            let priorities: Vec<i32> = due
                .iter()
                .filter(|jobs| jobs.job_type == *job_type && jobs.due <= now)
                .map(|jobs| jobs.priority)
                .collect();
            if priorities.is_empty() {
                places.caught_up(job_type);
                continue;
            }
            let free = places.take_free(job_type, JOBS_PER_LEASE_MAX);
            if free.is_empty() {
                continue;
            }
            Failpoint::JobsFound.pass();
            let taken = store.lease_jobs((job_type, &priorities), (now, until), free.len()).await;
            Failpoint::JobsLeased.pass();
            let leased = taken.map_err(|why| {
                self.unused.extend(why.unused);
                why.error
            })?;
            if leased.len() < free.len() {
                places.caught_up(job_type);
            }
            self.begin_all(leased, free, until).await?;
        }
        // A type without a free place is looked at when it has one.
        for jobs in store.jobs_due(&types).await? {
            if places.has(&jobs.job_type) {
                self.desk.wake.at(jobs.due);
            }
        }
        Ok(())
    }

    /// Begins what was taken, as many as there are places; where one cannot be read, those that are
    /// left do not wait for the end of their leases.
    async fn begin_all(
        &mut self,
        leased: Vec<Leased>,
        mut free: Vec<Place>,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let mut left = leased.into_iter();
        while let Some(leased) = left.next() {
            match self.order_or_set_aside(leased.key, until).await {
                Ok(None) => {}
                Ok(Some(order)) => {
                    let place = free.pop().expect("there are as many places as jobs");
                    self.begin(order, place);
                }
                Err(error) => {
                    self.unused.extend(Unused::until(until, [leased].into_iter().chain(left)));
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// What is needed to run a job. One that cannot be read is set aside, so that it does not hold up
    /// the others.
    async fn order_or_set_aside(
        &self,
        key: JobKey,
        until: Timestamp,
    ) -> Result<Option<Order>, StoreError> {
        match self.order(key, until).await {
            Ok(order) => Ok(order),
            Err(error) => set_aside(&self.runtime, key, error).await.map(|()| None),
        }
    }

    /// What is needed to run a job, read from the store; `None` where it is no longer there.
    async fn order(&self, key: JobKey, until: Timestamp) -> Result<Option<Order>, StoreError> {
        let Some((state, _)) = self.runtime.state(key.instance).await? else {
            return Ok(None);
        };
        let Some(identity) = state.identity() else { return Ok(None) };
        let definition = self.runtime.definitions.get(identity.definition).await?;
        Ok(definition.and_then(|definition| Order::of(key, &state, &definition, until)))
    }

    /// Begins an attempt in a task of its own.
    fn begin(&self, order: Order, place: Place) {
        let Some(connector) = self.runtime.connectors.get(&order.job.job_type).cloned() else {
            return;
        };
        let runtime = self.runtime.clone();
        let (key, attempt) = (order.job.key, order.job.attempt);
        let span = tracing::info_span!("job", job = %key, kind = %order.job.job_type, attempt);
        let run = async move {
            let _place = place;
            attempt::run(&runtime, connector.as_ref(), order).await;
        };
        self.attempts.spawn(run.instrument(span));
    }
}
