//! All routes, and what every request passes through on its way to them.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::http::header::HeaderValue;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::any::Any;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use super::state::AppState;
use super::{assets, body, bounds, headers, health, identify, log, pages};
use crate::api;
use crate::api::problem::Problem;

/// Time in which an answer must begin.
const ANSWER_TIME_MAX: Duration = Duration::from_mins(1);

/// The whole server over `state`. Layers are listed from the innermost to the outermost.
pub fn router(state: &AppState) -> Router {
    let doors = Router::new()
        .nest("/api/v1", api::router())
        .route("/api", get(api::not_found))
        .route("/api/{*path}", get(api::not_found))
        .merge(pages::routes(state))
        .fallback_service(
            assets::files(&state.site)
                .call_fallback_on_method_not_allowed(true)
                .fallback(get(pages::not_found).with_state(state.clone())),
        )
        .layer(from_fn(pages::call_status))
        // `take_in` bounds every body; a second bound would refuse models that fit.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(state.clone(), body::take_in))
        .layer(from_fn(identify::pages_need_sign_in))
        .layer(from_fn_with_state(state.clone(), identify::identify))
        .layer(state.desk.sessions.layer(state.https))
        .layer(from_fn_with_state(bounds::InHand::default(), bounds::bound_each))
        .layer(from_fn_with_state(state.clone(), headers::same_site_only));
    let built = Router::new()
        .nest_service("/pkg", assets::files(&state.site.join("pkg")))
        .nest_service("/fonts", assets::files(&state.site.join("fonts")))
        .layer(from_fn(assets::cache));
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .merge(doors)
        .merge(built)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_TIME_MAX))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn_with_state(state.clone(), headers::secure))
        .layer(from_fn_with_state(state.clone(), log::log))
        .with_state(state.clone())
}

/// A bug ends one request, not the server.
#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no words");
    tracing::error!(panic = words, "a request ended in a bug");
    let mut response =
        Problem::internal("Something went wrong on our side. It has been noted in the log.")
            .into_response();
    response.headers_mut().insert("connection", HeaderValue::from_static("close"));
    response
}
