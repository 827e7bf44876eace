//! From an answer to variables: `resultVariable` and `resultExpression` of the task's headers.

use std::sync::Arc;

use spartito_core::feel::{Budget, Environment, Expression, Names};
use spartito_core::value::{Value, Variables, json};

use super::call::Answer;
use crate::connectors::{ConnectorError, Job};

/// The variables that an answer gives.
pub(super) fn variables(job: &Job, answer: &Answer) -> Result<Variables, ConnectorError> {
    let response = response(answer)?;
    let mut variables = Variables::default();
    if let Some(name) = job.header("resultVariable") {
        variables.insert(name, response.clone());
    }
    let Some(expression) = job.header("resultExpression") else { return Ok(variables) };
    let given = evaluate(job, expression, response)?;
    if let Value::Context(context) = &given {
        for (name, value) in context.iter() {
            variables.insert(Arc::clone(name), value.clone());
        }
    } else if !matches!(given, Value::Null) {
        let kind = given.type_name();
        return Err(unusable(&format!("it gives a {kind}, not a context of variables")));
    }
    Ok(variables)
}

/// `{status, headers, body}`.
fn response(answer: &Answer) -> Result<Value, ConnectorError> {
    let status = json::parse(answer.status.to_string(), json::Limits::default())
        .map_err(|error| unusable(&error.to_string()))?;
    let headers =
        answer.headers.iter().map(|(name, value)| (name.as_str(), Value::string(value.as_str())));
    Ok(Value::context([
        ("status", status),
        ("headers", Value::context(headers)),
        ("body", answer.body.clone()),
    ]))
}

fn evaluate(job: &Job, text: &str, response: Value) -> Result<Value, ConnectorError> {
    let text = text.strip_prefix('=').unwrap_or(text);
    let scope: Variables = [("response", response)].into_iter().collect();
    let names = Names::of(&scope);
    let expression =
        Expression::parse(text, &names).map_err(|error| unusable(&error.to_string()))?;
    let environment = Environment { now: job.now, seed: job.key.instance.number() };
    let evaluation = expression
        .evaluate(&scope, &environment, &Budget::default())
        .map_err(|error| unusable(&error.to_string()))?;
    for warning in &evaluation.warnings {
        tracing::debug!(job = %job.key, %warning, "resultExpression");
    }
    Ok(evaluation.value)
}

fn unusable(reason: &str) -> ConnectorError {
    ConnectorError::give_up(format!(
        "The call was answered, but resultExpression cannot be used: {reason}."
    ))
}
