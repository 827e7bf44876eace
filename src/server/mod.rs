//! Puts the server together: settings, the doors in their order, headers, the listener.
//!
//! Never holds a rule of its own about processes or people: those are in `operations`.

mod assets;
mod body;
mod bounds;
pub mod config;
pub mod headers;
mod health;
mod identify;
pub mod listen;
mod log;
mod metrics;
mod pages;
mod requests;
pub mod router;
pub mod run;
pub mod state;
pub mod telemetry;
