//! Flow nodes: what each one is, and what about it cannot be executed.

use std::sync::Arc;

use crate::bpmn::model::{FlowNode, FlowNodeKind, ServiceTask, Text};
use crate::diagnostic::findings::{Findings, Place};
use crate::ids::FlowNodeId;
use crate::xml::{Namespace, Node};

use super::business_rule_task;
use super::extensions::{self, Extensions};
use super::supported::{NEUTRAL_ATTRIBUTES, event_definition_remedy, known_attributes};

/// Reads a flow node of a supported kind; `None` where it cannot be executed all the same.
pub(super) fn read(node: Node<'_>, findings: &mut Findings) -> Option<FlowNode> {
    let Some(id) = node.id() else {
        let message = format!("<{}> has no id.", node.qualified());
        findings.error("id-missing", node, message, "Give it an id.");
        return None;
    };
    check_attributes(node, findings);
    let content = check_children(node, findings);
    let mut parts = extensions::read(node, findings);
    let inputs = std::mem::take(&mut parts.inputs);
    let outputs = std::mem::take(&mut parts.outputs);
    let properties = std::mem::take(&mut parts.properties);
    let is_decision = business_rule_task::is_decision_task(node);
    let kind = if node.local() == "businessRuleTask" || is_decision {
        business_rule_task::read(node, &mut parts, findings)?
    } else {
        kind(node, id, content.terminates, parts)
    };
    content.is_executable.then(|| FlowNode {
        id: FlowNodeId::from(id),
        name: Arc::from(node.name()),
        kind,
        incoming: Vec::new(),
        outgoing: Vec::new(),
        default_flow: None,
        inputs,
        outputs,
        properties,
        documentation: documentation(node),
        position: node.position(),
    })
}

/// Text of the `documentation` elements, one paragraph each.
pub(super) fn documentation(node: Node<'_>) -> Option<String> {
    let paragraphs: Vec<&str> = node
        .children()
        .filter(|child| child.is_bpmn("documentation"))
        .map(Node::text)
        .filter(|text| !text.is_empty())
        .collect();
    (!paragraphs.is_empty()).then(|| paragraphs.join("\n\n"))
}

fn kind(node: Node<'_>, id: &str, terminates: bool, parts: Extensions) -> FlowNodeKind {
    match node.local() {
        "startEvent" => FlowNodeKind::StartEvent { form: parts.user_task.form },
        "endEvent" if terminates => FlowNodeKind::TerminateEndEvent,
        "endEvent" => FlowNodeKind::EndEvent,
        "userTask" => FlowNodeKind::UserTask(parts.user_task),
        "serviceTask" => FlowNodeKind::ServiceTask(ServiceTask {
            job_type: parts
                .job_type
                .unwrap_or_else(|| Text { text: id.to_owned(), position: node.position() }),
            retries: parts.retries,
            headers: parts.headers,
        }),
        "exclusiveGateway" => FlowNodeKind::ExclusiveGateway,
        "parallelGateway" => FlowNodeKind::ParallelGateway,
        other => unreachable!("{other} is listed as supported and not read"),
    }
}

/// What the children of a node say about it.
struct NodeContent {
    terminates: bool,
    is_executable: bool,
}

fn check_children(node: Node<'_>, findings: &mut Findings) -> NodeContent {
    let mut content = NodeContent { terminates: false, is_executable: true };
    for child in node.children().filter(|child| child.namespace() == Namespace::Bpmn) {
        let local = child.local();
        let place = || Place::from(node).at(child.position());
        match local {
            "documentation" | "extensionElements" | "incoming" | "outgoing" | "auditing"
            | "monitoring" | "categoryValueRef" => {}
            "terminateEventDefinition" if node.local() == "endEvent" => content.terminates = true,
            "eventDefinitionRef" => {
                content.is_executable = false;
                let message = format!(
                    "<{}> with an event definition cannot be executed yet.",
                    node.qualified()
                );
                findings.error("event-unsupported", place(), message, event_definition_remedy(""));
            }
            _ if local.ends_with("EventDefinition") => {
                content.is_executable = false;
                let message = format!(
                    "<{}> with <{}> cannot be executed yet.",
                    node.qualified(),
                    child.qualified()
                );
                findings.error(
                    "event-unsupported",
                    place(),
                    message,
                    event_definition_remedy(local),
                );
            }
            "multiInstanceLoopCharacteristics"
            | "standardLoopCharacteristics"
            | "loopCharacteristics" => {
                content.is_executable = false;
                let message = format!("<{}> cannot be executed yet.", child.qualified());
                let remedy = "Remove the loop marker; model the repetition with gateways for now.";
                findings.error("loop-unsupported", place(), message, remedy);
            }
            "potentialOwner" | "humanPerformer" | "performer" | "resourceRole" => {
                let message = format!("<{}> is not read.", child.qualified());
                let remedy = "Use zeebe:assignmentDefinition for assignee and candidates.";
                findings.warning("element-ignored", place(), message, remedy);
            }
            "ioSpecification"
            | "property"
            | "dataInputAssociation"
            | "dataOutputAssociation"
            | "dataInput"
            | "dataOutput"
            | "inputSet"
            | "outputSet"
            | "rendering" => {
                let message = format!("<{}> has no effect here.", child.qualified());
                let remedy = "Use zeebe:ioMapping for data; keep it as a drawing otherwise.";
                findings.warning("element-ignored", place(), message, remedy);
            }
            _ => {
                content.is_executable = false;
                let message =
                    format!("BPMN has no <{}> in <{}>.", child.qualified(), node.qualified());
                let remedy = "Correct its name or remove it.";
                findings.error("element-unknown", place(), message, remedy);
            }
        }
    }
    content
}

/// Remarks on attributes of BPMN that are not known or change execution.
pub(super) fn check_attributes(node: Node<'_>, findings: &mut Findings) {
    let known = known_attributes(node.local());
    let is_task = node.local().ends_with("Task");
    for attribute in node.attributes() {
        let name = attribute.local;
        if attribute.namespace != Namespace::None || matches!(name, "id" | "name") {
            continue;
        }
        let neutral = NEUTRAL_ATTRIBUTES.iter().find(|(known, _)| is_task && *known == name);
        if let Some((_, value)) = neutral {
            if attribute.value.trim() != *value {
                let cut: String = attribute.value.chars().take(32).collect();
                let message = format!("{name}=\"{cut}\" cannot be executed yet.");
                let remedy = format!("Remove the attribute, or set it to {value}.");
                findings.error("attribute-unsupported", node, message, remedy);
            }
        } else if !known.contains(&name) {
            let message = format!("<{}> has no attribute {name}; it is ignored.", node.qualified());
            let remedy = "Correct its name or remove it.";
            findings.warning("attribute-unknown", node, message, remedy);
        }
    }
}
