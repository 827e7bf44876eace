//! JSON text in and out: exact numbers, order kept, every size bounded.
//!
//! Never reads a number through a binary double, and never lets a repeated key pass.

mod read;

use std::fmt::Write as _;

pub use self::read::{JsonError, Limits, parse};

use super::{VALUE_DEPTH_MAX, Value};

/// The longest JSON text that is read unless a caller sets another limit.
const BYTES_MAX_DEFAULT: usize = 10 * 1024 * 1024;

impl Default for Limits {
    fn default() -> Self {
        Self { bytes_max: BYTES_MAX_DEFAULT, depth_max: VALUE_DEPTH_MAX }
    }
}

/// The value as compact JSON: temporals, durations and ranges are texts, functions are null.
pub fn write(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, &mut out);
    out
}

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Null | Value::Function(_) => out.push_str("null"),
        Value::Boolean(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => display(out, number),
        Value::String(text) => write_text(text, out),
        Value::List(list) => {
            out.push('[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(item, out);
            }
            out.push(']');
        }
        Value::Context(context) => {
            out.push('{');
            for (index, (name, entry)) in context.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(name, out);
                out.push(':');
                write_value(entry, out);
            }
            out.push('}');
        }
        Value::Date(date) => quoted(out, date),
        Value::Time(time) => quoted(out, time),
        Value::DateTime(date_time) => quoted(out, date_time),
        Value::DaysTimeDuration(duration) => quoted(out, duration),
        Value::YearsMonthsDuration(duration) => quoted(out, duration),
        Value::Range(range) => write_text(&range.to_string(), out),
    }
}

fn display(out: &mut String, shown: &impl std::fmt::Display) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{shown}");
}

fn quoted(out: &mut String, shown: &impl std::fmt::Display) {
    out.push('"');
    display(out, shown);
    out.push('"');
}

/// Writes a JSON string; `<` stays, `\u2028` and `\u2029` are escaped, so that the text is also a
/// script literal.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;
