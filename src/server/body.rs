//! Takes in the body of a request before any handler sees it: bounded in size and in time.
//!
//! Never lets somebody who is not signed in make the server hold more than a form's worth.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::state::AppState;
use crate::api::problem::Problem;
use crate::auth::{Caller, Worker};
use crate::operations::deployments::DEPLOYMENT_BYTES_MAX;

/// Bound on the body of somebody who is not signed in: a name and a password.
const ANONYMOUS_BYTES_MAX: usize = 64 * 1024;
/// Bound on every other body.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// What a multipart body needs besides the files.
const MULTIPART_BYTES_MAX: usize = 64 * 1024;

/// Reads the whole body, or answers 408 or 413.
pub async fn take_in(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let bytes_max = bound(&request);
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > bytes_max as u64) {
        return too_large(bytes_max).into();
    }
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(state.body_time_max, collect(body, bytes_max)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(problem)) => problem.into(),
        Err(_) => Problem::timeout(format!(
            "The request's body did not arrive within {} seconds.",
            state.body_time_max.as_secs()
        ))
        .into(),
    }
}

async fn collect(body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    match Limited::new(body, bytes_max).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(bytes_max)),
        Err(error) => {
            Err(Problem::bad_request(format!("The request's body could not be read: {error}.")))
        }
    }
}

fn bound(request: &Request) -> usize {
    if request.extensions().get::<Worker>().is_some() {
        return BODY_BYTES_MAX;
    }
    if request.extensions().get::<Caller>().is_none() {
        return ANONYMOUS_BYTES_MAX;
    }
    let deploys = matches!(request.uri().path(), "/api/v1/deployments")
        || request.uri().path().starts_with("/call/deploy");
    if deploys { DEPLOYMENT_BYTES_MAX + MULTIPART_BYTES_MAX } else { BODY_BYTES_MAX }
}

fn too_large(bytes_max: usize) -> Problem {
    Problem::too_large(format!(
        "The request's body is larger than {} KiB, the bound here.",
        bytes_max / 1024
    ))
}
