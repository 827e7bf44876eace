//! `/outbound-work` and `/integrity`: what those who run the server have to know of its database.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use super::SignedIn;
use super::problem::Problem;
use crate::operations::{Desk, upkeep};

/// Whether systems outside are called.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OutboundView {
    /// `RUNNING` or `HELD`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_hold: Option<HoldView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HoldView {
    reason: String,
    since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    released_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    released_by: Option<String>,
}

/// `GET /outbound-work`
pub(super) async fn outbound(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
) -> Result<Json<OutboundView>, Problem> {
    let hold = upkeep::hold(&desk, &caller).await?;
    let is_held = hold.as_ref().is_some_and(upkeep::OutboundHold::lasts);
    let last_hold = hold.map(|hold| HoldView {
        since: hold.since().to_string(),
        released_at: hold.released_at().map(|at| at.to_string()),
        reason: hold.why,
        released_by: hold.released_by,
    });
    Ok(Json(OutboundView { state: if is_held { "HELD" } else { "RUNNING" }, last_hold }))
}

/// `POST /outbound-work/release`: 409 where nothing is held.
pub(super) async fn release(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
) -> Result<StatusCode, Problem> {
    upkeep::release(&desk, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the check of all that is stored has seen.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IntegrityView {
    /// When the last check began; absent before the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    begun_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    instances_read: u64,
    damaged_instances: Vec<DamageView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DamageView {
    process_instance_key: String,
    found_at: String,
    reason: String,
}

/// `GET /integrity`
pub(super) async fn integrity(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
) -> Result<Json<IntegrityView>, Problem> {
    let (checked, damaged) = upkeep::integrity(&desk, &caller).await?;
    let damaged_instances = damaged.into_iter().map(|row| DamageView {
        process_instance_key: row.instance.to_string(),
        found_at: row.found_at.to_string(),
        reason: row.reason,
    });
    Ok(Json(IntegrityView {
        begun_at: checked.begun_at.map(|at| at.to_string()),
        ended_at: checked.ended_at.map(|at| at.to_string()),
        instances_read: checked.instances,
        damaged_instances: damaged_instances.collect(),
    }))
}
