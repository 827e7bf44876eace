//! Message flows leave what sends and lead to what receives (BPMN 2.0.2, clause "Message
//! Flow Connection Rules").

use std::collections::BTreeMap;

use super::Subject;
use crate::bpmn::model::{EventDefinition, FlowNode, FlowNodeKind, MessageFlowEnd};
use crate::diagnostic::findings::Findings;
use crate::ids::FlowNodeId;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    if process.message_flows.is_empty() {
        return;
    }
    let nodes: BTreeMap<&FlowNodeId, &FlowNode> =
        process.nodes.iter().map(|node| (&node.id, node)).collect();
    let node_of = |end: &MessageFlowEnd| {
        let id = end.node().filter(|_| end.process() == Some(&process.id))?;
        nodes.get(id).copied()
    };
    for flow in &process.message_flows {
        if let Some(node) = node_of(&flow.source)
            && !sends(node)
        {
            let message = format!(
                "A message flow leaves “{}” (<{}>), which sends nothing.",
                node.id,
                node.kind.local_name()
            );
            let remedy = "Let it leave a pool, an activity, or a message throw or end event.";
            findings.error("message-flow-source", flow, message, remedy);
        }
        if let Some(node) = node_of(&flow.target)
            && !receives(node)
        {
            let message = format!(
                "A message flow leads to “{}” (<{}>), which receives nothing.",
                node.id,
                node.kind.local_name()
            );
            let remedy = "Lead it to a pool, an activity, or a message start or catch event.";
            findings.error("message-flow-target", flow, message, remedy);
        }
    }
}

fn has_message(node: &FlowNode) -> bool {
    node.kind.event_definitions().iter().any(|it| matches!(it, EventDefinition::Message(_)))
}

fn sends(node: &FlowNode) -> bool {
    (node.kind.is_activity() && !matches!(node.kind, FlowNodeKind::ReceiveTask(_)))
        || (node.kind.throws().is_some() && has_message(node))
}

fn receives(node: &FlowNode) -> bool {
    (node.kind.is_activity() && !matches!(node.kind, FlowNodeKind::SendTask(_)))
        || (node.kind.catches().is_some() && has_message(node))
}
