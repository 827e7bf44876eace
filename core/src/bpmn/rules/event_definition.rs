//! Events carry the definitions that BPMN allows at their place (BPMN 2.0.2, clause "Events", the
//! tables of event types), and those that need one have one.

use super::Subject;
use crate::bpmn::model::{
    EventDefinition, FlowNode, FlowNodeKind, Process, StartEvent, SubProcessKind,
};
use crate::diagnostic::findings::Findings;

/// Allowed where a process is started by an event.
const PROCESS_START: &[&str] = &[
    "messageEventDefinition",
    "timerEventDefinition",
    "signalEventDefinition",
    "conditionalEventDefinition",
];
const EVENT_SUB_PROCESS_START: &[&str] = &[
    "messageEventDefinition",
    "timerEventDefinition",
    "signalEventDefinition",
    "conditionalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "compensateEventDefinition",
];
const CATCH: &[&str] = &[
    "messageEventDefinition",
    "timerEventDefinition",
    "signalEventDefinition",
    "conditionalEventDefinition",
    "linkEventDefinition",
];
const THROW: &[&str] = &[
    "messageEventDefinition",
    "signalEventDefinition",
    "escalationEventDefinition",
    "compensateEventDefinition",
    "linkEventDefinition",
];
const BOUNDARY: &[&str] = &[
    "messageEventDefinition",
    "timerEventDefinition",
    "signalEventDefinition",
    "conditionalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "compensateEventDefinition",
    "cancelEventDefinition",
];
const END: &[&str] = &[
    "messageEventDefinition",
    "signalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "compensateEventDefinition",
    "cancelEventDefinition",
    "terminateEventDefinition",
];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for node in &subject.process.nodes {
        if let FlowNodeKind::StartEvent(start) = &node.kind {
            check_start(subject.process, node, start, findings);
        } else if node.kind.is_event() {
            let allowed = match &node.kind {
                FlowNodeKind::IntermediateCatchEvent(_) => CATCH,
                FlowNodeKind::IntermediateThrowEvent(_) => THROW,
                FlowNodeKind::BoundaryEvent(_) => BOUNDARY,
                _ => END,
            };
            check_allowed(node, allowed, "this event", findings);
            let waits = matches!(
                node.kind,
                FlowNodeKind::IntermediateCatchEvent(_) | FlowNodeKind::BoundaryEvent(_)
            );
            if waits && node.kind.event_definitions().is_empty() {
                let message =
                    format!("The <{}> does not say what it waits for.", node.kind.local_name());
                let remedy = "Make it a message, timer, signal or other event.";
                findings.error("event-definition-missing", node, message, remedy);
            }
        }
        check_alone(node, findings);
    }
}

fn check_start(process: &Process, node: &FlowNode, start: &StartEvent, findings: &mut Findings) {
    let around = node.scope.and_then(|scope| process.node(scope).kind.sub_process());
    match around.map(|sub| &sub.kind) {
        None => check_allowed(node, PROCESS_START, "a start event of a process", findings),
        Some(SubProcessKind::Event) => {
            let place = "a start event of an event sub-process";
            check_allowed(node, EVENT_SUB_PROCESS_START, place, findings);
            if start.catch.definitions.is_empty() {
                let message = "The event sub-process is started by no event.";
                let remedy = "Make it a message, timer, signal, error or other start event.";
                findings.error("event-definition-missing", node, message, remedy);
            }
        }
        Some(SubProcessKind::AdHoc(_)) => {} // No start event belongs there at all: rule `ad_hoc`.
        Some(SubProcessKind::Embedded | SubProcessKind::Transaction) => {
            let place = "a start event of a sub-process that a token enters";
            check_allowed(node, &[], place, findings);
        }
    }
}

fn check_allowed(node: &FlowNode, allowed: &[&str], place: &str, findings: &mut Findings) {
    let names = node.kind.event_definitions().iter().map(EventDefinition::local_name);
    for name in names.filter(|name| !allowed.contains(name)) {
        let message = format!("<{name}> is not allowed on {place} (<{}>).", node.kind.local_name());
        let remedy = if allowed.is_empty() {
            "Remove it, or mark the sub-process with triggeredByEvent=\"true\".".to_owned()
        } else {
            let names: Vec<&str> = allowed
                .iter()
                .map(|name| name.strip_suffix("EventDefinition").unwrap_or(name))
                .collect();
            format!("Use one of: {}.", names.join(", "))
        };
        findings.error("event-definition-misplaced", node, message, remedy);
    }
}

/// Links, cancellation and termination stand alone.
fn check_alone(node: &FlowNode, findings: &mut Findings) {
    let definitions = node.kind.event_definitions();
    let alone = definitions.iter().find(|it| {
        matches!(
            it,
            EventDefinition::Link(_) | EventDefinition::Cancel | EventDefinition::Terminate
        )
    });
    if let Some(alone) = alone.filter(|_| definitions.len() > 1) {
        let message = format!("<{}> stands beside other definitions.", alone.local_name());
        findings.error("event-definition-combined", node, message, "Keep one of them.");
    }
}
