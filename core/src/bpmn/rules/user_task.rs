//! People find a task by its name.

use super::Subject;
use crate::bpmn::model::FlowNodeKind;
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for node in &subject.process.nodes {
        if matches!(node.kind, FlowNodeKind::UserTask(_)) && node.name.is_empty() {
            let message = "The user task has no name; people will see its id.";
            findings.info("user-task-name", node, message, "Name it by what is to be done.");
        }
    }
}
