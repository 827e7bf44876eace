//! Ids: each one once.

use std::collections::BTreeMap;

use crate::diagnostic::Position;
use crate::diagnostic::findings::{Findings, cut};
use crate::xml::{Namespace, Node, Tree};

/// Checks the ids of all elements of DMN; those of the drawing only suspiciously.
pub(super) fn check(tree: &Tree<'_>, findings: &mut Findings) {
    let mut first: BTreeMap<&str, Position> = BTreeMap::new();
    for node in tree.all().filter(|node| is_read(*node)) {
        let Some(id) = node.id() else { continue };
        let Some(earlier) = first.insert(id, node.position()) else { continue };
        first.insert(id, earlier);
        let message = format!(
            "The id “{}” of <{}> is already used in line {}, column {}.",
            cut(id),
            node.qualified(),
            earlier.line,
            earlier.column
        );
        let remedy = "Give each element an id of its own.";
        if node.namespace() == Namespace::Dmn {
            findings.error("id-duplicate", node, message, remedy);
        } else {
            findings.warning("id-duplicate", node, message, remedy);
        }
    }
}

fn is_read(node: Node<'_>) -> bool {
    matches!(node.namespace(), Namespace::Dmn | Namespace::DmnDi)
}
