//! Carries what passes between instances: messages, signals, calls and their ends.
//!
//! What a turn asks of others is written with it, so that nothing is lost, and is turned into
//! commands here. The id of each command follows from where it was asked, so that what is asked
//! twice, after a crash or by two servers, changes nothing the second time.

mod calls;
mod desk;
mod messages;
mod runner;
mod signals;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sha2::{Digest, Sha256};
use spartito_core::engine::event::Caller;
use spartito_core::engine::{
    Command, Deployed, ExecutableProcess, Rejection, Request, decisions::DeployedDecisions,
    start_events,
};
use spartito_core::exchange::Outgoing;
use spartito_core::ids::{CommandId, DeploymentKey, InstanceId, PersonId};
use spartito_core::time::Timestamp;

pub(super) use desk::ExchangeDesk;
pub use messages::{
    MESSAGE_WAIT_DAYS_MAX, MESSAGES_WAITING_MAX, Publication, PublishError, Published,
};
pub(super) use runner::Runner;

use super::{Clock, Orchestrator, SubmitError, TurnDone};
use crate::store::{Awaited, NewStart, Origin, OutboxRow, Store};

/// Carries what passes between instances. Cheap to clone.
#[derive(Clone)]
pub struct Exchange {
    store: Store,
    orchestrator: Orchestrator,
    clock: Arc<dyn Clock>,
    desk: ExchangeDesk,
    /// Messages that wait, as far as this process knows.
    waiting: Arc<AtomicI64>,
}

impl Exchange {
    pub(super) fn new(
        store: Store,
        orchestrator: Orchestrator,
        clock: Arc<dyn Clock>,
        desk: ExchangeDesk,
    ) -> Self {
        Self { store, orchestrator, clock, desk, waiting: Arc::default() }
    }

    /// Does what one entry of the outbox asks.
    async fn carry_out(&self, row: &OutboxRow) -> Result<(), SubmitError> {
        match &row.entry {
            Outgoing::Message { .. } => self.send(row).await,
            Outgoing::Signal { from, name, variables } => {
                self.broadcast(row, *from, (name, variables)).await
            }
            Outgoing::Call { caller, called, variables } => {
                self.call(row, *caller, called, variables).await
            }
            Outgoing::CancelCall { caller } => self.cancel_call(row.origin, *caller).await,
            Outgoing::EndCall { caller, outcome } => {
                let outcome = outcome.clone();
                let command = Command::EndCall { element: caller.element, outcome };
                self.tell_caller(row, *caller, command).await
            }
            Outgoing::Escalate { caller, code } => {
                let command = Command::EscalateCall { element: caller.element, code: code.clone() };
                self.tell_caller(row, *caller, command).await
            }
        }
    }

    async fn tell_caller(
        &self,
        row: &OutboxRow,
        caller: Caller,
        command: Command,
    ) -> Result<(), SubmitError> {
        let id = command_id(row.origin, "caller");
        self.submit_or_hold(row, caller.instance, command, id).await
    }

    /// Carries out a command, unless it does not fit any longer; an instance that is suspended
    /// gets it when it goes on.
    async fn submit_or_hold(
        &self,
        row: &OutboxRow,
        instance: InstanceId,
        command: Command,
        id: CommandId,
    ) -> Result<(), SubmitError> {
        match self.orchestrator.submit(instance, command, row.by.clone(), Some(id)).await {
            Err(SubmitError::Rejected(Rejection::InstanceSuspended)) => {
                self.store.hold_outgoing(row, instance).await?;
                Ok(())
            }
            done => fitting(instance, done).map(drop),
        }
    }

    /// Carries out a command; `None` where it does not fit any longer.
    async fn submit(
        &self,
        instance: InstanceId,
        command: Command,
        by: Option<PersonId>,
        id: CommandId,
    ) -> Result<Option<TurnDone>, SubmitError> {
        fitting(instance, self.orchestrator.submit(instance, command, by, Some(id)).await)
    }

    fn count_waiting(&self, change: i64) {
        self.waiting.fetch_add(change, Ordering::Relaxed);
    }
}

/// What a command did; `None` where it does not fit any longer, and an error where it has to be
/// tried again.
fn fitting(
    instance: InstanceId,
    done: Result<TurnDone, SubmitError>,
) -> Result<Option<TurnDone>, SubmitError> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(SubmitError::Rejected(rejection)) => {
            tracing::debug!(%instance, %rejection, "what was asked of an instance came too late");
            Ok(None)
        }
        Err(SubmitError::UnknownInstance) => Ok(None),
        Err(SubmitError::Internal(reason)) => {
            // Asking again would find the same bug.
            tracing::error!(%instance, reason, "what an instance asked of another is dropped");
            Ok(None)
        }
        Err(
            error @ (SubmitError::Overloaded | SubmitError::ShuttingDown | SubmitError::Store(_)),
        ) => Err(error),
    }
}

/// The id of the command that does for `target` what was asked at `origin`.
fn command_id(origin: Origin, target: &str) -> CommandId {
    let digest = Sha256::new()
        .chain_update(b"spartito exchange 1\0")
        .chain_update(origin.instance.number().to_be_bytes())
        .chain_update(origin.position.to_be_bytes())
        .chain_update(origin.number.to_be_bytes())
        .chain_update(target.as_bytes())
        .finalize();
    let (first, _) = digest.split_first_chunk::<16>().expect("a digest has 32 bytes");
    CommandId(u128::from_be_bytes(*first))
}

/// An origin for what comes from outside.
fn outside() -> Origin {
    Origin { instance: Origin::OUTSIDE, position: rand::random::<u64>() >> 1, number: 0 }
}

/// The messages and signals that start a process, as a deployment at `now` finds them.
pub fn starts_of(process: &ExecutableProcess, now: Timestamp) -> Vec<NewStart> {
    let forms = std::collections::BTreeMap::new();
    let decisions = DeployedDecisions::default();
    let deployment = DeploymentKey::new(0);
    let deployed =
        Deployed { process, from: None, forms: &forms, decisions: &decisions, deployment };
    // Only the moment counts.
    let (id, command) = (CommandId(0), Command::Continue);
    let request = Request { id, command, by: None, at: now, seed: 0 };
    let events = start_events(deployed, &request).into_iter();
    let starts = events.filter_map(|(node, waited)| {
        let awaited = Awaited::of(&waited)?;
        Some(NewStart { node, awaited })
    });
    starts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_command_says_where_it_comes_from() {
        let origin = Origin { instance: InstanceId::new(7), position: 3, number: 0 };
        let id = command_id(origin, "p loan");
        // Stored for ever: after an update, what was done must not be done again.
        assert_eq!(id, command_id(origin, "p loan"));
        assert_ne!(id, command_id(origin, "p other"));
        assert_ne!(id, command_id(Origin { number: 1, ..origin }, "p loan"));
        assert_ne!(id, command_id(Origin { position: 4, ..origin }, "p loan"));
    }
}
