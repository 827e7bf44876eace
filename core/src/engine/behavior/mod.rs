//! What each BPMN element does, one file per element.
//!
//! An element has two steps that can fail, and each is evaluated as a whole before its first
//! event, so that trying again after an incident never does anything twice:
//! - *activate*: input mappings, then the work begins, or there is none and the element completes;
//! - *complete*: output mappings, the choice of outgoing flows, then tokens move on.
//!
//! Tasks of no kind and manual tasks have no file: their work is done as it begins. What waits
//! (messages, timers, signals, conditions) shares `waiting.rs` and `occurrence.rs`, what throws
//! (end events and send tasks among it) `throw_event.rs`; errors and escalations look for who
//! catches them in `thrown.rs`, and both loop markers are in `repetition.rs`.

pub(super) mod ad_hoc;
pub(super) mod ad_hoc_job;
pub(super) mod boundary_event;
mod business_rule_task;
pub(super) mod call_activity;
pub(super) mod compensation;
pub(super) mod complex_gateway;
pub(super) mod condition;
mod end_event;
mod event_based_gateway;
pub(super) mod event_sub_process;
mod exclusive_gateway;
mod flows;
pub(super) mod inclusive_gateway;
mod intermediate_catch_event;
mod link_event;
mod mappings;
pub(super) mod occurrence;
mod parallel_gateway;
mod receive_task;
pub(super) mod repetition;
mod script_task;
mod service_task;
pub(super) mod signal_event;
mod start_event;
pub(super) mod sub_process;
mod terminate_end_event;
mod throw_event;
pub(super) mod thrown;
pub(super) mod timer;
mod transaction;
mod user_task;
pub(super) mod waiting;

use super::definition::{Behavior, EventExpression};
use super::event::{Event, Role};
use super::expression::Failure;
use super::turn::Turn;
use super::visible::Visible;
use crate::bpmn::model::{FlowIndex, NodeIndex};
use crate::ids::ElementInstanceId;
use crate::value::Variables;

pub use ad_hoc::choices;
pub(super) use mappings::keep_result;
pub use receive_task::triggerable;

