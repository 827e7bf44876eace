//! Ad-Hoc Sub-Process: people, systems or an expression choose what is done inside, and when.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Ad-Hoc Sub-Process": the completion condition is
//! asked each time an activity inside completes; without one it ends when nothing is active.

use std::sync::Arc;

use super::{ad_hoc_job, compensation, event_sub_process, sub_process};
use crate::bpmn::model::NodeIndex;
use crate::engine::definition::{AdHocExpressions, Behavior, ExecutableProcess};
use crate::engine::event::{Event, Role};
use crate::engine::expression::{self, Failure};
use crate::engine::incident::Cause;
use crate::engine::lifecycle::Phase;
use crate::engine::state::{ElementInstance, InstanceState};
use crate::engine::turn::Turn;
use crate::engine::visible::Visible;
use crate::ids::{ElementInstanceId, FlowNodeId};
use crate::value::{Value, Variables};

/// Opens the scope and starts what the model names; the rest is chosen later.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    ad_hoc: &AdHocExpressions,
    locals: Option<Variables>,
) -> Result<(), Failure> {
    let locals = with_collection(ad_hoc, locals);
    if let Some(job) = &ad_hoc.job {
        return ad_hoc_job::activate(turn, element, index, job, locals.unwrap_or_default());
    }
    let named = named(turn, element, index, ad_hoc, locals.as_ref())?;
    let starts = event_sub_process::starts(turn, element, Some(index), locals.as_ref())?;
    if let Some(locals) = locals {
        turn.set_variables(element, locals);
    }
    turn.emit(Event::ElementWaiting { element });
    for (start, waited) in starts {
        super::waiting::open(turn, element, start, waited);
    }
    for node in named {
        turn.enter(element, node, Vec::new());
    }
    Ok(())
}

/// With the list of results that is to be collected, where the model names one.
fn with_collection(ad_hoc: &AdHocExpressions, locals: Option<Variables>) -> Option<Variables> {
    let Some(name) = &ad_hoc.output_collection else { return locals };
    let mut locals = locals.unwrap_or_default();
    locals.insert(name.clone(), Value::list(Vec::new()));
    Some(locals)
}

/// The ad-hoc sub-process that `scope` visits.
fn expressions<'t>(turn: &Turn<'t>, scope: ElementInstanceId) -> Option<&'t AdHocExpressions> {
    let behavior = &turn.process().node(turn.scope_node(scope)?).behavior;
    if let Behavior::AdHoc(ad_hoc) = behavior { Some(ad_hoc) } else { None }
}

/// The list of results of `scope` with that of a flow which ends now, whose last element sees
/// `seen`; `None` where none is collected.
pub(super) fn collected(
    turn: &Turn<'_>,
    scope: ElementInstanceId,
    seen: Visible<'_>,
) -> Result<Option<Variables>, Failure> {
    let Some(ad_hoc) = expressions(turn, scope).filter(|_| !turn.holds_times(scope)) else {
        return Ok(None);
    };
    let (Some(name), Some(output)) = (&ad_hoc.output_collection, &ad_hoc.output_element) else {
        return Ok(None);
    };
    let value = output.evaluate(&seen, &turn.environment())?;
    let own = turn.state().scope(scope).and_then(|scope| scope.variables.get(name));
    let mut list = own.and_then(Value::as_list).map(<[Value]>::to_vec).unwrap_or_default();
    list.push(value);
    Ok(Some(Variables::from_iter([(name.clone(), Value::list(list))])))
}

/// The list of results that `element` gives to what is around it.
pub(super) fn output(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
) -> Option<(Arc<str>, Value)> {
    let Behavior::AdHoc(ad_hoc) = &turn.process().node(index).behavior else { return None };
    let name = ad_hoc.output_collection.as_ref()?;
    let list = turn.state().scope(element)?.variables.get(name)?;
    Some((name.clone(), list.clone()))
}

/// Ends whatever is done in `element`, with the tokens that wait in it.
pub(super) fn sweep(turn: &mut Turn<'_>, element: ElementInstanceId) {
    turn.terminate_content(element);
    if !turn.state().is_empty_scope(element) {
        turn.emit(Event::ScopeInterrupted { scope: element, closes: Some(Vec::new()) });
    }
}

