//! Open incidents of all instances, and which of them are meant.

use serde::{Deserialize, Serialize};
use spartito_core::engine::incident::Cause;
use spartito_core::ids::{
    DefinitionKey, ElementInstanceId, FlowNodeId, IncidentKey, InstanceId, ProcessId,
};
use spartito_core::time::Timestamp;

use super::words::Words;
use super::{Builder, Page, cursor, page, rows_asked};
use crate::store::database::Sql;
use crate::store::projection::cause_text;
use crate::store::{Store, StoreError, convert};

/// Which incidents are meant. Stored with what is done to them: a field is only ever added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IncidentSelection {
    /// Only of this process.
    pub process: Option<ProcessId>,
    /// Only of this version of it.
    pub version: Option<u32>,
    /// Only at this node.
    pub node: Option<FlowNodeId>,
    /// Only of this kind.
    pub cause: Option<Cause>,
    /// Words in what went wrong.
    pub words: Option<String>,
    /// Only those raised from this moment on.
    pub raised_from: Option<Timestamp>,
    /// Only those raised before this moment.
    pub raised_before: Option<Timestamp>,
    /// Only these; all where it is empty.
    pub keys: Vec<IncidentKey>,
}

/// An open incident in a list of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIncidentRow {
    /// The incident.
    pub key: IncidentKey,
    /// The visit at which it is.
    pub element: ElementInstanceId,
    /// The process.
    pub process: ProcessId,
    /// Its name.
    pub process_name: String,
    /// The version that is run.
    pub definition: DefinitionKey,
    /// The number of that version.
    pub version: u32,
    /// Name of the case.
    pub business_key: Option<String>,
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
pub(in crate::store) struct Row {
    instance: i64,
    number: i64,
    element: i64,
    process: String,
    process_name: String,
    definition: i64,
    version: i64,
    business_key: Option<String>,
    node: String,
    cause: String,
    message: String,
    raised_at: i64,
}

impl Row {
    pub(in crate::store) fn row(self) -> Result<OpenIncidentRow, StoreError> {
        const T: &str = "incidents";
        let instance: InstanceId = convert::instance(T, self.instance)?;
        let cause = serde_json::from_value(serde_json::Value::String(self.cause))
            .map_err(|error| StoreError::corrupt(T, "cause", instance, error))?;
        Ok(OpenIncidentRow {
            key: IncidentKey { instance, number: convert::incident(self.number)? },
            element: convert::element(T, self.element)?,
            process: ProcessId::new(self.process),
            process_name: self.process_name,
            definition: convert::definition(T, self.definition)?,
            version: convert::count(T, "version", self.version)?,
            business_key: self.business_key,
            node: FlowNodeId::new(self.node),
            cause,
            message: self.message,
            raised_at: convert::timestamp(T, "raised_at", self.raised_at)?,
        })
    }
}

const COLUMNS: &str = "select x.instance, x.number, x.element, i.process, \
     d.name as process_name, i.definition, d.version, i.business_key, x.node, x.cause, x.message, \
     x.raised_at";
// In this order: SQLite, which does not know its rows, would else go through all instances of a process
// to find the few that have an incident.
const TABLES: &str = "from incidents x cross join instances i cross join definitions d";
const JOINED: &str = "i.id = x.instance and d.key = i.definition";

/// The conditions of a selection.
fn conditions(sql: &mut Builder, selection: &IncidentSelection) -> String {
    let mut conditions = vec![JOINED.to_owned()];
    if let Some(process) = &selection.process {
        conditions.push(format!("i.process = {}", sql.mark(process.as_str())));
    }
    if let Some(version) = selection.version {
        conditions.push(format!("d.version = {}", sql.mark(version)));
    }
    if let Some(node) = &selection.node {
        conditions.push(format!("x.node = {}", sql.mark(node.as_str())));
    }
    if let Some(cause) = selection.cause {
        conditions.push(format!("x.cause = {}", sql.mark(cause_text(cause))));
    }
    if let Some(from) = selection.raised_from {
        conditions.push(format!("x.raised_at >= {}", sql.mark(from.as_millis())));
    }
    if let Some(before) = selection.raised_before {
        conditions.push(format!("x.raised_at < {}", sql.mark(before.as_millis())));
    }
    conditions.extend(Words::of(selection.words.as_deref()).conditions("x.message", sql));
    if !selection.keys.is_empty() {
        let keys: Vec<String> = selection
            .keys
            .iter()
            .map(|key| {
                let instance = sql.mark(convert::number(key.instance.number()));
                let number = sql.mark(key.number.0);
                format!("(x.instance = {instance} and x.number = {number})")
            })
            .collect();
        conditions.push(format!("({})", keys.join(" or ")));
    }
    conditions.join(" and ")
}

/// The statement that reads the incidents of a selection behind one of them, in the order of their
/// keys, of those that were there at `at`.
pub(in crate::store) fn ascending(
    selection: &IncidentSelection,
    (instance, number): (i64, i64),
    at: Timestamp,
    limit: u32,
) -> (Sql, Vec<crate::store::database::Cell>) {
    let mut sql = Builder::default();
    let conditions = conditions(&mut sql, selection);
    let (instance, number) = (sql.mark(instance), sql.mark(number));
    let (at, limit) = (sql.mark(at.as_millis()), sql.mark(limit));
    let text = format!(
        "{COLUMNS} {TABLES} where {conditions} and x.raised_at <= {at} \
         and (x.instance, x.number) > ({instance}, {number}) \
         order by x.instance, x.number limit {limit}"
    );
    (text.into(), sql.cells)
}

impl Store {
    /// Open incidents, of the latest instances first.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn incidents(
        &self,
        selection: &IncidentSelection,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<OpenIncidentRow>, StoreError> {
        let (limit, asked) = rows_asked(limit);
        let mut sql = Builder::default();
        let mut conditions = conditions(&mut sql, selection);
        if let Some([instance, number]) = cursor(after) {
            let (instance, number) = (sql.mark(instance), sql.mark(number));
            conditions =
                format!("{conditions} and (x.instance, x.number) < ({instance}, {number})");
        }
        let asked = sql.mark(asked);
        let text = format!(
            "{COLUMNS} {TABLES} where {conditions} \
             order by x.instance desc, x.number desc limit {asked}"
        );
        let rows: Vec<Row> = self.database.all(text, sql.cells).await?;
        let Page { rows, next } =
            page(rows, limit, |row: &Row| format!("{}.{}", row.instance, row.number));
        let rows = rows.into_iter().map(Row::row).collect::<Result<_, _>>()?;
        Ok(Page { rows, next })
    }

    /// How many open incidents are meant; at most `max`.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn incident_count(
        &self,
        selection: &IncidentSelection,
        max: u32,
    ) -> Result<u64, StoreError> {
        let mut sql = Builder::default();
        let conditions = conditions(&mut sql, selection);
        let max = sql.mark(max);
        let text = format!(
            "select count(*) from (select 1 as one {TABLES} where {conditions} limit {max}) as found"
        );
        let row: Option<(i64,)> = self.database.optional(text, sql.cells).await?;
        convert::count("incidents", "number", row.map_or(0, |(n,)| n))
    }
}
