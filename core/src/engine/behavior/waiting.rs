//! Events that are waited for: what an event of the model means here and now, and who waits.
//!
//! BPMN 2.0.2, "Execution Semantics", clauses "Intermediate Events" and "Receive Task".

use std::sync::Arc;

use super::timer;
use crate::bpmn::model::{FlowNodeKind, NodeIndex};
use crate::engine::definition::{EventExpression, MessageExpressions};
use crate::engine::event::{Event, Waited};
use crate::engine::expression::{self, Expression, Failure};
use crate::engine::incident::Cause;
use crate::engine::turn::Turn;
use crate::engine::visible::Visible;
use crate::ids::ElementInstanceId;
use crate::time::Timestamp;

/// What the events of `node` wait for, by number of the definition. Events that are only thrown to
/// it (errors, escalations, compensation, cancellation) have no subscription.
pub(in crate::engine) fn evaluate(
    turn: &Turn<'_>,
    node: NodeIndex,
    variables: Visible<'_>,
) -> Result<Vec<(u32, Waited)>, Failure> {
    let mut waited = Vec::new();
    for (number, event) in (0..).zip(&turn.process().node(node).events) {
        waited.extend(evaluate_one(turn, node, event, variables)?.map(|waits| (number, waits)));
    }
    if is_bare(&turn.process().model().node(node).kind) {
        waited.push((0, Waited::Timer { due: Timestamp::MAX, cycle: None }));
    }
    Ok(waited)
}

/// Whether an event that is caught does not say what it is, as in a drawing: it is triggered by hand.
fn is_bare(kind: &FlowNodeKind) -> bool {
    let catches =
        matches!(kind, FlowNodeKind::IntermediateCatchEvent(_) | FlowNodeKind::BoundaryEvent(_));
    catches && kind.event_definitions().is_empty()
}

/// What the events of `node` wait for as long as there is no instance, by number of the definition;
/// what cannot be evaluated is left out. Whose a message is can then
/// seldom be said: a key that cannot be evaluated is none.
pub(in crate::engine) fn evaluate_start(
    turn: &Turn<'_>,
    node: NodeIndex,
    variables: Visible<'_>,
) -> Vec<(u32, Waited)> {
    let evaluate = |event: &EventExpression| {
        if let EventExpression::Message(MessageExpressions { name, key: Some(key) }) = event {
            let name = named(turn, node, name.as_ref(), variables).ok()?;
            return Some(Waited::Message { name, key: text(key, variables, turn).ok() });
        }
        evaluate_one(turn, node, event, variables).ok().flatten()
    };
    let events = (0..).zip(&turn.process().node(node).events);
    events.filter_map(|(number, event)| Some((number, evaluate(event)?))).collect()
}

fn evaluate_one(
    turn: &Turn<'_>,
    node: NodeIndex,
    event: &EventExpression,
    variables: Visible<'_>,
) -> Result<Option<Waited>, Failure> {
    let environment = turn.environment();
    let named = |name: Option<&Expression>| named(turn, node, name, variables);
    Ok(Some(match event {
        EventExpression::Message(message) => Waited::Message {
            name: named(message.name.as_ref())?,
            key: message.key.as_ref().map(|key| text(key, variables, turn)).transpose()?,
        },
        // Signals without a name are all the same one.
        EventExpression::Signal(None) => Waited::Signal { name: Arc::from("") },
        EventExpression::Signal(name) => Waited::Signal { name: named(name.as_ref())? },
        EventExpression::Timer(timer) => timer::begin(timer, variables, &environment)?,
        EventExpression::Condition(_) => Waited::Condition { holds: false },
        EventExpression::Error { .. }
        | EventExpression::Escalation { .. }
        | EventExpression::Compensation { .. }
        | EventExpression::Cancel
        | EventExpression::Terminate
        | EventExpression::Link(_) => return Ok(None),
    }))
}

/// The name of a message or signal; the id of the event where it has none.
fn named(
    turn: &Turn<'_>,
    node: NodeIndex,
    name: Option<&Expression>,
    variables: Visible<'_>,
) -> Result<Arc<str>, Failure> {
    match name {
        Some(name) => text(name, variables, turn),
        None => Ok(Arc::from(turn.process().node_id(node).as_str())),
    }
}

/// A name, a key or a code: text, or a number written as text.
pub(super) fn text(
    expression: &Expression,
    variables: Visible<'_>,
    turn: &Turn<'_>,
) -> Result<Arc<str>, Failure> {
    let value = expression.evaluate(&variables, &turn.environment())?;
    if let Some(text) = value.as_str() {
        return Ok(Arc::from(text));
    }
    if value.as_number().is_some() {
        return Ok(Arc::from(value.to_json()));
    }
    let shown = expression::shown(&value);
    let message = format!("“{expression}” must be a text or a number, but gave {shown}.");
    Err(Failure { cause: Cause::ExpressionFailed, message })
}

/// `element` waits for the events of `node` from now on.
pub(in crate::engine) fn open(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    node: NodeIndex,
    waited: Vec<(u32, Waited)>,
) {
    for (definition, waits) in waited {
        let subscription = turn.state().next_subscription();
        let id = turn.process().node_id(node).clone();
        turn.emit(Event::SubscriptionOpened { subscription, element, node: id, definition, waits });
    }
}
