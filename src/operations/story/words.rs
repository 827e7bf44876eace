//! The history of an instance in the words of the business.
//!
//! Never shows a code of ours: what a step is called, its model says.

use spartito_core::bpmn::model::{FlowNodeKind, Process};
use spartito_core::engine::event::Waited;
use spartito_core::engine::incident::Cause;
use spartito_core::ids::ElementInstanceId;
use spartito_core::time::Timestamp;
use spartito_core::value::words::readable_moment;

use super::{Moment, Story, What, find, title};
use crate::operations::names::Names;
use crate::operations::words::{cut, readable_value, span};

/// Most characters of a message within a history entry.
const MESSAGE_CHARACTERS_MAX: usize = 300;

impl Story {
    /// What has happened, in words; `None` where it is not worth telling after all.
    pub(super) fn words(
        &self,
        process: &Process,
        names: &Names,
        moment: &Moment,
    ) -> Option<String> {
        let step = |element: &ElementInstanceId| self.step(process, *element);
        Some(match &moment.what {
            What::Started(Some(key)) => format!("{key} was started"),
            What::Started(None) => "The instance was started".to_owned(),
            What::JobDone(element) => format!("{} was done", step(element)),
            What::JobFailed { element, message, next_in_ms } => {
                let message = cut(message, MESSAGE_CHARACTERS_MAX);
                let next = match next_in_ms {
                    None => "no attempts left".to_owned(),
                    Some(ms) if *ms <= 0 => "next try at once".to_owned(),
                    Some(ms) => format!("next try in {}", span(*ms)),
                };
                format!("{} failed, {next}: {message}", step(element))
            }
            What::RetriesRaised(element) => format!("{} is tried again", step(element)),
            What::TaskCreated(element) => format!("{} began to wait", step(element)),
            What::TaskTaken { element, assignee } if moment.by.as_ref() == Some(assignee) => {
                format!("{} was taken", step(element))
            }
            What::TaskTaken { element, assignee } => {
                format!("{} was given to {}", step(element), names.get(assignee))
            }
            What::TaskReturned(element) => format!("{} was given back", step(element)),
            What::TaskDone { element, action: Some(action) } => {
                format!("{} was completed: {action}", step(element))
            }
            What::TaskDone { element, action: None } => {
                format!("{} was completed", step(element))
            }
            What::Incident { element, cause, message } => format!(
                "{} stopped: {}. {}",
                step(element),
                cause_words(*cause),
                cut(message, MESSAGE_CHARACTERS_MAX)
            ),
            What::IncidentResolved(element) => {
                format!("The incident at {} was resolved", step(element))
            }
            What::Decided(decided) => {
                let outcome = decided.trace.last().map(|made| readable_value(&made.value));
                let outcome = outcome.unwrap_or_else(|| "–".to_owned());
                let outcome = cut(&outcome, MESSAGE_CHARACTERS_MAX);
                format!("{} decided: {outcome}", step(&decided.element))
            }
            What::TaskWithdrawn(element) => format!("{} was withdrawn", step(element)),
            What::Waits { .. }
            | What::Occurred { .. }
            | What::Error { .. }
            | What::ErrorLeft { .. }
            | What::Escalation { .. }
            | What::Sent { .. }
            | What::Called(_)
            | What::Repeats { .. }
            | What::Undoes { .. } => return self.event_words(process, &moment.what),
            What::Set(names) => format!("Changed: {}", names.join(", ")),
            What::EndReached(node) => {
                let end = find(process, node).filter(|node| {
                    matches!(node.kind, FlowNodeKind::EndEvent(_)) && !node.name.is_empty()
                })?;
                format!("Reached “{}”", end.name)
            }
            What::Plain(words) => (*words).to_owned(),
            What::Completed => "The instance was completed".to_owned(),
            What::Paused(reason) if reason.is_empty() => "The instance was paused".to_owned(),
            What::Paused(reason) => format!("The instance was paused: “{reason}”"),
            What::Terminated(reason) if reason.is_empty() => "The instance was canceled".to_owned(),
            What::Terminated(reason) => {
                format!("The instance was canceled: {}", cut(reason, MESSAGE_CHARACTERS_MAX))
            }
        })
    }

