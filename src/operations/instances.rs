//! Instances: which there are, and all about one of them.
//!
//! A person without the right to see every instance sees those that he started or has (or had, or
//! may take) a task of; any other does not exist for him.

use spartito_core::engine::event::Role;
use spartito_core::engine::{self, Command, InstanceState as EngineState, choices};
use spartito_core::ids::{ElementInstanceId, FlowNodeId, InstanceId, ProcessId};
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;

use super::facts::facts;
use super::names::Names;
use super::story::{Story, awaited, cause_words, startable, title, triggerable};
use super::words::readable_name;
use super::{Desk, OperationError, models};
use crate::auth::Caller;
use crate::store::{IncidentRow, InstanceQuery, InstanceRow, InstanceStatus, RemovedRow};
use crate::wire::{
    DiagramView, IncidentView, InstanceDetail, InstanceFilter, InstanceLink, InstanceList,
    InstanceRights, InstanceState, InstanceSummary, PauseNote, Permission, StepCount,
};

/// Instances of one page.
const PAGE: u32 = 50;
/// Most characters of a reason.
const REASON_CHARACTERS_MAX: usize = 1_000;
/// Most called instances that are shown of one.
const CALLED_SHOWN_MAX: u32 = 50;
/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;

/// A page of instances that the caller may see, latest first.
///
/// # Errors
/// The database does not answer.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    filter: &InstanceFilter,
) -> Result<InstanceList, OperationError> {
    let now = desk.now();
    let (Ok(started_day), Ok(ended_day)) =
        (day(filter.started_on.as_deref()), day(filter.ended_on.as_deref()))
    else {
        return Ok(InstanceList { instances: Vec::new(), next: None, now });
    };
    let text = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    };
    let query = InstanceQuery {
        process: text(&filter.process).map(ProcessId::new),
        definition: None,
        state: filter.state.map(status_of),
        incidents: filter.incidents.unwrap_or(false),
        suspended: filter.suspended.unwrap_or(false),
        step: text(&filter.step).map(FlowNodeId::new),
        q: text(&filter.q),
        involved: (!caller.may(Permission::ViewInstances))
            .then(|| (caller.person.clone(), caller.groups.clone())),
        started_day,
        ended_day,
        limit: PAGE,
        after: text(&filter.after),
    };
    let page = desk.runtime.store.instances(&query).await?;
    let mut instances = Vec::with_capacity(page.rows.len());
    let starters = page.rows.iter().filter_map(|row| row.started_by.clone()).collect();
    let names = Names::of(&desk.runtime.store, starters).await?;
    for row in page.rows {
        instances.push(summary(desk, row, &names).await?);
    }
    Ok(InstanceList { instances, next: page.next, now })
}

/// A day such as `2026-11-23`, in days since 1970; `Err` for a text that is no day.
fn day(text: Option<&str>) -> Result<Option<i64>, ()> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let start = Timestamp::parse(&format!("{text}T00:00:00Z")).map_err(|_| ())?;
    Ok(Some(start.as_millis().div_euclid(DAY_MS)))
}

const fn status_of(state: InstanceState) -> InstanceStatus {
    match state {
        InstanceState::Active => InstanceStatus::Active,
        InstanceState::Completed => InstanceStatus::Completed,
        InstanceState::Terminated => InstanceStatus::Terminated,
    }
}

const fn state_of(status: InstanceStatus) -> InstanceState {
    match status {
        InstanceStatus::Active => InstanceState::Active,
        InstanceStatus::Completed => InstanceState::Completed,
        InstanceStatus::Terminated => InstanceState::Terminated,
    }
}

