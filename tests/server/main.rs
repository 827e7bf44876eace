//! Tests of the server side against real databases, real HTTP and real processes.

#![cfg(feature = "ssr")]

mod bench;
mod databases;
mod models;
mod runtime;
mod store;
