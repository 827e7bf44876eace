//! Ids: each one once, and each one a name.

use std::collections::BTreeMap;

use crate::diagnostic::Position;
use crate::diagnostic::findings::{Findings, cut};
use crate::xml::{Namespace, Tree, is_nc_name};

/// Length of an id in bytes, so that every key made of it fits its column.
const ID_BYTES_MAX: usize = 255;

/// Checks the ids of all elements of BPMN and its drawing.
pub(super) fn check(tree: &Tree<'_>, findings: &mut Findings) {
    let mut first: BTreeMap<&str, Position> = BTreeMap::new();
    for node in tree.all() {
        let is_semantic = node.namespace() == Namespace::Bpmn;
        if !is_semantic && node.namespace() != Namespace::BpmnDi {
            continue;
        }
        let Some(id) = node.id() else { continue };
        if id.len() > ID_BYTES_MAX || !is_nc_name(id) {
            let quoted = cut(id);
            let message = format!("“{quoted}” is not an id that BPMN allows.");
            let remedy = "Use up to 255 letters, digits, “_”, “-” and “.”, a letter or “_” first.";
            if is_semantic {
                findings.error("id-invalid", node, message, remedy);
            } else {
                findings.warning("id-invalid", node, message, remedy);
            }
        }
        match first.get(id) {
            None => {
                first.insert(id, node.position());
            }
            Some(earlier) => {
                let message = format!(
                    "The id “{}” of <{}> is already used in line {}, column {}.",
                    cut(id),
                    node.qualified(),
                    earlier.line,
                    earlier.column
                );
                let remedy = "Give each element an id of its own.";
                if is_semantic {
                    findings.error("id-duplicate", node, message, remedy);
                } else {
                    findings.warning("id-duplicate", node, message, remedy);
                }
            }
        }
    }
}
