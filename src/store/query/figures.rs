//! What those who watch the server want to know of the database, however much is in it: sums come
//! from counters, and of an index no more than the first entries are counted.

use std::collections::BTreeMap;

use spartito_core::time::Timestamp;

use crate::store::database::cells;
use crate::store::projection::{CountKind, TOTAL_DAY};
use crate::store::{Store, StoreError, convert};

/// Types of jobs that are told apart: the first ones by name. The others are told together.
pub const JOB_TYPES_MAX: u32 = 32;
/// Entries of an index that are counted: a figure of this size means *at least*.
pub const ROWS_COUNTED_MAX: u32 = 2_000;

/// Figures of the whole database at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Open instances, exactly.
    pub instances_open: u64,
    /// Open incidents, exactly.
    pub incidents_open: u64,
    /// Jobs by type, in order of the types; of all types past [`JOB_TYPES_MAX`] last.
    pub jobs: Vec<JobFigures>,
    /// Timers that are due, start timers among them; at most [`ROWS_COUNTED_MAX`] of each kind.
    pub timers_due: u64,
    /// For how long the one that waits longest has been due; `None` where none is.
    pub timer_late_ms: Option<i64>,
}

/// Jobs of one type that are not done yet; each number is at most [`ROWS_COUNTED_MAX`], and of all other
/// types together only the first jobs are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFigures {
    /// The type; `None` for all others together.
    pub job_type: Option<String>,
    /// Those that wait to be taken.
    pub due: u64,
    /// Those that somebody has taken and works on.
    pub leased: u64,
    /// Those that wait for the end of a pause after a failed attempt.
    pub waiting: u64,
    /// Those that an incident stops, or the suspension of their instance.
    pub stopped: u64,
    /// For how long the one that waits longest has been due; `None` where none is.
    pub oldest_due_ms: Option<i64>,
}

