//! What the engine does not execute yet: one list, emptied element by element.
//!
//! The model holds all of it; only deployment is refused.

use crate::bpmn::model::{EventDefinition, FlowNode, FlowNodeKind, NodeIndex, Process};
use crate::diagnostic::findings::Findings;

use super::definitions::Purpose;
use super::process::ProcessDraft;

const START: &str = "Use a start event without a trigger for now.";

/// Event definitions that do not start an instance yet: what they look at is in an instance.
const STARTS: &[&str] = &["conditionalEventDefinition"];

/// Refuses what is not executed yet; a model that is played is started at any of its events.
pub(super) fn refuse(draft: &ProcessDraft, purpose: Purpose, findings: &mut Findings) {
    if purpose == Purpose::Trial {
        return;
    }
    let process = &draft.process;
    for index in process.node_indices().filter(|index| !draft.unread.contains(index)) {
        refuse_events(process, process.node(index), findings);
    }
}

fn refuse_events(process: &Process, node: &FlowNode, findings: &mut Findings) {
    let local = node.kind.local_name();
    let definition = |refused: &[&str]| {
        let mut names = node.kind.event_definitions().iter().map(EventDefinition::local_name);
        names.find(|name| refused.contains(name))
    };
    if let Some(name) = definition(STARTS).filter(|_| starts_instances(process, node)) {
        let message = format!("<{local}> with <{name}> cannot start an instance yet.");
        findings.error("event-unsupported", node, message, START);
    }
}

/// Whether an instance begins where `node` occurs.
fn starts_instances(process: &Process, node: &FlowNode) -> bool {
    let is_start = matches!(node.kind, FlowNodeKind::StartEvent(_));
    let instantiates = |source: NodeIndex| {
        let kind = &process.node(source).kind;
        matches!(kind, FlowNodeKind::EventBasedGateway(gateway) if gateway.instantiates)
    };
    let mut sources = node.incoming.iter().map(|flow| process.flow(*flow).source);
    node.scope.is_none() && (is_start || sources.any(instantiates))
}
