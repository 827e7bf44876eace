//! What instances wait for beside people and systems: timers, messages, signals. Which rows stand
//! for it, and what a turn changes about that.
//!
//! What is waited for after a turn, the state says; the events only say where to look, so that the
//! cost is that of the turn and not that of the instance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use spartito_core::engine::Event;
use spartito_core::engine::event::Waited;
use spartito_core::engine::state::{InstanceState, Status, map_bytes};
use spartito_core::ids::{ElementInstanceId, InstanceId, ProcessId, SubscriptionId};
use spartito_core::time::Timestamp;

use super::{Changes, Context};

/// What comes from other instances. The numbers are stored: never change one.
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
    pub name: Arc<str>,
    /// Whose message it is; `None` where any will do.
    pub key: Option<Arc<str>>,
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

/// What the row of a subscription says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Row {
    /// A timer, and when it falls due.
    Timer(Timestamp),
    /// A message or signal.
    Awaited(Awaited),
}

impl Row {
    /// The row of an open subscription of an open instance; `None` for what has none: conditions,
    /// and timers that are only started by hand. While an instance is suspended messages pass it by;
    /// a signal is kept for it. Its timers stay where they are, and whoever fires them leaves them
    /// alone: so they are still there whichever version of the server resumes it.
    fn of(state: &InstanceState, id: SubscriptionId) -> Option<(ElementInstanceId, Self)> {
        let open = state.subscription(id).filter(|_| state.status() == Status::Active)?;
        if let Waited::Timer { due, .. } = &open.waits {
            let falls_due = *due != Timestamp::MAX;
            return falls_due.then_some((open.element, Self::Timer(*due)));
        }
        let awaited = Awaited::of(&open.waits)?;
        let is_deaf = state.is_suspended() && awaited.kind == AwaitedKind::Message;
        (!is_deaf).then_some((open.element, Self::Awaited(awaited)))
    }
}

/// The subscriptions of an instance that have a row, by number and by the visit that waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Subscribed {
    rows: BTreeMap<SubscriptionId, (ElementInstanceId, Row)>,
    of_element: BTreeSet<(ElementInstanceId, SubscriptionId)>,
}

impl Subscribed {
    /// Those of an instance that was read.
    pub(super) fn of(state: &InstanceState) -> Self {
        let mut subscribed = Self::default();
        for (id, _) in state.subscriptions() {
            subscribed.set(id, Row::of(state, id));
        }
        subscribed
    }

    /// How many bytes of memory it takes besides itself. The names are shared with the state.
    pub(super) fn heap_bytes(&self) -> usize {
        // A set takes what a map with as many entries takes.
        2 * map_bytes(&self.rows)
    }

    /// Sets the row of a subscription, and gives the one that it had before.
    fn set(&mut self, id: SubscriptionId, now: Option<(ElementInstanceId, Row)>) -> Option<Row> {
        let before = self.rows.remove(&id).map(|(element, row)| {
            self.of_element.remove(&(element, id));
            row
        });
        if let Some((element, row)) = now {
            self.of_element.insert((element, id));
            self.rows.insert(id, (element, row));
        }
        before
    }

    /// Which subscriptions an event may have opened, changed or closed; `after` is the state after
    /// the turn.
    fn touch(&self, event: &Event, after: &InstanceState, touched: &mut BTreeSet<SubscriptionId>) {
        if let Event::SubscriptionOpened { subscription, .. }
        | Event::EventOccurred { subscription, .. } = event
        {
            touched.insert(*subscription);
        } else if let Event::ElementCompleted { element }
        | Event::ElementTerminated { element }
        | Event::ScopeInterrupted { scope: element, .. } = event
        {
            let (first, last) = (SubscriptionId(0), SubscriptionId(u32::MAX));
            let of_element = self.of_element.range((*element, first)..=(*element, last));
            touched.extend(of_element.map(|(_, id)| *id));
        } else if let Event::InstanceMigrated { closes, .. } = event {
            touched.extend(closes);
        } else if let Event::InstanceSuspended { .. } | Event::InstanceResumed { .. } = event {
            touched.extend(after.subscriptions().map(|(id, _)| id));
        } else if let Event::InstanceCompleted | Event::InstanceTerminated { .. } = event {
            touched.extend(self.rows.keys());
        }
    }
}

