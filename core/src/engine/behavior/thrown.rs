//! Errors and escalations: who catches what is thrown.
//!
//! BPMN 2.0.2, "Execution Semantics", clauses "Error Events" and "Escalation Events": the
//! innermost catcher whose code fits; one that names the code goes before one for all codes.

use std::sync::Arc;

use super::{boundary_event, event_sub_process, waiting};
use crate::bpmn::model::{FlowNodeKind, NodeIndex};
use crate::engine::definition::EventExpression;
use crate::engine::event::{Event, Role};
use crate::engine::expression::Failure;
use crate::engine::incident::Cause;
use crate::engine::turn::Turn;
use crate::ids::ElementInstanceId;
use crate::value::{Value, Variables};

/// What is thrown.
#[derive(Debug, Clone)]
pub(in crate::engine) enum Thrown {
    /// A BPMN error.
    Error { code: Arc<str>, message: String },
    /// An escalation.
    Escalation { code: Arc<str> },
}

/// Who catches.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Catcher {
    /// The activity whose border it is on, or the scope of the event sub-process.
    owner: ElementInstanceId,
    /// The boundary or start event.
    node: NodeIndex,
}

/// The innermost catcher of what is thrown at `from`.
pub(in crate::engine) fn find(
    turn: &Turn<'_>,
    from: ElementInstanceId,
    thrown: &Thrown,
) -> Result<Option<Catcher>, Failure> {
    for (owner, events) in events_around(turn, from) {
        if let Some(node) = best(turn, owner, events, thrown)? {
            return Ok(Some(Catcher { owner, node }));
        }
    }
    Ok(None)
}

/// The events that what is thrown at `from` comes by, the innermost first: those on the border of
/// an activity, then the starts of the event sub-processes beside it.
fn events_around(
    turn: &Turn<'_>,
    from: ElementInstanceId,
) -> Vec<(ElementInstanceId, Vec<NodeIndex>)> {
    let model = turn.process().model();
    let mut around = Vec::new();
    let mut at = from;
    while let Some(open) = turn.state().element(at) {
        let Some(index) = turn.process().node_index(&open.node) else { break };
        if matches!(open.role, Role::Whole | Role::Body) {
            around.push((at, model.node(index).boundary_events.clone()));
        }
        let scope = open.scope;
        let scope_node = turn.scope_node(scope);
        if !turn.holds_times(scope) && !has_taken_over(turn, index) {
            // An event sub-process does not catch what it throws itself.
            let others = turn.process().event_sub_processes(scope_node);
            let others = others.filter(|(other, _)| *other != index).map(|(_, start)| start);
            around.push((scope, others.collect()));
        }
        at = scope;
    }
    around
}

/// Whether `index` is an event sub-process that has taken the place of what its scope held, so that
/// no other in that scope can be started any longer.
fn has_taken_over(turn: &Turn<'_>, index: NodeIndex) -> bool {
    let model = turn.process().model();
    let beside = turn.process().event_sub_processes(model.node(index).scope);
    let mut own = beside.filter(|(sub, _)| *sub == index).map(|(_, start)| start);
    own.any(|start| {
        let kind = &model.node(start).kind;
        matches!(kind, FlowNodeKind::StartEvent(start) if start.is_interrupting)
    })
}

/// The codes of the errors that somebody catches who waits for `element`, in this instance or in
/// those that called it. `None` where that may be any: an event for all codes, or one whose code
/// is computed.
pub(super) fn caught_codes(turn: &Turn<'_>, element: ElementInstanceId) -> Option<Vec<Arc<str>>> {
    let mut codes = match turn.state().identity().and_then(|it| it.caller.as_ref()) {
        Some(caller) => caller.caught.clone()?,
        None => Vec::new(),
    };
    for (_, nodes) in events_around(turn, element) {
        for event in nodes.iter().flat_map(|node| &turn.process().node(*node).events) {
            if let EventExpression::Error { code, .. } = event {
                let code = code.as_ref()?.literal()?.as_str().filter(|code| !code.is_empty())?;
                codes.push(Arc::from(code));
            }
        }
    }
    codes.sort_unstable();
    codes.dedup();
    Some(codes)
}

