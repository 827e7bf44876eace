//! The steps of a complex gateway: it starts, then takes what still comes.
//!
//! An approximation: of an activation condition only `activationCount >= 2` is understood, others
//! may hold or not. Until its reset the tokens that it has taken are shown before it, so that what
//! is expected is told as at an inclusive gateway.

use super::net::NetNode;
use super::step::Steps;
use crate::bpmn::model::FlowNodeKind;

impl Steps<'_, '_> {
    /// Tokens wait before the gateway `node`.
    pub(super) fn complex(&mut self, node: usize) {
        let net = self.net;
        let (held, empty): (Vec<usize>, Vec<usize>) =
            net.nodes[node].incoming.iter().partition(|flow| self.marking.has(net.flow(**flow)));
        let mut taken = self.marking.clone();
        for flow in &held {
            taken.take(net.flow(*flow));
        }
        if self.marking.has(net.fired(node)) {
            if self.is_expected(node, &held, &empty) {
                return;
            }
            taken.take(net.fired(node));
            self.push(node, taken.clone());
            for exit in self.exits_at_reset(node) {
                let mut left = taken.clone();
                for flow in exit {
                    left.add(net.flow(flow));
                }
                self.push(node, left);
            }
            return;
        }
        let tokens: usize = net.nodes[node]
            .incoming
            .iter()
            .map(|flow| self.marking.count(net.flow(*flow)))
            .map(usize::from)
            .sum();
        if tokens < least(&net.nodes[node]) {
            return;
        }
        if empty.is_empty() {
            self.leave(node, &taken);
        } else {
            let mut started = self.marking.clone();
            started.add(net.fired(node));
            self.leave(node, &started);
        }
    }

    /// The sets of flows of which one may be taken when tokens reset the gateway.
    fn exits_at_reset(&self, node: usize) -> Vec<Vec<usize>> {
        let net = self.net;
        let model = net.processes[net.nodes[node].process].model;
        let gateway = net.nodes[node].model;
        let may_leave = |flow: &usize| {
            gateway.outgoing.iter().any(|index| {
                let drawn = model.flow(*index);
                let holds = drawn.condition.as_ref().is_some_and(|condition| {
                    !condition.text.trim_start_matches(['=', ' ']).starts_with("waitingForStart")
                });
                drawn.id.as_str() == net.flows[*flow].id
                    && (holds || gateway.default_flow == Some(*index))
            })
        };
        let exits = net.nodes[node].exits.iter();
        exits.filter(|exit| !exit.is_empty() && exit.iter().all(may_leave)).cloned().collect()
    }
}

/// How many tokens the gateway asks for at least.
fn least(node: &NetNode<'_>) -> usize {
    let FlowNodeKind::ComplexGateway(gateway) = &node.model.kind else { return 1 };
    let Some(condition) = &gateway.activation_condition else { return node.incoming.len() };
    let text = condition.text.trim_start_matches(['=', ' ']).strip_prefix("activationCount");
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let asked = text.map(str::trim_start).and_then(|text| match text.strip_prefix(">=") {
        Some(count) => number(count),
        None => text.strip_prefix('>').and_then(number).map(|count| count.saturating_add(1)),
    });
    asked.unwrap_or(1)
}
