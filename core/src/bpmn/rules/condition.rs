//! Conditions stand on the flows of an exclusive gateway, there on all but the default, or on those
//! of an activity (BPMN 2.0.2, "Sequence Flow"); never on those of an event or a parallel gateway.

use super::Subject;
use crate::bpmn::model::{FlowNode, FlowNodeKind, Process};
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for node in &subject.process.nodes {
        if matches!(node.kind, FlowNodeKind::ExclusiveGateway | FlowNodeKind::InclusiveGateway) {
            check_gateway(subject.process, node, findings);
        } else if node.kind.is_activity() {
            check_activity(subject.process, node, findings);
        } else if !matches!(node.kind, FlowNodeKind::ComplexGateway(_)) {
            check_other(subject.process, node, findings);
        }
    }
}

fn check_gateway(process: &Process, node: &FlowNode, findings: &mut Findings) {
    let decides = node.outgoing.len() > 1;
    for index in &node.outgoing {
        let flow = process.flow(*index);
        let is_default = node.default_flow == Some(*index);
        let is_open = decides && !is_default && flow.condition.is_none();
        if is_open && matches!(node.kind, FlowNodeKind::InclusiveGateway) {
            let message = "The flow leaves an inclusive gateway without a condition: it is always \
                           taken.";
            let remedy = "Give it a condition, or draw a parallel gateway for what always happens.";
            findings.warning("condition-always", flow, message, remedy);
        } else if is_open {
            let message = "The flow leaves a deciding gateway without a condition.";
            let remedy = "Give it a condition, or make it the default flow.";
            findings.error("condition-missing", flow, message, remedy);
        }
    }
    check_default(process, node, findings);
    if decides && node.default_flow.is_none() {
        let message = "The gateway has no default flow; where no condition holds, it is stuck.";
        let remedy = "Make one of its flows the default flow.";
        findings.info("default-flow-missing", node, message, remedy);
    }
}

fn check_activity(process: &Process, node: &FlowNode, findings: &mut Findings) {
    check_default(process, node, findings);
    let all_may_fail = !node.outgoing.is_empty()
        && node.outgoing.iter().all(|index| process.flow(*index).condition.is_some());
    if all_may_fail && node.default_flow.is_none() {
        let message = "Every way on has a condition; where none holds, the instance is stuck.";
        let remedy = "Make one of the flows the default flow.";
        findings.info("default-flow-missing", node, message, remedy);
    }
}

fn check_default(process: &Process, node: &FlowNode, findings: &mut Findings) {
    let Some(flow) = node.default_flow.map(|index| process.flow(index)) else { return };
    if flow.condition.is_some() {
        let message = "The condition of a default flow is never evaluated.";
        findings.warning("condition-on-default", flow, message, "Remove the condition.");
    }
}

fn check_other(process: &Process, node: &FlowNode, findings: &mut Findings) {
    for index in &node.outgoing {
        let flow = process.flow(*index);
        if flow.condition.is_some() {
            let message = "The flow has a condition but leaves neither a gateway that decides nor an activity.";
            let remedy = "Put an exclusive gateway in between, or remove the condition.";
            findings.error("condition-misplaced", flow, message, remedy);
        }
    }
}
