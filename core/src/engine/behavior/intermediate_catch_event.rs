//! Intermediate Catch Event and receive task: a token waits until the event occurs.
//!
//! BPMN 2.0.2, "Execution Semantics", clauses "Intermediate Events" and "Receive Task".

use super::waiting;
use crate::bpmn::model::NodeIndex;
use crate::engine::event::Event;
use crate::engine::expression::Failure;
use crate::engine::turn::Turn;
use crate::ids::ElementInstanceId;
use crate::value::Variables;

/// An intermediate event or a receive task begins to wait. A link event passes its token on.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    locals: Option<Variables>,
) -> Result<(), Failure> {
    let waited = waiting::evaluate(turn, index, turn.visible(element).under(locals.as_ref()))?;
    if waited.is_empty() {
        return super::complete(turn, element, index, locals);
    }
    if let Some(locals) = locals {
        turn.set_variables(element, locals);
    }
    waiting::open(turn, element, index, waited);
    turn.emit(Event::ElementWaiting { element });
    Ok(())
}
