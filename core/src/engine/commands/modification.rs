//! Modification of a running instance by hand.
//!
//! What is to be ended ends first; then whatever is to be entered is entered, so that both together
//! move a token; only then does the work of what was entered begin. A scope that is left empty is
//! ended as well, without a token leaving it, and so is the instance. Of a suspended instance, the
//! work begins at its resumption.

use std::collections::BTreeSet;

use crate::bpmn::model::{FlowNodeKind, NodeIndex};
use crate::engine::behavior;
use crate::engine::definition::Behavior;
use crate::engine::event::{Event, Role};
use crate::engine::lifecycle::Phase;
use crate::engine::modification::{Activation, Barred, Termination};
use crate::engine::rejection::Rejection;
use crate::engine::state::{ElementInstance, Work};
use crate::engine::turn::Turn;
use crate::ids::{ElementInstanceId, FlowNodeId, SequenceFlowId};
use crate::value::Variables;

/// Why an instance ended that a modification has emptied.
const EMPTIED: &str = "A modification left nothing to do.";

/// Ends and enters what is asked for, or refuses all of it.
pub(super) fn modify(
    turn: &mut Turn<'_>,
    terminate: &[Termination],
    activate: &[Activation],
) -> Result<(), Rejection> {
    if terminate.is_empty() && activate.is_empty() {
        return Err(Rejection::NothingAsked);
    }
    let mut ended = Ended::default();
    for asked in terminate {
        ended.find(turn, asked)?;
    }
    for asked in activate {
        enterable(turn, &asked.node)?;
    }
    // Which scopes are open is known only when something has ended: what was done is undone
    // where the rest does not fit.
    turn.all_or_nothing(|turn| {
        let (terminate, asked) = (terminate.to_vec(), activate.to_vec());
        turn.emit(Event::InstanceModified { terminate, activate: asked, by: turn.by().cloned() });
        carry_out(turn, &ended, activate)
    })
}

/// What is to be ended.
#[derive(Default)]
struct Ended {
    elements: BTreeSet<ElementInstanceId>,
    nodes: BTreeSet<NodeIndex>,
    tokens: Vec<(ElementInstanceId, Vec<SequenceFlowId>)>,
}

impl Ended {
    fn find(&mut self, turn: &Turn<'_>, asked: &Termination) -> Result<(), Rejection> {
        let refuse = || Rejection::NothingOpen(asked.clone());
        match asked {
            Termination::Element(element) => {
                turn.state().element(*element).ok_or_else(refuse)?;
                self.elements.insert(*element);
            }
            Termination::Node(id) => {
                let node = known(turn, id)?;
                // The times of a loop end with its body.
                let is_meant = |open: &ElementInstance| {
                    open.node == *id && !matches!(open.role, Role::Time(_))
                };
                let open = turn.state().elements().filter(|(_, open)| is_meant(open));
                let elements: Vec<_> = open.map(|(element, _)| element).collect();
                let tokens = tokens_before(turn, node);
                if elements.is_empty() && tokens.is_empty() {
                    return Err(refuse());
                }
                self.elements.extend(elements);
                // Who is named twice is ended once.
                if self.nodes.insert(node) {
                    self.tokens.extend(tokens);
                }
            }
        }
        Ok(())
    }
}

/// The tokens that wait before `node`, by scope.
fn tokens_before(
    turn: &Turn<'_>,
    node: NodeIndex,
) -> Vec<(ElementInstanceId, Vec<SequenceFlowId>)> {
    let incoming = &turn.process().model().node(node).incoming;
    let mut found = Vec::new();
    for scope in turn.state().scopes_with_tokens() {
        let Some(tokens) = turn.state().scope(scope) else { continue };
        let waiting = incoming.iter().flat_map(|flow| {
            let flow = turn.process().flow_id(*flow);
            let count = usize::try_from(tokens.tokens_at(flow)).unwrap_or(usize::MAX);
            std::iter::repeat_n(flow.clone(), count)
        });
        let waiting: Vec<_> = waiting.collect();
        if !waiting.is_empty() {
            found.push((scope, waiting));
        }
    }
    found
}

fn known(turn: &Turn<'_>, id: &FlowNodeId) -> Result<NodeIndex, Rejection> {
    turn.process().node_index(id).ok_or_else(|| Rejection::NoSuchNode(id.clone()))
}

