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

use spartito_core::engine::event::{Caller, Waited};
use spartito_core::engine::{Command, Rejection};
use spartito_core::exchange::Outgoing;
use spartito_core::ids::{CommandId, DefinitionKey, FlowNodeId, InstanceId, PersonId};
use spartito_core::value::Variables;

pub(super) use desk::{ExchangeDesk, Word};
pub use messages::{
    MESSAGE_WAIT_DAYS_MAX, MESSAGES_WAITING_MAX, Publication, PublishError, Published,
};
pub(super) use runner::start;

use super::keys::next_business_key;
use super::{Chance, Clock, Definitions, Orchestrator, SubmitError, TurnDone, derived};
use crate::store::{Origin, OutboxRow, Store};

/// Carries what passes between instances. Cheap to clone.
#[derive(Clone)]
pub struct Exchange {
    store: Store,
    orchestrator: Orchestrator,
    definitions: Definitions,
    clock: Arc<dyn Clock>,
    desk: ExchangeDesk,
    chance: Chance,
    /// Messages that wait, as far as this process knows.
    waiting: Arc<AtomicI64>,
}

impl Exchange {
    pub(super) fn new(orchestrator: Orchestrator, ground: Ground) -> Self {
        let Ground { store, definitions, clock, desk, chance } = ground;
        Self { store, orchestrator, definitions, clock, desk, chance, waiting: Arc::default() }
    }

    /// An origin for what comes from outside.
    fn outside(&self) -> Origin {
        Origin { instance: Origin::OUTSIDE, position: self.chance.number() >> 1, number: 0 }
    }

    /// Does what one entry of the outbox asks.
    async fn carry_out(&self, row: &OutboxRow) -> Result<(), SubmitError> {
        match &row.entry {
            Outgoing::Message { .. } => self.send(row).await,
            Outgoing::Signal { from, name, variables } => {
                self.broadcast(row, *from, (name, variables)).await
            }
            Outgoing::Call { caller, called, variables } => {
                self.call(row, caller, called, variables).await
            }
            Outgoing::CancelCall { caller } => self.cancel_call(row.origin, caller).await,
            Outgoing::EndCall { caller, outcome } => {
                let outcome = outcome.clone();
                let command = Command::EndCall { element: caller.element, outcome };
                self.tell_caller(row, caller, command).await
            }
            Outgoing::Escalate { caller, code } => {
                let command = Command::EscalateCall { element: caller.element, code: code.clone() };
                self.tell_caller(row, caller, command).await
            }
        }
    }

    async fn tell_caller(
        &self,
        row: &OutboxRow,
        caller: &Caller,
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
        match self.orchestrator.queue(instance, command, row.by.clone(), Some(id)).await {
            Err(SubmitError::Rejected(Rejection::InstanceSuspended)) => {
                self.store.hold_outgoing(row, instance).await?;
                Ok(())
            }
            Err(SubmitError::Store(error)) if error.is_damage() => {
                tracing::error!(%instance, %error, "what was asked of a damaged instance waits");
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
        fitting(instance, self.orchestrator.queue(instance, command, by, Some(id)).await)
    }

    /// Starts an instance of a version where the event `node` has occurred, once for each `id`. Its
    /// business key is `key`, else the next one where the model asks for numbered ones.
    async fn begin(
        &self,
        beginning: Beginning<'_>,
        id: CommandId,
    ) -> Result<Option<TurnDone>, SubmitError> {
        let Beginning { definition, node, occurred, key, variables, by } = beginning;
        let known = self.definitions.get(definition).await?;
        let business_key = match (key, known) {
            (Some(key), _) => Some(key.to_owned()),
            (None, Some(known)) => next_business_key(&self.store, known.process.model()).await?,
            (None, None) => None,
        };
        let instance = self.orchestrator.new_instance_id();
        let command = Command::StartInstance {
            instance,
            definition,
            business_key,
            variables: variables.clone(),
            node: Some(node),
            occurred: Some(occurred),
            caller: None,
        };
        self.submit(instance, command, by.cloned(), id).await
    }

    fn count_waiting(&self, change: i64) {
        self.waiting.fetch_add(change, Ordering::Relaxed);
    }
}

/// What the exchange stands on.
pub(super) struct Ground {
    pub(super) store: Store,
    pub(super) definitions: Definitions,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) desk: ExchangeDesk,
    pub(super) chance: Chance,
}

/// An instance that an event starts.
struct Beginning<'b> {
    definition: DefinitionKey,
    node: FlowNodeId,
    occurred: Waited,
    key: Option<&'b str>,
    variables: &'b Variables,
    by: Option<&'b PersonId>,
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
        Err(SubmitError::UnknownInstance | SubmitError::LeaseLost) => Ok(None),
        Err(SubmitError::Internal(reason)) => {
            // Asking again would find the same bug.
            tracing::error!(%instance, reason, "what an instance asked of another is dropped");
            Ok(None)
        }
        Err(
            error @ (SubmitError::Overloaded
            | SubmitError::ShuttingDown
            | SubmitError::Store(_)
            | SubmitError::Unknown(_)),
        ) => Err(error),
    }
}

/// The id of the command that does for `target` what was asked at `origin`.
fn command_id(origin: Origin, target: &str) -> CommandId {
    let numbers = [origin.instance.number(), origin.position, u64::from(origin.number)];
    derived::command_id("exchange", &numbers, target)
}
