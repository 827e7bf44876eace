//! Events: their definitions, and what those refer to.
//!
//! Whether a definition may stand on an event, and whether it says enough to be executed, is for
//! the rules to judge.

use std::sync::Arc;

use crate::bpmn::model::{
    CompensationEventDefinition, Condition, Error, ErrorEventDefinition, EscalationEventDefinition,
    EventDefinition, LinkEventDefinition, Text, Timer,
};
use crate::diagnostic::findings::{Findings, Place, cut};
use crate::xml::{Namespace, Node};

use super::dialect;
use super::extensions::{self, is_variable_path};
use super::file::Missing;
use super::nodes::Context;

/// Definitions of BPMN, by name of the element.
const DEFINITIONS: [&str; 10] = [
    "messageEventDefinition",
    "timerEventDefinition",
    "signalEventDefinition",
    "conditionalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "compensateEventDefinition",
    "cancelEventDefinition",
    "terminateEventDefinition",
    "linkEventDefinition",
];

/// Whether `local` is an event definition of BPMN.
pub(super) fn is_definition(local: &str) -> bool {
    DEFINITIONS.contains(&local)
}

/// Whether `name` is the name of one variable.
pub(super) fn is_variable(name: &str) -> bool {
    is_variable_path(name) && !name.contains('.')
}

/// The definitions of the event `owner`, in document order, with the elements they stand in.
///
/// # Errors
/// [`Missing`] where one of them refers to nothing, after all were read.
pub(super) fn definitions<'t>(
    context: &Context<'_, 't>,
    owner: Node<'t>,
    findings: &mut Findings,
) -> Result<Vec<EventDefinition>, Missing> {
    let mut definitions = Vec::new();
    let mut is_whole = true;
    for child in owner.children().filter(|child| child.namespace() == Namespace::Bpmn) {
        let found = if child.local() == "eventDefinitionRef" {
            referred(context, owner, child, findings).map(Some)
        } else {
            Ok(is_definition(child.local()).then_some(child))
        };
        let read = found.and_then(|node| {
            node.map(|node| definition(context, owner, node, findings)).transpose()
        });
        match read {
            Ok(definition) => definitions.extend(definition),
            Err(Missing) => is_whole = false,
        }
    }
    if is_whole { Ok(definitions) } else { Err(Missing) }
}

/// The definition at the top of the file that `eventDefinitionRef` names.
fn referred<'t>(
    context: &Context<'_, 't>,
    owner: Node<'t>,
    reference: Node<'t>,
    findings: &mut Findings,
) -> Result<Node<'t>, Missing> {
    let found = context.file.element(reference.text());
    if let Some(found) = found.filter(|found| is_definition(found.local())) {
        return Ok(found);
    }
    let message = format!("The event definition “{}” is missing.", cut(reference.text()));
    let remedy = "Name an event definition of this file, or draw it into the event.";
    let place = Place::from(owner).at(reference.position());
    findings.error("reference-missing", place, message, remedy);
    Err(Missing)
}

/// Reads one definition of `owner`.
pub(super) fn definition<'t>(
    context: &Context<'_, 't>,
    owner: Node<'t>,
    node: Node<'t>,
    findings: &mut Findings,
) -> Result<EventDefinition, Missing> {
    let place = || Place::from(owner).at(node.position());
    let file = context.file;
    Ok(match node.local() {
        "messageEventDefinition" => {
            let found = file.referred(node, ("messageRef", "message"), findings, place)?;
            EventDefinition::Message(found.and_then(|found| context.message(found)))
        }
        "timerEventDefinition" => EventDefinition::Timer(timer(owner, node, findings)?),
        "signalEventDefinition" => {
            let found = file.referred(node, ("signalRef", "signal"), findings, place)?;
            EventDefinition::Signal(found.and_then(|found| file.signals.find(found)))
        }
        "conditionalEventDefinition" => EventDefinition::Conditional(Condition {
            text: child_text(node, "condition"),
            variables: watched(node, "variableNames", "variableName"),
            events: watched(node, "variableEvents", "variableEvents"),
        }),
        "errorEventDefinition" => EventDefinition::Error(ErrorEventDefinition {
            error: error(context, owner, node, findings)?,
            code_variable: dialect::variable(node, "errorCodeVariable"),
            message_variable: dialect::variable(node, "errorMessageVariable")
                .or_else(|| dialect::variable(node, "errorVariableName")),
        }),
        "escalationEventDefinition" => {
            let found = file.referred(node, ("escalationRef", "escalation"), findings, place)?;
            let escalation = found.and_then(|found| file.escalations.find(found));
            let code_variable = dialect::variable(node, "escalationCodeVariable");
            EventDefinition::Escalation(EscalationEventDefinition { escalation, code_variable })
        }
        "compensateEventDefinition" => compensation(context, owner, node, findings)?,
        "cancelEventDefinition" => EventDefinition::Cancel,
        "terminateEventDefinition" => EventDefinition::Terminate,
        "linkEventDefinition" => {
            // A link without a name of its own is paired by the name of its event.
            let name = if node.name().is_empty() { owner.name() } else { node.name() };
            EventDefinition::Link(LinkEventDefinition { name: Arc::from(name), target: None })
        }
        other => unreachable!("{other} is listed as a definition and not read"),
    })
}

