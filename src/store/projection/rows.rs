//! The statements of a batch: each group writes many rows of one table at once.

use spartito_core::engine::incident::Cause;
use spartito_core::engine::state::Status;
use spartito_core::ids::PersonId;
use spartito_core::time::Timestamp;

use super::Changes;
use super::waiting::AwaitedRow;
use super::work::{JobRow, NewTask, TaskChange, TaskEnded, due_order, form_columns, urgency};
use crate::store::convert;
use crate::store::database::{Cell, cells};

/// Rows of one table, to be written by `head (…), (…) tail`.
pub(in crate::store) struct Group {
    pub(in crate::store) head: &'static str,
    pub(in crate::store) tail: &'static str,
    pub(in crate::store) rows: Vec<Vec<Cell>>,
}

impl Group {
    fn new(head: &'static str, tail: &'static str) -> Self {
        Self { head, tail, rows: Vec::new() }
    }
}

impl Changes {
    /// The statements, in an order that keeps every reference.
    pub(in crate::store) fn into_groups(self, committer: i64) -> Vec<Group> {
        let mut groups = Vec::with_capacity(24);
        instances(&self, &mut groups);
        journal(&self, &mut groups);
        snapshots(&self, &mut groups);
        elements(&self, &mut groups);
        tasks(&self, &mut groups);
        candidates(&self, &mut groups);
        jobs(&self, committer, &mut groups);
        incidents(&self, &mut groups);
        timers(&self, &mut groups);
        suspended(&self, &mut groups);
        decisions(&self, &mut groups);
        migrations(&self, &mut groups);
        outbox(&self, committer, &mut groups);
        subscriptions(&self, &mut groups);
        counts(&self, committer, &mut groups);
        groups.retain(|group| !group.rows.is_empty());
        groups
    }
}

fn instances(changes: &Changes, groups: &mut Vec<Group>) {
    let mut new = Group::new(
        "insert into instances (id, definition, process, business_key, status, started_at, \
         started_by, ended_at, incidents, interrupted, caller_instance, caller_element) values ",
        "",
    );
    let mut flags = Group::new(
        "update instances set incidents = v.column2, interrupted = v.column3 from (values ",
        ") as v where instances.id = v.column1",
    );
    let mut ended = Group::new(
        "update instances set status = v.column2, ended_at = v.column3 from (values ",
        ") as v where instances.id = v.column1",
    );
    for (id, change) in &changes.instances {
        let id = convert::number(id.number());
        let end = change.ended.map(|(status, at)| (status_number(status), at.as_millis()));
        if let Some(row) = &change.new {
            let (incidents, interrupted) = change.flags.unwrap_or_default();
            new.rows.push(cells![
                id,
                convert::number(row.definition.number()),
                row.process.as_str(),
                row.business_key.clone(),
                end.map_or(0, |(status, _)| status),
                row.started_at.as_millis(),
                row.started_by.as_ref().map(PersonId::as_str),
                end.map(|(_, at)| at),
                incidents,
                interrupted,
                row.caller.as_ref().map(|caller| convert::number(caller.instance.number())),
                row.caller.as_ref().map(|caller| i64::from(caller.element.0)),
            ]);
            continue;
        }
        if let Some((incidents, interrupted)) = change.flags {
            flags.rows.push(cells![id, incidents, interrupted]);
        }
        if let Some((status, at)) = end {
            ended.rows.push(cells![id, status, at]);
        }
    }
    groups.extend([new, flags, ended]);
}

/// How a status is stored.
fn status_number(status: Status) -> i64 {
    match status {
        Status::NotStarted | Status::Active => 0,
        Status::Completed => 1,
        Status::Terminated => 2,
    }
}

fn journal(changes: &Changes, groups: &mut Vec<Group>) {
    let mut group = Group::new(
        "insert into journal (instance, position, command_id, at, by_person, events) values ",
        "",
    );
    group.rows.extend(changes.turns.iter().map(|turn| {
        cells![
            convert::number(turn.instance.number()),
            convert::number(turn.position),
            convert::command_bytes(turn.command),
            turn.at.as_millis(),
            turn.by.as_ref().map(PersonId::as_str),
            turn.events.clone(),
        ]
    }));
    groups.push(group);
}

