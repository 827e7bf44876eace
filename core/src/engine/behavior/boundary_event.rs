//! Boundary Event: waited for while the activity is under way that it is attached to.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Intermediate Boundary Events": one that interrupts
//! ends the activity; its token goes on in the scope around.

use super::{occurrence, waiting};
use crate::bpmn::model::{FlowNodeKind, NodeIndex};
use crate::engine::expression::Failure;
use crate::engine::turn::Turn;
use crate::ids::ElementInstanceId;
use crate::value::Variables;

/// The events on the border of `element` are waited for. Asked again after an incident, it does
/// nothing twice.
pub(super) fn open(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    locals: Option<&Variables>,
) -> Result<(), Failure> {
    let events = &turn.process().model().node(index).boundary_events;
    if events.is_empty() || turn.state().subscriptions_of(element).next().is_some() {
        return Ok(());
    }
    let seen = turn.visible(element).under(locals);
    let waited: Vec<_> = events
        .iter()
        .map(|event| Ok((*event, waiting::evaluate(turn, *event, seen)?)))
        .collect::<Result<_, Failure>>()?;
    for (event, waited) in waited {
        waiting::open(turn, element, event, waited);
    }
    Ok(())
}

/// An event on the border of `element` occurs.
pub(super) fn occur(
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
    occurrence::pass(turn, scope, node, Vec::new(), variables);
}
