//! `/healthz` and `/readyz`: whether the process is alive, and whether it can serve.
//!
//! Both answer without a sign-in, and never say anything that a stranger should not know: no name,
//! address or words of the database.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::state::AppState;
use crate::operations::upkeep;
use crate::wire::Alarm;

/// Time in which the database must answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(2);
/// How long an answer of the database stands for those who ask meanwhile: strangers may ask as often
/// as they like.
const ANSWER_STANDS: Duration = Duration::from_millis(250);

/// What is known of the database.
#[derive(Debug, Default)]
pub struct Readiness {
    /// When it was asked, and what it answered. Held while it is asked, so that it is asked once.
    known: Mutex<Option<(Instant, Known)>>,
}

/// What stands; `None` where the database did not answer.
type Known = Option<Vec<Alarm>>;

/// What `/readyz` says.
#[derive(Debug, Serialize)]
struct Answer {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What a person has to look at, by its name alone; none of it keeps the server from serving.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alarms: Vec<Alarm>,
}

/// `GET /healthz`: the process is alive. Asks nobody, so that no trouble of the database lets an
/// orchestrator end a server that would go on by itself.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 where requests can be served now, with the alarms that stand; else 503 with the
/// reason.
pub async fn readyz(State(state): State<AppState>) -> Response {
    let (code, status, reason, alarms) = match obstacle(&state).await {
        Ok(alarms) => (StatusCode::OK, "ready", None, alarms),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, "not ready", Some(reason), Vec::new()),
    };
    (code, Json(Answer { status, reason, alarms })).into_response()
}

/// The alarms that stand where requests can be served; else what is in the way.
async fn obstacle(state: &AppState) -> Result<Vec<Alarm>, &'static str> {
    let runtime = &state.desk.runtime;
    if state.closing.is_cancelled() {
        return Err("The server is being stopped.");
    }
    if !runtime.orchestrator.is_running() {
        return Err("No requests are carried out any more: the server has to be started again.");
    }
    if !runtime.store.holds_lease() {
        return Err(
            "The server was away from its database for longer than its lease, and takes a new one.",
        );
    }
    state.readiness.known(state).await.ok_or("The database does not answer.")
}

impl Readiness {
    async fn known(&self, state: &AppState) -> Known {
        let mut known = self.known.lock().await;
        if let Some((at, answer)) = known.as_ref()
            && at.elapsed() < ANSWER_STANDS
        {
            return answer.clone();
        }
        let asked = async {
            state.desk.runtime.store.answers().await?;
            upkeep::standing(&state.desk).await
        };
        let answer = match tokio::time::timeout(ANSWER_TIME_MAX, asked).await {
            Ok(Ok(alarms)) => Some(alarms),
            Ok(Err(error)) => {
                tracing::warn!(%error, "not ready: the database refuses to answer");
                None
            }
            Err(_) => {
                tracing::warn!(within = ?ANSWER_TIME_MAX, "not ready: the database does not answer");
                None
            }
        };
        *known = Some((Instant::now(), answer.clone()));
        answer
    }
}
