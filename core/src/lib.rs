//! The embedded orchestration core of Spartito.
//!
//! A process model is read ([`bpmn`]), and run by a turn ([`engine`]) that takes the state of one
//! instance and a request and gives events. The core never reads a clock, a file or a socket:
//! time, command ids and randomness are arguments.

pub mod ids;
pub mod time;
pub mod value;

pub mod diagnostic;
mod xml;

pub mod bpmn;
pub mod dmn;
pub mod feel;

pub mod forms;

pub mod engine;

pub mod exchange;

pub mod play;

pub mod insight;
