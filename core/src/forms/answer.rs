//! Between process data and answers: prefilled fields one way, typed values the other.

use super::form::{Choice, Field, FieldKind, Form};
use super::{ANSWER_CHARS_MAX, Answers};
use crate::value::{Date, DateTime, Decimal, Value, json};

/// Prefills a form from process data: the value of each field's variable, else its default.
///
/// A variable that is null leaves its field empty, whatever the default says.
pub fn to_answers(form: &Form, variables: &dyn Fn(&str) -> Option<Value>) -> Answers {
    let mut answers = Answers::new();
    for field in form.fields() {
        let answer = match variables(&field.key) {
            Some(value) => answer_of(field, &value),
            None => field.default.clone(),
        };
        if let Some(answer) = answer {
            answers.insert(field.key.clone(), answer);
        }
    }
    answers
}

/// How `value` stands in `field`; `None` leaves it empty.
fn answer_of(field: &Field, value: &Value) -> Option<String> {
    match &field.kind {
        FieldKind::Checkbox => value.as_bool().filter(|ticked| *ticked).map(|_| "true".to_owned()),
        FieldKind::Select { choices } | FieldKind::Radio { choices } => choices
            .iter()
            .find(|choice| choice.value == *value)
            .map(|choice| choice.answer.clone())
            .or_else(|| plain(value)),
        FieldKind::DateTime => {
            if let Value::DateTime(moment) = value {
                return Some(local_minutes(moment));
            }
            plain(value)
        }
        FieldKind::Text { .. } | FieldKind::Number { .. } | FieldKind::Date => plain(value),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Function(_) => None,
        Value::String(text) => Some(text.to_string()),
        Value::Boolean(_)
        | Value::Number(_)
        | Value::List(_)
        | Value::Context(_)
        | Value::Range(_) => Some(json::write(value)),
        Value::Date(date) => Some(date.to_string()),
        Value::Time(time) => Some(time.to_string()),
        Value::DateTime(moment) => Some(moment.to_string()),
        Value::DaysTimeDuration(duration) => Some(duration.to_string()),
        Value::YearsMonthsDuration(duration) => Some(duration.to_string()),
    }
}

/// What a date-and-time control of a browser reads; seconds only where there are some.
fn local_minutes(moment: &DateTime) -> String {
    let (date, time) = (moment.date(), moment.time());
    let minutes = format!("{date}T{:02}:{:02}", time.hour(), time.minute());
    if time.second() == 0 { minutes } else { format!("{minutes}:{:02}", time.second()) }
}

/// Why an answer is no value of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadAnswer {
    /// Not a number at all.
    NotANumber,
    /// A comma, which is a thousands separator to some and a decimal point to others.
    Comma,
    /// More digits than a decimal holds exactly.
    TooManyDigits,
    /// Not a date, or not a date and time.
    NotADate,
    /// None of the choices.
    NotAChoice,
    /// Longer than any answer may be.
    TooLong,
    /// A character that no text should hold.
    Control,
}

/// The answer without what a person cannot see: spaces around it, line ends of the browser.
pub(super) fn tidied(field: &Field, answer: &str) -> Result<String, BadAnswer> {
    if answer.chars().count() > ANSWER_CHARS_MAX {
        return Err(BadAnswer::TooLong);
    }
    let text = answer.replace("\r\n", "\n").trim().to_owned();
    let is_multiline = matches!(field.kind, FieldKind::Text { multiline: true, .. });
    let is_bad = |character: char| {
        character.is_control() && !(is_multiline && matches!(character, '\n' | '\t'))
    };
    if text.chars().any(is_bad) { Err(BadAnswer::Control) } else { Ok(text) }
}

