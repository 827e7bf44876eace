//! Times of day.

use std::cmp::Ordering;
use std::fmt;

use super::{DAY_NS, SECOND_NS, Zone};
use crate::time::Timestamp;

/// A time of day, with or without a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    /// Nanoseconds since midnight, below one day.
    nanos: u64,
    zone: Zone,
}

impl Time {
    /// Midnight without a zone.
    pub const MIDNIGHT: Self = Self { nanos: 0, zone: Zone::Local };

    /// The time of day; hour 0 to 23, minute and second 0 to 59, `nanos` below one second.
    pub fn new(hour: u8, minute: u8, second: u8, nanos: u32, zone: Zone) -> Option<Self> {
        if hour > 23 || minute > 59 || second > 59 || nanos >= 1_000_000_000 {
            return None;
        }
        let seconds = (u64::from(hour) * 60 + u64::from(minute)) * 60 + u64::from(second);
        Some(Self { nanos: seconds * 1_000_000_000 + u64::from(nanos), zone })
    }

    /// The time of day so many nanoseconds after midnight, counted within one day.
    pub(crate) fn from_nanos(nanos: u64, zone: Zone) -> Self {
        Self { nanos: nanos % 86_400_000_000_000, zone }
    }

    /// Reads `12:30:00`, with an optional fraction and zone: `Z` (or `z`), `+01:00` or `@Europe/Paris`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_clock(text.strip_prefix('T').unwrap_or(text))
    }

    pub(super) fn parse_clock(text: &str) -> Option<Self> {
        let at = text.find(['Z', 'z', '+', '-', '@']).unwrap_or(text.len());
        let (clock, zone) = text.split_at(at);
        let zone = if zone.is_empty() { Zone::Local } else { Zone::parse(zone)? };
        let (clock, fraction) = match clock.split_once('.') {
            Some((clock, fraction)) => (clock, fraction),
            None => (clock, "0"),
        };
        if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let nanos = format!("{fraction:0<9}")[..9].parse().ok()?;
        let mut parts = clock.split(':').map(super::two_digits);
        let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() {
            return None;
        }
        Self::new(hour, minute, second, nanos, zone)
    }

    /// The hour, 0 to 23.
    pub fn hour(&self) -> u8 {
        self.part(3_600_000_000_000, 24)
    }

    /// The minute, 0 to 59.
    pub fn minute(&self) -> u8 {
        self.part(60_000_000_000, 60)
    }

    /// The second, 0 to 59.
    pub fn second(&self) -> u8 {
        self.part(1_000_000_000, 60)
    }

    fn part(&self, unit: u64, modulus: u64) -> u8 {
        u8::try_from(self.nanos / unit % modulus).expect("a part of a clock is below 60")
    }

    /// Nanoseconds of the second.
    pub fn subsecond_nanos(&self) -> u32 {
        u32::try_from(self.nanos % 1_000_000_000).unwrap_or_default()
    }

    /// Nanoseconds since midnight.
    pub(crate) const fn nanos(&self) -> u64 {
        self.nanos
    }

    /// The zone.
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The time so many nanoseconds later, around midnight.
    pub(crate) fn plus_nanos(&self, nanos: i128) -> Self {
        let sum = (i128::from(self.nanos) + nanos % DAY_NS).rem_euclid(DAY_NS);
        Self { nanos: u64::try_from(sum).unwrap_or(0), zone: self.zone.clone() }
    }

    /// Seconds ahead of UTC; a zone with a name counts as it is at `now`.
    pub(crate) fn offset(&self, now: Timestamp) -> Option<i32> {
        self.zone.offset_at_instant(i128::from(now.as_millis()) * 1_000_000)
    }

    /// Nanoseconds since midnight in UTC; `None` without a zone.
    pub(crate) fn utc_nanos(&self, now: Timestamp) -> Option<i128> {
        let offset = self.offset(now)?;
        Some(i128::from(self.nanos) - i128::from(offset) * SECOND_NS)
    }

    /// The order in a day; `None` between a time with a zone and one without.
    pub(crate) fn order(&self, other: &Self, now: Timestamp) -> Option<Ordering> {
        if self.zone == other.zone {
            return Some(self.nanos.cmp(&other.nanos));
        }
        Some(self.utc_nanos(now)?.cmp(&other.utc_nanos(now)?))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}", self.hour(), self.minute(), self.second())?;
        let nanos = self.subsecond_nanos();
        if nanos > 0 {
            let fraction = format!("{nanos:09}");
            write!(f, ".{}", fraction.trim_end_matches('0'))?;
        }
        self.zone.fmt(f)
    }
}
