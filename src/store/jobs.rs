//! Jobs that can be run: taken under a lease, so that one process runs each.
//!
//! `due_at` says when a job can be taken; a lease moves it to its own end. So a job whose process
//! died comes back by itself, and a job that is done is no longer there.

use spartito_core::ids::JobKey;
use spartito_core::time::Timestamp;

use super::database::cells;
use super::{Store, StoreError, convert};

#[derive(sqlx::FromRow)]
struct JobRow {
    instance: i64,
    element: i64,
}

/// Types of jobs that are looked at together.
const TYPES_MAX: u32 = 256;

/// The due jobs, oldest first. PostgreSQL passes over what another process takes at this moment.
const LEASE_SQLITE: &str = "update jobs set due_at = $1, leased_by = $2 \
     where (instance, element) in (select instance, element from jobs where job_type = $5 and due_at <= $3 \
     order by due_at limit $4) returning instance, element";
const LEASE_POSTGRES: &str = "update jobs set due_at = $1, leased_by = $2 \
     where (instance, element) in (select instance, element from jobs where job_type = $5 and due_at <= $3 \
     order by due_at limit $4 for update skip locked) returning instance, element";

/// The leases of the server in seat `$2` that end after `$1`, and not after `$3`. Those that are over
/// need no end: only what lies in the future is looked at, type by type in the index, so that jobs that
/// wait cost nothing.
macro_rules! live_leases {
    () => {
        "leased_by = $2 and due_at > $1 and due_at <= $3 and job_type in (\
         with recursive types (t) as (\
         select min(job_type) from jobs where due_at is not null \
         union all select (select min(j.job_type) from jobs j \
         where j.due_at is not null and j.job_type > types.t) from types where types.t is not null) \
         select t from types where t is not null)"
    };
}

/// Ends them at `$1`.
pub(super) const END_LEASES: &str =
    concat!("update jobs set due_at = $1, leased_by = null where ", live_leases!());

/// No lease lasts as long, in milliseconds; one that ends later is of a clock that was set back since.
const LEASE_MS_MAX: i64 = 600_000;

impl Store {
    /// Takes up to `limit` jobs of a type that are due at `now`, until `until`.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn lease_jobs(
        &self,
        job_type: &str,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<JobKey>, StoreError> {
        let sql = if self.database.is_postgres() { LEASE_POSTGRES } else { LEASE_SQLITE };
        let cells = cells![until.as_millis(), self.committer(), now.as_millis(), limit, job_type];
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
                Ok(JobKey { instance, number })
            })
            .collect()
    }

    /// The types of jobs, each with the moment when its next job can be taken. The index is asked for
    /// one type after the other, so that the cost follows the types and not the jobs.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn jobs_due_by_type(&self) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let sql = "with recursive types (t) as (\
                   select min(job_type) from jobs where due_at is not null \
                   union all select (select min(j.job_type) from jobs j \
                   where j.due_at is not null and j.job_type > types.t) \
                   from types where types.t is not null) \
                   select t, (select min(j.due_at) from jobs j \
                   where j.job_type = t and j.due_at is not null) \
                   from types where t is not null limit $1";
        let rows: Vec<(String, i64)> = self.database.all(sql, cells![TYPES_MAX]).await?;
        rows.into_iter()
            .map(|(job_type, due)| Ok((job_type, convert::timestamp("jobs", "due_at", due)?)))
            .collect()
    }

    /// Ends the leases of a process that is no more, so that its jobs run at once. On SQLite every
    /// lease found at start is one; on PostgreSQL those under this process's own number are. What
    /// [`Store::end_far_leases`] ends is left to that: many jobs may wait for long.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn end_dead_leases(&self, now: Timestamp) -> Result<u64, StoreError> {
        let cells = cells![
            now.as_millis(),
            self.committer(),
            now.plus_millis_saturating(LEASE_MS_MAX).as_millis()
        ];
        self.database.execute(END_LEASES, cells).await
    }

    /// Ends the leases that a process has left that is no more, and whose clock was ahead: `started`
    /// is when this process has started, not longer ago than a lease lasts. Looks without holding up
    /// anybody; says how many it has ended.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn end_far_leases(&self, started: Timestamp) -> Result<u64, StoreError> {
        let sql = concat!("select instance, element from jobs where ", live_leases!());
        let far = started.plus_millis_saturating(LEASE_MS_MAX);
        let cells = cells![far.as_millis(), self.committer(), i64::MAX];
        let rows: Vec<JobRow> = self.database.all(sql, cells).await?;
        let mut ended = 0;
        for row in rows {
            let sql = "update jobs set due_at = $1, leased_by = null \
                       where instance = $2 and element = $3 and leased_by = $4";
            let cells = cells![started.as_millis(), row.instance, row.element, self.committer()];
            ended += self.database.execute(sql, cells).await?;
        }
        Ok(ended)
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
