//! Tests of the server side against real databases, real HTTP and real processes.

#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod ahead;
#[path = "../../core/tests/bad_xml/mod.rs"]
#[allow(dead_code, reason = "the tests of the core use more of it")]
mod bad_xml;
mod batches;
mod bench;
mod chaos;
mod clocks;
mod conditions;
mod connectors;
mod counts;
mod crash;
mod databases;
mod decisions;
mod dice;
mod doors;
mod elements;
mod exchange;
mod failpoints;
mod faults;
mod floods;
mod flows;
mod hostile;
mod house;
mod lists;
mod migrations;
mod models;
mod neighbors;
mod nodes;
mod pauses;
mod permissions;
mod plans;
mod play;
mod process;
mod recount;
mod restart;
mod retention;
mod runtime;
mod setbacks;
mod storage;
mod store;
mod store_faults;
mod task_counts;
mod timers;
mod watching;
mod worker_doors;
mod workers;
