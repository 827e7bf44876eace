//! Tries again what an incident stopped, and finds out what came of it.
//!
//! Never says that something is done where nothing is known yet.

use spartito_core::engine::{Command, Event, Rejection};
use spartito_core::ids::{CommandId, ElementInstanceId, IncidentKey, InstanceId, PersonId};

use super::{Orchestrator, SubmitError, TurnDone};
use crate::store::{Store, StoreError};

/// Turns looked at for what came of a retry.
const TURNS_MAX: u32 = 50;

/// What came of trying again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retried {
    /// The step went on.
    Fixed,
    /// It stopped again.
    FailedAgain {
        /// What went wrong this time.
        message: String,
    },
    /// It is being tried: [`Retried::since`] says later what came of it.
    Running {
        /// The turn that tried it again.
        position: u64,
    },
    /// The incident had been resolved before.
    ResolvedBefore,
}

/// What is to be tried again, and for whom.
#[derive(Debug, Clone)]
pub struct Retry {
    /// The incident.
    pub key: IncidentKey,
    /// The visit at which it is.
    pub element: ElementInstanceId,
    /// Who asks.
    pub by: PersonId,
}

impl Retry {
    /// Tries again for a person who waits.
    ///
    /// # Errors
    /// [`SubmitError`] says why nothing was done.
    pub async fn at_once(&self, orchestrator: &Orchestrator) -> Result<Retried, SubmitError> {
        let by = Some(self.by.clone());
        self.said(orchestrator.submit(self.key.instance, self.command(), by, None).await)
    }

    /// Tries again behind what people ask for; `id` makes a repeat recognizable.
    ///
    /// # Errors
    /// [`SubmitError`] says why nothing was done.
    pub(super) async fn queued(
        &self,
        orchestrator: &Orchestrator,
        id: CommandId,
    ) -> Result<Retried, SubmitError> {
        let by = Some(self.by.clone());
        self.said(orchestrator.queue(self.key.instance, self.command(), by, Some(id)).await)
    }

    fn command(&self) -> Command {
        Command::ResolveIncident { incident: self.key.number }
    }

    fn said(&self, done: Result<TurnDone, SubmitError>) -> Result<Retried, SubmitError> {
        let done = match done {
            Err(SubmitError::Rejected(Rejection::NoSuchIncident(_) | Rejection::InstanceEnded)) => {
                return Ok(Retried::ResolvedBefore);
            }
            done => done?,
        };
        if let Some(retried) = retried(&done.events, self.element) {
            return Ok(retried);
        }
        let is_answered_later = |event: &Event| {
            matches!(event, Event::JobRetriesRaised { .. } | Event::ProcessCalled { .. })
        };
        if done.events.iter().any(is_answered_later) {
            Ok(Retried::Running { position: done.position })
        } else {
            Ok(Retried::Fixed)
        }
    }
}

impl Retried {
    /// What has come since the turn at `position` of the retry at `element`; `None` where nothing
    /// has yet.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a turn cannot be read.
    pub async fn since(
        store: &Store,
        instance: InstanceId,
        position: u64,
        element: ElementInstanceId,
    ) -> Result<Option<Self>, StoreError> {
        let turns = store.turns(instance, position, TURNS_MAX).await?;
        Ok(turns.iter().find_map(|turn| retried(&turn.events, element)))
    }
}

/// What these events say about the step at `element`.
#[expect(clippy::wildcard_enum_match_arm, reason = "few events answer a retry")]
fn retried(events: &[Event], element: ElementInstanceId) -> Option<Retried> {
    let failed = |message: &String| Retried::FailedAgain { message: message.clone() };
    events.iter().find_map(|event| match event {
        Event::JobCompleted { element: at }
        | Event::AdHocDirected { element: at, .. }
        | Event::ElementCompleted { element: at }
        | Event::ElementTerminated { element: at }
            if *at == element =>
        {
            Some(Retried::Fixed)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_happens_to_the_step_itself_counts() {
        let (here, elsewhere) = (ElementInstanceId(3), ElementInstanceId(4));
        assert_eq!(retried(&[Event::JobCompleted { element: elsewhere }], here), None);
        assert_eq!(retried(&[Event::JobCompleted { element: here }], here), Some(Retried::Fixed));
        let failed = Event::JobFailed {
            element: here,
            retries: 2,
            message: "503".to_owned(),
            retry_at: None,
        };
        let again = Retried::FailedAgain { message: "503".to_owned() };
        assert_eq!(retried(&[failed], here), Some(again));
    }
}
