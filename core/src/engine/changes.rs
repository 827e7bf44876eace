//! What a turn has changed about variables, so that only conditions that may have changed are asked.
//!
//! Never evaluates anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::definition::ConditionExpression;
use super::event::{Event, Waited};
use super::state::InstanceState;
use crate::ids::SubscriptionId;

/// What has changed since conditions were last looked at.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Conditions to be asked whatever has changed.
    pub(super) opened: BTreeSet<SubscriptionId>,
    /// Variables that were set; whether any scope got them new, and whether any had them before.
    set: BTreeMap<Arc<str>, (bool, bool)>,
    /// An earlier turn ended before it looked.
    pub(super) is_unknown: bool,
}

impl Changes {
    /// Whether nothing has changed.
    pub(super) fn is_empty(&self) -> bool {
        self.opened.is_empty() && self.set.is_empty() && !self.is_unknown
    }

    /// Takes notice of `event`, which `state` does not know yet.
    pub(super) fn note(&mut self, event: &Event, state: &InstanceState) {
        if let Event::VariablesSet { scope, variables, .. } = event {
            let before = state.scope(*scope).map(|scope| &scope.variables);
            for name in variables.keys() {
                let (is_new, is_update) = self.set.entry(name.clone()).or_default();
                let was_there = before.is_some_and(|before| before.get(name).is_some());
                *is_new |= !was_there;
                *is_update |= was_there;
            }
        } else if let Event::SubscriptionOpened {
            subscription,
            waits: Waited::Condition { .. },
            ..
        } = event
        {
            self.opened.insert(*subscription);
        }
    }

    /// Whether the condition of `subscription` has to be asked. One that mentions no variable is
    /// asked at every change.
    pub(super) fn concern(
        &self,
        subscription: SubscriptionId,
        condition: &ConditionExpression,
    ) -> bool {
        let counts = |(is_new, is_update): &(bool, bool)| {
            (*is_new && condition.sees_new) || (*is_update && condition.sees_updates)
        };
        let is_watched = if condition.watched.is_empty() {
            self.set.values().any(counts)
        } else {
            condition.watched.iter().any(|name| self.set.get(name).is_some_and(counts))
        };
        self.is_unknown || self.opened.contains(&subscription) || is_watched
    }
}
