//! Indicators of a process: sums of counters and of sketch buckets, never a scan of instances.

use std::collections::BTreeMap;

use spartito_core::ids::{FlowNodeId, ProcessId};
use spartito_core::time::Timestamp;

use super::StepCountRow;
use crate::store::database::cells;
use crate::store::projection::{CountKind, TOTAL_DAY};
use crate::store::{Store, StoreError, convert};

/// Counts of one day (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayRow {
    /// Midnight at which the day begins.
    pub day: Timestamp,
    /// Instances started.
    pub started: u64,
    /// Instances completed.
    pub completed: u64,
    /// Instances terminated.
    pub terminated: u64,
    /// Incidents raised.
    pub incidents: u64,
    /// Instances open at the end of the day; now, for today.
    pub open: u64,
}

/// Work at one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepStatisticsRow {
    /// What is there now and in all.
    pub counts: StepCountRow,
    /// Visits completed today.
    pub completed_today: u64,
    /// Times of completed visits that had work: buckets of the sketch and their counts.
    pub visit_time: Vec<(i32, u64)>,
}

/// Indicators of a process over all versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DashboardRow {
    /// Open instances.
    pub open: u64,
    /// Open incidents.
    pub incidents_open: u64,
    /// Instances started, over all time.
    pub started: u64,
    /// Instances that ever had an incident, over all time.
    pub with_incident: u64,
    /// Cycle times of completed instances: buckets of the sketch and their counts.
    pub cycle_time: Vec<(i32, u64)>,
    /// The last days, oldest first, today last.
    pub days: Vec<DayRow>,
    /// The nodes that were ever visited.
    pub steps: Vec<StepStatisticsRow>,
}

/// Sums by day, kind and node.
type Sums = BTreeMap<(i64, i64, String), i64>;

fn of(sums: &Sums, day: i64, kind: CountKind, node: &str) -> u64 {
    let n = sums.get(&(day, kind.number(), node.to_owned())).copied().unwrap_or(0);
    u64::try_from(n).unwrap_or(0)
}

/// The sum over all nodes.
fn over_nodes(sums: &Sums, day: i64, kind: CountKind) -> u64 {
    let range = (day, kind.number(), String::new())..(day, kind.number() + 1, String::new());
    let n: i64 = sums.range(range).map(|(_, n)| n).sum();
    u64::try_from(n).unwrap_or(0)
}

impl Store {
    /// Indicators of a process: the last `days` days up to `now`, times of what was completed in
    /// the last `time_days` days.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn dashboard(
        &self,
        process: &ProcessId,
        now: Timestamp,
        days: u16,
        time_days: u16,
    ) -> Result<DashboardRow, StoreError> {
        let today = convert::day(now);
        let first = today - i64::from(days.max(1)) + 1;
        let sums = self.sums(process, first, today).await?;
        let mut times = self.times(process, today - i64::from(time_days.max(1)) + 1, today).await?;
        let cycle_time = times.remove("").unwrap_or_default();
        let steps = self
            .step_counts_of_process(process)
            .await?
            .into_iter()
            .filter(|counts| !counts.node.as_str().is_empty())
            .map(|counts| {
                let node = counts.node.as_str();
                let completed_today = of(&sums, today, CountKind::ElementsCompleted, node);
                let visit_time = times.remove(node).unwrap_or_default();
                StepStatisticsRow { counts, completed_today, visit_time }
            })
            .collect();
        let open = of(&sums, TOTAL_DAY, CountKind::Active, "");
        Ok(DashboardRow {
            open,
            incidents_open: over_nodes(&sums, TOTAL_DAY, CountKind::IncidentsOpen),
            started: of(&sums, TOTAL_DAY, CountKind::Started, ""),
            with_incident: of(&sums, TOTAL_DAY, CountKind::WithIncident, ""),
            cycle_time,
            days: day_rows(&sums, first, today, open)?,
            steps,
        })
    }

    /// Sums of the counters that the dashboard shows, of all time and of these days.
    async fn sums(&self, process: &ProcessId, first: i64, last: i64) -> Result<Sums, StoreError> {
        let sql = "select c.day, c.kind, c.node, cast(sum(c.n) as bigint) from definitions d \
                   join counters c on c.definition = d.key \
                   where d.process = $1 and (c.day = $2 or (c.day >= $3 and c.day <= $4)) \
                   group by c.day, c.kind, c.node";
        let cells = cells![process.as_str(), TOTAL_DAY, first, last];
        let rows: Vec<(i64, i64, String, i64)> = self.database.all(sql, cells).await?;
        Ok(rows.into_iter().map(|(day, kind, node, n)| ((day, kind, node), n)).collect())
    }

    /// Buckets of the sketch of each node over these days.
    async fn times(
        &self,
        process: &ProcessId,
        first: i64,
        last: i64,
    ) -> Result<BTreeMap<String, Vec<(i32, u64)>>, StoreError> {
        let sql = "select s.node, s.bucket, cast(sum(s.n) as bigint) from definitions d \
                   join sketches s on s.definition = d.key \
                   where d.process = $1 and s.day >= $2 and s.day <= $3 \
                   group by s.node, s.bucket order by s.node, s.bucket";
        let rows: Vec<(String, i64, i64)> =
            self.database.all(sql, cells![process.as_str(), first, last]).await?;
        let mut times: BTreeMap<String, Vec<(i32, u64)>> = BTreeMap::new();
        for (node, bucket, n) in rows {
            let bucket = convert::count("sketches", "bucket", bucket)?;
            times.entry(node).or_default().push((bucket, convert::count("sketches", "n", n)?));
        }
        Ok(times)
    }
}

fn day_rows(sums: &Sums, first: i64, today: i64, open: u64) -> Result<Vec<DayRow>, StoreError> {
    let mut open_at_end = open;
    let mut rows = Vec::new();
    for day in (first..=today).rev() {
        let started = of(sums, day, CountKind::Started, "");
        let completed = of(sums, day, CountKind::Completed, "");
        let terminated = of(sums, day, CountKind::Terminated, "");
        rows.push(DayRow {
            day: convert::timestamp("counters", "day", day * convert::DAY_MS)?,
            started,
            completed,
            terminated,
            incidents: over_nodes(sums, day, CountKind::IncidentsRaised),
            open: open_at_end,
        });
        open_at_end = (open_at_end + completed + terminated).saturating_sub(started);
    }
    rows.reverse();
    Ok(rows)
}

impl StepStatisticsRow {
    /// The node.
    pub fn node(&self) -> &FlowNodeId {
        &self.counts.node
    }
}
