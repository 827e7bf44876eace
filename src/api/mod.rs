//! The REST door `/api/v1`: a few lines per resource over the operations.
//!
//! Never decides anything: it reads a request strictly, asks one operation, and puts the answer
//! into JSON. Whoever is not signed in gets 401 from every route but the one that signs in; jobs are
//! for workers, who show a token instead.

mod account;
mod batches;
mod conditions;
mod deployments;
mod incidents;
mod instances;
mod jobs;
mod json;
mod messages;
mod pauses;
pub mod problem;
mod retention;
mod stream;
mod tasks;
mod upkeep;
mod view;

use std::str::FromStr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, FromRequestParts, Path};
use axum::http::request::Parts;
use axum::routing::{get, patch, post, put};
use spartito_core::ids::KeyError;
use tokio_util::sync::CancellationToken;

use self::problem::Problem;
use crate::auth::Caller;
use crate::operations::Desk;

/// All routes of the door; a path or method that is none of them is a problem too.
pub fn router<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Arc<Desk>: FromRef<S>,
    CancellationToken: FromRef<S>,
{
    Router::new()
        .route("/sessions", post(account::sign_in).delete(account::sign_out))
        .route("/me", get(account::me))
        .route("/deployments", post(deployments::deploy))
        .route("/process-instances", get(instances::list).post(instances::start))
        .route("/process-instances/{key}", get(instances::detail))
        .route("/process-instances/{key}/cancellation", post(instances::cancel))
        .route("/process-instances/{key}/suspension", post(instances::suspend))
        .route("/process-instances/{key}/resumption", post(instances::resume))
        .route("/process-instances/{key}/elements/{element}/activation", post(instances::activate))
        .route("/process-instances/{key}/elements/{element}/trigger", post(instances::trigger))
        .route("/user-tasks/search", post(tasks::search))
        .route("/user-tasks/{key}", get(tasks::detail))
        .route("/user-tasks/{key}/assignment", post(tasks::claim).delete(tasks::unclaim))
        .route("/user-tasks/{key}/draft", put(tasks::save_draft))
        .route("/user-tasks/{key}/completion", post(tasks::complete))
        .route("/conditionals/evaluation", post(conditions::evaluate))
        .route("/messages", post(messages::publish))
        .route("/signals", post(messages::signal))
        .route("/incidents/search", post(batches::search))
        .route("/incidents/resolution", post(batches::retry))
        .route("/incidents/{key}/resolution", post(incidents::retry))
        .route("/batch-operations/{key}", get(batches::detail))
        .route("/batch-operations/{key}/items", get(batches::items))
        .route("/batch-operations/{key}/cancellation", post(batches::cancel))
        .route("/jobs/activation", post(jobs::activate))
        .route("/jobs/{key}", patch(jobs::change))
        .route("/jobs/{key}/completion", post(jobs::complete))
        .route("/jobs/{key}/failure", post(jobs::fail))
        .route("/jobs/{key}/error", post(jobs::raise))
        .route("/retention", get(retention::of_all).put(retention::set_for_all))
        .route(
            "/process-definitions/{id}/retention",
            get(retention::of).put(retention::set).delete(retention::unset),
        )
        .route("/process-definitions/{id}/suspension", get(pauses::last).post(pauses::pause))
        .route("/process-definitions/{id}/resumption", post(pauses::resume))
        .route("/outbound-work", get(upkeep::outbound))
        .route("/outbound-work/release", post(upkeep::release))
        .route("/integrity", get(upkeep::integrity))
        .route("/stream", get(stream::stream::<S>))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
}

/// Any other path below `/api`: 401 for who is not signed in, so that paths cannot be felt out.
pub async fn not_found(_: SignedIn) -> Problem {
    Problem::not_found("There is no such resource.")
}

async fn wrong_method(_: SignedIn) -> Problem {
    Problem::method_not_allowed("This resource does not take that method.")
}

/// The caller of a route that needs one.
#[derive(Debug)]
pub struct SignedIn(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Caller>()
            .cloned()
            .map(Self)
            .ok_or_else(|| Problem::sign_in_needed("Sign in first: POST /api/v1/sessions."))
    }
}

/// The key of a resource, out of its path. What has not the form of a key names nothing.
#[derive(Debug)]
struct Key<K>(K);

impl<S, K> FromRequestParts<S> for Key<K>
where
    S: Send + Sync,
    K: FromStr<Err = KeyError>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::not_found("There is no such resource."))?;
        text.parse().map(Self).map_err(|error: KeyError| Problem::not_found(format!("{error}.")))
    }
}
