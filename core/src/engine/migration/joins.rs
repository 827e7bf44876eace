//! Joins that could never complete after a migration: a token can come to them, but not by every
//! incoming flow.
//!
//! Only parallel joins: an inclusive one waits for nothing but what can still come.

use std::collections::BTreeSet;

use super::{Flows, Planner};
use crate::bpmn::model::{FlowIndex, NodeIndex};
use crate::engine::definition::{Behavior, ExecutableProcess};
use crate::engine::event::Role;
use crate::ids::ElementInstanceId;

/// Where the tokens of one scope are.
#[derive(Default)]
struct Tokens {
    nodes: BTreeSet<NodeIndex>,
    flows: BTreeSet<FlowIndex>,
}

impl Tokens {
    /// Whether one of them can come to `flow` without passing `join`, which it leads to.
    fn can_reach(&self, process: &ExecutableProcess, join: NodeIndex, flow: FlowIndex) -> bool {
        let reach = process.reach(join, &[flow]);
        !self.flows.is_disjoint(&reach.flows) || !self.nodes.is_disjoint(&reach.nodes)
    }

    /// The flows by which no token can come to `join`, where one can come by another.
    fn missing(&self, process: &ExecutableProcess, join: NodeIndex) -> Vec<FlowIndex> {
        let joined = process.joined_flows(join).unwrap_or_default();
        let missing = joined.iter().filter(|flow| !self.can_reach(process, join, **flow));
        let missing: Vec<_> = missing.copied().collect();
        if missing.len() == joined.len() { Vec::new() } else { missing }
    }
}

impl Planner<'_> {
    /// Reports joins that would wait in vain in the target version, and do not yet in the source.
    pub(super) fn check_joins(&mut self, flows: &Flows) {
        let state = self.state;
        self.check_joins_in(ElementInstanceId::ROOT, None, flows);
        for (visit, open) in state.elements() {
            let Some(node) = self.from.node_index(&open.node) else { continue };
            // Whatever is chosen in an ad-hoc sub-process may still send tokens.
            let holds_tokens = matches!(self.from.node(node).behavior, Behavior::SubProcess);
            if holds_tokens && !open.holds_times() {
                self.check_joins_in(visit, Some(node), flows);
            }
        }
    }

    fn check_joins_in(&mut self, scope: ElementInstanceId, node: Option<NodeIndex>, flows: &Flows) {
        let (old, new) = self.tokens(scope, flows);
        let target = node.and_then(|node| self.image(node));
        let waits_already: BTreeSet<_> = self
            .from
            .model()
            .children_of(node)
            .iter()
            .filter(|join| !old.missing(self.from, **join).is_empty())
            .filter_map(|join| self.image(*join))
            .collect();
        let to = self.to;
        for join in to.model().children_of(target).iter().copied() {
            let missing = new.missing(to, join);
            if missing.is_empty() || waits_already.contains(&join) {
                continue;
            }
            let missing: Vec<_> =
                missing.into_iter().map(|flow| format!("“{}”", to.flow_id(flow))).collect();
            let message = format!(
                "The join {} could never complete: a token can come to it, but none any longer \
                 by {}.",
                to.described(join),
                missing.join(", ")
            );
            let remedy = "Move the instance before the fork by a modification first, or map the \
                          elements so that each branch has a token.";
            self.report(to.node_id(join), None, message, remedy);
        }
    }

    /// Where the tokens of `scope` are, in the source and in the target.
    fn tokens(&self, scope: ElementInstanceId, flows: &Flows) -> (Tokens, Tokens) {
        let (mut old, mut new) = (Tokens::default(), Tokens::default());
        for child in self.state.children(scope) {
            let Some(open) = self.state.element(child) else { continue };
            // No token leaves what runs for compensation.
            if matches!(open.role, Role::Compensation { .. }) {
                continue;
            }
            let Some(node) = self.from.node_index(&open.node) else { continue };
            old.nodes.insert(node);
            new.nodes.extend(self.image(node));
        }
        let waiting = self.state.scope(scope).into_iter().flat_map(|scope| scope.tokens.keys());
        for flow in waiting.filter_map(|id| self.from.flow_index(id)) {
            old.flows.insert(flow);
            new.flows.extend(flows.get(&flow));
        }
        (old, new)
    }
}
