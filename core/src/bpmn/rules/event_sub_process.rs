//! An event sub-process stands apart from the flow and has exactly one start event (BPMN 2.0.2,
//! clause "Event Sub-Process").

use super::Subject;
use crate::bpmn::model::FlowNodeKind;
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    for index in process.node_indices() {
        let node = process.node(index);
        if !node.kind.is_event_sub_process() {
            continue;
        }
        for flow in node.incoming.iter().chain(&node.outgoing) {
            let message = "A sequence flow is connected to an event sub-process.";
            let remedy = "Remove the flow: an event starts it.";
            findings.error("event-sub-process-flow", process.flow(*flow), message, remedy);
        }
        let mut starts = process
            .children_of(Some(index))
            .iter()
            .map(|child| process.node(*child))
            .filter(|child| matches!(child.kind, FlowNodeKind::StartEvent(_)));
        if starts.next().is_none() {
            let message = "The event sub-process has no start event.";
            findings.error("start-missing", node, message, "Add one start event with a trigger.");
        }
        for second in starts {
            let message = "The event sub-process has more than one start event.";
            let remedy = "Keep one; several events make a multiple start event.";
            findings.error("event-sub-process-starts", second, message, remedy);
        }
    }
}
