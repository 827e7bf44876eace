//! What surrounds flow nodes: lanes, data, pools and the messages between them.

use std::sync::Arc;

use super::{LaneIndex, NodeIndex};
use crate::diagnostic::Position;
use crate::ids::{FlowNodeId, ProcessId};
use crate::value::Value;

/// A lane of a process.
#[derive(Debug, Clone)]
pub struct Lane {
    /// Its id; empty where it has none.
    pub id: String,
    /// Its name: the candidate group of user tasks that name nobody. Empty where it has none.
    pub name: String,
    /// The lane around it.
    pub parent: Option<LaneIndex>,
    /// The nodes that it names itself, in the order of the file.
    pub nodes: Vec<NodeIndex>,
    /// Where it starts in the text.
    pub position: Position,
}

/// A thing that holds data: to execution, a variable of its scope.
#[derive(Debug, Clone)]
pub struct DataItem {
    /// Its id in the file; a reference to a data object has an item of its own.
    pub id: String,
    /// The variable that holds its value: its name where that is the name of a variable, else its id.
    pub variable: Arc<str>,
    /// What it is.
    pub kind: DataKind,
    /// The activity or sub-process it belongs to; `None` for the process.
    pub scope: Option<NodeIndex>,
    /// `isCollection`.
    pub is_collection: bool,
    /// What it holds at first (`flowable:value`); `None` where the model does not say.
    pub initial: Option<Value>,
    /// Where it starts in the text.
    pub position: Position,
}

/// Kinds of data items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataKind {
    /// A data object, which lives as long as its scope.
    Object,
    /// A data store, which outlives the instance.
    Store,
    /// A property of a process or an activity.
    Property,
    /// What an activity, event or process takes in.
    Input,
    /// What an activity, event or process gives out.
    Output,
}

/// A collaboration: pools and the messages between them.
#[derive(Debug, Clone)]
pub struct Collaboration {
    /// Its id; empty where it has none.
    pub id: String,
    /// The pools, in document order.
    pub participants: Vec<Participant>,
    /// The message flows, in document order.
    pub message_flows: Vec<MessageFlow>,
}

/// A pool.
#[derive(Debug, Clone)]
pub struct Participant {
    /// Its id; empty where it has none.
    pub id: String,
    /// Its name; empty where it has none.
    pub name: String,
    /// Its process; `None` for a pool without content.
    pub process: Option<ProcessId>,
    /// `participantMultiplicity`: how many there may be at most, where the pool says so.
    pub maximum: Option<u32>,
}

/// A message flow between two pools.
#[derive(Debug, Clone)]
pub struct MessageFlow {
    /// Its id in the file; empty where it has none.
    pub id: String,
    /// Its name; empty where it has none.
    pub name: String,
    /// Where it leaves from.
    pub source: MessageFlowEnd,
    /// Where it leads.
    pub target: MessageFlowEnd,
    /// Where it starts in the text.
    pub position: Position,
}

/// One end of a message flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageFlowEnd {
    /// A node of a process.
    Node {
        /// The process.
        process: ProcessId,
        /// The node.
        node: FlowNodeId,
    },
    /// A pool as a whole.
    Participant {
        /// Id of the pool.
        id: String,
        /// Its process; `None` for a pool without content.
        process: Option<ProcessId>,
    },
}

impl MessageFlowEnd {
    /// The process at this end, where there is one.
    pub fn process(&self) -> Option<&ProcessId> {
        match self {
            Self::Node { process, .. } => Some(process),
            Self::Participant { process, .. } => process.as_ref(),
        }
    }

    /// The node at this end, where it is one.
    pub fn node(&self) -> Option<&FlowNodeId> {
        match self {
            Self::Node { node, .. } => Some(node),
            Self::Participant { .. } => None,
        }
    }
}
