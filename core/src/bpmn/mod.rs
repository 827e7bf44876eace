//! Process models in the words of BPMN 2.0.2, read from XML with every finding placed.
//!
//! Never evaluates an expression and never runs anything: an expression is text here.

pub mod diagnostic;
pub mod diagram;
pub mod model;
