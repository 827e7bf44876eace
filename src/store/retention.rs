//! How long finished instances are kept, and their removal, a few at a time.
//!
//! What is removed is removed whole: journal, what is derived from it, drafts. What was counted stays
//! counted, and how many were removed is counted beside it. Called instances go before the one that
//! called them, and never while that one goes on. Never decides when it is time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use spartito_core::ids::{ElementInstanceId, InstanceId, PersonId, ProcessId, UserTaskKey};
use spartito_core::time::Timestamp;

use super::database::{Cell, Tx, cells};
use super::journal::any_of;
use super::projection::{CountKind, TOTAL_DAY};
use super::{Store, StoreError, convert};

/// Instances that one transaction removes at most.
const INSTANCES_PER_STEP_MAX: u32 = 64;
/// Rows that an instance has, about: so many instances are taken that they fit into a step.
const ROWS_PER_INSTANCE: u32 = 8;
/// Calls within calls that are looked down at most in one step.
const DEPTH_MAX: u32 = 64;
/// Free pages that a file keeps for what comes next: 1 MiB, and a part of the file.
const FREE_PAGES_KEPT: i64 = 256;
const FREE_PART_KEPT: i64 = 20;
/// Pages that one step gives back to the disk: 256 KiB.
const PAGES_PER_STEP: u32 = 64;
/// How a part of an instance stands that has been removed while the rest is to follow.
const REMOVED_IN_PART: i64 = 3;

/// How long the finished instances of a process are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionRow {
    /// The process; `None` for all that have no row of their own.
    pub process: Option<ProcessId>,
    /// Days after their end; `None` for ever.
    pub days: Option<u32>,
    /// When this was set.
    pub set_at: Timestamp,
    /// Who set it.
    pub set_by: PersonId,
}

/// Where a search for what is due goes on: behind this end and instance.
pub type RemovalCursor = (i64, i64);

/// What one step of removal did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removal {
    /// Instances that are gone.
    pub instances: u32,
    /// Rows that are gone, in all tables.
    pub rows: u64,
    /// Where to look next; `None` where nothing more is due.
    pub next: Option<RemovalCursor>,
    /// How long others could not write.
    pub took: Duration,
}

/// An instance that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedRow {
    /// Its process.
    pub process: ProcessId,
    /// When it ended.
    pub ended_at: Timestamp,
    /// When it was removed.
    pub removed_at: Timestamp,
}

