//! Every node lies on a way from the start event to an end.

use super::Subject;
use crate::bpmn::model::{FlowNodeKind, NodeIndex, Process};
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    let starts = indices(process, |index| {
        matches!(process.node(index).kind, FlowNodeKind::StartEvent { .. })
    });
    if starts.is_empty() {
        return;
    }
    let reached = closure(process, starts, |index| {
        process.node(index).outgoing.iter().map(|flow| process.flow(*flow).target).collect()
    });
    let ends = indices(process, |index| process.node(index).outgoing.is_empty());
    let ending = closure(process, ends, |index| {
        process.node(index).incoming.iter().map(|flow| process.flow(*flow).source).collect()
    });
    for (place, node) in process.nodes.iter().enumerate() {
        if !reached[place] {
            let message = "No way leads here from the start event.";
            let remedy = "Connect it, or remove it.";
            findings.warning("node-unreachable", node, message, remedy);
        } else if !ending[place] {
            let message = "No way leads from here to an end; an instance would never complete.";
            let remedy = "Add a way out of the loop.";
            findings.warning("node-without-end", node, message, remedy);
        }
        let ends_by_event =
            matches!(node.kind, FlowNodeKind::EndEvent | FlowNodeKind::TerminateEndEvent);
        let is_task = matches!(
            node.kind,
            FlowNodeKind::UserTask(_)
                | FlowNodeKind::ServiceTask(_)
                | FlowNodeKind::BusinessRuleTask(_)
                | FlowNodeKind::StartEvent { .. }
        );
        if is_task && !ends_by_event && node.outgoing.is_empty() {
            let message = "The way ends here without an end event.";
            let remedy = "Add an end event, so that readers see the end.";
            findings.info("end-implicit", node, message, remedy);
        }
    }
}

fn indices(process: &Process, holds: impl Fn(NodeIndex) -> bool) -> Vec<NodeIndex> {
    (0_u32..).take(process.nodes.len()).map(NodeIndex).filter(|index| holds(*index)).collect()
}

/// All nodes that `next` leads to from `open`, by index.
fn closure(
    process: &Process,
    mut open: Vec<NodeIndex>,
    next: impl Fn(NodeIndex) -> Vec<NodeIndex>,
) -> Vec<bool> {
    let mut seen = vec![false; process.nodes.len()];
    while let Some(index) = open.pop() {
        if !std::mem::replace(&mut seen[index.0 as usize], true) {
            open.extend(next(index));
        }
    }
    seen
}
