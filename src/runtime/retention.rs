//! Removes finished instances that have been kept as long as was set, and gives the space back;
//! also puts counters of several servers together.
//!
//! Looks once an hour and when something about it is set. Works in steps of a few milliseconds, each
//! a transaction of its own, and rests nine times as long after each, so that people and systems
//! hardly notice. What a crash interrupts the next look goes on with; where several servers look at
//! the same time, each gets others.

use std::sync::Arc;
use std::time::Duration;

use spartito_core::ids::{InstanceId, ProcessId};
use spartito_core::time::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Runtime;
use super::background::Background;
use super::live::Change;
use crate::store::{Removal, RemovalCursor, RetentionRow, StoreError, TaskCountCursor};

/// How often what is due is looked for.
const LOOK_EVERY_MS: i64 = 3_600_000;
/// Pause after the database failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Of the time in which others could write, removal takes one part in this many.
const PART_OF_TIME: u32 = 10;
/// How long one step is to take.
const STEP_TIME: Duration = Duration::from_millis(20);
/// Rows of one step, at first, at least and at most: more where steps are faster than they may be.
const ROWS: u32 = 500;
const ROWS_MIN: u32 = 50;
const ROWS_MAX: u32 = 4_000;
/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;
/// Days for which is kept that an instance was removed.
const REMOVED_KNOWN_DAYS: i64 = 365;
/// Days for which an ended batch operation is kept with its items.
const BATCH_OPERATIONS_KEPT_DAYS: i64 = 90;

/// Word for the task that removes. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Retention(Arc<Notify>);

impl Retention {
    /// Lets it look again, because something else was set.
    pub fn look_again(&self) {
        self.0.notify_one();
    }
}

/// The task that removes. Once stopped it removes nothing more, and has waited for the step under way.
pub(super) fn start(runtime: &Runtime) -> Background {
    Background::start("removal of finished instances", |stop| {
        Removing { runtime: runtime.clone(), stop, rows: ROWS }.run()
    })
}

struct Removing {
    runtime: Runtime,
    stop: CancellationToken,
    /// Rows of the next step.
    rows: u32,
}

impl Removing {
    async fn run(mut self) {
        let (stop, asked) = (self.stop.clone(), self.runtime.retention.0.clone());
        loop {
            let now = self.runtime.clock.now();
            let pause = match self.look(now).await {
                Ok(()) => None,
                Err(error) => {
                    tracing::warn!(%error, "finished instances cannot be removed now");
                    Some(PAUSE_AFTER_FAILURE)
                }
            };
            let next = now.plus_millis_saturating(LOOK_EVERY_MS);
            let clock = Arc::clone(&self.runtime.clock);
            let wait = async {
                match pause {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => clock.sleep_until(next).await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = asked.notified() => {}
                () = wait => {}
            }
        }
    }

    /// Removes all that is due at `now`.
    async fn look(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let store = self.runtime.store.clone();
        let set = store.retention().await?;
        if set.iter().any(|row| row.days.is_some()) {
            for process in store.process_ids().await? {
                if let Some(days) = days_of(&set, &process) {
                    self.remove(&process, days, now).await?;
                }
            }
        }
        let long_ago = now.plus_millis_saturating(-REMOVED_KNOWN_DAYS * DAY_MS);
        while !self.stop.is_cancelled() && store.forget_removed(long_ago, self.rows).await? > 0 {
            self.rest(STEP_TIME).await;
        }
        let long_ago = now.plus_millis_saturating(-BATCH_OPERATIONS_KEPT_DAYS * DAY_MS);
        while !self.stop.is_cancelled()
            && store.forget_batch_operations(long_ago, self.rows).await? > 0
        {
            self.rest(STEP_TIME).await;
        }
        let mut counted = Some(TaskCountCursor::begin());
        while let Some(after) = counted.take_if(|_| !self.stop.is_cancelled()) {
            counted = store.fold_task_counts(&after, self.rows).await?;
            self.rest(STEP_TIME).await;
        }
        while let Some((is_more, took)) = store.give_back_space().await? {
            self.rest(took).await;
            if !is_more || self.stop.is_cancelled() {
                break;
            }
        }
        Ok(())
    }

    /// Removes what has been finished for so many days of one process.
    async fn remove(
        &mut self,
        process: &ProcessId,
        days: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let before = now.plus_millis_saturating(-i64::from(days) * DAY_MS);
        let mut after: RemovalCursor = (i64::MIN, 0);
        let mut instances = 0;
        while !self.stop.is_cancelled() {
            let times = (before, now);
            let step = self.runtime.store.remove_ended(process, times, after, self.rows).await?;
            self.settle(&step);
            instances += step.instances;
            let Some(next) = step.next else { break };
            after = next;
            self.rest(step.took).await;
        }
        if instances > 0 {
            tracing::info!(%process, instances, days, "finished instances were removed");
            // Lists of the process are read anew; no one instance is meant.
            self.runtime.live.send(Change::new(InstanceId::new(0), process.clone()));
        }
        Ok(())
    }

    /// Sets the size of the next step by what this one took.
    fn settle(&mut self, step: &Removal) {
        if step.took > STEP_TIME {
            self.rows = (self.rows / 2).max(ROWS_MIN);
        } else if step.took < STEP_TIME / 4 {
            self.rows = (self.rows * 2).min(ROWS_MAX);
        }
    }

    /// Leaves the database to others after a step that took so long.
    async fn rest(&self, took: Duration) {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(took * (PART_OF_TIME - 1)) => {}
        }
    }
}

/// How many days the finished instances of a process are kept; `None` for ever.
fn days_of(set: &[RetentionRow], process: &ProcessId) -> Option<u32> {
    let of = |wanted: Option<&ProcessId>| set.iter().find(|row| row.process.as_ref() == wanted);
    of(Some(process)).or_else(|| of(None))?.days
}

#[cfg(test)]
mod tests {
    use spartito_core::ids::PersonId;

    use super::*;

    #[test]
    fn what_is_set_for_a_process_goes_before_what_is_set_for_all() {
        let row = |process: Option<&str>, days| RetentionRow {
            process: process.map(ProcessId::from),
            days,
            set_at: Timestamp::EPOCH,
            set_by: PersonId::from("admin"),
        };
        let (loan, other) = (ProcessId::from("loan"), ProcessId::from("other"));
        assert_eq!(days_of(&[], &loan), None);
        let set = [row(None, Some(90)), row(Some("loan"), Some(30))];
        assert_eq!((days_of(&set, &loan), days_of(&set, &other)), (Some(30), Some(90)));
        let set = [row(None, Some(90)), row(Some("loan"), None)];
        assert_eq!((days_of(&set, &loan), days_of(&set, &other)), (None, Some(90)));
    }
}
