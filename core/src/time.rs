//! Instants, durations and patterns of processes: [`Timestamp`] (UTC, milliseconds),
//! [`IsoDuration`] and [`Cron`].
//!
//! Never reads a clock: there is no `now`, the present is an argument. Dates and times that people
//! enter, with or without a zone, are values ([`crate::value`]).

mod cron;
mod duration;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::cron::Cron;
pub use self::duration::IsoDuration;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// 0000-01-01T00:00:00Z.
const TIMESTAMP_MS_MIN: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z.
const TIMESTAMP_MS_MAX: i64 = 253_402_300_799_999;

/// Why a text or a number is not an instant or a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The text is not ISO 8601, or names a day that does not exist.
    #[error("\"{text}\" is not {expected}")]
    Malformed {
        /// The text as given.
        text: String,
        /// What it should have been, with an example.
        expected: &'static str,
    },
    /// The instant is before the year 0 or after the year 9999, or the duration is too long.
    #[error("the time is outside of the years 0 to 9999")]
    OutOfRange,
}

/// A moment in UTC with a resolution of one millisecond, in the years 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Timestamp(i64);

impl Default for Timestamp {
    fn default() -> Self {
        Self::EPOCH
    }
}

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The last moment of the year 9999.
    pub const MAX: Self = Self(TIMESTAMP_MS_MAX);

    /// The moment `ms` milliseconds after the epoch.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] outside of the years 0 to 9999.
    pub fn from_millis(ms: i64) -> Result<Self, TimeError> {
        if (TIMESTAMP_MS_MIN..=TIMESTAMP_MS_MAX).contains(&ms) {
            Ok(Self(ms))
        } else {
            Err(TimeError::OutOfRange)
        }
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Reads `2026-01-31T12:00:00Z`, also with a fraction of the second and an offset `+01:00`.
    ///
    /// # Errors
    /// [`TimeError::Malformed`] for any other text, [`TimeError::OutOfRange`] after the year 9999.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let ms = parse_instant(text).ok_or_else(|| TimeError::Malformed {
            text: text.chars().take(80).collect(),
            expected: "a date and time such as 2026-01-31T12:00:00Z",
        })?;
        Self::from_millis(ms)
    }

    /// The moment `duration` later: first the months, where a day that the month lacks becomes its
    /// last day, then the days and the time.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] after the year 9999.
    pub fn plus(self, duration: IsoDuration) -> Result<Self, TimeError> {
        let day = self.0.div_euclid(DAY_MS);
        let (year, month, day_of_month) = civil_from_days(day);
        let months = (year * 12 + i64::from(month) - 1)
            .checked_add(duration.months())
            .filter(|months| (0..=120_000).contains(months))
            .ok_or(TimeError::OutOfRange)?;
        let (year, month) = (months.div_euclid(12), month_number(months));
        let days = days_from_civil(year, month, day_of_month.min(days_in_month(year, month)));
        let ms = (days * DAY_MS + self.0.rem_euclid(DAY_MS)).checked_add(duration.millis());
        Self::from_millis(ms.ok_or(TimeError::OutOfRange)?)
    }

    /// The moment `ms` milliseconds later, or the last moment of the year 9999 where that is past it.
    #[must_use]
    pub fn plus_millis_saturating(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms).clamp(TIMESTAMP_MS_MIN, TIMESTAMP_MS_MAX))
    }

    /// Milliseconds from `earlier` to this moment; negative where `earlier` is later.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Year, month (1 to 12) and day of the month in UTC.
    pub fn date_utc(self) -> (i64, u8, u8) {
        civil_from_days(self.0.div_euclid(DAY_MS))
    }

    /// Milliseconds since midnight UTC.
    pub const fn millis_of_day_utc(self) -> i64 {
        self.0.rem_euclid(DAY_MS)
    }
}

impl TryFrom<i64> for Timestamp {
    type Error = TimeError;

    fn try_from(ms: i64) -> Result<Self, TimeError> {
        Self::from_millis(ms)
    }
}

impl From<Timestamp> for i64 {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date_utc();
        let ms = self.millis_of_day_utc();
        let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match ms % 1_000 {
            0 => f.write_str("Z"),
            rest => write!(f, ".{rest:03}Z"),
        }
    }
}

