//! The portal: pages by audience, the components they are made of, and the calls they ask.
//!
//! A page composes, a component shows, `calls.rs` asks. Nothing here decides what a person may do.

pub mod components;
pub mod diagram;
pub mod live;
pub mod words;
