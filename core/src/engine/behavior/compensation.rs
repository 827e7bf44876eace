//! Compensation: what has completed is undone, the last first; and the cancellation of a
//! transaction, which undoes all that it did.
//!
//! BPMN 2.0.2, "Execution Semantics", clauses "Compensation" and "Sub-Process/Call Activity" (for
//! transactions). A handler sees the variables that its activity had when it completed.

use super::{event_sub_process, transaction};
use crate::bpmn::model::NodeIndex;
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
    let process = turn.process();
    let has_handler = role != Role::Body
        && (process.compensation_handler(index).is_some()
            || process.compensation_event_sub_process(index).is_some());
    if !holds_records && !has_handler {
        return;
    }
    let Some(open) = turn.state().element(element) else { return };
    let variables =
        turn.state().scope(element).map(|scope| scope.variables.clone()).unwrap_or_default();
    let (scope, node) = (open.scope, open.node.clone());
    turn.emit(Event::CompensationRecorded { scope, element, node, variables });
}

/// The scope whose completed activities an event in `scope` compensates: that of the activity that
/// it names; else its own, or that around its event sub-process where its own has nothing. What
/// stands for a completed sub-process means that one.
fn compensated_scope(
    turn: &Turn<'_>,
    scope: ElementInstanceId,
    activity: Option<NodeIndex>,
) -> ElementInstanceId {
    let model = turn.process().model();
    let mut at = scope;
    while let Some(open) = turn.state().element(at) {
        let node = turn.scope_node(at);
        let is_event = node.is_some_and(|node| model.node(node).kind.is_event_sub_process());
        let is_meant = match activity {
            Some(activity) => model.node(activity).scope == node,
            None => !turn.state().compensable(at).is_empty(),
        };
        if !is_event || is_meant {
            break;
        }
        at = open.scope;
    }
    match turn.role(at) {
        Role::Compensation { of, .. } if !turn.state().compensable(of).is_empty() => of,
        Role::Compensation { .. } | Role::Whole | Role::Body | Role::Time(_) => at,
    }
}

/// Compensates `activity`, or all that has completed in the scope of the event, whose token may go
/// on meanwhile; whether there is anything to compensate.
pub(super) fn throw(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    activity: Option<NodeIndex>,
    goes_on: bool,
) -> bool {
    let Some(scope) = turn.state().element(element).map(|open| open.scope) else { return false };
    let scope = compensated_scope(turn, scope, activity);
    undo(turn, element, scope, activity, goes_on)
}

/// As [`throw`], for what has completed in `scope`.
pub(super) fn undo(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    scope: ElementInstanceId,
    activity: Option<NodeIndex>,
    goes_on: bool,
) -> bool {
    let meant = activity.map(|activity| turn.process().node_id(activity));
    let is_meant = |record: &&CompensationRecord| meant.is_none_or(|node| record.node == *node);
    let records = turn.state().compensable(scope).iter().rev().filter(is_meant);
    let activities: Vec<_> = records.map(|record| record.element).collect();
    if activities.is_empty() {
        return false;
    }
    turn.emit(Event::CompensationStarted { element, scope, activities, goes_on });
    turn.compensate(element);
    true
}

/// The completed visit that `element` stands for while it is undone: by its compensation event
/// sub-process, or by what it did. `None` for a handler, and for what is not being undone.
pub(super) fn stands_for(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
) -> Option<ElementInstanceId> {
    let Role::Compensation { of, .. } = turn.role(element) else { return None };
    (!turn.process().model().node(index).is_for_compensation).then_some(of)
}

/// Compensates the completed sub-process `of`, for which `element` stands meanwhile: by its
/// compensation event sub-process, else by what it did. The body of a loop compensates its times.
pub(super) fn run_back(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    of: ElementInstanceId,
) {
    turn.emit(Event::ElementWaiting { element });
    let records = turn.state().compensable(of);
    let holds_times = records.first().is_some_and(|it| it.node == *turn.process().node_id(index));
    if let Some((handler, start)) =
        turn.process().compensation_event_sub_process(index).filter(|_| !holds_times)
    {
        event_sub_process::enter(turn, element, handler, start, &Variables::default());
        return;
    }
    let activities: Vec<_> = records.iter().rev().map(|record| record.element).collect();
    turn.emit(Event::CompensationStarted { element, scope: of, activities, goes_on: false });
    turn.compensate(element);
}

/// Where what compensates a record of `scope` runs: in the visit that stands for it, where it is
/// over.
fn runs_in(
    turn: &Turn<'_>,
    thrower: ElementInstanceId,
    scope: ElementInstanceId,
) -> ElementInstanceId {
    let stands_for = |it: &ElementInstanceId| matches!(turn.role(*it), Role::Compensation { of, .. } if of == scope);
    turn.state().scopes_outward(thrower).find(stands_for).unwrap_or(scope)
}

/// Begins the next compensation that `thrower` waits for, or ends the waiting.
pub(in crate::engine) fn go_on(turn: &mut Turn<'_>, thrower: ElementInstanceId) {
    let Some(open) = turn.state().element(thrower) else { return };
    let Some(work) = open.compensation() else { return };
    let process = turn.process();
    let (next, own_scope, has_gone_on) = (work.next(), open.scope, work.has_gone_on);
    let Some(index) = process.node_index(&open.node) else { return };
    let scopes: Vec<_> =
        std::iter::once(work).chain(&work.further).map(|work| work.scope).collect();
    let of_thrower = |child: ElementInstanceId| matches!(turn.role(child), Role::Compensation { thrower: it, .. } if it == thrower);
    let is_busy = |scope: &ElementInstanceId| {
        turn.state().children(runs_in(turn, thrower, *scope)).rev().any(of_thrower)
    };
    if scopes.iter().any(is_busy) {
        return;
    }
    let Some((scope, activity)) = next else {
        turn.emit(Event::ElementFinished { element: thrower });
        if has_gone_on {
            turn.resolve_incidents(thrower);
            turn.emit(Event::ElementCompleted { element: thrower });
            return;
        }
        turn.complete(thrower, index);
        let cancels = |event: &EventExpression| matches!(event, EventExpression::Cancel);
        if process.node(index).events.iter().any(cancels)
            && let Some(transaction) = transaction::around(turn, own_scope)
        {
            transaction::leave_canceled(turn, transaction);
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
    let element = turn.activated(runs_in(turn, thrower, scope), node, Vec::new(), role);
    turn.set_variables(element, record.variables);
    turn.activate(element, node);
}
