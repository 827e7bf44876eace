//! A drawing with what is going on at its steps.

use serde::{Deserialize, Serialize};
use spartito_core::bpmn::diagram::Diagram;

/// A drawing and its overlay.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DiagramView {
    /// Where things are drawn.
    pub diagram: Diagram,
    /// What is going on at the steps, by element id; steps without anything are absent.
    pub steps: Vec<StepCount>,
    /// Ids of sequence flows that were taken, for one instance; empty for a whole process.
    pub taken: Vec<String>,
    /// Ids of nodes that were completed, for one instance.
    pub completed: Vec<String>,
}

/// What is going on at one step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepCount {
    /// Id of the flow node.
    pub element: String,
    /// Tokens that wait or work there now.
    pub active: u64,
    /// Open incidents there.
    pub incidents: u64,
    /// Visits that were completed, over all time.
    pub completed: u64,
}
