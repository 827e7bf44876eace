//! One attempt at a job, and the submission of what came of it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use spartito_core::engine::Command;
use spartito_core::value::Variables;

use super::order::Order;
use super::{ATTEMPT_MAX, LEASE_LEFT_MS_MIN};
use crate::connectors::{Connector, ConnectorError};
use crate::runtime::{Runtime, SubmitError};
use crate::store::Failpoint;

/// Pause before an answer is submitted again that could not be taken; doubled each time.
const PAUSE_BEFORE_SUBMIT: Duration = Duration::from_millis(50);
/// The longest such pause.
const PAUSE_BEFORE_SUBMIT_MAX: Duration = Duration::from_secs(2);

/// Makes the attempt and submits what came of it.
pub(super) async fn run(runtime: &Runtime, connector: &dyn Connector, mut order: Order) {
    let now = runtime.clock.now();
    if order.lease_until.millis_since(now) < LEASE_LEFT_MS_MIN || !runtime.store.holds_lease() {
        // It waited too long here. Its lease ends, and then it is found again; where this server
        // was away for too long, another one has it.
        return;
    }
    order.job.now = now;
    Failpoint::CallBegins.pass();
    let outcome = attempt(connector, &order).await;
    Failpoint::CallAnswered.pass();
    submit(runtime, &order, answer(runtime, &order, outcome)).await;
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
