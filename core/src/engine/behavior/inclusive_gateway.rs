//! Inclusive Gateway: joins the tokens that can come, then forks along each flow whose condition
//! holds.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Inclusive Gateway (Inclusive Decision and Merge)":
//! it waits for a token that can reach an empty incoming flow without first passing the gateway,
//! unless that token can also reach an incoming flow that already holds one.

use crate::bpmn::model::{FlowIndex, NodeIndex};
use crate::engine::turn::Turn;
use crate::ids::{ElementInstanceId, SequenceFlowId};

/// The tokens that the gateway takes now; `None` when it has to wait, or holds none.
pub(in crate::engine) fn joined(
    turn: &Turn<'_>,
    scope: ElementInstanceId,
    gateway: NodeIndex,
) -> Option<Vec<SequenceFlowId>> {
    let process = turn.process();
    let tokens = turn.state().scope(scope)?;
    let incoming = process.model().node(gateway).incoming.iter().copied();
    let (filled, empty): (Vec<FlowIndex>, Vec<FlowIndex>) =
        incoming.partition(|flow| tokens.tokens_at(process.flow_id(*flow)) > 0);
    if filled.is_empty() {
        return None;
    }
    if is_expected(turn, scope, gateway, &empty, &filled) {
        return None;
    }
    Some(filled.into_iter().map(|flow| process.flow_id(flow).clone()).collect())
}

/// Whether a token in `scope` can still reach one of `empty` and none of `filled`.
pub(super) fn is_expected(
    turn: &Turn<'_>,
    scope: ElementInstanceId,
    gateway: NodeIndex,
    empty: &[FlowIndex],
    filled: &[FlowIndex],
) -> bool {
    if empty.is_empty() {
        return false;
    }
    let process = turn.process();
    let to_empty = process.reach(gateway, empty);
    let to_filled = process.reach(gateway, filled);
    let tokens = turn.state().scope(scope).into_iter().flat_map(|scope| scope.tokens.keys());
    let mut flows = tokens.filter_map(|id| process.flow_index(id));
    let mut nodes = turn.state().visited(scope).filter_map(|id| process.node_index(id));
    flows.any(|flow| to_empty.flows.contains(&flow) && !to_filled.flows.contains(&flow))
        || nodes.any(|node| to_empty.nodes.contains(&node) && !to_filled.nodes.contains(&node))
}
