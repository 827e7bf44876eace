//! Longer words of a trace.

use spartito_core::dmn::DecisionTrace;
use spartito_core::engine::Event;
use spartito_core::ids::{GroupId, PersonId};

/// A decision, its value, and the rules that matched.
pub(super) fn told_decision(made: &DecisionTrace) -> String {
    let rules: Vec<String> = made.matched.iter().map(|rule| rule.index.to_string()).collect();
    let rules =
        if rules.is_empty() { String::new() } else { format!(" rule {}", rules.join(", ")) };
    format!("{} {}{rules}", made.name, made.value.to_json())
}

/// The priority of a new job, where it is not what it is by default.
pub(super) fn priority(priority: i32) -> String {
    if priority == 0 { String::new() } else { format!(", priority {priority}") }
}

/// The attributes of a new task that are not what they are by default.
pub(super) fn task_attributes(event: &Event) -> String {
    let Event::UserTaskCreated {
        assignee,
        candidate_groups,
        candidate_users,
        due,
        follow_up,
        priority,
        form,
        summary,
        ..
    } = event
    else {
        return String::new();
    };
    let list = |names: Vec<&str>| (!names.is_empty()).then(|| names.join(", "));
    let groups = list(candidate_groups.iter().map(GroupId::as_str).collect());
    let users = list(candidate_users.iter().map(PersonId::as_str).collect());
    let attributes = [
        ("for", assignee.as_ref().map(ToString::to_string)),
        ("groups", groups),
        ("users", users),
        ("due", due.map(|due| due.to_string())),
        ("follow-up", follow_up.map(|follow_up| follow_up.to_string())),
        ("priority", (*priority != 50).then(|| priority.to_string())),
        ("form", form.as_ref().map(|form| form.id.to_string())),
        ("summary", (!summary.is_empty()).then(|| summary.clone())),
    ];
    let present = attributes.into_iter().filter_map(|(name, value)| Some((name, value?)));
    present.map(|(name, value)| format!(" {name} {value}")).collect()
}
