//! Open work for people.

use spartito_core::engine::event::FormRef;
use spartito_core::ids::{
    DefinitionKey, FlowNodeId, FormId, GroupId, PersonId, ProcessId, UserTaskKey,
};
use spartito_core::time::Timestamp;

use super::task_walks::{self, Bounds, Gathered};
use super::words::Words;
use super::{Builder, Page, cursor, page, rows_asked};
use crate::store::database::cells;
use crate::store::{Store, StoreError, convert};

/// A user task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    /// The task.
    pub key: UserTaskKey,
    /// Id of the step.
    pub node: FlowNodeId,
    /// Its name.
    pub title: String,
    /// The process.
    pub process: ProcessId,
    /// Its name.
    pub process_name: String,
    /// The version that is run.
    pub definition: DefinitionKey,
    /// Name of the case.
    pub business_key: Option<String>,
    /// The facts that decide urgency, in one line.
    pub summary: String,
    /// Who holds it, or held it last.
    pub assignee: Option<PersonId>,
    /// Since when it waits.
    pub created_at: Timestamp,
    /// To be done by.
    pub due: Option<Timestamp>,
    /// To be looked at again.
    pub follow_up: Option<Timestamp>,
    /// 0 to 100.
    pub priority: u8,
    /// Whether it waits to be done.
    pub open: bool,
    /// How it ended; `None` while it is open.
    pub end: Option<TaskEndRow>,
    /// The form.
    pub form: Option<FormRef>,
    /// Groups that may take it.
    pub candidate_groups: Vec<GroupId>,
    /// People who may take it.
    pub candidate_users: Vec<PersonId>,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskEndRow {
    /// Whether a person completed it; else it was withdrawn.
    pub completed: bool,
    /// When.
    pub at: Timestamp,
    /// Who completed it.
    pub by: Option<PersonId>,
    /// Which action it was completed with.
    pub action: Option<String>,
}

/// A part of the open tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskSelection {
    /// Those the person holds.
    Mine,
    /// Those nobody holds that the person may take.
    Groups,
    /// Those past their due date that the person holds or may take.
    Overdue,
}

/// Which open tasks are wanted.
#[derive(Debug, Clone)]
pub struct TaskQuery {
    /// Who asks.
    pub person: PersonId,
    /// The groups of who asks.
    pub groups: Vec<GroupId>,
    /// Which part.
    pub view: TaskSelection,
    /// Whether candidates do not matter, as for an administrator.
    pub every: bool,
    /// Only this process.
    pub process: Option<ProcessId>,
    /// Words in title, business key or summary.
    pub q: Option<String>,
    /// The moment that decides what is overdue.
    pub now: Timestamp,
    /// Rows of a page, at most 200.
    pub limit: u32,
    /// Page after this cursor.
    pub after: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    instance: i64,
    element: i64,
    definition: i64,
    node: String,
    title: Option<String>,
    process: String,
    process_name: String,
    business_key: Option<String>,
    summary: String,
    assignee: Option<String>,
    created_at: i64,
    due: Option<i64>,
    follow_up: Option<i64>,
    priority: i64,
    state: i64,
    ended_at: Option<i64>,
    ended_by: Option<String>,
    action: Option<String>,
    form: Option<String>,
    form_key: Option<i64>,
    candidate_groups: String,
    candidate_users: String,
    urgency: i64,
    due_order: i64,
}

const TASK_COLUMNS: &str = "t.instance, t.element, t.definition, t.node, n.title, d.process, \
     d.name as process_name, i.business_key, t.summary, t.assignee, t.created_at, t.due, \
     t.follow_up, t.priority, t.state, t.ended_at, t.ended_by, t.action, t.form, t.form_key, \
     t.candidate_groups, t.candidate_users, t.urgency, t.due_order";
const TASK_JOINS: &str = "join instances i on i.id = t.instance \
     join definitions d on d.key = t.definition \
     left join definition_nodes n on n.definition = t.definition and n.node = t.node";

impl Row {
    fn row(self) -> Result<TaskRow, StoreError> {
        const T: &str = "user_tasks";
        let form = match (self.form, self.form_key) {
            (Some(id), Some(key)) => {
                Some(FormRef { id: FormId::new(id), key: convert::form_key(T, key)? })
            }
            _ => None,
        };
        let end = match self.ended_at {
            Some(at) => Some(TaskEndRow {
                completed: self.state == 1,
                at: convert::timestamp(T, "ended_at", at)?,
                by: convert::person(self.ended_by),
                action: self.action,
            }),
            None => None,
        };
        Ok(TaskRow {
            key: UserTaskKey {
                instance: convert::instance(T, self.instance)?,
                number: convert::element(T, self.element)?,
            },
            title: self.title.unwrap_or_else(|| self.node.clone()),
            node: FlowNodeId::new(self.node),
            process: ProcessId::new(self.process),
            process_name: self.process_name,
            definition: convert::definition(T, self.definition)?,
            business_key: self.business_key,
            summary: self.summary,
            assignee: convert::person(self.assignee),
            created_at: convert::timestamp(T, "created_at", self.created_at)?,
            due: convert::timestamp_option(T, "due", self.due)?,
            follow_up: convert::timestamp_option(T, "follow_up", self.follow_up)?,
            priority: convert::count(T, "priority", self.priority)?,
            open: self.state == 0,
            end,
            form,
            candidate_groups: convert::list(T, "candidate_groups", &self.candidate_groups)?,
            candidate_users: convert::list(T, "candidate_users", &self.candidate_users)?,
        })
    }

