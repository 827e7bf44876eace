//! The rules of each element, one file per element.

mod ad_hoc;
mod business_rule_task;
mod call_activity;
mod catching;
mod compensation;
mod complex_gateway;
mod data;
mod errors;
mod events;
mod exclusive_gateway;
mod inclusive_gateway;
mod instance;
mod links;
mod migration;
mod modification;
mod parallel_gateway;
mod repetition;
mod sequence_flow;
mod service_task;
mod starting;
mod sub_process;
mod suspension;
mod tasks;
mod throwing;
mod timers;
mod user_task;
