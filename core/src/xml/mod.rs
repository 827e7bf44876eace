//! XML as untrusted text: read into a tree with a position for every element, and written again.
//!
//! The tree keeps all that a text says: elements, attributes and namespace declarations in their
//! order, texts, comments, processing instructions. Models are views of it.
//!
//! Never resolves an entity, a document type or an inclusion, never opens a file or a socket, and
//! never works without a limit. The first offence ends the reading.

mod encoding;
mod name;
mod parse;
mod reference;
mod write;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::diagnostic::findings::{Place, cut};
use crate::diagnostic::{Diagnostic, Position, Severity};

pub(crate) use name::Namespace;
pub(crate) use name::is_nc_name;
pub(crate) use parse::{parse, parse_tables};
pub(crate) use reference::position_after;

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
/// Elements of one document that holds tables, whose cells are elements.
pub const TABLE_ELEMENTS_MAX: usize = 400_000;
/// Texts, comments and processing instructions of one document, for each element allowed.
const PIECES_PER_ELEMENT_MAX: usize = 3;
/// Length of the name of an element or attribute, with its prefix, in bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// Why a text was not read to its end.
pub(crate) type Refusal = Box<Diagnostic>;

/// A document that was read.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    /// The XML declaration as written, without its brackets; empty where there is none.
    declaration: &'a str,
    /// What stands around the outermost element, and it.
    content: Vec<Piece<'a>>,
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
    declarations: Vec<Declaration<'a>>,
    /// What stands inside, in order.
    content: Vec<Piece<'a>>,
    text: OwnText,
    /// The element around it; its own index for the outermost.
    parent: u32,
    position: Position,
}

/// One thing that stands inside an element.
#[derive(Debug)]
enum Piece<'a> {
    Element(u32),
    Text(Text<'a>),
    /// The content of a CDATA section and where it begins.
    CData(&'a str, Position),
    Comment(&'a str),
    Instruction(&'a str),
}

/// Text between tags.
#[derive(Debug)]
struct Text<'a> {
    /// As written.
    raw: &'a str,
    /// With references resolved and line ends as `\n`, where that makes a difference.
    resolved: Option<Box<str>>,
    /// Where it begins.
    at: Position,
}

/// The texts directly inside of an element as one.
#[derive(Debug, Default)]
enum OwnText {
    /// Nothing but spaces.
    #[default]
    Blank,
    /// It is all in one piece.
    Piece(u32),
    /// Put together from several pieces.
    Joined(Box<str>),
}

/// A namespace declaration.
#[derive(Debug)]
struct Declaration<'a> {
    /// `xmlns` or `xmlns:prefix`.
    qualified: &'a str,
    uri: &'a str,
    /// How many attributes stand before it.
    before: u16,
}

/// An attribute of an element, namespace declarations excepted.
#[derive(Debug)]
pub(crate) struct Attribute<'a> {
    /// Namespace of the name; `None` for a name without a prefix.
    pub(crate) namespace: Namespace<'a>,
    /// As written, with the prefix.
    pub(crate) qualified: &'a str,
    /// Without the prefix.
    pub(crate) local: &'a str,
    /// The value, references resolved.
    pub(crate) value: Cow<'a, str>,
}

impl<'a> Tree<'a> {
    /// The outermost element.
    pub(crate) fn root(&self) -> Node<'_> {
        Node { tree: self, index: 0 }
    }

    /// Every element, in document order.
    pub(crate) fn all(&self) -> impl Iterator<Item = Node<'_>> {
        (0_u32..).take(self.elements.len()).map(|index| Node { tree: self, index })
    }

    fn element(&self, index: u32) -> &Element<'a> {
        &self.elements[index as usize]
    }
}

impl Text<'_> {
    fn resolved(&self) -> &str {
        self.resolved.as_deref().unwrap_or(self.raw)
    }
}

impl Piece<'_> {
    /// The text, of text and CDATA.
    fn characters(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.resolved()),
            Self::CData(text, _) => Some(text),
            Self::Element(_) | Self::Comment(_) | Self::Instruction(_) => None,
        }
    }
}

/// An element of a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'t> {
    tree: &'t Tree<'t>,
    index: u32,
}

impl<'t> Node<'t> {
    fn element(self) -> &'t Element<'t> {
        self.tree.element(self.index)
    }

