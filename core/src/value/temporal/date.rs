//! Days, and days with a time.

use std::cmp::Ordering;
use std::fmt;

use super::{DAY_NS, Time, Zone};
use crate::time::{Timestamp, civil_from_days, days_from_civil, days_in_month, is_date};

/// Years go from minus to plus this.
const YEAR_MAX: i64 = 999_999_999;

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// The day, where it exists and the year lies within ±999,999,999.
    pub fn new(year: i64, month: u8, day: u8) -> Option<Self> {
        if year.abs() > YEAR_MAX || !is_date(year, month, day) {
            return None;
        }
        Some(Self { year: i32::try_from(year).ok()?, month, day })
    }

    /// Reads `2026-01-31`; years of five to nine digits and a minus sign are read too.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (year, rest) = rest.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let padded = year.len() > 4 && year.starts_with('0');
        let well_formed = (4..=9).contains(&year.len()) && !padded;
        if !well_formed || !year.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let year: i64 = year.parse().ok()?;
        Self::new(sign * year, super::two_digits(month)?, super::two_digits(day)?)
    }

    /// The year.
    pub const fn year(self) -> i32 {
        self.year
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// The day of the week, 1 for Monday to 7 for Sunday.
    pub fn weekday(self) -> u8 {
        small((self.days() + 3).rem_euclid(7) + 1)
    }

    /// The day of the year, from 1.
    pub fn day_of_year(self) -> u16 {
        let days = self.days() - days_from_civil(self.year.into(), 1, 1) + 1;
        u16::try_from(days).unwrap_or(u16::MAX)
    }

    /// The week of the year after ISO 8601, 1 to 53.
    pub fn week_of_year(self) -> u8 {
        // The week belongs to the year of its Thursday.
        let thursday = self.days() + 4 - i64::from(self.weekday());
        let (year, _, _) = civil_from_days(thursday);
        let week = (thursday - days_from_civil(year, 1, 1)) / 7 + 1;
        small(week)
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i64 {
        days_from_civil(self.year.into(), self.month, self.day)
    }

    /// The day that lies `days` after 1970-01-01.
    pub fn from_days(days: i64) -> Option<Self> {
        if days.abs() > (YEAR_MAX + 1) * 366 {
            return None;
        }
        let (year, month, day) = civil_from_days(days);
        Self::new(year, month, day)
    }

    /// The day `months` later; a day that the month lacks becomes its last day.
    pub fn plus_months(self, months: i64) -> Option<Self> {
        let total = (i64::from(self.year) * 12 + i64::from(self.month) - 1).checked_add(months)?;
        let (year, month) = (total.div_euclid(12), crate::time::month_number(total));
        if year.abs() > YEAR_MAX {
            return None;
        }
        Self::new(year, month, self.day.min(days_in_month(year, month)))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year < 0 { "-" } else { "" };
        write!(f, "{sign}{:04}-{:02}-{:02}", self.year.unsigned_abs(), self.month, self.day)
    }
}

/// A day and a time of day, with or without a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateTime {
    date: Date,
    time: Time,
}

impl DateTime {
    /// The time on that day.
    pub const fn new(date: Date, time: Time) -> Self {
        Self { date, time }
    }

    /// The moment in UTC.
    pub fn from_timestamp(timestamp: Timestamp) -> Self {
        let (year, month, day) = timestamp.date_utc();
        let date = date_of_years_0_to_9999(year, month, day);
        let ns = u64::try_from(timestamp.millis_of_day_utc()).unwrap_or(0) * 1_000_000;
        Self { date, time: Time::from_nanos(ns, Zone::Offset(0)) }
    }

    /// The moment in UTC, where a zone is known and the year lies in 0 to 9999; parts of a
    /// millisecond are cut off.
    pub fn to_timestamp(&self) -> Option<Timestamp> {
        let ms = self.instant()?.div_euclid(1_000_000);
        Timestamp::from_millis(i64::try_from(ms).ok()?).ok()
    }

    /// Reads `2026-01-31T12:00:00`, with an optional fraction and zone.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T')?;
        let date = Date::parse(date)?;
        if let Some(zone) = time.strip_prefix("24:00:00") {
            // The end of a day is the beginning of the next one.
            let time = Time::parse_clock(&format!("00:00:00{zone}"))?;
            return (time.nanos() == 0)
                .then(|| Some(Self { date: Date::from_days(date.days() + 1)?, time }))?;
        }
        Some(Self { date, time: Time::parse_clock(time)? })
    }

    /// The day.
    pub const fn date(&self) -> Date {
        self.date
    }

    /// The time of day.
    pub const fn time(&self) -> &Time {
        &self.time
    }

    /// Nanoseconds since 1970-01-01T00:00:00 on the local clock.
    pub(crate) fn local_nanos(&self) -> i128 {
        i128::from(self.date.days()) * DAY_NS + i128::from(self.time.nanos())
    }

    /// Nanoseconds since the epoch in UTC; `None` without a zone that is known.
    pub(crate) fn instant(&self) -> Option<i128> {
        let offset = self.time.zone().offset_at(self.local_nanos())?;
        Some(self.local_nanos() - i128::from(offset) * super::SECOND_NS)
    }

    /// The same moment on the clock of a zone; a time without a zone is taken to be of that zone.
    pub(crate) fn in_zone(&self, zone: Zone) -> Option<Self> {
        if *self.time.zone() == Zone::Local {
            return Self::from_local_nanos(self.local_nanos(), zone);
        }
        let instant = self.instant()?;
        let offset = zone.offset_at_instant(instant)?;
        Self::from_local_nanos(instant + i128::from(offset) * super::SECOND_NS, zone)
    }

    /// What the clock shows, taken to be of another zone.
    pub(crate) fn with_zone(&self, zone: Zone) -> Self {
        Self { date: self.date, time: Time::from_nanos(self.time.nanos(), zone) }
    }

    /// The day and time of a count of nanoseconds on the local clock.
    pub(crate) fn from_local_nanos(nanos: i128, zone: Zone) -> Option<Self> {
        let date = Date::from_days(i64::try_from(nanos.div_euclid(DAY_NS)).ok()?)?;
        let rest = u64::try_from(nanos.rem_euclid(DAY_NS)).ok()?;
        Some(Self { date, time: Time::from_nanos(rest, zone) })
    }

    /// The order in time; `None` between a time with a zone and one without.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self.time.zone(), other.time.zone()) {
            (a, b) if a == b => Some(self.local_nanos().cmp(&other.local_nanos())),
            _ => Some(self.instant()?.cmp(&other.instant()?)),
        }
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}", self.date, self.time)
    }
}

/// A weekday or a week of the year.
fn small(number: i64) -> u8 {
    u8::try_from(number).expect("a weekday is below 8 and a week below 54")
}

fn date_of_years_0_to_9999(year: i64, month: u8, day: u8) -> Date {
    Date::new(year, month, day).expect("a timestamp lies in the years 0 to 9999")
}
