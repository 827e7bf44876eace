//! Commands about the instance as a whole: start, set variables, suspend, resume,
//! terminate.

use crate::engine::behavior;
use crate::engine::event::{Caller, Event};
use crate::engine::rejection::Rejection;
use crate::engine::state::Status;
use crate::engine::turn::Turn;
use crate::ids::{DefinitionKey, ElementInstanceId, FlowNodeId, InstanceId};
use crate::value::Variables;

/// Bound on a business key, in characters.
pub const BUSINESS_KEY_CHARACTERS_MAX: usize = 256;

/// What an instance starts with.
pub(super) struct Start<'c> {
    pub(super) instance: InstanceId,
    pub(super) definition: DefinitionKey,
    pub(super) business_key: Option<&'c str>,
    pub(super) variables: &'c Variables,
    pub(super) node: Option<&'c FlowNodeId>,
    pub(super) caller: Option<Caller>,
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
    let process = turn.process();
    let at = match start.node {
        None => None,
        Some(id) => {
            let refuse = || Rejection::CannotStart(id.clone());
            let node = process.node_index(id).ok_or_else(refuse)?;
            let is_outside = process.model().node(node).scope.is_none();
            Some(node).filter(|_| is_outside).ok_or_else(refuse).map(Some)?
        }
    };
    let entries = process.entries(None);
    if let (None, [], Some(first)) = (at, entries.as_slice(), process.model().children.first()) {
        return Err(Rejection::CannotStart(process.node_id(*first).clone()));
    }
    // What an event sub-process waits for must be known, or the instance would never hear it.
    let root = ElementInstanceId::ROOT;
    let starts = behavior::sub_process::starts(turn, root, None, Some(start.variables));
    let Ok(starts) = starts else {
        let first = process.event_sub_processes(None).next();
        let (_, event) = first.expect("only event sub-processes wait");
        return Err(Rejection::CannotStart(process.node_id(event).clone()));
    };
    turn.emit(Event::InstanceStarted {
        instance: start.instance,
        process: turn.process().id().clone(),
        definition: start.definition,
        business_key: start.business_key.map(str::to_owned),
        variables: start.variables.clone(),
        by: turn.by().cloned(),
        caller: start.caller,
    });
    for (node, waited) in starts {
        behavior::waiting::open(turn, root, node, waited);
    }
    if let Some(node) = at {
        if process.is_event(node) {
            behavior::occurrence::pass(turn, root, node, Vec::new(), &Variables::default());
        } else {
            turn.enter(root, node, Vec::new());
        }
        for entry in process.entries_beside(node, None) {
            turn.enter(root, entry, Vec::new());
        }
        return Ok(());
    }
    for entry in entries {
        turn.enter(root, entry, Vec::new());
    }
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

/// Stops the instance where it stands.
pub(super) fn suspend(turn: &mut Turn<'_>) {
    if !turn.state().is_suspended() {
        turn.emit(Event::InstanceSuspended { by: turn.by().cloned() });
    }
}

/// Lets the instance go on, with whatever could have gone on meanwhile.
pub(super) fn resume(turn: &mut Turn<'_>) {
    if turn.state().is_suspended() {
        turn.emit(Event::InstanceResumed { by: turn.by().cloned() });
        turn.look_everywhere();
    }
}
