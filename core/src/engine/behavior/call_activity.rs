//! Call Activity: another process is started, and its end is waited for.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Sub-Process/Call Activity". Which version is called
//! and where its instance lives is settled by the exchange between instances.

use super::{mappings, thrown};
use crate::bpmn::model::{Binding, NodeIndex};
use crate::engine::command::CallOutcome;
use crate::engine::definition::{Behavior, CallExpressions};
use crate::engine::event::{CallBinding, Called, Event};
use crate::engine::expression::{self, Failure};
use crate::engine::incident::Cause;
use crate::engine::turn::Turn;
use crate::engine::visible::Visible;
use crate::feel::Scope;
use crate::ids::{ElementInstanceId, ProcessId};
use crate::value::{Value, Variables};
use thrown::Thrown;

/// Bound on instances that call one another: past it, a process calls itself without end.
pub const CALL_DEPTH_MAX: u32 = 100;

/// Calls the process.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    call: &CallExpressions,
    locals: Option<Variables>,
) -> Result<(), Failure> {
    let caller = turn.state().identity().and_then(|identity| identity.caller.as_ref());
    if caller.is_some_and(|caller| caller.depth >= CALL_DEPTH_MAX) {
        let message = format!(
            "{CALL_DEPTH_MAX} instances wait for one another; the process seems to call itself \
             without end."
        );
        return Err(Failure { cause: Cause::CalledProcessFailed, message });
    }
    let seen = turn.visible(element).under(locals.as_ref());
    let value = call.process.evaluate(&seen, &turn.environment())?;
    let Some(id) = value.as_str().filter(|id| !id.is_empty()) else {
        let shown = expression::shown(&value);
        let message =
            format!("The called process must be an id, but “{}” gave {shown}.", call.process);
        return Err(Failure { cause: Cause::ExpressionFailed, message });
    };
    let business_key = match &call.business_key {
        None => None,
        Some(key) => {
            let value = key.evaluate(&seen, &turn.environment())?;
            value.as_str().map(str::to_owned)
        }
    };
    let called = Called { process: ProcessId::from(id), binding: binding(call), business_key };
    let mut variables = if call.passes_all_in { all(seen) } else { Variables::default() };
    let given = mappings::evaluate(turn, &call.variables_in, seen, None)?;
    for (name, value) in given.iter() {
        variables.insert(name.clone(), value.clone());
    }
    if let (false, Some(locals)) = (call.passes_all_in, &locals) {
        for (name, value) in locals.iter() {
            variables.insert(name.clone(), value.clone());
        }
    }
    if let Some(locals) = locals {
        turn.set_variables(element, locals);
    }
    let caught = thrown::caught_codes(turn, element);
    turn.emit(Event::ProcessCalled { element, called, variables, caught });
    Ok(())
}

fn all(seen: Visible<'_>) -> Variables {
    let names = seen.names().into_iter();
    names.filter_map(|name| Some((name.clone(), seen.lookup(&name)?))).collect()
}

fn binding(call: &CallExpressions) -> CallBinding {
    match &call.binding {
        Binding::Latest => CallBinding::Latest,
        Binding::Deployment => CallBinding::Deployment,
        Binding::VersionTag(tag) => CallBinding::VersionTag(tag.clone()),
        Binding::Version(version) => CallBinding::Version(*version),
    }
}

/// The called instance has ended.
pub(in crate::engine) fn end(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    outcome: &CallOutcome,
) -> Result<(), Failure> {
    match outcome {
        CallOutcome::Completed { variables } => {
            let result = result(turn, index, variables)?;
            turn.emit(Event::CallEnded { element, is_canceled: false });
            turn.emit(Event::ElementFinished { element });
            mappings::keep_result(turn, element, index, &result);
            turn.complete(element, index);
            Ok(())
        }
        CallOutcome::Error { code, message, variables } => {
            turn.emit(Event::CallEnded { element, is_canceled: false });
            let thrown = Thrown::Error { code: code.clone(), message: message.clone() };
            thrown::throw_at(turn, element, &thrown, variables).map_err(|failure| Failure {
                message: format!(
                    "{} It has ended the called process; trying again calls it anew.",
                    failure.message
                ),
                ..failure
            })
        }
        CallOutcome::Failed { message } => {
            turn.emit(Event::CallEnded { element, is_canceled: false });
            Err(Failure { cause: Cause::CalledProcessFailed, message: message.clone() })
        }
    }
}

/// What the called instance gives back.
fn result(turn: &Turn<'_>, index: NodeIndex, variables: &Variables) -> Result<Variables, Failure> {
    let Behavior::Call(call) = &turn.process().node(index).behavior else {
        return Ok(Variables::default());
    };
    let mut result = if call.passes_all_out { variables.clone() } else { Variables::default() };
    let seen = turn.visible(ElementInstanceId::ROOT).under(Some(variables));
    let given = mappings::evaluate(turn, &call.variables_out, seen, None)?;
    for (name, value) in given.iter() {
        result.insert(name.clone(), Value::clone(value));
    }
    Ok(result)
}
