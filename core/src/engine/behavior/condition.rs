//! Conditional events: they occur when their condition becomes true.
//!
//! BPMN 2.0.2, "Conditional Event Definition". A condition is asked when its waiting begins and
//! when a variable changes that it mentions, or that the model says to watch. One that yields
//! neither true nor false is an incident at the visit that waits, which is over as soon as it can
//! be told; an event sub-process of the process itself has no visit, and waits.

use super::occurrence;
use crate::bpmn::model::NodeIndex;
use crate::engine::changes::Changes;
use crate::engine::definition::{ConditionExpression, EventExpression};
use crate::engine::event::{Event, Waited};
use crate::engine::expression::{self, Failure};
use crate::engine::incident::Cause;
use crate::engine::state::Subscription;
use crate::engine::turn::Turn;
use crate::engine::visible::Visible;
use crate::ids::{ElementInstanceId, SubscriptionId};
use crate::value::Variables;

/// Lets events occur whose condition has become true by `changes`, the oldest first.
pub(in crate::engine) fn look(turn: &mut Turn<'_>, changes: &Changes) {
    let subscriptions: Vec<_> = turn.state().conditions().collect();
    for subscription in subscriptions {
        let Some(open) = turn.state().subscription(subscription) else { continue };
        let Some(condition) = condition(turn, open) else { continue };
        if changes.concern(subscription, condition) {
            ask(turn, subscription, condition);
        }
    }
}

fn condition<'t>(turn: &Turn<'t>, open: &Subscription) -> Option<&'t ConditionExpression> {
    let node = turn.process().node_index(&open.node)?;
    of_event(turn.process().node(node).events.get(open.definition as usize)?)
}

fn of_event(event: &EventExpression) -> Option<&ConditionExpression> {
    match event {
        EventExpression::Condition(condition) => condition.as_ref(),
        EventExpression::Message(_)
        | EventExpression::Timer(_)
        | EventExpression::Signal(_)
        | EventExpression::Error { .. }
        | EventExpression::Escalation { .. }
        | EventExpression::Compensation { .. }
        | EventExpression::Cancel
        | EventExpression::Terminate
        | EventExpression::Link(_) => None,
    }
}

fn ask(turn: &mut Turn<'_>, subscription: SubscriptionId, condition: &ConditionExpression) {
    let Some(open) = turn.state().subscription(subscription) else { return };
    let Waited::Condition { holds: held } = open.waits else { return };
    let (element, failed) = (open.element, open.incident);
    let is_open = failed.is_some_and(|incident| turn.state().incident(incident).is_some());
    match holds(turn, turn.visible(element), condition) {
        Ok(holds) => {
            if let Some(incident) = failed.filter(|_| is_open) {
                turn.emit(Event::IncidentResolved { incident, by: None });
            }
            if holds != held || failed.is_some() {
                turn.emit(Event::ConditionChanged { subscription, holds, incident: None });
            }
            if holds && !held {
                occurrence::trigger(turn, subscription, &Variables::default());
            }
        }
        Err(failure) => {
            let can_be_helped = element != ElementInstanceId::ROOT && !is_open;
            let incident = can_be_helped.then(|| turn.state().next_incident());
            if incident.is_some() {
                turn.raise_incident(element, failure);
            }
            if incident.is_some() || held {
                let incident = incident.or(failed);
                turn.emit(Event::ConditionChanged { subscription, holds: false, incident });
            }
        }
    }
}

/// Whether the condition of the start event `node` holds with the data that are given; `None` where
/// it has none.
pub(in crate::engine) fn starts(
    turn: &Turn<'_>,
    node: NodeIndex,
    variables: &Variables,
) -> Option<Result<bool, Failure>> {
    let condition = turn.process().node(node).events.iter().find_map(of_event)?;
    let seen = turn.visible(ElementInstanceId::ROOT).under(Some(variables));
    Some(holds(turn, seen, condition))
}

fn holds(
    turn: &Turn<'_>,
    seen: Visible<'_>,
    condition: &ConditionExpression,
) -> Result<bool, Failure> {
    let text = &condition.text;
    let value = text.evaluate(&seen, &turn.environment())?;
    value.as_bool().ok_or_else(|| {
        let shown = expression::shown(&value);
        let message = format!("The condition “{text}” must be true or false, but gave {shown}.");
        Failure { cause: Cause::ConditionFailed, message }
    })
}
