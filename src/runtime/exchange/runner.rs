//! The task that carries what is asked, as soon as it is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::join_all;
use spartito_core::ids::InstanceId;

use super::Exchange;
use super::desk::Word;
use crate::runtime::SubmitError;
use crate::runtime::background::Background;
use crate::store::{Failpoint, Kept, Origin, OutboxRow};

/// Entries that are carried out together.
const ENTRIES_PER_ROUND: u32 = 256;
/// How often all is looked at, whoever wrote it: what another server has left, messages whose time
/// is over.
const LOOK_EVERY_MS: i64 = 60_000;
/// Messages whose time is over that are deleted together.
const EXPIRED_PER_BATCH: u32 = 500;
/// Pause after something could not be done.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(200);

/// Starts the task; what a former process left is looked at first. What it is about when it is stopped
/// is done after the next start.
pub(in crate::runtime) fn start(exchange: Exchange) -> Background {
    exchange.desk.look_again();
    Background::breaking_off("exchange", exchange.run())
}

impl Exchange {
    async fn run(self) {
        let mut look_at = self.clock.now();
        loop {
            tokio::select! {
                biased;
                () = self.desk.changed.notified() => {}
                () = self.clock.sleep_until(look_at) => self.desk.look_again(),
            }
            let word = self.desk.take();
            if word.everything {
                look_at = self.clock.now().plus_millis_saturating(LOOK_EVERY_MS);
            }
            if let Err(error) = self.look(word).await {
                tracing::warn!(%error, "what instances ask of others has to wait");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                self.desk.look_again();
            }
        }
    }

    async fn look(&self, word: Word) -> Result<(), SubmitError> {
        if word.everything {
            self.forget_expired().await?;
            self.store.release_held().await?;
        }
        let mut result = Ok(());
        if word.has_outgoing || word.everything {
            result = self.dispatch(word.everything).await;
        }
        if word.everything {
            self.hand_out(Kept::Due).await?;
            let waiting = i64::try_from(self.store.messages_kept().await?).unwrap_or(i64::MAX);
            self.waiting.store(waiting, Ordering::Relaxed);
        } else {
            for awaited in &word.awaited {
                self.hand_out(Kept::For(awaited)).await?;
            }
        }
        result
    }

    async fn forget_expired(&self) -> Result<(), SubmitError> {
        let now = self.clock.now();
        while self.store.delete_expired_messages(now, EXPIRED_PER_BATCH).await? > 0 {}
        Ok(())
    }

    /// Carries out what the outbox holds: in order for each instance, all instances at once.
    async fn dispatch(&self, of_all: bool) -> Result<(), SubmitError> {
        let mut after = 0;
        let mut result = Ok(());
        // Later entries of an instance must not overtake one that has to wait.
        let mut blocked: BTreeSet<InstanceId> = BTreeSet::new();
        loop {
            let rows = self.store.outgoing(after, of_all, ENTRIES_PER_ROUND).await?;
            let Some(last) = rows.last() else { return result };
            after = last.sequence;
            let mut lines: BTreeMap<(InstanceId, u64), Vec<OutboxRow>> = BTreeMap::new();
            for row in rows.into_iter().filter(|row| !blocked.contains(&row.origin.instance)) {
                let origin = row.origin;
                let alone = if origin.instance == Origin::OUTSIDE { origin.position } else { 0 };
                lines.entry((origin.instance, alone)).or_default().push(row);
            }
            let lines = lines.into_iter().map(|((instance, _), rows)| async move {
                let (done, failed) = self.carry_out_in_order(&rows).await;
                (instance, done, failed)
            });
            Failpoint::OutboxBegins.pass();
            let mut all_done = Vec::new();
            for (instance, done, failed) in join_all(lines).await {
                all_done.extend(done);
                if let Some(error) = failed {
                    if instance != Origin::OUTSIDE {
                        blocked.insert(instance);
                    }
                    result = Err(error);
                }
            }
            Failpoint::OutboxDone.pass();
            self.store.delete_outgoing(&all_done).await?;
            Failpoint::OutboxDeleted.pass();
        }
    }

    /// Which of the entries were carried out, and why the next was not.
    async fn carry_out_in_order(&self, rows: &[OutboxRow]) -> (Vec<i64>, Option<SubmitError>) {
        let mut done = Vec::with_capacity(rows.len());
        for row in rows {
            if let Err(error) = self.carry_out(row).await {
                return (done, Some(error));
            }
            done.push(row.sequence);
        }
        (done, None)
    }
}
