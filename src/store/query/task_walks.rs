//! Along which index a list of open tasks goes, the most urgent first, so that it ends as soon as a page
//! is full: the tasks of a person, and those of each name under which he may take some.

use std::borrow::Cow;

use spartito_core::ids::ProcessId;
use spartito_core::time::Timestamp;

use super::tasks::who;
use super::words::{self, TASK_TEXT, TasksFound, Words};
use super::{Builder, TaskQuery, TaskSelection};

/// The order of the list.
const ORDER: &str = "o.urgency, o.due_order, o.instance, o.element";

/// Tasks that an index keeps in the order of the list.
struct Source {
    table: Cow<'static, str>,
    found_by: String,
}

impl Source {
    fn of(table: &'static str, found_by: String) -> Self {
        Self { table: table.into(), found_by }
    }
}

/// What is so little that its tasks are gathered and then put in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gathered {
    /// What is open of the process.
    Process,
    /// The tasks in which one of the words may occur.
    Word(TasksFound),
}

/// How far a page goes within its sources.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// The last task of the page before.
    pub after: Option<[i64; 4]>,
    /// Tasks to ask for.
    pub limit: i64,
}

fn sources(query: &TaskQuery, sql: &mut Builder) -> Vec<Source> {
    let TaskQuery { person, groups, view, every, .. } = query;
    if *every && *view != TaskSelection::Mine {
        let free = if *view == TaskSelection::Groups { " and o.assignee is null" } else { "" };
        let found_by = format!("o.state = 0{free}");
        return vec![Source::of("user_tasks", found_by)];
    }
    let mut sources = Vec::new();
    if *view != TaskSelection::Groups {
        let found_by = format!("o.state = 0 and o.assignee = {}", sql.mark(person.as_str()));
        sources.push(Source::of("user_tasks", found_by));
    }
    if *view != TaskSelection::Mine {
        sources.extend(who(person, groups).into_iter().map(|who| {
            let found_by = format!("o.who = {}", sql.mark(who));
            Source::of("task_candidates", found_by)
        }));
    }
    sources
}

/// All tasks of what is gathered, as one source, in no order.
fn source_of(query: &TaskQuery, gathered: &Gathered, sql: &mut Builder) -> Source {
    let (table, found_by) = match gathered {
        Gathered::Process => {
            let process = sql.mark(query.process.as_ref().map(ProcessId::as_str));
            let found_by = format!("p.process = {process} and p.status = 0 and o.instance = p.id");
            ("instances p cross join user_tasks".into(), found_by)
        }
        Gathered::Word(tasks) => {
            let places = words::tasks_again(tasks, sql);
            let found_by = "o.instance = p.instance and o.element = p.element".to_owned();
            (format!("({places}) as p cross join user_tasks").into(), found_by)
        }
    };
    let conditions = [vec![found_by, "o.state = 0".to_owned()], of_view(query, sql)].concat();
    Source { table, found_by: conditions.join(" and ") }
}

/// What makes a task one of those that are wanted, where the source does not.
fn of_view(query: &TaskQuery, sql: &mut Builder) -> Vec<String> {
    let TaskQuery { person, groups, view, every, .. } = query;
    let mut conditions = Vec::new();
    let held = |sql: &mut Builder| format!("o.assignee = {}", sql.mark(person.as_str()));
    let free = |sql: &mut Builder| {
        if *every {
            return "o.assignee is null".to_owned();
        }
        let who = sql.marks(who(person, groups));
        format!(
            "exists (select 1 from task_candidates c where c.instance = o.instance \
             and c.element = o.element and c.who in ({who}))"
        )
    };
    match view {
        TaskSelection::Mine => conditions.push(held(sql)),
        TaskSelection::Groups => conditions.push(free(sql)),
        TaskSelection::Overdue => {
            conditions.push(format!("o.due_order < {}", sql.mark(query.now.as_millis())));
            if !every {
                conditions.push(format!("({} or {})", held(sql), free(sql)));
            }
        }
    }
    conditions
}

/// How many sources a query has.
pub(super) fn source_count(query: &TaskQuery) -> usize {
    sources(query, &mut Builder::default()).len()
}

