//! Jobs that workers outside do: handed out to those who ask and wait, answered under the lease that
//! they were given.
//!
//! The rules are those of the jobs that connectors do: at least once, always under the same key, with
//! the same pauses and incidents. A lease has a number that rises each time that a job is handed over;
//! whoever answers under an earlier one is refused. Never hands out anything while systems outside are
//! not to be called.

mod answer;
mod figures;
mod hand_over;
mod polls;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use spartito_core::time::Timestamp;
use tokio::sync::{Semaphore, mpsc, oneshot};

pub use answer::{JobAnswer, JobChange, JobDirection};
pub use figures::WorkerFigures;
pub use hand_over::{HandOver, HandedJob};
pub(super) use polls::start;

use super::jobs::BACKOFF_MS_MAX;
use super::neighbors::type_mark;
use super::wake::Wake;
use super::{Runtime, SubmitError};
use crate::store::{Leased, StoreError, Unused};
use figures::Figures;

/// Workers that wait for jobs on one server at the same time; further ones are told to come again.
pub const POLLS_WAITING_MAX: usize = 1_024;
/// Jobs that one worker gets at once.
pub const JOBS_PER_POLL_MAX: u32 = 256;
/// The longest time for which a worker waits for jobs.
pub const POLL_TIME_MAX: Duration = Duration::from_secs(50);
/// The shortest and the longest time for which a worker gets a job.
pub const LEASE_MS_MIN: i64 = 1_000;
/// See [`LEASE_MS_MIN`].
pub const LEASE_MS_MAX: i64 = 24 * 3_600_000;
/// The longest pause that a worker may ask for before the next attempt.
pub const RETRY_PAUSE_MS_MAX: i64 = BACKOFF_MS_MAX;
/// Time in which a worker that does not wait must have its answer.
const LOOK_TIME_MAX: Duration = Duration::from_secs(10);
/// Bundles of leases on their way back, three for each who waits: what it has no room for, what came
/// after that, and what it did not take. Further ones end by their time.
const GIVEN_BACK_WAITING_MAX: usize = 3 * POLLS_WAITING_MAX;

/// What a worker asks for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The type of the jobs.
    pub job_type: String,
    /// The name of the worker.
    pub worker: String,
    /// For how long it gets them, in milliseconds.
    pub lease_ms: i64,
    /// How many it gets, at most.
    pub jobs_max: u32,
    /// The variables that it wants to know; `None` for all that the task sees.
    pub variables: Option<Vec<String>>,
    /// How long it waits where there is nothing to do; `None` where it does not wait.
    pub wait: Option<Duration>,
}

/// Why a worker gets nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AskError {
    /// As many wait as may.
    #[error("{POLLS_WAITING_MAX} workers wait for jobs on this server, the bound")]
    TooManyWait,
    /// Connectors of this server do such jobs.
    #[error("jobs of this type are done by Spartito itself")]
    DoneInside,
    /// The server is being stopped.
    #[error("the server is being stopped")]
    ShuttingDown,
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a worker gets.
type Given = Result<HandOver, AskError>;

/// A worker that waits.
struct Poll {
    ask: Ask,
    answer: oneshot::Sender<Given>,
    /// Whether it was looked for jobs for it.
    is_looked_for: bool,
}

/// Where workers outside are served. Cheap to clone.
#[derive(Clone)]
pub struct Workers(Arc<Shared>);

struct Shared {
    polls: mpsc::Sender<Poll>,
    places: Semaphore,
    given_back: mpsc::Sender<Vec<Unused>>,
    wake: Arc<Wake>,
    /// The types that workers wait for here, and how many of them.
    awaited: Mutex<BTreeMap<Arc<str>, usize>>,
    /// How many jobs of a type all workers may have together.
    limits: BTreeMap<String, u32>,
    figures: Figures,
}

/// What comes in, for the task that serves.
pub(super) struct Inbox {
    polls: mpsc::Receiver<Poll>,
    given_back: mpsc::Receiver<Vec<Unused>>,
}

/// That somebody waits for a type, until it is dropped.
struct Awaits {
    workers: Workers,
    job_type: Arc<str>,
}

impl Drop for Awaits {
    fn drop(&mut self) {
        let mut awaited = self.workers.awaited();
        if let Some(count) = awaited.get_mut(&self.job_type) {
            *count -= 1;
            if *count == 0 {
                awaited.remove(&self.job_type);
            }
        }
    }
}

