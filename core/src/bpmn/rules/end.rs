//! Nothing leaves an end event.

use super::Subject;
use crate::bpmn::model::FlowNodeKind;
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for node in &subject.process.nodes {
        let is_end = matches!(node.kind, FlowNodeKind::EndEvent(_));
        if is_end && !node.outgoing.is_empty() {
            let message = "A sequence flow leaves the end event.";
            let remedy = "Remove the flow, or use a task where the process should go on.";
            findings.error("end-outgoing", node, message, remedy);
        }
    }
}
