//! Tests of the server side against real databases, real HTTP and real processes.

#![cfg(feature = "ssr")]

mod bench;
mod connectors;
mod crash;
mod databases;
mod doors;
mod flows;
mod house;
mod models;
mod permissions;
mod runtime;
mod store;
mod store_faults;