/// What a batch does to a row.
#[derive(Debug)]
pub(super) struct RowChange<R> {
    /// Whether there is a row from before the batch.
    pub(super) was_there: bool,
    /// The row after the batch.
    pub(super) now: Option<R>,
}

impl<R> RowChange<R> {
    /// Adds to `changes` what a turn does to the row `key`.
    fn add<K: Ord>(changes: &mut BTreeMap<K, Self>, key: K, was_there: bool, now: Option<R>) {
        // What this batch has opened has no row yet.
        let change = changes.entry(key).or_insert(Self { was_there, now: None });
        change.now = now;
    }
}

/// A timer that is waited for.
#[derive(Debug)]
pub(super) struct TimerRow {
    pub(super) due_at: Timestamp,
    pub(super) since: Timestamp,
}

/// Who waits for a message or signal.
#[derive(Debug)]
pub(super) struct AwaitedRow {
    pub(super) process: ProcessId,
    pub(super) awaited: Awaited,
}

/// Changes of rows by instance and subscription.
pub(super) type OfSubscription<R> = BTreeMap<(InstanceId, SubscriptionId), RowChange<R>>;

impl Changes {
    /// When the first of the timers that this batch has set falls due.
    pub fn next_timer_due(&self) -> Option<Timestamp> {
        self.timers.values().filter_map(|timer| Some(timer.now.as_ref()?.due_at)).min()
    }

    /// The same, of the instances that are meant.
    pub fn next_timer_due_of(&self, is_meant: impl Fn(InstanceId) -> bool) -> Option<Timestamp> {
        let timers = self.timers.iter().filter(|((instance, _), _)| is_meant(*instance));
        timers.filter_map(|(_, timer)| Some(timer.now.as_ref()?.due_at)).min()
    }

    /// Messages that are waited for since this batch.
    pub fn new_messages_awaited(&self) -> impl Iterator<Item = &Awaited> {
        let new = self.subscriptions.values().filter_map(|change| change.now.as_ref());
        new.map(|row| &row.awaited).filter(|awaited| awaited.kind == AwaitedKind::Message)
    }

    /// Follows what is waited for in a turn.
    pub(super) fn add_waiting(&mut self, c: &mut Context<'_>, events: &[Event]) {
        let Some(identity) = c.after.identity() else { return };
        let mut touched = BTreeSet::new();
        for event in events {
            c.tracked.subscribed.touch(event, c.after, &mut touched);
        }
        // What was due meanwhile was put off, and is due at once.
        let is_resumed = events.iter().any(|event| matches!(event, Event::InstanceResumed { .. }));
        for id in touched {
            let now = Row::of(c.after, id);
            let before = c.tracked.subscribed.set(id, now.clone());
            let now = now.map(|(_, row)| row);
            let is_put_off = is_resumed && matches!(now, Some(Row::Timer(_)));
            if before == now && !is_put_off {
                continue;
            }
            let (key, was_there) = ((c.instance, id), before.is_some());
            // What a subscription is for never changes.
            if let Some(Row::Timer(_)) = now.as_ref().or(before.as_ref()) {
                let row = now.and_then(|row| match row {
                    Row::Timer(due_at) => Some(TimerRow { due_at, since: c.at }),
                    Row::Awaited(_) => None,
                });
                RowChange::add(&mut self.timers, key, was_there, row);
            } else {
                let row = now.and_then(|row| match row {
                    Row::Awaited(awaited) => {
                        Some(AwaitedRow { process: identity.process.clone(), awaited })
                    }
                    Row::Timer(_) => None,
                });
                RowChange::add(&mut self.subscriptions, key, was_there, row);
            }
        }
    }
}
