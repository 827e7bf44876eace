//! The two durations of FEEL: exact time, and months.

use std::fmt;

use super::{DAY_NS, SECOND_NS};

/// The longest duration, in seconds: about the span between the first and the last year.
const SECONDS_MAX: i128 = 100_000_000_000_000_000;
/// The longest duration in months, about the span between the first and the last year.
const MONTHS_MAX: i64 = 100_000_000_000;

/// A duration of days, hours, minutes, seconds and nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DaysTimeDuration {
    /// Whole seconds, rounded down.
    seconds: i64,
    /// Nanoseconds on top, below one second.
    nanos: u32,
}

impl DaysTimeDuration {
    /// A duration of nanoseconds, negative for back in time.
    pub fn from_nanos(nanos: i128) -> Option<Self> {
        let seconds = nanos.div_euclid(SECOND_NS);
        if seconds.abs() > SECONDS_MAX {
            return None;
        }
        let rest = u32::try_from(nanos.rem_euclid(SECOND_NS)).ok()?;
        Some(Self { seconds: i64::try_from(seconds).ok()?, nanos: rest })
    }

    /// The duration in nanoseconds.
    pub fn nanos(self) -> i128 {
        i128::from(self.seconds) * SECOND_NS + i128::from(self.nanos)
    }

    /// Reads `P1DT2H3M4.5S` or a part of it, with an optional minus sign.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let rest = rest.strip_prefix('P')?;
        let (date, time) = rest.split_once('T').map_or((rest, None), |(d, t)| (d, Some(t)));
        if rest.is_empty() || time == Some("") {
            return None;
        }
        let mut sum = 0_i128;
        if !date.is_empty() {
            sum += number(date.strip_suffix('D')?)? * DAY_NS;
        }
        let mut time = time.unwrap_or("");
        for (unit, seconds) in [('H', 3_600), ('M', 60)] {
            if let Some((digits, rest)) = time.split_once(unit) {
                sum += number(digits)? * seconds * SECOND_NS;
                time = rest;
            }
        }
        if !time.is_empty() {
            let (whole, fraction) = time.strip_suffix('S').map(|it| match it.split_once('.') {
                Some((whole, fraction)) => (whole, Some(fraction)),
                None => (it, None),
            })?;
            sum += number(whole)? * SECOND_NS;
            if let Some(fraction) = fraction {
                if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                sum += number(&format!("{fraction:0<9}")[..9])?;
            }
        }
        Self::from_nanos(sign * sum)
    }
}

/// A number of digits only, small enough to be multiplied.
fn number(text: &str) -> Option<i128> {
    let fits = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok())?
}

impl fmt::Display for DaysTimeDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.nanos();
        if nanos == 0 {
            return f.write_str("PT0S");
        }
        f.write_str(if nanos < 0 { "-P" } else { "P" })?;
        let nanos = nanos.abs();
        if nanos / DAY_NS > 0 {
            write!(f, "{}D", nanos / DAY_NS)?;
        }
        let rest = nanos % DAY_NS;
        if rest == 0 {
            return Ok(());
        }
        f.write_str("T")?;
        for (unit, seconds, modulus) in [('H', 3_600, 24), ('M', 60, 60)] {
            let part = rest / (seconds * SECOND_NS) % modulus;
            if part > 0 {
                write!(f, "{part}{unit}")?;
            }
        }
        let (seconds, fraction) = (rest / SECOND_NS % 60, rest % SECOND_NS);
        if fraction > 0 {
            let digits = format!("{fraction:09}");
            return write!(f, "{seconds}.{}S", digits.trim_end_matches('0'));
        }
        if seconds > 0 { write!(f, "{seconds}S") } else { Ok(()) }
    }
}

/// A duration of years and months, in months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct YearsMonthsDuration {
    months: i64,
}

impl YearsMonthsDuration {
    /// A duration of months, negative for back in time.
    pub fn from_months(months: i64) -> Option<Self> {
        (months.abs() <= MONTHS_MAX).then_some(Self { months })
    }

    /// The duration in months.
    pub const fn months(self) -> i64 {
        self.months
    }

    /// Reads `P1Y2M` or a part of it, with an optional minus sign.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let mut rest = rest.strip_prefix('P').filter(|rest| !rest.is_empty())?;
        let mut months = 0;
        for (unit, factor) in [('Y', 12), ('M', 1)] {
            if let Some((digits, after)) = rest.split_once(unit) {
                months += number(digits)? * factor;
                rest = after;
            }
        }
        if !rest.is_empty() {
            return None;
        }
        Self::from_months(i64::try_from(sign * months).ok()?)
    }
}

impl fmt::Display for YearsMonthsDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let months = self.months.unsigned_abs();
        if months == 0 {
            return f.write_str("P0M");
        }
        f.write_str(if self.months < 0 { "-P" } else { "P" })?;
        if months >= 12 {
            write!(f, "{}Y", months / 12)?;
        }
        if months.is_multiple_of(12) { Ok(()) } else { write!(f, "{}M", months % 12) }
    }
}
