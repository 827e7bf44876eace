//! Jobs that workers outside have: under a numbered lease, by which their answers are known.
//!
//! A lease outside names its worker and leaves `leased_by` empty, because no server stands for it: it
//! ends by its time alone. Never takes jobs (`jobs` does), never decides whether one may be handed out.

use spartito_core::ids::{InstanceId, JobKey};
use spartito_core::time::Timestamp;

use super::batch::BatchTx;
use super::database::{Cell, cells};
use super::jobs::{LeasedRow, leased_of};
use super::{Leased, Store, StoreError, convert};

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

impl Store {
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
