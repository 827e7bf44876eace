//! Finds out who sends a request, once, before any door opens.
//!
//! Never refuses anybody: who is not signed in is a visitor without a caller. Only a database that
//! does not answer stops a request here, because then nobody can be known.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::Method;
use axum::http::header::{ACCEPT, AUTHORIZATION, LOCATION};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use super::state::AppState;
use crate::api::problem::Problem;
use crate::auth::{SessionHandle, Visitor};
use crate::operations::{OperationError, account};

/// Where workers knock.
const WORKERS_DOOR: &str = "/api/v1/jobs/";

/// Whether a request is for the workers' door.
pub(super) fn is_of_worker(request: &Request) -> bool {
    request.uri().path().starts_with(WORKERS_DOOR)
}

/// The token that a request shows.
pub(super) fn shown_token(request: &Request) -> Option<&str> {
    let shown = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = shown.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Adds the [`Visitor`] and, where one is signed in, the [`Caller`](crate::auth::Caller); at the
/// workers' door the [`Worker`](crate::auth::Worker), or why there is none.
pub async fn identify(
    State(state): State<AppState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    let session = SessionHandle::new(session);
    let caller = match account::caller(&state.desk, &session).await {
        Ok(caller) => caller,
        Err(error) => return Problem::from(OperationError::from(error)).into_response(),
    };
    let worker = is_of_worker(&request).then(|| state.worker_tokens.worker(shown_token(&request)));
    let extensions = request.extensions_mut();
    match worker {
        Some(Ok(worker)) => drop(extensions.insert(worker)),
        Some(Err(why)) => drop(extensions.insert(why)),
        None => {}
    }
    if let Some(caller) = &caller {
        extensions.insert(caller.clone());
    }
    extensions.insert(Visitor { caller, session, address: from.ip() });
    next.run(request).await
}

/// Pages that somebody who is not signed in may see.
const OPEN_PAGES: [&str; 2] = ["/sign-in", "/set-up"];

/// Sends who is not signed in from a page to the sign-in page, which leads back.
pub async fn pages_need_sign_in(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let open = OPEN_PAGES.iter().any(|page| {
        path == *page || path.strip_prefix(page).is_some_and(|rest| rest.starts_with('/'))
    });
    let signed_in =
        request.extensions().get::<Visitor>().is_some_and(|visitor| visitor.caller.is_some());
    let is_call = path.starts_with("/call/") || path.starts_with("/api/");
    if path == "/" {
        return Redirect::to("/tasks").into_response();
    }
    if open || signed_in || is_call || !wants_page(&request) {
        return next.run(request).await;
    }
    let back = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let query: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
    Redirect::to(&format!("/sign-in?next={query}")).into_response()
}

/// Whether a browser navigates, rather than fetches a picture, style or script.
fn wants_page(request: &Request) -> bool {
    *request.method() == Method::GET
        && request
            .headers()
            .get(ACCEPT)
            .and_then(|value| value.to_str().ok())
            .is_none_or(|kinds| kinds.contains("text/html") || kinds.contains("*/*"))
        && request.headers().get(LOCATION).is_none()
}
