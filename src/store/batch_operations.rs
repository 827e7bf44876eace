//! Batch operations: the same done to many, each with an outcome of its own. What is asked is kept
//! first, then which ones are meant is collected a page at a time, then each is done; all of it goes
//! on after a restart.
//!
//! Never does anything to an instance: whoever runs a batch does, and writes here what came of it.

use std::collections::BTreeMap;

use spartito_core::ids::{BatchKey, ElementInstanceId, IncidentKey, PersonId};
use spartito_core::time::Timestamp;

use super::bulk::{self, Style};
use super::database::{Cell, cells};
use super::projection::Deed;
use super::query::{self, IncidentSelection};
use super::{Store, StoreError, convert};

/// Incidents that one transaction collects.
const COLLECTED_PER_STEP: u32 = 500;
/// Incidents of one batch at most.
const BATCH_ITEMS_MAX: u32 = 100_000;
/// Rows that one statement writes: each is a trip to the database.
const ROWS_PER_STATEMENT: usize = 50;
/// The only kind so far: incidents are tried again.
const KIND_RETRY: i64 = 1;

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident: $table:literal { $($(#[$of:meta])* $variant:ident = $n:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(i64)]
        pub enum $name { $($(#[$of])* $variant = $n,)+ }

        impl $name {
            /// The stored number.
            const fn number(self) -> i64 {
                self as i64
            }

            fn from_number(n: i64) -> Result<Self, StoreError> {
                match n {
                    $($n => Ok(Self::$variant),)+
                    other => Err(StoreError::corrupt($table, "state", other, "unknown state")),
                }
            }
        }
    };
}

numbered! {
    /// How far a batch operation is. The numbers are stored: never change one.
    BatchOperationState: "batch_operations" {
        /// It is being collected which ones are meant.
        Created = 0,
        /// They are being done.
        Running = 1,
        /// All are done.
        Done = 2,
        /// All were tried, and some did not succeed.
        PartlyFailed = 3,
        /// It was ended before all were tried.
        Canceled = 4,
    }
}

numbered! {
    /// What came of one item. The numbers are stored: never change one.
    BatchItemState: "batch_operation_items" {
        /// It waits for its turn.
        Waiting = 0,
        /// It has been tried again, and no answer is there yet.
        Tried = 1,
        /// The step went on.
        Fixed = 2,
        /// It stopped again.
        FailedAgain = 3,
        /// There was no answer for long; it still goes on.
        StillRunning = 4,
        /// The incident had been resolved before.
        ResolvedBefore = 5,
        /// The batch was ended before its turn.
        NotTried = 6,
        /// It could not be tried now.
        Refused = 7,
    }
}

/// A batch operation to be made.
#[derive(Debug, Clone)]
pub struct NewBatchOperation {
    /// Its key.
    pub key: BatchKey,
    /// Which incidents are to be tried again.
    pub selection: IncidentSelection,
    /// When.
    pub at: Timestamp,
    /// Who asks.
    pub by: PersonId,
    /// Given by the client, so that a repeat is known.
    pub idempotency_key: Option<String>,
    /// Hash of what was asked, by which another request under the same key is told from a repeat.
    pub asked: String,
}

/// What came of making a batch operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeBatchOperation {
    /// It was made.
    New,
    /// It had been made before, under this key.
    Before(BatchKey),
    /// Something else was asked before under the same idempotency key.
    OtherUnderThisKey,
}

/// A batch operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchOperationRow {
    /// Its key.
    pub key: BatchKey,
    /// Which incidents are meant.
    pub selection: IncidentSelection,
    /// How far it is.
    pub state: BatchOperationState,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Who asked.
    pub created_by: PersonId,
    /// When and by whom it was ended before its time.
    pub canceled: Option<(Timestamp, PersonId)>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How many items are in each state; states without any are left out.
    pub counts: BTreeMap<BatchItemState, u64>,
}

/// One item of a batch operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchItemRow {
    /// The incident.
    pub key: IncidentKey,
    /// What came of it.
    pub state: BatchItemState,
    /// The visit at which the incident is.
    pub element: ElementInstanceId,
    /// The turn that tried it again.
    pub position: Option<u64>,
    /// When it was tried.
    pub tried_at: Option<Timestamp>,
    /// What went wrong this time.
    pub message: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    key: i64,
    filter: String,
    state: i64,
    created_at: i64,
    created_by: String,
    canceled_at: Option<i64>,
    canceled_by: Option<String>,
    ended_at: Option<i64>,
}

const OPERATIONS: &str = "select key, filter, state, created_at, created_by, canceled_at, \
     canceled_by, ended_at from batch_operations";

fn key_of(n: i64) -> Result<BatchKey, StoreError> {
    convert::identity("batch_operations", "key", n).map(BatchKey::new)
}

impl Row {
    fn row(self, counts: BTreeMap<BatchItemState, u64>) -> Result<BatchOperationRow, StoreError> {
        const T: &str = "batch_operations";
        let selection = serde_json::from_str(&self.filter)
            .map_err(|error| StoreError::corrupt(T, "filter", self.key, error))?;
        let canceled_at = convert::timestamp_option(T, "canceled_at", self.canceled_at)?;
        Ok(BatchOperationRow {
            key: key_of(self.key)?,
            selection,
            state: BatchOperationState::from_number(self.state)?,
            created_at: convert::timestamp(T, "created_at", self.created_at)?,
            created_by: PersonId::new(self.created_by),
            canceled: canceled_at.zip(convert::person(self.canceled_by)),
            ended_at: convert::timestamp_option(T, "ended_at", self.ended_at)?,
            counts,
        })
    }
}

#[derive(sqlx::FromRow)]
struct ItemRow {
    instance: i64,
    number: i64,
    state: i64,
    element: i64,
    position: Option<i64>,
    tried_at: Option<i64>,
    message: Option<String>,
}

impl ItemRow {
    fn row(self) -> Result<BatchItemRow, StoreError> {
        const T: &str = "batch_operation_items";
        let instance = convert::instance(T, self.instance)?;
        Ok(BatchItemRow {
            key: IncidentKey { instance, number: convert::incident(self.number)? },
            state: BatchItemState::from_number(self.state)?,
            element: convert::element(T, self.element)?,
            position: self.position.map(|n| convert::count(T, "position", n)).transpose()?,
            tried_at: convert::timestamp_option(T, "tried_at", self.tried_at)?,
            message: self.message,
        })
    }
}

impl Store {
    /// Keeps what is asked for, once for each idempotency key of a person.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn make_batch_operation(
        &self,
        new: &NewBatchOperation,
    ) -> Result<MadeBatchOperation, StoreError> {
        let filter = serde_json::to_string(&new.selection).expect("a selection is plain data");
        let sql = "insert into batch_operations (key, kind, filter, state, created_at, created_by, \
                   collected_instance, collected_number, runner_until, idempotency_key, asked) \
                   values ($1, $2, $3, 0, $4, $5, 0, 0, 0, $6, $7) on conflict do nothing";
        let cells = cells![
            convert::number(new.key.number()),
            KIND_RETRY,
            filter,
            new.at.as_millis(),
            new.by.as_str(),
            new.idempotency_key.clone(),
            new.asked.as_str(),
        ];
        if self.database.execute(sql, cells).await? == 1 {
            return Ok(MadeBatchOperation::New);
        }
        let sql = "select key, asked from batch_operations \
                   where created_by = $1 and idempotency_key = $2";
        let cells = cells![new.by.as_str(), new.idempotency_key.clone()];
        let before: Option<(i64, String)> = self.database.optional(sql, cells).await?;
        match before {
            Some((key, asked)) if asked == new.asked => key_of(key).map(MadeBatchOperation::Before),
            Some(_) => Ok(MadeBatchOperation::OtherUnderThisKey),
            None => Err(StoreError::Conflict("batch_operations".to_owned())),
        }
    }

    /// A batch operation; `None` if it is unknown.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or the row cannot be read.
    pub async fn batch_operation(
        &self,
        key: BatchKey,
    ) -> Result<Option<BatchOperationRow>, StoreError> {
        let key = convert::number(key.number());
        let row: Option<Row> =
            self.database.optional(format!("{OPERATIONS} where key = $1"), cells![key]).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(row.row(self.item_counts(key).await?)?))
    }

    /// The latest batch operations, the latest first.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn batch_operations(&self, limit: u32) -> Result<Vec<BatchOperationRow>, StoreError> {
        let sql = format!("{OPERATIONS} order by key desc limit $1");
        let rows: Vec<Row> = self.database.all(sql, cells![limit]).await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let counts = self.item_counts(row.key).await?;
            all.push(row.row(counts)?);
        }
        Ok(all)
    }

    async fn item_counts(&self, key: i64) -> Result<BTreeMap<BatchItemState, u64>, StoreError> {
        let sql = "select state, count(*) from batch_operation_items where batch = $1 \
                   group by state";
        let rows: Vec<(i64, i64)> = self.database.all(sql, cells![key]).await?;
        rows.into_iter()
            .map(|(state, n)| {
                let n = convert::count("batch_operation_items", "state", n)?;
                Ok((BatchItemState::from_number(state)?, n))
            })
            .collect()
    }

    /// Items of a batch operation in one of these states, in the order of their keys, behind `after`.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn batch_items(
        &self,
        key: BatchKey,
        state: BatchItemState,
        after: Option<IncidentKey>,
        limit: u32,
    ) -> Result<Vec<BatchItemRow>, StoreError> {
        let (instance, number) = after.map_or((0, 0), |after| {
            (convert::number(after.instance.number()), i64::from(after.number.0))
        });
        let sql = "select instance, number, state, element, position, tried_at, message \
                   from batch_operation_items where batch = $1 and state = $2 \
                   and (instance, number) > ($3, $4) order by instance, number limit $5";
        let cells = cells![convert::number(key.number()), state.number(), instance, number, limit];
        let rows: Vec<ItemRow> = self.database.all(sql, cells).await?;
        rows.into_iter().map(ItemRow::row).collect()
    }

    /// The first batch operation that has not ended and that no other server goes on with.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn open_batch_operation(
        &self,
        now: Timestamp,
    ) -> Result<Option<BatchKey>, StoreError> {
        let sql = "select key from batch_operations where state < 2 \
                   and (runner is null or runner = $1 or runner_until < $2) order by key limit 1";
        let cells = cells![self.committer(), now.as_millis()];
        let row: Option<(i64,)> = self.database.optional(sql, cells).await?;
        row.map(|(key,)| key_of(key)).transpose()
    }

    /// Keeps others from going on with a batch operation before `until`; says whether that is so,
    /// and it has not ended.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn hold_batch_operation(
        &self,
        key: BatchKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "update batch_operations set runner = $2, runner_until = $4 \
                   where key = $1 and state < 2 \
                   and (runner is null or runner = $2 or runner_until < $3)";
        let key = convert::number(key.number());
        let cells = cells![key, self.committer(), now.as_millis(), until.as_millis()];
        Ok(self.database.execute(sql, cells).await? == 1)
    }

    /// Adds a page of the incidents that a batch operation is about; after the last one it runs.
    /// Nothing is collected any more where it was canceled, or has all that it may have.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer; a page is added whole or not at all.
    pub async fn collect_batch_items(&self, of: &BatchOperationRow) -> Result<(), StoreError> {
        let key = convert::number(of.key.number());
        let mut tx = self.database.begin().await?;
        let sql = "select collected_instance, collected_number from batch_operations \
                   where key = $1 and state = 0";
        let Some(after) = tx.optional::<(i64, i64)>(sql, cells![key]).await? else {
            return tx.rollback().await;
        };
        let (sql, cells) =
            query::ascending(&of.selection, after, of.created_at, COLLECTED_PER_STEP);
        let found: Vec<query::FoundIncident> = tx.all(sql, cells).await?;
        let mut rows = Vec::with_capacity(found.len());
        for found in found {
            let found = found.row()?;
            let instance = convert::number(found.key.instance.number());
            let waiting = BatchItemState::Waiting.number();
            rows.push(cells![key, instance, found.key.number.0, found.element.0, waiting]);
        }
        let collected: u64 = of.counts.values().sum();
        let is_full = collected + rows.len() as u64 >= u64::from(BATCH_ITEMS_MAX);
        let is_last = rows.len() < COLLECTED_PER_STEP as usize || is_full;
        let last = rows.last().map(|row| [row[1].clone(), row[2].clone()]);
        let into = "batch_operation_items (batch, instance, number, element, state)";
        let tail = " on conflict (batch, instance, number) do nothing";
        for some in rows.chunks(ROWS_PER_STATEMENT) {
            let sql = bulk::statement(Deed::Insert { into, tail }, some.len(), Style::Common);
            tx.execute(sql, some.concat()).await?;
        }
        if let Some([instance, number]) = last {
            let sql = "update batch_operations set collected_instance = $2, collected_number = $3 \
                       where key = $1";
            tx.execute(sql, vec![Cell::from(key), instance, number]).await?;
        }
        if is_last {
            tx.execute("update batch_operations set state = 1 where key = $1", cells![key]).await?;
        }
        tx.commit().await
    }

    /// Writes what has become of items.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn record_batch_items(
        &self,
        key: BatchKey,
        items: &[BatchItemRow],
    ) -> Result<(), StoreError> {
        let mut tx = self.database.begin().await?;
        for item in items {
            let sql = "update batch_operation_items set state = $4, position = $5, tried_at = $6, \
                       message = $7 where batch = $1 and instance = $2 and number = $3";
            let cells = cells![
                convert::number(key.number()),
                convert::number(item.key.instance.number()),
                item.key.number.0,
                item.state.number(),
                item.position.map(convert::number),
                item.tried_at.map(Timestamp::as_millis),
                item.message.clone(),
            ];
            tx.execute(sql, cells).await?;
        }
        tx.commit().await
    }

    /// Ends a batch operation before its time: what waits is not tried any more. Says whether it had
    /// not ended before.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn cancel_batch_operation(
        &self,
        key: BatchKey,
        (at, by): (Timestamp, &PersonId),
    ) -> Result<bool, StoreError> {
        let sql = "update batch_operations set canceled_at = $2, canceled_by = $3, state = 1 \
                   where key = $1 and state < 2 and canceled_at is null";
        let cells = cells![convert::number(key.number()), at.as_millis(), by.as_str()];
        Ok(self.database.execute(sql, cells).await? == 1)
    }

    /// Leaves out items that wait, some at a time; says how many.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn skip_batch_items(&self, key: BatchKey, limit: u32) -> Result<u64, StoreError> {
        let sql = "update batch_operation_items set state = $2 where batch = $1 \
                   and (instance, number) in (select instance, number from batch_operation_items \
                   where batch = $1 and state = 0 limit $3)";
        let cells = cells![convert::number(key.number()), BatchItemState::NotTried.number(), limit];
        self.database.execute(sql, cells).await
    }

    /// Ends a batch operation of which nothing is left to do.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn end_batch_operation(
        &self,
        key: BatchKey,
        state: BatchOperationState,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "update batch_operations set state = $2, ended_at = $3 \
                   where key = $1 and state < 2";
        let cells = cells![convert::number(key.number()), state.number(), at.as_millis()];
        self.database.execute(sql, cells).await.map(drop)
    }

    /// Deletes items of batch operations that ended before `before`, some at a time, and those that
    /// have none any more; says how many rows.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn forget_batch_operations(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let sql = "select key from batch_operations where ended_at < $1 order by key limit 1";
        let row: Option<(i64,)> = self.database.optional(sql, cells![before.as_millis()]).await?;
        let Some((key,)) = row else { return Ok(0) };
        let sql = "delete from batch_operation_items where batch = $1 and (instance, number) in \
                   (select instance, number from batch_operation_items where batch = $1 limit $2)";
        let gone = self.database.execute(sql, cells![key, limit]).await?;
        if gone > 0 {
            return Ok(gone);
        }
        let sql = "delete from batch_operations where key = $1";
        self.database.execute(sql, cells![key]).await
    }
}
