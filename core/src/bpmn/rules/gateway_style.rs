//! Gateways that do nothing, or two things at once, hide what happens.

use super::Subject;
use crate::bpmn::model::FlowNodeKind;
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    for node in process.nodes.iter().filter(|node| node.kind.is_gateway()) {
        let (incoming, outgoing) = (node.incoming.len(), node.outgoing.len());
        let waits = matches!(node.kind, FlowNodeKind::EventBasedGateway(_));
        let is_guard = node.outgoing.iter().any(|flow| process.flow(*flow).condition.is_some());
        if incoming == 1 && outgoing == 1 && !waits && !is_guard {
            let message = "The gateway has one way in and one way out; it does nothing.";
            findings.info("gateway-superfluous", node, message, "Remove it.");
        } else if incoming > 1 && outgoing > 1 {
            let message = "The gateway joins and splits at once.";
            let remedy = "Draw two gateways, one behind the other.";
            findings.info("gateway-mixed", node, message, remedy);
        }
    }
}
