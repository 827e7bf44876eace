//! Lanes: which nodes lie in them.

use crate::bpmn::model::{Lane, LaneIndex, Process};
use crate::diagnostic::findings::{Findings, Place, cut};
use crate::xml::Node;

use super::nodes::Context;

/// Reads the lanes that stand in `holders`, outer before inner; a node they name must exist.
pub(super) fn read(
    process: &mut Process,
    context: &Context<'_, '_>,
    holders: &[Node<'_>],
    findings: &mut Findings,
) {
    let mut open: Vec<(Node<'_>, Option<LaneIndex>)> = holders
        .iter()
        .flat_map(|holder| holder.children())
        .filter(|child| child.is_bpmn("laneSet"))
        .map(|set| (set, None))
        .collect();
    open.reverse();
    while let Some((part, parent)) = open.pop() {
        let from = open.len();
        for child in part.children() {
            if child.is_bpmn("lane") {
                let index = lane(process, context, child, parent, findings);
                let inner = child.children().filter(|it| it.is_bpmn("childLaneSet"));
                open.extend(inner.map(|set| (set, Some(index))));
            }
        }
        open[from..].reverse();
    }
}

fn lane(
    process: &mut Process,
    context: &Context<'_, '_>,
    node: Node<'_>,
    parent: Option<LaneIndex>,
    findings: &mut Findings,
) -> LaneIndex {
    let index = LaneIndex(u32::try_from(process.lanes.len()).expect("elements are limited"));
    let mut nodes = Vec::new();
    for child in node.children().filter(|child| child.is_bpmn("flowNodeRef")) {
        let reference = child.text();
        if let Some(found) = context.node_index(reference) {
            nodes.push(found);
            // Inner lanes come later and are nearer.
            process.nodes[found.0 as usize].lane = Some(index);
        } else if context.file.element(reference).is_none() {
            let place = Place::from(node).at(child.position());
            let message = format!("The lane names “{}”, which is missing.", cut(reference));
            findings.warning("lane-node-missing", place, message, "Remove the entry.");
        }
    }
    process.lanes.push(Lane {
        id: node.id().unwrap_or_default().to_owned(),
        name: node.name().to_owned(),
        parent,
        nodes,
        position: node.position(),
    });
    index
}
