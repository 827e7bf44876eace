//! Hands requests for pages and their calls to Leptos.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use leptos::config::LeptosOptions;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list};

use super::headers::policy_of_page;
use super::state::AppState;
use crate::api::problem::Problem;
use crate::app::{App, shell};
use crate::auth::Visitor;
use crate::operations::Desk;
use crate::wire::CallError;

/// Most bytes of the error of a call.
const CALL_ERROR_BYTES_MAX: usize = 256 * 1024;

/// The routes of pages and of the calls they make.
pub fn routes(state: &AppState) -> Router<AppState> {
    let options = state.leptos.clone();
    Router::new().leptos_routes_with_context(
        state,
        route_list(),
        provide(Arc::clone(&state.desk)),
        move || shell(options.clone()),
    )
}

/// The routes of the pages, found once in a process. While they are looked for, what a page asks of
/// the server never comes in the whole process, so that a page of another server in it would hang
/// (leptos-rs/leptos#4773).
fn route_list() -> Vec<AxumRouteListing> {
    static ROUTES: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    ROUTES.get_or_init(|| generate_route_list(App)).clone()
}

/// The page that says that there is no such page.
pub async fn not_found(State(state): State<AppState>, request: Request) -> Response {
    let options: LeptosOptions = state.leptos.clone();
    let render =
        leptos_axum::render_app_async_with_context(provide(Arc::clone(&state.desk)), move || {
            shell(options.clone())
        });
    let mut response = render(request).await.into_response();
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// Gives a refused call the status that says the same as its error; Leptos knows only 500.
pub async fn call_status(request: Request, next: Next) -> Response {
    let is_call = request.uri().path().starts_with("/call/");
    let response = next.run(request).await;
    if !is_call || response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, CALL_ERROR_BYTES_MAX).await else {
        return Problem::internal("Something went wrong on our side.").into_response();
    };
    let status = serde_json::from_slice::<CallError>(&bytes).map_or(500, |error| error.status());
    parts.status = StatusCode::from_u16(status).unwrap_or(parts.status);
    Response::from_parts(parts, Body::from(bytes))
}

/// What pages and calls find in their context, and the policy that a page is sent with.
fn provide(desk: Arc<Desk>) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        provide_context(Arc::clone(&desk));
        if let Some(visitor) =
            use_context::<Parts>().and_then(|parts| parts.extensions.get::<Visitor>().cloned())
        {
            provide_context(visitor);
        }
        if let (Some(nonce), Some(options)) =
            (leptos::nonce::use_nonce(), use_context::<ResponseOptions>())
        {
            let policy =
                HeaderValue::from_str(&policy_of_page(&nonce)).expect("a nonce is plain text");
            options.insert_header(CONTENT_SECURITY_POLICY, policy);
        }
    }
}