impl Workers {
    /// Nobody waits yet.
    pub(super) fn new(limits: BTreeMap<String, u32>) -> (Self, Inbox) {
        let wake = Arc::new(Wake::new());
        let (polls, new_polls) = mpsc::channel(POLLS_WAITING_MAX);
        let (given_back, unused) = mpsc::channel(GIVEN_BACK_WAITING_MAX);
        let shared = Shared {
            polls,
            places: Semaphore::new(POLLS_WAITING_MAX),
            given_back,
            wake,
            awaited: Mutex::default(),
            limits,
            figures: Figures::default(),
        };
        (Self(Arc::new(shared)), Inbox { polls: new_polls, given_back: unused })
    }

    /// Where the one who serves sleeps.
    pub(super) fn wake(&self) -> Arc<Wake> {
        Arc::clone(&self.0.wake)
    }

    fn awaited(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, usize>> {
        // The map is whole after every operation on it.
        self.0.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn awaits(&self, job_type: &str) -> Awaits {
        let job_type: Arc<str> = Arc::from(job_type);
        *self.awaited().entry(job_type.clone()).or_default() += 1;
        Awaits { workers: self.clone(), job_type }
    }

    /// Word that jobs of these types can be taken from these moments on.
    pub(super) fn due(&self, due: &[(String, Timestamp)]) {
        if due.is_empty() {
            return;
        }
        let awaited = self.awaited();
        for (job_type, at) in due {
            if awaited.contains_key(job_type.as_str()) {
                self.0.wake.at(*at);
            }
        }
    }

    /// The same from another server, which gives the short form of the type.
    pub(super) fn told(&self, mark: u32, due: Timestamp) {
        if self.awaited().keys().any(|job_type| type_mark(job_type) == mark) {
            self.0.wake.at(due);
        }
    }

    /// Lets the database be looked into for those who wait.
    pub(super) fn look_again(&self) {
        self.0.wake.now();
    }

    /// What was handed out and answered since the start, by type, and how many workers wait.
    pub fn figures(&self) -> WorkerFigures {
        let waiting = POLLS_WAITING_MAX - self.0.places.available_permits();
        self.0.figures.read(waiting)
    }

    /// Lets others have jobs that nobody got after all.
    fn give_back(&self, unused: Vec<Unused>) {
        if !unused.is_empty() && self.0.given_back.try_send(unused).is_err() {
            tracing::warn!("jobs that nobody got come back when their leases end");
        }
    }
}

impl Runtime {
    /// Gives a worker jobs to do, and lets it wait for them where there are none. Whoever does not
    /// take what it is given, because it has gone meanwhile, leaves it to others.
    ///
    /// # Errors
    /// [`AskError`] says why there is nothing to be had.
    pub async fn activate_jobs(&self, ask: Ask) -> Given {
        if self.connectors.get(&ask.job_type).is_some() {
            return Err(AskError::DoneInside);
        }
        let workers = &self.workers;
        let _place = workers.0.places.try_acquire().map_err(|_| AskError::TooManyWait)?;
        let _awaits = workers.awaits(&ask.job_type);
        let wait = ask.wait.map_or(LOOK_TIME_MAX, |wait| wait.min(POLL_TIME_MAX));
        let (answer, mut answered) = oneshot::channel();
        let poll = Poll { ask, answer, is_looked_for: false };
        workers.0.polls.try_send(poll).map_err(|_| AskError::ShuttingDown)?;
        match tokio::time::timeout(wait, &mut answered).await {
            Ok(Ok(given)) => given,
            // The one who serves has ended.
            Ok(Err(_)) => Err(AskError::ShuttingDown),
            Err(_) => {
                // What was given at this very moment is not lost.
                answered.close();
                answered.try_recv().unwrap_or_else(|_| Ok(HandOver::nothing()))
            }
        }
    }

    /// Lets a worker have a job until `until`.
    ///
    /// # Errors
    /// [`SubmitError::LeaseLost`] where it has the job no longer.
    pub async fn extend_job(&self, lease: Leased, until: Timestamp) -> Result<(), SubmitError> {
        if self.store.extend_job(lease, until).await? {
            Ok(())
        } else {
            Err(SubmitError::LeaseLost)
        }
    }
}
