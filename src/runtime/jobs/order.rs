//! What is needed to make one attempt at a job.

use spartito_core::engine::InstanceState;
use spartito_core::ids::JobKey;
use spartito_core::time::{IsoDuration, Timestamp};

use crate::connectors;
use crate::runtime::{Definition, derived};

/// Pause before the second attempt where the task says nothing; doubled for each further one.
const BACKOFF_MS: i64 = 5_000;
/// The longest pause.
pub(in crate::runtime) const BACKOFF_MS_MAX: i64 = 24 * 3_600_000;
/// The part of a pause that is added to it at most, so that what failed together is not tried again
/// together.
const JITTER_PART: u64 = 4;

/// A job that was taken.
#[derive(Debug, Clone)]
pub(in crate::runtime) struct Order {
    pub(in crate::runtime) job: connectors::Job,
    /// Attempts left, this one included.
    pub(in crate::runtime) retries: u32,
    /// Attempts left when the series began.
    pub(super) retries_granted: u32,
    pub(super) lease_until: Timestamp,
    /// Its priority.
    pub(in crate::runtime) priority: i32,
    /// Not before this, after an attempt that failed.
    pub(in crate::runtime) retry_at: Option<Timestamp>,
    /// The pause that the model asks for before another attempt (`failedJobRetryTimeCycle`).
    backoff: Option<IsoDuration>,
}

impl Order {
    /// The open job `key` of an instance; `None` where it is no longer open or has no attempt left.
    pub(in crate::runtime) fn of(
        key: JobKey,
        state: &InstanceState,
        definition: &Definition,
        lease_until: Timestamp,
    ) -> Option<Self> {
        let visit = state.element(key.number)?;
        let open = visit.job().filter(|job| job.retries > 0)?;
        let index = definition.process.node_index(&visit.node)?;
        let task = definition.process.model().node(index).kind.service()?;
        let inputs = state.scope(key.number).map(|scope| scope.variables.clone());
        let job = connectors::Job {
            key,
            job_type: open.job_type.clone(),
            attempt: open.attempt,
            inputs: inputs.unwrap_or_default(),
            headers: task.headers.clone(),
            now: lease_until,
        };
        Some(Self {
            job,
            retries: open.retries,
            retries_granted: open.retries_allowed,
            lease_until,
            priority: open.priority,
            retry_at: open.retry_at,
            backoff: definition.process.retry_backoff(&visit.node),
        })
    }

    /// The pause before the next attempt: the one that the model asks for, always the same; else the
    /// backoff of the task, doubled for each one that failed, and up to a quarter more.
    pub(in crate::runtime) fn backoff_ms(&self, from: Timestamp) -> i64 {
        if let Some(next) = self.backoff.and_then(|backoff| from.plus(backoff).ok()) {
            return next.millis_since(from).clamp(0, BACKOFF_MS_MAX);
        }
        let first = self.job.header("retryBackoff").and_then(|text| {
            let duration = IsoDuration::parse(text).ok()?;
            Some(from.plus(duration).ok()?.millis_since(from)).filter(|ms| *ms >= 0)
        });
        let failed = self.retries_granted.saturating_sub(self.retries).min(30);
        let pause = first.unwrap_or(BACKOFF_MS).saturating_mul(1 << failed).min(BACKOFF_MS_MAX);
        (pause + self.jitter_ms(pause)).min(BACKOFF_MS_MAX)
    }

    /// Between nothing and a part of `pause`, always the same for an attempt.
    fn jitter_ms(&self, pause: i64) -> i64 {
        let key = self.job.key;
        let numbers = [key.instance.number(), key.number.0.into(), self.job.attempt.into()];
        let drawn = derived::command_id("backoff", &numbers, "").0;
        let most = u128::from(pause.unsigned_abs() / JITTER_PART);
        i64::try_from(drawn % (most + 1)).unwrap_or(0)
    }
}
