//! Boundary events lie on activities of their own scope; no flow leads into one (BPMN 2.0.2, clause
//! "Intermediate Events attached to an Activity Boundary").

use super::Subject;
use crate::bpmn::model::{BoundaryEvent, EventDefinition, FlowNode, FlowNodeKind, Process};
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for node in &subject.process.nodes {
        if let FlowNodeKind::BoundaryEvent(event) = &node.kind {
            check_place(subject.process, node, event, findings);
            check_flows(node, event, findings);
            check_interruption(node, event, findings);
        }
    }
}

fn check_place(process: &Process, node: &FlowNode, event: &BoundaryEvent, findings: &mut Findings) {
    let host = process.node(event.attached_to);
    if !host.kind.is_activity() {
        let message = format!(
            "The boundary event is attached to “{}”, which is a <{}>, not an activity.",
            host.id,
            host.kind.local_name()
        );
        findings.error("boundary-host", node, message, "Attach it to an activity.");
    } else if host.kind.is_event_sub_process() {
        let message =
            format!("The boundary event is attached to the event sub-process “{}”.", host.id);
        let remedy = "Attach it to the activity around, or use a sub-process inside.";
        findings.error("boundary-host", node, message, remedy);
    } else if host.scope != node.scope {
        let message = format!(
            "The boundary event is attached to “{}”, which lies in another scope.",
            host.id
        );
        let remedy = "Move the event to the scope of its activity.";
        findings.error("boundary-scope", node, message, remedy);
    }
}

fn check_flows(node: &FlowNode, event: &BoundaryEvent, findings: &mut Findings) {
    if !node.incoming.is_empty() {
        let message = "A sequence flow leads into the boundary event.";
        let remedy = "Lead the flow to the element behind the event.";
        findings.error("boundary-incoming", node, message, remedy);
    }
    let compensates =
        event.catch.definitions.iter().any(|it| matches!(it, EventDefinition::Compensation(_)));
    if compensates && !node.outgoing.is_empty() {
        let message = "A sequence flow leaves the compensation event.";
        let remedy = "Connect it with its handler by an association.";
        findings.error("compensation-outgoing", node, message, remedy);
    } else if !compensates && node.outgoing.is_empty() {
        let message = "No sequence flow leaves the boundary event.";
        let remedy = "Lead it to what is to be done.";
        findings.warning("boundary-no-outgoing", node, message, remedy);
    }
}

/// Errors and cancellations always interrupt.
fn check_interruption(node: &FlowNode, event: &BoundaryEvent, findings: &mut Findings) {
    let always = event
        .catch
        .definitions
        .iter()
        .find(|it| matches!(it, EventDefinition::Error(_) | EventDefinition::Cancel));
    if let Some(definition) = always.filter(|_| !event.cancels_activity) {
        let message = format!(
            "A boundary event with <{}> always interrupts its activity.",
            definition.local_name()
        );
        let remedy = "Remove cancelActivity=\"false\".";
        findings.error("boundary-must-interrupt", node, message, remedy);
    }
}
