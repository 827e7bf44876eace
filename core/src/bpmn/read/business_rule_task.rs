//! Business rule tasks: which decision they call, or which system answers them.
//!
//! Read in the three dialects people bring: `zeebe:calledDecision`, the attributes
//! `camunda:decisionRef` (and `operaton:`), and the `flowable:type="dmn"` service task.

use super::dialect::attribute;
use super::extensions::Extensions;
use super::known::called_task;
use crate::bpmn::model::{
    Binding, BusinessRuleTask, CalledDecision, FlowNodeKind, ResultShape, Text,
};
use crate::diagnostic::findings::{Findings, Place};
use crate::xml::{Namespace, Node};

/// Attributes of other engines that say which decision is called and what becomes of its result.
const DECISION_ATTRIBUTES: [&str; 6] = [
    "decisionRef",
    "decisionRefBinding",
    "decisionRefVersion",
    "decisionRefVersionTag",
    "mapDecisionResult",
    "resultVariable",
];

/// Fields of a Flowable decision task that name the decision or the decision service.
const DECISION_FIELDS: [&str; 2] = ["decisionTableReferenceKey", "decisionServiceReferenceKey"];

/// Whether `owner` calls a decision in the dialect of another engine.
fn names_decision(owner: Node<'_>) -> bool {
    called_task(owner.local()) == "businessRuleTask" || is_decision_task(owner)
}

/// Whether `owner` is the service task by which Flowable calls a decision.
pub(super) fn is_decision_task(owner: Node<'_>) -> bool {
    owner.local() == "serviceTask" && attribute(owner, "type") == Some("dmn")
}

/// Whether an attribute of another engine on `owner` is read here.
pub(super) fn reads_attribute(owner: Node<'_>, local: &str) -> bool {
    (called_task(owner.local()) == "businessRuleTask" && DECISION_ATTRIBUTES.contains(&local))
        || (is_decision_task(owner) && local == "type")
}

/// Whether an extension element of another engine on `owner` is read here.
pub(super) fn reads_element(owner: Node<'_>, extension: Node<'_>) -> bool {
    names_decision(owner) && is_decision_field(extension)
}

fn is_decision_field(node: Node<'_>) -> bool {
    matches!(node.namespace(), Namespace::Engine(_))
        && node.local() == "field"
        && node.attribute("name").is_some_and(|name| DECISION_FIELDS.contains(&name))
}

/// Reads what the task calls; `None` where that is not settled, which is a finding.
pub(super) fn read(
    node: Node<'_>,
    parts: &mut Extensions,
    findings: &mut Findings,
) -> Option<FlowNodeKind> {
    let task = if let Some(called) = parts.called_decision.take() {
        BusinessRuleTask::Decision(called)
    } else if is_decision_task(node) {
        BusinessRuleTask::Decision(by_field(node, findings)?)
    } else if let Some(decision) = attribute(node, "decisionRef") {
        BusinessRuleTask::Decision(by_attributes(node, decision, findings)?)
    } else if let Some(job) = parts.take_job() {
        BusinessRuleTask::Job(job)
    } else {
        if !parts.calls_decision {
            let message = "The business rule task names no decision.";
            let remedy = "Name one with zeebe:calledDecision (decisionId and resultVariable), or \
                          give it a zeebe:taskDefinition that a system answers.";
            findings.error("decision-missing", node, message, remedy);
        }
        return None;
    };
    Some(FlowNodeKind::BusinessRuleTask(task))
}

