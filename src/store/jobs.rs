//! Jobs that can be run: taken under a lease, so that one process runs each.
//!
//! `due_at` says when a job can be taken; a lease moves it to its own end. So a job whose process
//! died comes back by itself, and a job that is done is no longer there.

use spartito_core::ids::JobKey;
use spartito_core::time::Timestamp;

use super::database::cells;
use super::{Store, StoreError, convert};

/// A job that was taken.
#[derive(Debug, Clone)]
pub struct DueJob {
    /// The job.
    pub key: JobKey,
    /// What kind of worker it needs.
    pub job_type: String,
}

#[derive(sqlx::FromRow)]
struct JobRow {
    instance: i64,
    element: i64,
    job_type: String,
}

/// The due jobs, oldest first. PostgreSQL passes over what another process takes at this moment.
const LEASE_SQLITE: &str = "update jobs set due_at = $1, leased_by = $2 \
     where (instance, element) in (select instance, element from jobs where due_at <= $3 \
     order by due_at limit $4) returning instance, element, job_type";
const LEASE_POSTGRES: &str = "update jobs set due_at = $1, leased_by = $2 \
     where (instance, element) in (select instance, element from jobs where due_at <= $3 \
     order by due_at limit $4 for update skip locked) returning instance, element, job_type";

impl Store {
    /// Takes up to `limit` jobs that are due at `now`, until `until`.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn lease_jobs(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueJob>, StoreError> {
        let sql = if self.database.is_postgres() { LEASE_POSTGRES } else { LEASE_SQLITE };
        let cells = cells![until.as_millis(), self.committer(), now.as_millis(), limit];
        let mut tx = self.database.begin().await?;
        let rows: Vec<JobRow> = tx.all(sql, cells).await?;
        if rows.is_empty() {
            tx.rollback().await?;
            return Ok(Vec::new());
        }
        tx.commit().await?;
        rows.into_iter()
            .map(|row| {
                let instance = convert::instance("jobs", row.instance)?;
                let number = convert::element("jobs", row.element)?;
                Ok(DueJob { key: JobKey { instance, number }, job_type: row.job_type })
            })
            .collect()
    }

    /// When the next job can be taken; `None` where there is none.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn next_job_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let row: Option<(Option<i64>,)> = self
            .database
            .optional("select min(due_at) from jobs where due_at is not null", cells![])
            .await?;
        convert::timestamp_option("jobs", "due_at", row.and_then(|(due_at,)| due_at))
    }

    /// Ends the leases of a process that is no more, so that its jobs run at once. On SQLite every
    /// lease found at start is one; on PostgreSQL those under this process's own number are.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn end_dead_leases(&self, now: Timestamp) -> Result<u64, StoreError> {
        let sql = "update jobs set due_at = $1, leased_by = null \
                   where leased_by = $2 and due_at is not null";
        self.database.execute(sql, cells![now.as_millis(), self.committer()]).await
    }

    /// Open instances whose last turn waits to be continued.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn interrupted_instances(
        &self,
    ) -> Result<Vec<spartito_core::ids::InstanceId>, StoreError> {
        let sql = "select id from instances where interrupted = 1 order by id";
        let rows: Vec<(i64,)> = self.database.all(sql, cells![]).await?;
        rows.into_iter().map(|(id,)| convert::instance("instances", id)).collect()
    }
}
