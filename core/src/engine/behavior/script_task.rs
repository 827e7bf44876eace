//! Script Task: a FEEL expression gives the result, in the same turn.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Script Task".

use std::sync::Arc;

use super::mappings;
use crate::bpmn::model::NodeIndex;
use crate::engine::event::Event;
use crate::engine::expression::{Expression, Failure};
use crate::engine::turn::Turn;
use crate::ids::ElementInstanceId;
use crate::value::Variables;

/// Evaluates, keeps the result, and completes the element. Where no variable takes the result, a
/// context gives each of its entries to the variable of that name.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    (script, result): (&Expression, Option<&Arc<str>>),
    locals: Option<Variables>,
) -> Result<(), Failure> {
    let seen = turn.visible(element).under(locals.as_ref());
    let value = script.evaluate(&seen, &turn.environment())?;
    let given: Variables = match result {
        Some(name) => Variables::from_iter([(name.clone(), value)]),
        None => value.as_context().cloned().unwrap_or_default(),
    };
    if let Some(locals) = locals {
        turn.set_variables(element, locals);
    }
    turn.emit(Event::ElementWaiting { element });
    turn.emit(Event::ElementFinished { element });
    mappings::keep_result(turn, element, index, &given);
    // A failure from here on is one of completing: the script is not run again.
    turn.complete(element, index);
    Ok(())
}
