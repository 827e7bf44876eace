//! An ad-hoc sub-process holds activities, and neither start nor end events (BPMN 2.0.2, clause
//! "Ad-Hoc Sub-Process"). One that a job directs says nothing of both itself.

use super::Subject;
use crate::bpmn::model::{FlowNodeKind, SubProcessKind};
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    for node in &process.nodes {
        let Some(sub) = node.kind.sub_process() else { continue };
        let SubProcessKind::AdHoc(ad_hoc) = &sub.kind else { continue };
        let says_itself = ad_hoc.completion_condition.is_some() || ad_hoc.active_elements.is_some();
        if ad_hoc.job.is_some() && says_itself {
            let message = "A job directs the ad-hoc sub-process: what it begins and when it is over \
                           comes from the worker, not from the model.";
            let remedy = "Remove completionCondition and activeElementsCollection, or \
                          zeebe:taskDefinition.";
            findings.warning("ad-hoc-directed", node, message, remedy);
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
