//! `/incidents/{key}/resolution`: trying again what stopped.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use spartito_core::ids::IncidentKey;

use super::problem::Problem;
use super::{Key, SignedIn};
use crate::operations::{Desk, incidents};
use crate::wire::RetryOutcome;

/// What came of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resolution {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// `POST /incidents/{key}/resolution`
pub(super) async fn retry(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Key(key): Key<IncidentKey>,
) -> Result<Json<Resolution>, Problem> {
    let (outcome, message) = match incidents::retry(&desk, &caller, key).await? {
        RetryOutcome::Fixed => ("FIXED", None),
        RetryOutcome::FailedAgain { message } => ("FAILED_AGAIN", Some(message)),
        RetryOutcome::StillRunning => ("STILL_RUNNING", None),
        RetryOutcome::ResolvedBefore => ("RESOLVED_BEFORE", None),
    };
    Ok(Json(Resolution { outcome, message }))
}
