//! `/retention` and `/process-definitions/{id}/retention`: how long finished instances are kept.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use spartito_core::ids::ProcessId;

use super::SignedIn;
use super::json::Strict;
use super::problem::Problem;
use crate::operations::Desk;
use crate::operations::retention::{self, Keep};
use crate::wire::RetentionView;

/// How long; `null` is for ever.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Days {
    // Has to be said, also where it is `null`.
    #[serde(deserialize_with = "Option::deserialize")]
    days: Option<u32>,
}

impl From<Days> for Keep {
    fn from(days: Days) -> Self {
        days.days.map_or(Self::ForEver, Self::Days)
    }
}

/// What counts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    days: Option<u32>,
    /// Whether it is what is set for all processes.
    inherited: bool,
    set_by: Option<String>,
    set_at: Option<String>,
    removed: u64,
}

impl From<RetentionView> for View {
    fn from(view: RetentionView) -> Self {
        Self {
            days: view.days,
            inherited: !view.is_own,
            set_by: view.set_by,
            set_at: view.set_at.map(|at| at.to_string()),
            removed: view.removed,
        }
    }
}

/// `GET /retention`
pub(super) async fn of_all(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
) -> Result<Json<View>, Problem> {
    Ok(Json(retention::of(&desk, &caller, None).await?.into()))
}

/// `PUT /retention`
pub(super) async fn set_for_all(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Strict(days, _): Strict<Days>,
) -> Result<StatusCode, Problem> {
    retention::set(&desk, &caller, None, days.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /process-definitions/{id}/retention`
pub(super) async fn of(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Path(process): Path<String>,
) -> Result<Json<View>, Problem> {
    Ok(Json(retention::of(&desk, &caller, Some(&ProcessId::new(process))).await?.into()))
}

/// `PUT /process-definitions/{id}/retention`
pub(super) async fn set(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Path(process): Path<String>,
    Strict(days, _): Strict<Days>,
) -> Result<StatusCode, Problem> {
    retention::set(&desk, &caller, Some(&ProcessId::new(process)), days.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /process-definitions/{id}/retention`: as is set for all.
pub(super) async fn unset(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Path(process): Path<String>,
) -> Result<StatusCode, Problem> {
    retention::set(&desk, &caller, Some(&ProcessId::new(process)), Keep::AsForAll).await?;
    Ok(StatusCode::NO_CONTENT)
}
