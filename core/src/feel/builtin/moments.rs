//! Dates and times: the present, and places in the calendar.

use super::single;
use crate::feel::eval::{Machine, Outcome, null};
use crate::time::days_in_month;
use crate::value::{Date, DateTime, Value};

const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn now(machine: &mut Machine<'_>, _: &[Value]) -> Outcome {
    Ok(Value::DateTime(DateTime::from_timestamp(machine.env.now).into()))
}

pub(super) fn today(machine: &mut Machine<'_>, _: &[Value]) -> Outcome {
    Ok(Value::Date(DateTime::from_timestamp(machine.env.now).date()))
}

fn date(values: &[Value]) -> Outcome<Date> {
    match single(&values[0]) {
        Value::Date(date) => Ok(*date),
        Value::DateTime(it) => Ok(it.date()),
        other => null(format!("a {} where a date is expected", other.type_name())),
    }
}

pub(super) fn day_of_year(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    Ok(Value::from(i32::from(date(values)?.day_of_year())))
}

pub(super) fn day_of_week(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    Ok(Value::from(WEEKDAYS[usize::from(date(values)?.weekday()) - 1]))
}

pub(super) fn month_of_year(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    Ok(Value::from(MONTHS[usize::from(date(values)?.month()) - 1]))
}

pub(super) fn week_of_year(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    Ok(Value::from(i32::from(date(values)?.week_of_year())))
}

pub(super) fn last_day_of_month(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let date = date(values)?;
    let year = i64::from(date.year());
    let last = Date::new(year, date.month(), days_in_month(year, date.month()));
    Ok(last.map(Value::Date).unwrap_or_default())
}
