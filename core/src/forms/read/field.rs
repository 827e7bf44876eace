//! Fields: what may be filled in, and what about it is not executed.

use std::collections::BTreeSet;

use super::super::form::{Choice, Field, FieldKind, WIDTH_MAX};
use super::super::{ANSWER_CHARS_MAX, pattern};
use super::object::Object;
use super::{Findings, Place, cut};
use crate::value::{DIGITS_MAX, Decimal, Value, json};

/// Length of a key in bytes, as for every name of a variable.
const KEY_BYTES_MAX: usize = 255;
/// Things to choose from in one field.
const CHOICES_MAX: usize = 1_000;

/// Parts of a component that change what it does and are not executed.
const NOT_EXECUTED: [&str; 4] =
    ["valuesKey", "valuesExpression", "disallowPassedDates", "serializeToString"];

/// Reads a component as a field; `None` where it cannot be shown.
pub(super) fn read(
    part: Object<'_>,
    kind: &str,
    place: &Place,
    findings: &mut Findings,
) -> Option<Field> {
    let mut reader = Reader { part, place, findings };
    let key = reader.key(kind);
    for name in part.keys().filter(|name| NOT_EXECUTED.contains(name)) {
        let inert = part.value(name).is_none_or(|value| *value == Value::Boolean(false));
        if !inert {
            let message = format!("“{name}” has no effect here.");
            reader.warning("form-part-ignored", message, "Remove it.");
        }
    }
    let kind = reader.kind(kind)?;
    let appearance = part.object("appearance");
    let adorner = |name| {
        appearance.and_then(|a| a.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let label = part.text("label").filter(|label| !label.is_empty());
    Some(Field {
        label: label.map_or_else(|| key.clone().unwrap_or_default(), str::to_owned),
        required: reader.flag(part.object("validate"), "required"),
        read_only: reader.flag(Some(part), "readonly") || reader.flag(Some(part), "disabled"),
        description: part.text("description").filter(|d| !d.is_empty()).map(str::to_owned),
        default: reader.default(&kind),
        width: part.object("layout").and_then(width),
        prefix: adorner("prefixAdorner"),
        suffix: adorner("suffixAdorner"),
        kind,
        key: key?,
    })
}

/// Whether `text` can be the name of a variable.
pub(super) fn is_key(text: &str) -> bool {
    let mut characters = text.chars();
    text.len() <= KEY_BYTES_MAX
        && characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|other| other.is_alphanumeric() || other == '_')
}

fn width(layout: Object<'_>) -> Option<u8> {
    let columns = layout.number("columns")?.to_i64()?;
    u8::try_from(columns).ok().filter(|columns| (1..=WIDTH_MAX).contains(columns))
}

struct Reader<'r, 'v> {
    part: Object<'v>,
    place: &'r Place,
    findings: &'r mut Findings,
}

impl<'v> Reader<'_, 'v> {
    fn error(&mut self, rule: &str, message: impl Into<String>, remedy: &str) {
        self.findings.error(rule, self.place, message, remedy);
    }

    fn warning(&mut self, rule: &str, message: impl Into<String>, remedy: &str) {
        self.findings.warning(rule, self.place, message, remedy);
    }

    fn key(&mut self, kind: &str) -> Option<String> {
        let key = self.part.text("key").unwrap_or_default();
        if is_key(key) {
            return Some(key.to_owned());
        }
        if key.is_empty() {
            let message = format!("A component of type “{}” has no key.", cut(kind));
            let remedy = "Give it a key: the variable that it shows and sets.";
            self.error("form-key-missing", message, remedy);
        } else {
            let message = format!("The key “{}” is not the name of a variable.", cut(key));
            let remedy = "Use letters, digits and “_”, a letter first.";
            self.error("form-key-invalid", message, remedy);
        }
        None
    }

    /// A yes or no; an expression in its place is an error.
    fn flag(&mut self, object: Option<Object<'v>>, name: &str) -> bool {
        let Some(object) = object else { return false };
        if object.text(name).is_some() {
            let message = format!("“{name}” is an expression; expressions are not evaluated here.");
            self.error("form-expression", message, "Write true or false.");
        }
        object.is_true(name)
    }

    fn kind(&mut self, kind: &str) -> Option<FieldKind> {
        match kind {
            "textfield" => Some(self.text(false)),
            "textarea" => Some(self.text(true)),
            "number" => Some(self.number()),
            "select" => self.choices().map(|choices| FieldKind::Select { choices }),
            "radio" => self.choices().map(|choices| FieldKind::Radio { choices }),
            "checkbox" => Some(FieldKind::Checkbox),
            "datetime" => self.moment(),
            other => {
                let message = format!("Components of type “{}” are not shown.", cut(other));
                let remedy = "Use textfield, textarea, number, select, radio, checkbox, datetime, \
                              text, group, separator, spacer or button.";
                self.error("form-component-unknown", message, remedy);
                None
            }
        }
    }

    fn text(&mut self, multiline: bool) -> FieldKind {
        let validate = self.part.object("validate");
        let min_length = self.length(validate, "minLength");
        let max_length = self.length(validate, "maxLength");
        if let (Some(min), Some(max)) = (min_length, max_length)
            && min > max
        {
            let message = "The shortest length is greater than the greatest.";
            self.error("form-limits", message, "Correct minLength or maxLength.");
        }
        if let Some(kind) = validate.and_then(|v| v.text("validationType"))
            && !matches!(kind, "" | "custom")
        {
            let message = format!("The validation type “{}” is not checked.", cut(kind));
            let remedy = "Use a pattern.";
            self.warning("form-part-ignored", message, remedy);
        }
        let pattern = validate.and_then(|v| v.text("pattern")).filter(|p| !p.is_empty());
        if let Some(text) = pattern
            && !pattern::is_supported(text)
        {
            let message = format!("The pattern “{}” cannot be checked in bounded time.", cut(text));
            let remedy = "Write it without look-around and back references, and shorter.";
            self.error("form-pattern", message, remedy);
        }
        FieldKind::Text { multiline, min_length, max_length, pattern: pattern.map(str::to_owned) }
    }

    fn length(&mut self, validate: Option<Object<'v>>, name: &str) -> Option<u32> {
        let number = self.decimal(validate, name)?;
        let length = number.to_i64().and_then(|length| u32::try_from(length).ok());
        if length.is_none_or(|length| length as usize > ANSWER_CHARS_MAX) {
            let message = format!("“{name}” is not a whole number from 0 to {ANSWER_CHARS_MAX}.");
            self.error("form-limits", message, "Correct the number.");
        }
        length
    }

    /// A number; anything else in its place is an error.
    fn decimal(&mut self, object: Option<Object<'v>>, name: &str) -> Option<Decimal> {
        let object = object?;
        let value = object.value(name)?;
        let number = object.number(name);
        if number.is_none() && value.as_str() != Some("") {
            let message = format!("“{name}” is not a number.");
            self.error(
                "form-limits",
                message,
                "Write a number; expressions are not evaluated here.",
            );
        }
        number
    }

    fn number(&mut self) -> FieldKind {
        let part = Some(self.part);
        let validate = self.part.object("validate");
        let min = self.decimal(validate, "min");
        let max = self.decimal(validate, "max");
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            self.error(
                "form-limits",
                "The least value is above the greatest.",
                "Correct min or max.",
            );
        }
        let digits = self.decimal(part, "decimalDigits");
        let decimal_digits = digits.and_then(Decimal::to_i64).and_then(|d| u8::try_from(d).ok());
        if digits.is_some() && decimal_digits.is_none_or(|digits| u32::from(digits) > DIGITS_MAX) {
            let message = format!("“decimalDigits” is not a whole number from 0 to {DIGITS_MAX}.");
            self.error("form-limits", message, "Correct the number.");
        }
        let step = self.decimal(part, "step").or_else(|| self.decimal(part, "increment"));
        if step.is_some_and(|step| step <= Decimal::ZERO) {
            let message = "The step is not above 0.";
            self.error("form-limits", message, "Correct or remove the step.");
        }
        FieldKind::Number { min, max, decimal_digits, step }
    }

    fn moment(&mut self) -> Option<FieldKind> {
        match self.part.text("subtype").unwrap_or("date") {
            "date" => Some(FieldKind::Date),
            "datetime" => Some(FieldKind::DateTime),
            other => {
                let message = format!("A datetime field of subtype “{}” is not shown.", cut(other));
                self.error("form-component-unknown", message, "Use date or datetime.");
                None
            }
        }
    }

    fn choices(&mut self) -> Option<Vec<Choice>> {
        let parts = self.part.objects("values").unwrap_or_default();
        if parts.is_empty() || parts.len() > CHOICES_MAX {
            let message = format!("The field offers {} values.", parts.len());
            let remedy = "List 1 to 1,000 values with label and value in the form itself.";
            self.error("form-choices", message, remedy);
            return None;
        }
        let mut answers = BTreeSet::new();
        let mut choices = Vec::new();
        for part in parts {
            let Some(value) = part.value("value").filter(|value| is_plain(value)) else {
                let message = "A value to choose is missing or no plain value.";
                self.error("form-choices", message, "Give each entry a label and a value.");
                continue;
            };
            let answer = text_of(value);
            if answer.is_empty() || answer.trim() != answer || !answers.insert(answer.clone()) {
                let message = format!("The value “{}” is empty or stands twice.", cut(&answer));
                self.error("form-choices", message, "Give each entry a value of its own.");
            }
            let label = part.text("label").filter(|label| !label.is_empty()).unwrap_or(&answer);
            let label = label.to_owned();
            choices.push(Choice { label, answer, value: value.clone() });
        }
        Some(choices)
    }

    /// The answer to begin with.
    fn default(&mut self, kind: &FieldKind) -> Option<String> {
        let value = self.part.value("defaultValue")?;
        if !is_plain(value) {
            let message = "The default value is no plain value.";
            self.error("form-default", message, "Write a text, a number, true or false.");
            return None;
        }
        let text = text_of(value);
        let is_choice = match kind {
            FieldKind::Select { choices } | FieldKind::Radio { choices } => {
                choices.iter().any(|choice| choice.answer == text)
            }
            FieldKind::Text { .. }
            | FieldKind::Number { .. }
            | FieldKind::Checkbox
            | FieldKind::Date
            | FieldKind::DateTime => true,
        };
        if !is_choice && !text.is_empty() {
            let message = format!("The default value “{}” is none of the values.", cut(&text));
            self.error("form-default", message, "Choose one of the values.");
        }
        let is_off = matches!(kind, FieldKind::Checkbox) && text != "true";
        (!text.is_empty() && !is_off).then_some(text)
    }
}

/// A text, a number, true or false.
fn is_plain(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Boolean(_))
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| json::write(value), str::to_owned)
}
