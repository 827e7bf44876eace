//! Bounds what one browser or client asks for at the same time, so that nobody's flood holds up the
//! others.
//!
//! Looks at nothing but the cookie or the token: to turn somebody away costs next to nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::http::header::COOKIE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::identify::{is_of_worker, shown_token};
use crate::api::problem::Problem;

/// Requests of one session that are worked on at the same time; what comes on top is told to come again.
const REQUESTS_OF_ONE_MAX: usize = 32;
/// Answers of workers with one token that are worked on at the same time: a token stands for many.
const ANSWERS_OF_WORKERS_MAX: usize = 256;
/// The route whose requests wait, which has a bound of its own.
const ACTIVATION: &str = "/api/v1/jobs/activation";
/// The longest cookie or token that is looked at.
const COOKIE_BYTES_MAX: usize = 256;

/// How many requests of each session are being worked on. Cheap to clone.
#[derive(Clone, Default)]
pub struct InHand(Arc<Mutex<BTreeMap<String, usize>>>);

impl InHand {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        // The map is whole after every operation on it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more; `None` where there are as many as there may be.
    fn take(&self, client: String, most: usize) -> Option<Taken> {
        let mut counts = self.lock();
        let count = counts.entry(client.clone()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Taken { in_hand: self.clone(), client })
    }
}

/// A request that counts until it is dropped.
struct Taken {
    in_hand: InHand,
    client: String,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut counts = self.in_hand.lock();
        if let Some(count) = counts.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.client);
            }
        }
    }
}

/// Turns away what one session asks for at the same time beyond the bound.
pub async fn bound_each(State(in_hand): State<InHand>, request: Request, next: Next) -> Response {
    let Some((client, most)) = client_of(&request) else { return next.run(request).await };
    let Some(_taken) = in_hand.take(client, most) else {
        tracing::debug!("somebody asks for too much at the same time");
        let words =
            format!("You are asking for more than {most} things at the same time. Try again.");
        return Problem::too_many(words).retry_after(1).into_response();
    };
    next.run(request).await
}

/// Who asks, as far as that is said, and how much at the same time it may ask for.
fn client_of(request: &Request) -> Option<(String, usize)> {
    if !is_of_worker(request) {
        return Some((session_of(request)?, REQUESTS_OF_ONE_MAX));
    }
    if request.uri().path() == ACTIVATION {
        return None;
    }
    let token = shown_token(request).filter(|token| token.len() <= COOKIE_BYTES_MAX);
    Some((format!("worker {}", token.unwrap_or_default()), ANSWERS_OF_WORKERS_MAX))
}

/// What the browser says about its session, true or not.
fn session_of(request: &Request) -> Option<String> {
    let cookies = request.headers().get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut all = cookies.flat_map(|cookies| cookies.split(';')).map(str::trim);
    // With https its name has a prefix.
    let session = all.find_map(|cookie| {
        cookie.strip_prefix("__Host-").unwrap_or(cookie).strip_prefix("spartito=")
    })?;
    (session.len() <= COOKIE_BYTES_MAX).then(|| session.to_owned())
}
