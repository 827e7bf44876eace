//! Unsigned fixed-point numbers of 64 bits before and 256 bits after the point, and the
//! logarithm and the exponential on them.
//!
//! The 77 digits after the point leave more than 40 to spare behind every result, so that a
//! result is rounded once. Never used for sums and products of decimals: those are exact.

mod logarithms;

use std::cmp::Ordering;

use self::logarithms::{LN_2, LN_10, LN_BY_STEP, LOG10_E};
use super::{ArithmeticError, Decimal, Parts, digits, round};

/// Words of a number, the least significant first; the last one is the integer part.
const WORDS: usize = 5;
/// Words of a number while it is scaled by powers of ten.
const WIDE: usize = 8;
/// Powers of e beyond this are larger than any decimal, or smaller.
const EXPONENT_MAX: u64 = 15_000;
/// The largest power of ten in a word.
const CHUNK: u32 = 19;

/// An unsigned fixed-point number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fixed([u64; WORDS]);

/// A fixed-point number with a sign.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed {
    pub(super) negative: bool,
    pub(super) magnitude: Fixed,
}

impl Fixed {
    const ZERO: Self = Self([0; WORDS]);
    pub(super) const ONE: Self = Self([0, 0, 0, 0, 1]);

    pub(super) fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// The digits before the point.
    pub(super) const fn whole(&self) -> u64 {
        self.0[WORDS - 1]
    }

    fn order(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }

    fn plus(&self, other: &Self) -> Self {
        let (mut sum, mut carry) = (*self, false);
        for (word, other) in sum.0.iter_mut().zip(other.0) {
            (*word, carry) = word.carrying_sum(other, carry);
        }
        sum
    }

    /// The difference; `other` is not larger.
    fn minus(&self, other: &Self) -> Self {
        let (mut difference, mut borrow) = (*self, false);
        for (word, other) in difference.0.iter_mut().zip(other.0) {
            (*word, borrow) = word.borrowing_difference(other, borrow);
        }
        difference
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        let mut product = [0; 2 * WORDS];
        for (at, a) in self.0.iter().enumerate() {
            let mut carry = 0;
            for (offset, b) in other.0.iter().enumerate() {
                let place = &mut product[at + offset];
                (*place, carry) = split(wide(*a) * wide(*b) + wide(*place) + wide(carry));
            }
            product[at + WORDS] = carry;
        }
        let mut kept = [0; WORDS];
        kept.copy_from_slice(&product[WORDS - 1..2 * WORDS - 1]);
        Self(kept)
    }

    pub(super) fn times_small(&self, factor: u64) -> Self {
        let mut words = self.0;
        scale_up(&mut words, factor);
        Self(words)
    }

    pub(super) fn divided_by_small(&self, divisor: u64) -> Self {
        let mut words = self.0;
        scale_down(&mut words, divisor);
        Self(words)
    }

    /// `coefficient * 10^exponent`, which is below 2^64.
    pub(super) fn of(coefficient: u128, exponent: i32) -> Self {
        let mut words = [0; WIDE];
        (words[WORDS], words[WORDS - 1]) = (split(coefficient).1, split(coefficient).0);
        scale_by_ten(&mut words, exponent);
        let mut kept = [0; WORDS];
        kept.copy_from_slice(&words[..WORDS]);
        Self(kept)
    }

    /// This number times `10^shift`, rounded to a decimal.
    pub(super) fn to_decimal(self, negative: bool, shift: i32) -> Result<Decimal, ArithmeticError> {
        if self.is_zero() {
            return Ok(Decimal::ZERO);
        }
        let mut words = [0; WIDE];
        words[..WORDS].copy_from_slice(&self.0);
        let leading = |words: &[u64; WIDE]| wide(words[WORDS]) << 64 | wide(words[WORDS - 1]);
        let mut exponent = shift;
        // As many digits before the point as fit 128 bits.
        while leading(&words) < 10_u128.pow(37) {
            scale_up(&mut words, 10);
            exponent -= 1;
        }
        round(negative, leading(&words), exponent, true)
    }
}

/// The natural logarithm of a number above zero.
pub(super) fn ln(parts: Parts) -> Signed {
    let tens = digits(parts.coefficient).cast_signed() - 1;
    let fraction = ln_from_one_to_ten(Fixed::of(parts.coefficient, -tens));
    let power = parts.exponent + tens;
    let whole = LN_10.times_small(power.unsigned_abs().into());
    if power >= 0 {
        return Signed { negative: false, magnitude: whole.plus(&fraction) };
    }
    Signed { negative: true, magnitude: whole.minus(&fraction) }
}

fn ln_from_one_to_ten(mut number: Fixed) -> Fixed {
    let mut sum = Fixed::ZERO;
    while number.whole() >= 2 {
        number = number.divided_by_small(2);
        sum = sum.plus(&LN_2);
    }
    for (bits, logarithms) in &LN_BY_STEP {
        let step = (number.0[WORDS - 2] >> (64 - bits)).min(8);
        if let Some(logarithm) = step.checked_sub(1).and_then(|at| logarithms.get(index(at))) {
            let unit = 1 << bits;
            number = number.times_small(unit).divided_by_small(unit + step);
            sum = sum.plus(logarithm);
        }
    }
    // ln(1 + y) = y - y^2/2 + y^3/3 - …
    let rest = number.minus(&Fixed::ONE);
    let (mut added, mut taken) = (sum, Fixed::ZERO);
    let (mut power, mut count) = (rest, 1);
    while !power.is_zero() {
        let term = power.divided_by_small(count);
        if count % 2 == 1 {
            added = added.plus(&term);
        } else {
            taken = taken.plus(&term);
        }
        power = power.times(&rest);
        count += 1;
    }
    added.minus(&taken)
}