/// `camunda:decisionRef` and what belongs to it.
fn by_attributes(
    node: Node<'_>,
    decision: &str,
    findings: &mut Findings,
) -> Option<CalledDecision> {
    let binding = match attribute(node, "decisionRefBinding") {
        None | Some("latest") => Binding::Latest,
        Some("deployment") => Binding::Deployment,
        Some("versionTag") => match attribute(node, "decisionRefVersionTag") {
            Some(tag) => Binding::VersionTag(tag.to_owned()),
            None => return refuse_binding(node, "decisionRefVersionTag is missing", findings),
        },
        Some("version") => {
            let version = attribute(node, "decisionRefVersion");
            match version.and_then(|text| text.parse().ok()) {
                Some(version) => Binding::Version(version),
                None => {
                    return refuse_binding(node, "decisionRefVersion is not a number", findings);
                }
            }
        }
        Some(_) => return refuse_binding(node, "decisionRefBinding is not known", findings),
    };
    let shape = match attribute(node, "mapDecisionResult") {
        None | Some("resultList") => ResultShape::List,
        Some("singleResult") => ResultShape::Single,
        Some("singleEntry") => ResultShape::Entry,
        Some("collectEntries") => ResultShape::Entries,
        Some(_) => {
            let message = "mapDecisionResult is not known.";
            let remedy = "Use singleEntry, singleResult, collectEntries or resultList.";
            findings.error("decision-result", node, message, remedy);
            return None;
        }
    };
    // Without a name of its own the result can be read by output mappings alone.
    let result_variable = attribute(node, "resultVariable").unwrap_or("decisionResult");
    Some(CalledDecision {
        decision: Text { text: decision.to_owned(), position: node.position() },
        binding,
        result_variable: Some(result_variable.to_owned()),
        shape,
    })
}

fn refuse_binding(node: Node<'_>, what: &str, findings: &mut Findings) -> Option<CalledDecision> {
    let message = format!("The version of the decision is not settled: {what}.");
    let remedy = "Bind to latest, deployment, version or versionTag, with what belongs to it.";
    findings.error("decision-binding", node, message, remedy);
    None
}

/// The `flowable:field` that names the decision; every output becomes a variable.
fn by_field(node: Node<'_>, findings: &mut Findings) -> Option<CalledDecision> {
    let holders = node.children().filter(|child| child.is_bpmn("extensionElements"));
    let field = holders.flat_map(Node::children).find(|child| is_decision_field(*child));
    let name = field.and_then(|field| {
        let string = field.children().find(|child| child.local() == "string");
        let text = string.map_or_else(|| field.attribute("stringValue"), |it| Some(it.text()));
        text.filter(|text| !text.is_empty()).map(|text| (field, text))
    });
    let Some((field, name)) = name else {
        let message = "The decision task names no decision.";
        let remedy = "Give it the field decisionTableReferenceKey with the id of the decision.";
        findings.error("decision-missing", node, message, remedy);
        return None;
    };
    Some(CalledDecision {
        decision: Text { text: name.to_owned(), position: field.position() },
        binding: Binding::Latest,
        result_variable: None,
        shape: ResultShape::Dmn,
    })
}

/// `zeebe:calledDecision` on `owner`.
pub(super) fn called_decision(
    owner: Node<'_>,
    node: Node<'_>,
    findings: &mut Findings,
) -> Option<CalledDecision> {
    let place = || Place::from(owner).at(node.position());
    let given = |name: &str| node.attribute(name).filter(|text| !text.is_empty());
    let (Some(decision), Some(result)) = (given("decisionId"), given("resultVariable")) else {
        let message = format!("{} lacks decisionId or resultVariable.", node.qualified());
        let remedy = "Give both: the id of the decision, and the variable that takes its result.";
        findings.error("decision-missing", place(), message, remedy);
        return None;
    };
    let binding = match (given("bindingType"), given("versionTag")) {
        (None | Some("latest"), _) => Binding::Latest,
        (Some("deployment"), _) => Binding::Deployment,
        (Some("versionTag"), Some(tag)) => Binding::VersionTag(tag.to_owned()),
        (Some(_), _) => {
            let message = "The version of the decision is not settled.";
            let remedy = "bindingType is latest, deployment, or versionTag with a versionTag.";
            findings.error("decision-binding", place(), message, remedy);
            return None;
        }
    };
    Some(CalledDecision {
        decision: Text { text: decision.to_owned(), position: node.position() },
        binding,
        result_variable: Some(result.to_owned()),
        shape: ResultShape::Dmn,
    })
}
