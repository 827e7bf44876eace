//! The file as a whole: every element by its id, and what flow nodes refer to at its top.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bpmn::model::{Error, Escalation, Message, Signal, Text};
use crate::diagnostic::findings::{Findings, Place, cut};
use crate::xml::{Namespace, Node, Tree};

use super::{dialect, extensions};

/// What elements of one file can refer to.
pub(super) struct File<'t> {
    by_id: BTreeMap<&'t str, Node<'t>>,
    pub(super) messages: Declared<Message>,
    pub(super) signals: Declared<Signal>,
    pub(super) errors: Declared<Error>,
    pub(super) escalations: Declared<Escalation>,
}

/// What is declared at the top of a file, in document order and by id.
pub(super) struct Declared<T> {
    pub(super) all: Vec<Arc<T>>,
    by_id: BTreeMap<String, usize>,
}

impl<T> Default for Declared<T> {
    fn default() -> Self {
        Self { all: Vec::new(), by_id: BTreeMap::new() }
    }
}

impl<T> Declared<T> {
    fn add(&mut self, node: Node<'_>, declared: T) {
        let id = node.id().unwrap_or_default().to_owned();
        self.by_id.entry(id).or_insert(self.all.len());
        self.all.push(Arc::new(declared));
    }

    /// What `node` declares.
    pub(super) fn find(&self, node: Node<'_>) -> Option<Arc<T>> {
        self.by_id.get(node.id()?).map(|index| Arc::clone(&self.all[*index]))
    }
}

impl<'t> File<'t> {
    /// Indexes a file and reads its messages, signals, errors and escalations.
    pub(super) fn read(tree: &'t Tree<'_>, findings: &mut Findings) -> Self {
        let mut file = Self {
            by_id: BTreeMap::new(),
            messages: Declared::default(),
            signals: Declared::default(),
            errors: Declared::default(),
            escalations: Declared::default(),
        };
        for node in tree.all().filter(|node| node.namespace() == Namespace::Bpmn) {
            if let Some(id) = node.id() {
                file.by_id.entry(id).or_insert(node);
            }
        }
        for child in tree.root().children().filter(|child| child.namespace() == Namespace::Bpmn) {
            file.root_element(child, findings);
        }
        file
    }

    fn root_element(&mut self, node: Node<'t>, findings: &mut Findings) {
        if !matches!(node.local(), "message" | "signal" | "error" | "escalation") {
            return;
        }
        let Some(id) = node.id().map(str::to_owned) else {
            let message = format!("<{}> has no id, so nothing can refer to it.", node.qualified());
            findings.warning("id-missing", node, message, "Give it an id, or remove it.");
            return;
        };
        let text = |text: &str| Text { text: text.to_owned(), position: node.position() };
        let given = |name: &str| node.attribute(name).filter(|value| !value.is_empty());
        let named = text(given("name").unwrap_or(&id));
        let name = node.name().to_owned();
        let position = node.position();
        match node.local() {
            "message" => {
                let correlation_key = extensions::correlation_key(node, findings);
                // A message is known by its name alone; that of the id would reach nobody.
                let name = text(given("name").unwrap_or_default());
                let message = Message { id, name, correlation_key, position };
                self.messages.add(node, message);
            }
            "signal" => self.signals.add(node, Signal { id, name: named, position }),
            "error" => {
                let code = given("errorCode").map(text);
                let message = dialect::attribute(node, "errorMessage").map(text);
                self.errors.add(node, Error { id, name, code, message });
            }
            _ => {
                let code = given("escalationCode").map(text);
                self.escalations.add(node, Escalation { id, name, code });
            }
        }
    }

    /// The element of BPMN that `reference` names, a prefix before its id or none.
    pub(super) fn element(&self, reference: &str) -> Option<Node<'t>> {
        let local = reference.rsplit_once(':').map_or(reference, |(_, local)| local);
        self.by_id.get(reference).or_else(|| self.by_id.get(local)).copied()
    }

    /// The element `local` that the attribute or child element `name` of `node` refers to,
    /// both as a pair. `Ok(None)`
    /// where nothing is referred to; what is missing is a finding.
    pub(super) fn referred(
        &self,
        node: Node<'_>,
        (name, local): (&str, &str),
        findings: &mut Findings,
        place: impl Fn() -> Place,
    ) -> Result<Option<Node<'t>>, Missing> {
        let reference = node
            .attribute(name)
            .or_else(|| node.bpmn_child(name).map(Node::text))
            .filter(|reference| !reference.is_empty());
        let Some(reference) = reference else { return Ok(None) };
        let found = self.element(reference);
        if let Some(found) = found.filter(|found| found.local() == local) {
            return Ok(Some(found));
        }
        let message = match found {
            Some(other) => format!(
                "{name} names “{}”, which is <{}>, not a {local}.",
                cut(reference),
                other.qualified()
            ),
            None => format!("{name} names the {local} “{}”, which is missing.", cut(reference)),
        };
        let remedy = format!("Name a {local} of this file, or add one.");
        findings.error("reference-missing", place(), message, remedy);
        Err(Missing)
    }
}

/// A reference leads nowhere; that was found and said.
pub(super) struct Missing;

/// The process that `node` lies in.
pub(super) fn process_of(node: Node<'_>) -> Option<Node<'_>> {
    let mut at = Some(node);
    while let Some(inner) = at {
        if inner.is_bpmn("process") {
            return Some(inner);
        }
        at = inner.parent();
    }
    None
}
