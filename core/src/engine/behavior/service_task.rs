//! Service Task: work for a system, done by a worker outside the engine.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Service Task". The service is invoked by means of a
//! job, so that it may take any time, fail and be tried again.

use std::sync::Arc;

use crate::engine::definition::ServiceTaskExpressions;
use crate::engine::event::Event;
use crate::engine::expression::{self, Expression, Failure};
use crate::engine::incident::Cause;
use crate::engine::turn::Turn;
use crate::engine::visible::Visible;
use crate::feel::Environment;
use crate::ids::ElementInstanceId;
use crate::value::{Value, Variables};

/// Attempts that a job is allowed where the model does not say.
pub const RETRIES_DEFAULT: u32 = 3;

/// Bound on the attempts that a model may ask for.
pub const RETRIES_MAX: u32 = 100;

/// Bounds on the priority of a job; where the model says nothing it is 0.
pub const PRIORITY_MIN: i32 = -1_000;
/// See [`PRIORITY_MIN`]. The levels are few, so that the first of them is found without a search.
pub const PRIORITY_MAX: i32 = 1_000;

/// Creates the job.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    task: &ServiceTaskExpressions,
    locals: Option<Variables>,
) -> Result<(), Failure> {
    let (job_type, retries, priority) = {
        let variables = turn.visible(element).under(locals.as_ref());
        let job_type = job_type(&task.job_type, variables, &turn.environment())?;
        let retries = match &task.retries {
            Some(text) => retries(text, variables, &turn.environment())?,
            None => RETRIES_DEFAULT,
        };
        let priority = match &task.priority {
            Some(text) => priority(text, variables, &turn.environment())?,
            None => 0,
        };
        (job_type, retries, priority)
    };
    if let Some(locals) = locals {
        turn.set_variables(element, locals);
    }
    turn.emit(Event::JobCreated { element, job_type, retries, priority });
    Ok(())
}

fn job_type(
    text: &Expression,
    variables: Visible<'_>,
    environment: &Environment,
) -> Result<Arc<str>, Failure> {
    let value = text.evaluate(&variables, environment)?;
    if let Value::String(name) = &value
        && !name.trim().is_empty()
    {
        return Ok(name.clone());
    }
    Err(wrong("The type of the job must be a name", text, &value))
}

/// The attempts that the job is allowed, at least one.
fn retries(
    text: &Expression,
    variables: Visible<'_>,
    environment: &Environment,
) -> Result<u32, Failure> {
    let value = text.evaluate(&variables, environment)?;
    expression::to_number(&value)
        .and_then(|number| u32::try_from(number).ok())
        .filter(|retries| *retries <= RETRIES_MAX)
        .map(|retries| retries.max(1))
        .ok_or_else(|| {
            let rule = format!("The number of retries must be a whole number up to {RETRIES_MAX}");
            wrong(&rule, text, &value)
        })
}

fn priority(
    text: &Expression,
    variables: Visible<'_>,
    environment: &Environment,
) -> Result<i32, Failure> {
    let value = text.evaluate(&variables, environment)?;
    expression::to_number(&value)
        .and_then(|number| i32::try_from(number).ok())
        .filter(|priority| (PRIORITY_MIN..=PRIORITY_MAX).contains(priority))
        .ok_or_else(|| {
            let rule = format!(
                "The priority of a job must be a whole number from {PRIORITY_MIN} to {PRIORITY_MAX}"
            );
            wrong(&rule, text, &value)
        })
}

fn wrong(rule: &str, text: &Expression, value: &Value) -> Failure {
    let message = format!("{rule}, but “{text}” gave {}.", expression::shown(value));
    Failure { cause: Cause::ExpressionFailed, message }
}