    /// The same for events that are caught and thrown, loops and compensation.
    fn event_words(&self, process: &Process, what: &What) -> Option<String> {
        let step = |element: &ElementInstanceId| self.step(process, *element);
        if let What::Waits { node, waits } = what {
            // Events on a border, and those that start an event sub-process, wait in silence.
            let waits_alone = !matches!(
                find(process, node)?.kind,
                FlowNodeKind::BoundaryEvent(_) | FlowNodeKind::StartEvent(_)
            );
            let title = title(process, node);
            return waits_alone.then(|| format!("{title} waits {}", waiting_words(waits)));
        }
        if let What::Occurred { element, node, waits } = what {
            let occurred = match waits {
                Waited::Timer { .. } => "was due",
                Waited::Message { .. } => "was received",
                Waited::Signal { .. } => "was heard",
                Waited::Condition { .. } => "came true",
            };
            let attached = matches!(find(process, node)?.kind, FlowNodeKind::BoundaryEvent(_));
            let place = if attached { format!(" at {}", step(element)) } else { String::new() };
            return Some(format!("{} {occurred}{place}", title(process, node)));
        }
        if let What::Error { element, code, message } = what {
            return Some(format!("{} gave {}", step(element), error_words(code, message)));
        }
        if let What::ErrorLeft { code, message } = what {
            return Some(format!("The caller was given {}", error_words(code, message)));
        }
        if let What::Escalation { element, code } = what {
            let code = if code.is_empty() { String::new() } else { format!(": {code}") };
            return Some(format!("{} escalated{code}", step(element)));
        }
        if let What::Sent { element, name, is_signal } = what {
            let kind = if *is_signal { "signal" } else { "message" };
            let name = if name.is_empty() { String::new() } else { format!(" “{name}”") };
            return Some(format!("{} sent the {kind}{name}", step(element)));
        }
        if let What::Called(element) = what {
            return Some(format!("{} began in another process", step(element)));
        }
        if let What::Repeats { element, times } = what {
            return Some(match times {
                None => format!("{} is repeated", step(element)),
                Some(0) => format!("{} has nothing to do", step(element)),
                Some(1) => format!("{} is to be done once", step(element)),
                Some(times) => format!("{} is to be done {times} times", step(element)),
            });
        }
        if let What::Undoes { element, activities } = what {
            let undone: Vec<String> = activities.iter().map(step).collect();
            return Some(format!("{} undoes {}", step(element), undone.join(", ")));
        }
        None
    }
}

/// For what an event waits, behind “waits”.
fn waiting_words(waits: &Waited) -> String {
    match waits {
        Waited::Timer { due, .. } if *due == Timestamp::MAX => "to be started by hand".to_owned(),
        Waited::Timer { due, .. } => format!("until {}", readable_moment(*due)),
        Waited::Message { name, .. } => format!("for the message “{name}”"),
        Waited::Signal { name } => format!("for the signal “{name}”"),
        Waited::Condition { .. } => "for its condition".to_owned(),
    }
}

/// A BPMN error: its code and what was said of it.
fn error_words(code: &str, message: &str) -> String {
    let code = if code.is_empty() { String::new() } else { format!(" {code}") };
    let message = cut(message, MESSAGE_CHARACTERS_MAX);
    if message.is_empty() {
        format!("the error{code}")
    } else {
        format!("the error{code}: {message}")
    }
}

/// The cause of an incident, in words.
pub(in crate::operations) const fn cause_words(cause: Cause) -> &'static str {
    match cause {
        Cause::RetriesExhausted => "no attempts left",
        Cause::NoFlowChosen => "no way to go on",
        Cause::ConditionFailed => "a condition could not be decided",
        Cause::MappingFailed => "data could not be handed over",
        Cause::ExpressionFailed => "an expression could not be evaluated",
        Cause::BudgetExceeded => "an expression takes too long",
        Cause::FormMissing => "the form is not deployed",
        Cause::DecisionFailed => "a decision could not be made",
        Cause::UnhandledError => "an error that nothing catches",
        Cause::CalledProcessFailed => "the called process could not do it",
        Cause::LoopFailed => "it cannot be said how often to repeat",
        Cause::TooManyActivations => "it runs in circles",
    }
}
