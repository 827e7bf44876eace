//! `/process-definitions/{id}/suspension` and `/resumption`: all open instances of a process stand still,
//! or go on again.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use spartito_core::ids::ProcessId;

use super::SignedIn;
use super::instances::Reason;
use super::json::Strict;
use super::problem::Problem;
use crate::operations::{Desk, pauses};
use crate::wire::ProcessPause;

/// What was asked last, and how far it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    /// `SUSPENSION`, `RESUMPTION`, or `NONE` where nothing was asked so far.
    asked: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_at: Option<String>,
    /// Instances that were changed so far.
    changed_instances: u64,
}

impl From<Option<ProcessPause>> for View {
    fn from(pause: Option<ProcessPause>) -> Self {
        let Some(pause) = pause else {
            let (state, reason, asked_by, asked_at) = (None, None, None, None);
            return Self { asked: "NONE", state, reason, asked_by, asked_at, changed_instances: 0 };
        };
        Self {
            asked: if pause.resumes { "RESUMPTION" } else { "SUSPENSION" },
            state: Some(if pause.is_done { "DONE" } else { "RUNNING" }),
            reason: (!pause.note.reason.is_empty()).then_some(pause.note.reason),
            asked_by: pause.note.by,
            asked_at: pause.note.since.map(|at| at.to_string()),
            changed_instances: pause.changed,
        }
    }
}

/// `GET /process-definitions/{id}/suspension`
pub(super) async fn last(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Path(process): Path<String>,
) -> Result<Json<View>, Problem> {
    Ok(Json(pauses::last(&desk, &caller, &ProcessId::new(process)).await?.into()))
}

/// `POST /process-definitions/{id}/suspension`: 202, for it goes on by itself.
pub(super) async fn pause(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Path(process): Path<String>,
    Strict(suspension, _): Strict<Reason>,
) -> Result<StatusCode, Problem> {
    pauses::pause(&desk, &caller, &ProcessId::new(process), &suspension.reason).await?;
    Ok(StatusCode::ACCEPTED)
}

/// `POST /process-definitions/{id}/resumption`: 202, for it goes on by itself.
pub(super) async fn resume(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Path(process): Path<String>,
) -> Result<StatusCode, Problem> {
    pauses::resume(&desk, &caller, &ProcessId::new(process)).await?;
    Ok(StatusCode::ACCEPTED)
}
