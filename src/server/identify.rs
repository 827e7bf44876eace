//! Finds out who sends a request, once, before any door opens.
//!
//! Who is not signed in is a visitor without a caller, and is let through. A request is stopped here
//! only by a database that does not answer, because then nobody can be known, and by what the same
//! person asks for at the same time, so that nobody's flood holds up the others.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::Method;
use axum::http::header::{ACCEPT, LOCATION};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use spartito_core::ids::PersonId;
use tower_sessions::Session;

use super::state::AppState;
use crate::api::problem::Problem;
use crate::auth::{SessionHandle, Visitor};
use crate::operations::{OperationError, account};

/// Adds the [`Visitor`] and, where one is signed in, the [`Caller`](crate::auth::Caller).
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
    let extensions = request.extensions_mut();
    if let Some(caller) = &caller {
        extensions.insert(caller.clone());
    }
    extensions.insert(Visitor { caller, session, address: from.ip() });
    next.run(request).await
}

/// Requests of one person that are worked on at the same time; what comes on top is told to come again,
/// so that nobody's flood holds up the others.
const REQUESTS_OF_ONE_MAX: usize = 64;

/// How many requests of each person are being worked on. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct InHand(Arc<Mutex<BTreeMap<PersonId, usize>>>);

impl InHand {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<PersonId, usize>> {
        // The map is whole after every operation on it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more; `None` where there are as many as there may be.
    fn take(&self, person: &PersonId) -> Option<Taken> {
        let mut counts = self.lock();
        let count = counts.entry(person.clone()).or_default();
        if *count >= REQUESTS_OF_ONE_MAX {
            return None;
        }
        *count += 1;
        Some(Taken { in_hand: self.clone(), person: person.clone() })
    }
}

/// A request that counts until it is dropped.
struct Taken {
    in_hand: InHand,
    person: PersonId,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut counts = self.in_hand.lock();
        if let Some(count) = counts.get_mut(&self.person) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.person);
            }
        }
    }
}

/// Turns away what one person asks for at the same time beyond the bound.
pub async fn bound_each(State(in_hand): State<InHand>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Visitor>().and_then(|visitor| visitor.caller.as_ref());
    let Some(person) = caller.map(|caller| caller.person.clone()) else {
        return next.run(request).await;
    };
    let Some(_taken) = in_hand.take(&person) else {
        tracing::warn!(%person, "a person asks for too much at the same time");
        let words = format!(
            "You are asking for more than {REQUESTS_OF_ONE_MAX} things at the same time. Try again."
        );
        return Problem::too_many(words).retry_after(1).into_response();
    };
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
