//! Complex Gateway: starts when its activation condition says so, and swallows or passes on what
//! comes later, until nothing more can come.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Complex Gateway": it waits for its start, then for
//! its reset. An expression sees `waitingForStart`, `activationCount` (the tokens that wait before
//! the gateway), and under the id of each incoming flow how many wait there; ids that are no names
//! are entries of `activationCounts`. What the clause leaves open is settled so: without an
//! activation condition each incoming flow must hold a token; a flow without a condition is taken
//! at the start only; a reset that no token reached lets none leave.

use std::sync::Arc;

use super::{flows, inclusive_gateway};
use crate::bpmn::model::{FlowIndex, NodeIndex};
use crate::engine::definition::{Behavior, ExecutableProcess};
use crate::engine::event::{Event, Role};
use crate::engine::expression::{self, Expression, Failure};
use crate::engine::incident::Cause;
use crate::engine::turn::Turn;
use crate::ids::{ElementInstanceId, SequenceFlowId};
use crate::value::{Value, Variables};

/// What the gateway does now.
enum Step {
    /// It starts, or is reset by tokens: they are taken, and others leave.
    Pass { taken: Vec<FlowIndex>, leaving: Vec<FlowIndex> },
    /// Nothing comes any more, and nothing came.
    Reset,
}

/// The incoming flows and their tokens, at one moment.
struct Incoming {
    filled: Vec<FlowIndex>,
    empty: Vec<FlowIndex>,
    /// What expressions see of them.
    seen: Variables,
    is_waiting_for_start: bool,
}

/// Starts or resets the gateway where it can be; whether it did anything.
pub(in crate::engine) fn settle(
    turn: &mut Turn<'_>,
    scope: ElementInstanceId,
    gateway: NodeIndex,
) -> bool {
    let process = turn.process();
    let Behavior::ComplexGateway(condition) = &process.node(gateway).behavior else { return false };
    let id = process.node_id(gateway);
    // A visit that an incident keeps open stands for the tokens that wait.
    if turn.state().visited(scope).any(|visited| visited == id) {
        return false;
    }
    let step = match incoming(turn, scope, gateway) {
        None => return false,
        Some(incoming) if incoming.is_waiting_for_start => {
            start(turn, scope, gateway, condition.as_ref(), incoming)
        }
        Some(incoming) => reset(turn, scope, gateway, incoming),
    };
    match step {
        Ok(None) => return false,
        Ok(Some(Step::Reset)) => {
            turn.emit(Event::GatewayReset { gateway: id.clone(), scope });
        }
        Ok(Some(Step::Pass { taken, leaving })) => pass(turn, scope, gateway, &taken, leaving),
        Err(failure) => {
            let element = turn.activated(scope, gateway, Vec::new(), Role::Whole);
            turn.raise_incident(element, failure);
        }
    }
    true
}

/// A gateway that begins with its scope passes its token on; one that an incident kept open is
/// left, so that it is asked anew.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    gateway: NodeIndex,
) -> Result<(), Failure> {
    let Some(scope) = turn.state().element(element).map(|open| open.scope) else { return Ok(()) };
    if !turn.process().model().node(gateway).incoming.is_empty() {
        turn.emit(Event::ElementTerminated { element });
        return Ok(());
    }
    let seen = Variables::from_iter([(WAITING_FOR_START, Value::from(true))]);
    let leaving = chosen(turn, scope, gateway, &seen, true)?;
    turn.emit(Event::ElementCompleted { element });
    for flow in leaving {
        turn.take(scope, flow);
    }
    Ok(())
}

const WAITING_FOR_START: &str = "waitingForStart";

/// The tokens before the gateway; `None` where it neither holds one nor waits for its reset.
fn incoming(turn: &Turn<'_>, scope: ElementInstanceId, gateway: NodeIndex) -> Option<Incoming> {
    let process = turn.process();
    let held = turn.state().scope(scope)?;
    let received = held.received.get(process.node_id(gateway));
    let flows = process.model().node(gateway).incoming.iter().copied();
    let count = |flow: &FlowIndex| held.tokens_at(process.flow_id(*flow));
    let mut seen = Variables::default();
    let mut counts = Variables::default();
    let mut total = 0_i64;
    for flow in flows.clone() {
        let tokens = Value::from(i64::from(count(&flow)));
        total += i64::from(count(&flow));
        let name: Arc<str> = Arc::from(process.flow_id(flow).as_str());
        counts.insert(name.clone(), tokens.clone());
        seen.insert(name, tokens);
    }
    seen.insert("activationCount", Value::from(total));
    seen.insert("activationCounts", Value::from(counts));
    seen.insert(WAITING_FOR_START, Value::from(received.is_none()));
    let is_missing = |flow: &FlowIndex| {
        received.is_none_or(|received| !received.contains(process.flow_id(*flow)))
    };
    let (filled, empty): (Vec<_>, Vec<_>) =
        flows.filter(is_missing).partition(|flow| count(flow) > 0);
    let is_waiting_for_start = received.is_none();
    (total > 0 || !is_waiting_for_start).then_some(Incoming {
        filled,
        empty,
        seen,
        is_waiting_for_start,
    })
}