impl Store {
    /// What has been set about keeping finished instances.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn retention(&self) -> Result<Vec<RetentionRow>, StoreError> {
        let sql = "select process, days, set_at, set_by from retention order by process";
        let rows: Vec<(String, Option<i64>, i64, String)> =
            self.database.all(sql, cells![]).await?;
        rows.into_iter()
            .map(|(process, days, set_at, set_by)| {
                Ok(RetentionRow {
                    process: (!process.is_empty()).then(|| ProcessId::new(process)),
                    days: days.map(|days| convert::count("retention", "days", days)).transpose()?,
                    set_at: convert::timestamp("retention", "set_at", set_at)?,
                    set_by: PersonId::new(set_by),
                })
            })
            .collect()
    }

    /// Sets how long finished instances are kept.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn set_retention(&self, row: &RetentionRow) -> Result<(), StoreError> {
        let sql = "insert into retention (process, days, set_at, set_by) values ($1, $2, $3, $4) \
                   on conflict (process) do update set days = excluded.days, \
                   set_at = excluded.set_at, set_by = excluded.set_by";
        let days = row.days.map(i64::from);
        let cells =
            cells![name(row.process.as_ref()), days, row.set_at.as_millis(), row.set_by.as_str()];
        self.database.execute(sql, cells).await.map(drop)
    }

    /// Takes back what was set for a process, so that what is set for all counts.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn unset_retention(&self, process: Option<&ProcessId>) -> Result<(), StoreError> {
        let sql = "delete from retention where process = $1";
        self.database.execute(sql, cells![name(process)]).await.map(drop)
    }

    /// All processes that were ever deployed.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn process_ids(&self) -> Result<Vec<ProcessId>, StoreError> {
        let sql = "select distinct process from definitions order by process";
        let rows: Vec<(String,)> = self.database.all(sql, cells![]).await?;
        Ok(rows.into_iter().map(|(process,)| ProcessId::new(process)).collect())
    }

    /// How many instances of a process were removed.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn removed_count(&self, process: &ProcessId) -> Result<u64, StoreError> {
        let sql = "select cast(coalesce(sum(c.n), 0) as bigint) from definitions d \
                   join counters c on c.definition = d.key \
                   where d.process = $1 and c.day = $2 and c.kind in ($3, $4)";
        let [completed, terminated] =
            [CountKind::RemovedCompleted, CountKind::RemovedTerminated].map(CountKind::number);
        let cells = cells![process.as_str(), TOTAL_DAY, completed, terminated];
        let row: Option<(i64,)> = self.database.optional(sql, cells).await?;
        convert::count("counters", "n", row.map_or(0, |(n,)| n))
    }

    /// An instance that was removed; `None` where none has had this id, or it is long ago.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or the row cannot be read.
    pub async fn removed_instance(&self, id: InstanceId) -> Result<Option<RemovedRow>, StoreError> {
        const T: &str = "removed_instances";
        let sql = "select d.process, r.ended_at, r.removed_at from removed_instances r \
                   join definitions d on d.key = r.definition where r.id = $1";
        let cells = cells![convert::number(id.number())];
        let row: Option<(String, i64, i64)> = self.database.optional(sql, cells).await?;
        row.map(|(process, ended_at, removed_at)| {
            Ok(RemovedRow {
                process: ProcessId::new(process),
                ended_at: convert::timestamp(T, "ended_at", ended_at)?,
                removed_at: convert::timestamp(T, "removed_at", removed_at)?,
            })
        })
        .transpose()
    }

    /// Forgets that instances were removed which were so before `before`, some at a time; says how
    /// many.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn forget_removed(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let sql = "delete from removed_instances where id in (select id from removed_instances \
                   where removed_at < $1 order by removed_at limit $2)";
        self.database.execute(sql, cells![before.as_millis(), limit]).await
    }

    /// Removes some instances of `process` that ended before `before`, in one transaction of at most
    /// about `rows_max` rows. A large one goes in pieces, and is not seen any more from the first on.
    /// Whoever removes at the same time gets others.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer; a step is done whole or not at all.
    pub async fn remove_ended(
        &self,
        process: &ProcessId,
        (before, now): (Timestamp, Timestamp),
        after: RemovalCursor,
        rows_max: u32,
    ) -> Result<Removal, StoreError> {
        let mut tx = self.database.begin().await?;
        let begun = Instant::now();
        let many = (rows_max / ROWS_PER_INSTANCE).clamp(1, INSTANCES_PER_STEP_MAX);
        let roots = self.due_roots(&mut tx, (process, before), after, many).await?;
        let Some((last, _)) = roots.last().map(|(id, ended)| ((*ended, *id), *id)) else {
            tx.rollback().await?;
            return Ok(Removal { took: begun.elapsed(), ..Removal::default() });
        };
        let leaves = leaves(&mut tx, roots.iter().map(|(id, _)| *id).collect(), many).await?;
        let leaves = without_work_left(&mut tx, leaves).await?;
        if leaves.is_empty() {
            // Something that they called goes on: they are left for later.
            tx.rollback().await?;
            return Ok(Removal { next: Some(last), took: begun.elapsed(), ..Removal::default() });
        }
        let mut removing = Removing { tx, rows: 0, rows_left: i64::from(rows_max.max(1)) };
        removing.note(&leaves, self.committer(), now).await?;
        let is_whole = removing.remove(&leaves).await?;
        let instances = if is_whole { u32::try_from(leaves.len()).unwrap_or(u32::MAX) } else { 0 };
        let Removing { tx, rows, .. } = removing;
        tx.commit().await?;
        Ok(Removal { instances, rows, next: Some(after), took: begun.elapsed() })
    }

    /// Instances that are due and that no other one called, the earliest first: id and end.
    async fn due_roots(
        &self,
        tx: &mut Tx,
        (process, before): (&ProcessId, Timestamp),
        (ended_at, id): RemovalCursor,
        many: u32,
    ) -> Result<Vec<(i64, i64)>, StoreError> {
        let others = if self.database.is_postgres() { " for update skip locked" } else { "" };
        let sql = format!("{DUE_ROOTS}{others}");
        let cells = cells![process.as_str(), before.as_millis(), ended_at, id, many];
        tx.all(sql, cells).await
    }

    /// Gives some free pages of the file back to the disk, where there are more than it keeps for
    /// itself; says whether there may be more to give, and how long others could not write. `None`
    /// where the database does so by itself, or the file was made without this.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn give_back_space(&self) -> Result<Option<(bool, Duration)>, StoreError> {
        if self.database.is_postgres() {
            return Ok(None);
        }
        let mut tx = self.database.begin().await?;
        let begun = Instant::now();
        let mode = pragma(&mut tx, "pragma auto_vacuum").await?;
        let free = pragma(&mut tx, "pragma freelist_count").await?;
        let pages = pragma(&mut tx, "pragma page_count").await?;
        let more_than_kept = free - FREE_PAGES_KEPT.max(pages / FREE_PART_KEPT);
        if mode != INCREMENTAL || more_than_kept <= 0 {
            tx.rollback().await?;
            return Ok(None);
        }
        let step = more_than_kept.min(i64::from(PAGES_PER_STEP));
        tx.execute(format!("pragma incremental_vacuum({step})"), cells![]).await?;
        tx.commit().await?;
        Ok(Some((more_than_kept > step, begun.elapsed())))
    }
}

