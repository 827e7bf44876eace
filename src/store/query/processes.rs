//! Deployed processes with what is going on in them, summed from counters.

use std::collections::BTreeMap;

use spartito_core::ids::{DefinitionKey, FlowNodeId, ProcessId};

use super::Builder;
use crate::store::database::cells;
use crate::store::projection::{CountKind, TOTAL_DAY};
use crate::store::{DefinitionRow, Store, StoreError, convert};

/// A process with its counts over all versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessRow {
    /// Its latest version.
    pub latest: DefinitionRow,
    /// Open instances.
    pub active: u64,
    /// Open incidents.
    pub incidents: u64,
    /// Completed instances.
    pub completed: u64,
}

/// What is going on at one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepCountRow {
    /// The node.
    pub node: FlowNodeId,
    /// Visits open now.
    pub active: u64,
    /// Open incidents.
    pub incidents: u64,
    /// Visits completed, over all time.
    pub completed: u64,
}

/// A sum that is never below zero once all that happened is counted.
fn sum(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// Open visits at most of a process whose open instances are gathered to find something among them.
const VISITS_GATHERED_MAX: i64 = 1_000;

impl Store {
    /// Whether so little is going on in a process that it is sooner looked at as a whole than looked
    /// for among all others.
    pub(super) async fn is_small(&self, process: &ProcessId) -> Result<bool, StoreError> {
        let sql = "select cast(coalesce(sum(c.n), 0) as bigint) from definitions d \
                   join counters c on c.definition = d.key and c.day = $1 and c.kind = $2 \
                   where d.process = $3";
        let cells = cells![TOTAL_DAY, CountKind::ElementsActive.number(), process.as_str()];
        let row: Option<(i64,)> = self.database.optional(sql, cells).await?;
        Ok(row.is_none_or(|(n,)| n <= VISITS_GATHERED_MAX))
    }

    /// All processes, by name.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn processes(&self) -> Result<Vec<ProcessRow>, StoreError> {
        let mut sql = Builder::default();
        let day = sql.mark(TOTAL_DAY);
        let kinds = sql.marks(
            [CountKind::Active, CountKind::IncidentsOpen, CountKind::Completed]
                .map(CountKind::number),
        );
        let text = format!(
            "select d.process, c.kind, cast(sum(c.n) as bigint) from definitions d \
             join counters c on c.definition = d.key and c.day = {day} and c.kind in ({kinds}) \
             group by d.process, c.kind"
        );
        let rows: Vec<(String, i64, i64)> = self.database.all(text, sql.cells).await?;
        let counts: BTreeMap<(String, i64), i64> =
            rows.into_iter().map(|(process, kind, n)| ((process, kind), n)).collect();
        let mut processes: Vec<ProcessRow> = Vec::new();
        for latest in self.all_definitions().await? {
            if processes.last().is_some_and(|known| known.latest.process == latest.process) {
                continue;
            }
            let count = |kind: CountKind| {
                let key = (latest.process.to_string(), kind.number());
                sum(counts.get(&key).copied().unwrap_or(0))
            };
            let (active, completed) = (count(CountKind::Active), count(CountKind::Completed));
            let incidents = count(CountKind::IncidentsOpen);
            processes.push(ProcessRow { latest, active, incidents, completed });
        }
        processes.sort_by(|a, b| {
            let name =
                |row: &ProcessRow| (row.latest.name.to_lowercase(), row.latest.process.clone());
            name(a).cmp(&name(b))
        });
        Ok(processes)
    }

    /// Open instances of each version of a process.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn active_by_version(
        &self,
        process: &ProcessId,
    ) -> Result<BTreeMap<DefinitionKey, u64>, StoreError> {
        let sql = "select d.key, cast(sum(c.n) as bigint) from definitions d \
                   join counters c on c.definition = d.key and c.day = $2 and c.kind = $3 \
                   where d.process = $1 group by d.key";
        let cells = cells![process.as_str(), TOTAL_DAY, CountKind::Active.number()];
        let rows: Vec<(i64, i64)> = self.database.all(sql, cells).await?;
        rows.into_iter()
            .map(|(key, n)| Ok((convert::definition("counters", key)?, sum(n))))
            .collect()
    }

    /// What is going on at the nodes of all versions of a process.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn step_counts_of_process(
        &self,
        process: &ProcessId,
    ) -> Result<Vec<StepCountRow>, StoreError> {
        let mut sql = Builder::default();
        let condition = format!("d.process = {}", sql.mark(process.as_str()));
        self.step_counts_where(sql, &condition).await
    }

    /// What is going on at the nodes of one version of a process.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn step_counts(
        &self,
        definition: DefinitionKey,
    ) -> Result<Vec<StepCountRow>, StoreError> {
        let mut sql = Builder::default();
        let condition = format!("d.key = {}", sql.mark(convert::number(definition.number())));
        self.step_counts_where(sql, &condition).await
    }

    async fn step_counts_where(
        &self,
        mut sql: Builder,
        condition: &str,
    ) -> Result<Vec<StepCountRow>, StoreError> {
        let day = sql.mark(TOTAL_DAY);
        let kinds = sql.marks(
            [CountKind::ElementsActive, CountKind::IncidentsOpen, CountKind::ElementsCompleted]
                .map(CountKind::number),
        );
        let text = format!(
            "select c.node, c.kind, cast(sum(c.n) as bigint) from definitions d \
             join counters c on c.definition = d.key and c.day = {day} and c.kind in ({kinds}) \
             where {condition} group by c.node, c.kind order by c.node"
        );
        let mut steps: Vec<StepCountRow> = Vec::new();
        for (node, kind, n) in self.database.all::<(String, i64, i64)>(text, sql.cells).await? {
            let node = FlowNodeId::new(node);
            if steps.last().is_none_or(|last| last.node != node) {
                steps.push(StepCountRow { node, active: 0, incidents: 0, completed: 0 });
            }
            let step = steps.last_mut().expect("one was pushed");
            if kind == CountKind::ElementsActive.number() {
                step.active = sum(n);
            } else if kind == CountKind::IncidentsOpen.number() {
                step.incidents = sum(n);
            } else {
                step.completed = sum(n);
            }
        }
        Ok(steps)
    }
}
