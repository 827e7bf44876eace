//! Sums, products and powers of numbers, texts and temporals.
//!
//! DMN 1.5, clause "Semantics of addition, subtraction, multiplication and division".

use super::{Machine, Outcome, Result, null};
use crate::feel::ast::{ArithmeticOperator, Node};
use crate::time::Timestamp;
use crate::value::{DateTime, DaysTimeDuration, Decimal, Rounding, Time, Value};
use crate::value::{YearsMonthsDuration, Zone};

/// A power counts as much work as it takes, in steps.
const POWER_STEPS: u64 = 20;

impl Machine<'_> {
    #[inline(never)]
    pub(super) fn arithmetic(
        &mut self,
        first: &Node,
        rest: &[(ArithmeticOperator, Node)],
        node: &Node,
    ) -> Result {
        let mut value = self.eval(first)?;
        for (operator, operand) in rest {
            let right = self.eval(operand)?;
            if *operator == ArithmeticOperator::Power {
                self.work(POWER_STEPS)?;
            }
            let outcome = if let (Value::Number(a), Value::Number(b)) = (&value, &right) {
                numbers(*operator, *a, *b).map(Value::Number).map_err(Into::into)
            } else {
                self.mixed(*operator, &value, &right)
            };
            value = self.settle(outcome, node)?;
        }
        Ok(value)
    }

    #[inline(never)]
    pub(super) fn negate(&mut self, value: &Node, node: &Node) -> Result {
        let outcome = match self.eval(value)? {
            Value::Number(number) => Ok(Value::Number(number.negated())),
            Value::DaysTimeDuration(duration) => days(-duration.nanos()),
            Value::YearsMonthsDuration(duration) => months(duration.months().checked_neg()),
            Value::Null => Ok(Value::Null),
            other => null(format!("a {} cannot be negated", other.type_name())),
        };
        self.settle(outcome, node)
    }

    fn mixed(&mut self, operator: ArithmeticOperator, a: &Value, b: &Value) -> Outcome {
        if a.is_null() || b.is_null() {
            return null("arithmetic on null");
        }
        let found = match operator {
            ArithmeticOperator::Add => match (a, b) {
                (Value::String(a), Value::String(b)) => {
                    self.allocate(a.len() + b.len())?;
                    return Ok(Value::from([&**a, &**b].concat()));
                }
                _ => add(a, b).or_else(|| add(b, a)),
            },
            ArithmeticOperator::Subtract => subtract(a, b, self.env.now),
            ArithmeticOperator::Multiply => multiply(a, b).or_else(|| multiply(b, a)),
            ArithmeticOperator::Divide => divide(a, b),
            ArithmeticOperator::Power => None,
        };
        found.unwrap_or_else(|| {
            let sign = match operator {
                ArithmeticOperator::Add => '+',
                ArithmeticOperator::Subtract => '-',
                ArithmeticOperator::Multiply => '*',
                ArithmeticOperator::Divide => '/',
                ArithmeticOperator::Power => '^',
            };
            null(format!("'{sign}' on a {} and a {}", a.type_name(), b.type_name()))
        })
    }
}

fn numbers(
    operator: ArithmeticOperator,
    a: Decimal,
    b: Decimal,
) -> std::result::Result<Decimal, crate::value::ArithmeticError> {
    match operator {
        ArithmeticOperator::Add => a.plus(b),
        ArithmeticOperator::Subtract => a.minus(b),
        ArithmeticOperator::Multiply => a.times(b),
        ArithmeticOperator::Divide => a.divided_by(b),
        ArithmeticOperator::Power => a.power(b),
    }
}

fn days(nanos: i128) -> Outcome {
    DaysTimeDuration::from_nanos(nanos)
        .map_or_else(|| null("the duration is too long"), |it| Ok(Value::DaysTimeDuration(it)))
}

fn months(months: Option<i64>) -> Outcome {
    months
        .and_then(YearsMonthsDuration::from_months)
        .map_or_else(|| null("the duration is too long"), |it| Ok(Value::YearsMonthsDuration(it)))
}

fn moment(value: Option<Value>) -> Outcome {
    value.map_or_else(|| null("the date is outside of the calendar"), Ok)
}

/// The sum of a temporal and a duration; `None` where there is no such sum.
fn add(a: &Value, b: &Value) -> Option<Outcome> {
    Some(match (a, b) {
        (Value::DaysTimeDuration(a), Value::DaysTimeDuration(b)) => days(a.nanos() + b.nanos()),
        (Value::YearsMonthsDuration(a), Value::YearsMonthsDuration(b)) => {
            months(a.months().checked_add(b.months()))
        }
        (_, Value::DaysTimeDuration(by)) => return shift_nanos(a, by.nanos()),
        (_, Value::YearsMonthsDuration(by)) => return shift_months(a, by.months()),
        _ => return None,
    })
}

