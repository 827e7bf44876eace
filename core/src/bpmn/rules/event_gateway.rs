//! An event-based gateway leads to events that wait, each with this one way in (BPMN 2.0.2, clause
//! "Event-Based Gateway").

use super::Subject;
use crate::bpmn::model::{EventBasedGateway, EventDefinition, FlowNode, FlowNodeKind, Process};
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    for node in &process.nodes {
        if let FlowNodeKind::EventBasedGateway(gateway) = &node.kind {
            check_gateway(process, node, *gateway, findings);
        } else if let FlowNodeKind::ReceiveTask(task) = &node.kind
            && task.instantiates
            && !node.incoming.is_empty()
        {
            let message = "A receive task that starts the process has an incoming flow.";
            let remedy = "Remove the flow, or instantiate=\"true\".";
            findings.error("instantiating-incoming", node, message, remedy);
        }
    }
}

fn check_gateway(
    process: &Process,
    node: &FlowNode,
    gateway: EventBasedGateway,
    findings: &mut Findings,
) {
    if node.outgoing.len() == 1 {
        let message = "The event-based gateway has one way on only.";
        let remedy = "Lead it to two or more events, or remove it.";
        findings.error("event-gateway-single", node, message, remedy);
    }
    if gateway.instantiates && !node.incoming.is_empty() {
        let message = "A gateway that starts the process has an incoming flow.";
        let remedy = "Remove the flow, or instantiate=\"true\".";
        findings.error("instantiating-incoming", node, message, remedy);
    }
    if gateway.is_parallel && !gateway.instantiates {
        let message = "A parallel event-based gateway does not start the process.";
        let remedy = "Set instantiate=\"true\", or eventGatewayType=\"Exclusive\".";
        findings.error("event-gateway-parallel", node, message, remedy);
    }
    let targets = || node.outgoing.iter().map(|flow| process.node(process.flow(*flow).target));
    for (flow, target) in node.outgoing.iter().zip(targets()) {
        let flow = process.flow(*flow);
        if !waits(target) {
            let message = format!(
                "The event-based gateway leads to “{}” (<{}>), which waits for no event.",
                target.id,
                target.kind.local_name()
            );
            let remedy =
                "Lead it to catch events (message, timer, signal, conditional) or receive tasks.";
            findings.error("event-gateway-target", node, message, remedy);
            if matches!(target.kind, FlowNodeKind::IntermediateCatchEvent(_)) {
                let message = "This event may not follow an event-based gateway.";
                let remedy = "Use a message, timer, signal or conditional event.";
                findings.error("event-gateway-target", target, message, remedy);
            }
        } else if target.incoming.len() > 1 {
            for other in target.incoming.iter().map(|flow| process.flow(*flow)) {
                if other.id != flow.id {
                    let message = format!(
                        "“{}” is chosen by an event-based gateway; no other flow may lead to it.",
                        target.id
                    );
                    findings.error(
                        "event-gateway-target-incoming",
                        other,
                        message,
                        "Remove the flow.",
                    );
                }
            }
        }
    }
    let by_task = targets().find(|it| matches!(it.kind, FlowNodeKind::ReceiveTask(_)));
    let by_message = targets().any(|it| {
        it.kind.event_definitions().iter().any(|it| matches!(it, EventDefinition::Message(_)))
    });
    if let Some(task) = by_task.filter(|_| by_message) {
        let message = "The gateway leads to message events and to receive tasks.";
        let remedy = "Use either of them, not both.";
        findings.error("event-gateway-mixed", task, message, remedy);
    }
    if let Some(task) = targets().find(|it| {
        matches!(it.kind, FlowNodeKind::ReceiveTask(_)) && !it.boundary_events.is_empty()
    }) {
        let message = "A receive task behind an event-based gateway has boundary events.";
        let remedy = "Lead the gateway to those events directly.";
        findings.error("event-gateway-boundary", task, message, remedy);
    }
}

fn waits(node: &FlowNode) -> bool {
    match &node.kind {
        FlowNodeKind::ReceiveTask(_) => true,
        FlowNodeKind::IntermediateCatchEvent(catch) => {
            !catch.definitions.iter().any(|it| matches!(it, EventDefinition::Link(_)))
        }
        _ => false,
    }
}
