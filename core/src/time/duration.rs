//! ISO 8601 durations as timers use them: months and exact time kept apart.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{DAY_MS, TimeError};

/// A duration such as `P1M` or `PT0.5S`: whole months, whose length depends on the date they are
/// added to, and milliseconds. Written and stored as ISO 8601 text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IsoDuration {
    months: i64,
    ms: i64,
}

impl IsoDuration {
    /// No time at all.
    pub const ZERO: Self = Self { months: 0, ms: 0 };

    /// A duration of whole months, negative for back in time.
    pub const fn from_months(months: i64) -> Self {
        Self { months, ms: 0 }
    }

    /// A duration of milliseconds, negative for back in time.
    pub const fn from_millis(ms: i64) -> Self {
        Self { months: 0, ms }
    }

    /// The years and months, in months.
    pub const fn months(self) -> i64 {
        self.months
    }

    /// The weeks, days, hours, minutes and seconds, in milliseconds.
    pub const fn millis(self) -> i64 {
        self.ms
    }

    /// The duration so many times; `None` where it does not fit.
    pub fn times(self, count: i64) -> Option<Self> {
        Some(Self { months: self.months.checked_mul(count)?, ms: self.ms.checked_mul(count)? })
    }

    /// Whether the duration is no time at all.
    pub const fn is_zero(self) -> bool {
        self.months == 0 && self.ms == 0
    }

    /// Whether the duration goes back in time, in either part.
    pub const fn is_negative(self) -> bool {
        self.months < 0 || self.ms < 0
    }

    /// Reads `P1Y2M3W4DT5H6M7.5S` or a part of it, with an optional sign in front.
    ///
    /// # Errors
    /// [`TimeError::Malformed`] for any other text and for durations that do not fit.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        parse_duration(text).ok_or_else(|| TimeError::Malformed {
            text: text.chars().take(80).collect(),
            expected: "a duration such as P1DT2H or PT30S",
        })
    }
}

fn parse_duration(text: &str) -> Option<IsoDuration> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let rest = rest.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let (months, days) =
        read_parts(date, &mut [('Y', 12), ('M', 1)].iter(), &mut [('W', 7), ('D', 1)].iter())?;
    let ms = days.checked_mul(DAY_MS)?.checked_add(read_time(time)?)?;
    Some(IsoDuration { months: sign * months, ms: sign * ms })
}

type Units<'a> = std::slice::Iter<'a, (char, i64)>;

/// Reads the letters `first` and then `second`, each at most once and in order.
fn read_parts(mut text: &str, first: &mut Units, second: &mut Units) -> Option<(i64, i64)> {
    let mut sums = (0_i64, 0_i64);
    while !text.is_empty() {
        let end = text.find(|letter: char| !letter.is_ascii_digit())?;
        let letter = text[end..].chars().next()?;
        let number: i64 = text[..end].parse().ok()?;
        if let Some((_, factor)) = first.find(|(unit, _)| *unit == letter) {
            sums.0 = sums.0.checked_add(number.checked_mul(*factor)?)?;
        } else {
            let (_, factor) = second.find(|(unit, _)| *unit == letter)?;
            sums.1 = sums.1.checked_add(number.checked_mul(*factor)?)?;
        }
        text = &text[end + letter.len_utf8()..];
    }
    Some(sums)
}

fn read_time(text: &str) -> Option<i64> {
    let (whole, fraction_ms) = match text.split_once('.') {
        Some((whole, fraction)) => {
            let digits = fraction.strip_suffix('S')?;
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            (format!("{whole}S"), format!("{digits:0<3}")[..3].parse::<i64>().ok()?)
        }
        None => (text.to_owned(), 0),
    };
    let (minutes, seconds) =
        read_parts(&whole, &mut [('H', 60), ('M', 1)].iter(), &mut [('S', 1)].iter())?;
    let seconds = minutes.checked_mul(60)?.checked_add(seconds)?;
    seconds.checked_mul(1_000)?.checked_add(fraction_ms)
}

impl FromStr for IsoDuration {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for IsoDuration {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Self, TimeError> {
        Self::parse(&text)
    }
}

impl From<IsoDuration> for String {
    fn from(duration: IsoDuration) -> Self {
        duration.to_string()
    }
}

impl fmt::Display for IsoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("PT0S");
        }
        // Parts of different sign cannot be written; they do not arise from texts.
        let negative = self.is_negative();
        let (months, ms) = (self.months.unsigned_abs(), self.ms.unsigned_abs());
        f.write_str(if negative { "-P" } else { "P" })?;
        let write = |f: &mut fmt::Formatter<'_>, number: u64, unit: char| match number {
            0 => Ok(()),
            number => write!(f, "{number}{unit}"),
        };
        write(f, months / 12, 'Y')?;
        write(f, months % 12, 'M')?;
        write(f, ms / DAY_MS.unsigned_abs(), 'D')?;
        let rest = ms % DAY_MS.unsigned_abs();
        if rest == 0 {
            return Ok(());
        }
        f.write_str("T")?;
        write(f, rest / 3_600_000, 'H')?;
        write(f, rest / 60_000 % 60, 'M')?;
        match (rest / 1_000 % 60, rest % 1_000) {
            (seconds, 0) => write(f, seconds, 'S'),
            (seconds, ms) => {
                let fraction = format!("{ms:03}");
                write!(f, "{seconds}.{}S", fraction.trim_end_matches('0'))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::IsoDuration;

    #[test]
    fn reads_and_writes_iso_8601() {
        for text in ["P1DT2H", "PT0.5S", "-P1Y2M", "P1Y2M3DT4H5M6.007S", "PT36000000S", "P3D"] {
            let duration = IsoDuration::parse(text).unwrap();
            assert_eq!(IsoDuration::parse(&duration.to_string()), Ok(duration), "{text}");
        }
        assert_eq!(IsoDuration::parse("P2W").unwrap().millis(), 14 * 86_400_000);
        assert_eq!(IsoDuration::parse("PT90M").unwrap().to_string(), "PT1H30M");
        assert_eq!(IsoDuration::parse("-PT0.5S").unwrap().millis(), -500);
        assert_eq!(IsoDuration::ZERO.to_string(), "PT0S");
    }

    #[test]
    fn refuses_what_is_no_duration() {
        for bad in ["", "P", "PT", "1D", "P1D2H", "PT1D", "P1M1Y", "PT.S", "P99999999999Y1", "Pé"]
        {
            assert!(IsoDuration::parse(bad).is_err(), "{bad}");
        }
        assert!(IsoDuration::parse("P99999999999999999999D").is_err());
        assert!(IsoDuration::parse("P999999999999999D").is_err());
    }
}
