//! Jobs that workers outside take: under a numbered lease, by which their answers are known.
//!
//! A lease outside names its worker and leaves `leased_by` empty, because no server stands for it: it
//! ends by its time alone. Never decides whether a job may be handed out.

use spartito_core::ids::{InstanceId, JobKey};
use spartito_core::time::Timestamp;

use super::batch::BatchTx;
use super::database::{Cell, cells};
use super::jobs::{LeasedRow, leased_of};
use super::{Leased, NotLeased, Store, StoreError, Unused, convert};

/// Jobs that one worker wants.
#[derive(Debug, Clone)]
pub struct WantedJobs {
    /// Their type.
    pub job_type: String,
    /// Who wants them.
    pub worker: String,
    /// When the leases end.
    pub until: Timestamp,
    /// How many, at most.
    pub limit: u32,
    /// Jobs of this type that all workers together may have, if that is bounded.
    pub together_max: Option<u32>,
    /// The priorities to look at, highest first.
    pub priorities: Vec<i32>,
}

/// What is known of the lease of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobLease {
    /// The type of the job.
    pub job_type: String,
    /// The number of the last lease; 0 where nobody had it.
    pub lease: u32,
    /// Who has it outside.
    pub worker: Option<String>,
    /// When it can be taken by somebody else; `None` while an incident or a suspension stops it.
    pub due_at: Option<Timestamp>,
}

/// Who does a job of an instance, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobHolder {
    /// The job.
    pub key: JobKey,
    /// Its type.
    pub job_type: String,
    /// Who has it outside.
    pub worker: Option<String>,
    /// When it can be taken, or until when somebody has it.
    pub due_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct HolderRow {
    instance: i64,
    element: i64,
    job_type: String,
    lease: i64,
    worker: Option<String>,
    due_at: Option<i64>,
}

const LEASE_SQLITE: &str = "update jobs set due_at = $1, leased_by = null, worker = $2, \
     lease = lease + 1 \
     where (instance, element) in (select instance, element from jobs where job_type = $5 \
     and priority = $6 and due_at <= $3 order by due_at limit $4) \
     returning instance, element, lease";
const LEASE_POSTGRES: &str = "update jobs set due_at = $1, leased_by = null, worker = $2, \
     lease = lease + 1 \
     where (instance, element) in (select instance, element from jobs where job_type = $5 \
     and priority = $6 and due_at <= $3 order by due_at limit $4 for update skip locked) \
     returning instance, element, lease";

impl Store {
    /// Takes the jobs that are due at `now` for workers, in the order of `wanted` and in one
    /// transaction; gives for each what it got.
    ///
    /// # Errors
    /// [`NotLeased`] where the database does not answer.
    pub async fn lease_for_workers(
        &self,
        now: Timestamp,
        wanted: &[WantedJobs],
    ) -> Result<Vec<Vec<Leased>>, NotLeased> {
        let sql = if self.database.is_postgres() { LEASE_POSTGRES } else { LEASE_SQLITE };
        let mut tx = self.database.begin().await?;
        let mut all = Vec::with_capacity(wanted.len());
        for want in wanted {
            let mut limit = want.limit;
            if let Some(max) = want.together_max {
                let had = "select count(*) from (select 1 from jobs where job_type = $1 \
                           and worker is not null and due_at > $2 limit $3) as had";
                let cells = cells![want.job_type.as_str(), now.as_millis(), max];
                let had: Option<(i64,)> = tx.optional(had, cells).await?;
                let had = convert::count::<u32>("jobs", "worker", had.map_or(0, |(n,)| n))?;
                limit = limit.min(max.saturating_sub(had));
            }
            let mut leased: Vec<Leased> = Vec::new();
            for priority in &want.priorities {
                let left = limit.saturating_sub(u32::try_from(leased.len()).unwrap_or(u32::MAX));
                if left == 0 {
                    break;
                }
                let who = cells![want.until.as_millis(), want.worker.as_str(), now.as_millis()];
                let which = cells![left, want.job_type.as_str(), i64::from(*priority)];
                let rows: Vec<LeasedRow> = tx.all(sql, [who, which].concat()).await?;
                let mut found = rows.into_iter().map(leased_of).collect::<Result<Vec<_>, _>>()?;
                found.sort_unstable();
                leased.append(&mut found);
            }
            all.push(leased);
        }
        if all.iter().all(Vec::is_empty) {
            tx.rollback().await?;
        } else if let Err(error) = tx.commit().await {
            let taken = wanted.iter().zip(all);
            let unused = taken.flat_map(|(want, leased)| Unused::until(want.until, leased));
            return Err(NotLeased::by(error, unused.collect()));
        }
        Ok(all)
    }

    /// Lets a lease end at `until`; `false` where the worker has the job no longer.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn extend_job(&self, leased: Leased, until: Timestamp) -> Result<bool, StoreError> {
        let sql = "update jobs set due_at = $1 where instance = $2 and element = $3 \
                   and lease = $4 and worker is not null and due_at is not null";
        let instance = convert::number(leased.key.instance.number());
        let cells = cells![until.as_millis(), instance, leased.key.number.0, leased.lease];
        Ok(self.database.execute(sql, cells).await? > 0)
    }

    /// The lease of a job; `None` where there is no such job.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn job_lease(&self, key: JobKey) -> Result<Option<JobLease>, StoreError> {
        let sql = "select instance, element, job_type, lease, worker, due_at from jobs \
                   where instance = $1 and element = $2";
        let cells = cells![convert::number(key.instance.number()), key.number.0];
        let row: Option<HolderRow> = self.database.optional(sql, cells).await?;
        row.map(|row| {
            Ok(JobLease {
                lease: convert::count("jobs", "lease", row.lease)?,
                due_at: convert::timestamp_option("jobs", "due_at", row.due_at)?,
                job_type: row.job_type,
                worker: row.worker,
            })
        })
        .transpose()
    }

    /// Who does the open jobs of an instance, up to `limit` of them.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn job_holders(
        &self,
        instance: InstanceId,
        limit: u32,
    ) -> Result<Vec<JobHolder>, StoreError> {
        let sql = "select instance, element, job_type, lease, worker, due_at from jobs \
                   where instance = $1 order by element limit $2";
        let cells = cells![convert::number(instance.number()), limit];
        let rows: Vec<HolderRow> = self.database.all(sql, cells).await?;
        rows.into_iter()
            .map(|row| {
                Ok(JobHolder {
                    key: convert::job("jobs", row.instance, row.element)?,
                    due_at: convert::timestamp_option("jobs", "due_at", row.due_at)?,
                    job_type: row.job_type,
                    worker: row.worker,
                })
            })
            .collect()
    }
}

impl BatchTx {
    /// The leases of these jobs, and nobody else takes them until the end of the transaction where
    /// several servers could.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn leases(&mut self, jobs: &[JobKey]) -> Result<Vec<Leased>, StoreError> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let marks: Vec<String> =
            (0..jobs.len()).map(|n| format!("(${}, ${})", 2 * n + 1, 2 * n + 2)).collect();
        let cells: Vec<Cell> = jobs
            .iter()
            .flat_map(|key| cells![convert::number(key.instance.number()), key.number.0])
            .collect();
        let lock = if self.has_locks() { " order by instance, element for update" } else { "" };
        let sql = format!(
            "select instance, element, lease from jobs where (instance, element) in \
             (values {}){lock}",
            marks.join(", ")
        );
        let rows: Vec<LeasedRow> = self.read(sql, cells).await?;
        rows.into_iter().map(leased_of).collect()
    }
}
