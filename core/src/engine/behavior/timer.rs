//! Timers: when one is due, and when a cycle is due next.
//!
//! BPMN 2.0.2, "Timer Event Definition", leaves the form to ISO 8601: a date, a duration, or a
//! cycle such as `R3/PT10M`, with a start or an end.

use std::sync::Arc;

use crate::engine::definition::{TimerExpression, TimerKind};
use crate::engine::event::{Cycle, Waited};
use crate::engine::expression::{self, Failure};
use crate::engine::incident::Cause;
use crate::engine::visible::Visible;
use crate::feel::Environment;
use crate::time::{IsoDuration, Timestamp};
use crate::value::Value;

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
                TimerKind::Cycle => "cycle such as R3/PT10M",
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
            if parts.count == Some(0) {
                return Ok(Waited::Timer { due: Timestamp::MAX, cycle: None });
            }
            let due = parts.first(now).ok_or_else(wrong)?;
            let left = parts.count.map(|count| count - 1);
            let cycle = Some(Cycle { text: Arc::from(text.trim()), left });
            Ok(Waited::Timer { due, cycle })
        }
    }
}

/// The text of a value; a duration is written as ISO 8601.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_json().trim_matches('"').to_owned(), str::to_owned)
}

/// What follows when a timer that was due at `due` has fired; `None` where it is over. What was
/// missed while nobody looked is made up for once, not once for each period.
pub(super) fn next(due: Timestamp, cycle: Option<&Cycle>, now: Timestamp) -> Option<Waited> {
    let cycle = cycle.filter(|cycle| cycle.left != Some(0))?;
    let parts = Parts::read(&cycle.text)?;
    let next = due.plus(parts.every).ok().filter(|next| *next > now);
    let next = next.or_else(|| now.plus(parts.every).ok())?;
    if parts.end.is_some_and(|end| next > end) {
        return None;
    }
    let left = cycle.left.map(|left| left - 1);
    Some(Waited::Timer { due: next, cycle: Some(Cycle { text: cycle.text.clone(), left }) })
}

/// A cycle, taken apart.
struct Parts {
    /// `None` for ever.
    count: Option<u32>,
    start: Option<Timestamp>,
    every: IsoDuration,
    end: Option<Timestamp>,
}

impl Parts {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix('R')?.split('/');
        let count = match parts.next()? {
            "" | "-1" => None,
            count => Some(count.parse().ok()?),
        };
        let every = |text: &str| {
            let every = IsoDuration::parse(text).ok()?;
            (!every.is_zero() && !every.is_negative()).then_some(every)
        };
        let moment = |text: &str| Timestamp::parse(text).ok();
        let (start, every, end) = match (parts.next()?, parts.next()) {
            (text, None) => (None, every(text)?, None),
            (first, Some(second)) if first.starts_with('P') => {
                (None, every(first)?, Some(moment(second)?))
            }
            (first, Some(second)) => (Some(moment(first)?), every(second)?, None),
        };
        parts.next().is_none().then_some(Self { count, start, every, end })
    }

    fn first(&self, now: Timestamp) -> Option<Timestamp> {
        match self.start {
            Some(start) => Some(start.max(now)),
            None => now.plus(self.every).ok(),
        }
    }
}