async fn summary(
    desk: &Desk,
    row: InstanceRow,
    names: &Names,
) -> Result<InstanceSummary, OperationError> {
    let definition = models::definition(desk, row.definition).await?;
    let mut steps: Vec<String> = Vec::new();
    for node in &row.steps {
        let step = title(definition.process.model(), node);
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    Ok(InstanceSummary {
        id: row.id,
        process: row.process,
        process_name: row.process_name,
        version: row.version,
        business_key: row.business_key,
        state: state_of(row.status),
        incidents: row.incidents,
        suspended: row.suspended,
        started_at: row.started_at,
        ended_at: row.ended_at,
        started_by: names.find(row.started_by.as_ref()),
        steps,
    })
}

/// An instance that the caller may see.
///
/// # Errors
/// There is none, or not for this caller.
pub(super) async fn visible(
    desk: &Desk,
    caller: &Caller,
    id: InstanceId,
) -> Result<InstanceRow, OperationError> {
    let store = &desk.runtime.store;
    let Some(found) = store.instance(id).await? else {
        let removed = store.removed_instance(id).await?;
        let may_know = caller.may(Permission::ViewInstances);
        return Err(removed.filter(|_| may_know).map_or_else(unknown, |row| gone(&row)));
    };
    let seen = caller.may(Permission::ViewInstances)
        || store.is_involved(id, &caller.person, &caller.groups).await?;
    if seen { Ok(found) } else { Err(unknown()) }
}

fn unknown() -> OperationError {
    OperationError::NotFound("There is no such instance, or it is not yours to see.".to_owned())
}

/// That it was there, and is gone as somebody has set.
fn gone(removed: &RemovedRow) -> OperationError {
    let days = removed.removed_at.millis_since(removed.ended_at) / DAY_MS;
    let day: String = removed.removed_at.to_string().chars().take(10).collect();
    OperationError::NotFound(format!(
        "This instance was removed on {day}, {days} days after its end: finished instances of \
         its process are not kept for longer. It is still counted."
    ))
}

/// All about one instance.
///
/// # Errors
/// There is none, or not for this caller.
pub async fn detail(
    desk: &Desk,
    caller: &Caller,
    id: InstanceId,
) -> Result<InstanceDetail, OperationError> {
    let mut row = visible(desk, caller, id).await?;
    let store = &desk.runtime.store;
    let (state, position) = desk.runtime.state(id).await?.ok_or_else(unknown)?;
    if row.status == InstanceStatus::Active && row.suspended != state.is_suspended() {
        row.suspended = state.is_suspended();
        store.correct_suspended(id, row.suspended).await?;
    }
    let story = Story::read(store, id, position).await?;
    let people = story.people().chain(row.started_by.as_ref()).cloned().collect();
    let names = Names::of(store, people).await?;
    let definition = models::definition(desk, row.definition).await?;
    let process = definition.process.model();
    let forms = models::forms_of(desk, process).await?;
    let incidents = store.open_incidents(id).await?;
    let active = row.status == InstanceStatus::Active;
    let may_operate = caller.may(Permission::OperateInstances) && active;
    let mut made = story.decisions(process);
    super::decisions::tell_versions(desk, &mut made).await?;
    let (called_by, calls) = relatives(desk, caller, id).await?;
    let mut timeline = story.timeline(process, &state, &names);
    super::workers::tell_outside_work(desk, id, &mut timeline).await?;
    let diagram = DiagramView {
        diagram: definition.diagram.clone(),
        steps: step_counts(&state, &story, &incidents),
        taken: story.taken(),
        completed: story.completed(),
    };
    Ok(InstanceDetail {
        definition: row.definition,
        pause: state.is_suspended().then(|| paused(&story, &names)),
        termination_reason: story.termination_reason(),
        diagram,
        variables: facts(state.variables(), &forms),
        timeline,
        history: story.history(process, &names),
        decisions: made,
        history_cut: story.is_cut(),
        called_by,
        calls,
        awaited: awaited(&state, &definition.process),
        startable: if may_operate { startable(&state, &definition.process) } else { Vec::new() },
        triggerable: if may_operate {
            triggerable(&state, &definition.process)
        } else {
            Vec::new()
        },
        rights: InstanceRights {
            cancel: may_operate,
            retry: may_operate && !incidents.is_empty(),
            pause: may_operate && !state.is_suspended(),
            resume: may_operate && state.is_suspended(),
        },
        incidents: incidents
            .into_iter()
            .map(|incident| IncidentView {
                title: title(process, &incident.node),
                key: incident.key,
                node: incident.node.to_string(),
                cause: readable_name(cause_words(incident.cause)),
                message: incident.message,
                raised_at: incident.raised_at,
            })
            .collect(),
        instance: summary(desk, row, &names).await?,
        now: desk.now(),
    })
}

/// Who lets it stand still, since when and why.
fn paused(story: &Story, names: &Names) -> PauseNote {
    let Some(known) = story.suspension() else { return PauseNote::default() };
    PauseNote {
        by: names.find(known.by.as_ref()),
        since: Some(known.since),
        reason: known.reason.clone(),
    }
}

/// The instance that called this one, and those it called, as far as the caller may see them.
async fn relatives(
    desk: &Desk,
    caller: &Caller,
    id: InstanceId,
) -> Result<(Option<InstanceLink>, Vec<InstanceLink>), OperationError> {
    let (called_by, called) = desk.runtime.store.relatives(id, CALLED_SHOWN_MAX).await?;
    let mut links = Vec::new();
    for other in called_by.into_iter().chain(called) {
        let row = match visible(desk, caller, other).await {
            Ok(row) => row,
            Err(OperationError::NotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        let name = row.business_key.unwrap_or(row.process_name);
        links.push(InstanceLink { id: row.id, name, state: state_of(row.status) });
    }
    let first = links.first().is_some_and(|first| Some(first.id) == called_by);
    let calls = links.split_off(usize::from(first));
    Ok((links.pop(), calls))
}

/// What is going on at each step of one instance.
fn step_counts(state: &EngineState, story: &Story, incidents: &[IncidentRow]) -> Vec<StepCount> {
    let mut counts = std::collections::BTreeMap::<FlowNodeId, StepCount>::new();
    let mut at = |node: &FlowNodeId, change: &mut dyn FnMut(&mut StepCount)| {
        change(
            counts
                .entry(node.clone())
                .or_insert_with(|| StepCount { element: node.to_string(), ..StepCount::default() }),
        );
    };
    for (_, element) in state.elements().filter(|(_, element)| element.role != Role::Body) {
        at(&element.node, &mut |count| count.active += 1);
    }
    for incident in incidents {
        at(&incident.node, &mut |count| count.incidents += 1);
    }
    for (node, completed) in story.completed_counts() {
        at(&node, &mut |count| count.completed = completed);
    }
    counts.into_values().collect()
}

/// Ends an instance before its time.
///
/// # Errors
/// The right is missing, there is no such instance, or it has ended.
pub async fn cancel(
    desk: &Desk,
    caller: &Caller,
    id: InstanceId,
    reason: &str,
) -> Result<(), OperationError> {
    caller.require(Permission::OperateInstances)?;
    visible(desk, caller, id).await?;
    let command = Command::TerminateInstance { reason: reason_of(reason)? };
    desk.runtime.orchestrator.submit(id, command, Some(caller.person.clone()), None).await?;
    Ok(())
}

/// A reason as it is kept.
pub(super) fn reason_of(reason: &str) -> Result<String, OperationError> {
    let reason = reason.trim();
    if reason.chars().count() > REASON_CHARACTERS_MAX {
        return Err(OperationError::invalid_field(
            "reason",
            "Give the reason in up to 1,000 characters.",
        ));
    }
    Ok(reason.to_owned())
}

/// Lets nothing more happen to an instance until it is resumed; of one that is suspended, nothing
/// changes.
///
/// # Errors
/// The right is missing, there is no such instance, it has ended, or the reason is too long.
pub async fn suspend(
    desk: &Desk,
    caller: &Caller,
    id: InstanceId,
    reason: &str,
) -> Result<(), OperationError> {
    caller.require(Permission::OperateInstances)?;
    let command = Command::SuspendInstance { reason: reason_of(reason)? };
    operate(desk, caller, id, command).await
}

/// Lets a suspended instance go on; of one that is not suspended, nothing changes.
///
/// # Errors
/// The right is missing, there is no such instance, or it has ended.
pub async fn resume(desk: &Desk, caller: &Caller, id: InstanceId) -> Result<(), OperationError> {
    operate(desk, caller, id, Command::ResumeInstance).await
}

async fn operate(
    desk: &Desk,
    caller: &Caller,
    id: InstanceId,
    command: Command,
) -> Result<(), OperationError> {
    caller.require(Permission::OperateInstances)?;
    visible(desk, caller, id).await?;
    desk.runtime.orchestrator.submit(id, command, Some(caller.person.clone()), None).await?;
    Ok(())
}

/// Starts a step of an ad-hoc sub-process that is open. `scope` says which visit to the sub-process
/// is meant; it can be left out where there is one that takes the step.
///
/// # Errors
/// The right is missing, there is no such instance, or the step cannot be started there.
pub async fn start_step(
    desk: &Desk,
    caller: &Caller,
    id: InstanceId,
    (scope, node): (Option<ElementInstanceId>, FlowNodeId),
    variables: Variables,
) -> Result<(), OperationError> {
    caller.require(Permission::OperateInstances)?;
    let row = visible(desk, caller, id).await?;
    let scope = match scope {
        Some(scope) => scope,
        None => only_scope(desk, &row, &node).await?,
    };
    let command = Command::StartAdHoc { scope, node, variables };
    desk.runtime.orchestrator.submit(id, command, Some(caller.person.clone()), None).await?;
    Ok(())
}

/// The one open ad-hoc sub-process in which `node` can be started.
async fn only_scope(
    desk: &Desk,
    row: &InstanceRow,
    node: &FlowNodeId,
) -> Result<ElementInstanceId, OperationError> {
    let (state, _) = desk.runtime.state(row.id).await?.ok_or_else(unknown)?;
    let definition = models::definition(desk, row.definition).await?;
    let mut scopes = choices(&definition.process, &state)
        .into_iter()
        .filter(|(_, choice)| choice == node)
        .map(|(scope, _)| scope);
    match (scopes.next(), scopes.next()) {
        (Some(scope), None) => Ok(scope),
        (None, _) => Err(OperationError::Conflict(format!("“{node}” cannot be started now."))),
        (Some(_), Some(_)) => Err(OperationError::invalid_field(
            "scope",
            "The step can be started in several places; say in which.",
        )),
    }
}

/// Triggers a receive task that names no message. `visit` says which visit to it is meant; it can be
/// left out where there is one.
///
/// # Errors
/// The right is missing, there is no such instance, or the task does not wait there.
pub async fn trigger_step(
    desk: &Desk,
    caller: &Caller,
    id: InstanceId,
    (visit, node): (Option<ElementInstanceId>, FlowNodeId),
    variables: Variables,
) -> Result<(), OperationError> {
    caller.require(Permission::OperateInstances)?;
    let row = visible(desk, caller, id).await?;
    let (state, _) = desk.runtime.state(id).await?.ok_or_else(unknown)?;
    let definition = models::definition(desk, row.definition).await?;
    let mut waiting = engine::triggerable(&definition.process, &state)
        .into_iter()
        .filter(|(at, it, _)| *it == node && visit.is_none_or(|visit| visit == *at))
        .map(|(_, _, subscription)| subscription);
    let subscription = match (waiting.next(), waiting.next()) {
        (Some(subscription), None) => subscription,
        (None, _) => {
            let words = format!("“{node}” does not wait until somebody triggers it.");
            return Err(OperationError::Conflict(words));
        }
        (Some(_), Some(_)) => {
            let words = "The step waits in several places; say in which.";
            return Err(OperationError::invalid_field("visit", words));
        }
    };
    let command = Command::TriggerEvent { subscription, variables };
    desk.runtime.orchestrator.submit(id, command, Some(caller.person.clone()), None).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_day_and_nothing_else() {
        assert_eq!(day(None), Ok(None));
        assert_eq!(day(Some("1970-01-03")), Ok(Some(2)));
        assert_eq!(day(Some("2026-11-23")), Ok(Some(20_780)));
        for text in ["2026-02-30", "today", "2026-11-23T00:00:00Z"] {
            assert_eq!(day(Some(text)), Err(()), "{text}");
        }
    }
}
