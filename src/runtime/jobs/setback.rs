//! Jobs that nobody would look at for long because the clock was set back: what could be done at once by
//! the clock of before lies ahead by the present one.
//!
//! Never touches a pause between attempts, of which people are told when it ends, nor what is being done.

use spartito_core::time::Timestamp;

use super::JobDesk;
use crate::runtime::neighbors::Neighbors;
use crate::runtime::workers::Workers;
use crate::store::{Store, StoreError};

/// A clock that is earlier by more than so many milliseconds than it was is one that was set back. One that
/// is earlier by less, as when it is put right by small steps, is waited for.
pub(in crate::runtime) const SET_BACK_MS: i64 = 60_000;

/// Who has to hear of jobs that can be taken now.
pub(in crate::runtime) struct Hearers {
    jobs: JobDesk,
    workers: Workers,
    neighbors: Neighbors,
}

impl Hearers {
    pub(in crate::runtime) fn of(jobs: &JobDesk, workers: &Workers, neighbors: &Neighbors) -> Self {
        Self { jobs: jobs.clone(), workers: workers.clone(), neighbors: neighbors.clone() }
    }

    fn tell(&self, now: Timestamp) {
        self.jobs.look_again();
        self.workers.wake().now();
        self.neighbors.due(None, Some(now), now);
    }
}

/// Lets the jobs be taken at `now` that only a clock of before lets wait.
pub(in crate::runtime) async fn bring_near(store: Store, now: Timestamp, hearers: Hearers) {
    note(store.bring_jobs_near(now, SET_BACK_MS).await, now, &hearers);
}

/// The same at a start, when also leases of this server are of a process that is no more. Looks at all jobs
/// that wait, without letting anybody wait for that.
pub(in crate::runtime) async fn at_start(store: Store, now: Timestamp, hearers: Hearers) {
    note(store.end_far_leases(now).await, now, &hearers);
    bring_near(store, now, hearers).await;
}

fn note(brought: Result<u64, StoreError>, now: Timestamp, hearers: &Hearers) {
    match brought {
        Ok(0) => {}
        Ok(jobs) => {
            tracing::warn!(jobs, "the clock was set back: going on with jobs of before");
            hearers.tell(now);
        }
        Err(error) => tracing::warn!(%error, "jobs of before cannot be looked for"),
    }
}
