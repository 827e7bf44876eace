//! Outgoing sequence flows of activities and events, and the conditions of flows.
//!
//! BPMN 2.0.2, "Sequence Flow" and "Execution Semantics", clause "Sequence Flow Considerations":
//! a flow without condition is always taken, one with a condition when that holds, the default
//! flow when no condition holds. Several flows fork; none ends the path.

use super::Chosen;
use crate::bpmn::model::{FlowIndex, NodeIndex};
use crate::engine::definition::{Behavior, ExecutableProcess};
use crate::engine::expression::{self, Failure};
use crate::engine::incident::Cause;
use crate::engine::turn::Turn;
use crate::engine::visible::Visible;

/// All flows that are to be taken.
pub(super) fn choose(
    turn: &Turn<'_>,
    index: NodeIndex,
    variables: Visible<'_>,
) -> Result<Chosen, Failure> {
    let process = turn.process();
    let default = process.default_flow(index);
    let outgoing = process.outgoing(index);
    if let [flow] = outgoing
        && process.condition(*flow).is_none()
    {
        return Ok(Chosen::One(*flow));
    }
    let mut taken = Vec::with_capacity(outgoing.len());
    let mut a_condition_held = false;
    for flow in outgoing.iter().copied().filter(|flow| Some(*flow) != default) {
        if holds(turn, flow, variables)? {
            a_condition_held |= process.condition(flow).is_some();
            taken.push(flow);
        }
    }
    // A gateway takes its default flow where it takes no other; an activity also beside flows that
    // have no condition.
    let is_gateway = matches!(process.node(index).behavior, Behavior::InclusiveGateway);
    let needs_default = if is_gateway { taken.is_empty() } else { !a_condition_held };
    if needs_default {
        taken.extend(default);
    }
    if taken.is_empty() && !outgoing.is_empty() {
        return Err(none_chosen(process, index));
    }
    Ok(if taken.is_empty() { Chosen::None } else { Chosen::Many(taken) })
}

/// Whether `flow` may be taken: it has no condition, or its condition is true.
pub(super) fn holds(
    turn: &Turn<'_>,
    flow: FlowIndex,
    variables: Visible<'_>,
) -> Result<bool, Failure> {
    let process = turn.process();
    let Some(condition) = process.condition(flow) else { return Ok(true) };
    let evaluation = condition.evaluate_with_warnings(&variables, &turn.environment())?;
    if let Some(answer) = evaluation.value.as_bool() {
        return Ok(answer);
    }
    let flow = process.flow_id(flow);
    let mut message = format!(
        "The condition of flow “{flow}” must be true or false, but “{condition}” gave {}.",
        expression::shown(&evaluation.value)
    );
    for warning in &evaluation.warnings {
        message.push(' ');
        message.push_str(&warning.to_string());
        message.push('.');
    }
    Err(Failure { cause: Cause::ConditionFailed, message })
}

/// The failure of an element none of whose flows may be taken.
pub(super) fn none_chosen(process: &ExecutableProcess, index: NodeIndex) -> Failure {
    let message = format!(
        "No condition of the flows that leave {} holds, and it has no default flow.",
        process.described(index)
    );
    Failure { cause: Cause::NoFlowChosen, message }
}
