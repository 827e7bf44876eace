//! Process instances and their incidents.

use std::collections::BTreeMap;

use spartito_core::engine::incident::Cause;
use spartito_core::ids::{
    DefinitionKey, FlowNodeId, GroupId, IncidentKey, InstanceId, PersonId, ProcessId,
};
use spartito_core::time::Timestamp;

use super::walks::{self, Known};
use super::words::Words;
use super::{Builder, Page, cursor, page, rows_asked};
use crate::store::database::cells;
use crate::store::{Store, StoreError, convert};

/// How far an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceStatus {
    /// Goes on.
    Active,
    /// Has reached its end.
    Completed,
    /// Was ended before.
    Terminated,
}

impl InstanceStatus {
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Active => 0,
            Self::Completed => 1,
            Self::Terminated => 2,
        }
    }

    fn from_number(n: i64) -> Result<Self, StoreError> {
        match n {
            0 => Ok(Self::Active),
            1 => Ok(Self::Completed),
            2 => Ok(Self::Terminated),
            other => Err(StoreError::corrupt("instances", "status", other, "unknown status")),
        }
    }
}

/// An instance in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceRow {
    /// The instance.
    pub id: InstanceId,
    /// The process.
    pub process: ProcessId,
    /// Its name.
    pub process_name: String,
    /// The version it runs.
    pub definition: DefinitionKey,
    /// The number of that version.
    pub version: u32,
    /// Name of the case.
    pub business_key: Option<String>,
    /// How far it is.
    pub status: InstanceStatus,
    /// Open incidents.
    pub incidents: u32,
    /// Whether it stands still.
    pub suspended: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Who started it.
    pub started_by: Option<PersonId>,
    /// Where it is now, each node once.
    pub steps: Vec<FlowNodeId>,
}

/// Which instances are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstanceQuery {
    /// Only this process.
    pub process: Option<ProcessId>,
    /// Only this version.
    pub definition: Option<DefinitionKey>,
    /// Only this status.
    pub state: Option<InstanceStatus>,
    /// Only those with an open incident.
    pub incidents: bool,
    /// Only those that stand still because somebody paused them.
    pub suspended: bool,
    /// Only those at this node now.
    pub step: Option<FlowNodeId>,
    /// Words in the business key.
    pub q: Option<String>,
    /// Only those that this person of these groups has to do with: has started it, holds or held
    /// a task of it, or may take one.
    pub involved: Option<(PersonId, Vec<GroupId>)>,
    /// Only those started on this day (UTC), in days since 1970.
    pub started_day: Option<i64>,
    /// Only those that ended on this day (UTC), in days since 1970.
    pub ended_day: Option<i64>,
    /// Rows of a page, at most 200.
    pub limit: u32,
    /// Page after this cursor.
    pub after: Option<String>,
}

impl InstanceQuery {
    /// Whether nothing but words is asked for.
    fn is_only_words(&self) -> bool {
        Self { q: None, limit: 0, after: None, ..self.clone() } == Self::default()
    }
}

/// An open incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRow {
    /// The incident.
    pub key: IncidentKey,
    /// Where.
    pub node: FlowNodeId,
    /// Why.
    pub cause: Cause,
    /// What exactly.
    pub message: String,
    /// Since when.
    pub raised_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    process: String,
    process_name: String,
    definition: i64,
    version: i64,
    business_key: Option<String>,
    status: i64,
    incidents: i64,
    suspended: Option<i64>,
    started_at: i64,
    ended_at: Option<i64>,
    started_by: Option<String>,
}

const INSTANCES: &str = "select i.id, i.process, d.name as process_name, i.definition, d.version, \
     i.business_key, i.status, i.incidents, s.instance as suspended, i.started_at, i.ended_at, \
     i.started_by from instances i join definitions d on d.key = i.definition \
     left join suspended_instances s on s.instance = i.id";

/// Tasks that are gathered at most to find the instances that a person may take one of.
const TAKEABLE_GATHERED_MAX: i64 = 1_000;

impl Row {
    fn row(self, steps: Vec<FlowNodeId>) -> Result<InstanceRow, StoreError> {
        const T: &str = "instances";
        Ok(InstanceRow {
            id: convert::instance(T, self.id)?,
            process: ProcessId::new(self.process),
            process_name: self.process_name,
            definition: convert::definition(T, self.definition)?,
            version: convert::count(T, "version", self.version)?,
            business_key: self.business_key,
            status: InstanceStatus::from_number(self.status)?,
            incidents: convert::count(T, "incidents", self.incidents)?,
            // One that was ended while it stood still stands still no longer.
            suspended: self.status == 0 && self.suspended.is_some(),
            started_at: convert::timestamp(T, "started_at", self.started_at)?,
            ended_at: convert::timestamp_option(T, "ended_at", self.ended_at)?,
            started_by: convert::person(self.started_by),
            steps,
        })
    }
}

