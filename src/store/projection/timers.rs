//! Timers that are waited for: which rows stand for them, and what a turn changes about that.
//!
//! What is waited for after a turn, the state says; the events only say where to look, so that the
//! cost is that of the turn and not that of the instance.

use std::collections::{BTreeMap, BTreeSet};

use spartito_core::engine::event::Waited;
use spartito_core::engine::state::Subscription;
use spartito_core::engine::{Event, InstanceState};
use spartito_core::ids::{ElementInstanceId, SubscriptionId};
use spartito_core::time::Timestamp;

use super::{Changes, Context};

/// The timers of one instance that have a row.
#[derive(Debug, Clone, Default)]
pub struct Timers {
    rows: BTreeMap<SubscriptionId, (ElementInstanceId, Timestamp)>,
    /// By the visit (or process) that waits.
    of: BTreeMap<ElementInstanceId, BTreeSet<SubscriptionId>>,
    /// Those that the turn may have changed.
    touched: BTreeSet<SubscriptionId>,
}

/// A timer that is waited for.
#[derive(Debug)]
pub(super) struct TimerRow {
    pub(super) due_at: Timestamp,
    pub(super) since: Timestamp,
}

impl Timers {
    /// The timers of an instance that was read.
    pub(super) fn of(state: &InstanceState) -> Self {
        let mut timers = Self::default();
        for (id, open) in state.subscriptions() {
            if let Some(due) = due(open) {
                timers.keep(id, open.element, due);
            }
        }
        timers
    }

    /// Remembers where `event` may have changed something.
    fn note(&mut self, event: &Event) {
        if let Event::SubscriptionOpened { subscription, waits: Waited::Timer { .. }, .. }
        | Event::EventOccurred { subscription, .. } = event
        {
            self.touched.insert(*subscription);
        } else if let Event::ElementCompleted { element } | Event::ElementTerminated { element } =
            event
        {
            self.touched.extend(self.of.get(element).into_iter().flatten());
        } else if let Event::ScopeInterrupted { scope, closes } = event {
            match closes {
                Some(closes) => self.touched.extend(closes),
                None => self.touched.extend(self.of.get(scope).into_iter().flatten()),
            }
        } else if let Event::InstanceMigrated { closes, .. } = event {
            self.touched.extend(closes);
        } else if let Event::InstanceCompleted | Event::InstanceTerminated { .. } = event {
            self.touched.extend(self.rows.keys());
        }
    }

    /// What has changed, once all events are noted and the state is `after`.
    fn changes(&mut self, after: &InstanceState) -> Vec<(SubscriptionId, Option<Timestamp>)> {
        let mut changes = Vec::new();
        for id in std::mem::take(&mut self.touched) {
            let open = after.subscription(id);
            let now = open.and_then(due);
            if self.rows.get(&id).map(|(_, due)| *due) == now {
                continue;
            }
            changes.push((id, now));
            match (open, now) {
                (Some(open), Some(due)) => self.keep(id, open.element, due),
                (None, _) | (_, None) => self.forget(id),
            }
        }
        changes
    }

    fn keep(&mut self, id: SubscriptionId, element: ElementInstanceId, due: Timestamp) {
        self.rows.insert(id, (element, due));
        self.of.entry(element).or_default().insert(id);
    }

    fn forget(&mut self, id: SubscriptionId) {
        let Some((element, _)) = self.rows.remove(&id) else { return };
        if let Some(ids) = self.of.get_mut(&element) {
            ids.remove(&id);
            if ids.is_empty() {
                self.of.remove(&element);
            }
        }
    }
}

/// When the subscription falls due by itself.
fn due(open: &Subscription) -> Option<Timestamp> {
    match &open.waits {
        Waited::Timer { due, .. } => Some(*due).filter(|due| *due != Timestamp::MAX),
        Waited::Message { .. } | Waited::Signal { .. } | Waited::Condition { .. } => None,
    }
}

impl Changes {
    /// When the first of the timers that this batch has set falls due.
    pub fn next_timer_due(&self) -> Option<Timestamp> {
        self.timers.values().filter_map(|timer| Some(timer.as_ref()?.due_at)).min()
    }

    /// Follows the timers of a turn.
    pub(super) fn add_timers(&mut self, c: &mut Context<'_>, events: &[Event]) {
        for event in events {
            c.tracked.timers.note(event);
        }
        for (id, due) in c.tracked.timers.changes(c.after) {
            let row = due.map(|due_at| TimerRow { due_at, since: c.at });
            self.timers.insert((c.instance, id), row);
        }
    }
}
