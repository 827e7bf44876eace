//! Business Rule Task: a decision gives the result, in the same turn.
//!
//! BPMN 2.0.2, "Business Rule Task", leaves the engine that answers open: here it is a decision of
//! a DMN model. Which version was called, what every decision on the way gave and which rules
//! matched is recorded, so that the *why* stays with the instance.

use std::sync::Arc;

use crate::bpmn::model::{Binding, NodeIndex, ResultShape};
use crate::dmn::{DecideError, DecisionTrace, Outcome};
use crate::engine::definition::CalledDecision;
use crate::engine::event::{DecisionRef, Event};
use crate::engine::expression::{self, Failure};
use crate::engine::incident::Cause;
use crate::engine::turn::Turn;
use crate::engine::visible::Visible;
use crate::feel::{Budget, Scope};
use crate::ids::{DecisionId, ElementInstanceId};
use crate::value::{Context, Value, Variables};

use super::mappings;

/// Bound on the values of one evaluation that are kept with the instance, in bytes; what is larger
/// is kept without its values.
const TRACE_BYTES_MAX: u64 = 64 * 1024;

/// Bound on the warnings that are kept with the instance.
const WARNINGS_MAX: usize = 20;

/// Decides, keeps the result, and completes the element.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    called: &CalledDecision,
    locals: Option<Variables>,
) -> Result<(), Failure> {
    let (decision, outcome) = decide(turn, turn.visible(element).under(locals.as_ref()), called)?;
    let result = result(called, &outcome);
    if let Some(locals) = locals {
        turn.set_variables(element, locals);
    }
    let warnings = outcome.warnings.iter().take(WARNINGS_MAX).map(ToString::to_string).collect();
    let trace = bounded(outcome.decisions);
    turn.emit(Event::DecisionEvaluated { element, decision, trace, warnings });
    mappings::keep_result(turn, element, index, &result);
    super::complete(turn, element, index, None)
}

/// The version that is called and what it gives.
fn decide(
    turn: &Turn<'_>,
    variables: Visible<'_>,
    called: &CalledDecision,
) -> Result<(DecisionRef, Outcome), Failure> {
    let environment = turn.environment();
    let id = called.decision.evaluate(&variables, &environment)?;
    let Some(id) = id.as_str().filter(|id| !id.is_empty()) else {
        return Err(failed(format!(
            "The called decision must be an id, but “{}” gave {}.",
            called.decision,
            expression::shown(&id)
        )));
    };
    let deployed = turn.deployed();
    let version = deployed
        .decisions
        .bound(id, &called.binding, deployed.deployment)
        .ok_or_else(|| failed(not_deployed(id, &called.binding)))?;
    let Some(decisions) = version.model.decisions() else {
        return Err(failed(format!("The model of the decision “{id}” can no longer be read.")));
    };
    let inputs = decisions.find(id).map(|it| it.inputs).unwrap_or_default();
    let given: Context = inputs
        .iter()
        .filter_map(|input| Some((input.name.clone(), variables.lookup(&input.name)?)))
        .collect();
    let given = decisions.typed(id, &given);
    let outcome =
        decisions.decide(id, &given, &environment, &Budget::default()).map_err(|error| {
            let message = format!("The decision “{id}” could not be evaluated: {error}.");
            match error {
                DecideError::Unknown { .. } => failed(message),
                DecideError::Evaluation(_) => Failure { cause: Cause::BudgetExceeded, message },
            }
        })?;
    // Null by a mistake is no answer to go on with: a person must see why. That no rule matches is
    // an answer.
    let mistake = outcome.warnings.iter().find(|warning| !warning.is_no_match());
    if let (true, Some(first)) = (outcome.value.is_null(), mistake) {
        return Err(failed(format!("The decision “{id}” gave no result. {first}.")));
    }
    let decision =
        DecisionRef { id: DecisionId::from(id), model: version.key, version: version.version };
    Ok((decision, outcome))
}

fn not_deployed(id: &str, binding: &Binding) -> String {
    match binding {
        Binding::Latest => format!("The decision “{id}” is not deployed."),
        Binding::Deployment => {
            format!("The decision “{id}” was not deployed together with this process.")
        }
        Binding::VersionTag(tag) => {
            format!("No deployed version of the decision “{id}” carries the tag “{tag}”.")
        }
        Binding::Version(version) => format!("The decision “{id}” has no version {version}."),
    }
}

fn failed(message: String) -> Failure {
    Failure { cause: Cause::DecisionFailed, message }
}

/// The variables that take the result.
fn result(called: &CalledDecision, outcome: &Outcome) -> Variables {
    let value = shaped(called.shape, outcome);
    match &called.result_variable {
        Some(name) => Variables::from_iter([(name.clone(), value)]),
        // Every output becomes a variable of its name; what has none takes that of the decision.
        None => match value.as_context() {
            Some(outputs) => {
                outputs.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
            }
            None => Variables::from_iter([(name_of(outcome), value)]),
        },
    }
}

fn name_of(outcome: &Outcome) -> Arc<str> {
    outcome.decisions.last().map_or_else(|| Arc::from("decision"), |it| Arc::clone(&it.name))
}

/// The value in the form that the model asks for.
fn shaped(shape: ResultShape, outcome: &Outcome) -> Value {
    let value = &outcome.value;
    let rows = || -> Vec<Value> {
        match value.as_list() {
            Some(items) => items.to_vec(),
            None if value.is_null() => Vec::new(),
            None => vec![value.clone()],
        }
    };
    let named = |row: Value| {
        if row.as_context().is_some() { row } else { Value::context([(name_of(outcome), row)]) }
    };
    let entry = |row: Value| match row.as_context() {
        Some(outputs) => outputs.iter().next().map(|(_, value)| value.clone()).unwrap_or_default(),
        None => row,
    };
    match shape {
        ResultShape::Dmn => value.clone(),
        ResultShape::List => Value::list(rows().into_iter().map(named).collect()),
        ResultShape::Single => rows().into_iter().next().map(named).unwrap_or_default(),
        ResultShape::Entry => rows().into_iter().next().map(entry).unwrap_or_default(),
        ResultShape::Entries => Value::list(rows().into_iter().map(entry).collect()),
    }
}

/// The trace without its values where they are large.
fn bounded(mut trace: Vec<DecisionTrace>) -> Vec<DecisionTrace> {
    let mut left = TRACE_BYTES_MAX;
    for decision in &mut trace {
        let inputs = decision.inputs.iter().map(|input| &input.value);
        for value in inputs.chain([&decision.value]) {
            left = left.saturating_sub(value.bytes());
        }
        if left == 0 {
            decision.value = Value::Null;
            decision.inputs.clear();
        }
    }
    trace
}
