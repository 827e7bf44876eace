//! The engine: a turn takes the definitions, the state of one instance and a request, and gives
//! events or a rejection.
//!
//! Terms that the standard lacks, defined here once:
//! - **element instance**: one visit to a flow node (or the process itself), numbered within its
//!   process instance.
//! - **job**: work for a system, made by a service task.
//! - **incident**: a token that cannot go on without a person.
//! - **turn**: all that follows from one request until every token waits or is consumed.
//!
//! Never reads a clock, never stores anything, never knows another instance.

pub mod command;
pub mod decisions;
pub mod definition;
pub mod event;
pub mod incident;
pub mod lifecycle;
pub mod migration;
pub mod modification;
pub mod rejection;
pub mod state;
pub mod turn;

mod behavior;
mod changes;
mod commands;
mod expression;
mod visible;

pub use behavior::timer::after_firing;
pub use behavior::{choices, triggerable};
pub use command::{Command, Request};
pub use commands::BUSINESS_KEY_CHARACTERS_MAX;
pub use definition::{Deployed, ExecutableProcess};
pub use event::Event;
pub use rejection::Rejection;
pub use state::InstanceState;
pub use turn::{start_conditions, start_events, step};
