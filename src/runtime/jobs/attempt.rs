//! One attempt at a job, and the submission of what came of it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use spartito_core::engine::Command;
use spartito_core::value::Variables;
use tracing::Instrument;

use super::line::Leasehold;
use super::order::Order;
use super::places::Place;
use super::unused::UnusedLeases;
use super::{ATTEMPT_MAX, LEASE_LEFT_MS_MIN, PAUSE_AFTER_FAILURE, set_aside};
use crate::connectors::{Connector, ConnectorError};
use crate::runtime::{Runtime, SubmitError};
use crate::store::{Failpoint, StoreError};

/// Pause before an answer is submitted again that could not be taken; doubled each time.
const PAUSE_BEFORE_SUBMIT: Duration = Duration::from_millis(50);
/// The longest such pause.
const PAUSE_BEFORE_SUBMIT_MAX: Duration = Duration::from_secs(2);

/// Makes the attempt at a job that has its place, if it is still to be done. Borrows what it needs: an
/// attempt is moved when it begins, so that it should be small.
pub(super) async fn try_once(
    runtime: &Runtime,
    connector: &dyn Connector,
    (job, place): (&mut Leasehold, &Place),
    unused: &UnusedLeases,
) {
    if job.order.is_none() {
        // Apart, since it is seldom needed and large.
        match Box::pin(read_or_set_aside(runtime, job)).await {
            Ok(order) => job.order = order,
            Err(error) => {
                tracing::error!(job = %job.key, %error, "a job cannot be read now");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                return unused.leave([job.held()]);
            }
        }
    }
    // It is done or stands still since.
    let Some(order) = &mut job.order else { return };
    let (key, attempt) = (order.job.key, order.job.attempt);
    let span = tracing::info_span!("job", job = %key, kind = %order.job.job_type, attempt);
    run(runtime, connector, order).instrument(span).await;
    place.has_served();
}

/// What is needed to do a job. One that cannot be read is set aside, so that it does not hold up the
/// others.
async fn read_or_set_aside(
    runtime: &Runtime,
    job: &Leasehold,
) -> Result<Option<Order>, StoreError> {
    match read(runtime, job).await {
        Ok(order) => Ok(order),
        Err(error) => set_aside(runtime, job.key, error).await.map(|()| None),
    }
}

/// What is needed to do a job, read from the store; `None` where it is not to be done now.
async fn read(runtime: &Runtime, job: &Leasehold) -> Result<Option<Order>, StoreError> {
    let _read = job.room.kind().reads.acquire().await;
    // An instance that was paused and goes on again looks as before, and its job may be somebody
    // else's.
    if job.has_waited && !runtime.store.has_lease(&job.held()).await? {
        return Ok(None);
    }
    let Some((state, _)) = runtime.state(job.key.instance).await? else { return Ok(None) };
    let Some(identity) = state.identity().filter(|_| !state.is_suspended()) else {
        return Ok(None);
    };
    let definition = runtime.definitions.get(identity.definition).await?;
    let order = definition.and_then(|found| Order::of(job.key, &state, &found, job.until));
    let now = runtime.clock.now();
    Ok(order.filter(|order| order.retry_at.is_none_or(|at| at <= now)))
}

/// Makes the attempt and submits what came of it.
async fn run(runtime: &Runtime, connector: &dyn Connector, order: &mut Order) {
    let now = runtime.clock.now();
    if order.lease_until.millis_since(now) < LEASE_LEFT_MS_MIN || !runtime.store.holds_lease() {
        // It waited too long here. Its lease ends, and then it is found again; where this server
        // was away for too long, another one has it.
        return;
    }
    order.job.now = now;
    Failpoint::CallBegins.pass();
    let outcome = attempt(connector, order).await;
    Failpoint::CallAnswered.pass();
    submit(runtime, order, answer(runtime, order, outcome)).await;
    Failpoint::CallRecorded.pass();
}

async fn attempt(connector: &dyn Connector, order: &Order) -> Result<Variables, ConnectorError> {
    let attempt = AssertUnwindSafe(connector.run(&order.job)).catch_unwind();
    match tokio::time::timeout(ATTEMPT_MAX, attempt).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_panic)) => {
            Err(ConnectorError::give_up("An error inside Spartito stopped the attempt."))
        }
        Err(_) => Err(ConnectorError::retry(format!(
            "The attempt was not over within {} s.",
            ATTEMPT_MAX.as_secs()
        ))),
    }
}

/// The command that says what came of the attempt.
fn answer(runtime: &Runtime, order: &Order, outcome: Result<Variables, ConnectorError>) -> Command {
    let (element, attempt) = (order.job.key.number, order.job.attempt);
    let error = match outcome {
        Ok(variables) => return Command::CompleteJob { element, attempt, variables },
        Err(error) => error,
    };
    tracing::info!(job = %order.job.key, attempt, %error, "an attempt failed");
    let message = error.to_string();
    match error {
        ConnectorError::GiveUp { .. } => {
            let variables = Variables::default();
            Command::FailJob { element, attempt, message, retries: 0, retry_at: None, variables }
        }
        ConnectorError::Raise { code, variables, .. } => {
            Command::ThrowError { element, attempt, code: code.into(), message, variables }
        }
        ConnectorError::Retry { after, .. } => {
            let now = runtime.clock.now();
            let asked = after.map_or(0, |after| i64::try_from(after.as_millis()).unwrap_or(0));
            let pause_ms = order.backoff_ms(now).max(asked);
            let retries = order.retries - 1;
            let retry_at = (retries > 0).then(|| now.plus_millis_saturating(pause_ms));
            let variables = Variables::default();
            Command::FailJob { element, attempt, message, retries, retry_at, variables }
        }
    }
}

/// Submits until it is taken or the lease ends; then the job is done again under the same key.
async fn submit(runtime: &Runtime, order: &Order, command: Command) {
    let mut pause = PAUSE_BEFORE_SUBMIT;
    let key = order.job.key;
    loop {
        let error =
            match runtime.orchestrator.queue(key.instance, command.clone(), None, None).await {
                Ok(_) => return,
                Err(SubmitError::Rejected(rejection)) => {
                    tracing::debug!(job = %key, %rejection, "the answer came too late");
                    return;
                }
                Err(
                    error @ (SubmitError::Overloaded
                    | SubmitError::Store(_)
                    | SubmitError::Unknown(_)),
                ) => error,
                Err(
                    error @ (SubmitError::UnknownInstance
                    | SubmitError::ShuttingDown
                    | SubmitError::LeaseLost
                    | SubmitError::Internal(_)),
                ) => {
                    tracing::warn!(job = %key, %error, "the answer was not taken");
                    return;
                }
            };
        if order.lease_until <= runtime.clock.now() {
            tracing::warn!(job = %key, %error, "the answer was not taken in time");
            return;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_BEFORE_SUBMIT_MAX);
    }
}
