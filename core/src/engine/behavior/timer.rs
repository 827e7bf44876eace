//! Timers: when one is due, and when a cycle is due next.
//!
//! BPMN 2.0.2, "Timer Event Definition", leaves the form to ISO 8601: a date, a duration, or a
//! cycle such as `R3/PT10M`, with a start or an end; cron, in UTC or the zone in front of it
//! (`TZ=Europe/Paris 0 0 9 * * *`), is a cycle, too. A cycle keeps its rhythm however late it is
//! looked at: the next time is start + n periods, and what was missed is made up for once.

use std::sync::Arc;

use crate::engine::definition::{TimerExpression, TimerKind};
use crate::engine::event::{Cycle, Waited};
use crate::engine::expression::{self, Failure};
use crate::engine::incident::Cause;
use crate::engine::visible::Visible;
use crate::feel::Environment;
use crate::time::{Cron, IsoDuration, Timestamp};
use crate::value::{DateTime, Value, Zone};

/// What a timer waits for from now on. One that says nothing, as in a drawing, is triggered by
/// hand.
pub(super) fn begin(
    timer: &TimerExpression,
    variables: Visible<'_>,
    environment: &Environment,
) -> Result<Waited, Failure> {
    let Some(text) = &timer.text else {
        return Ok(Waited::Timer { due: Timestamp::MAX, cycle: None });
    };
    let value = text.evaluate(&variables, environment)?;
    let wrong = || Failure {
        cause: Cause::ExpressionFailed,
        message: format!(
            "The timer “{text}” gave {}, which is no {}.",
            expression::shown(&value),
            match timer.kind {
                TimerKind::Date => "date and time with its zone",
                TimerKind::Duration => "duration such as PT15M",
                TimerKind::Cycle => "cycle such as R3/PT10M, and no cron such as 0 0 9 * * *",
            }
        ),
    };
    let now = environment.now;
    match timer.kind {
        TimerKind::Date => {
            let due = expression::to_timestamp(&value).ok_or_else(wrong)?;
            Ok(Waited::Timer { due, cycle: None })
        }
        TimerKind::Duration => {
            let duration = IsoDuration::parse(written(&value).trim()).map_err(|_| wrong())?;
            let due = now.plus(duration).map_err(|_| wrong())?.max(now);
            Ok(Waited::Timer { due, cycle: None })
        }
        TimerKind::Cycle => {
            let text = written(&value);
            let parts = Parts::read(text.trim()).ok_or_else(wrong)?;
            let due = parts.first(now).ok_or_else(wrong)?;
            if parts.count == Some(0) || parts.is_past(due) {
                return Ok(Waited::Timer { due: Timestamp::MAX, cycle: None });
            }
            let left = parts.count.map(|count| count - 1);
            let start = parts.counts_from(now);
            let cycle = Some(Cycle { text: Arc::from(text.trim()), left, start });
            Ok(Waited::Timer { due, cycle })
        }
    }
}

/// The text of a value; a duration is written as ISO 8601.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_json().trim_matches('"').to_owned(), str::to_owned)
}

/// What a timer waits for after it has fired at `now`; `None` where it is over, and for what is no
/// timer. A timer that starts instances goes on by it, too.
pub fn after_firing(fired: &Waited, now: Timestamp) -> Option<Waited> {
    let Waited::Timer { due, cycle: Some(cycle) } = fired else { return None };
    if cycle.left == Some(0) {
        return None;
    }
    let parts = Parts::read(&cycle.text)?;
    let next = parts.after(cycle.start.unwrap_or(*due), (*due).max(now))?;
    if parts.is_past(next) {
        return None;
    }
    let left = cycle.left.map(|left| left - 1);
    Some(Waited::Timer { due: next, cycle: Some(Cycle { left, ..cycle.clone() }) })
}

/// A cycle, taken apart.
struct Parts {
    /// `None` for ever.
    count: Option<u32>,
    start: Option<Timestamp>,
    every: Every,
    end: Option<Timestamp>,
}

enum Every {
    Period(IsoDuration),
    Pattern(Cron, Zone),
}

