//! What runs can be seen: where there is a drawing, every node is on it.

use std::collections::BTreeSet;

use super::Subject;
use crate::bpmn::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let shapes = &subject.diagram.shapes;
    if shapes.is_empty() {
        return;
    }
    let drawn: BTreeSet<&str> = shapes.iter().map(|shape| shape.element.as_str()).collect();
    for node in &subject.process.nodes {
        if !drawn.contains(node.id.as_str()) {
            let message = "The element is not on the drawing; it runs but is not shown.";
            let remedy = "Open the model in a modeler and place the element.";
            findings.warning("shape-missing", node, message, remedy);
        }
    }
}
