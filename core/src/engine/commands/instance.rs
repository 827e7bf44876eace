//! Commands about the instance as a whole: start, set variables, terminate.

use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::Status;
use crate::engine::turn::Turn;
use crate::ids::{DefinitionKey, ElementInstanceId, InstanceId};
use crate::value::Variables;

/// Bound on a business key, in characters.
pub const BUSINESS_KEY_CHARACTERS_MAX: usize = 256;

/// What an instance starts with.
pub(super) struct Start<'c> {
    pub(super) instance: InstanceId,
    pub(super) definition: DefinitionKey,
    pub(super) business_key: Option<&'c str>,
    pub(super) variables: &'c Variables,
}

/// Starts the instance at the none start event.
pub(super) fn start(turn: &mut Turn<'_>, start: &Start<'_>) -> Result<(), Rejection> {
    if turn.state().status() != Status::NotStarted {
        return Err(Rejection::AlreadyStarted);
    }
    if start.definition != turn.process().key() {
        return Err(Rejection::NotDeployed);
    }
    let max = BUSINESS_KEY_CHARACTERS_MAX;
    if start.business_key.is_some_and(|key| key.chars().nth(max).is_some()) {
        return Err(Rejection::BusinessKeyTooLong { max });
    }
    turn.emit(Event::InstanceStarted {
        instance: start.instance,
        process: turn.process().id().clone(),
        definition: start.definition,
        business_key: start.business_key.map(str::to_owned),
        variables: start.variables.clone(),
        by: turn.by().cloned(),
    });
    turn.enter(ElementInstanceId::ROOT, turn.process().start(), Vec::new());
    Ok(())
}

/// Sets variables of a scope by hand.
pub(super) fn set_variables(
    turn: &mut Turn<'_>,
    scope: ElementInstanceId,
    variables: &Variables,
) -> Result<(), Rejection> {
    if scope != ElementInstanceId::ROOT && turn.state().element(scope).is_none() {
        return Err(Rejection::NoSuchScope(scope));
    }
    if !variables.is_empty() {
        let by = turn.by().cloned();
        turn.emit(Event::VariablesSet { scope, variables: variables.clone(), by });
    }
    Ok(())
}

/// Ends the instance before its time.
pub(super) fn terminate(turn: &mut Turn<'_>, reason: &str) {
    turn.terminate_elements();
    turn.emit(Event::InstanceTerminated { reason: reason.to_owned(), by: turn.by().cloned() });
}
