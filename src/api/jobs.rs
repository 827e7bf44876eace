//! `/jobs`: the door for workers outside, who show a token instead of being signed in.
//!
//! The names are those of Camunda 8's API, so that workers need few changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use spartito_core::ids::LeaseKey;
use spartito_core::value::Value;
use tokio_util::sync::CancellationToken;

use super::Key;
use super::json::{Strict, variables};
use super::problem::Problem;
use crate::auth::{NoWorker, Worker};
use crate::operations::workers::{self, Activation, Changes, HandedJob, JobAnswer, JobDirection};
use crate::operations::{Desk, OperationError};

/// The worker of a route that needs one.
pub(super) struct OfWorker(Worker);

impl<S: Send + Sync> FromRequestParts<S> for OfWorker {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        if let Some(worker) = parts.extensions.get::<Worker>() {
            return Ok(Self(worker.clone()));
        }
        let words = match parts.extensions.get::<NoWorker>() {
            Some(NoWorker::NotSetUp) => {
                "Sign in as a worker with a token. None is set up on this server: write one into a \
                 file and start the server with --worker-token-file FILE."
            }
            Some(NoWorker::Unknown) | None => {
                "Sign in as a worker with one of the tokens in the file that --worker-token-file \
                 names: Authorization: Bearer TOKEN."
            }
        };
        let mut response = Problem::sign_in_needed(words).into_response();
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        Err(response)
    }
}

/// What a worker asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ActivationBody {
    #[serde(rename = "type")]
    job_type: String,
    #[serde(default)]
    worker: Option<String>,
    timeout: i64,
    max_jobs_to_activate: u32,
    #[serde(default)]
    fetch_variable: Vec<String>,
    #[serde(default)]
    request_timeout: i64,
}

/// A job, but for its variables.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobView {
    job_key: String,
    #[serde(rename = "type")]
    job_type: String,
    worker: String,
    process_instance_key: String,
    process_definition_id: String,
    process_definition_key: String,
    process_definition_version: u32,
    element_id: String,
    element_instance_key: String,
    custom_headers: BTreeMap<String, String>,
    retries: u32,
    priority: i32,
    /// Milliseconds since 1970.
    deadline: i64,
}

impl From<&HandedJob> for JobView {
    fn from(job: &HandedJob) -> Self {
        let headers = job.headers.iter();
        Self {
            job_key: job.key.to_string(),
            job_type: job.job_type.to_string(),
            worker: job.worker.clone(),
            process_instance_key: job.key.job.instance.to_string(),
            process_definition_id: job.process.to_string(),
            process_definition_key: job.definition.0.to_string(),
            process_definition_version: job.definition.1,
            element_id: job.node.to_string(),
            element_instance_key: job.key.job.to_string(),
            custom_headers: headers
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            retries: job.retries,
            priority: job.priority,
            deadline: job.deadline.as_millis(),
        }
    }
}

/// The jobs as JSON, each with all digits of the numbers in its variables.
fn jobs_json(jobs: &[HandedJob]) -> String {
    let mut text = String::from("{\"jobs\":[");
    for (index, job) in jobs.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&serde_json::to_string(&JobView::from(job)).expect("a view is plain data"));
        let end = text.pop();
        debug_assert_eq!(end, Some('}'), "a view is an object");
        text.push_str(",\"variables\":");
        text.push_str(&job.variables);
        text.push('}');
    }
    text.push_str("]}");
    text
}

/// `POST /jobs/activation`: waits for jobs where there are none.
pub(super) async fn activate(
    State(desk): State<Arc<Desk>>,
    State(stopping): State<CancellationToken>,
    OfWorker(worker): OfWorker,
    Strict(body, _): Strict<ActivationBody>,
) -> Result<Response, Problem> {
    let activation = Activation {
        job_type: body.job_type,
        worker: body.worker,
        lease_ms: body.timeout,
        jobs_max: body.max_jobs_to_activate,
        variables: body.fetch_variable,
        wait_ms: body.request_timeout,
    };
    let given = tokio::select! {
        given = workers::activate(&desk, &worker, activation) => Some(given),
        () = stopping.cancelled() => None,
    };
    let text = match given {
        // Whoever waits comes again, and finds another server or this one anew.
        None => jobs_json(&[]),
        Some(Err(OperationError::TooMany(words))) => {
            return Err(Problem::too_many(words).retry_after(1));
        }
        Some(given) => jobs_json(&given?.keep()),
    };
    let kind = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok((StatusCode::OK, [kind], text).into_response())
}

