//! Along which index a list of instances goes, latest first, so that it ends as soon as a page is full.
//!
//! SQLite, which does not know its rows, may take an index that fits a condition better and then has to
//! gather and sort all that it finds. So a walk is told which columns it may be found by, and all other
//! conditions stand in a form that no index has. PostgreSQL knows how many rows fulfil each condition as
//! long as it stands as it is.

use std::borrow::Cow;

use spartito_core::ids::{FlowNodeId, GroupId, PersonId, ProcessId};

use super::words::{self, Search, Words};
use super::{Builder, InstanceQuery, tasks};
use crate::store::convert;

/// What instances can be, each with a part of an index of its own.
const STATUSES: [i64; 3] = [0, 1, 2];

/// What is known before the ways are chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// The tasks that the person may take are so few that they are gathered first; where they are not,
    /// they are met on the way.
    pub few_tasks: bool,
    /// The same of what is open of the process.
    pub is_small: bool,
    /// How the words are found, where they may be in few business keys.
    pub few_keys: Option<Search>,
    /// Whether the database chooses ways itself, by what it knows of its rows.
    pub is_postgres: bool,
}

impl Known {
    /// What stands before a column by which nothing is to be found.
    const fn aside(&self) -> &'static str {
        if self.is_postgres { "" } else { "+" }
    }
}

/// A part of the list, in the order of an index.
struct Walk {
    tables: Cow<'static, str>,
    /// What the index is asked for.
    found_by: Vec<String>,
    /// The column of it that has the order.
    id: &'static str,
}

const ALONE: &str = "instances i";

fn walk(tables: impl Into<Cow<'static, str>>, id: &'static str, found_by: Vec<String>) -> Walk {
    Walk { tables: tables.into(), found_by, id }
}

/// Which of the filters the walks of a query look for themselves; the others are asked of each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Words,
    Person,
    Incidents,
    Suspended,
    Step,
    Started,
    Ended,
    Process,
    State,
    Nothing,
}

/// The filter that lets fewest through as a rule.
fn leading(query: &InstanceQuery, known: &Known) -> By {
    let asked = [
        (known.few_keys.is_some(), By::Words),
        (query.involved.is_some(), By::Person),
        (query.incidents, By::Incidents),
        (query.suspended, By::Suspended),
        (query.step.is_some() && query.process.is_some() && known.is_small, By::Process),
        (query.step.is_some(), By::Step),
        (query.started_day.is_some(), By::Started),
        (query.ended_day.is_some(), By::Ended),
        (query.process.is_some(), By::Process),
        (query.state.is_some(), By::State),
    ];
    asked.into_iter().find(|(asked, _)| *asked).map_or(By::Nothing, |(_, by)| by)
}

fn walks(query: &InstanceQuery, by: By, known: &Known, sql: &mut Builder) -> Vec<Walk> {
    match by {
        By::Words => known
            .few_keys
            .iter()
            .map(|search| {
                let found = words::instances_found(search, sql);
                let tables = format!("({found}) as f cross join instances i");
                walk(tables, "f.id", vec!["i.id = f.id".to_owned()])
            })
            .collect(),
        By::Person => query
            .involved
            .iter()
            .flat_map(|(person, groups)| of_person(person, groups, known, sql))
            .collect(),
        By::Incidents => vec![walk(ALONE, "i.id", vec!["i.incidents > 0".to_owned()])],
        By::Suspended => {
            let tables = "suspended_instances p cross join instances i";
            vec![walk(tables, "p.instance", vec!["i.id = p.instance".to_owned()])]
        }
        By::Step => {
            let node = sql.mark(query.step.as_ref().map(FlowNodeId::as_str));
            let found_by = vec![format!("e.node = {node}"), "i.id = e.instance".to_owned()];
            vec![walk("elements e cross join instances i", "e.instance", found_by)]
        }
        By::Started => {
            let day = sql.mark(query.started_day);
            vec![walk(ALONE, "i.id", vec![format!("i.started_at / 86400000 = {day}")])]
        }
        By::Ended => {
            let day = sql.mark(query.ended_day);
            let found_by = format!("i.ended_at is not null and i.ended_at / 86400000 = {day}");
            vec![walk(ALONE, "i.id", vec![found_by])]
        }
        By::Process => {
            let states = match query.state {
                Some(state) => vec![state.number()],
                None => STATUSES.to_vec(),
            };
            let of_state = states.into_iter().map(|state| {
                let process = sql.mark(query.process.as_ref().map(ProcessId::as_str));
                let state = sql.mark(state);
                let found_by = format!("i.process = {process} and i.status = {state}");
                walk(ALONE, "i.id", vec![found_by])
            });
            of_state.collect()
        }
        By::State => {
            let state = sql.mark(query.state.map(super::InstanceStatus::number));
            vec![walk(ALONE, "i.id", vec![format!("i.status = {state}")])]
        }
        By::Nothing => vec![walk(ALONE, "i.id", Vec::new())],
    }
}

