//! Message flows leave what sends and lead to what receives (BPMN 2.0.2, clause 7.6.2, "Message
//! Flow Connection Rules").

use super::Subject;
use crate::bpmn::model::{EventDefinition, FlowNode, FlowNodeKind, MessageFlowEnd, Process};
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    for flow in &process.message_flows {
        if let Some(node) = node_of(process, &flow.source)
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
        if let Some(node) = node_of(process, &flow.target)
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

fn node_of<'p>(process: &'p Process, end: &MessageFlowEnd) -> Option<&'p FlowNode> {
    let id = end.node().filter(|_| end.process() == Some(&process.id))?;
    process.nodes.iter().find(|node| node.id == *id)
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
