//! A process and each sub-process begin somewhere, and nothing leads into a start event.

use super::Subject;
use crate::bpmn::model::{FlowNodeKind, NodeIndex, Process, SubProcessKind};
use crate::diagnostic::findings::{Findings, Place};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    let starts =
        || process.nodes.iter().filter(|node| matches!(node.kind, FlowNodeKind::StartEvent(_)));
    check_scope(process, None, Place::from(process), findings);
    for index in process.node_indices() {
        let node = process.node(index);
        if let FlowNodeKind::SubProcess(sub) = &node.kind
            && matches!(sub.kind, SubProcessKind::Embedded | SubProcessKind::Transaction)
        {
            check_scope(process, Some(index), Place::from(node), findings);
        }
    }
    for start in starts().filter(|start| !start.incoming.is_empty()) {
        let message = "A sequence flow leads into the start event.";
        let remedy = "Lead the flow to the element behind the start event.";
        findings.error("start-incoming", start, message, remedy);
    }
}

/// "If there is an End Event, then there MUST be at least one Start Event"; without either, what
/// nothing leads to begins.
fn check_scope(process: &Process, scope: Option<NodeIndex>, place: Place, findings: &mut Findings) {
    let (what, inside) = match scope {
        None => ("process", process.children.as_slice()),
        Some(_) => ("sub-process", process.children_of(scope)),
    };
    let kinds = || inside.iter().map(|index| &process.node(*index).kind);
    let instantiates = kinds().any(|kind| match kind {
        FlowNodeKind::StartEvent(_) => true,
        FlowNodeKind::ReceiveTask(task) => task.instantiates,
        FlowNodeKind::EventBasedGateway(gateway) => gateway.instantiates,
        _ => false,
    });
    if instantiates {
        return;
    }
    let begins = inside.iter().any(|index| {
        let node = process.node(*index);
        node.incoming.is_empty()
            && !matches!(node.kind, FlowNodeKind::BoundaryEvent(_) | FlowNodeKind::EndEvent(_))
            && !node.kind.is_event_sub_process()
            && !node.is_for_compensation
    });
    let ends = kinds().any(|kind| matches!(kind, FlowNodeKind::EndEvent(_)));
    if scope.is_some() && inside.is_empty() {
        let message = "The sub-process is empty; it ends at once.";
        findings.warning("sub-process-empty", place, message, "Draw its content, or remove it.");
    } else if begins && !ends {
        let message = format!("The {what} has no start event: what no flow leads to begins.");
        let remedy = "Add a start event, so that readers see the start.";
        findings.warning("start-implicit", place, message, remedy);
    } else {
        let message = format!("The {what} has no start event.");
        findings.error("start-missing", place, message, "Add one start event.");
    }
}
