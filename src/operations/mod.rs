//! All that a person may do, one file per noun. Both doors lead here.
//!
//! Every operation asks for the caller's right first, then looks at what was sent, then acts. It
//! never trusts a door to have done so, and never answers with what the caller may not see.

pub mod account;
pub mod batches;
pub mod conditions;
pub mod dashboard;
mod decision_files;
pub mod decisions;
pub mod deployments;
mod error;
mod facts;
pub mod incidents;
pub mod instances;
pub mod live;
pub mod messages;
mod models;
mod names;
mod once;
pub mod pauses;
pub mod people;
pub mod processes;
pub mod retention;
pub mod set_up;
mod story;
pub mod tasks;
pub mod upkeep;
mod words;
pub mod workers;

use spartito_core::time::Timestamp;

pub use self::error::OperationError;
pub use self::once::Once;
use crate::auth::passwords::Passwords;
use crate::auth::{SessionBook, SignInGuard};
use crate::runtime::Runtime;

/// What every operation works with.
pub struct Desk {
    /// The store, the orchestrator and the clock.
    pub runtime: Runtime,
    /// Who is signed in.
    pub sessions: SessionBook,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Holds back those who guess.
    pub guard: SignInGuard,
    /// Passwords that wait to be shown.
    pub once: Once,
    /// Forms that were read.
    forms: models::Forms,
}

impl Desk {
    /// A desk over a started runtime; `shared` says that other servers use the same database.
    pub fn new(runtime: Runtime, shared: bool) -> Self {
        let sessions = SessionBook::new(runtime.store.clone(), shared);
        Self {
            runtime,
            sessions,
            passwords: Passwords::new(),
            guard: SignInGuard::default(),
            once: Once::default(),
            forms: models::Forms::default(),
        }
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.runtime.clock.now()
    }
}