/// The walks along what a person has to do with.
fn of_person(person: &PersonId, groups: &[GroupId], known: &Known, sql: &mut Builder) -> [Walk; 3] {
    let starter = sql.mark(person.as_str());
    let holder = sql.mark(person.as_str());
    let who = sql.marks(tasks::who(person, groups));
    let held = vec![format!("t.assignee = {holder}"), "i.id = t.instance".to_owned()];
    let may_take = if known.few_tasks {
        let ids = format!("i.id in (select instance from task_candidates where who in ({who}))");
        walk(ALONE, "i.id", vec![ids])
    } else {
        let who = format!("{}c.who in ({who})", known.aside());
        let tables = "task_candidates c cross join instances i";
        walk(tables, "c.instance", vec![who, "i.id = c.instance".to_owned()])
    };
    [
        walk(ALONE, "i.id", vec![format!("i.started_by = {starter}")]),
        walk("user_tasks t cross join instances i", "t.instance", held),
        may_take,
    ]
}

/// The condition that a person has to do with an instance.
fn has_to_do_with(
    person: &PersonId,
    groups: &[GroupId],
    known: &Known,
    sql: &mut Builder,
) -> String {
    let (starter, holder) = (sql.mark(person.as_str()), sql.mark(person.as_str()));
    let who = sql.marks(tasks::who(person, groups));
    let aside = known.aside();
    format!(
        "({aside}i.started_by = {starter} \
         or exists (select 1 from user_tasks t where t.instance = i.id and t.assignee = {holder}) \
         or exists (select 1 from task_candidates c where c.instance = i.id \
         and {aside}c.who in ({who})))"
    )
}

/// The filters that no walk looks for itself.
fn others(query: &InstanceQuery, by: By, known: &Known, sql: &mut Builder) -> Vec<String> {
    let aside = known.aside();
    let mut conditions = vec![format!("{aside}i.status < 3")];
    if let Some((person, groups)) = query.involved.as_ref().filter(|_| by != By::Person) {
        conditions.push(has_to_do_with(person, groups, known, sql));
    }
    if let Some(process) = query.process.as_ref().filter(|_| by != By::Process) {
        conditions.push(format!("{aside}i.process = {}", sql.mark(process.as_str())));
    }
    if let Some(definition) = query.definition {
        conditions.push(format!(
            "{aside}i.definition = {}",
            sql.mark(convert::number(definition.number()))
        ));
    }
    if let Some(state) = query.state.filter(|_| by != By::State && by != By::Process) {
        conditions.push(format!("{aside}i.status = {}", sql.mark(state.number())));
    }
    if query.incidents && by != By::Incidents {
        conditions.push(format!("{aside}i.incidents > 0"));
    }
    if query.suspended {
        // One that was ended while it stood still stands still no longer.
        conditions.push(format!("{aside}i.status = 0"));
        if by != By::Suspended {
            conditions.push(
                "exists (select 1 from suspended_instances p where p.instance = i.id)".to_owned(),
            );
        }
    }
    if let Some(step) = query.step.as_ref().filter(|_| by != By::Step) {
        let node = sql.mark(step.as_str());
        conditions.push(format!(
            "exists (select 1 from elements e where e.node = {node} and e.instance = i.id)"
        ));
    }
    if let Some(day) = query.started_day.filter(|_| by != By::Started) {
        conditions.push(format!("{aside}i.started_at / 86400000 = {}", sql.mark(day)));
    }
    if let Some(day) = query.ended_day.filter(|_| by != By::Ended) {
        conditions.push(format!("{aside}i.ended_at / 86400000 = {}", sql.mark(day)));
    }
    // In a form that no index has.
    let key = "coalesce(i.business_key, '')";
    conditions.extend(Words::of(query.q.as_deref()).conditions(key, sql));
    conditions
}

/// The statement that gives the ids of a page of `asked` instances that begins below `after`.
pub(super) fn ids(
    query: &InstanceQuery,
    known: &Known,
    (after, asked): (Option<i64>, i64),
    sql: &mut Builder,
) -> String {
    let by = leading(query, known);
    let parts = walks(query, by, known, sql).into_iter().map(|walk| {
        let Walk { tables, found_by, id } = walk;
        let mut conditions = [found_by, others(query, by, known, sql)].concat();
        if let Some(after) = after {
            let after = sql.mark(after);
            conditions.push(format!("{id} < {after}"));
            if id != "i.id" {
                // Else a database that joins both in this order begins with all instances before.
                conditions.push(format!("i.id < {after}"));
            }
        }
        // One instance may be at hand several times.
        let once =
            if by == By::Words || id == "i.id" { String::new() } else { format!(" group by {id}") };
        let (conditions, asked) = (conditions.join(" and "), sql.mark(asked));
        format!(
            "select * from (select {id} as id from {tables} where {conditions}{once} \
             order by {id} desc limit {asked}) as walk"
        )
    });
    parts.collect::<Vec<_>>().join(" union ")
}
