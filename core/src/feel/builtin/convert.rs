//! Values from other values: dates from texts, texts from numbers, and so on.

use super::{integer, number, optional, text};
use crate::feel::eval::{Machine, Outcome, null};
use crate::value::{
    Date, DateTime, DaysTimeDuration, Decimal, Range, Rounding, Time, Value, YearsMonthsDuration,
    Zone, json, parse_temporal,
};

/// A value that there is, or null because the text is not `what`.
fn found<T>(value: Option<T>, what: &str) -> Outcome<T> {
    value.map_or_else(|| null(format!("this is no {what}")), Ok)
}

pub(super) fn temporal_literal(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    found(parse_temporal(text(&values[0])?), "date, time or duration")
}

/// A small part of a date or time.
fn small(value: &Value) -> Outcome<u8> {
    found(u8::try_from(integer(value)?).ok(), "part of a date or time")
}

pub(super) fn date(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let date = match values {
        [Value::String(text)] => Date::parse(text),
        [Value::Date(date)] => Some(*date),
        [Value::DateTime(it)] => Some(it.date()),
        [year, month, day] => Date::new(integer(year)?, small(month)?, small(day)?),
        _ => None,
    };
    Ok(Value::Date(found(date, "date")?))
}

pub(super) fn time(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let time = match values {
        [Value::String(text)] => Time::parse(text),
        [Value::Time(time)] => Some((**time).clone()),
        [Value::DateTime(it)] => Some(it.time().clone()),
        [Value::Date(_)] => Some(Time::from_nanos(0, Zone::Offset(0))),
        [hour, minute, second, ..] => time_of(hour, minute, second, optional(values, 3))?,
        _ => None,
    };
    Ok(Value::Time(found(time, "time")?.into()))
}

fn time_of(
    hour: &Value,
    minute: &Value,
    second: &Value,
    offset: Option<&Value>,
) -> Outcome<Option<Time>> {
    let zone = match offset {
        None => Zone::Local,
        Some(Value::DaysTimeDuration(offset)) => {
            let seconds = i32::try_from(offset.nanos() / 1_000_000_000).ok();
            found(seconds.and_then(Zone::from_seconds), "offset")?
        }
        Some(Value::String(zone)) => zone_of(zone)?,
        Some(_) => return null("an offset is a duration"),
    };
    let second = number(second)?;
    let whole = second.floor();
    let fraction = second.minus(whole)?.times(Decimal::from(1_000_000_000))?;
    let nanos =
        fraction.rescaled(0, Rounding::Down)?.to_i64().and_then(|it| u32::try_from(it).ok());
    let whole = whole.to_i64().and_then(|it| u8::try_from(it).ok());
    let (Some(whole), Some(nanos)) = (whole, nanos) else { return Ok(None) };
    Ok(Time::new(small(hour)?, small(minute)?, whole, nanos, zone))
}

/// The zone `Z`, `+01:00` or `Europe/Paris`.
fn zone_of(text: &str) -> Outcome<Zone> {
    found(Zone::parse(text).or_else(|| Zone::parse(&format!("@{text}"))), "zone")
}

pub(super) fn date_and_time(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let moment = match values {
        [Value::String(text)] => DateTime::parse(text)
            .or_else(|| Date::parse(text).map(|date| DateTime::new(date, Time::MIDNIGHT))),
        [Value::DateTime(it)] => Some((**it).clone()),
        [Value::Date(date)] => Some(DateTime::new(*date, Time::from_nanos(0, Zone::Offset(0)))),
        [Value::DateTime(it), Value::String(zone)] => it.in_zone(zone_of(zone)?),
        [Value::Date(date), Value::Time(time)] => Some(DateTime::new(*date, (**time).clone())),
        [Value::DateTime(it), Value::Time(time)] => {
            Some(DateTime::new(it.date(), (**time).clone()))
        }
        [year, month, day, hour, minute, second, ..] => {
            let date = Date::new(integer(year)?, small(month)?, small(day)?);
            let time = time_of(hour, minute, second, optional(values, 6))?;
            date.zip(time).map(|(date, time)| DateTime::new(date, time))
        }
        _ => None,
    };
    Ok(Value::DateTime(found(moment, "date and time")?.into()))
}

pub(super) fn duration(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    if let Value::DaysTimeDuration(_) | Value::YearsMonthsDuration(_) = &values[0] {
        return Ok(values[0].clone());
    }
    let text = text(&values[0])?;
    let parsed = YearsMonthsDuration::parse(text)
        .map(Value::YearsMonthsDuration)
        .or_else(|| DaysTimeDuration::parse(text).map(Value::DaysTimeDuration));
    found(parsed, "duration")
}

pub(super) fn years_and_months_duration(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let date = |value: &Value| match value {
        Value::Date(date) => Ok(*date),
        Value::DateTime(it) => Ok(it.date()),
        other => null(format!("a {} where a date is expected", other.type_name())),
    };
    let (from, to) = (date(&values[0])?, date(&values[1])?);
    let months = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
    let mut difference = months(to) - months(from);
    // A month that is not over does not count.
    if difference > 0 && to.day() < from.day() {
        difference -= 1;
    } else if difference < 0 && to.day() > from.day() {
        difference += 1;
    }
    let duration = YearsMonthsDuration::from_months(difference);
    Ok(Value::YearsMonthsDuration(found(duration, "duration")?))
}

