//! Commands about the instance as a whole: start, set variables, suspend, resume,
//! terminate.

use crate::bpmn::model::{FlowNodeKind, NodeIndex};
use crate::engine::behavior;
use crate::engine::event::{Caller, Event, Role, Waited};
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
    pub(super) occurred: Option<&'c Waited>,
    pub(super) caller: Option<&'c Caller>,
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
    let entries = process.entries_of_process();
    if let (None, [], Some(first)) = (at, entries.as_slice(), process.model().children.first()) {
        return Err(Rejection::CannotStart(process.node_id(*first).clone()));
    }
    // What an event sub-process waits for must be known, or the instance would never hear it.
    let root = ElementInstanceId::ROOT;
    let variables = process.first_variables(start.variables);
    let starts = behavior::event_sub_process::starts(turn, root, None, Some(&variables));
    let Ok(starts) = starts else {
        let first = process.event_sub_processes(None).next();
        let (_, event) = first.expect("only event sub-processes wait");
        return Err(Rejection::CannotStart(process.node_id(event).clone()));
    };
    let rest = match at {
        Some(node) => still_awaited(turn, node, start.occurred, &variables)?,
        None => Vec::new(),
    };
    turn.emit(Event::InstanceStarted {
        instance: start.instance,
        process: turn.process().id().clone(),
        definition: start.definition,
        business_key: start.business_key.map(str::to_owned),
        variables,
        by: turn.by().cloned(),
        caller: start.caller.cloned(),
    });
    for (node, waited) in starts {
        behavior::waiting::open(turn, root, node, waited);
    }
    match at {
        Some(node) => begin_at(turn, node, rest),
        None => entries.into_iter().for_each(|entry| turn.enter(root, entry, Vec::new())),
    }
    Ok(())
}

/// What of a parallel multiple start event has still to occur, by number of the definition. All of
/// it must be known, or the instance would never hear it.
fn still_awaited(
    turn: &Turn<'_>,
    node: NodeIndex,
    occurred: Option<&Waited>,
    variables: &Variables,
) -> Result<Vec<(u32, Waited)>, Rejection> {
    let process = turn.process();
    let kind = &process.model().node(node).kind;
    if !matches!(kind, FlowNodeKind::StartEvent(event) if event.catch.is_parallel) {
        return Ok(Vec::new());
    }
    let seen = turn.visible(ElementInstanceId::ROOT).under(Some(variables));
    let mut awaited = behavior::waiting::evaluate_start(turn, node, seen);
    let is_it = |waited: &Waited| match (waited, occurred) {
        (_, None)
        | (Waited::Timer { .. }, Some(Waited::Timer { .. }))
        | (Waited::Condition { .. }, Some(Waited::Condition { .. })) => true,
        (Waited::Message { name, .. }, Some(Waited::Message { name: occurred, .. }))
        | (Waited::Signal { name }, Some(Waited::Signal { name: occurred })) => name == occurred,
        (
            Waited::Message { .. }
            | Waited::Signal { .. }
            | Waited::Timer { .. }
            | Waited::Condition { .. },
            Some(_),
        ) => false,
    };
    let is_whole = awaited.len() == process.node(node).events.len();
    let occurred = awaited.iter().position(|(_, waited)| is_it(waited)).filter(|_| is_whole);
    let refuse = || Rejection::CannotStart(process.node_id(node).clone());
    awaited.remove(occurred.ok_or_else(refuse)?);
    Ok(awaited)
}

/// Begins where the event `node` has occurred, of which `rest` is still to come.
fn begin_at(turn: &mut Turn<'_>, node: NodeIndex, rest: Vec<(u32, Waited)>) {
    let (process, root) = (turn.process(), ElementInstanceId::ROOT);
    if !rest.is_empty() {
        let element = turn.activated(root, node, Vec::new(), Role::Whole);
        behavior::waiting::open(turn, element, node, rest);
        turn.emit(Event::ElementWaiting { element });
    } else if process.is_event(node) {
        behavior::occurrence::pass(turn, root, node, Vec::new(), &Variables::default());
    } else {
        turn.enter(root, node, Vec::new());
    }
    let beside = process.started_beside(node);
    for entry in beside.into_iter().chain(process.entries_beside(node, None)) {
        turn.enter(root, entry, Vec::new());
    }
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
pub(super) fn suspend(turn: &mut Turn<'_>, reason: &str) {
    if !turn.state().is_suspended() {
        turn.emit(Event::InstanceSuspended { reason: reason.to_owned(), by: turn.by().cloned() });
    }
}

/// Lets the instance go on, with whatever could have gone on meanwhile.
pub(super) fn resume(turn: &mut Turn<'_>) {
    if turn.state().is_suspended() {
        turn.emit(Event::InstanceResumed { by: turn.by().cloned() });
        turn.look_everywhere();
    }
}
