//! Dates, times and durations as people and FEEL write them.
//!
//! Never reads a clock, and never guesses a zone: a time without one stays without one.

mod date;
mod durations;
mod time;
mod zone;

use super::Value;

pub use self::date::{Date, DateTime};
pub use self::durations::{DaysTimeDuration, YearsMonthsDuration};
pub use self::time::Time;
pub use self::zone::Zone;

/// Nanoseconds of a second.
pub(crate) const SECOND_NS: i128 = 1_000_000_000;
/// Nanoseconds of a day.
pub(crate) const DAY_NS: i128 = 86_400 * SECOND_NS;

/// Reads any temporal by its form: `2026-01-31`, `2026-01-31T12:00:00Z`, `12:00:00`, `P1DT2H`,
/// `P1Y`.
pub fn parse_temporal(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.starts_with('P') {
        return YearsMonthsDuration::parse(text)
            .map(Value::YearsMonthsDuration)
            .or_else(|| DaysTimeDuration::parse(text).map(Value::DaysTimeDuration));
    }
    if let Some(value) = DateTime::parse(text) {
        return Some(Value::DateTime(value.into()));
    }
    Date::parse(text)
        .map(Value::Date)
        .or_else(|| Time::parse(text).map(|time| Value::Time(time.into())))
}

/// A number of two digits.
fn two_digits(text: &str) -> Option<u8> {
    let fits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests;