/// The value that `text`, tidied and not empty, stands for in `field`.
pub(super) fn value_of(field: &Field, text: &str) -> Result<Value, BadAnswer> {
    match &field.kind {
        FieldKind::Text { .. } => Ok(Value::string(text)),
        FieldKind::Number { .. } => number(text).map(Value::Number),
        FieldKind::Select { choices } | FieldKind::Radio { choices } => chosen(choices, text),
        FieldKind::Checkbox => Ok(Value::Boolean(matches!(text, "true" | "on"))),
        FieldKind::Date => Date::parse(text).map(Value::Date).ok_or(BadAnswer::NotADate),
        FieldKind::DateTime => moment(text).ok_or(BadAnswer::NotADate),
    }
}

fn chosen(choices: &[Choice], text: &str) -> Result<Value, BadAnswer> {
    let choice = choices.iter().find(|choice| choice.answer == text);
    choice.map(|choice| choice.value.clone()).ok_or(BadAnswer::NotAChoice)
}

/// A day and time as a browser sends it: seconds may be missing.
fn moment(text: &str) -> Option<Value> {
    let with_seconds = format!("{text}:00");
    let is_short = text.len() == "2026-12-31T17:00".len();
    let moment = DateTime::parse(if is_short { &with_seconds } else { text })?;
    Some(Value::DateTime(moment.into()))
}

/// A number as people write it: a point for decimals, spaces or apostrophes for thousands.
fn number(text: &str) -> Result<Decimal, BadAnswer> {
    if text.contains(',') {
        return Err(BadAnswer::Comma);
    }
    let (sign, magnitude) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(magnitude) => ("-", magnitude),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let groups: Vec<&str> = whole.split(is_separator).collect();
    let are_groups = groups.len() == 1
        || (!groups[0].is_empty()
            && groups[0].len() <= 3
            && groups[1..].iter().all(|group| group.len() == 3));
    let digits = groups.concat();
    let has_digits = !digits.is_empty() || !fraction.is_empty();
    if !are_groups || !has_digits || !is_digits(&digits) || !is_digits(fraction) {
        return Err(BadAnswer::NotANumber);
    }
    let significant = format!("{digits}{fraction}");
    if significant.trim_start_matches('0').len() > crate::value::DIGITS_MAX as usize {
        return Err(BadAnswer::TooManyDigits);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    let plain = format!("{sign}0{digits}{point}{fraction}");
    plain.parse().map_err(|_| BadAnswer::NotANumber)
}

/// Spaces (plain, no-break, thin, narrow) and apostrophes set thousands apart.
fn is_separator(character: char) -> bool {
    matches!(character, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '\u{2019}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_as_people_write_them() {
        for (text, plain) in [
            ("24000", "24000"),
            ("24 000", "24000"),
            ("24\u{202f}000.50", "24000.50"),
            ("1'234'567", "1234567"),
            ("-0.5", "-0.5"),
            ("+7", "7"),
            (".5", "0.5"),
            ("5.", "5"),
            ("\u{2212}3", "-3"),
            ("007", "7"),
        ] {
            assert_eq!(number(text).map(|n| n.to_string()), Ok(plain.to_owned()), "{text}");
        }
    }

    #[test]
    fn refuses_what_could_be_read_two_ways() {
        for text in ["24,000.50", "1,5", ","] {
            assert_eq!(number(text), Err(BadAnswer::Comma), "{text}");
        }
        for text in ["", "-", ".", "1 00", "1000 000", " 1", "1.2.3", "1e5", "0x10", "٣", "NaN"] {
            assert_eq!(number(text), Err(BadAnswer::NotANumber), "{text}");
        }
        assert_eq!(number(&"9".repeat(35)), Err(BadAnswer::TooManyDigits));
        assert!(number(&"9".repeat(34)).is_ok());
    }

    #[test]
    fn reads_moments_with_and_without_seconds() {
        for text in ["2026-12-31T17:00", "2026-12-31T17:00:00", "2026-12-31T17:00:00Z"] {
            assert!(moment(text).is_some(), "{text}");
        }
        for text in ["2026-12-31", "2026-02-30T10:00", "31.12.2026 17:00", "2026-12-31T25:00"] {
            assert!(moment(text).is_none(), "{text}");
        }
    }
}
