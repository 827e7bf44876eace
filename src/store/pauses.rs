//! That all instances of a process stand still, or go on again: what was asked last for each process,
//! and how far it is.
//!
//! Never does anything to an instance: whoever carries it out does, and writes here how far it came.

use spartito_core::ids::{InstanceId, PersonId, ProcessId};
use spartito_core::time::Timestamp;

use super::database::cells;
use super::{Store, StoreError, convert};

/// What was asked last for a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseRow {
    /// The process.
    pub process: ProcessId,
    /// Number of the request: instances with a greater number began later, and are not meant.
    pub number: u64,
    /// Whether they go on again; else they stand still.
    pub resumes: bool,
    /// Why, for people; may be empty.
    pub reason: String,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Who asked.
    pub asked_by: PersonId,
    /// The last instance that was looked at.
    pub after: InstanceId,
    /// Instances that were changed so far.
    pub changed: u64,
    /// When all were looked at; `None` while there is more to do.
    pub ended_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    process: String,
    number: i64,
    resumes: i64,
    reason: String,
    asked_at: i64,
    asked_by: String,
    after_instance: i64,
    changed: i64,
    ended_at: Option<i64>,
}

const PAUSES: &str = "select process, number, resumes, reason, asked_at, asked_by, after_instance, \
     changed, ended_at from process_pauses";

impl Row {
    fn row(self) -> Result<PauseRow, StoreError> {
        const T: &str = "process_pauses";
        Ok(PauseRow {
            process: ProcessId::new(self.process),
            number: convert::identity(T, "number", self.number)?,
            resumes: self.resumes != 0,
            reason: self.reason,
            asked_at: convert::timestamp(T, "asked_at", self.asked_at)?,
            asked_by: PersonId::new(self.asked_by),
            after: InstanceId::new(convert::count(T, "after_instance", self.after_instance)?),
            changed: convert::count(T, "changed", self.changed)?,
            ended_at: convert::timestamp_option(T, "ended_at", self.ended_at)?,
        })
    }
}

impl Store {
    /// Keeps what is asked for, in the place of what was asked before for the same process.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn ask_pause(&self, row: &PauseRow) -> Result<(), StoreError> {
        let sql = "insert into process_pauses (process, number, resumes, reason, asked_at, asked_by, \
                   after_instance, changed, runner_until) values ($1, $2, $3, $4, $5, $6, 0, 0, 0) \
                   on conflict (process) do update set number = excluded.number, \
                   resumes = excluded.resumes, reason = excluded.reason, \
                   asked_at = excluded.asked_at, asked_by = excluded.asked_by, after_instance = 0, \
                   changed = 0, ended_at = null, runner = null, runner_until = 0";
        let cells = cells![
            row.process.as_str(),
            convert::number(row.number),
            i64::from(row.resumes),
            row.reason.as_str(),
            row.asked_at.as_millis(),
            row.asked_by.as_str(),
        ];
        self.database.execute(sql, cells).await.map(drop)
    }

    /// What was asked last for a process; `None` where nothing ever was.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or the row cannot be read.
    pub async fn pause_of(&self, process: &ProcessId) -> Result<Option<PauseRow>, StoreError> {
        let sql = format!("{PAUSES} where process = $1");
        let row: Option<Row> = self.database.optional(sql, cells![process.as_str()]).await?;
        row.map(Row::row).transpose()
    }

    /// Takes what was asked first and has not ended, and that no other server goes on with; others
    /// leave it alone before `until`.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or the row cannot be read.
    pub async fn take_pause(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<PauseRow>, StoreError> {
        let sql = format!(
            "{PAUSES} where ended_at is null \
             and (runner is null or runner = $1 or runner_until < $2) order by number limit 1"
        );
        let cells = cells![self.committer(), now.as_millis()];
        let Some(row) = self.database.optional::<Row>(sql, cells).await? else { return Ok(None) };
        let sql = "update process_pauses set runner = $3, runner_until = $5 \
                   where process = $1 and number = $2 and ended_at is null \
                   and (runner is null or runner = $3 or runner_until < $4)";
        let (now, until) = (now.as_millis(), until.as_millis());
        let cells = cells![row.process.as_str(), row.number, self.committer(), now, until];
        let is_ours = self.database.execute(sql, cells).await? == 1;
        if is_ours { row.row().map(Some) } else { Ok(None) }
    }

    /// The next open instances that are meant, in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn pause_next(
        &self,
        pause: &PauseRow,
        limit: u32,
    ) -> Result<Vec<InstanceId>, StoreError> {
        let sql = "select id from instances where process = $1 and status = 0 and id > $2 \
                   and id < $3 order by id limit $4";
        let after = convert::number(pause.after.number());
        let cells = cells![pause.process.as_str(), after, convert::number(pause.number), limit];
        let rows: Vec<(i64,)> = self.database.all(sql, cells).await?;
        rows.into_iter().map(|(id,)| convert::instance("instances", id)).collect()
    }

    /// Notes how far it is; says whether it is still what was asked last.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn note_pause(&self, pause: &PauseRow) -> Result<bool, StoreError> {
        let sql = "update process_pauses set after_instance = $3, changed = $4, ended_at = $5 \
                   where process = $1 and number = $2 and runner = $6";
        let cells = cells![
            pause.process.as_str(),
            convert::number(pause.number),
            convert::number(pause.after.number()),
            convert::number(pause.changed),
            pause.ended_at.map(Timestamp::as_millis),
            self.committer(),
        ];
        Ok(self.database.execute(sql, cells).await? == 1)
    }
}
