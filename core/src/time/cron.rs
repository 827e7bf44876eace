//! Cron: moments that a pattern of clock and calendar names.
//!
//! Six fields begin with the seconds, five leave them out, a seventh is the year; lists, ranges,
//! steps and names as Spring writes them, with `L`, `LW`, `15W`, `5L` and `5#2` for days. Sunday is
//! 0 or 7. With six fields a day must fit both its fields, with five (as in Unix) one of them where
//! both are restricted. Never knows zones: it reads and gives what a clock on the wall shows.

use super::{DAY_MS, Timestamp, civil_from_days, days_from_civil, days_in_month};

/// Most days that are looked at: a leap day falls on each day of the week within 40 years.
const DAYS_MAX: i64 = 40 * 366;

/// Fields with their least and greatest number and the names that numbers may have.
const FIELDS: [(u32, u32, &str); 7] = [
    (0, 59, ""),
    (0, 59, ""),
    (0, 23, ""),
    (1, 31, ""),
    (1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"),
    (0, 7, "SUN MON TUE WED THU FRI SAT"),
    (1970, 9999, ""),
];

/// Which of [`FIELDS`] these are.
const DAY: usize = 3;
const WEEKDAY: usize = 5;

/// Short forms.
const NAMED: [(&str, &str); 7] = [
    ("@yearly", "0 0 0 1 1 *"),
    ("@annually", "0 0 0 1 1 *"),
    ("@monthly", "0 0 0 1 * *"),
    ("@weekly", "0 0 0 * * 0"),
    ("@daily", "0 0 0 * * *"),
    ("@midnight", "0 0 0 * * *"),
    ("@hourly", "0 0 * * * *"),
];

/// A pattern of cron.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    /// By field, what it allows.
    fields: [Vec<Part>; 7],
    /// Whether a day has to fit only one of its fields.
    is_either_day: bool,
}

/// A part of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// From, to, and the step.
    Range(u32, u32, u32),
    /// So many days before the last of the month.
    Last(u32),
    /// The last day of the month from Monday to Friday.
    LastWorkday,
    /// The day from Monday to Friday of the same month that is nearest.
    Workday(u32),
    /// The last such day of the week in the month.
    LastOf(u32),
    /// The day of the week, and the how-manieth of the month.
    Nth(u32, u32),
}

impl Cron {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = NAMED.iter().find(|(name, _)| *name == text).map_or(text, |(_, long)| *long);
        let mut given: Vec<&str> = text.split_whitespace().collect();
        let is_unix = given.len() == 5;
        if is_unix {
            given.insert(0, "0");
        }
        if given.len() == 6 {
            given.push("*");
        }
        if given.len() != FIELDS.len() {
            return Err("it is neither a cycle nor cron of five to seven fields".to_owned());
        }
        let mut fields: [Vec<Part>; 7] = Default::default();
        for (index, field) in given.iter().enumerate() {
            fields[index] = field_of(index, field)
                .ok_or_else(|| format!("“{field}” is out of place in cron"))?;
        }
        let is_free = |index: usize| given[index].starts_with(['*', '?']);
        Ok(Self { fields, is_either_day: is_unix && !is_free(DAY) && !is_free(WEEKDAY) })
    }

    /// The first moment that fits after `moment`, in whole seconds; `None` where none comes.
    pub fn after(&self, moment: Timestamp) -> Option<Timestamp> {
        let from = moment.as_millis().div_euclid(1_000) * 1_000 + 1_000;
        let (first, mut earliest) = (from.div_euclid(DAY_MS), from.rem_euclid(DAY_MS) / 1_000);
        for days in first..first + DAYS_MAX {
            if self.fits_day(days)
                && let Some(second) = self.second_of_day(earliest)
            {
                return Timestamp::from_millis(days * DAY_MS + second * 1_000).ok();
            }
            earliest = 0;
        }
        None
    }

    fn fits(&self, index: usize, number: u32) -> bool {
        self.fields[index].iter().any(|part| part.has(number))
    }

    fn fits_day(&self, days: i64) -> bool {
        let (year, month, day) = civil_from_days(days);
        if !self.fits(4, u32::from(month)) || !u32::try_from(year).is_ok_and(|it| self.fits(6, it))
        {
            return false;
        }
        let month = Month {
            first: days_from_civil(year, month, 1),
            length: u32::from(days_in_month(year, month)),
        };
        let day = u32::from(day);
        let any =
            |index: usize| self.fields[index].iter().any(|part| month.fits(*part, day, index));
        if self.is_either_day { any(DAY) || any(WEEKDAY) } else { any(DAY) && any(WEEKDAY) }
    }

    /// The first second of a day, from `earliest` on, that fits.
    fn second_of_day(&self, earliest: i64) -> Option<i64> {
        let fitting =
            |index: usize, to: u32| (0..to).filter(move |number| self.fits(index, *number));
        let minutes = fitting(2, 24).flat_map(|hour| fitting(1, 60).map(move |it| hour * 60 + it));
        let late = minutes.filter(|minute| i64::from(*minute) >= earliest / 60);
        let mut seconds = late.flat_map(|it| fitting(0, 60).map(move |second| it * 60 + second));
        seconds.find(|second| i64::from(*second) >= earliest).map(i64::from)
    }
}

