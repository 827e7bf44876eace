//! What each BPMN element does, one file per element.
//!
//! An element has two steps that can fail, and each is evaluated as a whole before its first
//! event, so that trying again after an incident never does anything twice:
//! - *activate*: input mappings, then the work begins, or there is none and the element completes;
//! - *complete*: output mappings, the choice of outgoing flows, then tokens move on.

mod business_rule_task;
mod end_event;
mod exclusive_gateway;
mod flows;
mod mappings;
mod parallel_gateway;
mod service_task;
mod start_event;
mod terminate_end_event;
mod user_task;

use super::definition::Behavior;
use super::event::Event;
use super::expression::Failure;
use super::turn::Turn;
use super::visible::Visible;
use crate::bpmn::model::{FlowIndex, NodeIndex};
use crate::ids::ElementInstanceId;
use crate::value::Variables;

pub(super) use mappings::keep_result;

/// Begins the work of `element`.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
) -> Result<(), Failure> {
    let node = turn.process().node(index);
    let locals = mappings::inputs(turn, element, node)?;
    match &node.behavior {
        Behavior::UserTask(task) => user_task::activate(turn, element, task, locals),
        Behavior::ServiceTask(task) => service_task::activate(turn, element, task, locals),
        Behavior::CalledDecision(called) => {
            business_rule_task::activate(turn, element, index, called, locals)
        }
        Behavior::StartEvent
        | Behavior::EndEvent
        | Behavior::TerminateEndEvent
        | Behavior::ExclusiveGateway
        | Behavior::ParallelGateway => complete(turn, element, index, locals),
    }
}

/// Ends `element`, whose work is done, and lets tokens move on. `locals` are variables of its own
/// that no event has recorded yet.
pub(super) fn complete(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    locals: Option<Variables>,
) -> Result<(), Failure> {
    let process = turn.process();
    let node = process.node(index);
    let mapped = mappings::outputs(turn, element, node, locals.as_ref())?;
    let scope = turn.state().element(element).map_or(ElementInstanceId::ROOT, |open| open.scope);
    let chosen = choose_flows(turn, index, turn.visible(scope).under(mapped.as_ref()))?;
    if let Some(locals) = locals {
        turn.set_variables(element, locals);
    }
    if let Some(mapped) = mapped {
        mappings::propagate(turn, scope, &mapped);
    }
    turn.emit(Event::ElementCompleted { element });
    match chosen {
        Chosen::None => {}
        Chosen::One(flow) => turn.take(scope, flow),
        Chosen::Many(flows) => flows.into_iter().for_each(|flow| turn.take(scope, flow)),
        Chosen::EndOfInstance => terminate_end_event::end(turn),
    }
    Ok(())
}

/// Where tokens go when an element has completed.
enum Chosen {
    /// Nowhere: the token is consumed.
    None,
    /// Along one flow.
    One(FlowIndex),
    /// Along several, in document order.
    Many(Vec<FlowIndex>),
    /// Nowhere, and all others end too.
    EndOfInstance,
}

fn choose_flows(
    turn: &Turn<'_>,
    index: NodeIndex,
    variables: Visible<'_>,
) -> Result<Chosen, Failure> {
    let process = turn.process();
    match &process.node(index).behavior {
        Behavior::StartEvent => start_event::choose_flows(turn, index, variables),
        Behavior::UserTask(_) | Behavior::ServiceTask(_) | Behavior::CalledDecision(_) => {
            flows::choose(turn, index, variables)
        }
        Behavior::ExclusiveGateway => exclusive_gateway::choose_flow(turn, index, variables),
        Behavior::ParallelGateway => Ok(parallel_gateway::all_flows(process, index)),
        Behavior::EndEvent => Ok(end_event::no_flow()),
        Behavior::TerminateEndEvent => Ok(Chosen::EndOfInstance),
    }
}
