//! One line per request, an id that all lines of a request carry, and the count of requests.
//!
//! Never logs a query string, a body, a cookie or the secret part of a set-up link.

use std::fmt;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::requests::Door;
use super::state::AppState;

/// The header with the id of a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of an id that is taken from a request.
const REQUEST_ID_CHARS_MAX: usize = 128;
/// Characters of a path that are logged.
const PATH_CHARS_MAX: usize = 256;

/// Gives the request its id, counts it, and logs what was asked and answered: failures of ours as
/// errors, the rest for those who want it.
pub async fn log(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId::of(request.headers());
    let method = request.method().clone();
    let door = Door::of(request.uri().path());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let path = shown(request.uri().path());
    let span = tracing::info_span!("request", %id, %method, path);
    let answer = async {
        let response = next.run(request).await;
        let status = response.status();
        let time = began.elapsed();
        let template = route.as_ref().map(MatchedPath::as_str);
        state.requests.count((door, &method), template, status, time);
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        // Whoever asks whether the server is ready asks again and again.
        if status.is_server_error() && door != Door::Health {
            tracing::error!(status = status.as_u16(), ms, "request failed");
        } else {
            tracing::debug!(status = status.as_u16(), ms, "request");
        }
        response
    };
    let mut response = answer.instrument(span).await;
    response.headers_mut().insert(REQUEST_ID, id.into());
    response
}

/// The part of a path that is logged.
fn shown(path: &str) -> &str {
    if path.starts_with("/set-up/") {
        return "/set-up/…";
    }
    path.char_indices().nth(PATH_CHARS_MAX).map_or(path, |(end, _)| &path[..end])
}

/// The id by which a request is found in logs, here and in the systems before.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RequestId(String);

impl RequestId {
    /// The one that the request brings, where it is well-formed; else a new one.
    fn of(headers: &HeaderMap) -> Self {
        let brought = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        match brought.filter(|id| is_well_formed(id)) {
            Some(id) => Self(id.to_owned()),
            None => Self(format!("{:032x}", rand::random::<u128>())),
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<RequestId> for HeaderValue {
    fn from(id: RequestId) -> Self {
        HeaderValue::from_str(&id.0).expect("a well-formed id is plain text")
    }
}

/// Letters, digits and the marks that common ids hold; nothing that could be taken for another part
/// of a line.
fn is_well_formed(id: &str) -> bool {
    (1..=REQUEST_ID_CHARS_MAX).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_of_a_set_up_link_is_not_logged() {
        assert_eq!(shown("/set-up/5ecre7"), "/set-up/…");
        assert_eq!(shown("/tasks"), "/tasks");
    }

    #[test]
    fn a_path_is_logged_up_to_a_bound() {
        let long = format!("/{}", "ü".repeat(2 * PATH_CHARS_MAX));
        assert_eq!(shown(&long).chars().count(), PATH_CHARS_MAX);
    }

    #[test]
    fn an_id_is_taken_where_it_is_well_formed_and_else_made() {
        let of = |value: &str| {
            let value = HeaderValue::from_str(value).expect("a value");
            RequestId::of(&HeaderMap::from_iter([(REQUEST_ID, value)]))
        };
        for good in ["abc", "550e8400-e29b-41d4-a716-446655440000", "Root=1-67/x"] {
            assert_eq!(of(good).0, good);
        }
        for bad in ["", "two words", "a}", "a\tb", &"x".repeat(REQUEST_ID_CHARS_MAX + 1)] {
            let made = of(bad);
            assert!(made.0 != bad && is_well_formed(&made.0), "{bad:?}: {made}");
        }
        assert_ne!(RequestId::of(&HeaderMap::new()), RequestId::of(&HeaderMap::new()));
    }
}
