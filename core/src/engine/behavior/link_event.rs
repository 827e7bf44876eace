//! Link Event: a token that reaches a source goes on at the target of the same name in its scope.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Intermediate Events". A link is a way to draw a
//! sequence flow: nothing waits, and nothing is thrown.

use crate::bpmn::model::NodeIndex;
use crate::engine::definition::{EventExpression, Node};

/// Where a token goes on that reaches `node`; `None` where it is no source of a link.
pub(super) fn jump(node: &Node) -> Option<NodeIndex> {
    match node.events.first() {
        Some(EventExpression::Link(target)) => *target,
        _ => None,
    }
}
