//! What passes between instances: what a turn asks of others, and who waits for messages and
//! signals.

use std::collections::{BTreeMap, BTreeSet};

use spartito_core::engine::Event;
use spartito_core::engine::event::Waited;
use spartito_core::engine::state::{InstanceState, Status};
use spartito_core::exchange;
use spartito_core::ids::{ElementInstanceId, InstanceId, PersonId, ProcessId, SubscriptionId};

use super::{Changes, NewTurn, Tracked};
use crate::store::blob;

/// What is waited for. The numbers are stored: never change one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i64)]
pub enum AwaitedKind {
    /// A message, which one gets.
    Message = 0,
    /// A signal, which all hear.
    Signal = 1,
}

impl AwaitedKind {
    /// The stored number.
    pub const fn number(self) -> i64 {
        self as i64
    }
}

/// A message or signal that is waited for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Awaited {
    /// Which of the two.
    pub kind: AwaitedKind,
    /// Its name.
    pub name: std::sync::Arc<str>,
    /// Whose message it is; `None` where any will do.
    pub key: Option<std::sync::Arc<str>>,
}

impl Awaited {
    /// What is waited for; `None` for what does not come from another instance.
    pub fn of(waited: &Waited) -> Option<Self> {
        match waited {
            Waited::Message { name, key } => {
                Some(Self { kind: AwaitedKind::Message, name: name.clone(), key: key.clone() })
            }
            Waited::Signal { name } => {
                Some(Self { kind: AwaitedKind::Signal, name: name.clone(), key: None })
            }
            Waited::Timer { .. } | Waited::Condition { .. } => None,
        }
    }
}

/// The subscriptions of an instance that have a row, by number and by the visit that waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Subscribed {
    rows: BTreeMap<SubscriptionId, (ElementInstanceId, Awaited)>,
    of_element: BTreeSet<(ElementInstanceId, SubscriptionId)>,
}

impl Subscribed {
    /// Those of an instance that was read.
    pub(super) fn of(state: &InstanceState) -> Self {
        let mut subscribed = Self::default();
        for (id, open) in state.subscriptions() {
            if let Some(awaited) = awaited(state, id) {
                subscribed.set(id, Some((open.element, awaited)));
            }
        }
        subscribed
    }

    /// Sets what has a row, and gives what had one before.
    fn set(
        &mut self,
        id: SubscriptionId,
        now: Option<(ElementInstanceId, Awaited)>,
    ) -> Option<Awaited> {
        let (element, before) = match self.rows.remove(&id) {
            Some((element, before)) => (Some(element), Some(before)),
            None => (None, None),
        };
        if let Some(element) = element {
            self.of_element.remove(&(element, id));
        }
        if let Some((element, awaited)) = now {
            self.of_element.insert((element, id));
            self.rows.insert(id, (element, awaited));
        }
        before
    }

    fn of_element(
        &self,
        element: ElementInstanceId,
    ) -> impl Iterator<Item = SubscriptionId> + use<'_> {
        let (first, last) = (SubscriptionId(0), SubscriptionId(u32::MAX));
        self.of_element.range((element, first)..=(element, last)).map(|(_, id)| *id)
    }
}

/// What is done to the row of a subscription.
#[derive(Debug, Default)]
pub(super) struct SubscriptionChange {
    /// Whether there is a row from before to take away.
    pub(super) is_gone: bool,
    pub(super) new: Option<(ProcessId, Awaited)>,
}

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

    /// Messages that are waited for since this batch.
    pub fn new_messages_awaited(&self) -> impl Iterator<Item = &Awaited> {
        let new = self.subscriptions.values().filter_map(|change| change.new.as_ref());
        new.map(|(_, awaited)| awaited).filter(|awaited| awaited.kind == AwaitedKind::Message)
    }

    /// Adds what a turn asks of others, and what it waits for from now on.
    pub(super) fn add_exchange(
        &mut self,
        turn: &NewTurn<'_>,
        tracked: &mut Tracked,
        after: &InstanceState,
    ) {
        for (number, asked) in (0..).zip(exchange::outgoing(turn.events, after)) {
            self.outbox.push(OutboxRow {
                instance: turn.instance,
                position: tracked.position,
                number,
                by: turn.by.cloned(),
                entry: blob::encode(&asked),
            });
        }
        let Some(process) = after.identity().map(|identity| &identity.process) else { return };
        let mut touched = BTreeSet::new();
        for event in turn.events {
            touch(event, &tracked.subscribed, &mut touched);
            if let Event::InstanceSuspended { .. } | Event::InstanceResumed { .. } = event {
                touched.extend(after.subscriptions().map(|(id, _)| id));
                self.has_resumed |= matches!(event, Event::InstanceResumed { .. });
            }
        }
        for id in touched {
            let now = after.subscription(id).map(|open| open.element).zip(awaited(after, id));
            let new = now.clone().map(|(_, awaited)| awaited);
            let before = tracked.subscribed.set(id, now);
            if before == new {
                continue;
            }
            let change = self.subscriptions.entry((turn.instance, id)).or_default();
            // What this batch opened has no row yet.
            change.is_gone |= change.new.is_none() && before.is_some();
            change.new = new.map(|awaited| (process.clone(), awaited));
        }
    }
}

/// What an open subscription of an open instance waits for from others. A message passes by an
/// instance that is suspended; a signal is kept for it.
fn awaited(state: &InstanceState, id: SubscriptionId) -> Option<Awaited> {
    let open = state.subscription(id).filter(|_| state.status() == Status::Active)?;
    let awaited = Awaited::of(&open.waits)?;
    let is_deaf = state.is_suspended() && awaited.kind == AwaitedKind::Message;
    (!is_deaf).then_some(awaited)
}

/// Which subscriptions an event may have opened, changed or closed.
fn touch(event: &Event, known: &Subscribed, touched: &mut BTreeSet<SubscriptionId>) {
    if let Event::SubscriptionOpened { subscription, .. }
    | Event::EventOccurred { subscription, .. } = event
    {
        touched.insert(*subscription);
    } else if let Event::ElementCompleted { element }
    | Event::ElementTerminated { element }
    | Event::ScopeInterrupted { scope: element, .. } = event
    {
        touched.extend(known.of_element(*element));
    } else if let Event::InstanceMigrated { closes, .. } = event {
        touched.extend(closes);
    } else if let Event::InstanceCompleted | Event::InstanceTerminated { .. } = event {
        touched.extend(known.rows.keys());
    }
}