    fn cursor(&self) -> String {
        format!("{}.{}.{}.{}", self.urgency, self.due_order, self.instance, self.element)
    }
}

/// The names under which a person may take tasks.
pub(super) fn who(person: &PersonId, groups: &[GroupId]) -> Vec<String> {
    let mut who = vec![convert::CANDIDATE_ANYBODY.to_owned(), convert::candidate_person(person)];
    who.extend(groups.iter().map(convert::candidate_group));
    who
}

/// Walks of one statement at most, of which each may be one of many urgencies of one of many groups.
const WALKS_AT_ONCE_MAX: usize = 64;

impl Store {
    /// Open tasks, most urgent first: by priority, then by due date, then by age.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn open_tasks(&self, query: &TaskQuery) -> Result<Page<TaskRow>, StoreError> {
        let (limit, asked) = rows_asked(query.limit);
        let after = cursor(query.after.as_deref());
        let bounds = Bounds { after, limit: asked };
        let rows = match self.gathered(query).await? {
            None if query.view == TaskSelection::Overdue => {
                self.overdue_tasks(query, bounds).await?
            }
            None => self.walked_tasks(query, None, bounds).await?,
            Some(Gathered::Word(tasks)) if tasks.is_empty() => Vec::new(),
            Some(gathered) => {
                let mut sql = Builder::default();
                let keys = task_walks::gathered(query, &gathered, bounds, &mut sql);
                self.tasks_of(&keys, bounds, sql).await?
            }
        };
        let Page { rows, next } = page(rows, limit, Row::cursor);
        Ok(Page { rows: rows.into_iter().map(Row::row).collect::<Result<_, _>>()?, next })
    }

    /// What a query is gathered from, where that is little.
    async fn gathered(&self, query: &TaskQuery) -> Result<Option<Gathered>, StoreError> {
        if let Some(process) = &query.process
            && self.is_small(process).await?
        {
            return Ok(Some(Gathered::Process));
        }
        let search = self.search_tasks(&Words::of(query.q.as_deref())).await?;
        Ok(search.map(Gathered::Word))
    }

    /// Tasks that are overdue: of each urgency in turn, until there are enough.
    async fn overdue_tasks(
        &self,
        query: &TaskQuery,
        bounds: Bounds,
    ) -> Result<Vec<Row>, StoreError> {
        let mut sql = Builder::default();
        let first = bounds.after.map_or(0, |[urgency, ..]| urgency);
        let text = task_walks::urgencies(query, first, &mut sql);
        let urgencies: Vec<(i64,)> = self.database.all(text, sql.cells).await?;
        let urgencies: Vec<i64> = urgencies.into_iter().map(|(urgency,)| urgency).collect();
        let at_once = (WALKS_AT_ONCE_MAX / task_walks::source_count(query)).max(1);
        let mut rows = Vec::new();
        for some in urgencies.chunks(at_once) {
            let have = i64::try_from(rows.len()).unwrap_or(i64::MAX);
            if have >= bounds.limit {
                break;
            }
            let bounds = Bounds { limit: bounds.limit - have, ..bounds };
            rows.extend(self.walked_tasks(query, Some(some), bounds).await?);
        }
        Ok(rows)
    }

    async fn walked_tasks(
        &self,
        query: &TaskQuery,
        urgencies: Option<&[i64]>,
        bounds: Bounds,
    ) -> Result<Vec<Row>, StoreError> {
        let mut sql = Builder::default();
        let keys = task_walks::keys(query, urgencies, bounds, &mut sql);
        self.tasks_of(&keys, bounds, sql).await
    }

    /// The tasks of which a statement gives the keys, in order and no more than are asked for.
    async fn tasks_of(
        &self,
        keys: &str,
        bounds: Bounds,
        mut sql: Builder,
    ) -> Result<Vec<Row>, StoreError> {
        let limit = sql.mark(bounds.limit);
        let text = format!(
            "select {TASK_COLUMNS} from ({keys}) as found join user_tasks t \
             on t.instance = found.instance and t.element = found.element {TASK_JOINS} \
             where t.state = 0 order by found.urgency, found.due_order, found.instance, \
             found.element limit {limit}"
        );
        let (text, cells) = sql.statement(text);
        self.database.all(text, cells).await
    }

    /// A task, open or not; `None` if it is unknown.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or the row cannot be read.
    pub async fn task(&self, key: UserTaskKey) -> Result<Option<TaskRow>, StoreError> {
        let sql = format!(
            "select {TASK_COLUMNS} from user_tasks t {TASK_JOINS} \
             where t.instance = $1 and t.element = $2"
        );
        let cells = cells![convert::number(key.instance.number()), key.number.0];
        let row: Option<Row> = self.database.optional(sql, cells).await?;
        row.map(Row::row).transpose()
    }
}
