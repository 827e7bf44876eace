//! Square root, logarithm and powers, computed with 76 digits and rounded to 34 once.

use fastnum::decimal::{Context, RoundingMode, Sign};
use fastnum::{D256, U256};

use super::arithmetic::round_wide;
use super::{ArithmeticError, DIGITS_MAX, Decimal, Parts, digits};

/// Beyond e^15000 a result is larger than any decimal (or smaller than the smallest).
const EXPONENTIAL_MAX: i64 = 15_000;
/// Integer powers up to this are computed by multiplication.
const POWER_MULTIPLIED_MAX: i64 = 1_000;

impl Decimal {
    /// The square root.
    ///
    /// # Errors
    /// [`ArithmeticError::Undefined`] for numbers below zero.
    pub fn sqrt(self) -> Result<Self, ArithmeticError> {
        if self.is_negative() {
            return Err(ArithmeticError::Undefined);
        }
        if self.is_zero() {
            return Ok(Self::ZERO);
        }
        let parts = self.parts();
        let odd = parts.exponent.rem_euclid(2);
        let root = wide(Parts { exponent: odd, ..parts }).sqrt();
        let result = narrow(root, (parts.exponent - odd) / 2)?;
        Ok(result.normalized())
    }

    /// The natural logarithm.
    ///
    /// # Errors
    /// [`ArithmeticError::Undefined`] for zero and numbers below.
    pub fn ln(self) -> Result<Self, ArithmeticError> {
        narrow(self.wide_ln()?, 0)
    }

    /// e to the power of this number.
    ///
    /// # Errors
    /// [`ArithmeticError::Overflow`].
    pub fn exp(self) -> Result<Self, ArithmeticError> {
        if self.is_zero() {
            return Ok(Self::ONE);
        }
        exponential(wide(self.parts()))
    }

    /// This number to the power of `power`.
    ///
    /// # Errors
    /// [`ArithmeticError::Undefined`] for a fractional power of a number below zero, and
    /// [`ArithmeticError::DivisionByZero`] for a negative power of zero.
    pub fn power(self, power: Self) -> Result<Self, ArithmeticError> {
        if power.is_zero() {
            return Ok(Self::ONE);
        }
        if self.is_zero() {
            return if power.is_negative() {
                Err(ArithmeticError::DivisionByZero)
            } else {
                Ok(Self::ZERO)
            };
        }
        if let Some(times) = power.to_i64().filter(|times| times.abs() <= POWER_MULTIPLIED_MAX) {
            return self.multiplied_power(times);
        }
        if self.is_negative() && !power.is_integer() {
            return Err(ArithmeticError::Undefined);
        }
        let odd = power.is_integer() && !power.modulo(Self::from(2))?.is_zero();
        let result = exponential(self.abs().wide_ln()? * wide(power.parts()))?;
        Ok(if self.is_negative() && odd { result.negated() } else { result })
    }

    /// Squares and multiplies the coefficient; powers of ten are carried apart, so that nothing
    /// overflows on the way.
    fn multiplied_power(self, times: i64) -> Result<Self, ArithmeticError> {
        let parts = self.normalized().parts();
        // The coefficient as a number between 1 and 10.
        let shift = digits(parts.coefficient).cast_signed() - 1;
        let mut base = wide(Parts { negative: false, exponent: -shift, ..parts });
        let scale = i64::from(parts.exponent) + i64::from(shift);
        let mut left = times.unsigned_abs();
        let mut result = D256::ONE.with_ctx(context());
        while left > 0 {
            if left % 2 == 1 {
                result *= base;
            }
            left /= 2;
            if left > 0 {
                base *= base;
            }
        }
        if times < 0 {
            result = D256::ONE.with_ctx(context()) / result;
        }
        let exponent = i32::try_from(scale * times).map_err(|_| ArithmeticError::Overflow)?;
        let magnitude = narrow(result, exponent)?;
        let magnitude = if times < 0 { magnitude.normalized() } else { magnitude };
        Ok(if parts.negative && times % 2 != 0 { magnitude.negated() } else { magnitude })
    }

    fn wide_ln(self) -> Result<D256, ArithmeticError> {
        if self.is_zero() || self.is_negative() {
            return Err(ArithmeticError::Undefined);
        }
        let parts = self.parts();
        let shift = digits(parts.coefficient).cast_signed() - 1;
        let fraction = wide(Parts { exponent: -shift, ..parts }).ln();
        let tens = wide(Decimal::from(parts.exponent + shift).parts());
        Ok(fraction + tens * wide(Decimal::from(10).parts()).ln())
    }
}

fn exponential(power: D256) -> Result<Decimal, ArithmeticError> {
    let limit = wide(Decimal::from(EXPONENTIAL_MAX).parts());
    if power > limit {
        return Err(ArithmeticError::Overflow);
    }
    if power < -limit {
        return Ok(Decimal::ZERO);
    }
    // e^x = 10^k * e^(x - k ln 10), so that the series sees only small numbers.
    let ten = wide(Decimal::from(10).parts()).ln();
    let tens = (power / ten).round(0);
    let shift: i32 = tens.to_string().parse().map_err(|_| ArithmeticError::Overflow)?;
    narrow((power - tens * ten).exp(), shift)
}

fn context() -> Context {
    Context::default().with_rounding_mode(RoundingMode::HalfEven)
}

#[expect(clippy::cast_possible_truncation, reason = "splits into words")]
fn wide(Parts { negative, coefficient, exponent }: Parts) -> D256 {
    let words = [coefficient as u64, (coefficient >> 64) as u64, 0, 0];
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    D256::from_parts(U256::from_digits(words), exponent, sign, context())
}

/// Rounds a wide number times ten to the power of `shift`.
fn narrow(number: D256, shift: i32) -> Result<Decimal, ArithmeticError> {
    if number.is_nan() {
        return Err(ArithmeticError::Undefined);
    }
    if number.is_infinite() {
        return Err(ArithmeticError::Overflow);
    }
    debug_assert!(DIGITS_MAX < 76, "the wide number has digits to spare");
    let exponent = shift.saturating_sub(i32::from(number.fractional_digits_count()));
    round_wide(number.is_sign_negative(), *number.digits().digits(), exponent)
}
