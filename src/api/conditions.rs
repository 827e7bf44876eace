//! `/conditionals/evaluation`: data from outside that start what has waited for them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::SignedIn;
use super::json::{Strict, variables};
use super::problem::Problem;
use crate::operations::Desk;
use crate::operations::conditions::{self, Evaluated};

/// The data.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EvaluationBody {
    #[serde(default, rename = "variables")]
    _variables: Option<IgnoredAny>,
}

/// What came of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EvaluationView {
    process_instance_keys: Vec<String>,
    undecided: Vec<UndecidedView>,
}

/// A condition that is neither true nor false.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UndecidedView {
    process_definition_id: String,
    element_id: String,
    reason: String,
}

/// `POST /conditionals/evaluation`.
pub(super) async fn evaluate(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Strict(_, body): Strict<EvaluationBody>,
) -> Result<Json<EvaluationView>, Problem> {
    let Evaluated { started, undecided } =
        conditions::evaluate(&desk, &caller, variables(&body)?).await?;
    let undecided = undecided.into_iter().map(|(process, node, reason)| UndecidedView {
        process_definition_id: process.to_string(),
        element_id: node.to_string(),
        reason,
    });
    Ok(Json(EvaluationView {
        process_instance_keys: started.iter().map(ToString::to_string).collect(),
        undecided: undecided.collect(),
    }))
}
