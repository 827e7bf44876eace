//! Carries out batch operations: tries again all incidents that are meant, few at a time, and keeps
//! what came of each.
//!
//! Everything is in the database: what is meant, which were tried, by which turn. A restart, or
//! another server where this one has gone, goes on from there; the id of each request is made of
//! batch and incident, so that one that was tried and not noted is not tried twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use spartito_core::engine::Rejection;
use spartito_core::ids::{BatchKey, InstanceId, PersonId, ProcessId};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::background::Background;
use super::live::Change;
use super::retry::{Retried, Retry};
use super::{Runtime, SubmitError, derived};
use crate::store::{
    BatchItemRow, BatchItemState, BatchOperationRow, BatchOperationState, StoreError,
};

/// Items that are being tried at the same time.
const IN_FLIGHT_MAX: u32 = 32;
/// How long an item is waited for; past it, it is still running, and its place is free.
const ANSWER_WAIT_MS: i64 = 60_000;
/// How long others leave a batch alone that this server goes on with.
const HELD_MS: i64 = 15_000;
/// Time between two looks at what came of what was tried.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often batches are looked for that another server has left.
const SWEEP_EVERY: Duration = Duration::from_secs(10);
/// Pause after the database failed or the server was too busy.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Items that are left out in one transaction.
const SKIPPED_PER_STEP: u32 = 2_000;

/// Word for the task that carries out batch operations. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct BatchOperations(Arc<Notify>);

impl BatchOperations {
    /// Lets it look, because there is a new one.
    pub fn look_again(&self) {
        self.0.notify_one();
    }
}

/// The task that carries them out. Once stopped it tries nothing more, and has waited for what was
/// asked for.
pub(super) fn start(runtime: &Runtime) -> Background {
    Background::start("batch operations", |stop| Carrier { runtime: runtime.clone(), stop }.run())
}

struct Carrier {
    runtime: Runtime,
    stop: CancellationToken,
}

/// What a round has left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// There is more to do at once.
    More,
    /// What was tried has to be waited for.
    Waits,
    /// The server is too busy.
    Busy,
    /// It has ended, or another server goes on with it.
    Ended,
}

impl Carrier {
    async fn run(self) {
        let asked = Arc::clone(&self.runtime.batch_operations.0);
        loop {
            if let Err(error) = self.carry_out_all().await {
                tracing::warn!(%error, "batch operations cannot go on now");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                () = asked.notified() => {}
                () = tokio::time::sleep(SWEEP_EVERY) => {}
            }
        }
    }

    /// Carries out what has not ended, the first one first.
    async fn carry_out_all(&self) -> Result<(), StoreError> {
        while !self.stop.is_cancelled() {
            let now = self.runtime.clock.now();
            let Some(key) = self.runtime.store.open_batch_operation(now).await? else {
                return Ok(());
            };
            self.carry_out(key).await?;
        }
        Ok(())
    }

