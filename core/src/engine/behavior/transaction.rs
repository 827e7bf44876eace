//! Transaction: a sub-process that a cancel end event undoes as a whole.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Sub-Process/Call Activity": what is active ends, what
//! has completed is compensated, then the token leaves by the cancel event on the border.

use super::{boundary_event, compensation};
use crate::bpmn::model::{EventDefinition, NodeIndex, SubProcessKind};
use crate::engine::event::{Event, Role};
use crate::engine::turn::Turn;
use crate::ids::ElementInstanceId;
use crate::value::Variables;

/// The cancel end event `element` cancels its transaction: what is active ends, what has completed
/// is compensated. Whether there is anything to wait for.
pub(super) fn cancel(turn: &mut Turn<'_>, element: ElementInstanceId, index: NodeIndex) -> bool {
    let Some(transaction) = around(turn, element) else { return false };
    // The event may lie deeper inside: then what holds it stays until the transaction is left.
    let mut scopes = Vec::new();
    let mut at = element;
    while at != transaction {
        let Some(scope) = turn.state().element(at).map(|open| open.scope) else { return false };
        let others: Vec<_> = turn.state().children(scope).filter(|it| *it != at).collect();
        for other in others {
            turn.terminate(other);
        }
        turn.emit(Event::ScopeInterrupted { scope, closes: None });
        scopes.push(scope);
        at = scope;
    }
    let mut is_awaited = false;
    for scope in scopes {
        is_awaited |= compensation::undo(turn, element, scope, None, false);
    }
    if !is_awaited {
        turn.emit(Event::ElementFinished { element });
        turn.complete(element, index);
        leave_canceled(turn, transaction);
    }
    true
}

/// The transaction is left by its cancel event; all times of it, where it is one of a loop.
pub(super) fn leave_canceled(turn: &mut Turn<'_>, transaction: ElementInstanceId) {
    let process = turn.process();
    let Some(open) = turn.state().element(transaction) else { return };
    let (owner, has_border) = match open.role {
        Role::Whole | Role::Body => (transaction, true),
        Role::Time(_) => (open.scope, true),
        Role::Compensation { .. } => (transaction, false),
    };
    let Some(index) = process.node_index(&open.node) else { return };
    let events = process.model().node(index).boundary_events.iter().copied();
    let is_cancel = |event: &NodeIndex| {
        let definitions = process.model().node(*event).kind.event_definitions();
        definitions.iter().any(|it| matches!(it, EventDefinition::Cancel))
    };
    match events.into_iter().find(is_cancel).filter(|_| has_border) {
        Some(event) => boundary_event::occur(turn, owner, event, &Variables::default()),
        None => {
            turn.terminate_content(transaction);
            turn.touch(transaction);
        }
    }
}

/// The transaction around `element`.
pub(super) fn around(turn: &Turn<'_>, element: ElementInstanceId) -> Option<ElementInstanceId> {
    let model = turn.process().model();
    turn.state().scopes_outward(element).find(|scope| {
        let sub = turn.scope_node(*scope).and_then(|node| model.node(node).kind.sub_process());
        sub.is_some_and(|sub| matches!(sub.kind, SubProcessKind::Transaction))
    })
}
