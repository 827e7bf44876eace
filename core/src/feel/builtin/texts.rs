//! Texts, by code point.

use super::numbers::next_random;
use super::{integer, items, optional, text};
use crate::feel::eval::{Machine, Outcome, null};
use crate::value::Value;

pub(super) fn substring(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let whole = text(&values[0])?;
    let start = integer(&values[1])?;
    machine.work(whole.len() as u64 / 16)?;
    let count = whole.chars().count();
    let from = if start > 0 {
        usize::try_from(start - 1).unwrap_or(usize::MAX)
    } else {
        let back = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
        match count.checked_sub(back).filter(|_| back > 0) {
            Some(from) => from,
            None => return null("substring: the start lies outside of the string"),
        }
    };
    if from >= count {
        return null("substring: the start lies outside of the string");
    }
    let length = match optional(values, 2) {
        None => usize::MAX,
        Some(length) => match super::number(length)?.floor().to_i64() {
            Some(length @ 1..) => usize::try_from(length).unwrap_or(usize::MAX),
            _ => return null("substring: the length is below one"),
        },
    };
    machine.new_string(whole.chars().skip(from).take(length).collect::<String>())
}

pub(super) fn string_length(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let whole = text(&values[0])?;
    machine.work(whole.len() as u64 / 16)?;
    Ok(Value::from(whole.chars().count()))
}

pub(super) fn upper_case(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    machine.new_string(text(&values[0])?.to_uppercase())
}

pub(super) fn lower_case(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    machine.new_string(text(&values[0])?.to_lowercase())
}

pub(super) fn substring_before(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let (whole, part) = (text(&values[0])?, text(&values[1])?);
    machine.work(whole.len() as u64 / 16)?;
    machine.new_string(whole.split_once(part).map_or("", |(before, _)| before))
}

pub(super) fn substring_after(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let (whole, part) = (text(&values[0])?, text(&values[1])?);
    machine.work(whole.len() as u64 / 16)?;
    machine.new_string(whole.split_once(part).map_or("", |(_, after)| after))
}

pub(super) fn contains(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let (whole, part) = (text(&values[0])?, text(&values[1])?);
    machine.work(whole.len() as u64 / 16)?;
    Ok(Value::Boolean(whole.contains(part)))
}

pub(super) fn starts_with(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    Ok(Value::Boolean(text(&values[0])?.starts_with(text(&values[1])?)))
}

pub(super) fn ends_with(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    Ok(Value::Boolean(text(&values[0])?.ends_with(text(&values[1])?)))
}

pub(super) fn string_join(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    if values.len() == 3 {
        return null("string join: a prefix needs a suffix");
    }
    let list = items(&values[0])?;
    machine.work_on(list)?;
    let part = |at| optional(values, at).map_or(Ok(""), text);
    let (delimiter, prefix, suffix) = (part(1)?, part(2)?, part(3)?);
    let mut joined = prefix.to_owned();
    let mut is_first = true;
    for item in list.iter().filter(|item| !item.is_null()) {
        let Value::String(item) = item else {
            return null(format!("string join: a {} in the list", item.type_name()));
        };
        machine.allocate(item.len() + delimiter.len())?;
        if !is_first {
            joined.push_str(delimiter);
        }
        is_first = false;
        joined.push_str(item);
    }
    joined.push_str(suffix);
    machine.new_string(joined)
}

pub(super) fn trim(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    machine.new_string(text(&values[0])?.trim())
}

pub(super) fn is_blank(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    Ok(Value::Boolean(text(&values[0])?.trim().is_empty()))
}

/// The digits of base 64 (RFC 4648).
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn to_base64(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let bytes = text(&values[0])?.as_bytes();
    machine.work(bytes.len() as u64 / 4)?;
    let mut coded = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for (digit, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let value = BASE64[(bits >> shift & 63) as usize];
            coded.push(if digit <= chunk.len() { char::from(value) } else { '=' });
        }
    }
    machine.new_string(coded)
}

pub(super) fn from_base64(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let coded = text(&values[0])?;
    machine.work(coded.len() as u64 / 4)?;
    let digits = coded.trim_end_matches('=');
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for byte in digits.bytes() {
        let Some(value) = BASE64.iter().position(|digit| *digit == byte) else {
            return null("from base64: the string is not base 64");
        };
        bits = (bits << 6 | u32::try_from(value).unwrap_or(0)) & 0xFF_FFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xFF).unwrap_or(0));
        }
    }
    if digits.len() % 4 == 1 || coded.len() - digits.len() > 2 {
        return null("from base64: the string is not base 64");
    }
    match String::from_utf8(bytes) {
        Ok(decoded) => machine.new_string(decoded),
        Err(_) => null("from base64: the bytes are no text"),
    }
}

/// A random UUID (version 4), from the seed of the evaluation.
pub(super) fn uuid(machine: &mut Machine<'_>, _: &[Value]) -> Outcome {
    let random = u128::from(next_random(machine)) << 64 | u128::from(next_random(machine));
    let bits = random & !(0xF << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    machine.new_string(parts.join("-"))
}
