//! `itemDefinition`: types and their components.

use crate::diagnostic::findings::{Findings, Place};
use crate::dmn::model::{ItemDefinition, ItemShape};
use crate::xml::Node;

use super::text;

/// The most levels of components inside each other.
const COMPONENTS_DEPTH_MAX: usize = 32;

/// Reads a type with its components.
pub(super) fn read(node: Node<'_>, findings: &mut Findings) -> ItemDefinition {
    component(node, 0, findings)
}

fn component(node: Node<'_>, depth: usize, findings: &mut Findings) -> ItemDefinition {
    let name = text::name(node);
    if name.is_empty() {
        let message = format!("<{}> has no name.", node.qualified());
        findings.error("name-missing", node, message, "Give it a name.");
    }
    for constraint in ["allowedValues", "typeConstraint"].iter().filter_map(|it| node.dmn_child(it))
    {
        text::check_language(constraint, findings);
    }
    ItemDefinition {
        place: Place::from(node),
        name,
        is_collection: matches!(node.attribute("isCollection"), Some("true" | "1")),
        shape: shape(node, depth, findings),
        allowed: node.dmn_child("allowedValues").and_then(text::text).filter(is_set),
        constraint: node.dmn_child("typeConstraint").and_then(text::text).filter(is_set),
    }
}

fn is_set(text: &crate::dmn::model::Text) -> bool {
    !text.text.is_empty()
}

fn shape(node: Node<'_>, depth: usize, findings: &mut Findings) -> ItemShape {
    if let Some(function) = node.dmn_child("functionItem") {
        let parameters = function
            .children()
            .filter(|child| child.is_dmn("parameters") || child.is_dmn("parameter"))
            .map(text::type_reference)
            .collect();
        let result = function
            .attribute("outputTypeRef")
            .and_then(|written| text::reference_to_type(written, function));
        return ItemShape::Function { parameters, result };
    }
    let mut components = node.children().filter(|child| child.is_dmn("itemComponent")).peekable();
    if components.peek().is_some() {
        if depth >= COMPONENTS_DEPTH_MAX {
            let message =
                format!("Components nest deeper than the {COMPONENTS_DEPTH_MAX} levels allowed.");
            let remedy = "Give inner types a definition of their own.";
            findings.error("type-depth", node, message, remedy);
            return ItemShape::Any;
        }
        // Bounded by the depth just checked.
        return ItemShape::Components(
            components.map(|child| component(child, depth + 1, findings)).collect(),
        );
    }
    text::type_reference(node).map_or(ItemShape::Any, ItemShape::Reference)
}
