//! A process starts at exactly one none start event, and nothing leads into it.

use super::Subject;
use crate::bpmn::model::FlowNodeKind;
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    let starts =
        || process.nodes.iter().filter(|node| matches!(node.kind, FlowNodeKind::StartEvent { .. }));
    if starts().next().is_none() {
        let message = "The process has no start event.";
        findings.error("start-missing", process, message, "Add one start event.");
    }
    for second in starts().skip(1) {
        let message = "The process has more than one start event; that cannot be executed yet.";
        let remedy = "Keep one start event, and choose the way with a gateway behind it.";
        findings.error("start-several", second, message, remedy);
    }
    for start in starts().filter(|start| !start.incoming.is_empty()) {
        let message = "A sequence flow leads into the start event.";
        let remedy = "Lead the flow to the element behind the start event.";
        findings.error("start-incoming", start, message, remedy);
    }
}
