//! What the orchestrator reads and writes in one transaction: all turns of a batch.
//!
//! Never decides which turns there are. An error of [`BatchTx::commit`] means *unknown*: the
//! caller reads again by command id before it tells anybody.

use std::collections::BTreeMap;
use std::time::Duration;

use spartito_core::ids::{CommandId, InstanceId};
use tokio::time::Instant;

use super::bulk::Unfinished;
use super::courier::Stand;
use super::database::{Cell, Row, Tx};
use super::failpoints::Failpoint;
use super::journal::{self, Loaded, Source, StoredTurn};
use super::projection::Changes;
use super::{Store, StoreError, convert};

/// How often the database hears of a transaction at least.
const STAY_EVERY: Duration = Duration::from_secs(1);

/// The transaction of a batch; taken back when it is dropped.
pub struct BatchTx {
    tx: Tx,
    committer: i64,
    /// Whether other processes may work on the same instances.
    shared: bool,
    /// Whether rows can be locked; where not, transactions come one after the other.
    has_locks: bool,
    snapshots_are_frequent: bool,
    /// When the database last heard of it.
    heard_at: Instant,
    /// Whether instances may be relied on that are not held.
    trusts: bool,
    /// Where these must stand when it is written.
    relied_on: BTreeMap<InstanceId, u64>,
}

/// What a batch may do with an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Nobody else changes it until the transaction ends; its last turn is this.
    Held {
        /// Position of the last turn; 0 for an instance that does not exist.
        position: u64,
    },
    /// Another process works on it now; try again.
    Elsewhere,
}

impl Store {
    /// Begins the transaction of a batch.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the database does not answer in time.
    pub async fn begin_batch(&self) -> Result<BatchTx, StoreError> {
        let mut batch = self.open_batch(false).await?;
        batch.tx.begin().await?;
        Ok(batch)
    }

    /// The transaction of a batch, which begins when that is needed. One that `trusts` takes what is
    /// kept in memory for what is stored, and finds out when it is written; else each instance is
    /// held before its turns are made. Where nobody else writes, both are the same.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the database does not answer in time.
    pub async fn open_batch(&self, trusts: bool) -> Result<BatchTx, StoreError> {
        Ok(BatchTx {
            tx: self.database.open_batch().await?,
            trusts: trusts || !self.is_shared(),
            relied_on: BTreeMap::new(),
            committer: self.committer(),
            shared: self.is_shared(),
            has_locks: self.database.is_postgres(),
            snapshots_are_frequent: self.database.is_simulated(),
            heard_at: Instant::now(),
        })
    }
}

impl BatchTx {
    /// Whether an instance can be relied on that is kept in memory, without holding it.
    pub fn trusts(&self) -> bool {
        self.trusts
    }

    /// Lets the batch be written only if the last turn of an instance is this one then, and nobody
    /// else holds it.
    pub fn rely_on(&mut self, instance: InstanceId, position: u64) {
        if self.shared {
            self.relied_on.insert(instance, position);
        }
    }

    /// Whether what came of the batch depends on something that is not known before it is written.
    pub fn relies(&self) -> bool {
        !self.relied_on.is_empty()
    }

    /// Nothing that it would write yet. A simulation takes snapshots after a few turns, so that
    /// its short runs read what was folded from them.
    pub fn no_changes(&self) -> Changes {
        Changes::nothing(self.snapshots_are_frequent)
    }

