//! The portal: pages by audience, the components they are made of, and the calls they ask.
//!
//! A page composes, a component shows, `calls.rs` asks. Nothing here decides what a person may do.

pub mod components;
pub mod diagram;
pub mod frame;
pub mod live;
pub mod pages;
pub mod response;
pub mod session;
pub mod words;

mod address;
mod asked;
mod call;
mod drawn;
mod filling;
mod follow;
mod hold;

pub mod account;
pub mod admin;
pub mod decisions;
pub mod insight;
pub mod models;
pub mod monitor;
pub mod tasks;