fn snapshots(changes: &Changes, groups: &mut Vec<Group>) {
    let mut group = Group::new(
        "insert into snapshots (instance, position, state) values ",
        " on conflict (instance) do update set position = excluded.position, \
         state = excluded.state",
    );
    group.rows.extend(changes.snapshots.iter().map(|(instance, (position, state))| {
        cells![convert::number(instance.number()), convert::number(*position), state.clone()]
    }));
    groups.push(group);
}

fn elements(changes: &Changes, groups: &mut Vec<Group>) {
    let mut gone = Group::new("delete from elements where (instance, element) in (values ", ")");
    let mut new = Group::new("insert into elements (instance, element, node, since) values ", "");
    for ((instance, element), row) in &changes.elements {
        let mut cells = cells![convert::number(instance.number()), element.0];
        match row {
            None => gone.rows.push(cells),
            Some((node, since)) => {
                cells.extend(cells![node.as_str(), since.as_millis()]);
                new.rows.push(cells);
            }
        }
    }
    groups.extend([gone, new]);
}

fn tasks(changes: &Changes, groups: &mut Vec<Group>) {
    let mut new = Group::new(
        "insert into user_tasks (instance, element, definition, node, assignee, candidate_groups, \
         candidate_users, summary, created_at, due, follow_up, priority, form, form_key, state, \
         ended_at, ended_by, action, urgency, due_order) values ",
        "",
    );
    let mut assigned = Group::new(
        "update user_tasks set assignee = v.column3 from (values ",
        ") as v where user_tasks.instance = v.column1 and user_tasks.element = v.column2",
    );
    let mut ended = Group::new(
        "update user_tasks set state = v.column3, ended_at = v.column4, ended_by = v.column5, \
         action = v.column6 from (values ",
        ") as v where user_tasks.instance = v.column1 and user_tasks.element = v.column2",
    );
    for ((instance, element), change) in &changes.tasks {
        let key = cells![convert::number(instance.number()), element.0];
        match change {
            TaskChange::New(row) => new.rows.push([key, task_cells(row)].concat()),
            TaskChange::Changed { assignee, ended: end } => {
                if let Some(holder) = assignee {
                    let assignee = cells![holder.person().map(PersonId::as_str)];
                    assigned.rows.push([key.clone(), assignee].concat());
                }
                if let Some(end) = end {
                    ended.rows.push([key, end_cells(Some(end))].concat());
                }
            }
        }
    }
    groups.extend([new, assigned, ended]);
}

fn task_cells(row: &NewTask) -> Vec<Cell> {
    let task = &row.task;
    let (form, form_key) = form_columns(task.form.as_ref());
    let mut cells = cells![
        convert::number(row.definition.number()),
        row.node.as_str(),
        task.assignee.as_ref().map(PersonId::as_str),
        convert::list_text(&task.candidate_groups),
        convert::list_text(&task.candidate_users),
        task.summary.as_str(),
        row.created_at.as_millis(),
        task.due.map(Timestamp::as_millis),
        task.follow_up.map(Timestamp::as_millis),
        task.priority,
        form,
        form_key,
    ];
    cells.extend(end_cells(row.ended.as_ref()));
    cells.extend(cells![urgency(task.priority), due_order(task.due)]);
    cells
}

/// State, moment, person and action.
fn end_cells(end: Option<&TaskEnded>) -> Vec<Cell> {
    let state = end.map_or(0_i64, |end| if end.completed { 1 } else { 2 });
    cells![
        state,
        end.map(|end| end.at.as_millis()),
        end.and_then(|end| end.by.as_ref()).map(PersonId::as_str),
        end.and_then(|end| end.action.as_deref()),
    ]
}

fn candidates(changes: &Changes, groups: &mut Vec<Group>) {
    let mut gone =
        Group::new("delete from task_candidates where (instance, element) in (values ", ")");
    let mut new = Group::new(
        "insert into task_candidates (instance, element, who, urgency, due_order) values ",
        " on conflict (instance, element, who) do nothing",
    );
    for ((instance, element), candidates) in &changes.candidates {
        let key = cells![convert::number(instance.number()), element.0];
        let Some(candidates) = candidates else {
            gone.rows.push(key);
            continue;
        };
        for who in &candidates.who {
            let rest = cells![who.as_str(), candidates.urgency, candidates.due_order];
            new.rows.push([key.clone(), rest].concat());
        }
    }
    groups.extend([gone, new]);
}