    /// Shows the database that the batch goes on, where its turns take long: a transaction that
    /// stands still is taken back.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn stay(&mut self) -> Result<(), StoreError> {
        if self.tx.is_waited_for() && self.heard_at.elapsed() > STAY_EVERY {
            self.tx.execute("select 1", Vec::new()).await?;
            self.heard_at = Instant::now();
        }
        Ok(())
    }

    /// Holds these instances until the end of the transaction, and says where each stands.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn hold(
        &mut self,
        instances: &[InstanceId],
    ) -> Result<BTreeMap<InstanceId, Hold>, StoreError> {
        let mut holds: BTreeMap<_, _> =
            instances.iter().map(|id| (*id, Hold::Held { position: 0 })).collect();
        if instances.is_empty() {
            return Ok(holds);
        }
        if let Tx::PostgresBatch(tx) = &mut self.tx {
            let numbers: Vec<i64> =
                instances.iter().map(|id| convert::number(id.number())).collect();
            for Stand { instance, position, is_held } in tx.hold(&numbers).await? {
                let hold = if is_held {
                    Hold::Held { position: convert::count("journal", "position", position)? }
                } else {
                    Hold::Elsewhere
                };
                holds.insert(convert::instance("instances", instance)?, hold);
            }
            return Ok(holds);
        }
        let (marks, cells) = ids(instances);
        let sql = format!(
            "select instance, max(position) from journal where instance in ({marks}) \
             group by instance"
        );
        for (id, position) in self.tx.all::<(i64, i64)>(sql, cells).await? {
            let id = convert::instance("journal", id)?;
            if self.tx.is_contended() {
                holds.insert(id, Hold::Elsewhere);
            }
            if let Some(Hold::Held { position: known }) = holds.get_mut(&id) {
                *known = convert::count("journal", "position", position)?;
            }
        }
        Ok(holds)
    }

    /// Whether rows can be locked.
    pub(super) const fn has_locks(&self) -> bool {
        self.has_locks
    }

    pub(super) async fn read<R: Row>(
        &mut self,
        sql: String,
        cells: Vec<Cell>,
    ) -> Result<Vec<R>, StoreError> {
        self.tx.all(sql, cells).await
    }

    /// The turns that these commands have made already.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a turn cannot be read.
    pub async fn turns_of(
        &mut self,
        commands: &[CommandId],
    ) -> Result<Vec<(CommandId, InstanceId, StoredTurn)>, StoreError> {
        journal::turns_of(&mut Source::Tx(&mut self.tx), commands).await
    }

    /// An instance as it was last committed; `None` if it is unknown.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or something cannot be read.
    pub async fn load(&mut self, instance: InstanceId) -> Result<Option<Loaded>, StoreError> {
        journal::load(&mut self.tx, instance).await
    }

    /// Writes all that the batch changes. Nothing is kept before [`BatchTx::commit`], and on SQLite
    /// what is read from now on is still as it was committed before.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it; the batch is lost, surely.
    pub async fn write(&mut self, changes: Changes) -> Result<(), StoreError> {
        self.tx.write(changes.into_groups(self.committer)).await
    }

    /// Writes all that the batch changes and makes it last.
    ///
    /// # Errors
    /// [`Unfinished`] says whether it is sure that nothing was written. Where an instance that was
    /// relied on is not as it was, nothing was, and the batch is a [`StoreError::Clash`].
    pub async fn finish(mut self, changes: Changes) -> Result<(), Unfinished> {
        let committer = self.committer;
        Failpoint::BatchMade.pass();
        let relied_on = std::mem::take(&mut self.relied_on);
        if !self.has_locks {
            self.find_as_relied_on(&relied_on).await.map_err(Unfinished::NotWritten)?;
        }
        let numbers = relied_on.iter().map(|(instance, position)| {
            (convert::number(instance.number()), convert::number(*position))
        });
        let numbers: Vec<(i64, i64)> = numbers.collect();
        self.tx.finish(&numbers, move || changes.into_groups(committer)).await
    }

    /// Where transactions come one after the other: whether these instances stand where they must.
    async fn find_as_relied_on(
        &mut self,
        relied_on: &BTreeMap<InstanceId, u64>,
    ) -> Result<(), StoreError> {
        let instances: Vec<InstanceId> = relied_on.keys().copied().collect();
        for (instance, hold) in self.hold(&instances).await? {
            if hold != (Hold::Held { position: relied_on[&instance] }) {
                let words = format!("instance {instance} is not as it was");
                return Err(StoreError::Clash(words));
            }
        }
        Ok(())
    }

    /// Ends it without a change, for a batch that only read.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer; nothing was changed all the same.
    pub async fn rollback(self) -> Result<(), StoreError> {
        self.tx.rollback().await
    }

    /// Makes it last.
    ///
    /// # Errors
    /// [`StoreError`]: whether it was committed is not known.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await
    }
}

fn ids(instances: &[InstanceId]) -> (String, Vec<Cell>) {
    journal::any_of(instances.iter().map(|id| Cell::from(convert::number(id.number()))))
}
