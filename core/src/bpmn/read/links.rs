//! Link events: sources lead to the target of the same name in the same scope.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bpmn::model::{EventDefinition, FlowNodeKind, NodeIndex, Process};

type Targets = BTreeMap<(Option<NodeIndex>, Arc<str>), NodeIndex>;

/// Pairs them. Two targets of one name, and a source without a target, are findings of rules.
pub(super) fn pair(process: &mut Process) {
    let mut targets = Targets::new();
    for index in process.node_indices() {
        let node = process.node(index);
        if let FlowNodeKind::IntermediateCatchEvent(catch) = &node.kind {
            for definition in &catch.definitions {
                if let EventDefinition::Link(link) = definition {
                    targets.entry((node.scope, Arc::clone(&link.name))).or_insert(index);
                }
            }
        }
    }
    for node in &mut process.nodes {
        if let FlowNodeKind::IntermediateThrowEvent(throw) = &mut node.kind {
            for definition in &mut throw.definitions {
                if let EventDefinition::Link(link) = definition {
                    link.target = targets.get(&(node.scope, Arc::clone(&link.name))).copied();
                }
            }
        }
    }
}
