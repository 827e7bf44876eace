//! What a call answers when it cannot do what was asked.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::Json;

/// A refused or failed call, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum CallError {
    /// Nobody is signed in, or the session has ended.
    #[error("Please sign in.")]
    SignInNeeded,
    /// The caller may not do or see this; says what right is missing.
    #[error("{0}")]
    Forbidden(String),
    /// It does not exist, or the caller may not know that it does.
    #[error("{0}")]
    NotFound(String),
    /// It does not fit how things stand now; says who or what is in the way.
    #[error("{0}")]
    Conflict(String),
    /// The input is wrong.
    #[error("{message}")]
    Invalid {
        /// What is wrong, in one sentence.
        message: String,
        /// What is wrong field by field; may be empty.
        fields: Vec<FieldProblem>,
    },
    /// Too many attempts; says when to try again.
    #[error("{0}")]
    TooMany(String),
    /// The input is larger than its bound.
    #[error("{0}")]
    TooLarge(String),
    /// The database or another dependency does not answer; nothing acknowledged is lost.
    #[error("{0}")]
    Unavailable(String),
    /// A bug or a broken connection; the cause is in the server's log.
    #[error("{0}")]
    Internal(String),
}

/// What is wrong with one field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// Key of the field.
    pub field: String,
    /// What to do, such as “Enter the amount”.
    pub message: String,
}

impl CallError {
    /// The HTTP status that says the same, for pages that cannot show what was asked for.
    pub const fn status(&self) -> u16 {
        match self {
            Self::SignInNeeded => 401,
            Self::Forbidden(_) => 403,
            Self::NotFound(_) => 404,
            Self::Conflict(_) => 409,
            Self::Invalid { .. } => 422,
            Self::TooMany(_) => 429,
            Self::TooLarge(_) => 413,
            Self::Unavailable(_) => 503,
            Self::Internal(_) => 500,
        }
    }
}

impl FromServerFnError for CallError {
    type Encoder = Json;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::Internal(format!("The server did not understand or answer: {error}"))
    }
}
