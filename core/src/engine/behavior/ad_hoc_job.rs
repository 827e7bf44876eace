//! Ad-Hoc Sub-Process that a job directs: a worker chooses what is done inside, and when it is over.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Ad-Hoc Sub-Process", leaves the choice to whoever
//! performs it. A job asks for it when the sub-process begins and each time a flow inside has ended;
//! a job that is still open then gives way to a new one, so that the worker sees what has come of it.

use std::sync::Arc;

use super::{ad_hoc, compensation, event_sub_process, service_task};
use crate::bpmn::model::NodeIndex;
use crate::engine::command::Direction;
use crate::engine::definition::{
    AdHocExpressions, Behavior, ExecutableProcess, ServiceTaskExpressions,
};
use crate::engine::event::{Event, Role};
use crate::engine::expression::Failure;
use crate::engine::lifecycle::Phase;
use crate::engine::rejection::Rejection;
use crate::engine::state::{Directed, ElementInstance, Work};
use crate::engine::turn::Turn;
use crate::ids::ElementInstanceId;
use crate::value::{Value, Variables};

/// The variable of the sub-process that tells a worker what it can choose from.
const ELEMENTS: &str = "adHocSubProcessElements";

/// Opens the scope and asks for the first choice.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    job: &ServiceTaskExpressions,
    mut locals: Variables,
) -> Result<(), Failure> {
    locals.insert(ELEMENTS, elements(turn.process(), index));
    let starts = event_sub_process::starts(turn, element, Some(index), Some(&locals))?;
    service_task::activate(turn, element, job, Some(locals))?;
    for (start, waited) in starts {
        super::waiting::open(turn, element, start, waited);
    }
    Ok(())
}

/// What can be chosen, with what the model says of it.
fn elements(process: &ExecutableProcess, index: NodeIndex) -> Value {
    let model = process.model();
    let told = ad_hoc::choices_in(process, index).map(|child| {
        let node = model.node(child);
        let text = |text: &str| Value::from(text);
        let properties = node.properties.iter();
        let properties = properties.map(|(name, value)| (Arc::from(name.as_str()), text(value)));
        Value::context([
            ("elementId", text(node.id.as_str())),
            ("elementName", text(&node.name)),
            ("documentation", node.documentation.as_deref().map_or(Value::Null, text)),
            ("properties", Value::context(properties)),
        ])
    });
    Value::list(told.collect())
}

/// What asks for the choices in `element`, provided that some are still to be made.
fn asked<'t>(
    turn: &Turn<'t>,
    element: ElementInstanceId,
) -> Option<(&'t AdHocExpressions, &'t ServiceTaskExpressions)> {
    let open = turn.state().element(element)?;
    let index = turn.process().node_index(&open.node)?;
    let Behavior::AdHoc(ad_hoc) = &turn.process().node(index).behavior else { return None };
    let job = ad_hoc.job.as_ref()?;
    let goes_on = open.phase == Phase::Active && !is_over(open) && !open.holds_times();
    let undoes = compensation::stands_for(turn, element, index).is_some();
    (goes_on && !undoes).then_some((ad_hoc, job))
}

/// Whether nothing more is chosen in the ad-hoc sub-process `open`.
pub(super) fn is_over(open: &ElementInstance) -> bool {
    matches!(&open.work, Some(Work::Directed(Directed { is_over: true, .. })))
}

/// A flow inside `element` has ended, or what asked for a choice could not be evaluated: a new job
/// asks for the next choice.
pub(in crate::engine) fn ask(turn: &mut Turn<'_>, element: ElementInstanceId) {
    let Some((_, job)) = asked(turn, element) else { return };
    turn.resolve_incidents(element);
    if let Err(failure) = service_task::activate(turn, element, job, None) {
        turn.raise_incident(element, failure);
    }
}

/// What was done inside `element` has been swept aside by an event sub-process: when that is over,
/// so is the ad-hoc sub-process.
pub(super) fn stop(turn: &mut Turn<'_>, element: ElementInstanceId) {
    let Some(open) = turn.state().element(element) else { return };
    let index = turn.process().node_index(&open.node);
    let is_ad_hoc = index
        .is_some_and(|index| matches!(turn.process().node(index).behavior, Behavior::AdHoc(_)));
    if is_ad_hoc && open.phase == Phase::Active && !open.holds_times() {
        turn.resolve_incidents(element);
        turn.emit(Event::AdHocDirected { element, is_over: true });
    }
}

/// The sub-process completes when nothing more is chosen and nothing is done in it.
pub(super) fn settle(turn: &mut Turn<'_>, element: ElementInstanceId, index: NodeIndex) {
    let is_over = turn.state().element(element).is_some_and(is_over);
    if is_over && turn.state().is_empty_scope(element) {
        turn.emit(Event::ElementFinished { element });
        turn.complete(element, index);
    }
}

/// Whether the choice fits: what it names can be begun, and it does not end what it goes on with.
pub(in crate::engine) fn check(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    direction: &Direction,
) -> Result<(), Rejection> {
    let (ad_hoc, _) = asked(turn, element).ok_or(Rejection::NotDirected(element))?;
    if direction.is_fulfilled && !direction.activate.is_empty() {
        return Err(Rejection::DirectedBothWays(element));
    }
    let is_busy = turn.state().children(element).next().is_some() && !direction.cancels_remaining;
    for (position, chosen) in direction.activate.iter().enumerate() {
        let has_room = !ad_hoc.is_sequential || (position == 0 && !is_busy);
        if ad_hoc::startable(turn, index, &chosen.node).is_none() || !has_room {
            return Err(Rejection::CannotStart(chosen.node.clone()));
        }
    }
    Ok(())
}

/// Carries out what a worker has chosen.
pub(in crate::engine) fn direct(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    direction: &Direction,
) {
    turn.emit(Event::AdHocDirected { element, is_over: direction.is_fulfilled });
    if direction.cancels_remaining {
        ad_hoc::sweep(turn, element);
    }
    for chosen in &direction.activate {
        let is_open = turn.state().element(element).is_some_and(|it| it.phase == Phase::Active);
        let Some(node) = ad_hoc::startable(turn, index, &chosen.node).filter(|_| is_open) else {
            continue;
        };
        let is_body = turn.process().node(node).repetition.is_some();
        let role = if is_body { Role::Body } else { Role::Whole };
        let begun = turn.activated(element, node, Vec::new(), role);
        turn.set_variables(begun, chosen.variables.clone());
        turn.begin_work(begun, node);
    }
    turn.touch(element);
}
