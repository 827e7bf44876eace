//! Decision tables as people read them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::decisions::{Decisions, Parameter};
use super::model::{Boxed, BoxedKind, HitPolicy, Table};
use super::types::{Shape, TypeIndex, Types};
use crate::feel::ConstantTest;
use crate::value::Value;

/// The most levels of components that are listed for a form.
const COMPONENTS_DEPTH_MAX: u32 = 6;

/// A decision table with the texts of its cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableView {
    /// Id of the table; empty where it has none.
    pub id: Arc<str>,
    /// How the rules that match make the result.
    pub hit_policy: HitPolicy,
    /// The words above the outputs; empty where there are none.
    pub output_label: Arc<str>,
    /// Columns of conditions.
    pub inputs: Vec<TableColumn>,
    /// Columns of results.
    pub outputs: Vec<TableColumn>,
    /// The heads of the columns of annotations.
    pub annotations: Vec<Arc<str>>,
    /// The rules in order.
    pub rows: Vec<TableRow>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableColumn {
    /// Id of the column; empty where it has none.
    pub id: Arc<str>,
    /// The label, else the expression or name.
    pub label: Arc<str>,
    /// The expression of an input, the name of an output.
    pub text: Arc<str>,
    /// The type, by name; empty where none is given.
    pub type_name: Arc<str>,
    /// The allowed values as text; empty where all are allowed.
    pub allowed: Arc<str>,
    /// The default output as text; empty where there is none.
    pub default: Arc<str>,
}

/// A rule of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableRow {
    /// Id of the rule; empty where it has none.
    pub id: Arc<str>,
    /// The texts of the conditions.
    pub inputs: Vec<Arc<str>>,
    /// The texts of the results.
    pub outputs: Vec<Arc<str>>,
    /// The annotations.
    pub annotations: Vec<Arc<str>>,
}

impl Decisions {
    /// The table of the decision or knowledge model of that id or name, where its logic is one.
    pub fn table(&self, name: &str) -> Option<TableView> {
        let index = self.index_of(name)?;
        let element = self.element(index);
        let model = self.models.get(element.model)?.as_ref()?;
        let has_place = |place: &crate::diagnostic::findings::Place| place == &element.place;
        let decision = model.decisions.iter().find(|it| has_place(&it.place));
        let knowledge = model.knowledge.iter().find(|it| has_place(&it.place));
        let logic = decision
            .and_then(|it| it.logic.as_ref())
            .or_else(|| knowledge?.logic.as_ref()?.body.as_ref())?;
        table_of(logic).map(view)
    }
}

fn table_of(logic: &Boxed) -> Option<&Table> {
    if let BoxedKind::Table(table) = &logic.kind { Some(table) } else { None }
}

fn view(table: &Table) -> TableView {
    let empty: Arc<str> = "".into();
    let text = |text: &Option<super::model::Text>| {
        text.as_ref().map_or_else(|| Arc::clone(&empty), |it| Arc::clone(&it.text))
    };
    let type_name = |of: &Option<super::model::TypeReference>| {
        of.as_ref().map_or_else(|| Arc::clone(&empty), |it| Arc::clone(&it.name))
    };
    let first = |a: &Arc<str>, b: &Arc<str>| Arc::clone(if a.is_empty() { b } else { a });
    let inputs = table.inputs.iter().map(|input| TableColumn {
        id: input.place.element.as_str().into(),
        label: first(&input.label, &input.expression.text),
        text: Arc::clone(&input.expression.text),
        type_name: type_name(&input.of),
        allowed: text(&input.allowed),
        default: Arc::clone(&empty),
    });
    let outputs = table.outputs.iter().map(|output| TableColumn {
        id: output.place.element.as_str().into(),
        label: first(&output.label, &first(&output.name, &table.output_label)),
        text: Arc::clone(&output.name),
        type_name: type_name(&output.of),
        allowed: text(&output.allowed),
        default: text(&output.default),
    });
    let rows = table.rules.iter().map(|rule| TableRow {
        id: rule.place.element.as_str().into(),
        inputs: rule.inputs.iter().map(|cell| Arc::clone(&cell.text)).collect(),
        outputs: rule.outputs.iter().map(|cell| Arc::clone(&cell.text)).collect(),
        annotations: rule.annotations.clone(),
    });
    TableView {
        id: table.place.element.as_str().into(),
        hit_policy: table.hit_policy,
        output_label: Arc::clone(&table.output_label),
        inputs: inputs.collect(),
        outputs: outputs.collect(),
        annotations: table.annotations.clone(),
        rows: rows.collect(),
    }
}

impl Types {
    /// What a form needs to know to ask for a value of a type.
    pub(super) fn parameter(&self, name: &Arc<str>, label: &str, of: TypeIndex) -> Parameter {
        self.part(name, label, of, COMPONENTS_DEPTH_MAX)
    }

    /// Bounded by the depth.
    fn part(&self, name: &Arc<str>, label: &str, of: TypeIndex, depth_left: u32) -> Parameter {
        let mut at = of;
        let mut is_list = false;
        let mut allowed = None;
        let mut components = Vec::new();
        loop {
            let definition = self.get(at);
            is_list |= definition.is_collection;
            allowed = allowed.or(definition.allowed.as_ref());
            match &definition.shape {
                Shape::Alias(to) => at = *to,
                Shape::Components(parts) if depth_left > 0 => {
                    components.extend(
                        parts.iter().map(|(name, of)| self.part(name, "", *of, depth_left - 1)),
                    );
                    break;
                }
                Shape::Basic(_) | Shape::Components(_) | Shape::Function { .. } => break,
            }
        }
        let choices = allowed.and_then(|tests| tests.constant.as_ref()).map(|constant| {
            let value = |test: &ConstantTest| match test {
                ConstantTest::Equal(value) => Some(value.clone()),
                ConstantTest::Unequal(_) | ConstantTest::Within(_) => None,
            };
            let all: Option<Vec<Value>> = constant.tests.iter().map(value).collect();
            all.filter(|_| !constant.negated).unwrap_or_default()
        });
        Parameter {
            name: Arc::clone(name),
            label: label.into(),
            type_name: self.name(at).to_owned(),
            choices: choices.unwrap_or_default(),
            allowed: allowed.map_or_else(|| "".into(), |tests| Arc::clone(&tests.text)),
            is_list,
            components,
        }
    }
}
