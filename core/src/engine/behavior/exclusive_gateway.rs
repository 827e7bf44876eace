//! Exclusive Gateway: of the outgoing sequence flows, exactly one is taken; each token that
//! arrives passes by itself.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Exclusive Gateway (Exclusive Decision and Merge)".

use super::{Chosen, flows};
use crate::bpmn::model::NodeIndex;
use crate::engine::expression::Failure;
use crate::engine::turn::Turn;
use crate::engine::visible::Visible;

/// The first flow, in document order, whose condition holds (one without a condition always
/// does); failing that, the default flow.
pub(super) fn choose_flow(
    turn: &Turn<'_>,
    index: NodeIndex,
    variables: Visible<'_>,
) -> Result<Chosen, Failure> {
    let process = turn.process();
    let outgoing = process.outgoing(index);
    let default = process.default_flow(index);
    for flow in outgoing.iter().copied().filter(|flow| Some(*flow) != default) {
        if flows::holds(turn, flow, variables)? {
            return Ok(Chosen::One(flow));
        }
    }
    match default {
        Some(flow) => Ok(Chosen::One(flow)),
        None if outgoing.is_empty() => Ok(Chosen::None),
        None => Err(flows::none_chosen(process, index)),
    }
}
