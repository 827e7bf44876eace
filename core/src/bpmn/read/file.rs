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
    pub(super) messages: Vec<Arc<Message>>,
    pub(super) signals: Vec<Arc<Signal>>,
    pub(super) errors: Vec<Arc<Error>>,
    pub(super) escalations: Vec<Arc<Escalation>>,
}

impl<'t> File<'t> {
    /// Indexes a file and reads its messages, signals, errors and escalations.
    pub(super) fn read(tree: &'t Tree<'_>, findings: &mut Findings) -> Self {
        let mut file = Self {
            by_id: BTreeMap::new(),
            messages: Vec::new(),
            signals: Vec::new(),
            errors: Vec::new(),
            escalations: Vec::new(),
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
                self.messages.push(Arc::new(message));
            }
            "signal" => self.signals.push(Arc::new(Signal { id, name: named, position })),
            "error" => {
                let code = given("errorCode").map(text);
                let message = dialect::attribute(node, "errorMessage").map(text);
                self.errors.push(Arc::new(Error { id, name, code, message }));
            }
            _ => {
                let code = given("escalationCode").map(text);
                self.escalations.push(Arc::new(Escalation { id, name, code }));
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
