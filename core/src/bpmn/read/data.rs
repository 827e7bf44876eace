//! Data objects, stores, properties, inputs and outputs, and the associations between them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bpmn::model::{
    DataAssociation, DataAssociations, DataIndex, DataItem, DataKind, Mapping, NodeIndex, Text,
};
use crate::diagnostic::findings::{Findings, Place, cut};
use crate::xml::{Namespace, Node};

use super::dialect;
use super::events::{child_text, is_variable};
use super::extensions::is_variable_path;
use super::nodes::Context;

/// The data items of a process.
#[derive(Default)]
pub(super) struct Data<'t> {
    pub(super) items: Vec<DataItem>,
    by_id: BTreeMap<&'t str, DataIndex>,
}

impl<'t> Data<'t> {
    /// The item that `reference` names.
    pub(super) fn index(&self, reference: &str) -> Option<DataIndex> {
        self.by_id.get(reference).copied()
    }

    /// Adds the items that stand directly in `holder`, which belongs to `scope`.
    pub(super) fn add(&mut self, holder: Node<'t>, scope: Option<NodeIndex>) {
        for child in holder.children().filter(|child| child.namespace() == Namespace::Bpmn) {
            match child.local() {
                "dataObject" | "dataObjectReference" => self.item(child, DataKind::Object, scope),
                "dataStoreReference" => self.item(child, DataKind::Store, scope),
                "property" => self.item(child, DataKind::Property, scope),
                "dataInput" => self.item(child, DataKind::Input, scope),
                "dataOutput" => self.item(child, DataKind::Output, scope),
                "ioSpecification" => self.add(child, scope),
                _ => {}
            }
        }
    }

    fn item(&mut self, node: Node<'t>, kind: DataKind, scope: Option<NodeIndex>) {
        let Some(id) = node.id() else { return };
        let index = DataIndex(u32::try_from(self.items.len()).expect("elements are limited"));
        self.by_id.entry(id).or_insert(index);
        self.items.push(DataItem {
            id: id.to_owned(),
            variable: variable(node, id),
            kind,
            scope,
            initial: dialect::initial_value(node),
            is_collection: matches!(node.attribute("isCollection"), Some("true" | "1")),
            position: node.position(),
        });
    }

    /// Lets references to a data object share the variable of the object, whatever they are called.
    pub(super) fn resolve(&mut self, holders: &[Node<'t>], context_file: &super::file::File<'t>) {
        for node in holders.iter().flat_map(|holder| holder.children()) {
            let attribute = match node.local() {
                "dataObjectReference" => "dataObjectRef",
                "dataStoreReference" => "dataStoreRef",
                _ => continue,
            };
            let object = node.attribute(attribute).and_then(|it| context_file.element(it));
            let (Some(object), Some(own)) = (object, node.id().and_then(|id| self.index(id)))
            else {
                continue;
            };
            // The object's own name wins; modelers name the reference alone.
            let named = if object.name().is_empty() { node } else { object };
            let shared = variable(named, object.id().unwrap_or_default());
            if let Some(index) = object.id().and_then(|id| self.index(id)) {
                self.items[index.0 as usize].variable = Arc::clone(&shared);
            }
            self.items[own.0 as usize].variable = shared;
        }
    }
}

/// The variable of a data item: its name where that can be one, else its id.
fn variable(node: Node<'_>, id: &str) -> Arc<str> {
    if is_variable(node.name()) {
        Arc::from(node.name())
    } else {
        Arc::from(id.replace(['-', '.'], "_"))
    }
}

/// The associations of an activity or event.
pub(super) fn associations(
    context: &Context<'_, '_>,
    owner: Node<'_>,
    findings: &mut Findings,
) -> DataAssociations {
    let mut associations = DataAssociations::default();
    for child in owner.children().filter(|child| child.namespace() == Namespace::Bpmn) {
        let side = match child.local() {
            "dataInputAssociation" => &mut associations.inputs,
            "dataOutputAssociation" => &mut associations.outputs,
            _ => continue,
        };
        side.extend(association(context, owner, child, findings));
    }
    associations
}

fn association(
    context: &Context<'_, '_>,
    owner: Node<'_>,
    node: Node<'_>,
    findings: &mut Findings,
) -> Option<DataAssociation> {
    let mut find = |reference: Node<'_>| {
        let found = context.data.index(reference.text());
        if found.is_none() {
            let is_drawn = context.file.element(reference.text()).is_some();
            let text = cut(reference.text());
            let place = Place::from(owner).at(reference.position());
            let remedy = "Name a data object, a store, a property, an input or an output.";
            let message = format!("The data association names “{text}”, which holds no data here.");
            if is_drawn {
                findings.warning("data-association-ignored", place, message, remedy);
            } else {
                findings.error("reference-missing", place, message, remedy);
            }
        }
        found
    };
    let parts: Vec<Node<'_>> = node.children().filter(|it| !it.text().is_empty()).collect();
    let sources: Vec<DataIndex> =
        parts.iter().filter(|it| it.is_bpmn("sourceRef")).filter_map(|it| find(*it)).collect();
    let target = parts.iter().find(|it| it.is_bpmn("targetRef")).and_then(|it| find(*it));
    let assigning = node.children().filter(|child| child.is_bpmn("assignment"));
    let assignments: Vec<Mapping> =
        assigning.filter_map(|it| assignment(context, owner, it, findings)).collect();
    if sources.is_empty() && target.is_none() && assignments.is_empty() {
        return None;
    }
    let transformation = child_text(node, "transformation");
    Some(DataAssociation { sources, target, transformation, assignments })
}

/// An assignment: its `to` is a variable, a part of one, or the id of a data item.
fn assignment(
    context: &Context<'_, '_>,
    owner: Node<'_>,
    node: Node<'_>,
    findings: &mut Findings,
) -> Option<Mapping> {
    let from = child_text(node, "from")?;
    let to = child_text(node, "to")?;
    let name = to.text.trim_start_matches('=').trim();
    let target = match context.data_item(name) {
        Some(item) => item.variable.to_string(),
        None if is_variable_path(name) => name.to_owned(),
        None => {
            let message = format!("The assignment sets “{}”, which is no variable.", cut(name));
            let remedy = "Name a variable, a part of one as in a.b, or a data item.";
            let place = Place::from(owner).at(to.position);
            findings.warning("data-association-ignored", place, message, remedy);
            return None;
        }
    };
    let source = Text { text: expression(&from.text), position: from.position };
    Some(Mapping { source, target })
}

/// The `from` of an assignment is an expression, whatever its first character.
fn expression(text: &str) -> String {
    let is_marked = ["=", "${", "#{"].iter().any(|begin| text.starts_with(begin));
    if is_marked { text.to_owned() } else { format!("={text}") }
}
