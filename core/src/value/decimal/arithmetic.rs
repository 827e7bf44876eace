//! Sum, product, quotient, remainder and rounding of decimals.

use super::{
    ArithmeticError, DIGITS_MAX, Decimal, EXPONENT_MAX, EXPONENT_MIN, Parts, Rounding, digits,
    round,
};

impl Decimal {
    /// The sum, rounded to 34 digits.
    ///
    /// # Errors
    /// [`ArithmeticError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, ArithmeticError> {
        let (mut a, mut b) = (self.parts(), other.parts());
        let swapped = a.exponent < b.exponent;
        if swapped {
            std::mem::swap(&mut a, &mut b);
        }
        let gap = a.exponent.abs_diff(b.exponent);
        if a.coefficient == 0 {
            return Ok(if swapped { self } else { other });
        }
        // Room for the sum is left above: 10^37 + 10^34 is below 2^127.
        let scaled = if gap + digits(a.coefficient) <= 37 {
            a.coefficient * 10_u128.pow(gap)
        } else {
            return add_apart(a, b);
        };
        let left = signed(a.negative, scaled);
        let right = signed(b.negative, b.coefficient);
        let sum = left + right;
        round(sum < 0, sum.unsigned_abs(), b.exponent, false)
    }

    /// The difference, rounded to 34 digits.
    ///
    /// # Errors
    /// [`ArithmeticError::Overflow`].
    pub fn minus(self, other: Self) -> Result<Self, ArithmeticError> {
        self.plus(other.negated())
    }

    /// The product, rounded to 34 digits.
    ///
    /// # Errors
    /// [`ArithmeticError::Overflow`].
    pub fn times(self, other: Self) -> Result<Self, ArithmeticError> {
        let (a, b) = (self.parts(), other.parts());
        let negative = a.negative != b.negative;
        let exponent = a.exponent + b.exponent;
        if let Some(product) = a.coefficient.checked_mul(b.coefficient) {
            return round(negative, product, exponent, false);
        }
        let (coefficient, dropped, sticky) = multiply_wide(a.coefficient, b.coefficient);
        round(negative, coefficient, exponent.saturating_add_unsigned(dropped), sticky)
    }

    /// The quotient, rounded to 34 digits; no trailing zeros are added.
    ///
    /// # Errors
    /// [`ArithmeticError::DivisionByZero`] and [`ArithmeticError::Overflow`].
    pub fn divided_by(self, other: Self) -> Result<Self, ArithmeticError> {
        let (a, b) = (self.parts(), other.parts());
        if b.coefficient == 0 {
            return Err(ArithmeticError::DivisionByZero);
        }
        let negative = a.negative != b.negative;
        let mut exponent = a.exponent - b.exponent;
        let mut quotient = a.coefficient / b.coefficient;
        let mut rest = a.coefficient % b.coefficient;
        // As many digits a step as leave room in the remainder.
        let room = 38 - digits(b.coefficient);
        while rest != 0 && digits(quotient) <= DIGITS_MAX {
            let step = room.min(38 - digits(quotient)).max(1);
            rest *= 10_u128.pow(step);
            quotient = quotient * 10_u128.pow(step) + rest / b.coefficient;
            rest %= b.coefficient;
            exponent -= step.cast_signed();
        }
        let result = round(negative, quotient, exponent, rest != 0)?;
        Ok(if rest == 0 { result.normalized() } else { result })
    }

    /// The remainder of a division rounded down, as FEEL's `modulo`: its sign is the divisor's.
    ///
    /// # Errors
    /// [`ArithmeticError::DivisionByZero`] and [`ArithmeticError::Overflow`].
    pub fn modulo(self, divisor: Self) -> Result<Self, ArithmeticError> {
        let (a, b) = (self.parts(), divisor.parts());
        if b.coefficient == 0 {
            return Err(ArithmeticError::DivisionByZero);
        }
        let gap = a.exponent.abs_diff(b.exponent);
        let (rest, exponent) = if a.exponent >= b.exponent {
            (remainder_of_scaled(a.coefficient, gap, b.coefficient), b.exponent)
        } else if gap + digits(b.coefficient) <= 37 {
            (a.coefficient % (b.coefficient * 10_u128.pow(gap)), a.exponent)
        } else {
            // The divisor is larger than any dividend with this exponent.
            (a.coefficient, a.exponent)
        };
        let rest_signed = round(a.negative, rest, exponent, false)?;
        if rest != 0 && a.negative != b.negative {
            return rest_signed.plus(divisor);
        }
        Ok(rest_signed)
    }

    /// The number with exactly `scale` digits after the point (before it, where negative).
    ///
    /// # Errors
    /// [`ArithmeticError::Overflow`] where the scale is outside of -6111 to 6176 or the digits do
    /// not fit.
    pub fn rescaled(self, scale: i32, mode: Rounding) -> Result<Self, ArithmeticError> {
        let target = scale.saturating_neg();
        if !(EXPONENT_MIN..=EXPONENT_MAX).contains(&target) {
            return Err(ArithmeticError::Overflow);
        }
        let Parts { negative, coefficient, exponent } = self.parts();
        if exponent < target {
            let drop = exponent.abs_diff(target);
            let kept = super::cut(coefficient, drop, false, negative, mode);
            return round(negative, kept, target, false);
        }
        let pad = exponent.abs_diff(target);
        if coefficient == 0 {
            return Ok(Self::pack(false, 0, target));
        }
        if pad + digits(coefficient) > DIGITS_MAX {
            // More digits than fit: nothing would be rounded away, so the number is the answer.
            return Ok(self);
        }
        round(negative, coefficient * 10_u128.pow(pad), target, false)
    }

    /// The number rounded down to an integer.
    #[must_use]
    pub fn floor(self) -> Self {
        self.rescaled(0, Rounding::Floor).unwrap_or(self)
    }
}