impl Store {
    /// Instances, latest first.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn instances(&self, query: &InstanceQuery) -> Result<Page<InstanceRow>, StoreError> {
        let (limit, asked) = rows_asked(query.limit);
        let known = self.known(query).await?;
        let after = cursor(query.after.as_deref()).map(|[id]| id);
        let mut sql = Builder::default();
        let ids = walks::ids(query, &known, (after, asked), &mut sql);
        let asked = sql.mark(asked);
        let text = format!("{INSTANCES} where i.id in ({ids}) order by i.id desc limit {asked}");
        let (text, cells) = sql.statement(text);
        let rows: Vec<Row> = self.database.all(text, cells).await?;
        let Page { rows, next } = page(rows, limit, |row: &Row| row.id.to_string());
        Ok(Page { rows: self.with_steps(rows).await?, next })
    }

    /// What of the things that a query goes along is little, by the counters of what is open.
    async fn known(&self, query: &InstanceQuery) -> Result<Known, StoreError> {
        let is_postgres = self.database.is_postgres();
        let words = Words::of(query.q.as_deref());
        let few_keys = self.search_keys(&words, query.is_only_words()).await?;
        let mut known = Known { few_keys, is_postgres, ..Known::default() };
        if let Some((person, groups)) = &query.involved {
            let mut sql = Builder::default();
            let who = sql.marks(super::tasks::who(person, groups));
            let text = format!(
                "select cast(coalesce(sum(n), 0) as bigint) from task_counts \
                 where who in ({who}) and span = 0"
            );
            let row: Option<(i64,)> = self.database.optional(text, sql.cells).await?;
            known.few_tasks = row.is_none_or(|(n,)| n <= TAKEABLE_GATHERED_MAX);
        }
        if let (Some(process), Some(_)) = (&query.process, &query.step) {
            known.is_small = self.is_small(process).await?;
        }
        Ok(known)
    }

    /// An instance; `None` if it is unknown.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or the row cannot be read.
    pub async fn instance(&self, id: InstanceId) -> Result<Option<InstanceRow>, StoreError> {
        // A part of what has a greater status is gone already, and the rest follows.
        let sql = format!("{INSTANCES} where i.id = $1 and i.status < 3");
        let rows = self.database.all(sql, cells![convert::number(id.number())]).await?;
        Ok(self.with_steps(rows).await?.pop())
    }

    /// Corrects whether lists say that an instance stands still: an earlier version of the server does
    /// not write that.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn correct_suspended(
        &self,
        instance: InstanceId,
        stands_still: bool,
    ) -> Result<(), StoreError> {
        let sql = if stands_still {
            "insert into suspended_instances (instance) values ($1) on conflict (instance) do nothing"
        } else {
            "delete from suspended_instances where instance = $1"
        };
        let cells = cells![convert::number(instance.number())];
        self.database.execute(sql, cells).await.map(drop)
    }

    async fn with_steps(&self, rows: Vec<Row>) -> Result<Vec<InstanceRow>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql = Builder::default();
        let ids = sql.marks(rows.iter().map(|row| row.id));
        let text = format!(
            "select instance, node from elements where instance in ({ids}) \
             order by instance, element"
        );
        let mut steps: BTreeMap<i64, Vec<FlowNodeId>> = BTreeMap::new();
        for (instance, node) in self.database.all::<(i64, String)>(text, sql.cells).await? {
            let (steps, node) = (steps.entry(instance).or_default(), FlowNodeId::new(node));
            if !steps.contains(&node) {
                steps.push(node);
            }
        }
        rows.into_iter()
            .map(|row| {
                let steps = steps.remove(&row.id).unwrap_or_default();
                row.row(steps)
            })
            .collect()
    }

    /// Whether a person of these groups has to do with an instance: has started it, holds or held
    /// a task of it, or may take one.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn is_involved(
        &self,
        instance: InstanceId,
        person: &PersonId,
        groups: &[GroupId],
    ) -> Result<bool, StoreError> {
        let mut sql = Builder::default();
        let id = sql.mark(convert::number(instance.number()));
        let (starter, holder) = (sql.mark(person.as_str()), sql.mark(person.as_str()));
        let who = sql.marks(super::tasks::who(person, groups));
        let text = format!(
            "select id from instances where id = {id} and status < 3 and (started_by = {starter} \
             or exists (select 1 from user_tasks where instance = {id} and assignee = {holder}) \
             or exists (select 1 from task_candidates where instance = {id} and who in ({who})))"
        );
        let row: Option<(i64,)> = self.database.optional(text, sql.cells).await?;
        Ok(row.is_some())
    }

    /// Open incidents of an instance, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn open_incidents(
        &self,
        instance: InstanceId,
    ) -> Result<Vec<IncidentRow>, StoreError> {
        let sql = "select number, node, cause, message, raised_at from incidents \
                   where instance = $1 order by number";
        let rows: Vec<(i64, String, String, String, i64)> =
            self.database.all(sql, cells![convert::number(instance.number())]).await?;
        rows.into_iter()
            .map(|(number, node, cause, message, raised_at)| {
                let number = convert::incident(number)?;
                let cause = serde_json::from_value(serde_json::Value::String(cause))
                    .map_err(|e| StoreError::corrupt("incidents", "cause", instance, e))?;
                Ok(IncidentRow {
                    key: IncidentKey { instance, number },
                    node: FlowNodeId::new(node),
                    cause,
                    message,
                    raised_at: convert::timestamp("incidents", "raised_at", raised_at)?,
                })
            })
            .collect()
    }
}