/// Begins the work of `element`.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
) -> Result<(), Failure> {
    let node = turn.process().node(index);
    let role = turn.role(element);
    if let Some(of) = compensation::stands_for(turn, element, index) {
        compensation::run_back(turn, element, index, of);
        return Ok(());
    }
    if role == Role::Body {
        boundary_event::open(turn, element, index, None)?;
        return repetition::begin(turn, element, index);
    }
    if node.repetition.is_some() && matches!(role, Role::Compensation { .. }) {
        return repetition::begin(turn, element, index);
    }
    let locals = mappings::inputs(turn, element, node)?;
    if role.is_whole() {
        boundary_event::open(turn, element, index, locals.as_ref())?;
    }
    match &node.behavior {
        Behavior::UserTask(task) => user_task::activate(turn, element, task, locals),
        Behavior::ServiceTask(task) => service_task::activate(turn, element, task, locals),
        Behavior::CalledDecision(called) => {
            business_rule_task::activate(turn, element, index, called, locals)
        }
        Behavior::Script { script, result } => {
            script_task::activate(turn, element, index, (script, result.as_ref()), locals)
        }
        Behavior::Call(called) => call_activity::activate(turn, element, called, locals),
        Behavior::SubProcess => sub_process::activate(turn, element, index, locals),
        Behavior::AdHoc(ad_hoc) => ad_hoc::activate(turn, element, index, ad_hoc, locals),
        Behavior::EventGateway => event_based_gateway::activate(turn, element, index),
        Behavior::ComplexGateway(_) => complex_gateway::activate(turn, element, index),
        Behavior::Catch => intermediate_catch_event::activate(turn, element, index, locals),
        Behavior::Throw | Behavior::EndEvent => throw_event::activate(turn, element, index, locals),
        Behavior::StartEvent
        | Behavior::Boundary
        | Behavior::Task
        | Behavior::ExclusiveGateway
        | Behavior::ParallelGateway
        | Behavior::InclusiveGateway => complete(turn, element, index, locals),
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
    let role = turn.role(element);
    let mapped = results(turn, element, index, locals.as_ref())?;
    let scope = turn.state().element(element).map_or(ElementInstanceId::ROOT, |open| open.scope);
    let chosen = match role {
        Role::Whole | Role::Body => {
            choose_flows(turn, index, turn.visible(scope).under(mapped.as_ref()))?
        }
        Role::Time(_) | Role::Compensation { .. } => Chosen::None,
    };
    let ends_flow = matches!(role, Role::Whole | Role::Body) && process.outgoing(index).is_empty();
    let collected = if ends_flow {
        let seen = turn.visible(element).under(locals.as_ref()).under(mapped.as_ref());
        ad_hoc::collected(turn, scope, seen)?
    } else {
        None
    };
    let done = match role {
        Role::Time(time) => {
            let seen = turn.visible(element).under(locals.as_ref()).under(mapped.as_ref());
            Some(repetition::done(turn, scope, index, time, seen)?)
        }
        Role::Whole | Role::Body | Role::Compensation { .. } => None,
    };
    if let Some(locals) = locals {
        turn.set_variables(element, locals);
    }
    if let Some(mut mapped) = mapped {
        // The result of one time goes to the list, and nowhere else.
        if let (Role::Time(_), Some(own)) = (role, repetition::own_result(turn, index)) {
            mapped.remove(own);
        }
        mappings::propagate(turn, scope, &mapped);
    }
    if let Some(done) = &done {
        done.keep(turn, scope);
    }
    compensation::record(turn, element, index);
    turn.resolve_incidents(element);
    turn.emit(Event::ElementCompleted { element });
    take(turn, scope, chosen);
    turn.set_variables(scope, collected.unwrap_or_default());
    if ends_flow {
        ad_hoc_job::ask(turn, scope);
    }
    if let Role::Compensation { thrower, .. } = role {
        turn.compensate(thrower);
    }
    if let Some(done) = done {
        repetition::follow(turn, scope, index, done);
    }
    Ok(())
}

/// What `element` gives to what is around it when it completes; `None` where that is nothing.
fn results(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    locals: Option<&Variables>,
) -> Result<Option<Variables>, Failure> {
    let role = turn.role(element);
    if !matches!(role, Role::Time(_)) && turn.holds_times(element) {
        return Ok(repetition::output(turn, element, index));
    }
    // What is undone has given its results long ago.
    if compensation::stands_for(turn, element, index).is_some() {
        return Ok(None);
    }
    let mapped = mappings::outputs(turn, element, turn.process().node(index), locals)?;
    let Some((name, list)) = ad_hoc::output(turn, element, index) else { return Ok(mapped) };
    let mut given = mapped.unwrap_or_default();
    given.insert(name, list);
    Ok(Some(given))
}

fn take(turn: &mut Turn<'_>, scope: ElementInstanceId, chosen: Chosen) {
    match chosen {
        Chosen::None => {}
        Chosen::One(flow) => turn.take(scope, flow),
        Chosen::Many(flows) => flows.into_iter().for_each(|flow| turn.take(scope, flow)),
        Chosen::Link(target) => turn.enter(scope, target, Vec::new()),
        Chosen::EndOfScope => terminate_end_event::end(turn, scope),
    }
}

/// How the token of an element goes on while the element stays.
struct Onward {
    scope: ElementInstanceId,
    mapped: Option<Variables>,
    chosen: Chosen,
}

/// How the token of `element` goes on, evaluated.
fn onward(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    locals: Option<&Variables>,
) -> Result<Onward, Failure> {
    let mapped = mappings::outputs(turn, element, turn.process().node(index), locals)?;
    let scope = turn.state().element(element).map_or(ElementInstanceId::ROOT, |open| open.scope);
    let chosen = choose_flows(turn, index, turn.visible(scope).under(mapped.as_ref()))?;
    Ok(Onward { scope, mapped, chosen })
}

/// Lets a token go on while its element stays.
fn go_onward(turn: &mut Turn<'_>, onward: Onward) {
    if let Some(mapped) = onward.mapped {
        mappings::propagate(turn, onward.scope, &mapped);
    }
    take(turn, onward.scope, onward.chosen);
}

/// Where tokens go when an element has completed.
enum Chosen {
    /// Nowhere: the token is consumed.
    None,
    /// Along one flow.
    One(FlowIndex),
    /// Along several, in document order.
    Many(Vec<FlowIndex>),
    /// To the link event of this name.
    Link(NodeIndex),
    /// Nowhere, and all others of the scope end too.
    EndOfScope,
}

fn choose_flows(
    turn: &Turn<'_>,
    index: NodeIndex,
    variables: Visible<'_>,
) -> Result<Chosen, Failure> {
    let process = turn.process();
    let node = process.node(index);
    match &node.behavior {
        Behavior::StartEvent | Behavior::Boundary => {
            start_event::choose_flows(turn, index, variables)
        }
        Behavior::UserTask(_)
        | Behavior::ServiceTask(_)
        | Behavior::CalledDecision(_)
        | Behavior::Catch
        | Behavior::Task
        | Behavior::Script { .. }
        | Behavior::Call(_)
        | Behavior::SubProcess
        | Behavior::AdHoc(_)
        | Behavior::InclusiveGateway => flows::choose(turn, index, variables),
        Behavior::Throw => link_event::jump(node)
            .map_or_else(|| flows::choose(turn, index, variables), |jump| Ok(Chosen::Link(jump))),
        Behavior::ExclusiveGateway => exclusive_gateway::choose_flow(turn, index, variables),
        Behavior::ParallelGateway => Ok(parallel_gateway::all_flows(process, index)),
        // The gateway hands its token to the event that occurs; a complex one chooses itself.
        Behavior::EventGateway | Behavior::ComplexGateway(_) => Ok(Chosen::None),
        Behavior::EndEvent => {
            let terminates = |event: &EventExpression| matches!(event, EventExpression::Terminate);
            let ends_scope = node.events.iter().any(terminates);
            Ok(if ends_scope { Chosen::EndOfScope } else { end_event::no_flow() })
        }
    }
}
