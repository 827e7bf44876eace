//! Names: which elements have which ids, and which names expressions see.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::findings::Findings;
use crate::dmn::model::{Boxed, BoxedKind, Definitions, ItemDefinition, ItemShape, Text};
use crate::dmn::program::ElementIndex;
use crate::dmn::types::TypeIndex;
use crate::feel::{Names, SyntaxError};

use super::types::TypeNames;

/// How names of all models are found.
#[derive(Debug)]
pub(in crate::dmn) struct Lookup {
    pub(in crate::dmn) types: TypeNames,
    /// The elements of each model by id.
    pub(in crate::dmn) ids: Vec<BTreeMap<Arc<str>, ElementIndex>>,
}

/// The names that an expression sees.
#[derive(Debug, Clone)]
pub(in crate::dmn) struct Scope {
    /// For the parser.
    pub(in crate::dmn) names: Names,
    /// Variables from outside of the expression.
    pub(in crate::dmn) visible: BTreeSet<Arc<str>>,
    /// Whether entries of items that are not known are in scope, too.
    pub(in crate::dmn) is_open: bool,
    /// The types of variables, where they are known.
    pub(in crate::dmn) types: BTreeMap<Arc<str>, TypeIndex>,
}

impl Scope {
    /// The scope with further names.
    pub(in crate::dmn) fn with<'n>(&self, names: impl IntoIterator<Item = &'n Arc<str>>) -> Self {
        let mut visible = self.visible.clone();
        visible.extend(names.into_iter().cloned());
        Self { names: self.names.with(&visible), visible, ..self.clone() }
    }

    /// The scope with variables of known types.
    pub(in crate::dmn) fn with_typed<'n>(
        &self,
        variables: impl IntoIterator<Item = (&'n Arc<str>, TypeIndex)>,
    ) -> Self {
        let mut types = self.types.clone();
        types.extend(variables.into_iter().map(|(name, of)| (Arc::clone(name), of)));
        Self { types, ..self.clone() }
    }
}

/// Names that stand behind a point: components of types, entries, columns and outputs.
pub(super) fn path_names(model: &Definitions, found: &mut BTreeSet<Arc<str>>) {
    for item in &model.items {
        component_names(item, found);
    }
    let decisions = model.decisions.iter().filter_map(|decision| decision.logic.as_ref());
    let functions = model.knowledge.iter().filter_map(|knowledge| knowledge.logic.as_ref());
    for logic in decisions.chain(functions.filter_map(|function| function.body.as_ref())) {
        entry_names(logic, found);
    }
    // A service with several outputs gives a context of them.
    found.extend(model.decisions.iter().map(|decision| Arc::clone(&decision.variable.name)));
}

/// Bounded by the depth of components, which the reader limits.
fn component_names(item: &ItemDefinition, found: &mut BTreeSet<Arc<str>>) {
    if let ItemShape::Components(components) = &item.shape {
        for component in components {
            found.insert(Arc::clone(&component.name));
            component_names(component, found);
        }
    }
}

/// The names that an expression makes, bounded by the depth that the reader limits.
fn entry_names(boxed: &Boxed, found: &mut BTreeSet<Arc<str>>) {
    match &boxed.kind {
        BoxedKind::Context(entries) => {
            for entry in entries {
                found.extend(entry.variable.iter().map(|variable| Arc::clone(&variable.name)));
                entry_names(&entry.value, found);
            }
        }
        BoxedKind::Table(table) => {
            found.extend(table.outputs.iter().map(|output| Arc::clone(&output.name)));
        }
        BoxedKind::Relation { columns, rows } => {
            found.extend(columns.iter().map(|column| Arc::clone(&column.name)));
            rows.iter().flatten().for_each(|cell| entry_names(cell, found));
        }
        BoxedKind::List(items) => items.iter().for_each(|item| entry_names(item, found)),
        BoxedKind::Invocation { function, bindings } => {
            entry_names(function, found);
            for (parameter, value) in bindings {
                // A function may be called with named arguments in text, too.
                found.insert(Arc::clone(&parameter.name));
                if let Some(value) = value {
                    entry_names(value, found);
                }
            }
        }
        BoxedKind::Function(function) => {
            found.extend(function.parameters.iter().map(|it| Arc::clone(&it.name)));
            function.body.iter().for_each(|body| entry_names(body, found));
        }
        BoxedKind::Conditional { condition, then, otherwise } => {
            for part in [condition, then, otherwise] {
                entry_names(part, found);
            }
        }
        BoxedKind::For(iterator) | BoxedKind::Every(iterator) | BoxedKind::Some(iterator) => {
            entry_names(&iterator.list, found);
            entry_names(&iterator.body, found);
        }
        BoxedKind::Filter { list, condition } => {
            entry_names(list, found);
            entry_names(condition, found);
        }
        BoxedKind::Literal(_) | BoxedKind::Unreadable => {}
    }
}

/// A finding about text that is not FEEL, at its place.
pub(super) fn report_syntax(
    text: &Text,
    error: &SyntaxError,
    whose: &str,
    findings: &mut Findings,
) {
    let place = text.place.at(text.position(error.position));
    let message = format!("{whose}{}: “{}”.", error.message, shown(&text.text));
    let remedy = match &error.hint {
        Some(hint) => format!("Correct the expression: {hint}."),
        None => "Correct the expression.".to_owned(),
    };
    findings.error("feel-syntax", place, message, remedy);
}

/// The end of a sentence that may name something similar.
pub(in crate::dmn) fn did_you_mean(similar: Option<&str>) -> String {
    similar.map_or_else(|| ".".to_owned(), |it| format!("; did you mean “{it}”?"))
}

/// A text, as far as a message shows it.
pub(in crate::dmn) fn shown(text: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 80;
    let mut cut: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}