/// The node `id`, where a token may come to it by hand.
fn enterable(turn: &Turn<'_>, id: &FlowNodeId) -> Result<NodeIndex, Rejection> {
    let index = known(turn, id)?;
    let model = turn.process().model();
    let node = model.node(index);
    let starts_by_event = matches!(node.kind, FlowNodeKind::StartEvent(_))
        && node.scope.is_some_and(|scope| model.node(scope).kind.is_event_sub_process());
    let why = if matches!(node.kind, FlowNodeKind::BoundaryEvent(_)) {
        Barred::BoundaryEvent
    } else if node.kind.is_event_sub_process() || starts_by_event {
        Barred::EventSubProcess
    } else if node.is_for_compensation {
        Barred::Compensation
    } else {
        return Ok(index);
    };
    Err(Rejection::CannotActivate { node: id.clone(), why })
}

fn carry_out(turn: &mut Turn<'_>, ended: &Ended, activate: &[Activation]) -> Result<(), Rejection> {
    let (left, waiting) = end(turn, ended);
    for asked in activate {
        set(turn, ElementInstanceId::ROOT, &asked.variables);
    }
    let entered: Vec<_> =
        activate.iter().map(|asked| enter(turn, asked)).collect::<Result<_, Rejection>>()?;
    sweep(turn, left);
    if turn.state().is_empty_scope(ElementInstanceId::ROOT) {
        turn.terminate_elements();
        let (reason, by) = (EMPTIED.to_owned(), turn.by().cloned());
        turn.emit(Event::InstanceTerminated { reason, by });
        return Ok(());
    }
    for element in waiting {
        match turn.state().element(element).and_then(|open| open.work.as_ref()) {
            Some(Work::Loop(_)) => turn.repeat(element),
            Some(Work::Compensation(_)) => turn.compensate(element),
            Some(Work::Job(_) | Work::UserTask(_) | Work::Call | Work::Directed(_)) | None => {}
        }
    }
    if turn.state().is_suspended() {
        return Ok(());
    }
    for (element, node) in entered {
        // What was entered before may have ended it.
        if turn.state().element(element).is_some() {
            turn.begin_work(element, node);
        }
    }
    Ok(())
}

/// Ends what is to be ended: gives the scopes in which something was, and who may have waited for
/// it.
fn end(
    turn: &mut Turn<'_>,
    ended: &Ended,
) -> (BTreeSet<ElementInstanceId>, BTreeSet<ElementInstanceId>) {
    let (mut left, mut waiting) = (BTreeSet::new(), BTreeSet::new());
    let compensating = |turn: &Turn<'_>| -> BTreeSet<_> {
        let all = turn.state().elements();
        all.filter(|(_, open)| open.compensation().is_some()).map(|(element, _)| element).collect()
    };
    let before = compensating(turn);
    for element in ended.elements.iter().copied() {
        let Some(open) = turn.state().element(element) else { continue };
        left.insert(open.scope);
        match open.role {
            Role::Time(_) => waiting.insert(open.scope),
            Role::Compensation { thrower, .. } => waiting.insert(thrower),
            Role::Whole | Role::Body => false,
        };
        turn.terminate(element);
    }
    // With the event that waits for a compensation, the compensation ends.
    let gone = &before - &compensating(turn);
    let is_of_gone = |open: &ElementInstance| matches!(open.role, Role::Compensation { thrower, .. } if gone.contains(&thrower));
    let handlers = turn.state().elements().filter(|(_, open)| is_of_gone(open));
    let handlers: Vec<_> = handlers.map(|(element, open)| (element, open.scope)).collect();
    for (element, scope) in handlers {
        left.insert(scope);
        turn.terminate(element);
    }
    for (scope, flows) in &ended.tokens {
        if *scope == ElementInstanceId::ROOT || turn.state().element(*scope).is_some() {
            left.insert(*scope);
            turn.emit(Event::TokensRemoved { scope: *scope, flows: flows.clone() });
            turn.touch(*scope);
        }
    }
    (left, waiting)
}

fn set(turn: &mut Turn<'_>, scope: ElementInstanceId, variables: &Variables) {
    if !variables.is_empty() {
        let (variables, by) = (variables.clone(), turn.by().cloned());
        turn.emit(Event::VariablesSet { scope, variables, by });
    }
}

