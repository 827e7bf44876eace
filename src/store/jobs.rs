//! Jobs that can be run: taken under a lease, so that one process runs each.
//!
//! `due_at` says when a job can be taken; a lease moves it to its own end. So a job whose process
//! died comes back by itself, and a job that is done is no longer there.

use spartito_core::ids::JobKey;
use spartito_core::time::Timestamp;

use super::database::{Cell, Tx, cells};
use super::{Store, StoreError, convert};

#[derive(sqlx::FromRow)]
struct JobRow {
    instance: i64,
    element: i64,
}

#[derive(sqlx::FromRow)]
pub(super) struct LeasedRow {
    instance: i64,
    element: i64,
    lease: i64,
}

/// A job that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leased {
    /// The job.
    pub key: JobKey,
    /// The number of its lease.
    pub lease: u32,
}

/// Who takes jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobTaker {
    /// This server, whose connectors do them.
    Server,
    /// A worker outside, by its name.
    Worker(String),
}

/// Jobs of one type that somebody wants.
#[derive(Debug, Clone)]
pub struct WantedJobs {
    /// Their type.
    pub job_type: String,
    /// Who wants them.
    pub by: JobTaker,
    /// When the leases end.
    pub until: Timestamp,
    /// How many, at most.
    pub limit: u32,
    /// Jobs of this type that all workers together may have, if that is bounded.
    pub together_max: Option<u32>,
    /// The priorities to look at, highest first.
    pub priorities: Vec<i32>,
}

/// A job that was taken, with its priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenJob {
    /// The job and the number of its lease.
    pub leased: Leased,
    /// Its priority.
    pub priority: i32,
}

/// A lease of which nobody makes use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unused {
    /// The job.
    pub key: JobKey,
    /// The number of the lease; `None` for one that a batch of this server has written, of which only
    /// the end is known.
    pub lease: Option<u32>,
    /// When the lease ends.
    pub until: Timestamp,
}

impl Unused {
    /// A lease that ends at `until`.
    pub const fn of(leased: Leased, until: Timestamp) -> Self {
        Self { key: leased.key, lease: Some(leased.lease), until }
    }

    /// Leases that end at the same time.
    pub fn until(
        until: Timestamp,
        leased: impl IntoIterator<Item = Leased>,
    ) -> impl Iterator<Item = Self> {
        leased.into_iter().map(move |leased| Self::of(leased, until))
    }
}

/// Why jobs were not taken.
#[derive(Debug, Clone)]
pub struct NotLeased {
    /// What the database said.
    pub error: StoreError,
    /// Those that were taken all the same, perhaps: to be given back.
    pub unused: Vec<Unused>,
}

impl NotLeased {
    /// After a commit that failed by `error`.
    pub(super) fn by(error: StoreError, unused: Vec<Unused>) -> Self {
        let is_sure = matches!(error, StoreError::Clash(_) | StoreError::Fenced);
        Self { error, unused: if is_sure { Vec::new() } else { unused } }
    }
}

impl From<StoreError> for NotLeased {
    fn from(error: StoreError) -> Self {
        Self { error, unused: Vec::new() }
    }
}

/// Jobs of one type and one priority that can be taken at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueJobs {
    /// Their type.
    pub job_type: String,
    /// Their priority.
    pub priority: i32,
    /// When the first of them can be taken.
    pub due: Timestamp,
}

/// Priorities of one type that are looked at together, the highest first: more than a model or a
/// worker can give, so that none hides another for long.
const LEVELS_PER_TYPE_MAX: u32 = 2_048;

/// The due jobs of a type and a priority, oldest first. PostgreSQL passes over what another process
/// takes at this moment.
const LEASE_SQLITE: &str = "update jobs set due_at = $1, leased_by = $2, worker = $3, lease = lease + 1 \
     where (instance, element) in (select instance, element from jobs where job_type = $6 \
     and priority = $7 and due_at <= $4 order by due_at limit $5) returning instance, element, lease";
const LEASE_POSTGRES: &str = "update jobs set due_at = $1, leased_by = $2, worker = $3, \
     lease = lease + 1 \
     where (instance, element) in (select instance, element from jobs where job_type = $6 \
     and priority = $7 and due_at <= $4 order by due_at limit $5 for update skip locked) \
     returning instance, element, lease";

/// The lease of a job that ends at `$3`, by its number.
macro_rules! numbered {
    () => {
        "instance = $1 and element = $2 and due_at = $3 and lease = $4 \
         and (leased_by is not null or worker is not null)"
    };
}

/// The same of one that the server in seat `$4` has.
macro_rules! own {
    () => {
        "instance = $1 and element = $2 and due_at = $3 and leased_by = $4"
    };
}