    /// Namespace of the element.
    pub(crate) fn namespace(self) -> Namespace<'t> {
        self.element().namespace
    }

    /// Name without the prefix.
    pub(crate) fn local(self) -> &'t str {
        self.element().local
    }

    /// Name as written, with the prefix.
    pub(crate) fn qualified(self) -> &'t str {
        self.element().qualified
    }

    /// Whether this is the element `local` of `namespace`.
    pub(crate) fn is(self, namespace: Namespace<'_>, local: &str) -> bool {
        self.element().namespace == namespace && self.element().local == local
    }

    /// Whether this is the element `local` of DMN, of any version.
    pub(crate) fn is_dmn(self, local: &str) -> bool {
        self.is(Namespace::Dmn, local)
    }

    /// The first element `local` of DMN directly inside.
    pub(crate) fn dmn_child(self, local: &str) -> Option<Node<'t>> {
        self.children().find(|child| child.is_dmn(local))
    }

    /// Whether this is the element `local` of BPMN.
    pub(crate) fn is_bpmn(self, local: &str) -> bool {
        self.is(Namespace::Bpmn, local)
    }

    /// Where the element starts.
    pub(crate) fn position(self) -> Position {
        self.element().position
    }

    /// The element around it; `None` for the outermost.
    pub(crate) fn parent(self) -> Option<Node<'t>> {
        let parent = self.element().parent;
        (parent != self.index).then_some(Node { tree: self.tree, index: parent })
    }

    /// The namespace that a prefix stands for here; an empty prefix is the default namespace.
    pub(crate) fn namespace_of_prefix(self, prefix: &str) -> Option<&'t str> {
        let mut node = Some(self);
        while let Some(inner) = node {
            let declared =
                inner.element().declarations.iter().find(|declaration| {
                    match declaration.qualified.split_once(':') {
                        Some((_, declared)) => declared == prefix,
                        None => prefix.is_empty(),
                    }
                });
            if let Some(declaration) = declared {
                return Some(declaration.uri);
            }
            node = inner.parent();
        }
        None
    }

    /// The elements directly inside, in document order.
    pub(crate) fn children(self) -> impl Iterator<Item = Node<'t>> {
        let tree = self.tree;
        self.element().content.iter().filter_map(move |piece| match piece {
            Piece::Element(index) => Some(Node { tree, index: *index }),
            Piece::Text(_) | Piece::CData(..) | Piece::Comment(_) | Piece::Instruction(_) => None,
        })
    }

    /// The first element `local` of BPMN directly inside.
    pub(crate) fn bpmn_child(self, local: &str) -> Option<Node<'t>> {
        self.children().find(|child| child.is_bpmn(local))
    }

    /// All attributes.
    pub(crate) fn attributes(self) -> &'t [Attribute<'t>] {
        &self.element().attributes
    }

    /// The attribute without a prefix of this name, spaces around it cut.
    pub(crate) fn attribute(self, local: &str) -> Option<&'t str> {
        self.attributes()
            .iter()
            .find(|attribute| attribute.namespace == Namespace::None && attribute.local == local)
            .map(|attribute| attribute.value.trim())
    }

    /// The attribute `id`, when it is there and not empty.
    pub(crate) fn id(self) -> Option<&'t str> {
        self.attribute("id").filter(|id| !id.is_empty())
    }

    /// The attribute `name`; empty where it is absent.
    pub(crate) fn name(self) -> &'t str {
        self.attribute("name").unwrap_or_default()
    }

    /// The text directly inside, spaces around it cut.
    pub(crate) fn text(self) -> &'t str {
        let element = self.element();
        match &element.text {
            OwnText::Blank => "",
            OwnText::Piece(index) => {
                element.content[*index as usize].characters().unwrap_or_default().trim()
            }
            OwnText::Joined(text) => text.trim(),
        }
    }

    /// The text as it is written in the file, where it is in one piece and holds references or
    /// foreign line ends; begins where [`Node::text`] does.
    pub(crate) fn raw_text(self) -> Option<&'t str> {
        let OwnText::Piece(index) = &self.element().text else { return None };
        match &self.element().content[*index as usize] {
            Piece::Text(text) if text.resolved.is_some() => Some(text.raw.trim_start()),
            Piece::Text(_)
            | Piece::CData(..)
            | Piece::Element(_)
            | Piece::Comment(_)
            | Piece::Instruction(_) => None,
        }
    }

    /// Where the character `offset` of [`Node::text`] stands in the file; the element itself where
    /// that is not known.
    pub(crate) fn position_in_text(self, offset: usize) -> Position {
        let element = self.element();
        let OwnText::Piece(index) = &element.text else { return element.position };
        match &element.content[*index as usize] {
            Piece::Text(text) => {
                let cut = text.resolved().len() - text.resolved().trim_start().len();
                let spaces = text.resolved()[..cut].chars().count();
                reference::position_after(text.raw, text.at, spaces + offset)
            }
            Piece::CData(text, at) => {
                let cut = text.len() - text.trim_start().len();
                let spaces = text[..cut].chars().count();
                encoding::position_after(text, *at, spaces + offset)
            }
            Piece::Element(_) | Piece::Comment(_) | Piece::Instruction(_) => element.position,
        }
    }
}

impl From<Node<'_>> for Place {
    fn from(node: Node<'_>) -> Self {
        Self {
            element: cut(node.id().unwrap_or_default()),
            name: cut(node.name()),
            position: node.position(),
        }
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