/// Records the visit that is asked for, in its scope; its work has not begun then.
fn enter(
    turn: &mut Turn<'_>,
    asked: &Activation,
) -> Result<(ElementInstanceId, NodeIndex), Rejection> {
    let index = enterable(turn, &asked.node)?;
    let scope = scope_around(turn, index, asked.ancestor)
        .map_err(|why| Rejection::CannotActivate { node: asked.node.clone(), why })?;
    let is_body = turn.process().node(index).repetition.is_some();
    let role = if is_body { Role::Body } else { Role::Whole };
    let element = turn.activated(scope, index, Vec::new(), role);
    set(turn, element, &asked.locals);
    Ok((element, index))
}

/// The scope in which `node` is entered; what is not open of it is entered freshly.
fn scope_around(
    turn: &mut Turn<'_>,
    node: NodeIndex,
    ancestor: Option<ElementInstanceId>,
) -> Result<ElementInstanceId, Barred> {
    let model = turn.process().model();
    // From the innermost to the outermost.
    let around: Vec<NodeIndex> =
        std::iter::successors(model.node(node).scope, |scope| model.node(*scope).scope).collect();
    let (mut scope, depth) = match ancestor {
        Some(ElementInstanceId::ROOT) => (ElementInstanceId::ROOT, around.len()),
        Some(ancestor) => {
            let refuse = || Barred::Ancestor(ancestor);
            let index = turn.scope_node(ancestor).ok_or_else(refuse)?;
            let depth = around.iter().position(|it| *it == index).ok_or_else(refuse)?;
            if !open_scopes(turn, index).contains(&ancestor) {
                return Err(refuse());
            }
            (ancestor, depth)
        }
        None => innermost_open(turn, &around)?,
    };
    for index in around[..depth].iter().rev().copied() {
        let id = turn.process().node_id(index).clone();
        if turn.process().node(index).repetition.is_some() {
            return Err(Barred::LoopNotOpen(id));
        }
        if turn.process().model().node(index).is_for_compensation {
            return Err(Barred::Compensation);
        }
        scope = turn.activated(scope, index, Vec::new(), Role::Whole);
        behavior::sub_process::open(turn, scope, index)
            .map_err(|failure| Barred::Scope { scope: id, message: failure.message })?;
    }
    Ok(scope)
}

/// The only visit to the innermost of the scopes `around` that is open, and how many of them lie
/// in it.
fn innermost_open(
    turn: &Turn<'_>,
    around: &[NodeIndex],
) -> Result<(ElementInstanceId, usize), Barred> {
    for (depth, index) in around.iter().enumerate() {
        match open_scopes(turn, *index).as_slice() {
            [] => {}
            [only] => return Ok((*only, depth)),
            several => return Err(Barred::SeveralScopes(several.to_vec())),
        }
    }
    Ok((ElementInstanceId::ROOT, around.len()))
}

/// The visits to a sub-process that hold what is in it.
fn open_scopes(turn: &Turn<'_>, index: NodeIndex) -> Vec<ElementInstanceId> {
    let id = turn.process().node_id(index);
    let holds_content = |open: &ElementInstance| {
        open.node == *id && !open.holds_times() && open.phase == Phase::Active
    };
    let open = turn.state().elements().filter(|(_, open)| holds_content(open));
    open.map(|(element, _)| element).collect()
}

/// Ends the scopes of `left` that hold nothing any longer, and those around them.
fn sweep(turn: &mut Turn<'_>, mut left: BTreeSet<ElementInstanceId>) {
    // What is inside has the higher number.
    while let Some(scope) = left.pop_last() {
        let Some(open) = turn.state().element(scope) else { continue };
        if turn.state().is_empty_scope(scope) && !waits_empty(turn, open) {
            left.insert(open.scope);
            turn.terminate(scope);
        }
    }
}

/// Whether a scope without content waits for something all the same: the next compensation, or the
/// next choice of an ad-hoc sub-process whose condition says when it is over.
fn waits_empty(turn: &Turn<'_>, open: &ElementInstance) -> bool {
    let index = turn.process().node_index(&open.node);
    let behavior = index.map(|index| &turn.process().node(index).behavior);
    let is_chosen_in = !open.holds_times()
        && matches!(
            behavior,
            Some(Behavior::AdHoc(ad_hoc)) if ad_hoc.completion.is_some() || ad_hoc.job.is_some()
        );
    is_chosen_in || open.compensation().is_some()
}
