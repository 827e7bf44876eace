//! What a set of models says about itself, beside its tables.

use std::sync::Arc;

use super::decisions::Decisions;
use super::model::{Boxed, BoxedKind, Decision, Definitions};

/// The head of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelHead {
    /// `id` of its definitions; empty where it has none.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Whether its elements are those of DMN, and not of another standard.
    pub is_dmn: bool,
    /// Namespaces of the models that it imports.
    pub imports: Vec<Arc<str>>,
}

impl Decisions {
    /// The head of a file; `None` where it is no DMN model at all.
    pub fn head(file: &[u8]) -> Option<ModelHead> {
        let tree = crate::xml::parse(file).ok()?;
        let root = tree.root();
        if root.local() != "definitions" {
            return None;
        }
        let text = |name: &str| Arc::from(root.attribute(name).unwrap_or_default());
        let imports = root.children().filter(|child| child.local() == "import");
        Some(ModelHead {
            id: text("id"),
            name: text("name"),
            namespace: text("namespace"),
            is_dmn: root.is_dmn("definitions"),
            imports: imports
                .filter_map(|import| import.attribute("namespace"))
                .map(Arc::from)
                .collect(),
        })
    }

    /// Ids of what the file at `index` defines that can be called.
    pub fn ids_of_file(&self, index: usize) -> Vec<Arc<str>> {
        let elements = self.program.elements.iter().filter(|element| element.model == index);
        elements.map(|element| Arc::clone(&element.id)).collect()
    }

    /// The text of the expression of a decision, where its logic is one.
    pub fn expression(&self, id: &str) -> Option<Arc<str>> {
        let (_, decision) = self.decision(id)?;
        let BoxedKind::Literal(text) = &decision.logic.as_ref()?.kind else { return None };
        Some(Arc::clone(&text.text))
    }

    /// Ids of the elements that a decision is made of, its own first: its expression, and the
    /// columns and rules of its table.
    pub fn parts(&self, id: &str) -> Vec<Arc<str>> {
        let Some((_, decision)) = self.decision(id) else { return vec![Arc::from(id)] };
        let mut parts: Vec<Arc<str>> = vec![Arc::from(decision.place.element.as_str())];
        if let Some(Boxed { place, kind, .. }) = &decision.logic {
            parts.push(Arc::from(place.element.as_str()));
            if let BoxedKind::Table(table) = kind {
                let inputs = table.inputs.iter().map(|input| &input.place.element);
                let outputs = table.outputs.iter().map(|output| &output.place.element);
                let rules = table.rules.iter().map(|rule| &rule.place.element);
                parts.extend(inputs.chain(outputs).chain(rules).map(|id| Arc::from(id.as_str())));
                parts.push(Arc::from(table.place.element.as_str()));
            }
        }
        parts.retain(|part| !part.is_empty());
        parts
    }

    fn decision(&self, id: &str) -> Option<(&Definitions, &Decision)> {
        let models = self.models.iter().flatten();
        models
            .flat_map(|model| model.decisions.iter().map(move |decision| (model, decision)))
            .find(|(_, decision)| decision.place.element == id)
    }
}