/// The event that names the code, else the one for all codes.
fn best(
    turn: &Turn<'_>,
    owner: ElementInstanceId,
    events: Vec<NodeIndex>,
    thrown: &Thrown,
) -> Result<Option<NodeIndex>, Failure> {
    let mut for_all = None;
    for node in events {
        for event in &turn.process().node(node).events {
            let ((EventExpression::Error { code: caught, .. }, Thrown::Error { code, .. })
            | (EventExpression::Escalation { code: caught, .. }, Thrown::Escalation { code })) =
                (event, thrown)
            else {
                continue;
            };
            let caught = match caught {
                Some(caught) => Some(waiting::text(caught, turn.visible(owner), turn)?),
                None => None,
            };
            match caught.filter(|caught| !caught.is_empty()) {
                Some(caught) if caught == *code => return Ok(Some(node)),
                Some(_) => {}
                None => for_all = for_all.or(Some(node)),
            }
        }
    }
    Ok(for_all)
}

/// The catcher goes on with what was thrown.
pub(in crate::engine) fn catch(
    turn: &mut Turn<'_>,
    catcher: Catcher,
    thrown: &Thrown,
    variables: &Variables,
) {
    let mut given = variables.clone();
    for event in &turn.process().node(catcher.node).events {
        let values = match (event, thrown) {
            (
                EventExpression::Error { code_variable, message_variable, .. },
                Thrown::Error { code, message },
            ) => [(code_variable, &**code), (message_variable, message.as_str())],
            (EventExpression::Escalation { code_variable, .. }, Thrown::Escalation { code }) => {
                [(code_variable, &**code), (&None, "")]
            }
            _ => continue,
        };
        for (name, value) in values {
            if let Some(name) = name {
                given.insert(name.clone(), Value::from(value));
            }
        }
    }
    if matches!(turn.process().model().node(catcher.node).kind, FlowNodeKind::BoundaryEvent(_)) {
        boundary_event::occur(turn, catcher.owner, catcher.node, &given);
    } else {
        event_sub_process::occur(turn, catcher.owner, catcher.node, &given);
    }
}

/// An error is thrown by a system or a called instance at `element`.
///
/// # Errors
/// Nobody catches it.
pub(in crate::engine) fn throw_at(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    thrown: &Thrown,
    variables: &Variables,
) -> Result<(), Failure> {
    if let Some(catcher) = find(turn, element, thrown)? {
        if let Thrown::Error { code, message } = thrown {
            let (code, message) = (code.clone(), message.clone());
            turn.emit(Event::ErrorThrown { element, code, message });
        }
        catch(turn, catcher, thrown, variables);
        return Ok(());
    }
    match thrown {
        Thrown::Error { code, message } => uncaught(turn, code, message, variables),
        Thrown::Escalation { .. } => Ok(()),
    }
}

/// Whether an error that nothing in this instance catches goes to the caller. What nobody catches
/// stays here, for a person to look at.
pub(super) fn goes_to_caller(turn: &Turn<'_>, code: &str) -> bool {
    let caller = turn.state().identity().and_then(|identity| identity.caller.as_ref());
    caller.is_some_and(|caller| caller.may_catch(code))
}

/// Nothing in this instance catches the error: it goes to the caller, or a person has to look.
pub(super) fn uncaught(
    turn: &mut Turn<'_>,
    code: &Arc<str>,
    message: &str,
    variables: &Variables,
) -> Result<(), Failure> {
    if !goes_to_caller(turn, code) {
        return Err(unhandled(code, message));
    }
    turn.terminate_elements();
    let (code, message) = (code.clone(), message.to_owned());
    let reason = format!("The error “{code}” went to the calling process.");
    turn.emit(Event::ErrorPropagated { code, message, variables: variables.clone() });
    turn.emit(Event::InstanceTerminated { reason, by: None });
    Ok(())
}

/// The failure of what throws an error that nobody catches.
pub(super) fn unhandled(code: &str, message: &str) -> Failure {
    let words = if message.is_empty() { String::new() } else { format!(": {message}") };
    let message = format!("Nothing catches the error “{code}”{words}.");
    Failure { cause: Cause::UnhandledError, message }
}
