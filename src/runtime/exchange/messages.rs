//! Messages: of each process one instance gets a message, the one that has waited longest, or a
//! new one where the message starts the process. Failing that it waits until its time is over.
//!
//! Who waits is written with the turn that begins to wait, and a message is written before it
//! waits; each side looks at the other after it was written, so that none is missed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::future::join_all;
use spartito_core::engine::Command;
use spartito_core::engine::event::Waited;
use spartito_core::exchange::{self, Outgoing};
use spartito_core::ids::{InstanceId, PersonId, ProcessId};
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;

use super::{Beginning, Exchange, command_id};
use crate::runtime::SubmitError;
use crate::store::{
    Failpoint, Kept, MessageRow, NewMessage, Origin, OutboxRow, Receiver, StoreError,
};

/// Messages from outside that wait at most; past it such a one is refused.
pub const MESSAGES_WAITING_MAX: i64 = 100_000;
/// The longest time that a message waits, in days.
pub const MESSAGE_WAIT_DAYS_MAX: i64 = 30;
/// How long the id of a message is known at least, so that a repeat is noticed.
const ID_KNOWN_MS_MIN: i64 = 3_600_000;
/// Messages that are looked at together.
const MESSAGES_PER_READ: u32 = 64;
/// How often others are looked for where the first wait no longer.
const OFFERS_MAX: u32 = 32;

/// A message from outside.
#[derive(Debug, Clone)]
pub struct Publication {
    /// Its name.
    pub name: String,
    /// Whose it is; `None` where only the name counts.
    pub key: Option<String>,
    /// By which the sender knows it: a second one of the same name, key and id is refused.
    pub message_id: Option<String>,
    /// Until when it waits for somebody who waits for it; the present for not at all.
    pub waits_until: Timestamp,
    /// What it carries.
    pub variables: Variables,
    /// Who sends it.
    pub by: Option<PersonId>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// These instances got it, or were started by it.
    Received(Vec<InstanceId>),
    /// It waits.
    Waits,
    /// Nobody waits for it, and it does not wait either.
    Unmatched,
}

/// Why a message was not taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PublishError {
    /// The sender has sent it before.
    #[error("a message of this name, key and id was published before")]
    Duplicate,
    /// Too many messages wait.
    #[error("too many messages wait for somebody who waits for them")]
    TooManyWaiting,
    /// It could not be brought to an instance; what is known of it is brought there later.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

impl From<StoreError> for PublishError {
    fn from(error: StoreError) -> Self {
        Self::Submit(error.into())
    }
}

/// A message on its way.
struct Message<'m> {
    origin: Origin,
    name: &'m str,
    key: Option<&'m str>,
    variables: &'m Variables,
    by: Option<&'m PersonId>,
}

impl<'m> Message<'m> {
    /// The message that an entry is; `None` where it is something else.
    fn of(origin: Origin, by: Option<&'m PersonId>, entry: &'m Outgoing) -> Option<Self> {
        match entry {
            Outgoing::Message { name, key, variables } => {
                Some(Self { origin, name, key: key.as_deref(), variables, by })
            }
            Outgoing::Signal { .. }
            | Outgoing::Call { .. }
            | Outgoing::CancelCall { .. }
            | Outgoing::EndCall { .. }
            | Outgoing::Escalate { .. } => None,
        }
    }
}

impl Exchange {
    /// Brings a message from outside to who waits for it, or lets it wait.
    ///
    /// # Errors
    /// [`PublishError`] where it is a repeat, or cannot be taken now.
    pub async fn publish(&self, publication: Publication) -> Result<Published, PublishError> {
        let Publication { name, key, message_id, waits_until, variables, by } = publication;
        let now = self.clock.now();
        let entry = Outgoing::Message {
            name: Arc::from(name.as_str()),
            key: key.as_deref().map(Arc::from),
            variables,
        };
        let new = NewMessage {
            origin: self.outside(),
            name: &name,
            key: key.as_deref(),
            message_id: message_id.as_deref(),
            waits_until,
            expires_at: if message_id.is_some() {
                waits_until.max(now.plus_millis_saturating(ID_KNOWN_MS_MIN))
            } else {
                waits_until
            },
            by: by.as_ref(),
            entry: &entry,
        };
        let message = Message::of(new.origin, new.by, &entry).expect("it is a message");
        Failpoint::MessageCame.pass();
        let kept = match &message_id {
            Some(_) => {
                let kept = self.store.accept_message(&new, now).await?;
                Some(kept.ok_or(PublishError::Duplicate)?)
            }
            None => None,
        };
        Failpoint::MessageAccepted.pass();
        let reached = self.offer(&message).await?;
        if !reached.is_empty() {
            Failpoint::MessageReceived.pass();
            if let Some(sequence) = kept {
                self.store.message_arrived(sequence, true).await?;
            }
            Failpoint::MessageSettled.pass();
            return Ok(Published::Received(reached));
        }
        if waits_until <= now {
            if let Some(sequence) = kept {
                self.store.message_arrived(sequence, true).await?;
            }
            return Ok(Published::Unmatched);
        }
        if self.waiting.load(Ordering::Relaxed) >= MESSAGES_WAITING_MAX {
            if let Some(sequence) = kept {
                self.store.message_arrived(sequence, false).await?;
            }
            return Err(PublishError::TooManyWaiting);
        }
        match kept {
            Some(sequence) => {
                self.store.let_wait(sequence).await?;
                self.count_waiting(1);
                Failpoint::MessageSettled.pass();
                Ok(Published::Waits)
            }
            None => Ok(self.let_wait(&new, None).await?),
        }
    }