fn parse_instant(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', ' '])?;
    let mut parts = date.splitn(3, '-');
    let year = digits(parts.next()?, 4)?;
    let month = u8::try_from(digits(parts.next()?, 2)?).ok()?;
    let day = u8::try_from(digits(parts.next()?, 2)?).ok()?;
    if !is_date(year, month, day) {
        return None;
    }
    let (clock, offset_ms) = if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        (clock, 0)
    } else {
        let at = time.rfind(['+', '-'])?;
        let (hours, minutes) = time[at + 1..].split_once(':')?;
        let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
        let ms = (hours < 19 && minutes < 60).then_some((hours * 60 + minutes) * 60_000)?;
        (&time[..at], if time[at..].starts_with('-') { -ms } else { ms })
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction_ms: i64 = format!("{fraction:0<3}")[..3].parse().ok()?;
    let mut parts = clock.splitn(3, ':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let second = parts.next().map_or(Some(0), |second| digits(second, 2))?;
    if hour > 24 || minute > 59 || second > 59 || (hour == 24 && minute + second > 0) {
        return None;
    }
    let clock_ms = ((hour * 60 + minute) * 60 + second) * 1_000 + fraction_ms;
    Some(days_from_civil(year, month, day) * DAY_MS + clock_ms - offset_ms)
}

/// A number of exactly `count` digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    let fits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok())?
}

/// The month (1 to 12) of a count of months since the year 0.
pub(crate) fn month_number(months: i64) -> u8 {
    u8::try_from(months.rem_euclid(12) + 1).expect("a month is between 1 and 12")
}

/// Whether the day exists in the Gregorian calendar.
pub(crate) fn is_date(year: i64, month: u8, day: u8) -> bool {
    (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month)
}

/// The count of days of a month.
pub(crate) const fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date in the Gregorian calendar, extended to all years.
pub(crate) fn days_from_civil(year: i64, month: u8, day: u8) -> i64 {
    // Years begin in March here, so that the leap day is the last one.
    let (month, day) = (i64::from(month), i64::from(day));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of the month of a count of days since 1970-01-01.
pub(crate) fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let small = |number: i64| u8::try_from(number).expect("months and days are below 32");
    (year, small(month), small(day))
}

#[cfg(test)]
mod tests {
    use super::{TimeError, Timestamp, civil_from_days, days_from_civil};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn reads_and_writes_iso_8601() {
        assert_eq!(at("1970-01-01T00:00:00Z"), Timestamp::EPOCH);
        assert_eq!(at("2026-01-31T12:30:00.25+01:00").to_string(), "2026-01-31T11:30:00.250Z");
        assert_eq!(at("2024-02-29T23:59:59Z").to_string(), "2024-02-29T23:59:59Z");
        assert_eq!(at("9999-12-31T23:59:59.999Z"), Timestamp::MAX);
        for bad in ["2026-02-29T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "", "x", "é"] {
            assert!(Timestamp::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn adding_months_clamps_to_the_last_day_of_the_month() {
        let plus = |start: &str, duration: &str| at(start).plus(duration.parse().unwrap());
        assert_eq!(plus("2026-01-31T10:00:00Z", "P1M"), Ok(at("2026-02-28T10:00:00Z")));
        assert_eq!(plus("2024-02-29T00:00:00Z", "P1Y"), Ok(at("2025-02-28T00:00:00Z")));
        assert_eq!(plus("2026-03-31T00:00:00Z", "-P1M"), Ok(at("2026-02-28T00:00:00Z")));
        assert_eq!(plus("2026-12-31T22:00:00Z", "P1DT2H"), Ok(at("2027-01-02T00:00:00Z")));
    }

    #[test]
    fn past_the_year_9999_is_an_error() {
        let plus = |duration: &str| Timestamp::MAX.plus(duration.parse().unwrap());
        assert_eq!(plus("PT0.001S"), Err(TimeError::OutOfRange));
        assert_eq!(plus("P1M"), Err(TimeError::OutOfRange));
        assert!(Timestamp::from_millis(i64::MAX).is_err());
        assert!(serde_json::from_str::<Timestamp>("253402300800000").is_err());
    }

    #[test]
    fn every_day_is_found_again() {
        for days in (-800_000..3_000_000).step_by(7) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }
}
