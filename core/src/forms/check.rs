//! Answers checked against a form: typed variables, or what to correct, field by field.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::answer::{BadAnswer, tidied, value_of};
use super::form::{Action, Field, FieldKind, Form};
use super::pattern;
use super::words::{grouped, inside};
use super::{ANSWER_CHARS_MAX, Answers};
use crate::value::{DIGITS_MAX, Decimal, Value};

/// What is wrong with one answer, in words for the person who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Key of the field; empty where it is about the form as a whole.
    pub field: String,
    /// What to do, in a sentence without a full stop.
    pub message: String,
}

/// Checks `answers` for `action`, the name of the pressed button.
///
/// Gives a variable for every field that can be filled in (null where it was left empty) and the
/// one that the action sets. Answers for fields that only show something are ignored. A form with
/// one action, or none, needs no name.
///
/// # Errors
/// What is wrong, field by field from top to bottom: all of it.
pub fn check(
    form: &Form,
    answers: &Answers,
    action: Option<&str>,
) -> Result<Vec<(String, Value)>, Vec<FieldError>> {
    let mut errors = Vec::new();
    let action = match chosen_action(form, action) {
        Ok(action) => action,
        Err(message) => {
            errors.push(FieldError { field: String::new(), message });
            None
        }
    };
    let needed: BTreeSet<&str> = action
        .map(|action| action.requires.iter().map(String::as_str).collect())
        .unwrap_or_default();
    let mut variables = Vec::new();
    for field in form.fields().filter(|field| !field.read_only) {
        let answer = answers.get(&field.key).map_or("", String::as_str);
        match check_field(field, answer, needed.contains(field.key.as_str())) {
            Ok(value) => variables.push((field.key.clone(), value)),
            Err(message) => errors.push(FieldError { field: field.key.clone(), message }),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    variables.extend(action.and_then(|action| action.sets.clone()));
    Ok(variables)
}

fn chosen_action<'f>(form: &'f Form, name: Option<&str>) -> Result<Option<&'f Action>, String> {
    let actions: Vec<&Action> = form.actions().collect();
    match name.filter(|name| !name.is_empty()) {
        Some(name) => match actions.iter().find(|action| action.name == name) {
            Some(action) => Ok(Some(action)),
            None if actions.is_empty() => Ok(None),
            None => Err(choose(&actions)),
        },
        None if actions.len() <= 1 => Ok(actions.first().copied()),
        None => Err(choose(&actions)),
    }
}

/// `Choose “Approve” or “Decline”`.
fn choose(actions: &[&Action]) -> String {
    let labels: Vec<String> = actions.iter().map(|action| format!("“{}”", action.label)).collect();
    format!("Choose {}", labels.join(" or "))
}

fn check_field(field: &Field, answer: &str, is_needed: bool) -> Result<Value, String> {
    let text = tidied(field, answer).map_err(|bad| explain(field, bad))?;
    if text.is_empty() {
        return empty(field, is_needed);
    }
    let value = value_of(field, &text).map_err(|bad| explain(field, bad))?;
    match &field.kind {
        FieldKind::Text { min_length, max_length, pattern, .. } => {
            let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
            check_text(field, &text, length, (*min_length, *max_length), pattern.as_deref())?;
        }
        FieldKind::Number { min, max, decimal_digits, step } => {
            let number = value.as_number().unwrap_or(Decimal::ZERO);
            check_digits(field, number, *decimal_digits)?;
            check_range(field, number, *min, *max)?;
            check_step(field, number, *step)?;
        }
        FieldKind::Checkbox if value == Value::Boolean(false) => return empty(field, is_needed),
        FieldKind::Select { .. }
        | FieldKind::Radio { .. }
        | FieldKind::Checkbox
        | FieldKind::Date
        | FieldKind::DateTime => {}
    }
    Ok(value)
}

/// What an empty field stands for.
fn empty(field: &Field, is_needed: bool) -> Result<Value, String> {
    if !field.required && !is_needed {
        let is_checkbox = matches!(field.kind, FieldKind::Checkbox);
        return Ok(if is_checkbox { Value::Boolean(false) } else { Value::Null });
    }
    let label = inside(&field.label);
    Err(match &field.kind {
        FieldKind::Checkbox => format!("Tick “{}” to go on", field.label),
        FieldKind::Select { .. } | FieldKind::Radio { .. } => format!("Choose the {label}"),
        FieldKind::Text { .. }
        | FieldKind::Number { .. }
        | FieldKind::Date
        | FieldKind::DateTime => {
            format!("Enter the {label}")
        }
    })
}

fn explain(field: &Field, bad: BadAnswer) -> String {
    let label = &field.label;
    match bad {
        BadAnswer::NotANumber => format!("{label} must be a number, such as 24000"),
        BadAnswer::Comma => {
            format!("{label} must be a number without commas, such as 24000 or 24000.50")
        }
        BadAnswer::TooManyDigits => format!("{label} must have at most {DIGITS_MAX} digits"),
        BadAnswer::NotADate if matches!(field.kind, FieldKind::DateTime) => {
            format!("{label} must be a date and time, such as 2026-12-31T17:00")
        }
        BadAnswer::NotADate => format!("{label} must be a date, such as 2026-12-31"),
        BadAnswer::NotAChoice => format!("Choose the {} from the list", inside(label)),
        BadAnswer::TooLong => {
            let max = grouped(ANSWER_CHARS_MAX.into());
            format!("{label} must be {max} characters or fewer")
        }
        BadAnswer::Control => {
            format!("{label} must not contain line breaks or invisible control characters")
        }
    }
}

fn check_text(
    field: &Field,
    text: &str,
    length: u32,
    (min, max): (Option<u32>, Option<u32>),
    pattern: Option<&str>,
) -> Result<(), String> {
    let label = &field.label;
    if let Some(min) = min.filter(|min| length < *min) {
        return Err(format!("{label} must be {} characters or more", grouped(min.into())));
    }
    if let Some(max) = max.filter(|max| length > *max) {
        return Err(format!("{label} must be {} characters or fewer", grouped(max.into())));
    }
    if pattern.is_some_and(|pattern| !pattern::matches(pattern, text)) {
        return Err(format!("{label} must be written in the form that is asked for"));
    }
    Ok(())
}

fn check_digits(field: &Field, number: Decimal, digits: Option<u8>) -> Result<(), String> {
    let label = &field.label;
    let Some(digits) = digits else { return Ok(()) };
    let is_whole = Decimal::new(1, i32::from(digits))
        .and_then(|unit| number.modulo(unit))
        .is_ok_and(Decimal::is_zero);
    match digits {
        _ if is_whole => Ok(()),
        0 => Err(format!("{label} must be a whole number")),
        1 => Err(format!("{label} must have at most 1 decimal place")),
        digits => Err(format!("{label} must have at most {digits} decimal places")),
    }
}

fn check_range(
    field: &Field,
    number: Decimal,
    min: Option<Decimal>,
    max: Option<Decimal>,
) -> Result<(), String> {
    let label = &field.label;
    if let Some(min) = min.filter(|min| number < *min) {
        return Err(format!("{label} must be {} or more", grouped(min)));
    }
    if let Some(max) = max.filter(|max| number > *max) {
        return Err(format!("{label} must be {} or less", grouped(max)));
    }
    Ok(())
}

fn check_step(field: &Field, number: Decimal, step: Option<Decimal>) -> Result<(), String> {
    let Some(step) = step else { return Ok(()) };
    if number.modulo(step).is_ok_and(Decimal::is_zero) {
        return Ok(());
    }
    Err(format!("{} must be a multiple of {}", field.label, grouped(step)))
}
