//! Indicators over plain rows: where work waits and how long things take.
//!
//! Never asks a database; whoever keeps the rows passes them in.

pub mod bottleneck;
pub mod sketch;
