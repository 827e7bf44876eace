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

/// Time in which the database must answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(2);
/// How long an answer of the database stands for those who ask meanwhile: strangers may ask as often
/// as they like.
const ANSWER_STANDS: Duration = Duration::from_millis(250);

/// What is known of the database.
#[derive(Debug, Default)]
pub struct Readiness {
    /// When it was asked, and whether it answered. Held while it is asked, so that it is asked once.
    known: Mutex<Option<(Instant, bool)>>,
}

/// What `/readyz` says.
#[derive(Debug, Serialize)]
struct Answer {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// `GET /healthz`: the process is alive. Asks nobody, so that no trouble of the database lets an
/// orchestrator end a server that would go on by itself.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 where requests can be served now, else 503 with the reason.
pub async fn readyz(State(state): State<AppState>) -> Response {
    let reason = obstacle(&state).await;
    let (code, status) = match reason {
        None => (StatusCode::OK, "ready"),
        Some(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    (code, Json(Answer { status, reason })).into_response()
}

/// What is in the way of serving; `None` where nothing is.
async fn obstacle(state: &AppState) -> Option<&'static str> {
    let runtime = &state.desk.runtime;
    if state.closing.is_cancelled() {
        return Some("The server is being stopped.");
    }
    if !runtime.orchestrator.is_running() {
        return Some("No requests are carried out any more: the server has to be started again.");
    }
    if !runtime.store.holds_lease() {
        return Some(
            "The server was away from its database for longer than its lease, and takes a new one.",
        );
    }
    if !state.readiness.database_answers(state).await {
        return Some("The database does not answer.");
    }
    None
}

impl Readiness {
    async fn database_answers(&self, state: &AppState) -> bool {
        let mut known = self.known.lock().await;
        if let Some((at, answers)) = *known
            && at.elapsed() < ANSWER_STANDS
        {
            return answers;
        }
        let asked = tokio::time::timeout(ANSWER_TIME_MAX, state.desk.runtime.store.answers()).await;
        let answers = match asked {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!(%error, "not ready: the database refuses to answer");
                false
            }
            Err(_) => {
                tracing::warn!(within = ?ANSWER_TIME_MAX, "not ready: the database does not answer");
                false
            }
        };
        *known = Some((Instant::now(), answers));
        answers
    }
}
