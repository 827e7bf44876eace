//! Compensation: what has completed is undone, the last first; and the cancellation of a
//! transaction, which undoes all that it did.
//!
//! BPMN 2.0.2, "Execution Semantics", clauses "Compensation" and "Sub-Process/Call Activity" (for
//! transactions). A handler sees the variables that its activity had when it completed.

use super::{occurrence, thrown};
use crate::bpmn::model::{EventDefinition, NodeIndex};
use crate::engine::definition::EventExpression;
use crate::engine::event::{Event, Role};
use crate::engine::state::CompensationRecord;
use crate::engine::turn::Turn;
use crate::ids::ElementInstanceId;
use crate::value::Variables;

/// Keeps in mind that `element` completes, where it can be compensated.
pub(super) fn record(turn: &mut Turn<'_>, element: ElementInstanceId, index: NodeIndex) {
    let role = turn.role(element);
    if matches!(role, Role::Compensation { .. }) {
        return;
    }
    let holds_records = !turn.state().compensable(element).is_empty();
    let has_handler = role != Role::Body && turn.process().compensation_handler(index).is_some();
    if !holds_records && !has_handler {
        return;
    }
    let Some(open) = turn.state().element(element) else { return };
    let variables =
        turn.state().scope(element).map(|scope| scope.variables.clone()).unwrap_or_default();
    let (scope, node) = (open.scope, open.node.clone());
    turn.emit(Event::CompensationRecorded { scope, element, node, variables });
}

/// The scope whose completed activities an event in `scope` compensates: that around the event
/// sub-process, where a compensation event has started it.
fn compensated_scope(turn: &Turn<'_>, scope: ElementInstanceId) -> ElementInstanceId {
    let model = turn.process().model();
    let is_event =
        turn.scope_node(scope).is_some_and(|node| model.node(node).kind.is_event_sub_process());
    match turn.state().element(scope) {
        Some(open) if is_event && turn.state().compensable(scope).is_empty() => open.scope,
        _ => scope,
    }
}

/// Compensates `activity`, or all that has completed in the scope of the event; whether there is
/// anything to wait for.
pub(super) fn throw(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    activity: Option<NodeIndex>,
) -> bool {
    let Some(scope) = turn.state().element(element).map(|open| open.scope) else { return false };
    let scope = compensated_scope(turn, scope);
    let meant = activity.map(|activity| turn.process().node_id(activity));
    let is_meant = |record: &&CompensationRecord| meant.is_none_or(|node| record.node == *node);
    let records = turn.state().compensable(scope).iter().rev().filter(is_meant);
    let activities: Vec<_> = records.map(|record| record.element).collect();
    if activities.is_empty() {
        return false;
    }
    turn.emit(Event::CompensationStarted { element, scope, activities });
    turn.compensate(element);
    true
}

/// Compensates what the completed sub-process `of` did; `element` stands for it meanwhile.
pub(super) fn run_back(turn: &mut Turn<'_>, element: ElementInstanceId, of: ElementInstanceId) {
    let records = turn.state().compensable(of).iter().rev();
    let activities: Vec<_> = records.map(|record| record.element).collect();
    turn.emit(Event::ElementWaiting { element });
    turn.emit(Event::CompensationStarted { element, scope: of, activities });
    turn.compensate(element);
}

/// The cancel end event `element` cancels its transaction: what is active ends, what has completed
/// is compensated. Whether there is anything to wait for.
pub(super) fn cancel(turn: &mut Turn<'_>, element: ElementInstanceId, index: NodeIndex) -> bool {
    let Some(transaction) = thrown::transaction(turn, element) else { return false };
    let others: Vec<_> = turn.state().children(transaction).filter(|it| *it != element).collect();
    for other in others {
        turn.terminate(other);
    }
    turn.emit(Event::ScopeInterrupted { scope: transaction, closes: None });
    let is_awaited = throw(turn, element, None);
    if !is_awaited {
        turn.emit(Event::ElementFinished { element });
        turn.complete(element, index);
        leave_canceled(turn, transaction);
    }
    true
}

/// The transaction is left by its cancel event.
fn leave_canceled(turn: &mut Turn<'_>, transaction: ElementInstanceId) {
    let process = turn.process();
    let Some(open) = turn.state().element(transaction) else { return };
    let Some(index) = process.node_index(&open.node) else { return };
    let events = process.model().node(index).boundary_events.iter().copied();
    let is_cancel = |event: &NodeIndex| {
        let definitions = process.model().node(*event).kind.event_definitions();
        definitions.iter().any(|it| matches!(it, EventDefinition::Cancel))
    };
    match events.into_iter().find(is_cancel) {
        Some(event) => occurrence::boundary(turn, transaction, event, &Variables::default()),
        None => turn.touch(transaction),
    }
}

/// Begins the next compensation that `thrower` waits for, or ends the waiting.
pub(in crate::engine) fn go_on(turn: &mut Turn<'_>, thrower: ElementInstanceId) {
    let Some(open) = turn.state().element(thrower) else { return };
    let Some(work) = open.compensation() else { return };
    let process = turn.process();
    let (scope, own_scope) = (work.scope, open.scope);
    let Some(index) = process.node_index(&open.node) else { return };
    let stands_for_sub_process = matches!(open.role, Role::Compensation { of, .. } if of == scope);
    let runs_in = if stands_for_sub_process { thrower } else { scope };
    let of_thrower = |child: ElementInstanceId| matches!(turn.role(child), Role::Compensation { thrower: it, .. } if it == thrower);
    if turn.state().children(runs_in).rev().any(of_thrower) {
        return;
    }
    let Some(activity) = work.left.first().copied() else {
        turn.emit(Event::ElementFinished { element: thrower });
        turn.complete(thrower, index);
        let cancels = |event: &EventExpression| matches!(event, EventExpression::Cancel);
        if process.node(index).events.iter().any(cancels)
            && let Some(transaction) = thrown::transaction(turn, own_scope)
        {
            leave_canceled(turn, transaction);
        }
        return;
    };
    let record = turn.state().compensable(scope).iter().find(|it| it.element == activity).cloned();
    turn.emit(Event::CompensationTaken { element: thrower, scope, activity });
    let node = record.as_ref().and_then(|record| {
        let index = process.node_index(&record.node)?;
        let inner = turn.state().compensable(activity);
        let holds_times = inner.first().is_some_and(|inner| inner.node == record.node);
        Some(if holds_times {
            index
        } else {
            turn.process().compensation_handler(index).unwrap_or(index)
        })
    });
    let (Some(record), Some(node)) = (record, node) else { return turn.compensate(thrower) };
    let role = Role::Compensation { thrower, of: activity };
    let element = turn.activated(runs_in, node, Vec::new(), role);
    turn.set_variables(element, record.variables);
    if turn.process().node(node).repetition.is_some() && record.node == *process.node_id(node) {
        run_back(turn, element, activity);
    } else {
        turn.activate(element, node);
    }
}
