//! Sub-Process: a scope of its own, entered by a token and left when all inside is done.
//!
//! BPMN 2.0.2, "Execution Semantics", clauses "Sub-Process/Call Activity" and "Event
//! Sub-Processes".

use super::{boundary_event, event_sub_process, mappings, waiting};
use crate::bpmn::model::NodeIndex;
use crate::engine::event::Event;
use crate::engine::expression::Failure;
use crate::engine::turn::Turn;
use crate::ids::ElementInstanceId;
use crate::value::Variables;

/// Opens the scope and begins what it begins with; of an event sub-process that could not begin
/// before, the event that started it.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    locals: Option<Variables>,
) -> Result<(), Failure> {
    let start = turn.process().start_of_event_sub_process(index);
    activate_at(turn, element, index, start, locals)
}

/// As [`activate`], with the event `start` where there is one.
pub(super) fn activate_at(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    start: Option<NodeIndex>,
    locals: Option<Variables>,
) -> Result<(), Failure> {
    let starts = event_sub_process::starts(turn, element, Some(index), locals.as_ref())?;
    if let Some(locals) = locals {
        turn.set_variables(element, locals);
    }
    turn.emit(Event::ElementWaiting { element });
    for (start, waited) in starts {
        waiting::open(turn, element, start, waited);
    }
    turn.touch(element);
    let process = turn.process();
    let entries = match start {
        Some(start) => {
            turn.enter(element, start, Vec::new());
            process.entries_beside(start, Some(index))
        }
        None => process.entries(Some(index)),
    };
    for entry in entries {
        turn.enter(element, entry, Vec::new());
    }
    Ok(())
}

/// Opens the scope without what it begins with: what is to be done inside is chosen by hand.
pub(in crate::engine) fn open(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
) -> Result<(), Failure> {
    let locals = mappings::inputs(turn, element, turn.process().node(index))?;
    boundary_event::open(turn, element, index, locals.as_ref())?;
    let starts = event_sub_process::starts(turn, element, Some(index), locals.as_ref())?;
    if let Some(locals) = locals {
        turn.set_variables(element, locals);
    }
    turn.emit(Event::ElementWaiting { element });
    for (start, waited) in starts {
        waiting::open(turn, element, start, waited);
    }
    Ok(())
}

/// Completes the scope when nothing is left in it.
pub(in crate::engine) fn settle(turn: &mut Turn<'_>, element: ElementInstanceId, index: NodeIndex) {
    let is_compensating =
        turn.state().element(element).is_some_and(|open| open.compensation().is_some());
    if !is_compensating && turn.state().is_empty_scope(element) {
        turn.emit(Event::ElementFinished { element });
        turn.complete(element, index);
    }
}
