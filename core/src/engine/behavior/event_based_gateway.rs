//! Event-Based Gateway: waits for the events behind it; the first that occurs gets the token.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Event-Based Gateway (Exclusive Decision)".

use super::waiting;
use crate::bpmn::model::NodeIndex;
use crate::engine::event::Event;
use crate::engine::expression::Failure;
use crate::engine::turn::Turn;
use crate::ids::ElementInstanceId;

/// Waits for each event behind the gateway.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
) -> Result<(), Failure> {
    let process = turn.process();
    let targets: Vec<_> =
        process.outgoing(index).iter().map(|flow| process.target(*flow)).collect();
    let waited: Vec<_> = targets
        .into_iter()
        .map(|target| Ok((target, waiting::evaluate(turn, target, turn.visible(element))?)))
        .collect::<Result<_, Failure>>()?;
    for (target, waited) in waited {
        waiting::open(turn, element, target, waited);
    }
    turn.emit(Event::ElementWaiting { element });
    Ok(())
}
