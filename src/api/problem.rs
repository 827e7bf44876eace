//! Refusals and failures as `application/problem+json` (RFC 9457).
//!
//! Never shows a cause that is only for the log.

use std::borrow::Cow;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::operations::OperationError;
use crate::wire::{CallError, FieldProblem};

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// A refusal or failure, as clients read it.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// Stable name of the kind of problem.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The kind in words, always the same for one kind.
    title: &'static str,
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    /// What is the matter with this request.
    detail: Cow<'static, str>,
    /// What is wrong field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldProblem>,
    #[serde(skip)]
    retry_after_seconds: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn as_number<S: serde::Serializer>(status: &StatusCode, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_u16(status.as_u16())
}

/// Declares a constructor per kind of problem.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $kind:literal, $title:literal;)*) => {
        impl Problem {
            $(
                $(#[$doc])*
                pub fn $name(detail: impl Into<Cow<'static, str>>) -> Self {
                    Self {
                        kind: concat!("urn:spartito:problem:", $kind),
                        title: $title,
                        status: StatusCode::$status,
                        detail: detail.into(),
                        fields: Vec::new(),
                        retry_after_seconds: None,
                    }
                }
            )*
        }
    };
}

kinds! {
    /// 400: the request is not understood.
    bad_request = BAD_REQUEST, "bad-request", "The request is not understood";
    /// 400: the request is understood, and its input is wrong.
    invalid = BAD_REQUEST, "invalid-input", "The input is wrong";
    /// 401: nobody is signed in.
    sign_in_needed = UNAUTHORIZED, "sign-in-needed", "Sign in first";
    /// 403: the right is missing.
    forbidden = FORBIDDEN, "forbidden", "This is not allowed";
    /// 404: there is no such thing, or not for this caller.
    not_found = NOT_FOUND, "not-found", "There is no such thing";
    /// 405: the path is known, the method is not.
    method_not_allowed = METHOD_NOT_ALLOWED, "method-not-allowed", "The method does not fit";
    /// 408: the request took too long to arrive.
    timeout = REQUEST_TIMEOUT, "request-timeout", "The request took too long";
    /// 409: it does not fit how things stand.
    conflict = CONFLICT, "conflict", "This does not fit how things stand";
    /// 413: larger than the bound.
    too_large = PAYLOAD_TOO_LARGE, "too-large", "The request is too large";
    /// 415: not the kind of content that is expected.
    unsupported = UNSUPPORTED_MEDIA_TYPE, "unsupported-content", "Another kind of content is expected";
    /// 422: understood, and not what was asked before under the same key.
    unprocessable = UNPROCESSABLE_ENTITY, "key-used-before", "The key stands for another request";
    /// 429: too many attempts.
    too_many = TOO_MANY_REQUESTS, "too-many-requests", "Too many attempts";
    /// 500: a bug.
    internal = INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side";
    /// 503: the database or another dependency does not answer.
    unavailable = SERVICE_UNAVAILABLE, "unavailable", "Not available at this moment";
}

impl Problem {
    /// Adds when to try again.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }
}

/// A problem and, beside its members, those of something that says more.
#[derive(Serialize)]
struct Detailed<'d, D> {
    #[serde(flatten)]
    problem: &'d Problem,
    #[serde(flatten)]
    details: &'d D,
}

impl Problem {
    /// The problem as an answer that also holds the members of `details`.
    pub fn with_details(self, details: &impl Serialize) -> Response {
        let body = Json(Detailed { problem: &self, details });
        let mut response = (self.status, body).into_response();
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
        response
    }
}

impl From<OperationError> for Problem {
    fn from(error: OperationError) -> Self {
        match CallError::from(error) {
            CallError::SignInNeeded => {
                Self::sign_in_needed("Sign in first: POST /api/v1/sessions.")
            }
            CallError::Forbidden(detail) => Self::forbidden(detail),
            CallError::NotFound(detail) => Self::not_found(detail),
            CallError::Conflict(detail) => Self::conflict(detail),
            CallError::Invalid { message, fields } => Self { fields, ..Self::invalid(message) },
            CallError::TooMany(detail) => Self::too_many(detail).retry_after(60),
            CallError::TooLarge(detail) => Self::too_large(detail),
            CallError::Unavailable(detail) => Self::unavailable(detail).retry_after(5),
            CallError::Internal(detail) => Self::internal(detail),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status;
        let retry_after_seconds = self.retry_after_seconds;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, PROBLEM_JSON);
        if let Some(seconds) = retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        problem.into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_turned_away_is_told_when_to_come_again() {
        let problem = Problem::from(OperationError::NotAccepted("Too much work."));
        let response = problem.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[RETRY_AFTER], "5");
    }
}