/// The elements that the model starts at once.
fn named(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    ad_hoc: &AdHocExpressions,
    locals: Option<&Variables>,
) -> Result<Vec<NodeIndex>, Failure> {
    let Some(text) = &ad_hoc.active_elements else { return Ok(Vec::new()) };
    let seen = turn.visible(element).under(locals);
    let value = text.evaluate(&seen, &turn.environment())?;
    let wrong = || {
        let shown = expression::shown(&value);
        let message = format!("“{text}” must give ids of elements inside, but gave {shown}.");
        Failure { cause: Cause::ExpressionFailed, message }
    };
    if value.is_null() {
        return Ok(Vec::new());
    }
    let ids = value.as_list().ok_or_else(wrong)?.iter();
    ids.map(|id| {
        let id = id.as_str().ok_or_else(wrong)?;
        startable(turn, index, &FlowNodeId::from(id)).ok_or_else(wrong)
    })
    .collect()
}

/// The element `id` directly inside, where it can be started.
pub(in crate::engine) fn startable(
    turn: &Turn<'_>,
    scope: NodeIndex,
    id: &FlowNodeId,
) -> Option<NodeIndex> {
    let index = turn.process().node_index(id)?;
    is_choice(turn.process(), scope, index).then_some(index)
}

/// Whether `index` is directly inside and begins without a flow.
fn is_choice(process: &ExecutableProcess, scope: NodeIndex, index: NodeIndex) -> bool {
    process.model().node(index).scope == Some(scope) && process.begins_without_flow(index)
}

/// What can be started now in the ad-hoc sub-processes that are open, each with its scope.
pub fn choices(
    process: &ExecutableProcess,
    state: &InstanceState,
) -> Vec<(ElementInstanceId, FlowNodeId)> {
    let mut found = Vec::new();
    for (scope, open) in state.elements() {
        let Some(index) = process.node_index(&open.node) else { continue };
        if !accepts(process, state, scope, index) {
            continue;
        }
        let choices = choices_in(process, index);
        found.extend(choices.map(|child| (scope, process.node_id(child).clone())));
    }
    found
}

/// What can be chosen in the ad-hoc sub-process `index`.
pub(super) fn choices_in(
    process: &ExecutableProcess,
    index: NodeIndex,
) -> impl Iterator<Item = NodeIndex> + '_ {
    let inside = process.model().children_of(Some(index)).iter().copied();
    inside.filter(move |child| is_choice(process, index, *child))
}

/// Whether an element may be started now: of a sequential one only while nothing is active. The
/// body of a loop holds the times and nothing else.
pub(in crate::engine) fn accepts(
    process: &ExecutableProcess,
    state: &InstanceState,
    element: ElementInstanceId,
    index: NodeIndex,
) -> bool {
    let Behavior::AdHoc(ad_hoc) = &process.node(index).behavior else { return false };
    let Some(open) = state.element(element) else { return false };
    let holds_choices = match open.role {
        Role::Whole | Role::Body | Role::Time(_) => !open.holds_times(),
        // What stands for one that has completed only undoes it.
        Role::Compensation { .. } => {
            process.model().node(index).is_for_compensation && !open.holds_times()
        }
    };
    open.phase == Phase::Active
        && holds_choices
        && !ad_hoc_job::is_over(open)
        && (!ad_hoc.is_sequential || state.children(element).next().is_none())
}

/// Whether a condition says when the open ad-hoc sub-process `open` is over.
pub(in crate::engine) fn has_condition(turn: &Turn<'_>, open: &ElementInstance) -> bool {
    let index = turn.process().node_index(&open.node);
    let behavior = index.map(|index| &turn.process().node(index).behavior);
    open.phase == Phase::Active
        && matches!(behavior, Some(Behavior::AdHoc(ad_hoc)) if ad_hoc.completion.is_some())
}

/// Something inside has ended: the sub-process may be over.
pub(in crate::engine) fn settle(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
) -> Result<(), Failure> {
    let Behavior::AdHoc(ad_hoc) = &turn.process().node(index).behavior else { return Ok(()) };
    if compensation::stands_for(turn, element, index).is_some() {
        sub_process::settle(turn, element, index);
        return Ok(());
    }
    if ad_hoc.job.is_some() || turn.state().element(element).is_some_and(ad_hoc_job::is_over) {
        ad_hoc_job::settle(turn, element, index);
        return Ok(());
    }
    let is_empty = turn.state().is_empty_scope(element);
    let is_over = match &ad_hoc.completion {
        None => is_empty,
        Some(condition) => {
            let value = condition.evaluate(&turn.visible(element), &turn.environment())?;
            let holds = value.as_bool().ok_or_else(|| {
                let shown = expression::shown(&value);
                let message = format!("“{condition}” must be true or false, but gave {shown}.");
                Failure { cause: Cause::ConditionFailed, message }
            })?;
            holds && (is_empty || ad_hoc.cancels_remaining)
        }
    };
    if is_over {
        sweep(turn, element);
        turn.emit(Event::ElementFinished { element });
        turn.complete(element, index);
    }
    Ok(())
}