impl Parts {
    fn read(text: &str) -> Option<Self> {
        let Some(text) = text.strip_prefix('R') else { return Self::cron(text) };
        let mut parts = text.split('/');
        let count = match parts.next()? {
            "" | "-1" => None,
            count => Some(count.parse().ok()?),
        };
        let positive = |it: &IsoDuration| !it.is_zero() && !it.is_negative();
        let every = |text: &str| IsoDuration::parse(text).ok().filter(positive);
        let moment = |text: &str| Timestamp::parse(text).ok();
        let (start, every, end) = match (parts.next()?, parts.next()) {
            (text, None) => (None, every(text)?, None),
            (first, Some(second)) if first.starts_with('P') => {
                (None, every(first)?, Some(moment(second)?))
            }
            (first, Some(second)) if second.starts_with('P') => {
                (Some(moment(first)?), every(second)?, None)
            }
            // The first time and the second say the period.
            (first, Some(second)) => {
                let (first, second) = (moment(first)?, moment(second)?);
                let every = IsoDuration::from_millis(second.millis_since(first));
                (Some(first), Some(every).filter(positive)?, None)
            }
        };
        let every = Every::Period(every);
        parts.next().is_none().then_some(Self { count, start, every, end })
    }

    fn cron(text: &str) -> Option<Self> {
        let zoned = text.strip_prefix("CRON_TZ=").or_else(|| text.strip_prefix("TZ="));
        let (zone, pattern) = match zoned {
            None => (Zone::Offset(0), text),
            Some(zoned) => {
                let (zone, pattern) = zoned.split_once(char::is_whitespace)?;
                (Zone::parse(&format!("@{zone}"))?, pattern)
            }
        };
        let every = Every::Pattern(Cron::parse(pattern.trim()).ok()?, zone);
        Some(Self { count: None, start: None, every, end: None })
    }

    /// When a cycle that is begun at `now` fires first: a start that is past only says the rhythm.
    fn first(&self, now: Timestamp) -> Option<Timestamp> {
        match self.start {
            Some(start) if start > now => Some(start),
            start => self.after(start.unwrap_or(now), now),
        }
    }

    /// The beginning of the rhythm, where the text does not say it.
    fn counts_from(&self, now: Timestamp) -> Option<Timestamp> {
        match &self.every {
            Every::Period(_) => Some(self.start.unwrap_or(now)),
            Every::Pattern(..) => None,
        }
    }

    fn is_past(&self, due: Timestamp) -> bool {
        self.end.is_some_and(|end| due > end)
    }

    /// The first moment after `now` of the rhythm that began at `start`.
    fn after(&self, start: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match &self.every {
            Every::Period(every) => periodic(start, *every, now),
            Every::Pattern(cron, zone) => zoned(cron, zone, now),
        }
    }
}

/// Milliseconds of a month on average, in the calendar of 400 years.
const MONTH_MS: i64 = 2_629_746_000;

/// The first of `start` + 1, 2, … times `every` that is after `now`.
fn periodic(start: Timestamp, every: IsoDuration, now: Timestamp) -> Option<Timestamp> {
    let average = every.months().checked_mul(MONTH_MS)?.checked_add(every.millis())?;
    // Months differ by less than two of the average from their sum.
    let slack = if every.months() == 0 { 0 } else { 2 };
    let passed = now.millis_since(start).div_euclid(average.max(1));
    let mut count = passed.saturating_sub(slack).max(0);
    loop {
        count += 1;
        let moment = start.plus(every.times(count)?).ok()?;
        if moment > now {
            return Some(moment);
        }
    }
}

/// The first moment after `now` that a clock of the zone shows as `cron` asks. Where the clock
/// repeats an hour, its first time counts.
fn zoned(cron: &Cron, zone: &Zone, now: Timestamp) -> Option<Timestamp> {
    let local = DateTime::from_timestamp(now).in_zone(zone.clone())?;
    let as_utc = |local: &DateTime| local.with_zone(Zone::Offset(0)).to_timestamp();
    let mut wall = as_utc(&local)?;
    loop {
        wall = cron.after(wall)?;
        let moment = DateTime::from_timestamp(wall).with_zone(zone.clone()).to_timestamp()?;
        if moment > now {
            return Some(moment);
        }
    }
}
