//! What can be looked up about the state without searching it.
//!
//! Derived from the rest of the state and never stored: a snapshot is read back without it.

use std::collections::{BTreeMap, BTreeSet};

use super::element::{ElementInstance, Incident};
use super::subscription::Subscription;
use crate::engine::event::Waited;
use crate::ids::{ElementInstanceId, FlowNodeId, IncidentId, SubscriptionId};

/// Look-ups that keep the cost of a turn independent of the size of the instance. Pairs in one set
/// instead of a set for each: most instances have few of all, and each set takes room for eleven.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Index {
    /// Scopes with the open visits directly in them.
    pub(super) children: BTreeSet<(ElementInstanceId, ElementInstanceId)>,
    /// By scope: how many of them visit each node, by node; no more than the model has nodes.
    pub(super) nodes: BTreeMap<ElementInstanceId, Vec<(FlowNodeId, u32)>>,
    /// Visits with what they wait for.
    pub(super) waits: BTreeSet<(ElementInstanceId, SubscriptionId)>,
    /// Subscriptions whose condition has to be looked at.
    pub(super) conditions: BTreeSet<SubscriptionId>,
    /// Visits with their open incidents.
    pub(super) incidents: BTreeSet<(ElementInstanceId, IncidentId)>,
}

impl Index {
    /// The look-ups of a state.
    pub(super) fn of(
        elements: &BTreeMap<ElementInstanceId, Box<ElementInstance>>,
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

    /// The open visits directly in `scope`.
    pub(super) fn children_of(
        &self,
        scope: ElementInstanceId,
    ) -> impl DoubleEndedIterator<Item = ElementInstanceId> + '_ {
        let all = (scope, ElementInstanceId(0))..=(scope, ElementInstanceId(u32::MAX));
        self.children.range(all).map(|(_, child)| *child)
    }

    /// What `element` waits for.
    pub(super) fn waits_of(
        &self,
        element: ElementInstanceId,
    ) -> impl Iterator<Item = SubscriptionId> + '_ {
        let all = (element, SubscriptionId(0))..=(element, SubscriptionId(u32::MAX));
        self.waits.range(all).map(|(_, id)| *id)
    }

    /// The open incidents of `element`.
    pub(super) fn incidents_of(
        &self,
        element: ElementInstanceId,
    ) -> impl Iterator<Item = IncidentId> + '_ {
        let all = (element, IncidentId(0))..=(element, IncidentId(u32::MAX));
        self.incidents.range(all).map(|(_, id)| *id)
    }

    pub(super) fn enter(&mut self, id: ElementInstanceId, element: &ElementInstance) {
        self.children.insert((element.scope, id));
        let nodes = self.nodes.entry(element.scope).or_default();
        match nodes.binary_search_by(|(node, _)| node.cmp(&element.node)) {
            Ok(at) => nodes[at].1 += 1,
            Err(at) => nodes.insert(at, (element.node.clone(), 1)),
        }
    }

    pub(super) fn leave(&mut self, id: ElementInstanceId, element: &ElementInstance) {
        self.children.remove(&(element.scope, id));
        let Some(nodes) = self.nodes.get_mut(&element.scope) else { return };
        if let Ok(at) = nodes.binary_search_by(|(node, _)| node.cmp(&element.node)) {
            nodes[at].1 -= 1;
            if nodes[at].1 == 0 {
                nodes.remove(at);
            }
        }
        if nodes.is_empty() {
            self.nodes.remove(&element.scope);
        }
    }

    pub(super) fn subscribe(&mut self, id: SubscriptionId, subscription: &Subscription) {
        self.waits.insert((subscription.element, id));
        if matches!(subscription.waits, Waited::Condition { .. }) {
            self.conditions.insert(id);
        }
    }

    pub(super) fn unsubscribe(&mut self, id: SubscriptionId, subscription: &Subscription) {
        self.waits.remove(&(subscription.element, id));
        self.conditions.remove(&id);
    }

    pub(super) fn raise(&mut self, id: IncidentId, incident: &Incident) {
        self.incidents.insert((incident.element, id));
    }

    pub(super) fn resolve(&mut self, id: IncidentId, incident: &Incident) {
        self.incidents.remove(&(incident.element, id));
    }
}
