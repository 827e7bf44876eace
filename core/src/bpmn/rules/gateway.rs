//! A gateway leads somewhere.

use super::Subject;
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for node in &subject.process.nodes {
        if node.kind.is_gateway() && node.outgoing.is_empty() {
            let message = "No sequence flow leaves the gateway.";
            let remedy = "Connect it to the next element, or remove it.";
            findings.error("gateway-no-outgoing", node, message, remedy);
        }
    }
}
