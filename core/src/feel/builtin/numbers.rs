//! Rounding, roots, logarithms, and the like.

use super::{integer, number, optional, single};
use crate::feel::eval::{Machine, Outcome, null};
use crate::value::{DaysTimeDuration, Decimal, Rounding, Value, YearsMonthsDuration};

fn rounded(values: &[Value], mode: Rounding) -> Outcome {
    let number_given = number(&values[0])?;
    let scale = match values.get(1) {
        None => 0,
        Some(scale) => {
            let whole = number(scale)?.rescaled(0, Rounding::Down)?;
            let scale = whole.to_i64().and_then(|scale| i32::try_from(scale).ok());
            match scale.filter(|scale| (-6111..=6176).contains(scale)) {
                Some(scale) => scale,
                None => return null("the scale lies outside of -6111 to 6176"),
            }
        }
    };
    Ok(Value::Number(number_given.rescaled(scale, mode)?))
}

pub(super) fn decimal(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    rounded(values, Rounding::HalfEven)
}

pub(super) fn floor(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    rounded(values, Rounding::Floor)
}

pub(super) fn ceiling(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    rounded(values, Rounding::Ceiling)
}

pub(super) fn round_up(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    rounded(values, Rounding::Up)
}

pub(super) fn round_down(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    rounded(values, Rounding::Down)
}

pub(super) fn round_half_up(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    rounded(values, Rounding::HalfUp)
}

pub(super) fn round_half_down(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    rounded(values, Rounding::HalfDown)
}

pub(super) fn abs(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let found = match single(&values[0]) {
        Value::DaysTimeDuration(duration) => {
            DaysTimeDuration::from_nanos(duration.nanos().abs()).map(Value::DaysTimeDuration)
        }
        Value::YearsMonthsDuration(duration) => {
            YearsMonthsDuration::from_months(duration.months().abs())
                .map(Value::YearsMonthsDuration)
        }
        other => Some(Value::Number(number(other)?.abs())),
    };
    Ok(found.unwrap_or_default())
}

/// The remainder of a number with so many digits more is computed bit by bit.
const LONG_DIVISION_STEPS: u64 = 1_000;

pub(super) fn modulo(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    if number(&values[0])?.abs() >= Decimal::new(1, -38)? {
        machine.work(LONG_DIVISION_STEPS)?;
    }
    Ok(Value::Number(number(&values[0])?.modulo(number(&values[1])?)?))
}

/// Functions computed by series count as much work as they take, in steps.
const SERIES_STEPS: u64 = 500;

pub(super) fn sqrt(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    machine.work(SERIES_STEPS)?;
    Ok(Value::Number(number(&values[0])?.sqrt()?))
}

pub(super) fn log(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    machine.work(SERIES_STEPS)?;
    Ok(Value::Number(number(&values[0])?.ln()?))
}

pub(super) fn exp(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    machine.work(SERIES_STEPS)?;
    Ok(Value::Number(number(&values[0])?.exp()?))
}

fn is_even(value: &Value) -> Outcome<Option<bool>> {
    let number = number(value)?;
    if !number.is_integer() {
        return Ok(None);
    }
    Ok(Some(number.modulo(Decimal::from(2))?.is_zero()))
}

pub(super) fn odd(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    Ok(Value::Boolean(is_even(&values[0])? == Some(false)))
}

pub(super) fn even(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    Ok(Value::Boolean(is_even(&values[0])? == Some(true)))
}

/// A number from 0 up to 1, from the seed of the evaluation.
pub(super) fn random_number(machine: &mut Machine<'_>, _: &[Value]) -> Outcome {
    // 10^15 is divided by so many, so that each number is a decimal.
    let digits = i128::from(next_random(machine) % 1_000_000_000_000_000);
    Ok(Value::Number(Decimal::new(digits, 15)?))
}

/// The next number of the generator (`SplitMix64`).
pub(super) fn next_random(machine: &mut Machine<'_>) -> u64 {
    machine.random = machine.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = machine.random;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The size of groups, and other counts that must be at least one.
pub(super) fn count_of(values: &[Value], at: usize) -> Outcome<usize> {
    let count = optional(values, at).map(integer).transpose()?.unwrap_or(0);
    match usize::try_from(count) {
        Ok(count) if count > 0 => Ok(count),
        _ => null("a count of at least one is expected"),
    }
}
