//! `/sessions` and `/me`: signing in and out.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::SignedIn;
use super::json::Strict;
use super::problem::Problem;
use super::view::MeView;
use crate::auth::Visitor;
use crate::operations::{Desk, OperationError, account};

/// Name and password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    name: String,
    password: String,
}

/// `POST /sessions`: signs in; the answer sets the session's cookie.
pub(super) async fn sign_in(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Strict(credentials, _): Strict<Credentials>,
) -> Result<Json<MeView>, Problem> {
    let Credentials { name, password } = credentials;
    match account::sign_in(&desk, &visitor.session, visitor.address, &name, &password).await {
        Ok(me) => Ok(Json(me.into())),
        Err(error @ OperationError::WrongCredentials) => {
            Err(Problem::sign_in_needed(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

/// `DELETE /sessions`: signs out.
pub(super) async fn sign_out(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    SignedIn(caller): SignedIn,
) -> Result<StatusCode, Problem> {
    account::sign_out(&desk, &visitor.session, Some(&caller)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /me`: who is signed in.
pub(super) async fn me(SignedIn(caller): SignedIn) -> Json<MeView> {
    Json(caller.me().into())
}
