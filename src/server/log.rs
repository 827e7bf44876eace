//! One line per request.
//!
//! Never logs a query string, a body, a cookie or the secret part of a set-up link.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

/// Logs what was asked and answered: failures of ours as errors, the rest for those who want it.
pub async fn log(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let path = shown(request.uri().path()).to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    if response.status().is_server_error() {
        tracing::error!(%method, path, status, ms, "request failed");
    } else {
        tracing::debug!(%method, path, status, ms, "request");
    }
    response
}

fn shown(path: &str) -> &str {
    if path.starts_with("/set-up/") { "/set-up/…" } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_of_a_set_up_link_is_not_logged() {
        assert_eq!(shown("/set-up/5ecre7"), "/set-up/…");
        assert_eq!(shown("/tasks"), "/tasks");
    }
}
