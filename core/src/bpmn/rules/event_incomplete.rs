//! An event of an executable process says what it needs to happen: when, which signal, which
//! message, which code (BPMN 2.0.2, clause "Event Definitions").

use std::collections::BTreeSet;

use super::Subject;
use crate::bpmn::model::{EventDefinition, FlowNode, FlowNodeKind, Message};
use crate::diagnostic::findings::Findings;
use crate::ids::FlowNodeId;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    let ends = process.message_flows.iter().flat_map(|flow| [&flow.source, &flow.target]);
    let by_flow: BTreeSet<&FlowNodeId> = ends
        .filter(|end| end.process() == Some(&process.id))
        .filter_map(|end| end.node())
        .collect();
    for node in &process.nodes {
        let by_flow = by_flow.contains(&node.id);
        for definition in node.kind.event_definitions() {
            check_definition(node, definition, by_flow, findings);
        }
        let message = match &node.kind {
            FlowNodeKind::ReceiveTask(task) if !task.instantiates && task.message.is_none() => {
                if !by_flow {
                    let text = "It names no message, so it waits until somebody triggers it.";
                    let remedy = "Where a system is to send a message, declare it and name it as \
                                  messageRef; else leave it as it is.";
                    findings.info("receive-by-hand", node, text, remedy);
                }
                None
            }
            FlowNodeKind::ReceiveTask(task) => Some(task.message.as_deref()),
            FlowNodeKind::SendTask(task) if task.job.is_none() => Some(task.message.as_deref()),
            _ => None,
        };
        if let Some(message) = message {
            check_message(node, message, by_flow, findings);
        }
    }
}

fn check_definition(
    node: &FlowNode,
    definition: &EventDefinition,
    by_flow: bool,
    findings: &mut Findings,
) {
    let throws = node.kind.throws().is_some();
    match definition {
        EventDefinition::Message(message) => {
            let by_job = node.kind.throws().is_some_and(|throw| throw.job.is_some());
            if !by_job {
                check_message(node, message.as_deref(), by_flow, findings);
            }
        }
        EventDefinition::Timer(None) => {
            let remedy = "Give it timeDate, timeDuration or timeCycle.";
            findings.error("event-incomplete", node, "The timer does not say when.", remedy);
        }
        EventDefinition::Signal(None) => {
            let remedy = "Declare a signal and name it as signalRef.";
            findings.error("event-incomplete", node, "The event names no signal.", remedy);
        }
        EventDefinition::Conditional(condition) if condition.text.is_none() => {
            let remedy = "Write the condition in FEEL, such as = amount > 1000.";
            findings.error("event-incomplete", node, "The event has no condition.", remedy);
        }
        EventDefinition::Error(error) if throws => {
            if error.error.as_ref().is_none_or(|error| error.code.is_none()) {
                let message = "The event throws an error without a code.";
                let remedy = "Name an error with errorRef, and give it an errorCode.";
                findings.error("error-code-missing", node, message, remedy);
            }
        }
        EventDefinition::Escalation(escalation) if throws => {
            if escalation.escalation.as_ref().is_none_or(|it| it.code.is_none()) {
                let message = "The event throws an escalation without a code.";
                let remedy =
                    "Name an escalation with escalationRef, and give it an escalationCode.";
                findings.error("escalation-code-missing", node, message, remedy);
            }
        }
        EventDefinition::Link(link) if link.name.is_empty() => {
            let remedy = "Give the link the name that its other end has.";
            findings.error("event-incomplete", node, "The link has no name.", remedy);
        }
        EventDefinition::Timer(Some(_))
        | EventDefinition::Signal(Some(_))
        | EventDefinition::Conditional(_)
        | EventDefinition::Error(_)
        | EventDefinition::Escalation(_)
        | EventDefinition::Link(_)
        | EventDefinition::Compensation(_)
        | EventDefinition::Cancel
        | EventDefinition::Terminate => {}
    }
}

/// `by_flow`: whether a message flow leads to the node or from it.
fn check_message(
    node: &FlowNode,
    message: Option<&Message>,
    by_flow: bool,
    findings: &mut Findings,
) {
    match message {
        Some(message) if message.name.text.is_empty() => {
            let text = format!("The message “{}” has no name, so nobody can send it.", message.id);
            findings.error("message-unnamed", node, text, "Give the message a name.");
        }
        Some(_) => {}
        None => {
            if !by_flow {
                let text = "It names no message, and no message flow leads to it or from it.";
                let remedy = "Declare a message and name it as messageRef.";
                findings.error("message-missing", node, text, remedy);
            }
        }
    }
}