/// The statement that gives the urgencies from `first` on under which there are tasks, ascending. Each
/// source is asked for one after the other: the cost follows the urgencies, of which there are few.
pub(super) fn urgencies(query: &TaskQuery, first: i64, sql: &mut Builder) -> String {
    let (mut heads, mut names) = (Vec::new(), Vec::new());
    for (at, Source { table, found_by }) in sources(query, sql).into_iter().enumerate() {
        let (name, first) = (format!("u{at}"), sql.mark(first));
        heads.push(format!(
            "{name} (u) as (select min(o.urgency) from {table} o \
             where {found_by} and o.urgency >= {first} union all \
             select (select min(o.urgency) from {table} o where {found_by} \
             and o.urgency > {name}.u) from {name} where {name}.u is not null)"
        ));
        names.push(format!("select u from {name} where u is not null"));
    }
    format!("with recursive {} {} order by u", heads.join(", "), names.join(" union "))
}

/// What a task has to fulfil besides, and what is joined to know it; nothing where all are wanted.
fn filter(query: &TaskQuery, sql: &mut Builder) -> Option<(&'static str, Vec<String>)> {
    let words = Words::of(query.q.as_deref());
    if query.process.is_none() && words.is_empty() {
        return None;
    }
    let mut conditions = Vec::new();
    if let Some(process) = &query.process {
        conditions.push(format!("d.process = {}", sql.mark(process.as_str())));
    }
    conditions.extend(words.conditions(TASK_TEXT, sql));
    // In this order: a database that does not know its rows would else begin with the process.
    let joins = " cross join user_tasks t cross join instances i cross join definitions d \
                 left join definition_nodes n on n.definition = d.key and n.node = t.node";
    let same = "t.instance = o.instance and t.element = o.element and i.id = t.instance \
                and d.key = t.definition";
    conditions.push(same.to_owned());
    Some((joins, conditions))
}

/// Keys of the tasks of a page and some more, as a union of walks that each give no more than the page
/// needs. Where it is about what is overdue, `urgencies` are those in question.
pub(super) fn keys(
    query: &TaskQuery,
    urgencies: Option<&[i64]>,
    bounds: Bounds,
    sql: &mut Builder,
) -> String {
    let each: Vec<Option<i64>> = match urgencies {
        None => vec![None],
        Some(urgencies) => urgencies.iter().copied().map(Some).collect(),
    };
    let mut parts = Vec::new();
    for urgency in each {
        for mut source in sources(query, sql) {
            if let Some(urgency) = urgency {
                let overdue = overdue(urgency, query.now, bounds, sql);
                source.found_by = format!("{} and {overdue}", source.found_by);
            }
            let after = bounds.after.filter(|_| urgency.is_none());
            parts.push(part("walk", source, (query, after), bounds.limit, sql));
        }
    }
    parts.join(" union ")
}

/// Keys of the tasks of a page, where what they are found among is gathered.
pub(super) fn gathered(
    query: &TaskQuery,
    gathered: &Gathered,
    bounds: Bounds,
    sql: &mut Builder,
) -> String {
    let source = source_of(query, gathered, sql);
    part("gathered", source, (query, bounds.after), bounds.limit, sql)
}

/// The first tasks of a source behind `after`.
fn part(
    name: &str,
    Source { table, found_by }: Source,
    (query, after): (&TaskQuery, Option<[i64; 4]>),
    limit: i64,
    sql: &mut Builder,
) -> String {
    let mut conditions = vec![found_by];
    if let Some(after) = after {
        conditions.push(format!("({ORDER}) > ({})", sql.marks(after)));
    }
    let joins = filter(query, sql).map_or("", |(joins, of_task)| {
        conditions.extend(of_task);
        joins
    });
    let (conditions, limit) = (conditions.join(" and "), sql.mark(limit));
    format!(
        "select * from (select {ORDER} from {table} o{joins} where {conditions} \
         order by {ORDER} limit {limit}) as {name}"
    )
}

/// What is overdue of one urgency stands together in each index.
fn overdue(urgency: i64, now: Timestamp, bounds: Bounds, sql: &mut Builder) -> String {
    let (of, now) = (sql.mark(urgency), sql.mark(now.as_millis()));
    let overdue = format!("o.urgency = {of} and o.due_order < {now}");
    match bounds.after {
        Some([last, due_order, instance, element]) if last == urgency => {
            let (due, rest) = (sql.mark(due_order), sql.marks([due_order, instance, element]));
            format!(
                "{overdue} and o.due_order >= {due} \
                 and (o.due_order, o.instance, o.element) > ({rest})"
            )
        }
        _ => overdue,
    }
}