/// Starts where the activation condition holds.
fn start(
    turn: &Turn<'_>,
    scope: ElementInstanceId,
    gateway: NodeIndex,
    condition: Option<&Expression>,
    incoming: Incoming,
) -> Result<Option<Step>, Failure> {
    let starts = match condition {
        None => incoming.empty.is_empty(),
        Some(condition) => {
            let seen = turn.visible(scope).under(Some(&incoming.seen));
            let value = condition.evaluate(&seen, &turn.environment())?;
            value.as_bool().ok_or_else(|| {
                let gateway = turn.process().described(gateway);
                let shown = expression::shown(&value);
                let message = format!(
                    "The activation condition of {gateway} must be true or false, but \
                     “{condition}” gave {shown}."
                );
                Failure { cause: Cause::ConditionFailed, message }
            })?
        }
    };
    if !starts {
        return Ok(None);
    }
    let leaving = chosen(turn, scope, gateway, &incoming.seen, true)?;
    Ok(Some(Step::Pass { taken: incoming.filled, leaving }))
}

/// Resets once no token can come any more to a flow from which none was taken at the start.
fn reset(
    turn: &Turn<'_>,
    scope: ElementInstanceId,
    gateway: NodeIndex,
    incoming: Incoming,
) -> Result<Option<Step>, Failure> {
    let all = turn.process().model().node(gateway).incoming.iter().copied();
    let reached: Vec<_> = all.filter(|flow| !incoming.empty.contains(flow)).collect();
    if inclusive_gateway::is_expected(turn, scope, gateway, &incoming.empty, &reached) {
        return Ok(None);
    }
    if incoming.filled.is_empty() {
        return Ok(Some(Step::Reset));
    }
    let leaving = chosen(turn, scope, gateway, &incoming.seen, false)?;
    Ok(Some(Step::Pass { taken: incoming.filled, leaving }))
}

/// The flows whose condition holds, else the default flow. At the start there must be one.
fn chosen(
    turn: &Turn<'_>,
    scope: ElementInstanceId,
    gateway: NodeIndex,
    seen: &Variables,
    starts: bool,
) -> Result<Vec<FlowIndex>, Failure> {
    let process = turn.process();
    let default = process.default_flow(gateway);
    let outgoing = process.outgoing(gateway);
    let mut leaving = Vec::with_capacity(outgoing.len());
    for flow in outgoing.iter().copied().filter(|flow| Some(*flow) != default) {
        let is_taken = match process.condition(flow) {
            None => starts,
            Some(_) => flows::holds(turn, flow, turn.visible(scope).under(Some(seen)))?,
        };
        if is_taken {
            leaving.push(flow);
        }
    }
    if leaving.is_empty() {
        leaving.extend(default);
    }
    if starts && leaving.is_empty() && !outgoing.is_empty() {
        return Err(flows::none_chosen(process, gateway));
    }
    Ok(leaving)
}

/// Takes the tokens and lets others leave. A start that took one of each flow needs no reset.
fn pass(
    turn: &mut Turn<'_>,
    scope: ElementInstanceId,
    index: NodeIndex,
    taken: &[FlowIndex],
    leaving: Vec<FlowIndex>,
) {
    let process = turn.process();
    let id = process.node_id(index);
    let consumed = ids(process, taken);
    let starts = turn.state().scope(scope).is_some_and(|held| !held.received.contains_key(id));
    let element = turn.activated(scope, index, consumed.clone(), Role::Whole);
    if turn.stops_in_circles(element) {
        return;
    }
    let gateway = id.clone();
    if !starts {
        turn.emit(Event::GatewayReset { gateway, scope });
    } else if consumed.len() < process.model().node(index).incoming.len() {
        turn.emit(Event::GatewayStarted { gateway, scope, received: consumed });
    }
    turn.emit(Event::ElementCompleted { element });
    for flow in leaving {
        turn.take(scope, flow);
    }
}

fn ids(process: &ExecutableProcess, flows: &[FlowIndex]) -> Vec<SequenceFlowId> {
    flows.iter().map(|flow| process.flow_id(*flow).clone()).collect()
}
