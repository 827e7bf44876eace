//! Why an operation was not carried out, and how that is said to the one who asked.
//!
//! Never puts into words for people what is only for the log.

use spartito_core::engine::Rejection;

use crate::auth::passwords::{PasswordRefusal, TooBusy};
use crate::auth::{Lacking, TooManyFailures};
use crate::runtime::SubmitError;
use crate::store::StoreError;
use crate::wire::{CallError, FieldProblem};

/// A refused or failed operation.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// The caller's role does not give the right.
    #[error(transparent)]
    Lacking(#[from] Lacking),
    /// The caller may see it and may not do this with it; says why.
    #[error("{0}")]
    Forbidden(String),
    /// It does not exist, or the caller may not know that it does.
    #[error("{0}")]
    NotFound(String),
    /// It does not fit how things stand; says who or what is in the way.
    #[error("{0}")]
    Conflict(String),
    /// The input is wrong.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// What is wrong field by field.
        fields: Vec<FieldProblem>,
    },
    /// Larger than its bound.
    #[error("{0}")]
    TooLarge(String),
    /// Name and password do not belong together, or the person may not sign in: never which.
    #[error("Name or password is not right.")]
    WrongCredentials,
    /// Too many failed sign-ins.
    #[error("Too many failed sign-ins. Try again in {} s.", .0.wait.as_secs() + 1)]
    TooManyFailures(TooManyFailures),
    /// Too many sign-ins at this moment.
    #[error("Many people are signing in. Try again in a few seconds.")]
    Busy(#[from] TooBusy),
    /// As much as there may be is there already.
    #[error("{0}")]
    TooMany(&'static str),
    /// The engine refused the request.
    #[error("{0}")]
    Rejected(Rejection),
    /// The request could not be brought to the engine.
    #[error("{0}")]
    NotAccepted(&'static str),
    /// A bug; the words are for the log.
    #[error("{0}")]
    Internal(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OperationError {
    /// Wrong input without a field of its own.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid { message: message.into(), fields: Vec::new() }
    }

    /// Wrong input in one field.
    pub fn invalid_field(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let problem = FieldProblem { field: field.to_owned(), message: message.clone() };
        Self::Invalid { message, fields: vec![problem] }
    }
}

impl From<PasswordRefusal> for OperationError {
    fn from(refusal: PasswordRefusal) -> Self {
        Self::invalid_field("password", refusal.to_string())
    }
}

impl From<SubmitError> for OperationError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Rejected(rejection) => Self::Rejected(rejection),
            SubmitError::UnknownInstance => Self::NotFound("There is no such instance.".to_owned()),
            SubmitError::LeaseLost => Self::Conflict(
                "The lease of this job had ended, and the job was given to somebody else. Nothing \
                 was changed; whoever has the job now will answer."
                    .to_owned(),
            ),
            SubmitError::Overloaded => {
                Self::NotAccepted("The server has more work than it can take on now.")
            }
            SubmitError::ShuttingDown => Self::NotAccepted("The server is being restarted."),
            SubmitError::Store(error) => Self::Store(error),
            // The words ask to look whether it was carried out.
            SubmitError::Unknown(error) => Self::Store(StoreError::Unavailable(error.to_string())),
            SubmitError::Internal(reason) => Self::Internal(reason),
        }
    }
}

impl From<OperationError> for CallError {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Lacking(_) | OperationError::Forbidden(_) => {
                Self::Forbidden(error.to_string())
            }
            OperationError::NotFound(words) => Self::NotFound(words),
            OperationError::Conflict(words) => Self::Conflict(words),
            OperationError::Invalid { message, fields } => Self::Invalid { message, fields },
            OperationError::TooLarge(words) => Self::TooLarge(words),
            OperationError::WrongCredentials => Self::Invalid {
                message: OperationError::WrongCredentials.to_string(),
                fields: Vec::new(),
            },
            OperationError::TooManyFailures(_)
            | OperationError::Busy(_)
            | OperationError::TooMany(_) => Self::TooMany(error.to_string()),
            OperationError::Rejected(rejection) => from_rejection(&rejection),
            OperationError::NotAccepted(words) => {
                tracing::warn!(reason = words, "a request was turned away");
                Self::Unavailable(format!("{words} Nothing was changed; try again in a moment."))
            }
            OperationError::Internal(reason) => {
                tracing::error!(reason, "a bug stopped a request");
                internal()
            }
            OperationError::Store(error) => from_store(&error),
        }
    }
}

fn from_rejection(rejection: &Rejection) -> CallError {
    match rejection {
        Rejection::NotStarted => CallError::NotFound("There is no such instance.".to_owned()),
        Rejection::NoSuchScope(_) | Rejection::NoSuchNode(_) => {
            CallError::NotFound(sentence(rejection))
        }
        Rejection::BusinessKeyTooLong { .. } | Rejection::NothingAsked => {
            CallError::Invalid { message: sentence(rejection), fields: Vec::new() }
        }
        Rejection::AlreadyStarted
        | Rejection::NotDirected(_)
        | Rejection::DirectedBothWays(_)
        | Rejection::InstanceEnded
        | Rejection::InstanceSuspended
        | Rejection::NothingOpen(_)
        | Rejection::CannotActivate { .. }
        | Rejection::CannotMigrate(_)
        | Rejection::NotDeployed
        | Rejection::NoSuchUserTask(_)
        | Rejection::HeldByAnother { .. }
        | Rejection::NotClaimed(_)
        | Rejection::NobodyAsks
        | Rejection::NoSuchJob(_)
        | Rejection::StaleAttempt { .. }
        | Rejection::NoSuchIncident(_)
        | Rejection::NoSuchSubscription(_)
        | Rejection::NotDue(_)
        | Rejection::CannotStart(_)
        | Rejection::NoSuchCall(_) => CallError::Conflict(sentence(rejection)),
    }
}

fn internal() -> CallError {
    CallError::Internal(
        "Something went wrong on our side. It has been noted in the log.".to_owned(),
    )
}

/// A rejection as a sentence: capital letter, full stop.
fn sentence(rejection: &Rejection) -> String {
    let words = rejection.to_string();
    let mut characters = words.chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(characters).chain(std::iter::once('.')).collect()
}

/// The one place where a failure of the store is logged.
fn from_store(error: &StoreError) -> CallError {
    match error {
        StoreError::Clash(_) | StoreError::Fenced => {
            tracing::warn!(%error, "a change was not taken");
            CallError::Unavailable(format!("{error}. Nothing was changed; try again."))
        }
        StoreError::Unavailable(words) => {
            tracing::warn!(%error, "the database is not available");
            CallError::Unavailable(format!(
                "The database does not answer as it should: {words}. Nothing that was confirmed \
                 is lost; look again in a moment whether the last step was carried out."
            ))
        }
        StoreError::Conflict(_) => {
            tracing::warn!(%error, "two changes met");
            CallError::Conflict("Somebody else changed this at the same time.".to_owned())
        }
        StoreError::Corrupt { table, row, .. } => {
            tracing::error!(%error, "something that is stored cannot be read");
            let row = if row.is_empty() { String::new() } else { format!(", row {row}") };
            CallError::Internal(format!(
                "What is stored here is damaged and cannot be read (table {table}{row}). Nothing \
                 was changed, and all else goes on. Please tell an administrator."
            ))
        }
        StoreError::Locked(_) | StoreError::Address(_) | StoreError::Refused(_) => {
            tracing::error!(%error, "the store failed");
            internal()
        }
    }
}