fn shift_nanos(value: &Value, nanos: i128) -> Option<Outcome> {
    Some(match value {
        Value::Date(date) => {
            let midnight = DateTime::new(*date, Time::MIDNIGHT).local_nanos();
            let shifted = DateTime::from_local_nanos(midnight + nanos, Zone::Local);
            moment(shifted.map(|it| Value::Date(it.date())))
        }
        Value::DateTime(it) => {
            let zone = it.time().zone().clone();
            let shifted = DateTime::from_local_nanos(it.local_nanos() + nanos, zone);
            moment(shifted.map(|it| Value::DateTime(it.into())))
        }
        Value::Time(time) => Ok(Value::Time(time.plus_nanos(nanos).into())),
        _ => return None,
    })
}

fn shift_months(value: &Value, months: i64) -> Option<Outcome> {
    Some(match value {
        Value::Date(date) => moment(date.plus_months(months).map(Value::Date)),
        Value::DateTime(it) => {
            let shifted = it.date().plus_months(months);
            moment(
                shifted.map(|date| Value::DateTime(DateTime::new(date, it.time().clone()).into())),
            )
        }
        _ => return None,
    })
}

fn subtract(a: &Value, b: &Value, now: Timestamp) -> Option<Outcome> {
    Some(match (a, b) {
        (Value::DaysTimeDuration(a), Value::DaysTimeDuration(b)) => days(a.nanos() - b.nanos()),
        (Value::YearsMonthsDuration(a), Value::YearsMonthsDuration(b)) => {
            months(a.months().checked_sub(b.months()))
        }
        (_, Value::DaysTimeDuration(by)) => return shift_nanos(a, -by.nanos()),
        (_, Value::YearsMonthsDuration(by)) => return shift_months(a, by.months().checked_neg()?),
        (Value::Time(a), Value::Time(b)) => {
            if a.zone() == b.zone() {
                days(i128::from(a.nanos()) - i128::from(b.nanos()))
            } else {
                match (a.utc_nanos(now), b.utc_nanos(now)) {
                    (Some(a), Some(b)) => days(a - b),
                    _ => null("times with and without a zone cannot be subtracted"),
                }
            }
        }
        (Value::Date(_) | Value::DateTime(_), Value::Date(_) | Value::DateTime(_)) => {
            let (a, b) = (as_moment(a)?, as_moment(b)?);
            if a.time().zone() == b.time().zone() {
                days(a.local_nanos() - b.local_nanos())
            } else {
                match (a.instant(), b.instant()) {
                    (Some(a), Some(b)) => days(a - b),
                    _ => null("times with and without a zone cannot be subtracted"),
                }
            }
        }
        _ => return None,
    })
}

/// A date counts as its midnight in UTC, unless both are dates.
fn as_moment(value: &Value) -> Option<DateTime> {
    match value {
        Value::Date(date) => Some(DateTime::new(*date, Time::from_nanos(0, Zone::Offset(0)))),
        Value::DateTime(it) => Some((**it).clone()),
        _ => None,
    }
}

fn multiply(a: &Value, b: &Value) -> Option<Outcome> {
    let Value::Number(factor) = b else { return None };
    Some(match a {
        Value::DaysTimeDuration(a) => scaled(a.nanos(), |nanos| nanos.times(*factor), days),
        Value::YearsMonthsDuration(a) => {
            scaled(a.months().into(), |it| it.times(*factor), |it| months(i64::try_from(it).ok()))
        }
        _ => return None,
    })
}

fn divide(a: &Value, b: &Value) -> Option<Outcome> {
    Some(match (a, b) {
        (Value::DaysTimeDuration(a), Value::Number(by)) => {
            scaled(a.nanos(), |nanos| nanos.divided_by(*by), days)
        }
        (Value::YearsMonthsDuration(a), Value::Number(by)) => {
            scaled(a.months().into(), |it| it.divided_by(*by), |it| months(i64::try_from(it).ok()))
        }
        (Value::DaysTimeDuration(a), Value::DaysTimeDuration(b)) => quotient(a.nanos(), b.nanos()),
        (Value::YearsMonthsDuration(a), Value::YearsMonthsDuration(b)) => {
            quotient(a.months().into(), b.months().into())
        }
        _ => return None,
    })
}

type Arithmetic = std::result::Result<Decimal, crate::value::ArithmeticError>;

/// Scales a count by a number and cuts off what is below one.
fn scaled(
    count: i128,
    scale: impl FnOnce(Decimal) -> Arithmetic,
    build: impl FnOnce(i128) -> Outcome,
) -> Outcome {
    let scaled = scale(Decimal::new(count, 0)?)?.rescaled(0, Rounding::Down)?;
    match scaled.to_string().parse() {
        Ok(count) => build(count),
        Err(_) => null("the duration is too long"),
    }
}

fn quotient(a: i128, b: i128) -> Outcome {
    Ok(Value::Number(Decimal::new(a, 0)?.divided_by(Decimal::new(b, 0)?)?))
}
