//! On one activity, and in one scope, an event has one catcher: with two it would not be defined
//! which one takes it.

use std::collections::BTreeMap;

use super::Subject;
use crate::bpmn::model::{EventDefinition, FlowNode, FlowNodeKind, NodeIndex};
use crate::diagnostic::findings::Findings;

/// Where an event is caught, by whom in words, and what.
type Key<'p> = (bool, Option<NodeIndex>, &'static str, Option<&'p str>);

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    let mut caught: BTreeMap<Key<'_>, &FlowNode> = BTreeMap::new();
    for node in &process.nodes {
        let place = match &node.kind {
            FlowNodeKind::BoundaryEvent(event) => (true, Some(event.attached_to)),
            FlowNodeKind::StartEvent(_) => {
                let around = node.scope.map(|scope| process.node(scope));
                let Some(around) = around.filter(|it| it.kind.is_event_sub_process()) else {
                    continue;
                };
                (false, around.scope)
            }
            _ => continue,
        };
        for definition in node.kind.event_definitions() {
            let Some((what, code)) = event(definition) else { continue };
            if let Some(first) = caught.get(&(place.0, place.1, what, code)) {
                let which = code.map_or_else(|| "any".to_owned(), |code| format!("“{code}”"));
                let message =
                    format!("The {what} {which} is caught here and by “{}”, too.", first.id);
                let remedy = "Keep one of them, or catch another one here.";
                findings.error("catcher-duplicate", node, message, remedy);
                continue;
            }
            let overlaps = caught.keys().find(|(border, scope, other, other_code)| {
                (*border, *scope, *other) == (place.0, place.1, what)
                    && other_code.is_none() != code.is_none()
            });
            if overlaps.is_some() && what == "escalation" {
                let message = "One catcher takes every escalation, another one a certain code.";
                let remedy = "The certain one goes first here; other engines refuse the pair.";
                findings.warning("catcher-overlap", node, message, remedy);
            }
            caught.insert((place.0, place.1, what, code), node);
        }
    }
}

/// What is caught: its kind in words and its name or code; `None` for the kind that many may catch.
fn event(definition: &EventDefinition) -> Option<(&'static str, Option<&str>)> {
    match definition {
        EventDefinition::Message(Some(message)) => Some(("message", Some(&message.name.text))),
        EventDefinition::Error(error) => {
            let code = error.error.as_ref().and_then(|it| it.code.as_ref());
            Some(("error", code.map(|code| code.text.as_str())))
        }
        EventDefinition::Escalation(escalation) => {
            let code = escalation.escalation.as_ref().and_then(|it| it.code.as_ref());
            Some(("escalation", code.map(|code| code.text.as_str())))
        }
        EventDefinition::Cancel => Some(("cancellation", None)),
        EventDefinition::Message(None)
        | EventDefinition::Timer(_)
        | EventDefinition::Signal(_)
        | EventDefinition::Conditional(_)
        | EventDefinition::Compensation(_)
        | EventDefinition::Terminate
        | EventDefinition::Link(_) => None,
    }
}
