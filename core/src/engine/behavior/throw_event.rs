//! Intermediate Throw Events, End Events and send tasks: what they throw, in document order.
//!
//! BPMN 2.0.2, "Execution Semantics", clauses "Intermediate Events" and "End Events". An error
//! that nobody catches is an incident here, at the event that throws it.

use std::sync::Arc;

use super::thrown::{self, Catcher, Thrown};
use super::{compensation, signal_event, transaction, waiting};
use crate::bpmn::model::NodeIndex;
use crate::engine::definition::{Behavior, EventExpression, MessageExpressions};
use crate::engine::event::Event;
use crate::engine::expression::{Expression, Failure};
use crate::engine::turn::Turn;
use crate::engine::visible::Visible;
use crate::ids::ElementInstanceId;
use crate::value::Variables;

/// What an event throws, evaluated.
pub(super) enum Prepared {
    Message { name: Arc<str>, key: Option<Arc<str>> },
    Signal { name: Arc<str> },
    Escalation { thrown: Thrown, code: Arc<str>, catcher: Option<Catcher> },
    Error { code: Arc<str>, message: String, catcher: Option<Catcher> },
    Compensation { activity: Option<NodeIndex> },
    Cancel,
}

/// Throws all of it; the token goes on where nothing has to be waited for.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    locals: Option<Variables>,
) -> Result<(), Failure> {
    let events = &turn.process().node(index).events;
    if events.is_empty() {
        return super::complete(turn, element, index, locals);
    }
    let seen = turn.visible(element).under(locals.as_ref());
    let prepared = prepare_events(turn, element, index, events, seen)?;
    if prepared.is_empty() {
        return super::complete(turn, element, index, locals);
    }
    let onward = if goes_on(turn, index) {
        Some(super::onward(turn, element, index, locals.as_ref())?)
    } else {
        None
    };
    let carried = locals.clone().unwrap_or_default();
    let is_caught = |it: &Prepared| !matches!(it, Prepared::Error { catcher: None, .. });
    if let Some(Prepared::Error { code, message, .. }) = prepared.iter().find(|it| !is_caught(it)) {
        return thrown::uncaught(turn, code, message, &carried);
    }
    if let Some(locals) = locals {
        turn.set_variables(element, locals);
    }
    turn.emit(Event::ElementWaiting { element });
    let stays = announce(turn, element, index, &prepared, &carried);
    if stays && onward.is_none() {
        return Ok(());
    }
    let error = error_at(&prepared);
    if !heed(turn, element, &prepared[..error.unwrap_or(prepared.len())], &carried) {
        return Ok(());
    }
    match onward.filter(|_| stays) {
        Some(onward) => super::go_onward(turn, onward),
        None => {
            turn.emit(Event::ElementFinished { element });
            turn.complete(element, index);
        }
    }
    if let Some(error) = error {
        catch_error(turn, &prepared[error], &carried);
    }
    Ok(())
}

/// Whether the token does not wait until what the event compensates is undone. At an end event
/// there is no way on.
fn goes_on(turn: &Turn<'_>, index: NodeIndex) -> bool {
    let node = turn.process().node(index);
    let mut waits = node.events.iter().filter_map(|event| match event {
        EventExpression::Compensation { waits, .. } => Some(*waits),
        EventExpression::Message(_)
        | EventExpression::Timer(_)
        | EventExpression::Signal(_)
        | EventExpression::Condition(_)
        | EventExpression::Error { .. }
        | EventExpression::Escalation { .. }
        | EventExpression::Cancel
        | EventExpression::Terminate
        | EventExpression::Link(_) => None,
    });
    let is_throw = matches!(node.behavior, Behavior::Throw);
    is_throw && waits.next() == Some(false) && waits.all(|waits| !waits)
}

fn error_at(prepared: &[Prepared]) -> Option<usize> {
    prepared.iter().position(|it| matches!(it, Prepared::Error { .. }))
}

/// Lets whoever waits for what was thrown go on. Whether `element` is still open: who caught it may
/// have interrupted the very element that threw it.
fn heed(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    prepared: &[Prepared],
    carried: &Variables,
) -> bool {
    for it in prepared {
        if let Prepared::Escalation { thrown, catcher: Some(catcher), .. } = it {
            thrown::catch(turn, *catcher, thrown, carried);
        } else if let Prepared::Signal { name } = it {
            signal_event::hear(turn, name, carried);
        }
        if turn.state().element(element).is_none() {
            return false;
        }
    }
    true
}

fn catch_error(turn: &mut Turn<'_>, error: &Prepared, carried: &Variables) {
    let Prepared::Error { code, message, catcher } = error else { return };
    match catcher {
        Some(catcher) => {
            let thrown = Thrown::Error { code: code.clone(), message: message.clone() };
            thrown::catch(turn, *catcher, &thrown, carried);
        }
        None => {
            let gone = thrown::uncaught(turn, code, message, carried);
            debug_assert!(gone.is_ok(), "what the caller does not catch is not thrown");
        }
    }
}

