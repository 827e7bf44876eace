//! Compensation: handlers stand apart from the flow and are reached by an association; what is
//! compensated lies in the scope of who asks (BPMN 2.0.2, clause "Compensation").

use std::collections::BTreeMap;

use super::Subject;
use crate::bpmn::model::{
    BoundaryEvent, CompensationEventDefinition, EventDefinition, FlowNode, FlowNodeKind, NodeIndex,
    Process,
};
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    for node in &process.nodes {
        for definition in node.kind.event_definitions() {
            let EventDefinition::Compensation(compensation) = definition else { continue };
            match &node.kind {
                FlowNodeKind::BoundaryEvent(event) => {
                    check_handler(process, node, event, findings);
                }
                FlowNodeKind::StartEvent(_) => {}
                _ => check_activity(process, node, compensation, findings),
            }
        }
    }
    check_handlers(process, findings);
    check_event_sub_processes(process, findings);
}

fn check_handler(
    process: &Process,
    node: &FlowNode,
    event: &BoundaryEvent,
    findings: &mut Findings,
) {
    let Some(handler) = event.compensation_handler.map(|index| process.node(index)) else {
        let message = "The compensation event leads to no activity.";
        let remedy = "Connect it by an association with an activity that has isForCompensation.";
        findings.error("compensation-handler-missing", node, message, remedy);
        return;
    };
    if !handler.is_for_compensation {
        let message = format!(
            "The compensation event leads to “{}”, which is not marked for it.",
            handler.id
        );
        let remedy = "Set isForCompensation=\"true\" on the activity.";
        findings.error("compensation-handler-unmarked", node, message, remedy);
    }
}

/// An activity can be compensated by who lies in its scope, or in an event sub-process of it.
fn check_activity(
    process: &Process,
    node: &FlowNode,
    compensation: &CompensationEventDefinition,
    findings: &mut Findings,
) {
    let Some(activity) = compensation.activity.map(|index| process.node(index)) else { return };
    if !activity.kind.is_activity() {
        let message = format!("It compensates “{}”, which is no activity.", activity.id);
        let remedy = "Name an activity of the same scope.";
        findings.error("compensation-activity-scope", node, message, remedy);
        return;
    }
    let mut scope = node.scope;
    let mut reachable = scope == activity.scope;
    while let Some(index) = scope.filter(|_| !reachable) {
        let around = process.node(index);
        if !around.kind.is_event_sub_process() {
            break;
        }
        scope = around.scope;
        reachable = scope == activity.scope;
    }
    if !reachable {
        let message = format!("It compensates “{}”, which lies in another scope.", activity.id);
        let remedy =
            "Name an activity of the same scope; that of a sub-process compensates inside.";
        findings.error("compensation-activity-scope", node, message, remedy);
    }
}

fn check_handlers(process: &Process, findings: &mut Findings) {
    let mut hosts: BTreeMap<NodeIndex, usize> = BTreeMap::new();
    let mut used: Vec<NodeIndex> = Vec::new();
    for node in &process.nodes {
        if let FlowNodeKind::BoundaryEvent(event) = &node.kind
            && event
                .catch
                .definitions
                .iter()
                .any(|it| matches!(it, EventDefinition::Compensation(_)))
        {
            used.extend(event.compensation_handler);
            let count = hosts.entry(event.attached_to).or_default();
            *count += 1;
            if *count > 1 {
                let message = "The activity has more than one compensation event.";
                let remedy = "Keep one; put several steps into a sub-process.";
                findings.error("compensation-event-several", node, message, remedy);
            }
        }
    }
    used.sort_unstable();
    for index in process.node_indices() {
        let node = process.node(index);
        if !node.is_for_compensation {
            continue;
        }
        if !node.incoming.is_empty() || !node.outgoing.is_empty() {
            let message = "A sequence flow is connected to an activity for compensation.";
            let remedy = "Remove the flow; only an association leads to it.";
            findings.error("compensation-handler-flow", node, message, remedy);
        } else if used.binary_search(&index).is_err() {
            let message = "No compensation event leads to this activity; it never runs.";
            let remedy = "Connect it with a compensation boundary event by an association.";
            findings.warning("compensation-handler-unused", node, message, remedy);
        }
    }
}

/// A scope has one compensation handler: an event sub-process inside, or an event on its border.
fn check_event_sub_processes(process: &Process, findings: &mut Findings) {
    let mut first: BTreeMap<Option<NodeIndex>, NodeIndex> = BTreeMap::new();
    for index in process.node_indices() {
        let node = process.node(index);
        let Some(around) = node.scope.filter(|_| starts_by_compensation(node)) else { continue };
        let parent = process.node(around).scope;
        if first.insert(parent, index).is_some() {
            let message = "A second event sub-process of the same scope is for compensation.";
            let remedy = "Keep one of them.";
            findings.error("compensation-event-several", node, message, remedy);
        }
        let border = parent.and_then(|parent| {
            process.node(parent).boundary_events.iter().copied().find(|event| {
                let definitions = process.node(*event).kind.event_definitions();
                definitions.iter().any(|it| matches!(it, EventDefinition::Compensation(_)))
            })
        });
        if let Some(border) = border {
            let message = "The sub-process is compensated from inside and from its border, too.";
            let remedy = "Keep the compensation event sub-process, or the boundary event.";
            findings.error("compensation-event-several", process.node(border), message, remedy);
        }
    }
}

fn starts_by_compensation(node: &FlowNode) -> bool {
    matches!(&node.kind, FlowNodeKind::StartEvent(start)
        if start.catch.definitions.iter().any(|it| matches!(it, EventDefinition::Compensation(_))))
}
