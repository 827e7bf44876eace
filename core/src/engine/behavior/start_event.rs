//! None Start Event: the process begins here; tokens leave along all its outgoing flows.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Start Events". Its outgoing flows may not carry
//! conditions; where a model has some all the same, they are heeded as those of an activity are.

use super::{Chosen, flows};
use crate::bpmn::model::NodeIndex;
use crate::engine::expression::Failure;
use crate::engine::turn::Turn;
use crate::engine::visible::Visible;

/// All outgoing flows.
pub(super) fn choose_flows(
    turn: &Turn<'_>,
    index: NodeIndex,
    variables: Visible<'_>,
) -> Result<Chosen, Failure> {
    flows::choose(turn, index, variables)
}
