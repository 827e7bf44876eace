//! The rules of each element, one file per element.

mod business_rule_task;
mod events;
mod exclusive_gateway;
mod instance;
mod parallel_gateway;
mod sequence_flow;
mod service_task;
mod user_task;
