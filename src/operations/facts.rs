//! Process data for people: each variable under the label that its form gives it.
//!
//! Never hides a variable: what no form names is shown under its own name made readable.

use std::collections::BTreeMap;
use std::sync::Arc;

use spartito_core::forms::{Field, FieldKind, Form};
use spartito_core::value::{Value, Variables};

use super::words::{readable_name, readable_value};
use crate::wire::Fact;

/// Most variables shown.
const FACTS_MAX: usize = 200;
/// Most characters of a value's JSON shown.
const JSON_CHARACTERS_MAX: usize = 20_000;

/// `variables` for people, in the order in which they were first set; labels are those of the
/// first of `forms` that has a field for the variable.
pub(super) fn facts(variables: &Variables, forms: &[Arc<Form>]) -> Vec<Fact> {
    let mut fields: BTreeMap<&str, &Field> = BTreeMap::new();
    for field in forms.iter().flat_map(|form| form.fields()) {
        fields.entry(field.key.as_str()).or_insert(field);
    }
    variables
        .iter()
        .take(FACTS_MAX)
        .map(|(name, value)| {
            let field = fields.get(&**name).copied();
            Fact {
                name: name.to_string(),
                label: field.map_or_else(|| readable_name(name), |field| field.label.clone()),
                value: shown(value, field),
                json: super::words::cut(&value.to_json(), JSON_CHARACTERS_MAX),
            }
        })
        .collect()
}

/// A value as its field shows it: the words of a choice, the unit of a number.
fn shown(value: &Value, field: Option<&Field>) -> String {
    let plain = readable_value(value);
    let Some(field) = field else { return plain };
    match &field.kind {
        FieldKind::Select { choices } | FieldKind::Radio { choices } => choices
            .iter()
            .find(|choice| choice.value == *value)
            .map_or(plain, |choice| choice.label.clone()),
        FieldKind::Number { .. } if !value.is_null() => {
            let mut text = String::new();
            for part in [field.prefix.as_deref(), Some(plain.as_str()), field.suffix.as_deref()] {
                if let Some(part) = part.filter(|part| !part.is_empty()) {
                    if !text.is_empty() {
                        text.push(' ');
                    }
                    text.push_str(part);
                }
            }
            text
        }
        FieldKind::Number { .. }
        | FieldKind::Text { .. }
        | FieldKind::Checkbox
        | FieldKind::Date
        | FieldKind::DateTime => plain,
    }
}
