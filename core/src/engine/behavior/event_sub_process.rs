//! Event Sub-Process: begun by an event as long as the scope is active that it lies in.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Event Sub-Processes": one that interrupts ends what
//! its scope holds, and takes its place.

use super::{ad_hoc_job, mappings, sub_process, waiting};
use crate::bpmn::model::{FlowNodeKind, NodeIndex};
use crate::engine::event::{Event, Role, Waited};
use crate::engine::expression::Failure;
use crate::engine::state::Subscription;
use crate::engine::turn::Turn;
use crate::ids::{ElementInstanceId, SubscriptionId};
use crate::value::Variables;

/// What the event sub-processes of a scope wait for, each at its start event.
pub(in crate::engine) type Starts = Vec<(NodeIndex, Vec<(u32, Waited)>)>;

/// What the event sub-processes directly in `scope` wait for.
pub(in crate::engine) fn starts(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    scope: Option<NodeIndex>,
    locals: Option<&Variables>,
) -> Result<Starts, Failure> {
    let seen = turn.visible(element).under(locals);
    turn.process()
        .event_sub_processes(scope)
        .map(|(_, start)| Ok((start, waiting::evaluate(turn, start, seen)?)))
        .collect()
}

/// The start event `node` of an event sub-process of `scope` occurs.
pub(super) fn occur(
    turn: &mut Turn<'_>,
    scope: ElementInstanceId,
    node: NodeIndex,
    variables: &Variables,
) {
    let model = turn.process().model();
    let Some(index) = model.node(node).scope else { return };
    if matches!(&model.node(node).kind, FlowNodeKind::StartEvent(start) if start.is_interrupting) {
        turn.terminate_content(scope);
        // The events on the border of the scope are waited for as long as it is open.
        let closes = starts_awaited(turn, scope);
        turn.resolve_incidents_of(&closes);
        turn.emit(Event::ScopeInterrupted { scope, closes: Some(closes) });
        ad_hoc_job::stop(turn, scope);
    }
    enter(turn, scope, index, node, variables);
}

/// Enters the event sub-process `index` in `scope` at its start event `node`.
pub(super) fn enter(
    turn: &mut Turn<'_>,
    scope: ElementInstanceId,
    index: NodeIndex,
    node: NodeIndex,
    variables: &Variables,
) {
    let element = turn.activated(scope, index, Vec::new(), Role::Whole);
    // Its input mappings see what the event carries.
    turn.set_variables(element, variables.clone());
    let begun = mappings::inputs(turn, element, turn.process().node(index))
        .and_then(|locals| sub_process::activate_at(turn, element, index, Some(node), locals));
    if let Err(failure) = begun {
        turn.raise_incident(element, failure);
    }
}

/// The start events of event sub-processes that `scope` waits for.
fn starts_awaited(turn: &Turn<'_>, scope: ElementInstanceId) -> Vec<SubscriptionId> {
    let process = turn.process();
    let is_start = |subscription: &Subscription| {
        let node = process.node_index(&subscription.node);
        node.is_some_and(|it| matches!(process.model().node(it).kind, FlowNodeKind::StartEvent(_)))
    };
    let awaited = turn.state().subscriptions_of(scope).filter(|(_, it)| is_start(it));
    awaited.map(|(id, _)| id).collect()
}
