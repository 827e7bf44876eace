//! The state of one instance: events folded by `apply`, which cannot fail.
//!
//! Holds what is open, never what is over: it does not grow with history.

mod element;
mod instance;
mod scope;

pub use element::{ElementInstance, Incident, Job, UserTask, Work};
pub use instance::{Identity, InstanceState, Status};
pub use scope::Scope;