    /// Brings a message that an instance has thrown to who waits for it, or lets it wait.
    pub(super) async fn send(&self, row: &OutboxRow) -> Result<(), SubmitError> {
        let Some(message) = Message::of(row.origin, row.by.as_ref(), &row.entry) else {
            return Ok(());
        };
        match self.offer(&message).await {
            Ok(reached) if reached.is_empty() => {}
            Ok(_) => return Ok(()),
            // It waits, and does not hold up what the same instance asks of others.
            Err(SubmitError::Store(error)) if error.is_damage() => {
                tracing::error!(%error, "a message for a damaged instance waits");
            }
            Err(error) => return Err(error),
        }
        let waits_until = self.clock.now().plus_millis_saturating(exchange::THROWN_WAIT_MS);
        let new = NewMessage {
            origin: row.origin,
            name: message.name,
            key: message.key,
            message_id: None,
            waits_until,
            expires_at: waits_until,
            by: message.by,
            entry: &row.entry,
        };
        self.let_wait(&new, Some(row.sequence)).await.map(drop)
    }

    /// Keeps a message, then looks once more who waits for it.
    async fn let_wait(
        &self,
        new: &NewMessage<'_>,
        outbox: Option<i64>,
    ) -> Result<Published, SubmitError> {
        let Some(sequence) = self.store.keep_message(new, outbox).await? else {
            return Ok(Published::Waits);
        };
        self.count_waiting(1);
        let Some(message) = Message::of(new.origin, new.by, new.entry) else {
            return Ok(Published::Waits);
        };
        let reached = self.offer(&message).await?;
        if reached.is_empty() {
            return Ok(Published::Waits);
        }
        self.store.message_arrived(sequence, false).await?;
        self.count_waiting(-1);
        Ok(Published::Received(reached))
    }

    /// Brings messages that wait to who waits for them, the oldest first.
    pub(super) async fn hand_out(&self, which: Kept<'_>) -> Result<(), SubmitError> {
        let mut after = 0;
        loop {
            let now = self.clock.now();
            let rows = self.store.kept_messages(which, now, after, MESSAGES_PER_READ).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.sequence;
            for row in rows {
                let has_reached = match self.hand_out_one(&row, now).await {
                    Err(SubmitError::Store(error)) if error.is_damage() => {
                        tracing::error!(%error, "a message for a damaged instance waits");
                        false
                    }
                    done => done?,
                };
                if !has_reached && matches!(which, Kept::For(_)) {
                    // The one who waited has got an earlier one.
                    return Ok(());
                }
            }
        }
    }

    async fn hand_out_one(&self, row: &MessageRow, now: Timestamp) -> Result<bool, SubmitError> {
        let Some(message) = Message::of(row.origin, row.by.as_ref(), &row.entry) else {
            return Ok(false);
        };
        let has_reached = !self.offer(&message).await?.is_empty();
        if has_reached {
            self.store.message_arrived(row.sequence, row.has_id).await?;
            self.count_waiting(-1);
        } else if row.is_new && row.waits_until > now {
            self.store.let_wait(row.sequence).await?;
        } else if row.is_new {
            self.store.message_arrived(row.sequence, true).await?;
        }
        Ok(has_reached)
    }

    /// Brings a message to one instance of each process that waits for it or starts by it; says to
    /// which. Done again, it brings it to nobody else.
    async fn offer(&self, message: &Message<'_>) -> Result<Vec<InstanceId>, SubmitError> {
        let mut reached: BTreeMap<ProcessId, InstanceId> = BTreeMap::new();
        for _ in 0..OFFERS_MAX {
            let receivers = self.store.receivers(message.name, message.key).await?;
            let mut open: BTreeMap<ProcessId, Receiver> = BTreeMap::new();
            for (process, receiver) in receivers {
                if !reached.contains_key(&process) {
                    open.entry(process).or_insert(receiver);
                }
            }
            let offers = open.into_iter().map(|(process, receiver)| async move {
                let can_change = matches!(receiver, Receiver::Open { .. });
                let done = self.bring(message, &process, receiver).await;
                (process, can_change, done)
            });
            let mut has_missed = false;
            for (process, can_change, done) in join_all(offers).await {
                match done? {
                    Some(instance) => drop(reached.insert(process, instance)),
                    // It waits no longer; perhaps another instance does.
                    None => has_missed |= can_change,
                }
            }
            if !has_missed {
                break;
            }
        }
        Ok(reached.into_values().collect())
    }

    /// Brings a message to the receiver of a process. The id of the command names the process and
    /// not the instance: of each process one instance gets it, for ever.
    async fn bring(
        &self,
        message: &Message<'_>,
        process: &ProcessId,
        receiver: Receiver,
    ) -> Result<Option<InstanceId>, SubmitError> {
        let id = command_id(message.origin, &format!("message {process}"));
        let Message { variables, by, .. } = *message;
        let done = match receiver {
            Receiver::Open { instance, subscription } => {
                let variables = variables.clone();
                let command = Command::TriggerEvent { subscription, variables };
                self.submit(instance, command, by.cloned(), id).await?
            }
            Receiver::Start { definition, node } => {
                let key = message.key.map(Arc::from);
                let occurred = Waited::Message { name: Arc::from(message.name), key };
                let key = message.key.and_then(exchange::business_key);
                let beginning = Beginning { definition, node, occurred, key, variables, by };
                self.begin(beginning, id).await?
            }
        };
        Ok(done.map(|done| done.instance))
    }
}
