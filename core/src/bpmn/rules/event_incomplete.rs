//! An event of an executable process says what it needs to happen: when, which signal, which
//! message, which code (BPMN 2.0.2, clause 10.5.5).

use super::Subject;
use crate::bpmn::model::{
    EventDefinition, FlowNode, FlowNodeKind, Message, MessageFlowEnd, Process,
};
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    for node in &process.nodes {
        for definition in node.kind.event_definitions() {
            check_definition(process, node, definition, findings);
        }
        let message = match &node.kind {
            FlowNodeKind::ReceiveTask(task) => Some(task.message.as_deref()),
            FlowNodeKind::SendTask(task) if task.job.is_none() => Some(task.message.as_deref()),
            _ => None,
        };
        if let Some(message) = message {
            check_message(process, node, message, findings);
        }
    }
}

fn check_definition(
    process: &Process,
    node: &FlowNode,
    definition: &EventDefinition,
    findings: &mut Findings,
) {
    let throws = node.kind.throws().is_some();
    match definition {
        EventDefinition::Message(message) => {
            let by_job = node.kind.throws().is_some_and(|throw| throw.job.is_some());
            if !by_job {
                check_message(process, node, message.as_deref(), findings);
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

fn check_message(
    process: &Process,
    node: &FlowNode,
    message: Option<&Message>,
    findings: &mut Findings,
) {
    match message {
        Some(message) if message.name.text.is_empty() => {
            let text = format!("The message “{}” has no name, so nobody can send it.", message.id);
            findings.error("message-unnamed", node, text, "Give the message a name.");
        }
        Some(_) => {}
        None => {
            let is_here = |end: &MessageFlowEnd| {
                end.process() == Some(&process.id) && end.node() == Some(&node.id)
            };
            let by_flow =
                process.message_flows.iter().any(|it| is_here(&it.source) || is_here(&it.target));
            if !by_flow {
                let text = "It names no message, and no message flow leads to it or from it.";
                let remedy = "Declare a message and name it as messageRef.";
                findings.error("message-missing", node, text, remedy);
            }
        }
    }
}
