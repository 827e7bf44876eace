//! Tests of the server side against real databases, real HTTP and real processes.

#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod bench;
mod databases;
mod models;
mod runtime;
mod store;