/// How SQLite says that a file gives back free pages when it is asked.
const INCREMENTAL: i64 = 2;

/// Found by `instances_to_remove`, in its order.
const DUE_ROOTS: &str = "select id, ended_at from instances where process = $1 and ended_at < $2 \
     and ended_at is not null and caller_instance is null and (ended_at, id) > ($3, $4) \
     order by ended_at, id limit $5";

async fn pragma(tx: &mut Tx, text: &'static str) -> Result<i64, StoreError> {
    let row: Option<(i64,)> = tx.optional(text, cells![]).await?;
    Ok(row.map_or(0, |(n,)| n))
}

/// How a process stands in `retention`.
fn name(process: Option<&ProcessId>) -> &str {
    process.map_or("", ProcessId::as_str)
}

/// `(column) in (…)` for these ids, and the values.
fn among(ids: &[i64]) -> (String, Vec<Cell>) {
    any_of(ids.iter().map(|id| Cell::from(*id)))
}

/// Of these instances and those that they called, some that have ended and called no other one that
/// is still there.
async fn leaves(tx: &mut Tx, roots: Vec<i64>, many: u32) -> Result<Vec<i64>, StoreError> {
    let mut leaves = Vec::new();
    let mut level = roots;
    for _ in 0..DEPTH_MAX {
        let (marks, cells) = among(&level);
        let sql = format!(
            "select distinct caller_instance from instances where caller_instance in ({marks})"
        );
        let callers: Vec<(i64,)> = tx.all(sql, cells).await?;
        let callers: Vec<i64> = callers.into_iter().map(|(id,)| id).collect();
        leaves.extend(level.iter().copied().filter(|id| !callers.contains(id)));
        if callers.is_empty() || leaves.len() >= many as usize {
            break;
        }
        let (marks, mut cells) = among(&callers);
        cells.push(Cell::from(many));
        let sql = format!(
            "select id from instances where caller_instance in ({marks}) and status <> 0 \
             order by id limit ${}",
            cells.len()
        );
        let called: Vec<(i64,)> = tx.all(sql, cells).await?;
        if called.is_empty() {
            break;
        }
        level = called.into_iter().map(|(id,)| id).collect();
    }
    leaves.truncate(many as usize);
    Ok(leaves)
}

/// Without those that still ask something of others.
async fn without_work_left(tx: &mut Tx, ids: Vec<i64>) -> Result<Vec<i64>, StoreError> {
    if ids.is_empty() {
        return Ok(ids);
    }
    let (marks, cells) = among(&ids);
    let sql = format!("select distinct instance from outbox where instance in ({marks})");
    let asking: Vec<(i64,)> = tx.all(sql, cells).await?;
    Ok(ids.into_iter().filter(|id| !asking.contains(&(*id,))).collect())
}

/// A step of removal.
struct Removing {
    tx: Tx,
    /// Rows that are gone.
    rows: u64,
    /// Rows that may go yet.
    rows_left: i64,
}

/// Tables in which a finished instance has no rows, but for those that an earlier version left, and that
/// it stood still when it was ended.
const EMPTY_BY_THEN: [&str; 7] = [
    "task_candidates",
    "jobs",
    "incidents",
    "timers",
    "subscriptions",
    "elements",
    "suspended_instances",
];

impl Removing {
    /// Counts what is removed and keeps that it was there; of what was begun with before, that has
    /// been done.
    async fn note(
        &mut self,
        ids: &[i64],
        committer: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (marks, cells) = among(ids);
        let sql = format!(
            "select id, definition, status, ended_at from instances \
             where id in ({marks}) and status <> {REMOVED_IN_PART}"
        );
        let rows: Vec<(i64, i64, i64, i64)> = self.tx.all(sql, cells).await?;
        let mut counts: BTreeMap<(i64, CountKind), i64> = BTreeMap::new();
        for (id, definition, status, ended_at) in rows {
            let completed = status == 1;
            let kind =
                if completed { CountKind::RemovedCompleted } else { CountKind::RemovedTerminated };
            *counts.entry((definition, kind)).or_default() += 1;
            let sql = "insert into removed_instances (id, definition, ended_at, removed_at) \
                       values ($1, $2, $3, $4) on conflict (id) do nothing";
            self.tx.execute(sql, cells![id, definition, ended_at, now.as_millis()]).await?;
        }
        for ((definition, kind), n) in counts {
            let sql = "insert into counters (definition, day, kind, node, committer, n) \
                       values ($1, $2, $3, '', $4, $5) \
                       on conflict (definition, day, kind, node, committer) \
                       do update set n = counters.n + excluded.n";
            let cells = cells![definition, TOTAL_DAY, kind.number(), committer, n];
            self.tx.execute(sql, cells).await?;
        }
        Ok(())
    }