/// The error that a definition names. Other engines take what is declared nowhere as its code.
fn error<'t>(
    context: &Context<'_, 't>,
    owner: Node<'t>,
    node: Node<'t>,
    findings: &mut Findings,
) -> Result<Option<Arc<Error>>, Missing> {
    let file = context.file;
    let place = || Place::from(owner).at(node.position());
    if let Some(code) = node.attribute("errorRef").filter(|code| !code.is_empty())
        && file.element(code).is_none()
    {
        let message = format!("The error “{}” is not declared; it is taken as a code.", cut(code));
        let remedy = "Declare the error with an errorCode, and name it as errorRef.";
        findings.warning("error-undeclared", place(), message, remedy);
        let text = Text { text: code.to_owned(), position: node.position() };
        let (id, name) = (code.to_owned(), String::new());
        return Ok(Some(Arc::new(Error { id, name, code: Some(text), message: None })));
    }
    let found = file.referred(node, ("errorRef", "error"), findings, place)?;
    Ok(found.and_then(|found| file.errors.find(found)))
}

/// When the timer fires; `None` where nothing says so.
fn timer(
    owner: Node<'_>,
    node: Node<'_>,
    findings: &mut Findings,
) -> Result<Option<Timer>, Missing> {
    let mut timers = Vec::new();
    for child in node.children().filter(|child| child.namespace() == Namespace::Bpmn) {
        let text = || text_of(child);
        match child.local() {
            "timeDate" => timers.extend(text().map(Timer::Date)),
            "timeDuration" => timers.extend(text().map(Timer::Duration)),
            "timeCycle" => timers.extend(text().map(Timer::Cycle)),
            _ => {}
        }
    }
    if timers.len() > 1 {
        let message = "The timer says more than once when it fires.";
        let remedy = "Keep one of timeDate, timeDuration and timeCycle.";
        let place = Place::from(owner).at(node.position());
        findings.error("timer-ambiguous", place, message, remedy);
        return Err(Missing);
    }
    Ok(timers.pop())
}

fn compensation<'t>(
    context: &Context<'_, 't>,
    owner: Node<'t>,
    node: Node<'t>,
    findings: &mut Findings,
) -> Result<EventDefinition, Missing> {
    let waits_for_completion = !matches!(node.attribute("waitForCompletion"), Some("false" | "0"));
    let reference = node
        .attribute("activityRef")
        .or_else(|| node.bpmn_child("activityRef").map(Node::text))
        .filter(|reference| !reference.is_empty());
    let activity = match reference {
        None => None,
        Some(reference) => {
            let found = context.node_index(reference);
            if found.is_none() {
                let message = format!(
                    "It compensates “{}”, which is missing in its process.",
                    cut(reference)
                );
                let remedy = "Name an activity of the same scope, or remove activityRef.";
                let place = Place::from(owner).at(node.position());
                findings.error("compensation-activity-missing", place, message, remedy);
                return Err(Missing);
            }
            found
        }
    };
    Ok(EventDefinition::Compensation(CompensationEventDefinition {
        activity,
        waits_for_completion,
    }))
}

/// The variables that a condition watches, or the changes of them.
fn watched(node: Node<'_>, local: &str, in_dialect: &str) -> Vec<String> {
    let filter = extensions::zeebe(node, "conditionalFilter");
    let names = filter.and_then(|filter| filter.attribute(local));
    let names = names.or_else(|| dialect::attribute(node, in_dialect)).unwrap_or_default();
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The text of an element, where it holds any.
pub(super) fn text_of(node: Node<'_>) -> Option<Text> {
    let text = node.text();
    (!text.is_empty()).then(|| Text { text: text.to_owned(), position: node.position() })
}

/// The text of the child `local`, where it holds any.
pub(super) fn child_text(node: Node<'_>, local: &str) -> Option<Text> {
    node.bpmn_child(local).and_then(text_of)
}
