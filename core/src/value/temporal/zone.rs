//! Zones: none, a fixed offset, or a name of the IANA database.

use std::fmt;
use std::sync::Arc;

/// Offsets reach 14 hours, as in XML Schema.
const OFFSET_SECONDS_MAX: i32 = 14 * 3_600;
/// Longest name of a zone that is read.
const NAME_BYTES_MAX: usize = 64;

/// Where a clock stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Zone {
    /// No zone is given.
    Local,
    /// Seconds ahead of UTC.
    Offset(i32),
    /// A zone of the IANA database, such as `Europe/Paris`.
    Named(Arc<str>),
}

impl Zone {
    /// Reads `Z`, `+01:00`, `-05:30:15` or `@Europe/Paris`.
    pub fn parse(text: &str) -> Option<Self> {
        // In lower case, too: DMN 1.5 writes it so in the examples of `is`.
        if text == "Z" || text == "z" {
            return Some(Self::Offset(0));
        }
        if let Some(name) = text.strip_prefix('@') {
            return is_zone_name(name).then(|| Self::Named(name.into()));
        }
        let negative = text.starts_with('-');
        let rest = text.strip_prefix(['+', '-'])?;
        let mut parts = rest.split(':').map(super::two_digits);
        let hours = i32::from(parts.next()??);
        let minutes = i32::from(parts.next()??);
        let seconds = match parts.next() {
            Some(seconds) => i32::from(seconds?),
            None => 0,
        };
        if parts.next().is_some() || minutes > 59 || seconds > 59 {
            return None;
        }
        let offset = (hours * 60 + minutes) * 60 + seconds;
        Self::from_seconds(if negative { -offset } else { offset })
    }

    /// The zone so many seconds ahead of UTC, at most 14 hours.
    pub fn from_seconds(seconds: i32) -> Option<Self> {
        (seconds.abs() <= OFFSET_SECONDS_MAX).then_some(Self::Offset(seconds))
    }

    /// Seconds ahead of UTC when the local clock shows so many nanoseconds since 1970. In the
    /// hour that a change of clocks repeats it is the first one; in the hour that it skips the
    /// offset before the change counts.
    pub(crate) fn offset_at(&self, local_nanos: i128) -> Option<i32> {
        match self {
            Self::Local => None,
            Self::Offset(seconds) => Some(*seconds),
            Self::Named(name) => named_offset(name, local_nanos),
        }
    }

    /// Seconds ahead of UTC at a count of nanoseconds since 1970 in UTC.
    pub(crate) fn offset_at_instant(&self, nanos: i128) -> Option<i32> {
        match self {
            Self::Local => None,
            Self::Offset(seconds) => Some(*seconds),
            Self::Named(name) => {
                let seconds = i64::try_from(nanos.div_euclid(super::SECOND_NS)).ok()?;
                named_offset_at_instant(name, seconds)
            }
        }
    }
}

#[cfg(feature = "zones")]
fn named_offset_at_instant(name: &str, seconds: i64) -> Option<i32> {
    use chrono::{DateTime, Offset, TimeZone};
    let zone: chrono_tz::Tz = name.parse().ok()?;
    let utc = DateTime::from_timestamp(seconds, 0)?.naive_utc();
    Some(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}

#[cfg(not(feature = "zones"))]
fn named_offset_at_instant(_: &str, _: i64) -> Option<i32> {
    None
}

#[cfg(feature = "zones")]
fn named_offset(name: &str, local_nanos: i128) -> Option<i32> {
    use chrono::{DateTime, Offset, TimeZone};
    let zone: chrono_tz::Tz = name.parse().ok()?;
    let seconds = i64::try_from(local_nanos.div_euclid(1_000_000_000)).ok()?;
    let at = |seconds| DateTime::from_timestamp(seconds, 0).map(|it| it.naive_utc());
    let local = at(seconds)?;
    let offset = zone.offset_from_local_datetime(&local).earliest().or_else(|| {
        // In a gap: the offset of two hours before, when the old one was in force.
        zone.offset_from_local_datetime(&at(seconds - 7_200)?).earliest()
    })?;
    Some(offset.fix().local_minus_utc())
}

#[cfg(not(feature = "zones"))]
fn named_offset(_: &str, _: i128) -> Option<i32> {
    None
}

#[cfg(feature = "zones")]
fn is_zone_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX && name.parse::<chrono_tz::Tz>().is_ok()
}

#[cfg(not(feature = "zones"))]
fn is_zone_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_letter)
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => Ok(()),
            Self::Offset(0) => f.write_str("Z"),
            Self::Offset(seconds) => {
                let sign = if *seconds < 0 { '-' } else { '+' };
                let seconds = seconds.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", seconds / 3_600, seconds / 60 % 60)?;
                if seconds % 60 > 0 { write!(f, ":{:02}", seconds % 60) } else { Ok(()) }
            }
            Self::Named(name) => write!(f, "@{name}"),
        }
    }
}
