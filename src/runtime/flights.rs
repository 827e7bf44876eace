//! Batches under way to the disk: while one is written, the next is made.
//!
//! Two batches under way at the same time never concern the same instance or the same request, so
//! that neither depends on what becomes of the other. Never answers anybody.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use spartito_core::ids::{CommandId, InstanceId};
use spartito_core::time::Timestamp;
use tokio::task::{Id, JoinSet};

use super::batch::{Batch, Failure, Outcome, Working};
use super::committer::Accepted;
use super::exchange::Word;
use super::jobs::Ordered;
use super::lanes::REQUESTS_PER_BATCH_MAX;
use crate::store::{BatchTx, Changes, StoreError};

/// A batch that is being made, with the transaction in which it reads.
pub(super) struct Opened {
    pub(super) tx: BatchTx,
    pub(super) batch: Vec<Accepted>,
    pub(super) made: Batch,
}

impl Opened {
    pub(super) fn new(tx: BatchTx) -> Self {
        let made = Batch::begin(&tx);
        Self { tx, batch: Vec::new(), made }
    }

    /// Whether it takes further requests.
    pub(super) fn has_room(&self) -> bool {
        self.batch.len() < REQUESTS_PER_BATCH_MAX && !self.made.is_full()
    }
}

/// What is to be done when a batch is committed.
pub(super) struct AfterCommit {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) working: BTreeMap<InstanceId, Working>,
    pub(super) orders: Vec<Ordered>,
    pub(super) word: Word,
    pub(super) timer_due: Option<Timestamp>,
    /// Types of jobs that connectors do, each with the moment when the next can be taken.
    pub(super) inside_due: Vec<(String, Timestamp)>,
    /// The same of jobs that workers outside do.
    pub(super) outside_due: Vec<(String, Timestamp)>,
    pub(super) others_due: Option<Timestamp>,
}

/// A batch that is being written.
pub(super) struct Flight {
    pub(super) batch: Vec<Accepted>,
    pub(super) after: AfterCommit,
}

/// How long writing and committing took, or why that was not done; `None` where nothing was to be
/// written.
pub(super) type Written = Result<Option<Duration>, Failure>;

/// The batches that are being written.
#[derive(Default)]
pub(super) struct Flights {
    writing: JoinSet<Written>,
    under_way: HashMap<Id, Flight>,
    instances: HashSet<InstanceId>,
    commands: HashSet<CommandId>,
}

impl Flights {
    /// Whether nothing is being written.
    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// How many batches are being written.
    pub(super) fn len(&self) -> usize {
        self.under_way.len()
    }

    /// Whether a request has to wait for a batch that is being written.
    pub(super) fn concern(&self, accepted: &Accepted) -> bool {
        self.instances.contains(&accepted.instance) || self.commands.contains(&accepted.request.id)
    }

    /// Writes `changes` and commits them.
    pub(super) fn send_off(&mut self, tx: BatchTx, changes: Changes, flight: Flight) {
        self.instances.extend(flight.batch.iter().map(|accepted| accepted.instance));
        self.commands.extend(flight.batch.iter().map(|accepted| accepted.request.id));
        let written = self.writing.spawn(async move {
            if changes.is_empty() && !tx.relies() {
                // Nothing to commit; what was read was as committed.
                if let Err(error) = tx.rollback().await {
                    tracing::warn!(%error, "a transaction that changed nothing did not end well");
                }
                return Ok(None);
            }
            let begun = Instant::now();
            tx.finish(changes).await?;
            Ok(Some(begun.elapsed()))
        });
        self.under_way.insert(written.id(), flight);
    }

    /// Waits for the next batch that is written, or not. Nothing is lost where the waiting is given
    /// up. Never ends while nothing is being written.
    pub(super) async fn next(&mut self) -> (Flight, Written) {
        loop {
            let (id, result) = match self.writing.join_next_with_id().await {
                Some(Ok((id, result))) => (id, result),
                Some(Err(error)) => {
                    let words = format!("a batch was not written by a bug: {error}");
                    (error.id(), Err(Failure::Unknown(StoreError::Unavailable(words))))
                }
                None => std::future::pending().await,
            };
            if let Some(flight) = self.under_way.remove(&id) {
                for accepted in &flight.batch {
                    self.instances.remove(&accepted.instance);
                    self.commands.remove(&accepted.request.id);
                }
                return (flight, result);
            }
        }
    }
}
