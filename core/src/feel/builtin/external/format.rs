//! Texts as Java writes them: `String.valueOf` and `String.format`.

use crate::feel::eval::{Machine, Outcome, null};
use crate::value::{Decimal, Rounding, Value};

/// The widest field and the most digits after the point.
const WIDTH_MAX: usize = 1_000;

/// A binary number as `Double.toString` writes it.
pub(super) fn double(number: f64) -> String {
    let magnitude = number.abs();
    if number == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{number:?}");
    }
    let text = format!("{number:e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{power}")
}

/// A value as `Object.toString` writes it.
pub(super) fn object(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        other => other.to_json().trim_matches('"').to_owned(),
    }
}

/// What stands between `%` and the letter of a conversion.
#[derive(Default)]
struct Spec {
    index: Option<usize>,
    left: bool,
    zeros: bool,
    plus: bool,
    group: bool,
    width: usize,
    precision: Option<usize>,
}

/// `String.format` with the conversions that FEEL's values have.
pub(super) fn format(
    machine: &mut Machine<'_>,
    pattern: &str,
    objects: &[Value],
) -> Outcome<String> {
    let (mut out, mut rest, mut next) = (String::new(), pattern, 0);
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let (spec, letter, after) = spec(&rest[at + 1..])?;
        rest = after;
        match letter {
            '%' => out.push_str(&padded("%", &spec)),
            'n' => out.push('\n'),
            _ => {
                let index = spec.index.unwrap_or_else(|| {
                    next += 1;
                    next
                });
                let Some(value) = index.checked_sub(1).and_then(|at| objects.get(at)) else {
                    return null("format: there is no argument for a conversion");
                };
                let converted = converted(letter, &spec, value)?;
                machine.work(1)?;
                machine.allocate(converted.len())?;
                out.push_str(&converted);
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Reads `1$-08.2` and the letter after it.
fn spec(text: &str) -> Outcome<(Spec, char, &str)> {
    let mut found = Spec::default();
    let digits_end = |text: &str| text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let number = |text: &str| match text.parse() {
        Ok(number) if number <= WIDTH_MAX => Ok(number),
        _ => null("format: a width is too large"),
    };
    let mut rest = text;
    let end = digits_end(rest);
    if end > 0 && rest[end..].starts_with('$') {
        found.index = Some(number(&rest[..end])?);
        rest = &rest[end + 1..];
    }
    while let Some(flag) = rest.chars().next().filter(|it| "-0+,".contains(*it)) {
        match flag {
            '-' => found.left = true,
            '0' => found.zeros = true,
            '+' => found.plus = true,
            _ => found.group = true,
        }
        rest = &rest[1..];
    }
    let end = digits_end(rest);
    if end > 0 {
        found.width = number(&rest[..end])?;
        rest = &rest[end..];
    }
    if let Some(precision) = rest.strip_prefix('.') {
        let end = digits_end(precision);
        found.precision = Some(number(&precision[..end])?);
        rest = &precision[end..];
    }
    match rest.chars().next() {
        Some(letter) => Ok((found, letter, &rest[letter.len_utf8()..])),
        None => null("format: a conversion has no letter"),
    }
}

fn converted(letter: char, spec: &Spec, value: &Value) -> Outcome<String> {
    let wrong = || null(format!("format: %{letter} of a {}", value.type_name()));
    let text = match (letter.to_ascii_lowercase(), value) {
        ('s', value) => cut(&object(value), spec.precision),
        ('b', Value::Boolean(flag)) => flag.to_string(),
        ('b', value) => (!value.is_null()).to_string(),
        ('c', Value::String(text)) if text.chars().count() == 1 => text.to_string(),
        (_, Value::Null) if "cdxof".contains(letter.to_ascii_lowercase()) => "null".to_owned(),
        ('d', Value::Number(number)) if number.is_integer() => signed(*number, spec, 0)?,
        ('f', Value::Number(number)) => signed(*number, spec, spec.precision.unwrap_or(6))?,
        ('x', Value::Number(number)) => match number.to_i64() {
            Some(integer) => format!("{integer:x}"),
            None => return wrong(),
        },
        ('o', Value::Number(number)) => match number.to_i64() {
            Some(integer) => format!("{integer:o}"),
            None => return wrong(),
        },
        _ => return wrong(),
    };
    let text = if letter.is_ascii_uppercase() { text.to_uppercase() } else { text };
    Ok(padded(&text, spec))
}

fn cut(text: &str, length: Option<usize>) -> String {
    text.chars().take(length.unwrap_or(usize::MAX)).collect()
}

/// A number with so many digits after the point, half a unit away from zero.
fn signed(number: Decimal, spec: &Spec, digits: usize) -> Outcome<String> {
    let scale = i32::try_from(digits).unwrap_or(i32::MAX);
    let text = number.abs().rescaled(scale, Rounding::HalfUp)?.to_string();
    if text.contains('E') {
        return null("format: the number is too large");
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut shown = String::new();
    for (at, digit) in whole.char_indices() {
        if spec.group && at > 0 && (whole.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    if digits > 0 {
        shown = format!("{shown}.{fraction:0<digits$}");
    }
    let sign = match (number.is_negative(), spec.plus) {
        (true, _) => "-",
        (false, true) => "+",
        (false, false) => "",
    };
    if spec.zeros {
        let width = spec.width.saturating_sub(sign.len());
        return Ok(format!("{sign}{shown:0>width$}"));
    }
    Ok(format!("{sign}{shown}"))
}

fn padded(text: &str, spec: &Spec) -> String {
    let width = spec.width;
    if spec.left { format!("{text:<width$}") } else { format!("{text:>width$}") }
}
