//! Names and values in words for people; the same in the browser and on the server.
//!
//! Never shortens a value so that it would say something else: what is cut ends in “…”.

use super::Value;
use crate::time::Timestamp;

/// Most characters of a value in a list of facts.
const VALUE_CHARACTERS_MAX: usize = 400;

/// A name of a variable or element made readable: `customerTier` becomes “Customer tier”.
pub fn readable_name(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut before_was_lower = false;
    for character in name.chars() {
        if character == '_' || character == '-' || character == '.' {
            if !words.ends_with(' ') {
                words.push(' ');
            }
            before_was_lower = false;
        } else if character.is_uppercase() && before_was_lower {
            words.push(' ');
            words.extend(character.to_lowercase());
            before_was_lower = false;
        } else {
            before_was_lower = character.is_lowercase() || character.is_ascii_digit();
            words.push(character);
        }
    }
    let mut characters = words.trim().chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(characters).collect()
}

/// A value made readable: 24000 becomes “24,000”, true becomes “yes”.
pub fn readable_value(value: &Value) -> String {
    let text = match value {
        Value::Null => "–".to_owned(),
        Value::Boolean(true) => "yes".to_owned(),
        Value::Boolean(false) => "no".to_owned(),
        Value::Number(number) => grouped(&number.to_string()),
        Value::String(text) => text.to_string(),
        Value::List(list) => {
            let items: Vec<String> = list.iter().map(readable_value).collect();
            items.join(", ")
        }
        Value::Context(context) => {
            let entries: Vec<String> = context
                .iter()
                .map(|(name, value)| format!("{}: {}", readable_name(name), readable_value(value)))
                .collect();
            entries.join(", ")
        }
        Value::Date(_)
        | Value::Time(_)
        | Value::DateTime(_)
        | Value::DaysTimeDuration(_)
        | Value::YearsMonthsDuration(_)
        | Value::Range(_)
        | Value::Function(_) => value.to_json().trim_matches('"').to_owned(),
    };
    cut(&text, VALUE_CHARACTERS_MAX)
}

/// `text`, with “…” in place of what is past `characters_max`.
pub fn cut(text: &str, characters_max: usize) -> String {
    match text.char_indices().nth(characters_max) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// A moment in UTC to be read by people, such as “23 Nov 2026, 09:14 UTC”.
pub fn readable_moment(at: Timestamp) -> String {
    let minutes = at.millis_of_day_utc() / 60_000;
    format!("{}, {:02}:{:02} UTC", readable_day(at), minutes / 60, minutes % 60)
}

/// A day in UTC to be read by people, such as “23 Nov 2026”.
pub fn readable_day(at: Timestamp) -> String {
    let (year, _, _) = at.date_utc();
    format!("{} {year}", readable_day_of_year(at))
}

/// A day without its year, such as “23 Nov”.
pub fn readable_day_of_year(at: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, month, day) = at.date_utc();
    let month = MONTHS.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or_default();
    format!("{day} {month}")
}

/// A plain decimal number with commas between thousands; other texts as they are.
fn grouped(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(w, f)| (w, Some(f)));
    let plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !fraction.is_none_or(plain) {
        return number.to_owned();
    }
    let mut text = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_readable() {
        assert_eq!(readable_name("customerTier"), "Customer tier");
        assert_eq!(readable_name("score_band"), "Score band");
        assert_eq!(readable_name("VerifyIdentity"), "Verify identity");
        assert_eq!(readable_name("paymentId2"), "Payment id2");
        assert_eq!(readable_name(""), "");
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped("24000"), "24,000");
        assert_eq!(grouped("-1234567.8900"), "-1,234,567.8900");
        assert_eq!(grouped("999"), "999");
        assert_eq!(grouped("1E+40"), "1E+40");
    }
}
