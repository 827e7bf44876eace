//! XML as untrusted text: read into a small tree, with a position for every element.
//!
//! Never resolves an entity, a document type or an inclusion, never opens a file or a socket, and
//! never works without a limit. The first offence ends the reading.

mod encoding;
mod name;
mod parse;
mod reference;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::diagnostic::{Diagnostic, Position, Severity};
pub(super) use name::Namespace;
pub(super) use name::is_nc_name;
pub(super) use parse::parse;

/// Size of a model in bytes.
pub const MODEL_BYTES_MAX: usize = 10_000_000;
/// How deep elements may be nested.
pub const DEPTH_MAX: usize = 256;
/// Attributes of one element, namespace declarations not counted.
pub const ATTRIBUTES_MAX: usize = 64;
/// Namespaces of one document, and declarations in force at one place.
pub const NAMESPACES_MAX: usize = 255;
/// Elements of one document.
pub const ELEMENTS_MAX: usize = 100_000;
/// Length of the name of an element or attribute, with its prefix, in bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// Why a text was not read to its end.
pub(super) type Refusal = Box<Diagnostic>;

/// A document that was read.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    elements: Vec<Element<'a>>,
}

#[derive(Debug)]
struct Element<'a> {
    namespace: Namespace<'a>,
    /// As written, with the prefix.
    qualified: &'a str,
    /// Without the prefix.
    local: &'a str,
    attributes: Vec<Attribute<'a>>,
    children: Vec<u32>,
    text: Cow<'a, str>,
    position: Position,
}

/// An attribute of an element, namespace declarations excepted.
#[derive(Debug)]
pub(super) struct Attribute<'a> {
    /// Namespace of the name; `None` for a name without a prefix.
    pub(super) namespace: Namespace<'a>,
    /// As written, with the prefix.
    pub(super) qualified: &'a str,
    /// Without the prefix.
    pub(super) local: &'a str,
    /// The value, references resolved.
    pub(super) value: Cow<'a, str>,
}

impl<'a> Tree<'a> {
    /// The outermost element.
    pub(super) fn root(&self) -> Node<'_> {
        Node { tree: self, index: 0 }
    }

    /// Every element, in document order.
    pub(super) fn all(&self) -> impl Iterator<Item = Node<'_>> {
        (0_u32..).take(self.elements.len()).map(|index| Node { tree: self, index })
    }

    fn element(&self, index: u32) -> &Element<'a> {
        &self.elements[index as usize]
    }
}

/// An element of a tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'t> {
    tree: &'t Tree<'t>,
    index: u32,
}

impl<'t> Node<'t> {
    fn element(self) -> &'t Element<'t> {
        self.tree.element(self.index)
    }

    /// Namespace of the element.
    pub(super) fn namespace(self) -> Namespace<'t> {
        self.element().namespace
    }

    /// Name without the prefix.
    pub(super) fn local(self) -> &'t str {
        self.element().local
    }

    /// Name as written, with the prefix.
    pub(super) fn qualified(self) -> &'t str {
        self.element().qualified
    }

    /// Whether this is the element `local` of `namespace`.
    pub(super) fn is(self, namespace: Namespace<'_>, local: &str) -> bool {
        self.element().namespace == namespace && self.element().local == local
    }

    /// Whether this is the element `local` of BPMN.
    pub(super) fn is_bpmn(self, local: &str) -> bool {
        self.is(Namespace::Bpmn, local)
    }

    /// Where the element starts.
    pub(super) fn position(self) -> Position {
        self.element().position
    }

    /// The elements directly inside, in document order.
    pub(super) fn children(self) -> impl Iterator<Item = Node<'t>> {
        let tree = self.tree;
        self.element().children.iter().map(move |index| Node { tree, index: *index })
    }

    /// The first element `local` of BPMN directly inside.
    pub(super) fn bpmn_child(self, local: &str) -> Option<Node<'t>> {
        self.children().find(|child| child.is_bpmn(local))
    }

    /// All attributes.
    pub(super) fn attributes(self) -> &'t [Attribute<'t>] {
        &self.element().attributes
    }

    /// The attribute without a prefix of this name, spaces around it cut.
    pub(super) fn attribute(self, local: &str) -> Option<&'t str> {
        self.attributes()
            .iter()
            .find(|attribute| attribute.namespace == Namespace::None && attribute.local == local)
            .map(|attribute| attribute.value.trim())
    }

    /// The attribute `id`, when it is there and not empty.
    pub(super) fn id(self) -> Option<&'t str> {
        self.attribute("id").filter(|id| !id.is_empty())
    }

    /// The attribute `name`; empty where it is absent.
    pub(super) fn name(self) -> &'t str {
        self.attribute("name").unwrap_or_default()
    }

    /// The text directly inside, spaces around it cut.
    pub(super) fn text(self) -> &'t str {
        self.element().text.trim()
    }
}

/// Why a text was not read to its end.
fn refusal(
    rule: &str,
    element: &str,
    position: Position,
    message: impl Into<String>,
    remedy: &str,
) -> Refusal {
    Box::new(Diagnostic {
        rule: rule.to_owned(),
        severity: Severity::Error,
        element: element.to_owned(),
        name: String::new(),
        position,
        message: message.into(),
        remedy: remedy.to_owned(),
    })
}
