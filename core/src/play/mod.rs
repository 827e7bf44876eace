//! Scenarios: the real engine in memory under a simulated clock, to test models without a server.
//!
//! Deterministic: the same scenario gives the same outcome. Never reads a file; whoever plays a
//! scenario brings the models that it names.

mod coverage;
mod expect;
mod fields;
pub mod junit;
mod models;
mod outcome;
mod record;
mod run;
mod scenario;
mod trace;
mod world;

pub use coverage::{Coverage, Reached};
pub use models::File;
pub use outcome::{Incident, Outcome, Played, Waiting};
pub use record::{Decided, ENTRIES_MAX};
pub use run::run;
pub use scenario::{STEPS_MAX, Scenario};
pub use trace::{Entry, Happened};
pub use world::{INSTANCES_MAX, MESSAGES_KEPT_MAX, REQUESTS_MAX};

/// Why a scenario cannot be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unusable {
    /// Where and why, and what to do, for people.
    pub message: String,
}

impl Unusable {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}
