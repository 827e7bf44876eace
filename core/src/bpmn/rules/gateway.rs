//! A gateway leads somewhere. One that joins may be the end of all its ways; BPMN asks a gateway for
//! several incoming or several outgoing flows, not for both.

use super::Subject;
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for node in &subject.process.nodes {
        if node.kind.is_gateway() && node.outgoing.is_empty() {
            if node.incoming.len() > 1 {
                let message = "The ways end at the gateway that joins them.";
                let remedy = "Add an end event, so that readers see the end.";
                findings.warning("gateway-no-outgoing", node, message, remedy);
            } else {
                let message = "No sequence flow leaves the gateway.";
                let remedy = "Connect it to the next element, or remove it.";
                findings.error("gateway-no-outgoing", node, message, remedy);
            }
        }
    }
}
