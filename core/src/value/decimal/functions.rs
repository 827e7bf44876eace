//! Square root, logarithm and powers, computed with 77 digits and rounded to 34 once.

use super::fixed::{Fixed, Signed, exp, ln};
use super::{ArithmeticError, Decimal, Parts, digits};

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
        // The root of a number between 1 and 100 is e to half its logarithm.
        let parts = self.parts();
        let shift = parts.exponent + digits(parts.coefficient).cast_signed() - 1;
        let tens = shift.div_euclid(2);
        let logarithm = ln(Parts { exponent: parts.exponent - 2 * tens, ..parts });
        let magnitude = logarithm.magnitude.divided_by_small(2);
        exp(Signed { magnitude, ..logarithm })?.shifted(tens).map(Self::normalized)
    }

    /// The natural logarithm.
    ///
    /// # Errors
    /// [`ArithmeticError::Undefined`] for zero and numbers below.
    pub fn ln(self) -> Result<Self, ArithmeticError> {
        if self.is_zero() || self.is_negative() {
            return Err(ArithmeticError::Undefined);
        }
        let logarithm = ln(self.parts());
        logarithm.magnitude.to_decimal(logarithm.negative, 0)
    }

    /// e to the power of this number.
    ///
    /// # Errors
    /// [`ArithmeticError::Overflow`].
    pub fn exp(self) -> Result<Self, ArithmeticError> {
        if self.is_zero() {
            return Ok(Self::ONE);
        }
        exp_of_product(Signed { negative: false, magnitude: Fixed::ONE }, self)
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
            let is_quotient = power.is_negative();
            return if is_quotient { Err(ArithmeticError::DivisionByZero) } else { Ok(Self::ZERO) };
        }
        let times = power.to_i64();
        if let Some(times @ 1..=POWER_MULTIPLIED_MAX) = times {
            return self.multiplied_power(times);
        }
        if self.is_negative() && !power.is_integer() {
            return Err(ArithmeticError::Undefined);
        }
        let odd = power.is_integer() && !power.modulo(Self::from(2))?.is_zero();
        let logarithm = ln(self.abs().parts());
        if logarithm.magnitude.is_zero() {
            return Ok(if self.is_negative() && odd { Self::ONE.negated() } else { Self::ONE });
        }
        let result = exp_of_product(logarithm, power)?;
        let result = if power.is_integer() { result.normalized() } else { result };
        Ok(if self.is_negative() && odd { result.negated() } else { result })
    }

    /// Squares and multiplies a number between 1 and 10; powers of ten are carried apart, so that
    /// nothing overflows on the way.
    fn multiplied_power(self, times: i64) -> Result<Self, ArithmeticError> {
        let parts = self.parts();
        let tens = digits(parts.coefficient).cast_signed() - 1;
        let mut base = (Fixed::of(parts.coefficient, -tens), i64::from(parts.exponent + tens));
        let mut result = (Fixed::ONE, 0_i64);
        let mut left = times;
        loop {
            if left % 2 == 1 {
                result = multiplied(result, base);
            }
            left /= 2;
            if left == 0 {
                break;
            }
            base = multiplied(base, base);
        }
        let negative = parts.negative && times % 2 == 1;
        let shift = i32::try_from(result.1).map_err(|_| ArithmeticError::Overflow)?;
        result.0.to_decimal(negative, shift).map(Self::normalized)
    }

    /// This number times `10^tens`.
    fn shifted(self, tens: i32) -> Result<Self, ArithmeticError> {
        let Parts { negative, coefficient, exponent } = self.parts();
        super::round(negative, coefficient, exponent.saturating_add(tens), false)
    }
}

/// The product of two numbers between 1 and 10 with their powers of ten.
fn multiplied((a, a_tens): (Fixed, i64), (b, b_tens): (Fixed, i64)) -> (Fixed, i64) {
    let product = a.times(&b);
    let tens = a_tens.saturating_add(b_tens);
    if product.whole() >= 10 {
        return (product.divided_by_small(10), tens.saturating_add(1));
    }
    (product, tens)
}

/// e to the power of `factor * by`.
fn exp_of_product(factor: Signed, by: Decimal) -> Result<Decimal, ArithmeticError> {
    match factor.times(by.parts()) {
        Ok(power) => exp(power),
        Err(_) if factor.negative != by.is_negative() => Ok(Decimal::ZERO),
        Err(error) => Err(error),
    }
}