/// Ends such a lease at `$5`.
macro_rules! give_back {
    ($lease:ident) => {
        concat!("update jobs set due_at = $5, leased_by = null, worker = null where ", $lease!())
    };
}

/// Of any type that there is: so that what lies in the future is looked at type by type in the index,
/// and jobs that can be taken cost nothing.
macro_rules! of_any_type {
    () => {
        "job_type in (with recursive types (t) as (\
         select min(job_type) from jobs where due_at is not null \
         union all select (select min(j.job_type) from jobs j \
         where j.due_at is not null and j.job_type > types.t) from types where types.t is not null) \
         select t from types where t is not null)"
    };
}

/// The leases of the server in seat `$2` that end after `$1`, and not after `$3`. Those that are over
/// need no end.
macro_rules! live_leases {
    () => {
        concat!("leased_by = $2 and due_at > $1 and due_at <= $3 and ", of_any_type!())
    };
}

/// Makes jobs due at `$1` that are so after `$2` though nobody has them and no attempt of theirs has
/// failed, so that they wait for nothing; `$3` of them at most.
macro_rules! bring_near {
    ($lock:literal) => {
        concat!(
            "update jobs set due_at = $1 where (instance, element) in (\
             select instance, element from jobs where leased_by is null and worker is null \
             and retries = retries_granted and due_at > $2 and ",
            of_any_type!(),
            " order by instance, element limit $3",
            $lock,
            ")"
        )
    };
}

/// Jobs that are brought near in one transaction.
const BROUGHT_NEAR_AT_ONCE_MAX: i64 = 1_000;

/// Ends them at `$1`.
pub(super) const END_LEASES: &str =
    concat!("update jobs set due_at = $1, leased_by = null where ", live_leases!());

/// No lease lasts as long, in milliseconds; one that ends later is of a clock that was set back since.
const LEASE_MS_MAX: i64 = 600_000;

impl Store {
    /// Takes the jobs that are due at `now` for all who want some, in the order of `wanted` and in one
    /// transaction; gives for each what it got, in the order of its priorities.
    ///
    /// # Errors
    /// [`NotLeased`] where the database does not answer.
    pub async fn lease_jobs(
        &self,
        now: Timestamp,
        wanted: &[WantedJobs],
    ) -> Result<Vec<Vec<TakenJob>>, NotLeased> {
        let mut tx = self.database.begin().await?;
        let mut all = Vec::with_capacity(wanted.len());
        for want in wanted {
            all.push(self.lease_wanted(&mut tx, now, want).await?);
        }
        if all.iter().all(Vec::is_empty) {
            tx.rollback().await?;
        } else if let Err(error) = tx.commit().await {
            let unused = wanted.iter().zip(all).flat_map(|(want, taken)| {
                Unused::until(want.until, taken.into_iter().map(|job| job.leased))
            });
            return Err(NotLeased::by(error, unused.collect()));
        }
        Ok(all)
    }

    async fn lease_wanted(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        want: &WantedJobs,
    ) -> Result<Vec<TakenJob>, StoreError> {
        let sql = if self.database.is_postgres() { LEASE_POSTGRES } else { LEASE_SQLITE };
        let (server, worker) = match &want.by {
            JobTaker::Server => (Some(self.committer()), None),
            JobTaker::Worker(name) => (None, Some(name.as_str())),
        };
        let mut left = want.limit;
        if let Some(max) = want.together_max {
            let had = "select count(*) from (select 1 from jobs where job_type = $1 \
                       and worker is not null and due_at > $2 limit $3) as had";
            let cells = cells![want.job_type.as_str(), now.as_millis(), max];
            let had: Option<(i64,)> = tx.optional(had, cells).await?;
            let had = convert::count::<u32>("jobs", "worker", had.map_or(0, |(n,)| n))?;
            left = left.min(max.saturating_sub(had));
        }
        let mut taken = Vec::new();
        for priority in want.priorities.iter().copied() {
            if left == 0 {
                break;
            }
            let lease = cells![want.until.as_millis(), server, worker, now.as_millis()];
            let which = cells![left, want.job_type.as_str(), i64::from(priority)];
            let rows: Vec<LeasedRow> = tx.all(sql, [lease, which].concat()).await?;
            let mut found = rows.into_iter().map(leased_of).collect::<Result<Vec<_>, _>>()?;
            found.sort_unstable();
            left = left.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
            taken.extend(found.into_iter().map(|leased| TakenJob { leased, priority }));
        }
        Ok(taken)
    }

