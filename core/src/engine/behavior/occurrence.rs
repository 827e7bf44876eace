//! What happens when an event occurs that is waited for.
//!
//! BPMN 2.0.2, "Execution Semantics", clauses "Intermediate Boundary Events" and "Event
//! Sub-Processes": an interrupting event ends what it is attached to, or what its scope holds.

use super::{boundary_event, event_sub_process, mappings, timer};
use crate::bpmn::model::{CatchEvent, FlowNodeKind, NodeIndex};
use crate::engine::event::{Event, Role, Waited};
use crate::engine::state::Subscription;
use crate::engine::turn::Turn;
use crate::ids::{ElementInstanceId, SequenceFlowId, SubscriptionId};
use crate::time::Timestamp;
use crate::value::Variables;

/// The event that `id` waits for occurs.
pub(in crate::engine) fn trigger(turn: &mut Turn<'_>, id: SubscriptionId, variables: &Variables) {
    let Some(subscription) = turn.state().subscription(id).cloned() else { return };
    let Some(node) = turn.process().node_index(&subscription.node) else { return };
    let model = turn.process().model();
    let kind = &model.node(node).kind;
    let interrupts = if let FlowNodeKind::BoundaryEvent(event) = kind {
        event.cancels_activity
    } else if let FlowNodeKind::StartEvent(event) = kind {
        event.is_interrupting
    } else {
        true
    };
    let awaits_all = kind.catches().is_some_and(|catch: &CatchEvent| catch.is_parallel);
    let next = next(turn, &subscription, interrupts || awaits_all);
    turn.emit(Event::EventOccurred { subscription: id, next });
    let element = subscription.element;
    if awaits_all && waits_on(turn, element, &subscription) {
        mappings::propagate(turn, element, variables);
        return;
    }
    if matches!(kind, FlowNodeKind::BoundaryEvent(_)) {
        boundary_event::occur(turn, element, node, variables);
    } else if matches!(kind, FlowNodeKind::StartEvent(_)) && !waits_itself(turn, &subscription) {
        event_sub_process::occur(turn, element, node, variables);
    } else {
        caught(turn, element, node, variables);
    }
}

/// Whether the event is waited for by a visit to itself: as of an event between others, and of a
/// start event that has begun the instance by a part of what it waits for.
pub(super) fn waits_itself(turn: &Turn<'_>, subscription: &Subscription) -> bool {
    turn.state().element(subscription.element).is_some_and(|open| open.node == subscription.node)
}

/// Whether another event of the same node has still to occur.
fn waits_on(turn: &Turn<'_>, element: ElementInstanceId, occurred: &Subscription) -> bool {
    turn.state().subscriptions_of(element).any(|(_, other)| other.node == occurred.node)
}

/// What is waited for afterwards: an event that interrupts nothing may occur again.
fn next(turn: &Turn<'_>, subscription: &Subscription, is_over: bool) -> Option<Waited> {
    if is_over {
        return None;
    }
    match &subscription.waits {
        // What is triggered by hand may be so again.
        Waited::Timer { due: Timestamp::MAX, cycle: None } => Some(subscription.waits.clone()),
        Waited::Timer { .. } => timer::after_firing(&subscription.waits, turn.environment().now),
        Waited::Message { .. } | Waited::Signal { .. } | Waited::Condition { .. } => {
            Some(subscription.waits.clone())
        }
    }
}

/// What `element` itself waited for occurs: an intermediate event, a receive task, or one of the
/// events behind an event-based gateway.
fn caught(turn: &mut Turn<'_>, element: ElementInstanceId, node: NodeIndex, variables: &Variables) {
    let Some(open) = turn.state().element(element) else { return };
    let scope = open.scope;
    let process = turn.process();
    let Some(waiting) = process.node_index(&open.node) else { return };
    turn.emit(Event::ElementFinished { element });
    if waiting == node {
        mappings::keep_result(turn, element, node, variables);
        turn.complete(element, node);
        return;
    }
    turn.resolve_incidents(element);
    turn.emit(Event::ElementCompleted { element });
    let flow = process.outgoing(waiting).iter().find(|flow| process.target(**flow) == node);
    let Some(flow) = flow.map(|flow| process.flow_id(*flow).clone()) else { return };
    turn.emit(Event::SequenceFlowTaken { flow: flow.clone(), scope });
    pass(turn, scope, node, vec![flow], variables);
}

/// A token passes the event `node`, which has occurred.
pub(in crate::engine) fn pass(
    turn: &mut Turn<'_>,
    scope: ElementInstanceId,
    node: NodeIndex,
    consumed: Vec<SequenceFlowId>,
    variables: &Variables,
) {
    let element = turn.activated(scope, node, consumed, Role::Whole);
    turn.emit(Event::ElementWaiting { element });
    turn.emit(Event::ElementFinished { element });
    mappings::keep_result(turn, element, node, variables);
    turn.complete(element, node);
}
