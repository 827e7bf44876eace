//! Multi-instance activities and standard loops: a body that holds the times an activity is done.
//!
//! BPMN 2.0.2, "Execution Semantics", clauses "Loop Activity" and "Multiple Instances Activity".
//! Results are kept in the order of the items, whatever the order of completion. Conditions and
//! events of a completion see the time that completes; its events are caught on the border.

use std::sync::Arc;

use super::throw_event::{self, Prepared};
use crate::bpmn::model::NodeIndex;
use crate::engine::definition::LoopExpressions;
use crate::engine::event::{Event, Role};
use crate::engine::expression::{self, Expression, Failure};
use crate::engine::incident::Cause;
use crate::engine::lifecycle::Phase;
use crate::engine::state::Repetition;
use crate::engine::turn::Turn;
use crate::engine::visible::Visible;
use crate::ids::ElementInstanceId;
use crate::value::{Value, Variables};

/// Bound on how often an activity may be asked for.
const TIMES_MAX: i64 = 1_000_000;

fn expressions<'t>(turn: &Turn<'t>, index: NodeIndex) -> Option<&'t LoopExpressions> {
    turn.process().node(index).repetition.as_ref()
}

/// Settles how often the activity is done, and begins.
pub(super) fn begin(
    turn: &mut Turn<'_>,
    body: ElementInstanceId,
    index: NodeIndex,
) -> Result<(), Failure> {
    let Some(asked) = expressions(turn, index) else { return Ok(()) };
    let seen = turn.visible(body);
    let (total, items) = match (&asked.collection, &asked.cardinality) {
        (Some(collection), _) => {
            let value = collection.evaluate(&seen, &turn.environment())?;
            let count = value.as_list().map(<[Value]>::len);
            let Some(count) = count else {
                return Err(wrong("The collection must be a list", collection, &value));
            };
            if i64::try_from(count).is_ok_and(|count| count > TIMES_MAX) {
                let rule = format!("The collection may have up to {TIMES_MAX} items");
                return Err(wrong(
                    &rule,
                    collection,
                    &Value::from(i64::try_from(count).unwrap_or(i64::MAX)),
                ));
            }
            (Some(u32::try_from(count).unwrap_or(u32::MAX)), Some(value))
        }
        (None, Some(cardinality)) => {
            let value = cardinality.evaluate(&seen, &turn.environment())?;
            let count = expression::to_number(&value)
                .filter(|count| (0..=TIMES_MAX).contains(count))
                .and_then(|count| u32::try_from(count).ok())
                .ok_or_else(|| {
                    let rule = format!("The cardinality must be a whole number up to {TIMES_MAX}");
                    wrong(&rule, cardinality, &value)
                })?;
            (Some(count), None)
        }
        (None, None) if asked.is_standard => (None, None),
        (None, None) => (Some(1), None),
    };
    let total =
        if asked.tests_before && !continues(turn, body, asked, 0)? { Some(0) } else { total };
    turn.emit(Event::LoopStarted { element: body, total, items });
    turn.repeat(body);
    Ok(())
}

/// Whether a standard loop is done once more after `done` times.
fn continues(
    turn: &Turn<'_>,
    body: ElementInstanceId,
    asked: &LoopExpressions,
    done: u32,
) -> Result<bool, Failure> {
    let Some(condition) = &asked.continuation else { return Ok(true) };
    let counter = Variables::from_iter([("loopCounter", Value::from(i64::from(done)))]);
    truth(turn, condition, turn.visible(body).under(Some(&counter)))
}

fn truth(turn: &Turn<'_>, condition: &Expression, seen: Visible<'_>) -> Result<bool, Failure> {
    let value = condition.evaluate(&seen, &turn.environment())?;
    value.as_bool().ok_or_else(|| {
        let shown = expression::shown(&value);
        let message = format!("“{condition}” must be true or false, but gave {shown}.");
        Failure { cause: Cause::ConditionFailed, message }
    })
}

/// Goes on with the loop: ends it, or begins what is to be done now.
pub(in crate::engine) fn go_on(
    turn: &mut Turn<'_>,
    body: ElementInstanceId,
    index: NodeIndex,
) -> Result<(), Failure> {
    let Some(asked) = expressions(turn, index) else { return Ok(()) };
    let open = turn.state().element(body).filter(|open| open.phase == Phase::Active);
    let Some(state) = open.and_then(|open| open.repetition()) else { return Ok(()) };
    let (total, started, completed) = (state.total, state.started, state.completed);
    let ended = state.ended();
    let mut is_over = total.is_some_and(|total| ended >= total);
    if !is_over && completed > 0 && asked.is_standard && started == ended {
        is_over = !continues(turn, body, asked, completed)?;
    }
    if is_over {
        end(turn, body, index);
        return Ok(());
    }
    let mut started = started;
    while total.is_none_or(|total| started < total) {
        // A time that is done at once may have ended the loop.
        if !is_under_way(turn, body) || (asked.is_sequential && started > ended) {
            break;
        }
        if turn.is_at_bound() {
            turn.repeat(body);
            break;
        }
        begin_time(turn, body, index, asked, started);
        started += 1;
    }
    Ok(())
}

fn is_under_way(turn: &Turn<'_>, body: ElementInstanceId) -> bool {
    turn.state().element(body).is_some_and(|open| open.phase == Phase::Active)
}

