//! How a migration is folded: whatever names an element or a flow gets the new name.
//!
//! Never decides anything.

use std::collections::BTreeMap;

use super::index::Index;
use super::instance::InstanceState;
use super::subscription::CompensationRecord;
use crate::engine::event::Event;
use crate::ids::{FlowNodeId, SequenceFlowId};

impl InstanceState {
    /// What has completed and can be compensated, in all scopes.
    pub(in crate::engine) fn compensation_records(
        &self,
    ) -> impl Iterator<Item = &CompensationRecord> {
        self.compensable.values().flatten()
    }

    pub(super) fn apply_migration(&mut self, event: &Event) {
        let Event::InstanceMigrated { to, mapping, flows, closes, renumbered, .. } = event else {
            return;
        };
        if let Some(identity) = &mut self.identity {
            identity.definition = *to;
        }
        let mapping: BTreeMap<_, _> = mapping.iter().map(|(old, new)| (old, new)).collect();
        let rename = |node: &mut FlowNodeId| {
            if let Some(new) = mapping.get(node) {
                *node = (*new).clone();
            }
        };
        self.elements.values_mut().for_each(|open| rename(&mut open.node));
        self.compensable.values_mut().flatten().for_each(|record| rename(&mut record.node));
        for id in closes {
            self.subscriptions.remove(id);
        }
        self.subscriptions.values_mut().for_each(|open| rename(&mut open.node));
        for (id, definition) in renumbered {
            if let Some(open) = self.subscriptions.get_mut(id) {
                open.definition = *definition;
            }
        }
        let flows: BTreeMap<_, _> = flows.iter().map(|(old, new)| (old, new)).collect();
        for scope in std::iter::once(&mut self.root).chain(self.locals.values_mut()) {
            let mut tokens = BTreeMap::new();
            for (flow, count) in std::mem::take(&mut scope.tokens) {
                let flow = flows.get(&flow).map_or(flow.clone(), |new| (*new).clone());
                *tokens.entry(flow).or_default() += count;
            }
            scope.tokens = tokens;
            let renamed =
                |flow: SequenceFlowId| flows.get(&flow).map_or(flow.clone(), |new| (*new).clone());
            let received = std::mem::take(&mut scope.received).into_iter();
            let received = received.map(|(mut gateway, from)| {
                rename(&mut gateway);
                (gateway, from.into_iter().map(renamed).collect())
            });
            scope.received = received.collect();
        }
        self.index = Index::of(&self.elements, &self.subscriptions, &self.incidents);
    }
}
