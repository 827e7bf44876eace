//! The state of one instance: events folded by `apply`, which cannot fail.
//!
//! Holds what is open, never what is over: it does not grow with history.

mod element;
mod index;
mod instance;
mod migration;
mod scope;
mod subscription;
mod waiting;
mod weight;

pub use element::{
    Compensation, Directed, ElementInstance, Incident, Job, Repetition, UserTask, Work,
};
pub use instance::{Identity, InstanceState, Status};
pub use scope::Scope;
pub use subscription::{CompensationRecord, Subscription};
pub use weight::map_bytes;
