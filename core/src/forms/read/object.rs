//! JSON objects that know where they stand in the text.

use crate::bpmn::diagnostic::Position;
use crate::value::{Context, Decimal, Value};

/// Where each object of a JSON text starts, in the order of their opening braces.
pub(super) fn positions(json: &str) -> Vec<Position> {
    let mut found = Vec::new();
    let mut position = Position { line: 1, column: 1 };
    let (mut in_text, mut escaped) = (false, false);
    for character in json.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            '{' if !in_text => found.push(position),
            _ => {}
        }
        if character == '\n' {
            position = Position { line: position.line + 1, column: 1 };
        } else {
            position.column += 1;
        }
    }
    found
}

/// A JSON object and its number among all objects of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Object<'v> {
    context: &'v Context,
    positions: &'v [Position],
    number: usize,
}

impl<'v> Object<'v> {
    /// The outermost object.
    pub(super) fn root(context: &'v Context, positions: &'v [Position]) -> Self {
        Self { context, positions, number: 0 }
    }

    /// Where it starts.
    pub(super) fn position(self) -> Position {
        self.positions.get(self.number).copied().unwrap_or_default()
    }

    /// The value under `key`, null as if it were absent.
    pub(super) fn value(self, key: &str) -> Option<&'v Value> {
        self.context.get(key).filter(|value| !value.is_null())
    }

    /// The text under `key`; `None` where there is none or something else.
    pub(super) fn text(self, key: &str) -> Option<&'v str> {
        self.value(key)?.as_str()
    }

    /// The number under `key`, be it written as a number or as a text.
    pub(super) fn number(self, key: &str) -> Option<Decimal> {
        let value = self.value(key)?;
        value.as_number().or_else(|| value.as_str()?.trim().parse().ok())
    }

    /// Whether `key` is true.
    pub(super) fn is_true(self, key: &str) -> bool {
        self.value(key).and_then(Value::as_bool) == Some(true)
    }

    /// The keys, in order.
    pub(super) fn keys(self) -> impl Iterator<Item = &'v str> {
        self.context.keys().map(AsRef::as_ref)
    }

    /// The object under `key`.
    pub(super) fn object(self, key: &str) -> Option<Self> {
        let context = self.value(key)?.as_context()?;
        Some(Self { context, number: self.number_before(key), ..self })
    }

    /// The objects in the list under `key`; `None` where there is no list.
    pub(super) fn objects(self, key: &str) -> Option<Vec<Self>> {
        let items = self.value(key)?.as_list()?;
        let mut number = self.number_before(key);
        let mut objects = Vec::new();
        for item in items {
            if let Some(context) = item.as_context() {
                objects.push(Self { context, number, ..self });
            }
            number += objects_in(item);
        }
        Some(objects)
    }

    /// Number of the first object in the value under `key`.
    fn number_before(self, key: &str) -> usize {
        let before = self.context.iter().take_while(|(name, _)| name.as_ref() != key);
        self.number + 1 + before.map(|(_, value)| objects_in(value)).sum::<usize>()
    }
}

/// How many objects `value` is made of. Values nest to a bounded depth.
fn objects_in(value: &Value) -> usize {
    if let Some(context) = value.as_context() {
        1 + context.iter().map(|(_, value)| objects_in(value)).sum::<usize>()
    } else if let Some(items) = value.as_list() {
        items.iter().map(objects_in).sum()
    } else {
        0
    }
}