fn jobs(changes: &Changes, committer: i64, groups: &mut Vec<Group>) {
    let mut gone = Group::new("delete from jobs where (instance, element) in (values ", ")");
    let mut set = Group::new(
        "insert into jobs (instance, element, job_type, retries, retries_granted, due_at, \
         leased_by, priority) values ",
        // The number of the lease stays: whoever had the job may still answer.
        " on conflict (instance, element) do update set retries = excluded.retries, \
         retries_granted = excluded.retries_granted, due_at = excluded.due_at, \
         leased_by = excluded.leased_by, priority = excluded.priority, worker = null",
    );
    let mut changed = Group::new(
        "update jobs set retries = v.column3, priority = v.column4 from (values ",
        ") as v where jobs.instance = v.column1 and jobs.element = v.column2",
    );
    for ((instance, element), job) in &changes.jobs {
        let key = cells![convert::number(instance.number()), element.0];
        let Some(job) = job else {
            gone.rows.push(key);
            continue;
        };
        let JobRow { job_type, retries, retries_granted, due_at, leased, priority } = job;
        let rest = cells![
            job_type.as_str(),
            *retries,
            *retries_granted,
            due_at.map(Timestamp::as_millis),
            leased.then_some(committer),
            i64::from(*priority),
        ];
        set.rows.push([key, rest].concat());
    }
    for ((instance, element), change) in &changes.jobs_changed {
        let key = cells![convert::number(instance.number()), element.0];
        let rest = cells![change.retries, i64::from(change.priority)];
        changed.rows.push([key, rest].concat());
    }
    groups.extend([gone, set, changed]);
}

fn incidents(changes: &Changes, groups: &mut Vec<Group>) {
    let mut gone = Group::new("delete from incidents where (instance, number) in (values ", ")");
    let mut new = Group::new(
        "insert into incidents (instance, number, element, node, cause, message, raised_at) \
         values ",
        "",
    );
    for ((instance, number), incident) in &changes.incidents {
        let key = cells![convert::number(instance.number()), number.0];
        let Some(row) = incident else {
            gone.rows.push(key);
            continue;
        };
        let rest = cells![
            row.element.0,
            row.node.as_str(),
            cause_text(row.cause),
            row.message.as_str(),
            row.raised_at.as_millis(),
        ];
        new.rows.push([key, rest].concat());
    }
    groups.extend([gone, new]);
}

fn suspended(changes: &Changes, groups: &mut Vec<Group>) {
    let mut gone = Group::new("delete from suspended_instances where instance in (values ", ")");
    let mut new = Group::new(
        "insert into suspended_instances (instance) values ",
        " on conflict (instance) do nothing",
    );
    for (instance, stands_still) in &changes.suspended {
        let of = if *stands_still { &mut new } else { &mut gone };
        of.rows.push(cells![convert::number(instance.number())]);
    }
    groups.extend([gone, new]);
}

fn timers(changes: &Changes, groups: &mut Vec<Group>) {
    let mut gone = Group::new("delete from timers where (instance, subscription) in (values ", ")");
    let mut set = Group::new(
        "insert into timers (instance, subscription, due_at, look_at, since) values ",
        " on conflict (instance, subscription) do update set due_at = excluded.due_at, \
         look_at = excluded.look_at, since = excluded.since",
    );
    for ((instance, subscription), timer) in &changes.timers {
        let key = cells![convert::number(instance.number()), subscription.0];
        let Some(row) = &timer.now else {
            if timer.was_there {
                gone.rows.push(key);
            }
            continue;
        };
        let due = row.due_at.as_millis();
        set.rows.push([key, cells![due, due, row.since.as_millis()]].concat());
    }
    groups.extend([gone, set]);
}

fn decisions(changes: &Changes, groups: &mut Vec<Group>) {
    let mut uses = Group::new(
        "insert into decision_uses (model, decision, instance, element, at, called, rules, \
         outcome) values ",
        " on conflict (model, decision, instance, element) do nothing",
    );
    let mut rules = Group::new(
        "insert into rule_uses (model, decision, rule, instance, element) values ",
        " on conflict (model, decision, rule, instance, element) do nothing",
    );
    for made in &changes.decisions {
        let (model, instance) = (made.model.number(), made.instance.number());
        let (model, instance) = (convert::number(model), convert::number(instance));
        let decision = made.decision.as_str();
        uses.rows.push(cells![
            model,
            decision,
            instance,
            made.element.0,
            made.at.as_millis(),
            made.called,
            convert::list_text(&made.rules),
            made.outcome.as_str(),
        ]);
        for rule in &made.rules {
            rules.rows.push(cells![model, decision, *rule, instance, made.element.0]);
        }
    }
    groups.extend([uses, rules]);
}