fn prepare_events(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    events: &[EventExpression],
    seen: Visible<'_>,
) -> Result<Vec<Prepared>, Failure> {
    events
        .iter()
        .filter_map(|event| prepare(turn, element, index, event, seen).transpose())
        .collect()
}

/// What the activity `index` throws while `element` goes on. An error that nobody catches, not even
/// the caller, is a failure; compensation and cancellation are for events of their own.
pub(super) fn prepare_all(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    events: &[EventExpression],
    seen: Visible<'_>,
) -> Result<Vec<Prepared>, Failure> {
    let mut prepared = prepare_events(turn, element, index, events, seen)?;
    prepared.retain(|it| !matches!(it, Prepared::Compensation { .. } | Prepared::Cancel));
    for it in &prepared {
        if let Prepared::Error { code, message, catcher: None } = it
            && !thrown::goes_to_caller(turn, code)
        {
            return Err(thrown::unhandled(code, message));
        }
    }
    Ok(prepared)
}

/// Throws what was prepared while `element` goes on.
pub(super) fn throw(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    prepared: &[Prepared],
    carried: &Variables,
) {
    announce(turn, element, index, prepared, carried);
    let error = error_at(prepared);
    if heed(turn, element, &prepared[..error.unwrap_or(prepared.len())], carried)
        && let Some(error) = error
    {
        catch_error(turn, &prepared[error], carried);
    }
}

fn prepare(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    event: &EventExpression,
    seen: Visible<'_>,
) -> Result<Option<Prepared>, Failure> {
    let text = |text: Option<&Expression>, otherwise: &str| match text {
        Some(text) => waiting::text(text, seen, turn),
        None => Ok(Arc::from(otherwise)),
    };
    Ok(Some(match event {
        EventExpression::Message(MessageExpressions { name, key }) => Prepared::Message {
            name: text(name.as_ref(), receiver(turn, index))?,
            key: key.as_ref().map(|key| waiting::text(key, seen, turn)).transpose()?,
        },
        EventExpression::Signal(name) => Prepared::Signal { name: text(name.as_ref(), "")? },
        EventExpression::Escalation { code, .. } => {
            let code = text(code.as_ref(), "")?;
            let thrown = Thrown::Escalation { code: code.clone() };
            let catcher = thrown::find(turn, element, &thrown)?;
            Prepared::Escalation { thrown, code, catcher }
        }
        EventExpression::Error { code, message, .. } => {
            let code = text(code.as_ref(), "")?;
            let message = text(message.as_ref(), "")?.to_string();
            let thrown = Thrown::Error { code: code.clone(), message: message.clone() };
            let catcher = thrown::find(turn, element, &thrown)?;
            Prepared::Error { code, message, catcher }
        }
        EventExpression::Compensation { activity, .. } => {
            Prepared::Compensation { activity: *activity }
        }
        EventExpression::Cancel => Prepared::Cancel,
        EventExpression::Timer(_)
        | EventExpression::Condition(_)
        | EventExpression::Terminate
        | EventExpression::Link(_) => return Ok(None),
    }))
}

/// Who a message without a name is meant for: the node that a message flow leads to, whose id is
/// the name of what it waits for; else nobody but the event itself.
fn receiver<'t>(turn: &Turn<'t>, index: NodeIndex) -> &'t str {
    let process = turn.process();
    let id = process.node_id(index);
    let flows = process.model().message_flows.iter();
    let mut from_here = flows.filter(|flow| flow.source.node() == Some(id));
    from_here.find_map(|flow| flow.target.node()).unwrap_or(id).as_str()
}

/// Says what is thrown, and begins what keeps the element open; whether there is any.
fn announce(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    prepared: &[Prepared],
    carried: &Variables,
) -> bool {
    let mut stays = false;
    for it in prepared {
        let variables = carried.clone();
        match it {
            Prepared::Message { name, key } => {
                let (name, key) = (name.clone(), key.clone());
                turn.emit(Event::MessageThrown { element, name, key, variables });
            }
            Prepared::Signal { name } => {
                turn.emit(Event::SignalThrown { element, name: name.clone(), variables });
            }
            Prepared::Escalation { code, catcher, .. } => {
                let caller = turn.state().identity().is_some_and(|it| it.caller.is_some());
                let to_caller = catcher.is_none() && caller;
                turn.emit(Event::EscalationThrown { element, code: code.clone(), to_caller });
            }
            Prepared::Error { code, message, .. } => {
                let (code, message) = (code.clone(), message.clone());
                turn.emit(Event::ErrorThrown { element, code, message });
            }
            Prepared::Compensation { activity } => {
                let goes_on = goes_on(turn, index);
                stays |= compensation::throw(turn, element, *activity, goes_on);
            }
            Prepared::Cancel => stays |= transaction::cancel(turn, element, index),
        }
    }
    stays
}
