//! What happens when an event occurs that is waited for.
//!
//! BPMN 2.0.2, "Execution Semantics", clauses "Intermediate Boundary Events" and "Event
//! Sub-Processes": an interrupting event ends what it is attached to, or what its scope holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{ad_hoc_job, mappings, sub_process, timer};
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
        boundary(turn, element, node, variables);
    } else if matches!(kind, FlowNodeKind::StartEvent(_)) && !waits_itself(turn, &subscription) {
        event_sub_process(turn, element, node, variables);
    } else {
        caught(turn, element, node, variables);
    }
}

/// Whether the event is waited for by a visit to itself: as of an event between others, and of a
/// start event that has begun the instance by a part of what it waits for.
fn waits_itself(turn: &Turn<'_>, subscription: &Subscription) -> bool {
    turn.state().element(subscription.element).is_some_and(|open| open.node == subscription.node)
}

/// Whoever in this instance waits for the signal hears it: first those who interrupt, the
/// innermost of them before the others, then the oldest first. Where one has interrupted a scope,
/// those around it do not interrupt it once more.
pub(in crate::engine) fn signal(turn: &mut Turn<'_>, name: &Arc<str>, variables: &Variables) {
    let hears = |it: &Subscription| matches!(&it.waits, Waited::Signal { name: it } if it == name);
    let subscriptions = turn.state().subscriptions().filter(|(_, open)| hears(open));
    let ordered = subscriptions.map(|(id, open)| {
        let depth = turn.state().scopes_outward(open.element).count();
        match interrupts(turn, open) {
            Some(Interrupts::Content) => (0, usize::MAX - depth, false, id),
            Some(Interrupts::Activity) => (0, usize::MAX - depth, true, id),
            None => (1, 0, false, id),
        }
    });
    let mut ordered: Vec<_> = ordered.collect();
    ordered.sort_unstable();
    let mut interrupted = BTreeSet::new();
    for (order, _, _, id) in ordered {
        let Some(open) = turn.state().subscription(id) else { continue };
        if order == 0 {
            let around: Vec<_> = turn.state().scopes_outward(open.element).collect();
            if interrupted.contains(&open.element) {
                continue;
            }
            interrupted.extend(around);
        }
        trigger(turn, id, variables);
    }
}

/// What an event interrupts.
enum Interrupts {
    /// All that its scope holds.
    Content,
    /// The activity that it is attached to.
    Activity,
}

fn interrupts(turn: &Turn<'_>, subscription: &Subscription) -> Option<Interrupts> {
    let process = turn.process();
    let kind = &process.model().node(process.node_index(&subscription.node)?).kind;
    if let FlowNodeKind::StartEvent(start) = kind {
        let interrupts = start.is_interrupting && !waits_itself(turn, subscription);
        return interrupts.then_some(Interrupts::Content);
    }
    let cancels = matches!(kind, FlowNodeKind::BoundaryEvent(event) if event.cancels_activity);
    cancels.then_some(Interrupts::Activity)
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

/// An event on the border of `element` occurs.
pub(super) fn boundary(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    node: NodeIndex,
    variables: &Variables,
) {
    let Some(scope) = turn.state().element(element).map(|open| open.scope) else { return };
    let kind = &turn.process().model().node(node).kind;
    if matches!(kind, FlowNodeKind::BoundaryEvent(event) if event.cancels_activity) {
        turn.terminate(element);
    }
    pass(turn, scope, node, Vec::new(), variables);
}

/// The start event `node` of an event sub-process of `scope` occurs.
pub(super) fn event_sub_process(
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
    enter_event_sub_process(turn, scope, index, node, variables);
}

/// Enters the event sub-process `index` in `scope` at its start event `node`.
pub(super) fn enter_event_sub_process(
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