/// Which jobs of an index are meant.
#[derive(Debug, Clone, Copy)]
enum Which<'t> {
    /// Those of a type.
    Of(&'t str),
    /// Those of all types behind it.
    Behind(&'t str),
}

/// The first types of jobs. Both indexes are asked for one type after the other: the cost follows the
/// types and not the jobs.
const TYPES: &str = "with recursive \
     due (t) as (select min(job_type) from jobs where due_at is not null union all \
     select (select min(j.job_type) from jobs j where j.due_at is not null and j.job_type > due.t) \
     from due where due.t is not null), \
     stopped (t) as (select min(job_type) from jobs where due_at is null union all \
     select (select min(j.job_type) from jobs j where j.due_at is null and j.job_type > stopped.t) \
     from stopped where stopped.t is not null) \
     select t from (select t from (select t from due where t is not null limit $1) as a union \
     select t from (select t from stopped where t is not null limit $1) as b) as names \
     order by t limit $1";

/// The numbers of jobs of type `$1` that can be taken at some time.
const COUNTS_OF: &str = "select \
     (select count(*) from (select 1 from jobs where job_type = $1 and due_at <= $2 limit $3) as d) \
     as due, \
     (select due_at from jobs where job_type = $1 and due_at <= $2 order by due_at limit 1) \
     as oldest, later.leased, later.waiting from \
     (select count(held) as leased, count(*) - count(held) as waiting from \
     (select case when leased_by is not null or worker is not null then 1 end as held \
     from jobs where job_type = $1 and due_at > $2 limit $3) as l) as later";
/// The same of all types behind `$1`, among the first jobs of these.
const COUNTS_BEHIND: &str = "select \
     count(case when due_at <= $2 then 1 end) as due, \
     min(case when due_at <= $2 then due_at end) as oldest, \
     count(case when due_at > $2 then held end) as leased, \
     count(case when due_at > $2 and held is null then 1 end) as waiting from \
     (select due_at, case when leased_by is not null or worker is not null then 1 end as held \
     from jobs where job_type > $1 and due_at is not null \
     order by job_type, due_at limit $3) as firsts";

/// The number of jobs that cannot be taken, of the types that `$1` says.
macro_rules! stopped {
    ($of:literal) => {
        concat!(
            "select count(*) from (select 1 from jobs where job_type ",
            $of,
            " $1 and due_at is null limit $2) as stopped"
        )
    };
}

#[derive(sqlx::FromRow)]
struct JobRow {
    due: i64,
    oldest: Option<i64>,
    leased: i64,
    waiting: i64,
}

impl Store {
    /// Asks the database for as little as can be asked, to see whether it answers.
    ///
    /// # Errors
    /// [`StoreError`]: it does not.
    pub async fn answers(&self) -> Result<(), StoreError> {
        let sql = "select n from sequences limit 1";
        self.database.optional::<(i64,)>(sql, cells![]).await.map(drop)
    }

    /// The figures at `now`.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        let open = self.open_now().await?;
        let count = |kind: CountKind| open.get(&kind.number()).copied().unwrap_or(0);
        let (timers_due, oldest) = self.timers_due(now).await?;
        Ok(Figures {
            instances_open: count(CountKind::Active),
            incidents_open: count(CountKind::IncidentsOpen),
            jobs: self.job_figures(now).await?,
            timers_due,
            timer_late_ms: oldest.map(|at| now.as_millis().saturating_sub(at)),
        })
    }

    /// What is open now, by the number of its kind.
    async fn open_now(&self) -> Result<BTreeMap<i64, u64>, StoreError> {
        let sql = "select c.kind, cast(sum(c.n) as bigint) from definitions d \
                   join counters c on c.definition = d.key and c.day = $1 and c.kind in ($2, $3) \
                   group by c.kind";
        let kinds = [CountKind::Active, CountKind::IncidentsOpen].map(CountKind::number);
        let rows: Vec<(i64, i64)> =
            self.database.all(sql, cells![TOTAL_DAY, kinds[0], kinds[1]]).await?;
        Ok(rows.into_iter().map(|(kind, n)| (kind, u64::try_from(n).unwrap_or(0))).collect())
    }

    /// How many timers are due, and since when the first one is.
    async fn timers_due(&self, now: Timestamp) -> Result<(u64, Option<i64>), StoreError> {
        let mut due = (0, None);
        for sql in [
            "select count(*), min(look_at) from (select look_at from timers \
             where look_at <= $1 order by look_at limit $2) as due",
            "select count(*), min(look_at) from (select look_at from start_timers \
             where look_at <= $1 order by look_at limit $2) as due",
        ] {
            let cells = cells![now.as_millis(), ROWS_COUNTED_MAX];
            let row: Option<(i64, Option<i64>)> = self.database.optional(sql, cells).await?;
            let (count, oldest) = row.unwrap_or_default();
            due.0 += convert::count::<u64>("timers", "look_at", count)?;
            due.1 = [due.1, oldest].into_iter().flatten().min();
        }
        Ok(due)
    }

    async fn job_figures(&self, now: Timestamp) -> Result<Vec<JobFigures>, StoreError> {
        let types: Vec<(String,)> = self.database.all(TYPES, cells![JOB_TYPES_MAX + 1]).await?;
        let mut types: Vec<String> = types.into_iter().map(|(job_type,)| job_type).collect();
        let are_others = types.len() > JOB_TYPES_MAX as usize;
        types.truncate(JOB_TYPES_MAX as usize);
        let mut jobs = Vec::with_capacity(types.len() + 1);
        for job_type in &types {
            let figures = self.jobs_of(Which::Of(job_type), now).await?;
            jobs.push(JobFigures { job_type: Some(job_type.clone()), ..figures });
        }
        if let Some(last) = types.last().filter(|_| are_others) {
            jobs.push(self.jobs_of(Which::Behind(last), now).await?);
        }
        Ok(jobs)
    }

    async fn jobs_of(&self, which: Which<'_>, now: Timestamp) -> Result<JobFigures, StoreError> {
        let (counts, stopped, job_type) = match which {
            Which::Of(job_type) => (COUNTS_OF, stopped!("="), job_type),
            Which::Behind(job_type) => (COUNTS_BEHIND, stopped!(">"), job_type),
        };
        let cells = cells![job_type, now.as_millis(), ROWS_COUNTED_MAX];
        let row: Option<JobRow> = self.database.optional(counts, cells).await?;
        let row = row.unwrap_or(JobRow { due: 0, oldest: None, leased: 0, waiting: 0 });
        let none: Option<(i64,)> =
            self.database.optional(stopped, cells![job_type, ROWS_COUNTED_MAX]).await?;
        Ok(JobFigures {
            job_type: None,
            due: convert::count("jobs", "due_at", row.due)?,
            leased: convert::count("jobs", "due_at", row.leased)?,
            waiting: convert::count("jobs", "due_at", row.waiting)?,
            stopped: convert::count("jobs", "due_at", none.map_or(0, |(n,)| n))?,
            oldest_due_ms: row.oldest.map(|at| now.as_millis().saturating_sub(at)),
        })
    }
}
