//! Small parts that many elements have: names, types, references, texts.

use std::sync::Arc;

use crate::diagnostic::findings::{Findings, Place, cut};
use crate::dmn::model::{Reference, Text, TypeReference, Variable};
use crate::xml::{Namespace, Node};

/// A name with its spaces made single, as FEEL compares names.
pub(in crate::dmn) fn name_of(text: &str) -> Arc<str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").into()
}

/// The attribute `name` of an element, as a name.
pub(super) fn name(node: Node<'_>) -> Arc<str> {
    name_of(node.name())
}

/// An attribute as it stands; empty where it is absent.
pub(super) fn attribute(node: Node<'_>, local: &str) -> Arc<str> {
    node.attribute(local).unwrap_or_default().into()
}

/// The text of a child; empty where it is absent.
pub(super) fn child_text(node: Node<'_>, local: &str) -> Arc<str> {
    node.dmn_child(local).map(Node::text).unwrap_or_default().into()
}

/// The child `variable` or, where it is missing or has no name, the name of the element itself.
pub(super) fn variable(node: Node<'_>) -> Variable {
    let declared = node.dmn_child("variable");
    let own = name(node);
    Variable {
        name: declared.map(name).filter(|name| !name.is_empty()).unwrap_or(own),
        of: declared.and_then(type_reference).or_else(|| type_reference(node)),
    }
}

/// A parameter, column or entry: name and type stand on the element itself.
pub(super) fn information_item(node: Node<'_>) -> Variable {
    Variable { name: name(node), of: type_reference(node) }
}

/// `typeRef`, as an attribute or as a child.
pub(super) fn type_reference(node: Node<'_>) -> Option<TypeReference> {
    let (written, at) = match node.attribute("typeRef") {
        Some(written) => (written, node),
        None => {
            let child = node.dmn_child("typeRef")?;
            (child.text(), child)
        }
    };
    reference_to_type(written, at)
}

/// A type by its written name, such as `string`, `feel:string` or `ns:tLoan`.
pub(super) fn reference_to_type(written: &str, at: Node<'_>) -> Option<TypeReference> {
    let position = at.position();
    let written = written.trim();
    if written.is_empty() {
        return None;
    }
    if let Some((prefix, local)) = written.split_once(':') {
        let uri = at.namespace_of_prefix(prefix);
        if let Some(uri) = uri {
            let is_feel = uri.contains("/FEEL") || Namespace::Dmn == namespace(uri);
            let own = root(at).attribute("namespace");
            let namespace = (!is_feel && own != Some(uri)).then(|| Arc::from(uri));
            return Some(TypeReference { name: name_of(local), namespace, position });
        }
        if prefix == "feel" {
            return Some(TypeReference { name: name_of(local), namespace: None, position });
        }
    }
    Some(TypeReference { name: name_of(written), namespace: None, position })
}

fn namespace(uri: &str) -> Namespace<'_> {
    Namespace::of(uri)
}

fn root(node: Node<'_>) -> Node<'_> {
    let mut outermost = node;
    while let Some(parent) = outermost.parent() {
        outermost = parent;
    }
    outermost
}

/// The text of the child `text`.
pub(super) fn text(node: Node<'_>) -> Option<Text> {
    text_at(node, &Arc::new(Place::from(node)))
}

/// The text of the child `text` of an element at `place`.
pub(super) fn text_at(node: Node<'_>, place: &Arc<Place>) -> Option<Text> {
    let holder = node.dmn_child("text")?;
    Some(Text {
        text: holder.text().into(),
        place: Arc::clone(place),
        start: holder.position_in_text(0),
        raw: holder.raw_text().map(Into::into),
    })
}

/// The text of an element, or an empty one.
pub(super) fn text_or_empty(node: Node<'_>) -> Text {
    text_or_empty_at(node, &Arc::new(Place::from(node)))
}

/// The text of an element at `place`, or an empty one.
pub(super) fn text_or_empty_at(node: Node<'_>, place: &Arc<Place>) -> Text {
    text_at(node, place).unwrap_or_else(|| Text {
        text: "".into(),
        place: Arc::clone(place),
        start: node.position(),
        raw: None,
    })
}

/// Refuses a text in another language than FEEL; there is none that we execute.
pub(super) fn check_language(node: Node<'_>, findings: &mut Findings) -> bool {
    let Some(language) = node.attribute("expressionLanguage") else { return true };
    let folded = language.to_ascii_lowercase();
    if folded.is_empty() || folded == "unary-tests" || folded.contains("feel") {
        return true;
    }
    let message = format!(
        "<{}> is written in the language “{}”; only FEEL is executed.",
        node.qualified(),
        cut(language)
    );
    let remedy = "Write the expression in FEEL and remove expressionLanguage.";
    findings.error("expression-language", node, message, remedy);
    false
}

/// `href` of a child, such as `requiredInput`.
pub(super) fn reference(
    node: Node<'_>,
    role: &'static str,
    findings: &mut Findings,
) -> Option<Reference> {
    let href = node.attribute("href").unwrap_or_default();
    let (namespace, id) = href.rsplit_once('#').unwrap_or(("", href));
    if id.is_empty() {
        let message = format!("<{}> refers to nothing.", node.qualified());
        findings.error("reference-missing", node, message, "Set href to “#” and an id.");
        return None;
    }
    let own = root(node).attribute("namespace").unwrap_or_default();
    let own = own.trim_end_matches('#');
    let namespace = (!namespace.is_empty() && namespace != own).then(|| namespace.into());
    let outer = node.parent().filter(|parent| parent.id().is_some()).unwrap_or(node);
    let mut place = Place::from(outer);
    if place.element.is_empty() {
        let owner = node.parent().and_then(Node::parent).unwrap_or(node);
        place = Place::from(owner);
    }
    Some(Reference { namespace, id: id.into(), place: place.at(node.position()), role })
}
