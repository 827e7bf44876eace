//! What an instance waits for now: at each open visit, and at the events that are awaited beside.
//!
//! Read from its state alone, never from its history.

use spartito_core::bpmn::model::{FlowNodeKind, Process};
use spartito_core::engine::event::Waited;
use spartito_core::engine::state::Work;
use spartito_core::engine::triggerable as triggered_by_hand;
use spartito_core::engine::{ExecutableProcess, InstanceState, choices};
use spartito_core::ids::{ElementInstanceId, FlowNodeId};
use spartito_core::time::Timestamp;

use super::{find, title};
use crate::wire::{AwaitedEvent, AwaitedKind, StartableStep, TriggerableStep, Waiting};

/// Events and steps of each kind that are shown.
const SHOWN_MAX: usize = 100;

/// Why the open visit `element` waits, and until when where that is known.
pub(super) fn of(
    state: &InstanceState,
    process: &Process,
    element: ElementInstanceId,
) -> (Option<Waiting>, Option<Timestamp>) {
    let Some(open) = state.element(element) else { return (None, None) };
    match &open.work {
        Some(Work::Job(_)) => return (Some(Waiting::Job), None),
        Some(Work::UserTask(_)) => return (Some(Waiting::UserTask), None),
        Some(Work::Call | Work::Loop(_) | Work::Compensation(_) | Work::Directed(_)) => {
            return (Some(Waiting::Content), None);
        }
        None => {}
    }
    let Some(node) = find(process, &open.node) else { return (None, None) };
    if node.kind.sub_process().is_some() {
        return (Some(Waiting::Content), None);
    }
    // Events on its border are awaited beside its work.
    let awaited: Vec<&Waited> = state
        .subscriptions_of(element)
        .filter(|(_, it)| !is_on_border(process, &it.node))
        .map(|(_, it)| &it.waits)
        .collect();
    if awaited.is_empty() {
        return (None, None);
    }
    match awaited.iter().filter_map(|it| moment_of(it)).min() {
        Some(due) => (Some(Waiting::Timer), Some(due)),
        None => (Some(Waiting::Event), None),
    }
}

/// The moment that is waited for; `None` for what is no timer, or is started by hand.
fn moment_of(waits: &Waited) -> Option<Timestamp> {
    match waits {
        Waited::Timer { due, .. } => Some(*due).filter(|due| *due != Timestamp::MAX),
        Waited::Message { .. } | Waited::Signal { .. } | Waited::Condition { .. } => None,
    }
}

fn is_on_border(process: &Process, node: &FlowNodeId) -> bool {
    find(process, node).is_some_and(|node| matches!(node.kind, FlowNodeKind::BoundaryEvent(_)))
}

/// The events that are awaited now, the earliest moment first.
pub(in crate::operations) fn awaited(
    state: &InstanceState,
    definition: &ExecutableProcess,
) -> Vec<AwaitedEvent> {
    let process = definition.model();
    let by_hand = triggered_by_hand(definition, state);
    let mut events: Vec<AwaitedEvent> = state
        .subscriptions()
        .map(|(id, it)| {
            let (kind, name) = match &it.waits {
                _ if by_hand.iter().any(|(_, _, hand)| *hand == id) => (AwaitedKind::Trigger, None),
                Waited::Timer { .. } => (AwaitedKind::Timer, None),
                Waited::Message { name, .. } => (AwaitedKind::Message, Some(name)),
                Waited::Signal { name } => (AwaitedKind::Signal, Some(name)),
                Waited::Condition { .. } => (AwaitedKind::Condition, None),
            };
            let at = state.element(it.element).filter(|open| open.node != it.node);
            AwaitedEvent {
                node: it.node.to_string(),
                title: event_title(process, &it.node),
                at: at.map(|open| title(process, &open.node)),
                kind,
                name: name.map(ToString::to_string),
                due: moment_of(&it.waits),
            }
        })
        .collect();
    events.sort_by_key(|event| event.due.unwrap_or(Timestamp::MAX));
    events.truncate(SHOWN_MAX);
    events
}

/// What an event is called; the start of an event sub-process that has no name, as the sub-process.
fn event_title(process: &Process, node: &FlowNodeId) -> String {
    let start = find(process, node)
        .filter(|it| it.name.is_empty() && matches!(it.kind, FlowNodeKind::StartEvent(_)));
    match start.and_then(|start| start.scope) {
        Some(scope) => title(process, &process.node(scope).id),
        None => title(process, node),
    }
}

/// The steps that wait until somebody triggers them.
pub(in crate::operations) fn triggerable(
    state: &InstanceState,
    process: &ExecutableProcess,
) -> Vec<TriggerableStep> {
    let waiting = triggered_by_hand(process, state).into_iter().take(SHOWN_MAX);
    waiting
        .map(|(visit, node, _)| {
            let title = title(process.model(), &node);
            TriggerableStep { visit: visit.0, node: node.to_string(), title }
        })
        .collect()
}

/// The steps that can be started now, in the ad-hoc sub-processes that are open.
pub(in crate::operations) fn startable(
    state: &InstanceState,
    process: &ExecutableProcess,
) -> Vec<StartableStep> {
    let model = process.model();
    let choices = choices(process, state).into_iter().take(SHOWN_MAX);
    choices
        .filter_map(|(scope, node)| {
            let within = title(model, &state.element(scope)?.node);
            let (node, title) = (node.to_string(), title(model, &node));
            Some(StartableStep { scope: scope.0, node, title, within })
        })
        .collect()
}
