//! What the engine does not execute yet: one list, emptied element by element.
//!
//! The model holds all of it; only deployment is refused.

use crate::bpmn::model::{EventDefinition, FlowNode, LoopCharacteristics};
use crate::diagnostic::findings::Findings;

use super::definitions::Purpose;
use super::process::ProcessDraft;

const FLATTEN: &str = "Draw its content in the process itself for now.";
const EVENT: &str = "Use a plain start event, a plain end event or a terminate end event for now.";
const LOOP: &str = "Remove the loop marker; model the repetition with gateways for now.";

/// Elements that the server does not execute yet, with what to do instead.
const NODES: &[(&str, &str)] = &[("transaction", FLATTEN), ("adHocSubProcess", FLATTEN)];

/// Event definitions that the server does not execute yet.
const EVENTS: &[&str] = &[
    "timerEventDefinition",
    "conditionalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "compensateEventDefinition",
    "cancelEventDefinition",
    "linkEventDefinition",
];

/// Refuses what is not executed yet: what waits for an event needs timers of the
/// server, which a model that is played has without them.
pub(super) fn refuse(draft: &ProcessDraft, purpose: Purpose, findings: &mut Findings) {
    if purpose == Purpose::Trial {
        return;
    }
    let process = &draft.process;
    for index in process.node_indices().filter(|index| !draft.unread.contains(index)) {
        let node = process.node(index);
        let local = local_name(node);
        if let Some((_, remedy)) = NODES.iter().find(|(name, _)| *name == local) {
            let message = format!("<{}> cannot be executed yet.", node.kind.local_name());
            findings.error("element-unsupported", node, message, *remedy);
        }
        refuse_parts(node, findings);
    }
}

fn refuse_parts(node: &FlowNode, findings: &mut Findings) {
    let mut definitions = node.kind.event_definitions().iter().map(EventDefinition::local_name);
    if let Some(name) = definitions.find(|name| EVENTS.contains(name)) {
        let local = node.kind.local_name();
        let message = format!("<{local}> with <{name}> cannot be executed yet.");
        findings.error("event-unsupported", node, message, EVENT);
    }
    let marker = node.loop_characteristics.as_ref().map(LoopCharacteristics::local_name);
    if let Some(name) = marker {
        let message = format!("<{name}> cannot be executed yet.");
        findings.error("loop-unsupported", node, message, LOOP);
    }
    if node.is_for_compensation {
        let message = "isForCompensation=\"true\" cannot be executed yet.";
        let remedy = "Remove the attribute, or set it to false.";
        findings.error("attribute-unsupported", node, message, remedy);
    }
}

fn local_name(node: &FlowNode) -> &'static str {
    if node.kind.is_event_sub_process() { "eventSubProcess" } else { node.kind.local_name() }
}
