//! What a turn asks of other instances.

use spartito_core::engine::Event;
use spartito_core::engine::state::InstanceState;
use spartito_core::exchange;
use spartito_core::ids::{InstanceId, PersonId};

use super::{Changes, NewTurn};
use crate::store::blob;

/// What a turn asks of another instance.
#[derive(Debug)]
pub(super) struct OutboxRow {
    pub(super) instance: InstanceId,
    pub(super) position: u64,
    pub(super) number: u32,
    pub(super) by: Option<PersonId>,
    pub(super) entry: Vec<u8>,
}

impl Changes {
    /// Whether something is asked of other instances.
    pub fn has_outgoing(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Whether an instance goes on that was suspended, so that it can hear what was held for it.
    pub fn has_resumed(&self) -> bool {
        self.has_resumed
    }

    /// Adds what the turn at `position` asks of others.
    pub(super) fn add_outgoing(
        &mut self,
        turn: &NewTurn<'_>,
        position: u64,
        after: &InstanceState,
    ) {
        for (number, asked) in (0..).zip(exchange::outgoing(turn.events, after)) {
            self.outbox.push(OutboxRow {
                instance: turn.instance,
                position,
                number,
                by: turn.by.cloned(),
                entry: blob::encode(&asked),
            });
        }
        let is_resumed = |event: &Event| matches!(event, Event::InstanceResumed { .. });
        self.has_resumed |= turn.events.iter().any(is_resumed);
    }
}
