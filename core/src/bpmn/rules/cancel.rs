//! Cancel events belong to transactions: a cancel end event inside, a cancel boundary event on the
//! border (BPMN 2.0.2, clause "Cancel").

use super::Subject;
use crate::bpmn::model::{
    EventDefinition, FlowNode, FlowNodeKind, NodeIndex, Process, SubProcessKind,
};
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    for node in process.nodes.iter().filter(|node| cancels(node)) {
        if let FlowNodeKind::BoundaryEvent(event) = &node.kind {
            if !is_transaction(process, event.attached_to) {
                let message = "A cancel boundary event lies on what is no transaction.";
                let remedy = "Attach it to a transaction, or use an error event.";
                findings.error("cancel-without-transaction", node, message, remedy);
            }
        } else if matches!(node.kind, FlowNodeKind::EndEvent(_)) {
            let inside = std::iter::successors(node.scope, |scope| process.node(*scope).scope)
                .any(|scope| is_transaction(process, scope));
            if !inside {
                let message = "A cancel end event lies in no transaction.";
                let remedy = "Put it into a transaction, or use an error end event.";
                findings.error("cancel-without-transaction", node, message, remedy);
            }
        }
    }
}

fn cancels(node: &FlowNode) -> bool {
    node.kind.event_definitions().iter().any(|it| matches!(it, EventDefinition::Cancel))
}

fn is_transaction(process: &Process, index: NodeIndex) -> bool {
    let sub = process.node(index).kind.sub_process();
    sub.is_some_and(|sub| matches!(sub.kind, SubProcessKind::Transaction))
}