/// After all else of a batch: rows that are gone by then are not found.
fn migrations(changes: &Changes, groups: &mut Vec<Group>) {
    let mut instances = Group::new(
        "update instances set definition = v.column2 from (values ",
        ") as v where instances.id = v.column1",
    );
    let mut elements = Group::new(
        "update elements set node = v.column3 from (values ",
        ") as v where elements.instance = v.column1 and elements.element = v.column2",
    );
    let mut tasks = Group::new(
        "update user_tasks set definition = v.column3, node = v.column4 from (values ",
        ") as v where user_tasks.instance = v.column1 and user_tasks.element = v.column2",
    );
    let mut incidents = Group::new(
        "update incidents set node = v.column3 from (values ",
        ") as v where incidents.instance = v.column1 and incidents.number = v.column2",
    );
    for (instance, moved) in &changes.moved {
        let instance = convert::number(instance.number());
        let definition = convert::number(moved.definition.number());
        instances.rows.push(cells![instance, definition]);
        for (element, node) in &moved.visits {
            elements.rows.push(cells![instance, element.0, node.as_str()]);
            tasks.rows.push(cells![instance, element.0, definition, node.as_str()]);
        }
        for (incident, node) in &moved.incidents {
            incidents.rows.push(cells![instance, incident.0, node.as_str()]);
        }
    }
    groups.extend([instances, elements, tasks, incidents]);
}

fn outbox(changes: &Changes, committer: i64, groups: &mut Vec<Group>) {
    let mut group = Group::new(
        "insert into outbox (instance, position, number, committer, by_person, entry) values ",
        "",
    );
    group.rows.extend(changes.outbox.iter().map(|row| {
        cells![
            convert::number(row.instance.number()),
            convert::number(row.position),
            row.number,
            committer,
            row.by.as_ref().map(PersonId::as_str),
            row.entry.clone(),
        ]
    }));
    groups.push(group);
}

fn subscriptions(changes: &Changes, groups: &mut Vec<Group>) {
    let mut gone =
        Group::new("delete from subscriptions where (instance, subscription) in (values ", ")");
    let mut new = Group::new(
        "insert into subscriptions (instance, subscription, process, kind, name, key) values ",
        "",
    );
    for ((instance, subscription), change) in &changes.subscriptions {
        let row = cells![convert::number(instance.number()), subscription.0];
        if change.was_there {
            gone.rows.push(row.clone());
        }
        if let Some(AwaitedRow { process, awaited }) = &change.now {
            let rest = cells![
                process.as_str(),
                awaited.kind.number(),
                convert::indexed(&awaited.name),
                awaited.key.as_deref().map(convert::indexed),
            ];
            new.rows.push([row, rest].concat());
        }
    }
    groups.extend([gone, new]);
}

/// How a cause is stored: as in the journal.
pub(in crate::store) fn cause_text(cause: Cause) -> String {
    match serde_json::to_value(cause) {
        Ok(serde_json::Value::String(name)) => name,
        _ => format!("{cause:?}"),
    }
}

fn counts(changes: &Changes, committer: i64, groups: &mut Vec<Group>) {
    let mut counters = Group::new(
        "insert into counters (definition, day, kind, node, committer, n) values ",
        " on conflict (definition, day, kind, node, committer) \
         do update set n = counters.n + excluded.n",
    );
    for ((definition, day, kind, node), n) in &changes.counts.counters {
        if *n != 0 {
            let definition = convert::number(definition.number());
            let node = node.as_str();
            counters.rows.push(cells![definition, *day, kind.number(), node, committer, *n]);
        }
    }
    let mut sketches = Group::new(
        "insert into sketches (definition, node, day, bucket, committer, n) values ",
        " on conflict (definition, node, day, bucket, committer) \
         do update set n = sketches.n + excluded.n",
    );
    for ((definition, node, day, bucket), n) in &changes.counts.sketches {
        let (definition, bucket) = (convert::number(definition.number()), i64::from(*bucket));
        sketches.rows.push(cells![definition, node.as_str(), *day, bucket, committer, *n]);
    }
    groups.extend([counters, sketches]);
}
