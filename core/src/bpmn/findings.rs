//! Places of the elements of a process, for findings about them.

use crate::diagnostic::findings::{Place, cut};

use super::model::{FlowNode, MessageFlow, Process, SequenceFlow};

impl From<&FlowNode> for Place {
    fn from(node: &FlowNode) -> Self {
        Self { element: cut(node.id.as_str()), name: cut(&node.name), position: node.position }
    }
}

impl From<&SequenceFlow> for Place {
    fn from(flow: &SequenceFlow) -> Self {
        Self { element: cut(flow.id.as_str()), name: cut(&flow.name), position: flow.position }
    }
}

impl From<&MessageFlow> for Place {
    fn from(flow: &MessageFlow) -> Self {
        Self { element: cut(&flow.id), name: cut(&flow.name), position: flow.position }
    }
}

impl From<&Process> for Place {
    fn from(process: &Process) -> Self {
        Self {
            element: cut(process.id.as_str()),
            name: cut(&process.name),
            position: process.position,
        }
    }
}
