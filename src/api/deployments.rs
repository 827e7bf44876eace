//! `/deployments`: models and forms, as multipart or one model as it is.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Query, Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use spartito_core::bpmn::diagnostic::{Diagnostic, Severity};

use super::SignedIn;
use super::problem::Problem;
use super::view::DeploymentView;
use crate::operations::{Desk, deployments};
use crate::wire::{DeployOutcome, Permission, UploadedFile};

/// Most files that are taken in before they are counted.
const PARTS_MAX: usize = 64;

/// How a deployment is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Options {
    /// Name of a model that is sent as it is.
    file_name: Option<String>,
    /// Only check.
    #[serde(default)]
    dry_run: bool,
}

/// `POST /deployments`: 200 with what was deployed; 400 with every finding, and nothing deployed;
/// 413 where a file is larger than a model may be.
pub(super) async fn deploy(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    options: Result<Query<Options>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Result<Response, Problem> {
    caller
        .require(Permission::Deploy)
        .map_err(|lacking| Problem::forbidden(lacking.to_string()))?;
    let Query(options) =
        options.map_err(|error| Problem::bad_request(format!("{}.", error.body_text())))?;
    let dry_run = options.dry_run;
    let files = files(request, options).await?;
    let outcome = deployments::deploy(&desk, &caller, files, dry_run).await?;
    let refusal = refusal(&outcome);
    let view = DeploymentView::from(outcome);
    match refusal {
        Some(problem) => Ok(problem.with_details(&view)),
        None => Ok((StatusCode::OK, Json(view)).into_response()),
    }
}

/// What is said where a finding stands in the way.
fn refusal(outcome: &DeployOutcome) -> Option<Problem> {
    const WORDS: &str = "The files cannot be deployed; nothing was deployed.";
    let findings = || outcome.files.iter().flat_map(|file| &file.findings);
    if findings().any(Diagnostic::is_too_large) {
        return Some(Problem::too_large(WORDS));
    }
    let refused = findings().any(|finding| finding.severity == Severity::Error);
    refused.then(|| Problem::bad_request(WORDS))
}

async fn files(request: Request, options: Options) -> Result<Vec<UploadedFile>, Problem> {
    let headers = request.headers();
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Problem::too_large(
            "Send the files uncompressed: the size of compressed ones is not known before they \
             are unpacked.",
        ));
    }
    match content_type(headers).as_str() {
        "multipart/form-data" => parts(request).await,
        "application/xml" | "text/xml" | "application/octet-stream" => {
            let content = Bytes::from_request(request, &())
                .await
                .map_err(|_| Problem::bad_request("The body could not be read."))?;
            let name = options.file_name.unwrap_or_else(|| "model.bpmn".to_owned());
            Ok(vec![UploadedFile { name, content: content.to_vec() }])
        }
        _ => Err(Problem::unsupported(
            "Send multipart/form-data with the files, or one model as application/xml.",
        )),
    }
}

async fn parts(request: Request) -> Result<Vec<UploadedFile>, Problem> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        Problem::bad_request(format!("The multipart body is not right: {}.", error.body_text()))
    };
    let mut multipart = Multipart::from_request(request, &())
        .await
        .map_err(|error| Problem::unsupported(format!("{}.", error.body_text())))?;
    let mut files = Vec::new();
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        if files.len() >= PARTS_MAX {
            return Err(Problem::too_large(format!("Send at most {PARTS_MAX} parts.")));
        }
        let Some(name) = field.file_name().map(ToOwned::to_owned) else { continue };
        let content = field.bytes().await.map_err(broken)?.to_vec();
        files.push(UploadedFile { name, content });
    }
    Ok(files)
}

/// The kind of content without its parameters, in lower case.
fn content_type(headers: &HeaderMap) -> String {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase())
        .unwrap_or_default()
}