/// What came of a job.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CompletionBody {
    #[serde(default, rename = "variables")]
    _variables: Option<IgnoredAny>,
    #[serde(default)]
    result: Option<ResultBody>,
}

/// What the worker of an ad-hoc sub-process has chosen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ResultBody {
    #[serde(rename = "type")]
    _kind: ResultKind,
    #[serde(default)]
    activate_elements: Vec<ElementBody>,
    #[serde(default)]
    is_completion_condition_fulfilled: bool,
    #[serde(default)]
    is_cancel_remaining_instances: bool,
}

#[derive(Deserialize)]
enum ResultKind {
    #[serde(rename = "adHocSubProcess")]
    AdHocSubProcess,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ElementBody {
    element_id: String,
    #[serde(default, rename = "variables")]
    _variables: Option<IgnoredAny>,
}

/// What was chosen, with all digits of the numbers in `body`.
fn direction(result: ResultBody, body: &Value) -> Result<JobDirection, Problem> {
    let exact = body.get("result").and_then(|result| result.get("activateElements"));
    let exact: &[Value] = if let Some(Value::List(exact)) = exact { exact.items() } else { &[] };
    let activate = result.activate_elements.into_iter().zip(exact);
    Ok(JobDirection {
        activate: activate
            .map(|(element, exact)| Ok((element.element_id, variables(exact)?)))
            .collect::<Result<_, Problem>>()?,
        is_fulfilled: result.is_completion_condition_fulfilled,
        cancels_remaining: result.is_cancel_remaining_instances,
    })
}

/// `POST /jobs/{key}/completion`
pub(super) async fn complete(
    State(desk): State<Arc<Desk>>,
    OfWorker(worker): OfWorker,
    Key(key): Key<LeaseKey>,
    Strict(completion, body): Strict<CompletionBody>,
) -> Result<StatusCode, Problem> {
    let direction = completion.result.map(|result| direction(result, &body)).transpose()?;
    let answer = JobAnswer::Completed { variables: variables(&body)?, direction };
    workers::answer(&desk, &worker, key, answer).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why a job could not be done.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct FailureBody {
    #[serde(default)]
    retries: Option<u32>,
    #[serde(default)]
    error_message: String,
    #[serde(default)]
    retry_back_off: Option<i64>,
    #[serde(default, rename = "variables")]
    _variables: Option<IgnoredAny>,
}

/// `POST /jobs/{key}/failure`
pub(super) async fn fail(
    State(desk): State<Arc<Desk>>,
    OfWorker(worker): OfWorker,
    Key(key): Key<LeaseKey>,
    Strict(failure, body): Strict<FailureBody>,
) -> Result<StatusCode, Problem> {
    let answer = JobAnswer::Failed {
        message: failure.error_message,
        retries: failure.retries,
        pause_ms: failure.retry_back_off,
        variables: variables(&body)?,
    };
    workers::answer(&desk, &worker, key, answer).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A result that the process deals with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ErrorBody {
    error_code: String,
    #[serde(default)]
    error_message: String,
    #[serde(default, rename = "variables")]
    _variables: Option<IgnoredAny>,
}

/// `POST /jobs/{key}/error`
pub(super) async fn raise(
    State(desk): State<Arc<Desk>>,
    OfWorker(worker): OfWorker,
    Key(key): Key<LeaseKey>,
    Strict(error, body): Strict<ErrorBody>,
) -> Result<StatusCode, Problem> {
    let answer = JobAnswer::Raised {
        code: error.error_code,
        message: error.error_message,
        variables: variables(&body)?,
    };
    workers::answer(&desk, &worker, key, answer).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is to be changed about a job.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeBody {
    changeset: Changeset,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changeset {
    #[serde(default)]
    timeout: Option<i64>,
    #[serde(default)]
    retries: Option<u32>,
    #[serde(default)]
    priority: Option<i32>,
}

/// `PATCH /jobs/{key}`
pub(super) async fn change(
    State(desk): State<Arc<Desk>>,
    OfWorker(worker): OfWorker,
    Key(key): Key<LeaseKey>,
    Strict(ChangeBody { changeset }, _): Strict<ChangeBody>,
) -> Result<StatusCode, Problem> {
    let Changeset { timeout, retries, priority } = changeset;
    let changes = Changes { lease_ms: timeout, retries, priority };
    workers::change(&desk, &worker, key, changes).await?;
    Ok(StatusCode::NO_CONTENT)
}