    async fn carry_out(&self, key: BatchKey) -> Result<(), StoreError> {
        while !self.stop.is_cancelled() {
            let pause = match self.round(key).await? {
                Round::More => continue,
                Round::Waits => LOOK_EVERY,
                Round::Busy => PAUSE_AFTER_FAILURE,
                Round::Ended => return Ok(()),
            };
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        Ok(())
    }

    /// Looks at what was tried, and tries some more.
    async fn round(&self, key: BatchKey) -> Result<Round, StoreError> {
        let store = &self.runtime.store;
        let now = self.runtime.clock.now();
        let until = now.plus_millis_saturating(HELD_MS);
        if !store.hold_batch_operation(key, now, until).await? {
            return Ok(Round::Ended);
        }
        let Some(of) = store.batch_operation(key).await? else { return Ok(Round::Ended) };
        if of.state == BatchOperationState::Created {
            store.collect_batch_items(&of).await?;
            return Ok(Round::More);
        }
        let tried = store.batch_items(key, BatchItemState::Tried, None, IN_FLIGHT_MAX).await?;
        let waiting_for = tried.len();
        let mut done = self.look_at(tried).await?;
        let room = IN_FLIGHT_MAX - u32::try_from(waiting_for - done.len()).unwrap_or(0);
        let (mut left, mut is_busy) = (0, false);
        if of.canceled.is_some() {
            left = usize::from(store.skip_batch_items(key, SKIPPED_PER_STEP).await? > 0);
        } else if room > 0 {
            let next = store.batch_items(key, BatchItemState::Waiting, None, room).await?;
            left = next.len();
            let attempts = next.into_iter().map(|item| self.attempt(key, &of.created_by, item));
            let attempted = join_all(attempts).await;
            is_busy = attempted.iter().any(Option::is_none);
            done.extend(attempted.into_iter().flatten());
        }
        if !done.is_empty() {
            store.record_batch_items(key, &done).await?;
        }
        if left == 0 && waiting_for == 0 && done.is_empty() {
            self.end(&of).await?;
            return Ok(Round::Ended);
        }
        if !done.is_empty() || left > 0 {
            self.tell();
        }
        Ok(match (is_busy, done.is_empty() && left == 0) {
            (true, _) => Round::Busy,
            (false, true) => Round::Waits,
            (false, false) => Round::More,
        })
    }

    /// What has come of items that were tried; those of which nothing is known yet are left out.
    async fn look_at(&self, tried: Vec<BatchItemRow>) -> Result<Vec<BatchItemRow>, StoreError> {
        let now = self.runtime.clock.now();
        let mut done = Vec::new();
        for item in tried {
            let position = item.position.unwrap_or(0);
            let (instance, element) = (item.key.instance, item.element);
            let came = Retried::since(&self.runtime.store, instance, position, element).await?;
            let waited = item.tried_at.map_or(0, |since| now.millis_since(since));
            match came {
                Some(came) => done.push(outcome(item, came)),
                None if waited >= ANSWER_WAIT_MS => {
                    done.push(BatchItemRow { state: BatchItemState::StillRunning, ..item });
                }
                None => {}
            }
        }
        Ok(done)
    }

    /// Tries one again; `None` where it has to be tried later.
    async fn attempt(
        &self,
        batch: BatchKey,
        by: &PersonId,
        item: BatchItemRow,
    ) -> Option<BatchItemRow> {
        let numbers = [batch.number(), item.key.instance.number(), u64::from(item.key.number.0)];
        let id = derived::command_id("batch retry", &numbers, "");
        let retry = Retry { key: item.key, element: item.element, by: by.clone() };
        let item = BatchItemRow { tried_at: Some(self.runtime.clock.now()), ..item };
        let refused = |words: String| {
            let (state, message) = (BatchItemState::Refused, Some(words));
            BatchItemRow { state, message, ..item.clone() }
        };
        match retry.queued(&self.runtime.orchestrator, id).await {
            Ok(retried) => Some(outcome(item, retried)),
            // It comes under no lease.
            Err(SubmitError::UnknownInstance | SubmitError::LeaseLost) => {
                Some(outcome(item, Retried::ResolvedBefore))
            }
            Err(SubmitError::Rejected(Rejection::InstanceSuspended)) => {
                Some(refused("The instance is suspended.".to_owned()))
            }
            Err(SubmitError::Rejected(rejection)) => Some(refused(format!("{rejection}"))),
            Err(SubmitError::Internal(reason)) => {
                tracing::error!(instance = %item.key.instance, reason, "a retry failed by a bug");
                Some(refused("An error inside Spartito stopped it.".to_owned()))
            }
            Err(SubmitError::Store(error)) if !error.is_passing() => {
                tracing::error!(instance = %item.key.instance, %error, "a retry failed");
                Some(refused("Its data cannot be read or written.".to_owned()))
            }
            // The same id finds out what became of it.
            Err(
                SubmitError::Store(_)
                | SubmitError::Unknown(_)
                | SubmitError::Overloaded
                | SubmitError::ShuttingDown,
            ) => None,
        }
    }

    /// Ends a batch operation of which all items have an outcome.
    async fn end(&self, of: &BatchOperationRow) -> Result<(), StoreError> {
        let state = ended_as(of.canceled.is_some(), &of.counts);
        self.runtime.store.end_batch_operation(of.key, state, self.runtime.clock.now()).await?;
        tracing::info!(batch = %of.key, ?state, counts = ?of.counts, "a batch operation has ended");
        self.tell();
        Ok(())
    }

    /// Lets those read anew who look at lists of all instances; no one instance is meant.
    fn tell(&self) {
        let change = Change::new(InstanceId::new(0), ProcessId::from(""));
        self.runtime.live.send(Change { incidents: true, ..change });
    }
}

/// An item with what came of it.
fn outcome(item: BatchItemRow, retried: Retried) -> BatchItemRow {
    let (state, message, position) = match retried {
        Retried::Fixed => (BatchItemState::Fixed, None, item.position),
        Retried::FailedAgain { message } => {
            (BatchItemState::FailedAgain, Some(message), item.position)
        }
        Retried::Running { position } => (BatchItemState::Tried, None, Some(position)),
        Retried::ResolvedBefore => (BatchItemState::ResolvedBefore, None, item.position),
    };
    BatchItemRow { state, position, message, ..item }
}

fn ended_as(is_canceled: bool, counts: &BTreeMap<BatchItemState, u64>) -> BatchOperationState {
    let failures =
        [BatchItemState::FailedAgain, BatchItemState::StillRunning, BatchItemState::Refused];
    if is_canceled {
        BatchOperationState::Canceled
    } else if counts.keys().any(|state| failures.contains(state)) {
        BatchOperationState::PartlyFailed
    } else {
        BatchOperationState::Done
    }
}
