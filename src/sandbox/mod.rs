//! The simulated outside world of the examples: a credit bureau and a payment system.
//!
//! A process of its own on a port of its own; calls to it are real HTTP. Answers follow from the
//! seed and what was sent, so that a run can be repeated. It can be made slow, down or senseless,
//! to see what a process does then. Never knows the engine, and keeps nothing on disk.

mod answers;
mod calls;
mod control;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::json;

use answers::Service;
use calls::Calls;
pub use calls::{Call, CallLog};
pub use control::{Control, Mode};

/// The longest request that is read.
const REQUEST_BYTES_MAX: usize = 64 * 1024;
/// How long a call takes in slow mode: longer than anybody should wait.
const SLOW: Duration = Duration::from_mins(1);
/// How long a control call can make answers take.
const DELAY_MS_MAX: u64 = 120_000;

/// How the sandbox begins.
#[derive(Debug, Clone, Copy, Default)]
pub struct SandboxSettings {
    /// What all answers follow from.
    pub seed: u64,
    /// How it behaves until it is told otherwise.
    pub control: Control,
}

struct Sandbox {
    seed: u64,
    inner: Mutex<Inner>,
}

struct Inner {
    control: Control,
    calls: Calls,
}

type Shared = Arc<Sandbox>;

/// The routes of the sandbox.
pub fn router(settings: SandboxSettings) -> Router {
    let inner = Inner { control: settings.control, calls: Calls::default() };
    let sandbox: Shared = Arc::new(Sandbox { seed: settings.seed, inner: Mutex::new(inner) });
    Router::new()
        .route("/", get(welcome))
        .route("/bureau/scores", post(score))
        .route("/payments", post(pay))
        .route("/control", put(set_control).get(show_control))
        .route("/calls", get(show_calls))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(sandbox)
}

/// Serves the sandbox until `until` is over.
///
/// # Errors
/// [`std::io::Error`] where the listener breaks.
pub async fn serve(
    listener: tokio::net::TcpListener,
    settings: SandboxSettings,
    until: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(settings)).with_graceful_shutdown(until).await
}

async fn welcome() -> &'static str {
    "The simulated outside world of Spartito's examples.\n\
     POST /bureau/scores, POST /payments; GET /calls; GET and PUT /control\n"
}

async fn score(State(sandbox): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    answer(&sandbox, Service::Bureau, &headers, &body).await
}

async fn pay(State(sandbox): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    answer(&sandbox, Service::Payments, &headers, &body).await
}

async fn show_control(State(sandbox): State<Shared>) -> Json<Control> {
    Json(sandbox.lock().control)
}

async fn set_control(
    State(sandbox): State<Shared>,
    Json(change): Json<control::Change>,
) -> Result<Json<Control>, (StatusCode, String)> {
    let mut inner = sandbox.lock();
    let control = inner
        .control
        .changed(&change, DELAY_MS_MAX)
        .map_err(|reason| (StatusCode::UNPROCESSABLE_ENTITY, reason))?;
    inner.control = control;
    Ok(Json(control))
}

async fn show_calls(State(sandbox): State<Shared>) -> Json<CallLog> {
    Json(sandbox.lock().calls.log())
}

impl Sandbox {
    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Receives a call, and answers it as the control says.
async fn answer(
    sandbox: &Sandbox,
    service: Service,
    headers: &HeaderMap,
    body: &Bytes,
) -> Response {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    let (control, fate, outcome) = {
        let mut inner = sandbox.lock();
        let control = inner.control;
        let number = inner.calls.next_number();
        let fate = control.fate(sandbox.seed, number);
        let made = (!fate.fails_before)
            .then(|| inner.calls.once(service, key, || answers::make(service, sandbox.seed, body)));
        inner.calls.note(service, key, body, made.is_some());
        (control, fate, made)
    };
    let delay =
        if control.mode == Mode::Slow { SLOW } else { Duration::from_millis(control.delay_ms) };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    match outcome {
        Some(_) if control.mode == Mode::Nonsense => nonsense(),
        Some(outcome) if !fate.fails_after => outcome.into_response(),
        _ => down(control.mode),
    }
}

fn down(mode: Mode) -> Response {
    let message = match mode {
        Mode::Down => "down for maintenance",
        Mode::Ok | Mode::Slow | Mode::Nonsense => "temporarily overloaded",
    };
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": message }))).into_response()
}

/// What says that it is JSON and is not.
fn nonsense() -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, "<html><body><h1>It works!</h1></body></html>").into_response()
}