/// The remainder of `coefficient * 10^power` by `divisor`, without computing the product.
fn remainder_of_scaled(coefficient: u128, power: u32, divisor: u128) -> u128 {
    let room = 38 - digits(divisor);
    let mut rest = coefficient % divisor;
    let mut left = power;
    while left > 0 && rest != 0 {
        let step = left.min(room);
        rest = rest * 10_u128.pow(step) % divisor;
        left -= step;
    }
    rest
}

fn signed(negative: bool, magnitude: u128) -> i128 {
    let magnitude = magnitude.cast_signed();
    if negative { -magnitude } else { magnitude }
}

/// Adds two non-zero-overlap numbers whose digits lie far apart; `a` has the larger exponent.
fn add_apart(a: Parts, b: Parts) -> Result<Decimal, ArithmeticError> {
    // `a` filled up to 37 digits leaves three below the 34 that count; of `b` only what reaches
    // into them matters, and whether something lies below.
    let pad = 37 - digits(a.coefficient);
    let exponent = a.exponent - pad.cast_signed();
    let left = a.coefficient * 10_u128.pow(pad);
    let drop = exponent.abs_diff(b.exponent);
    let unit = if drop > 38 { None } else { Some(10_u128.pow(drop)) };
    let (part, rest) =
        unit.map_or((0, b.coefficient), |unit| (b.coefficient / unit, b.coefficient % unit));
    let sticky = rest != 0;
    if a.negative == b.negative {
        return round(a.negative, left + part, exponent, sticky);
    }
    // Borrow one when something lies below, so that the sticky part points upwards again.
    round(a.negative, left - part - u128::from(sticky), exponent, sticky)
}

/// The product of two coefficients as its leading digits, the count of digits cut off below, and
/// whether one of those was not zero.
#[expect(clippy::cast_possible_truncation, reason = "splits into words")]
fn multiply_wide(a: u128, b: u128) -> (u128, u32, bool) {
    const HALF: u128 = 1 << 64;
    let (a1, a0, b1, b0) = (a / HALF, a % HALF, b / HALF, b % HALF);
    let low = a0 * b0;
    let middle = a1 * b0 + low / HALF;
    let middle2 = a0 * b1 + middle % HALF;
    let high = a1 * b1 + middle / HALF + middle2 / HALF;
    let mut limbs = [(high / HALF) as u64, high as u64, middle2 as u64, low as u64];
    let (mut dropped, mut sticky) = (0, false);
    while limbs[0] != 0 || limbs[1] != 0 {
        // Cut as few digits as are sure to be too many, so that at least 35 stay.
        let bits = 256 - (u32::from(limbs[0] == 0) * 64 + leading_zeros(&limbs));
        let surplus = (bits.saturating_sub(128) * 3 / 10).clamp(1, 19);
        let unit = 10_u128.pow(surplus);
        let mut rest: u128 = 0;
        for limb in &mut limbs {
            let chunk = rest << 64 | u128::from(*limb);
            *limb = (chunk / unit) as u64;
            rest = chunk % unit;
        }
        sticky |= rest != 0;
        dropped += surplus;
    }
    (u128::from(limbs[2]) << 64 | u128::from(limbs[3]), dropped, sticky)
}

fn leading_zeros(limbs: &[u64; 4]) -> u32 {
    if limbs[0] == 0 { limbs[1].leading_zeros() } else { limbs[0].leading_zeros() }
}
