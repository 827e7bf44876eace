//! Process models in the words of BPMN 2.0.2, read from XML with every finding placed.
//!
//! Never evaluates an expression and never runs anything: an expression is text here.

pub mod diagram;
pub mod model;
pub mod soundness;

mod findings;
mod read;
mod rules;
mod write;

pub use crate::diagnostic;
pub use crate::diagnostic::findings::FINDINGS_MAX;
pub use crate::xml::{ATTRIBUTES_MAX, DEPTH_MAX, ELEMENTS_MAX, MODEL_BYTES_MAX, NAMESPACES_MAX};
pub use read::{Inspection, Reading, inspect, read, read_for_trial};
pub use write::rewrite;