pub(super) fn number_from(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let mut digits = text(&values[0])?.to_owned();
    let separator = |at| optional(values, at).map(text).transpose();
    let (grouping, point) = (separator(1)?, separator(2)?);
    if !matches!(grouping, None | Some(" " | "," | ".")) || !matches!(point, None | Some("," | "."))
    {
        return null("number: a separator is a space, a comma or a point");
    }
    if grouping.is_some() && grouping == point {
        return null("number: the separators are the same");
    }
    if let Some(grouping) = grouping {
        digits = digits.replace(grouping, "");
    }
    if let Some(point) = point {
        if point != "." && digits.contains('.') {
            return null("this is no number");
        }
        digits = digits.replace(point, ".");
    }
    Ok(Value::Number(found(digits.trim().parse().ok(), "number")?))
}

pub(super) fn string_from(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    match &values[0] {
        Value::Null => Ok(Value::Null),
        text @ Value::String(_) => Ok(text.clone()),
        other => {
            let bytes = usize::try_from(other.bytes()).unwrap_or(usize::MAX);
            machine.allocate(bytes)?;
            machine.work(bytes as u64 / 8)?;
            let mut shown = String::new();
            show(other, &mut shown);
            machine.new_string(shown)
        }
    }
}

/// The JSON of a value, as a text.
pub(super) fn to_json(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    if let Value::Function(_) = &values[0] {
        return null("to json: a function has no JSON");
    }
    let bytes = usize::try_from(values[0].bytes()).unwrap_or(usize::MAX);
    machine.allocate(bytes)?;
    machine.work(bytes as u64 / 8)?;
    machine.new_string(values[0].to_json())
}

/// The value of a JSON text, within the bounds on values.
pub(super) fn from_json(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let source = text(&values[0])?;
    machine.work(source.len() as u64 / 4)?;
    // A list of short items takes more room than its text.
    machine.allocate(source.len().saturating_mul(size_of::<Value>() / 2))?;
    match json::parse(source, json::Limits::default()) {
        Ok(value) => Ok(value),
        Err(error) => null(format!("from json: {error}")),
    }
}

/// Writes a value as FEEL does; recurses as deep as values nest.
fn show(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => {
            out.push('"');
            out.push_str(&text.replace('\\', "\\\\").replace('"', "\\\""));
            out.push('"');
        }
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                show(item, out);
            }
            out.push(']');
        }
        Value::Context(context) => {
            out.push('{');
            for (at, (name, entry)) in context.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                show_name(name, out);
                out.push_str(": ");
                show(entry, out);
            }
            out.push('}');
        }
        Value::Range(range) => out.push_str(&range.to_string()),
        Value::Function(_) => out.push_str("function"),
        Value::Null
        | Value::Boolean(_)
        | Value::Number(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::DateTime(_)
        | Value::DaysTimeDuration(_)
        | Value::YearsMonthsDuration(_) => out.push_str(value.to_json().trim_matches('"')),
    }
}

/// A name as it is, or in quotes where it holds signs of a context.
fn show_name(name: &str, out: &mut String) {
    if name.is_empty() || name.contains(['{', '}', ':', ',', '"']) {
        show(&Value::from(name), out);
    } else {
        out.push_str(name);
    }
}

/// Reads `[1..10)` and the like, with ends that are literals.
pub(super) fn range_from(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let source = text(&values[0])?.trim();
    let inner = source.get(1..source.len().saturating_sub(1)).unwrap_or("");
    let (Some(open), Some(close)) = (source.chars().next(), source.chars().next_back()) else {
        return null("this is no range");
    };
    let Some((low, high)) = inner.split_once("..") else { return null("this is no range") };
    let (start, end) = (end_of_range(low.trim())?, end_of_range(high.trim())?);
    let start_included = found(includes(open, '[', "(]"), "range")?;
    let end_included = found(includes(close, ']', ")["), "range")?;
    if start.is_none() && end.is_none() {
        return null("the range has no end at all");
    }
    if start.is_none() && start_included || end.is_none() && end_included {
        return null("an end that is left open cannot be included");
    }
    if let (Some(start), Some(end)) = (&start, &end) {
        let order = crate::feel::eval::compare::order(start, end, machine.env.now);
        if !order.is_some_and(std::cmp::Ordering::is_le) {
            return null("the ends of the range are in no order");
        }
    }
    Ok(Value::Range(Range { start, start_included, end, end_included }.into()))
}

fn includes(bracket: char, included: char, excluded: &str) -> Option<bool> {
    if bracket == included {
        return Some(true);
    }
    excluded.contains(bracket).then_some(false)
}

fn end_of_range(source: &str) -> Outcome<Option<Value>> {
    if source.is_empty() || source == "null" {
        return Ok(None);
    }
    if let Ok(number) = source.parse() {
        return Ok(Some(Value::Number(number)));
    }
    let quoted = |text: &str| {
        let inner = text.strip_prefix('"')?.strip_suffix('"')?;
        (!inner.contains('"')).then(|| inner.to_owned())
    };
    if let Some(text) = quoted(source) {
        return Ok(Some(Value::from(text)));
    }
    if let Some(text) = source.strip_prefix('@').and_then(quoted) {
        return Ok(Some(found(parse_temporal(&text), "date, time or duration")?));
    }
    // A call such as `date("2026-01-31")`.
    let call = source.strip_suffix(')').and_then(|call| call.split_once('('));
    let text = call.and_then(|(name, text)| Some((name.trim(), quoted(text.trim())?)));
    let value = match &text {
        Some(("date", text)) => Date::parse(text).map(Value::Date),
        Some(("time", text)) => Time::parse(text).map(|it| Value::Time(it.into())),
        Some(("date and time", text)) => DateTime::parse(text).map(|it| Value::DateTime(it.into())),
        Some(("duration", text)) => parse_temporal(text),
        _ => None,
    };
    Ok(Some(found(value, "end of a range")?))
}
