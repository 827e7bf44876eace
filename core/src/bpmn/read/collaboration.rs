//! Collaborations: pools, and the messages between them.

use crate::bpmn::model::{Collaboration, MessageFlow, MessageFlowEnd, Participant};
use crate::diagnostic::findings::{Findings, cut};
use crate::ids::{FlowNodeId, ProcessId};
use crate::xml::Node;

use super::file::{File, process_of};
use super::known::{Part, part};

/// Reads the collaborations of the file.
pub(super) fn read<'t>(
    file: &File<'t>,
    root: Node<'t>,
    findings: &mut Findings,
) -> Vec<Collaboration> {
    root.children()
        .filter(|child| child.is_bpmn("collaboration"))
        .map(|node| Collaboration {
            id: node.id().unwrap_or_default().to_owned(),
            participants: node
                .children()
                .filter(|child| child.is_bpmn("participant"))
                .map(|child| participant(file, child, findings))
                .collect(),
            message_flows: node
                .children()
                .filter(|child| child.is_bpmn("messageFlow"))
                .filter_map(|child| message_flow(file, child, findings))
                .collect(),
        })
        .collect()
}

fn participant(file: &File<'_>, node: Node<'_>, findings: &mut Findings) -> Participant {
    let reference = node.attribute("processRef").filter(|reference| !reference.is_empty());
    let process = reference.and_then(|reference| {
        let found = file.element(reference).filter(|found| found.is_bpmn("process"));
        if found.is_none() {
            let message =
                format!("The pool refers to the process “{}”, which is missing.", cut(reference));
            let remedy = "Correct processRef, or remove it for a pool without content.";
            findings.error("participant-process-missing", node, message, remedy);
        }
        found.and_then(Node::id).map(ProcessId::from)
    });
    let multiplicity = node.bpmn_child("participantMultiplicity");
    Participant {
        id: node.id().unwrap_or_default().to_owned(),
        name: node.name().to_owned(),
        process,
        maximum: multiplicity
            .and_then(|it| it.attribute("maximum"))
            .and_then(|text| text.parse().ok()),
    }
}

fn message_flow(file: &File<'_>, node: Node<'_>, findings: &mut Findings) -> Option<MessageFlow> {
    let source = end(file, node, "sourceRef", findings);
    let target = end(file, node, "targetRef", findings);
    let (source, target) = (source?, target?);
    let inside = source.process().filter(|process| Some(*process) == target.process());
    if let Some(process) = inside {
        let message = format!("The message flow stays within the process “{process}”.");
        let remedy = "Use a sequence flow within a pool, or connect another pool.";
        findings.error("message-flow-inside", node, message, remedy);
    }
    Some(MessageFlow {
        id: node.id().unwrap_or_default().to_owned(),
        name: node.name().to_owned(),
        source,
        target,
        position: node.position(),
    })
}

fn end(
    file: &File<'_>,
    node: Node<'_>,
    attribute: &str,
    findings: &mut Findings,
) -> Option<MessageFlowEnd> {
    let reference = node.attribute(attribute).unwrap_or_default();
    let found = file.element(reference);
    let Some(found) = found else {
        let message = if reference.is_empty() {
            format!("The message flow has no {attribute}.")
        } else {
            format!("The message flow names “{}”, which is missing.", cut(reference))
        };
        let remedy = "Connect it to a pool, an event or a task.";
        findings.error("message-flow-end-missing", node, message, remedy);
        return None;
    };
    if found.is_bpmn("participant") {
        let process = found.attribute("processRef").and_then(|it| file.element(it));
        return Some(MessageFlowEnd::Participant {
            id: found.id().unwrap_or_default().to_owned(),
            process: process.and_then(Node::id).map(ProcessId::from),
        });
    }
    let process = process_of(found).and_then(Node::id);
    if let (Some(process), true) = (process, part(found.local()) == Some(Part::FlowNode)) {
        return Some(MessageFlowEnd::Node {
            process: ProcessId::from(process),
            node: FlowNodeId::from(found.id().unwrap_or_default()),
        });
    }
    let message = format!("The message flow leads to <{}>.", found.qualified());
    let remedy = "Connect it to a pool, an event or a task.";
    findings.error("message-flow-end-missing", node, message, remedy);
    None
}