impl Part {
    fn has(self, number: u32) -> bool {
        match self {
            Self::Range(from, to, step) => {
                (from..=to).contains(&number) && (number - from).is_multiple_of(step)
            }
            Self::Last(_)
            | Self::LastWorkday
            | Self::Workday(_)
            | Self::LastOf(_)
            | Self::Nth(..) => false,
        }
    }
}

/// A month of the calendar.
struct Month {
    /// Its first day, in days since 1970.
    first: i64,
    length: u32,
}

impl Month {
    /// The day of the week, Sunday being 0.
    fn weekday(&self, day: u32) -> u32 {
        // 1970-01-01 was a Thursday.
        u32::try_from((self.first + i64::from(day) - 1 + 4).rem_euclid(7)).unwrap_or_default()
    }

    /// The day from Monday to Friday that is nearest to `day`, in this month.
    fn workday(&self, day: u32) -> u32 {
        match self.weekday(day) {
            6 if day > 1 => day - 1,
            6 => day + 2,
            0 if day < self.length => day + 1,
            0 => day - 2,
            _ => day,
        }
    }

    fn fits(&self, part: Part, day: u32, index: usize) -> bool {
        let weekday = self.weekday(day);
        match part {
            Part::Range(..) if index == DAY => part.has(day),
            Part::Range(..) => part.has(weekday) || (weekday == 0 && part.has(7)),
            Part::Last(before) => day + before == self.length,
            Part::LastWorkday => day == self.workday(self.length),
            Part::Workday(near) => near <= self.length && day == self.workday(near),
            Part::LastOf(of) => weekday == of % 7 && day + 7 > self.length,
            Part::Nth(of, nth) => weekday == of % 7 && day.div_ceil(7) == nth,
        }
    }
}

fn field_of(index: usize, field: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    for text in field.split(',') {
        match special(index, text) {
            Some(part) => parts.push(part),
            None => ranges(index, text, &mut parts)?,
        }
    }
    Some(parts)
}

fn number(index: usize, text: &str) -> Option<u32> {
    let (least, greatest, names) = FIELDS[index];
    let mut named = (0..).zip(names.split(' ').filter(|name| !name.is_empty()));
    let by_name = named.find(|(_, name)| name.eq_ignore_ascii_case(text));
    let by_name = by_name.map(|(number, _)| number + least);
    by_name.or_else(|| text.parse().ok()).filter(|it| (least..=greatest).contains(it))
}

fn special(index: usize, text: &str) -> Option<Part> {
    if index == DAY {
        return match text {
            "L" => Some(Part::Last(0)),
            "LW" => Some(Part::LastWorkday),
            _ => {
                let before = text.strip_prefix("L-").and_then(|it| it.parse().ok());
                let before = before.filter(|before| (1..=30).contains(before)).map(Part::Last);
                before.or_else(|| number(DAY, text.strip_suffix('W')?).map(Part::Workday))
            }
        };
    }
    if index != WEEKDAY {
        return None;
    }
    if let Some((day, nth)) = text.split_once('#') {
        let nth = nth.parse().ok().filter(|nth| (1..=5).contains(nth))?;
        return Some(Part::Nth(number(WEEKDAY, day)?, nth));
    }
    number(WEEKDAY, text.strip_suffix('L')?).map(Part::LastOf)
}

