//! Spartito: process orchestration in one binary.

pub mod wire;

pub mod ui;

#[cfg(feature = "ssr")]
pub mod store;
