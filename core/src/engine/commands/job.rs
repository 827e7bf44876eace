//! Answers of workers to jobs.
//!
//! An answer names the attempt it belongs to, so that a late one of an earlier attempt is refused
//! rather than taken for the answer of the present one.

use std::sync::Arc;

use crate::bpmn::model::NodeIndex;
use crate::engine::behavior;
use crate::engine::behavior::ad_hoc_job;
use crate::engine::behavior::thrown::{self, Thrown};
use crate::engine::command::Direction;
use crate::engine::definition::Behavior;
use crate::engine::event::Event;
use crate::engine::expression::Failure;
use crate::engine::incident::Cause;
use crate::engine::rejection::Rejection;
use crate::engine::turn::Turn;
use crate::ids::ElementInstanceId;
use crate::time::Timestamp;
use crate::value::Variables;

/// How a job failed.
pub(super) struct JobFailure<'c> {
    pub(super) attempt: u32,
    pub(super) message: &'c str,
    pub(super) retries: u32,
    pub(super) retry_at: Option<Timestamp>,
    pub(super) variables: &'c Variables,
}

/// The result that the process has to deal with.
pub(super) struct BpmnError<'c> {
    pub(super) attempt: u32,
    pub(super) code: &'c Arc<str>,
    pub(super) message: &'c str,
    pub(super) variables: &'c Variables,
}

/// A worker, or whoever does a user task, says that the process has to deal with the result. Where
/// nothing catches the error there is an incident; a job stops, and can be tried again.
pub(super) fn throw_error(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    error: &BpmnError<'_>,
) -> Result<(), Rejection> {
    let is_task = turn.state().element(element).is_some_and(|open| open.user_task().is_some());
    if !is_task {
        require_attempt(turn, element, error.attempt)?;
    }
    let (code, message) = (error.code.clone(), error.message.to_owned());
    let thrown = Thrown::Error { code, message: message.clone() };
    if let Err(failure) = thrown::throw_at(turn, element, &thrown, error.variables) {
        if !is_task {
            turn.emit(Event::JobFailed { element, retries: 0, message, retry_at: None });
        }
        turn.raise_incident(element, failure);
    }
    Ok(())
}

/// A worker has done the job.
pub(super) fn complete(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    attempt: u32,
    variables: &Variables,
) -> Result<(), Rejection> {
    let node = require_attempt(turn, element, attempt)?;
    if matches!(turn.process().node(node).behavior, Behavior::AdHoc(_)) {
        return direct(turn, element, attempt, variables, &Direction::default());
    }
    turn.emit(Event::JobCompleted { element });
    behavior::keep_result(turn, element, node, variables);
    turn.complete(element, node);
    Ok(())
}

/// A worker has chosen what an ad-hoc sub-process does next.
pub(super) fn direct(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    attempt: u32,
    variables: &Variables,
    direction: &Direction,
) -> Result<(), Rejection> {
    let node = require_attempt(turn, element, attempt)?;
    ad_hoc_job::check(turn, element, node, direction)?;
    behavior::keep_result(turn, element, node, variables);
    ad_hoc_job::direct(turn, element, node, direction);
    Ok(())
}

/// A worker could not do the job.
pub(super) fn fail(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    failure: &JobFailure<'_>,
) -> Result<(), Rejection> {
    require_attempt(turn, element, failure.attempt)?;
    if !failure.variables.is_empty() {
        turn.set_variables(element, failure.variables.clone());
    }
    turn.emit(Event::JobFailed {
        element,
        retries: failure.retries,
        message: failure.message.to_owned(),
        retry_at: failure.retry_at,
    });
    if failure.retries == 0 {
        let message = failure.message.to_owned();
        turn.raise_incident(element, Failure { cause: Cause::RetriesExhausted, message });
    }
    Ok(())
}

/// A worker changes the retries or the priority of the job that it does.
pub(super) fn change(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    attempt: u32,
    (retries, priority): (Option<u32>, Option<i32>),
) -> Result<(), Rejection> {
    require_attempt(turn, element, attempt)?;
    let Some(job) = turn.state().element(element).and_then(|open| open.job()) else {
        return Err(Rejection::NoSuchJob(element));
    };
    let retries = retries.unwrap_or(job.retries).max(1);
    let priority = priority.unwrap_or(job.priority);
    if (retries, priority) != (job.retries, job.priority) {
        turn.emit(Event::JobChanged { element, retries, priority });
    }
    Ok(())
}

/// The node of the open job at `element`, provided that `given` is the attempt under way. A job
/// without retries is not under way: its incident has to be resolved first.
fn require_attempt(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    given: u32,
) -> Result<NodeIndex, Rejection> {
    let refuse = || Rejection::NoSuchJob(element);
    let open = turn.state().element(element).ok_or_else(refuse)?;
    let job = open.job().ok_or_else(refuse)?;
    if job.attempt != given {
        return Err(Rejection::StaleAttempt { given, current: job.attempt });
    }
    if job.retries == 0 {
        return Err(refuse());
    }
    turn.process().node_index(&open.node).ok_or(Rejection::NotDeployed)
}