fn ranges(index: usize, text: &str, parts: &mut Vec<Part>) -> Option<()> {
    let (least, greatest, _) = FIELDS[index];
    let (range, step) = text.split_once('/').unwrap_or((text, ""));
    let is_single = step.is_empty() && range.len() == text.len();
    let step = if is_single { 1 } else { step.parse().ok().filter(|step| *step > 0)? };
    if matches!(range, "*" | "?") {
        parts.push(Part::Range(least, greatest, step));
        return Some(());
    }
    let (from, to) = match range.split_once('-') {
        Some((from, to)) => (number(index, from)?, number(index, to)?),
        None if is_single => (number(index, range)?, number(index, range)?),
        None => (number(index, range)?, greatest),
    };
    if from <= to {
        parts.push(Part::Range(from, to, step));
    } else if step == 1 {
        // Over the end: from Friday to Monday.
        parts.extend([Part::Range(from, greatest, 1), Part::Range(least, to, 1)]);
    } else {
        return None;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{Cron, Timestamp};

    /// The first moments that fit after the beginning of a Thursday, 2026-01-01.
    fn next(pattern: &str, count: usize) -> Vec<String> {
        let cron = Cron::parse(pattern).unwrap();
        let mut at = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
        let mut found = Vec::new();
        for _ in 0..count {
            at = cron.after(at).unwrap();
            found.push(at.to_string().replace(":00Z", "").replace("2026-", ""));
        }
        found
    }

    #[test]
    fn finds_what_fits_after_a_moment() {
        assert_eq!(next("0 0 9 * * MON-FRI", 3), ["01-01T09:00", "01-02T09:00", "01-05T09:00"]);
        assert_eq!(next("*/15 * * * *", 2), ["01-01T00:15", "01-01T00:30"]);
        assert_eq!(next("0 0/20 8-9 * * ?", 3), ["01-01T08:00", "01-01T08:20", "01-01T08:40"]);
        assert_eq!(next("@weekly", 2), ["01-04T00:00", "01-11T00:00"]);
        assert_eq!(next("@daily", 1), ["01-02T00:00"]);
        assert_eq!(
            next("0 0 0 ? * FRI-MON", 4),
            ["01-02T00:00", "01-03T00:00", "01-04T00:00", "01-05T00:00"]
        );
        assert_eq!(next("30 59 23 31 12 * 2027", 1), ["2027-12-31T23:59:30Z"]);
        assert_eq!(next("0 0 0 29 2 *", 1), ["2028-02-29T00:00"]);
    }

    #[test]
    fn knows_the_last_the_nearest_and_the_nth_day() {
        assert_eq!(next("0 0 0 L * *", 2), ["01-31T00:00", "02-28T00:00"]);
        assert_eq!(next("0 0 0 L-3 * *", 1), ["01-28T00:00"]);
        assert_eq!(next("0 0 0 LW * *", 2), ["01-30T00:00", "02-27T00:00"]);
        assert_eq!(next("0 0 0 1W * *", 2), ["02-02T00:00", "03-02T00:00"]);
        assert_eq!(next("0 0 0 * * 5L", 1), ["01-30T00:00"]);
        assert_eq!(next("0 0 0 ? * THU#2", 2), ["01-08T00:00", "02-12T00:00"]);
    }

    #[test]
    fn two_fields_for_days_are_both_asked_but_one_is_enough_in_unix() {
        assert_eq!(next("0 0 0 13 * FRI", 1), ["02-13T00:00"]);
        assert_eq!(next("0 0 13 * FRI", 2), ["01-02T00:00", "01-09T00:00"]);
    }

    #[test]
    fn refuses_what_is_no_cron_and_gives_up_where_nothing_fits() {
        for bad in [
            "",
            "* * * *",
            "60 * * * *",
            "* * * * * MOO",
            "0 0 0 0 * *",
            "*/0 * * * *",
            "5/ * * * *",
            "L * * * *",
        ] {
            assert!(Cron::parse(bad).is_err(), "{bad}");
        }
        let never = Cron::parse("0 0 0 31 2 *").unwrap();
        assert_eq!(never.after(Timestamp::EPOCH), None);
        let past = Cron::parse("0 0 0 1 1 * 1999").unwrap();
        assert_eq!(past.after(Timestamp::parse("2026-01-01T00:00:00Z").unwrap()), None);
    }
}
