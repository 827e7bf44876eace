//! Incidents: trying again what stopped, and saying what came of it.
//!
//! Never says “done” where nothing is known yet.

use std::time::Duration;

use spartito_core::engine::{Command, Event, Rejection};
use spartito_core::ids::{ElementInstanceId, IncidentKey, InstanceId};

use super::instances::visible;
use super::{Desk, OperationError};
use crate::auth::Caller;
use crate::runtime::SubmitError;
use crate::wire::{Permission, RetryOutcome};

/// How long the caller is kept waiting for what comes of a retry.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// Time between two looks, where no change was heard of.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Turns looked at for what came of a retry.
const TURNS_MAX: u32 = 50;

/// Tries again what an incident stopped.
///
/// # Errors
/// The right is missing, or there is no such instance.
pub async fn retry(
    desk: &Desk,
    caller: &Caller,
    key: IncidentKey,
) -> Result<RetryOutcome, OperationError> {
    caller.require(Permission::OperateInstances)?;
    visible(desk, caller, key.instance).await?;
    let (state, _) = desk
        .runtime
        .state(key.instance)
        .await?
        .ok_or_else(|| OperationError::NotFound("There is no such instance.".to_owned()))?;
    let Some(element) = state.incident(key.number).map(|incident| incident.element) else {
        return Ok(RetryOutcome::ResolvedBefore);
    };
    let command = Command::ResolveIncident { incident: key.number };
    let by = Some(caller.person.clone());
    let done = match desk.runtime.orchestrator.submit(key.instance, command, by, None).await {
        Err(SubmitError::Rejected(Rejection::NoSuchIncident(_) | Rejection::InstanceEnded)) => {
            return Ok(RetryOutcome::ResolvedBefore);
        }
        done => done?,
    };
    if let Some(outcome) = outcome(&done.events, element) {
        return Ok(outcome);
    }
    let is_answered_later = done
        .events
        .iter()
        .any(|event| matches!(event, Event::JobRetriesRaised { .. } | Event::ProcessCalled { .. }));
    if !is_answered_later {
        return Ok(RetryOutcome::Fixed);
    }
    let waited =
        tokio::time::timeout(WAIT_MAX, wait(desk, key.instance, done.position, element)).await;
    waited.unwrap_or(Ok(RetryOutcome::StillRunning))
}

/// Waits until the step has gone on or stopped again.
async fn wait(
    desk: &Desk,
    instance: InstanceId,
    position: u64,
    element: ElementInstanceId,
) -> Result<RetryOutcome, OperationError> {
    loop {
        for turn in desk.runtime.store.turns(instance, position, TURNS_MAX).await? {
            if let Some(outcome) = outcome(&turn.events, element) {
                return Ok(outcome);
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// What these events say about the step at `element`.
#[expect(clippy::wildcard_enum_match_arm, reason = "two events answer a retry")]
fn outcome(events: &[Event], element: ElementInstanceId) -> Option<RetryOutcome> {
    let failed = |message: &String| RetryOutcome::FailedAgain { message: message.clone() };
    events.iter().find_map(|event| match event {
        Event::JobCompleted { element: at }
        | Event::ElementCompleted { element: at }
        | Event::ElementTerminated { element: at }
            if *at == element =>
        {
            Some(RetryOutcome::Fixed)
        }
        Event::JobFailed { element: at, message, .. }
        | Event::IncidentRaised { element: at, message, .. }
            if *at == element =>
        {
            Some(failed(message))
        }
        _ => None,
    })
}

/// Tries again everything that is stopped in an instance, and says how many incidents that were.
///
/// # Errors
/// The right is missing, or there is no such instance.
pub async fn retry_all(
    desk: &Desk,
    caller: &Caller,
    instance: InstanceId,
) -> Result<u32, OperationError> {
    caller.require(Permission::OperateInstances)?;
    visible(desk, caller, instance).await?;
    let mut tried = 0;
    for incident in desk.runtime.store.open_incidents(instance).await? {
        let command = Command::ResolveIncident { incident: incident.key.number };
        let by = Some(caller.person.clone());
        match desk.runtime.orchestrator.submit(instance, command, by, None).await {
            Err(SubmitError::Rejected(Rejection::NoSuchIncident(_) | Rejection::InstanceEnded)) => {
            }
            done => {
                done?;
                tried += 1;
            }
        }
    }
    Ok(tried)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_happens_to_the_step_itself_counts() {
        let (here, elsewhere) = (ElementInstanceId(3), ElementInstanceId(4));
        assert_eq!(outcome(&[Event::JobCompleted { element: elsewhere }], here), None);
        assert_eq!(
            outcome(&[Event::JobCompleted { element: here }], here),
            Some(RetryOutcome::Fixed)
        );
        let failed = Event::JobFailed {
            element: here,
            retries: 2,
            message: "503".to_owned(),
            retry_at: None,
        };
        let again = RetryOutcome::FailedAgain { message: "503".to_owned() };
        assert_eq!(outcome(&[failed], here), Some(again));
    }
}
