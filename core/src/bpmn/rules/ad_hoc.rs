//! An ad-hoc sub-process holds activities, and neither start nor end events (BPMN 2.0.2, clause
//! 10.3.5, "Ad-Hoc Sub-Process"). One that a job directs is not executed.

use super::Subject;
use crate::bpmn::model::{FlowNodeKind, SubProcessKind};
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    for node in &process.nodes {
        let Some(sub) = node.kind.sub_process() else { continue };
        let SubProcessKind::AdHoc(ad_hoc) = &sub.kind else { continue };
        if ad_hoc.job.is_some() {
            let message = "A job directs the ad-hoc sub-process, which is not executed.";
            let remedy = "Remove zeebe:taskDefinition. Let a service task before it give the ids of \
                          what is begun, name their list in activeElementsCollection of \
                          zeebe:adHoc, and leave further steps to people or the API.";
            findings.error("element-unsupported", node, message, remedy);
        }
        let inside = || sub.children.iter().map(|child| process.node(*child));
        for event in inside() {
            if matches!(event.kind, FlowNodeKind::StartEvent(_) | FlowNodeKind::EndEvent(_)) {
                let message = "An ad-hoc sub-process has no start and no end events.";
                let remedy = "Remove it: activities are started by choice.";
                findings.error("ad-hoc-event", event, message, remedy);
            }
        }
        if !inside().any(|child| child.kind.is_activity() && !child.kind.is_event_sub_process()) {
            let message = "The ad-hoc sub-process holds no activity.";
            findings.error("ad-hoc-empty", node, message, "Draw the activities into it.");
        }
    }
}
