//! Events that are waited for, and what has completed that can be compensated.
//!
//! Never decides whether an event occurred; requests say so.

use serde::{Deserialize, Serialize};

use crate::engine::event::Waited;
use crate::ids::{ElementInstanceId, FlowNodeId, IncidentId};
use crate::value::Variables;

/// An event that is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The visit (or process) that waits.
    pub element: ElementInstanceId,
    /// The event of the model.
    pub node: FlowNodeId,
    /// Which of its definitions, from 0.
    pub definition: u32,
    /// What it is.
    pub waits: Waited,
    /// Why its condition cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
}

/// An activity that has completed and can be compensated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompensationRecord {
    /// The visit that completed.
    pub element: ElementInstanceId,
    /// The activity.
    pub node: FlowNodeId,
    /// Its own variables when it completed.
    pub variables: Variables,
}
