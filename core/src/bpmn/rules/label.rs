//! What people read has a name: tasks, events with a trigger, gateways that ask, and their answers.

use super::Subject;
use crate::bpmn::model::FlowNodeKind;
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    for node in process.nodes.iter().filter(|node| node.name.is_empty()) {
        let is_user_task = matches!(node.kind, FlowNodeKind::UserTask(_));
        let asks = node.outgoing.len() > 1
            && matches!(node.kind, FlowNodeKind::ExclusiveGateway | FlowNodeKind::InclusiveGateway);
        if node.kind.is_activity() && !is_user_task && !node.kind.is_event_sub_process() {
            let message = format!("The <{}> has no name.", node.kind.local_name());
            findings.info("label-missing", node, message, "Name it by what is done.");
        } else if !node.kind.event_definitions().is_empty() {
            let message = format!("The <{}> has no name.", node.kind.local_name());
            findings.info("label-missing", node, message, "Name it by what has happened.");
        } else if asks {
            let message = "The gateway has no name.";
            findings.info("label-missing", node, message, "Name it by the question it asks.");
        }
    }
    for flow in process.flows.iter().filter(|flow| flow.name.is_empty()) {
        if flow.condition.is_some() {
            let message = "The flow has a condition and no name.";
            findings.info("label-missing", flow, message, "Name it by the answer it stands for.");
        }
    }
}
