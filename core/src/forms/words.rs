//! How a form speaks: sentences that say what to do, in the manner of GOV.UK.

use crate::value::Decimal;

/// A label as it stands inside a sentence: `Amount` becomes `amount`, `IBAN` stays.
pub(super) fn inside(label: &str) -> String {
    let mut characters = label.chars();
    let Some(first) = characters.next() else { return String::new() };
    let is_word = characters.clone().next().is_none_or(|second| !second.is_uppercase());
    let rest = characters.as_str();
    if is_word { first.to_lowercase().chain(rest.chars()).collect() } else { label.to_owned() }
}

/// A number with its thousands apart: `1,000.50`.
pub(super) fn grouped(number: Decimal) -> String {
    let text = number.to_string();
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(w, f)| (w, Some(f)));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    let mut out = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_fit_into_sentences() {
        assert_eq!(inside("Amount"), "amount");
        assert_eq!(inside("IBAN of the payee"), "IBAN of the payee");
        assert_eq!(inside(""), "");
        assert_eq!(inside("É"), "é");
    }

    #[test]
    fn thousands_stand_apart() {
        for (number, words) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.5", "-1,234,567.5"),
            ("0.1", "0.1"),
        ] {
            assert_eq!(grouped(number.parse().expect("a number")), words);
        }
    }
}
