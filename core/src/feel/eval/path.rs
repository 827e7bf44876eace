//! `value.name`: entries of contexts, and the parts of temporals and ranges.

use std::sync::Arc;

use super::{Machine, Result};
use crate::feel::ast::Node;
use crate::time::Timestamp;
use crate::value::{Date, Time, Value, Zone};

impl Machine<'_> {
    #[inline(never)]
    pub(super) fn path(&mut self, value: &Node, name: &Arc<str>, node: &Node) -> Result {
        let value = self.eval(value)?;
        let now = self.env.now;
        match &value {
            Value::List(items) => {
                self.work_on(items)?;
                let parts =
                    items.iter().map(|item| part(item, name, now).unwrap_or_default()).collect();
                let list = self.new_list(parts);
                self.settle(list, node)
            }
            other => {
                if let Some(part) = part(other, name, now) {
                    return Ok(part);
                }
                let message = format!("a {} has no part \"{name}\"", other.type_name());
                self.warn(message, node.at);
                Ok(Value::Null)
            }
        }
    }
}

/// A named part of a value; `None` where it has no such part.
fn part(value: &Value, name: &str, now: Timestamp) -> Option<Value> {
    match value {
        Value::Context(context) => context.get(name).cloned(),
        Value::List(items) => {
            // Bounded by the depth of values.
            let parts = items.iter().map(|item| part(item, name, now).unwrap_or_default());
            Some(Value::list(parts.collect()))
        }
        Value::Date(date) => part_of_date(*date, name),
        Value::Time(time) => part_of_time(time, name, now),
        Value::DateTime(it) => {
            part_of_date(it.date(), name).or_else(|| {
                if name == "time offset" {
                    // A named zone's offset depends on the day.
                    let offset = it.time().zone().offset_at(it.local_nanos())?;
                    return seconds(offset);
                }
                part_of_time(it.time(), name, now)
            })
        }
        Value::DaysTimeDuration(duration) => {
            let nanos = duration.nanos();
            let of = |seconds: i128, modulus: i128| nanos / (seconds * 1_000_000_000) % modulus;
            let number = match name {
                "days" => of(86_400, i128::MAX),
                "hours" => of(3_600, 24),
                "minutes" => of(60, 60),
                "seconds" => of(1, 60),
                _ => return None,
            };
            i64::try_from(number).ok().map(Value::from)
        }
        Value::YearsMonthsDuration(duration) => match name {
            "years" => Some(Value::from(duration.months() / 12)),
            "months" => Some(Value::from(duration.months() % 12)),
            _ => None,
        },
        Value::Range(range) => match name {
            "start" => Some(range.start.clone().unwrap_or_default()),
            "end" => Some(range.end.clone().unwrap_or_default()),
            "start included" => Some(Value::Boolean(range.start_included)),
            "end included" => Some(Value::Boolean(range.end_included)),
            _ => None,
        },
        Value::Null
        | Value::Boolean(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Function(_) => None,
    }
}

fn part_of_date(date: Date, name: &str) -> Option<Value> {
    let number = match name {
        "year" => date.year(),
        "month" => date.month().into(),
        "day" => date.day().into(),
        "weekday" => date.weekday().into(),
        _ => return None,
    };
    Some(Value::from(number))
}

fn part_of_time(time: &Time, name: &str, now: Timestamp) -> Option<Value> {
    match name {
        "hour" => Some(Value::from(i32::from(time.hour()))),
        "minute" => Some(Value::from(i32::from(time.minute()))),
        "second" => Some(Value::from(i32::from(time.second()))),
        "time offset" => seconds(time.offset(now)?),
        "timezone" => match time.zone() {
            Zone::Named(name) => Some(Value::String(Arc::clone(name))),
            Zone::Offset(_) | Zone::Local => None,
        },
        _ => None,
    }
}

fn seconds(seconds: i32) -> Option<Value> {
    let nanos = i128::from(seconds) * 1_000_000_000;
    crate::value::DaysTimeDuration::from_nanos(nanos).map(Value::DaysTimeDuration)
}
