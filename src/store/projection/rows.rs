//! The statements of a batch: each group writes many rows of one table at once.

use spartito_core::engine::incident::Cause;
use spartito_core::engine::state::Status;
use spartito_core::ids::PersonId;
use spartito_core::time::Timestamp;

use super::Changes;
use super::group::Group;
use super::waiting::AwaitedRow;
use super::work::{JobRow, NewTask, TaskChange, TaskEnded, due_order, form_columns, urgency};
use crate::store::convert;
use crate::store::database::{Cell, cells};

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
    let mut new = Group::insert(
        "instances (id, definition, process, business_key, status, started_at, \
         started_by, ended_at, incidents, interrupted, caller_instance, caller_element)",
        "",
    );
    let mut flags = Group::update("instances", &["id"], &["incidents", "interrupted"]);
    let mut ended = Group::update("instances", &["id"], &["status", "ended_at"]);
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
    let mut group =
        Group::insert("journal (instance, position, command_id, at, by_person, events)", "");
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
    let mut group = Group::insert(
        "snapshots (instance, position, state)",
        " on conflict (instance) do update set position = excluded.position, \
         state = excluded.state",
    );
    group.rows.extend(changes.snapshots.iter().map(|(instance, (position, state))| {
        cells![convert::number(instance.number()), convert::number(*position), state.clone()]
    }));
    groups.push(group);
}

fn elements(changes: &Changes, groups: &mut Vec<Group>) {
    let mut gone = Group::delete("elements", &["instance", "element"]);
    let mut new = Group::insert("elements (instance, element, node, since)", "");
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
    let mut new = Group::insert(
        "user_tasks (instance, element, definition, node, assignee, candidate_groups, \
         candidate_users, summary, created_at, due, follow_up, priority, form, form_key, state, \
         ended_at, ended_by, action, urgency, due_order)",
        "",
    );
    let mut assigned = Group::update("user_tasks", &["instance", "element"], &["assignee"]);
    let mut ended = Group::update(
        "user_tasks",
        &["instance", "element"],
        &["state", "ended_at", "ended_by", "action"],
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
    let mut gone = Group::delete("task_candidates", &["instance", "element"]);
    let mut new = Group::insert(
        "task_candidates (instance, element, who, urgency, due_order)",
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
    let mut gone = Group::delete("jobs", &["instance", "element"]);
    let mut set = Group::insert(
        "jobs (instance, element, job_type, retries, retries_granted, due_at, \
         leased_by, priority)",
        // The number of the lease stays: whoever had the job may still answer.
        " on conflict (instance, element) do update set retries = excluded.retries, \
         retries_granted = excluded.retries_granted, due_at = excluded.due_at, \
         leased_by = excluded.leased_by, priority = excluded.priority, worker = null",
    );
    let mut changed = Group::update("jobs", &["instance", "element"], &["retries", "priority"]);
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
    let mut gone = Group::delete("incidents", &["instance", "number"]);
    let mut new = Group::insert(
        "incidents (instance, number, element, node, cause, message, raised_at) \
        ",
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
    let mut gone = Group::delete("suspended_instances", &["instance"]);
    let mut new =
        Group::insert("suspended_instances (instance)", " on conflict (instance) do nothing");
    for (instance, stands_still) in &changes.suspended {
        let of = if *stands_still { &mut new } else { &mut gone };
        of.rows.push(cells![convert::number(instance.number())]);
    }
    groups.extend([gone, new]);
}

fn timers(changes: &Changes, groups: &mut Vec<Group>) {
    let mut gone = Group::delete("timers", &["instance", "subscription"]);
    let mut set = Group::insert(
        "timers (instance, subscription, due_at, look_at, since)",
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
    let mut uses = Group::insert(
        "decision_uses (model, decision, instance, element, at, called, rules, \
         outcome)",
        " on conflict (model, decision, instance, element) do nothing",
    );
    let mut rules = Group::insert(
        "rule_uses (model, decision, rule, instance, element)",
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
    let mut instances = Group::update("instances", &["id"], &["definition"]);
    let mut elements = Group::update("elements", &["instance", "element"], &["node"]);
    let mut tasks = Group::update("user_tasks", &["instance", "element"], &["definition", "node"]);
    let mut incidents = Group::update("incidents", &["instance", "number"], &["node"]);
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
    let mut group =
        Group::insert("outbox (instance, position, number, committer, by_person, entry)", "");
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
    let mut gone = Group::delete("subscriptions", &["instance", "subscription"]);
    let mut new =
        Group::insert("subscriptions (instance, subscription, process, kind, name, key)", "");
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
    let mut counters = Group::insert(
        "counters (definition, day, kind, node, committer, n)",
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
    let mut sketches = Group::insert(
        "sketches (definition, node, day, bucket, committer, n)",
        " on conflict (definition, node, day, bucket, committer) \
         do update set n = sketches.n + excluded.n",
    );
    for ((definition, node, day, bucket), n) in &changes.counts.sketches {
        let (definition, bucket) = (convert::number(definition.number()), i64::from(*bucket));
        sketches.rows.push(cells![definition, node.as_str(), *day, bucket, committer, *n]);
    }
    groups.extend([counters, sketches]);
}