    /// Removes these instances, as far as the rows go; says whether they are gone.
    async fn remove(&mut self, ids: &[i64]) -> Result<bool, StoreError> {
        self.remove_tasks(ids).await?;
        for (table, key) in [
            ("rule_uses", "model, decision, rule, instance, element"),
            ("decision_uses", "model, decision, instance, element"),
            ("journal", "sequence"),
        ] {
            self.remove_some(table, key, ids).await?;
        }
        let (marks, cells) = among(ids);
        if self.rows_left <= 0 {
            let sql =
                format!("update instances set status = {REMOVED_IN_PART} where id in ({marks})");
            self.tx.execute(sql, cells).await?;
            return Ok(false);
        }
        for table in EMPTY_BY_THEN.into_iter().chain(["snapshots"]) {
            let sql = format!("delete from {table} where instance in ({marks})");
            self.rows += self.tx.execute(sql, cells.clone()).await?;
        }
        let sql = format!("delete from instances where id in ({marks})");
        self.rows += self.tx.execute(sql, cells).await?;
        Ok(true)
    }

    /// Removes tasks with the drafts of those that were withdrawn.
    async fn remove_tasks(&mut self, ids: &[i64]) -> Result<(), StoreError> {
        let (marks, mut cells) = among(ids);
        cells.push(Cell::from(self.rows_left));
        let sql = format!(
            "select instance, element from user_tasks where instance in ({marks}) and state = 2 \
             limit ${}",
            cells.len()
        );
        let withdrawn: Vec<(i64, i64)> = self.tx.all(sql, cells).await?;
        let mut subjects = Vec::with_capacity(withdrawn.len());
        for (instance, element) in withdrawn {
            let number: ElementInstanceId = convert::element("user_tasks", element)?;
            let instance = convert::instance("user_tasks", instance)?;
            subjects.push(Cell::from(format!("task {}", UserTaskKey { instance, number })));
        }
        for some in subjects.chunks(64) {
            let (marks, cells) = any_of(some.iter().cloned());
            let sql = format!("delete from drafts where subject in ({marks})");
            self.rows += self.tx.execute(sql, cells).await?;
        }
        self.remove_some("user_tasks", "instance, element", ids).await
    }

    /// Removes rows of a table, as many as may still go.
    async fn remove_some(&mut self, table: &str, key: &str, ids: &[i64]) -> Result<(), StoreError> {
        if self.rows_left <= 0 {
            return Ok(());
        }
        let (marks, mut cells) = among(ids);
        cells.push(Cell::from(self.rows_left));
        let sql = format!(
            "delete from {table} where ({key}) in \
             (select {key} from {table} where instance in ({marks}) limit ${})",
            cells.len()
        );
        let gone = self.tx.execute(sql, cells).await?;
        self.rows += gone;
        self.rows_left -= i64::try_from(gone).unwrap_or(i64::MAX);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreSettings;

    #[tokio::test]
    async fn what_is_due_and_all_that_goes_with_it_is_found_by_index() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("spartito.db").display());
        let store = Store::open(&StoreSettings { url }).await.expect("a store");
        let few = cells!["loan", 1_i64, 0_i64, 0_i64, 64_i64];
        let mut asked = vec![(DUE_ROOTS.to_owned(), few)];
        let deleted = ["journal", "user_tasks", "decision_uses", "rule_uses", "snapshots"];
        for table in deleted.into_iter().chain(EMPTY_BY_THEN) {
            asked.push((format!("delete from {table} where instance in ($1)"), cells![1_i64]));
        }
        asked.push(("delete from instances where id in ($1)".to_owned(), cells![1_i64]));
        for (sql, cells) in asked {
            let plan: Vec<(i64, i64, i64, String)> = store
                .database
                .all(format!("explain query plan {sql}"), cells)
                .await
                .expect("a plan");
            for (.., step) in &plan {
                assert!(!step.starts_with("SCAN"), "{sql}: {step}");
                assert!(!step.contains("TEMP B-TREE"), "{sql}: {step}");
            }
            let by_index = plan.iter().any(|(.., step)| step.contains("instances_to_remove"));
            assert!(by_index || sql != DUE_ROOTS, "{plan:?}");
        }
        store.close().await;
    }
}
