//! What the engine does not execute yet: one list, emptied element by element.
//!
//! The model holds all of it; only deployment is refused.

use crate::bpmn::model::FlowNode;
use crate::diagnostic::findings::Findings;

use super::process::ProcessDraft;

const SPLIT: &str = "Use exclusive and parallel gateways for now.";

/// Elements that are not executed yet, with what to do instead.
const NODES: &[(&str, &str)] = &[("complexGateway", SPLIT)];

/// Refuses what is not executed yet.
pub(super) fn refuse(draft: &ProcessDraft, findings: &mut Findings) {
    let process = &draft.process;
    for index in process.node_indices().filter(|index| !draft.unread.contains(index)) {
        let node = process.node(index);
        let local = local_name(node);
        if let Some((_, remedy)) = NODES.iter().find(|(name, _)| *name == local) {
            let message = format!("<{}> cannot be executed yet.", node.kind.local_name());
            findings.error("element-unsupported", node, message, *remedy);
        }
    }
}

fn local_name(node: &FlowNode) -> &'static str {
    if node.kind.is_event_sub_process() { "eventSubProcess" } else { node.kind.local_name() }
}