    /// Lets jobs be taken at `now` of whose leases nobody makes use, and empties `unused`. What was
    /// taken by others, had for longer or answered since stays as it is.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer; they are kept for another attempt.
    pub async fn give_jobs_back(
        &self,
        unused: &mut Vec<Unused>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if unused.is_empty() {
            return Ok(());
        }
        // In the order in which batches lock them.
        unused.sort_unstable_by_key(|unused| (unused.key, unused.lease));
        let mut tx = self.database.begin().await?;
        for lease in unused.iter() {
            let sql = match lease.lease {
                Some(_) => give_back!(numbered),
                None => give_back!(own),
            };
            let mut cells = self.cells_of(lease);
            cells.push(Cell::from(now.as_millis()));
            tx.execute(sql, cells).await?;
        }
        tx.commit().await?;
        unused.clear();
        Ok(())
    }

    /// Whether a lease is still as it was written: nobody has taken the job since, and it is to be done.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn has_lease(&self, lease: &Unused) -> Result<bool, StoreError> {
        let sql = match lease.lease {
            Some(_) => concat!("select instance from jobs where ", numbered!()),
            None => concat!("select instance from jobs where ", own!()),
        };
        let found: Option<(i64,)> = self.database.optional(sql, self.cells_of(lease)).await?;
        Ok(found.is_some())
    }

    /// What a lease is known by.
    fn cells_of(&self, Unused { key, lease, until }: &Unused) -> Vec<Cell> {
        let instance = convert::number(key.instance.number());
        let holder = lease.map_or(self.committer(), i64::from);
        cells![instance, key.number.0, until.as_millis(), holder]
    }

    /// When the next jobs of these types can be taken, by type and priority, the highest priority of
    /// each type first, up to a bound for each type. The index is asked for one pair after the other,
    /// so that the cost follows their number and not that of the jobs.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn jobs_due(&self, types: &[&str]) -> Result<Vec<DueJobs>, StoreError> {
        let Some(last) = types.last() else { return Ok(Vec::new()) };
        // Few different texts have to be prepared: some types are asked for twice.
        let asked = types.len().next_power_of_two();
        let padded = types.iter().chain(std::iter::repeat(last)).take(asked);
        let mut cells: Vec<Cell> = padded.map(|job_type| Cell::from(*job_type)).collect();
        cells.push(Cell::from(LEVELS_PER_TYPE_MAX));
        let marks: Vec<String> = (1..=asked).map(|n| format!("(${n})")).collect();
        let sql = format!(
            "with recursive given (t) as (values {}), \
             levels (t, p, n) as (select t, (select max(j.priority) from jobs j \
             where j.job_type = given.t and j.due_at is not null), 1 \
             from (select distinct t from given) as given union all \
             select levels.t, (select max(j.priority) from jobs j where j.job_type = levels.t \
             and j.due_at is not null and j.priority < levels.p), levels.n + 1 \
             from levels where levels.p is not null and levels.n < ${}) \
             select t, p, (select min(j.due_at) from jobs j where j.job_type = levels.t \
             and j.priority = levels.p and j.due_at is not null) \
             from levels where p is not null order by t, p desc",
            marks.join(", "),
            asked + 1
        );
        let rows: Vec<(String, i64, Option<i64>)> = self.database.all(sql, cells).await?;
        rows.into_iter()
            .filter_map(|(job_type, priority, due)| Some((job_type, priority, due?)))
            .map(|(job_type, priority, due)| {
                let priority = convert::priority("jobs", priority)?;
                Ok(DueJobs { job_type, priority, due: convert::timestamp("jobs", "due_at", due)? })
            })
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

    /// Lets jobs be taken at `now` that lie more than `far_ms` milliseconds ahead though they wait for
    /// nothing: they are of a clock that was set back since. Many at once, so that each transaction is
    /// short; says how many there were.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn bring_jobs_near(&self, now: Timestamp, far_ms: i64) -> Result<u64, StoreError> {
        let sql = if self.database.is_postgres() {
            bring_near!(" for update skip locked")
        } else {
            bring_near!("")
        };
        let far = now.plus_millis_saturating(far_ms).as_millis();
        let mut brought = 0;
        loop {
            let cells = cells![now.as_millis(), far, BROUGHT_NEAR_AT_ONCE_MAX];
            match self.database.execute(sql, cells).await? {
                0 => return Ok(brought),
                more => brought += more,
            }
        }
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

pub(super) fn leased_of(row: LeasedRow) -> Result<Leased, StoreError> {
    let key = convert::job("jobs", row.instance, row.element)?;
    Ok(Leased { key, lease: convert::count("jobs", "lease", row.lease)? })
}
