//! What can be looked up about the state without searching it.
//!
//! Derived from the rest of the state and never stored: a snapshot is read back without it.

use std::collections::{BTreeMap, BTreeSet};

use super::element::{ElementInstance, Incident};
use super::subscription::Subscription;
use crate::engine::event::Waited;
use crate::ids::{ElementInstanceId, FlowNodeId, IncidentId, SubscriptionId};

/// Look-ups that keep the cost of a turn independent of the size of the instance.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Index {
    /// By scope: the open visits directly in it.
    pub(super) children: BTreeMap<ElementInstanceId, BTreeSet<ElementInstanceId>>,
    /// By scope: how many of them visit each node.
    pub(super) nodes: BTreeMap<ElementInstanceId, BTreeMap<FlowNodeId, u32>>,
    /// By visit: what it waits for.
    pub(super) waits: BTreeMap<ElementInstanceId, BTreeSet<SubscriptionId>>,
    /// Subscriptions whose condition has to be looked at.
    pub(super) conditions: BTreeSet<SubscriptionId>,
    /// By visit: its open incidents.
    pub(super) incidents: BTreeMap<ElementInstanceId, BTreeSet<IncidentId>>,
}

impl Index {
    /// The look-ups of a state.
    pub(super) fn of(
        elements: &BTreeMap<ElementInstanceId, ElementInstance>,
        subscriptions: &BTreeMap<SubscriptionId, Subscription>,
        incidents: &BTreeMap<IncidentId, Incident>,
    ) -> Self {
        let mut index = Self::default();
        for (id, element) in elements {
            index.enter(*id, element);
        }
        for (id, subscription) in subscriptions {
            index.subscribe(*id, subscription);
        }
        for (id, incident) in incidents {
            index.raise(*id, incident);
        }
        index
    }

    pub(super) fn enter(&mut self, id: ElementInstanceId, element: &ElementInstance) {
        self.children.entry(element.scope).or_default().insert(id);
        let nodes = self.nodes.entry(element.scope).or_default();
        *nodes.entry(element.node.clone()).or_default() += 1;
    }

    pub(super) fn leave(&mut self, id: ElementInstanceId, element: &ElementInstance) {
        remove(&mut self.children, element.scope, id);
        if let Some(nodes) = self.nodes.get_mut(&element.scope) {
            if let Some(count) = nodes.get_mut(&element.node) {
                *count -= 1;
                if *count == 0 {
                    nodes.remove(&element.node);
                }
            }
            if nodes.is_empty() {
                self.nodes.remove(&element.scope);
            }
        }
    }

    pub(super) fn subscribe(&mut self, id: SubscriptionId, subscription: &Subscription) {
        self.waits.entry(subscription.element).or_default().insert(id);
        if matches!(subscription.waits, Waited::Condition { .. }) {
            self.conditions.insert(id);
        }
    }

    pub(super) fn unsubscribe(&mut self, id: SubscriptionId, subscription: &Subscription) {
        remove(&mut self.waits, subscription.element, id);
        self.conditions.remove(&id);
    }

    pub(super) fn raise(&mut self, id: IncidentId, incident: &Incident) {
        self.incidents.entry(incident.element).or_default().insert(id);
    }

    pub(super) fn resolve(&mut self, id: IncidentId, incident: &Incident) {
        remove(&mut self.incidents, incident.element, id);
    }
}

/// Takes `id` out of the set at `key`, and the set out when it is empty.
fn remove<T: Ord>(
    sets: &mut BTreeMap<ElementInstanceId, BTreeSet<T>>,
    key: ElementInstanceId,
    id: T,
) {
    if let Some(set) = sets.get_mut(&key) {
        set.remove(&id);
        if set.is_empty() {
            sets.remove(&key);
        }
    }
}