/// Ends the loop, with the times that are under way.
fn end(turn: &mut Turn<'_>, body: ElementInstanceId, index: NodeIndex) {
    turn.terminate_content(body);
    turn.emit(Event::ElementFinished { element: body });
    turn.complete(body, index);
}

/// What follows from a time that is done, evaluated while it is still open.
pub(super) struct Done {
    time: u32,
    result: Option<Value>,
    /// The completion condition holds.
    is_over: bool,
    thrown: Vec<(Vec<Prepared>, Variables)>,
}

impl Done {
    /// Keeps the result with the others.
    pub(super) fn keep(&self, turn: &mut Turn<'_>, body: ElementInstanceId) {
        if let Some(value) = self.result.clone() {
            turn.emit(Event::LoopResultKept { element: body, index: self.time, value });
        }
    }
}

/// Asks what follows when the time `time` of `body` completes, which sees `seen`: its own item and
/// results, and how far the loop is with it.
pub(super) fn done(
    turn: &Turn<'_>,
    body: ElementInstanceId,
    index: NodeIndex,
    time: u32,
    seen: Visible<'_>,
) -> Result<Done, Failure> {
    let mut done = Done { time, result: None, is_over: false, thrown: Vec::new() };
    let open = turn.state().element(body);
    let (Some(asked), Some(open)) = (expressions(turn, index), open) else { return Ok(done) };
    let Some(state) = open.repetition() else { return Ok(done) };
    if let (Some(_), Some(output)) = (&asked.output_collection, &asked.output_element) {
        done.result = Some(output.evaluate(&seen, &turn.environment())?);
    }
    let counts = counts(state);
    let seen = seen.under(Some(&counts));
    if let Some(condition) = &asked.completion {
        done.is_over = truth(turn, condition, seen)?;
    }
    for thrown in &asked.completions {
        if thrown.is_first_only && state.completed > 0 {
            continue;
        }
        if let Some(condition) = &thrown.condition
            && !truth(turn, condition, seen)?
        {
            continue;
        }
        let prepared = throw_event::prepare_all(turn, body, index, &thrown.events, seen)?;
        let carried = if thrown.is_default { counts.clone() } else { Variables::default() };
        done.thrown.push((prepared, carried));
    }
    Ok(done)
}

/// A time of `body` has completed: its events are thrown, and the loop goes on or is over.
pub(super) fn follow(turn: &mut Turn<'_>, body: ElementInstanceId, index: NodeIndex, done: Done) {
    for (prepared, carried) in done.thrown {
        if !is_under_way(turn, body) {
            return;
        }
        throw_event::throw(turn, body, index, &prepared, &carried);
    }
    if !is_under_way(turn, body) {
        return;
    }
    if done.is_over {
        end(turn, body, index);
    } else {
        turn.repeat(body);
    }
}

/// How far a loop is with the time that is just done, in the words of several engines.
fn counts(state: &Repetition) -> Variables {
    let completed = state.completed.saturating_add(1);
    let active = state.started.saturating_sub(state.ended().saturating_add(1));
    let total = Value::from(i64::from(state.total.unwrap_or(state.started)));
    let number = |count: u32| Value::from(i64::from(count));
    Variables::from_iter([
        ("numberOfInstances", total.clone()),
        ("numberOfActiveInstances", number(active)),
        ("numberOfCompletedInstances", number(completed)),
        ("numberOfTerminatedInstances", number(state.terminated)),
        ("nrOfInstances", total),
        ("nrOfActiveInstances", number(active)),
        ("nrOfCompletedInstances", number(completed)),
    ])
}

fn begin_time(
    turn: &mut Turn<'_>,
    body: ElementInstanceId,
    index: NodeIndex,
    asked: &LoopExpressions,
    time: u32,
) {
    let item = turn
        .state()
        .element(body)
        .and_then(|open| open.repetition()?.items.as_ref()?.as_list()?.get(time as usize).cloned());
    let counter = Value::from(i64::from(time) + 1);
    let mut variables = Variables::from_iter([("loopCounter", counter)]);
    if let Some(name) = &asked.element_variable {
        variables.insert(name.clone(), item.unwrap_or_default());
    }
    if let Some(name) = &asked.index_variable {
        variables.insert(name.clone(), Value::from(i64::from(time)));
    }
    // The result of one time is its own, whatever the others do meanwhile.
    if let Some(name) = &asked.output_variable
        && variables.get(name).is_none()
    {
        variables.insert(name.clone(), Value::Null);
    }
    let element = turn.activated(body, index, Vec::new(), Role::Time(time));
    turn.set_variables(element, variables);
    turn.begin_work(element, index);
}

/// The variable that holds the result of one time, where the model names one.
pub(super) fn own_result<'t>(turn: &Turn<'t>, index: NodeIndex) -> Option<&'t Arc<str>> {
    expressions(turn, index)?.output_variable.as_ref()
}

/// The list of results, in the order of the items; null where a time gave none.
pub(super) fn output(
    turn: &Turn<'_>,
    body: ElementInstanceId,
    index: NodeIndex,
) -> Option<Variables> {
    let name = expressions(turn, index)?.output_collection.clone()?;
    let results = turn.results(body);
    Some(Variables::from_iter([(name, Value::list(results))]))
}

fn wrong(rule: &str, text: &Expression, value: &Value) -> Failure {
    let message = format!("{rule}, but “{text}” gave {}.", expression::shown(value));
    Failure { cause: Cause::LoopFailed, message }
}
