//! What reaches an instance from outside: messages, signals, timers, the ends of called instances.
//!
//! Who is meant by a message is settled before a request is made; here only one thing counts: it
//! is still waited for.

use std::sync::Arc;

use crate::engine::behavior::{ad_hoc, call_activity, occurrence, signal_event, thrown};
use crate::engine::command::CallOutcome;
use crate::engine::event::{Event, Waited};
use crate::engine::rejection::Rejection;
use crate::engine::state::Work;
use crate::engine::turn::Turn;
use crate::ids::{ElementInstanceId, FlowNodeId, SubscriptionId};
use crate::value::Variables;

/// What `subscription` waits for has occurred. A timer has to be due, unless its model does not
/// say when that is.
pub(super) fn trigger(
    turn: &mut Turn<'_>,
    subscription: SubscriptionId,
    variables: &Variables,
) -> Result<(), Rejection> {
    let refuse = || Rejection::NoSuchSubscription(subscription);
    let open = turn.state().subscription(subscription).ok_or_else(refuse)?;
    if let Waited::Timer { due, .. } = &open.waits
        && *due > turn.environment().now
        && *due != crate::time::Timestamp::MAX
    {
        return Err(Rejection::NotDue(subscription));
    }
    occurrence::trigger(turn, subscription, variables);
    Ok(())
}

/// All subscriptions of a signal hear it.
pub(super) fn broadcast(turn: &mut Turn<'_>, name: &Arc<str>, variables: &Variables) {
    signal_event::hear(turn, name, variables);
}

/// The called instance has ended.
pub(super) fn end_call(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    outcome: &CallOutcome,
) -> Result<(), Rejection> {
    let index = require_call(turn, element)?;
    if let Err(failure) = call_activity::end(turn, element, index, outcome) {
        turn.raise_incident(element, failure);
    }
    Ok(())
}

/// The called instance let an escalation through; where nothing catches it, nothing happens.
pub(super) fn escalate_call(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    code: &Arc<str>,
) -> Result<(), Rejection> {
    require_call(turn, element)?;
    let escalation = thrown::Thrown::Escalation { code: code.clone() };
    let caller = turn.state().identity().is_some_and(|identity| identity.caller.is_some());
    match thrown::find(turn, element, &escalation) {
        Ok(catcher) => {
            let to_caller = caller && catcher.is_none();
            turn.emit(Event::EscalationThrown { element, code: code.clone(), to_caller });
            if let Some(catcher) = catcher {
                thrown::catch(turn, catcher, &escalation, &Variables::default());
            }
        }
        Err(failure) => turn.raise_incident(element, failure),
    }
    Ok(())
}

fn require_call(
    turn: &Turn<'_>,
    element: ElementInstanceId,
) -> Result<crate::bpmn::model::NodeIndex, Rejection> {
    let refuse = || Rejection::NoSuchCall(element);
    let open = turn.state().element(element).ok_or_else(refuse)?;
    if !matches!(open.work, Some(Work::Call)) {
        return Err(refuse());
    }
    turn.process().node_index(&open.node).ok_or(Rejection::NotDeployed)
}

/// Starts an element of an ad-hoc sub-process.
pub(super) fn start_ad_hoc(
    turn: &mut Turn<'_>,
    scope: ElementInstanceId,
    node: &FlowNodeId,
    variables: &Variables,
) -> Result<(), Rejection> {
    let index = turn.scope_node(scope).ok_or(Rejection::NoSuchScope(scope))?;
    let refuse = || Rejection::CannotStart(node.clone());
    if !ad_hoc::accepts(turn.process(), turn.state(), scope, index) {
        return Err(refuse());
    }
    let start = ad_hoc::startable(turn, index, node).ok_or_else(refuse)?;
    turn.set_variables(scope, variables.clone());
    turn.enter(scope, start, Vec::new());
    Ok(())
}
