//! Multi-instance activities and standard loops: a body that holds the times an activity is done.
//!
//! BPMN 2.0.2, "Execution Semantics", clauses "Loop Activity" and "Multiple Instances Activity".
//! Results are kept in the order of the items, whatever the order of completion.

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
            (Some(u32::try_from(count).unwrap_or(u32::MAX)), Some(value))
        }
        (None, Some(cardinality)) => {
            let value = cardinality.evaluate(&seen, &turn.environment())?;
            let count = expression::to_number(&value)
                .filter(|count| (0..=TIMES_MAX).contains(count))
                .and_then(|count| u32::try_from(count).ok())
                .ok_or_else(|| {
                    wrong("The cardinality must be a whole number", cardinality, &value)
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
    if !is_over && completed > 0 {
        if let Some(condition) = &asked.completion {
            let counts = counts(state);
            is_over = truth(turn, condition, turn.visible(body).under(Some(&counts)))?;
        }
        if asked.is_standard && started == ended {
            is_over = is_over || !continues(turn, body, asked, completed)?;
        }
    }
    if is_over {
        turn.terminate_content(body);
        turn.emit(Event::ElementFinished { element: body });
        turn.complete(body, index);
        return Ok(());
    }
    let mut started = started;
    while total.is_none_or(|total| started < total) {
        if asked.is_sequential && started > ended {
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

/// What a completion condition may ask for beside the variables, in the words of several engines.
fn counts(state: &Repetition) -> Variables {
    let total = i64::from(state.total.unwrap_or(state.started));
    let active = i64::from(state.started - state.ended());
    let completed = i64::from(state.completed);
    Variables::from_iter([
        ("numberOfInstances", Value::from(total)),
        ("numberOfActiveInstances", Value::from(active)),
        ("numberOfCompletedInstances", Value::from(completed)),
        ("numberOfTerminatedInstances", Value::from(i64::from(state.terminated))),
        ("nrOfInstances", Value::from(total)),
        ("nrOfActiveInstances", Value::from(active)),
        ("nrOfCompletedInstances", Value::from(completed)),
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

/// The result of one time, where the model collects results.
pub(super) fn result(
    turn: &Turn<'_>,
    index: NodeIndex,
    seen: Visible<'_>,
) -> Result<Option<Value>, Failure> {
    match expressions(turn, index) {
        Some(LoopExpressions {
            output_collection: Some(_), output_element: Some(output), ..
        }) => output.evaluate(&seen, &turn.environment()).map(Some),
        Some(_) | None => Ok(None),
    }
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
