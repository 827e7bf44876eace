//! What runs can be seen: where there is a drawing, every node is on it.

use super::Subject;
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if subject.drawn.is_empty() {
        return;
    }
    for node in &subject.process.nodes {
        if !subject.drawn.contains(node.id.as_str()) {
            let message = "The element is not on the drawing; it runs but is not shown.";
            let remedy = "Open the model in a modeler and place the element.";
            findings.warning("shape-missing", node, message, remedy);
        }
    }
}