/// e to the power of a number.
pub(super) fn exp(power: Signed) -> Result<Decimal, ArithmeticError> {
    if power.magnitude.whole() > EXPONENT_MAX {
        return if power.negative { Ok(Decimal::ZERO) } else { Err(ArithmeticError::Overflow) };
    }
    // e^x = 10^tens * e^rest, where the rest is between 0 and ln 10.
    let mut tens = power.magnitude.times(&LOG10_E).whole();
    let mut whole = LN_10.times_small(tens);
    let mut rest = if power.negative {
        while whole.order(&power.magnitude).is_lt() {
            tens += 1;
            whole = LN_10.times_small(tens);
        }
        whole.minus(&power.magnitude)
    } else {
        if whole.order(&power.magnitude).is_gt() {
            tens -= 1;
            whole = LN_10.times_small(tens);
        }
        power.magnitude.minus(&whole)
    };
    let mut doublings = 0_u32;
    while rest.order(&LN_2).is_ge() {
        rest = rest.minus(&LN_2);
        doublings += 1;
    }
    let mut factors = [(1, 1); LN_BY_STEP.len()];
    for ((bits, logarithms), factor) in LN_BY_STEP.iter().zip(&mut factors) {
        let fits = logarithms.iter().rposition(|logarithm| logarithm.order(&rest).is_le());
        if let Some(at) = fits {
            rest = rest.minus(&logarithms[at]);
            *factor = ((1 << bits) + at as u64 + 1, 1 << bits);
        }
    }
    let mut sum = series_of_exp(&rest);
    for (numerator, denominator) in factors {
        sum = sum.times_small(numerator).divided_by_small(denominator);
    }
    sum = sum.times_small(1 << doublings);
    let shift = i32::try_from(tens).map_err(|_| ArithmeticError::Overflow)?;
    sum.to_decimal(false, if power.negative { -shift } else { shift })
}

/// 1 + x + x^2/2! + …, for a small x.
fn series_of_exp(rest: &Fixed) -> Fixed {
    let mut sum = Fixed::ONE;
    let (mut term, mut count) = (*rest, 1);
    while !term.is_zero() {
        sum = sum.plus(&term);
        count += 1;
        term = term.times(rest).divided_by_small(count);
    }
    sum
}

impl Signed {
    /// This number times a decimal.
    ///
    /// # Errors
    /// [`ArithmeticError::Overflow`] where the product is far above what [`exp`] can take.
    pub(super) fn times(self, by: Parts) -> Result<Self, ArithmeticError> {
        let (low, high) = split(by.coefficient);
        let mut words = [0; WIDE];
        for (at, word) in self.magnitude.0.iter().enumerate() {
            let mut carry = 0;
            for (offset, factor) in [low, high].into_iter().enumerate() {
                let place = &mut words[at + offset];
                (*place, carry) = split(wide(*word) * wide(factor) + wide(*place) + wide(carry));
            }
            words[at + 2] = carry;
        }
        for _ in 0..by.exponent.max(0) {
            if words[WORDS..].iter().any(|word| *word != 0) {
                return Err(ArithmeticError::Overflow);
            }
            scale_up(&mut words, 10);
        }
        scale_by_ten(&mut words, by.exponent.min(0));
        if words[WORDS..].iter().any(|word| *word != 0) {
            return Err(ArithmeticError::Overflow);
        }
        let mut kept = [0; WORDS];
        kept.copy_from_slice(&words[..WORDS]);
        Ok(Self { negative: self.negative != by.negative, magnitude: Fixed(kept) })
    }
}

// --- words

fn wide(word: u64) -> u128 {
    word.into()
}

/// The lower and the upper word.
#[expect(clippy::cast_possible_truncation, reason = "splits into words")]
const fn split(number: u128) -> (u64, u64) {
    (number as u64, (number >> 64) as u64)
}

fn index(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

fn scale_up(words: &mut [u64], factor: u64) {
    let mut carry = 0;
    for word in words {
        (*word, carry) = split(wide(*word) * wide(factor) + wide(carry));
    }
}

fn scale_down(words: &mut [u64], divisor: u64) {
    let mut rest = 0;
    for word in words.iter_mut().rev() {
        let part = wide(rest) << 64 | wide(*word);
        *word = split(part / wide(divisor)).0;
        rest = split(part % wide(divisor)).0;
    }
}

fn scale_by_ten(words: &mut [u64], exponent: i32) {
    let mut left = exponent.unsigned_abs();
    while left > 0 {
        let step = left.min(CHUNK);
        let unit = 10_u64.pow(step);
        if exponent > 0 {
            scale_up(words, unit);
        } else {
            scale_down(words, unit);
        }
        left -= step;
    }
}

/// Addition and subtraction of words with a carry.
trait Carrying: Sized {
    fn carrying_sum(self, other: Self, carry: bool) -> (Self, bool);
    fn borrowing_difference(self, other: Self, borrow: bool) -> (Self, bool);
}

impl Carrying for u64 {
    fn carrying_sum(self, other: Self, carry: bool) -> (Self, bool) {
        let (sum, first) = self.overflowing_add(other);
        let (sum, second) = sum.overflowing_add(carry.into());
        (sum, first || second)
    }

    fn borrowing_difference(self, other: Self, borrow: bool) -> (Self, bool) {
        let (difference, first) = self.overflowing_sub(other);
        let (difference, second) = difference.overflowing_sub(borrow.into());
        (difference, first || second)
    }
}
