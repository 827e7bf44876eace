//! Decimals as text: `12.50`, `-3`, `1E+100`.

use std::fmt;
use std::str::FromStr;

use super::{ArithmeticError, COEFFICIENT_END, Decimal, Parts, digits, round};

/// Integers with more digits than this are written with an exponent.
const PLAIN_DIGITS_MAX: i32 = 40;
/// Fractions with more leading zeros than this are written with an exponent.
const PLAIN_ZEROS_MAX: i32 = 40;
/// The largest exponent read; what is beyond is zero or too large anyway.
const EXPONENT_READ_MAX: i32 = 1_000_000;

/// Why a text is not a decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseDecimalError {
    /// The text is not a number.
    #[error("not a number")]
    Malformed,
    /// The number is larger than 9.99…e6144.
    #[error("the number is too large")]
    TooLarge,
}

impl From<ArithmeticError> for ParseDecimalError {
    fn from(_: ArithmeticError) -> Self {
        Self::TooLarge
    }
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    /// Reads `[+-] digits [. digits] [e [+-] digits]`, also `.5` and `5.`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, power) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], read_power(&rest[at + 1..])?),
            None => (rest, 0),
        };
        let (mut coefficient, mut exponent, mut sticky) = (0_u128, power, false);
        let (mut seen_digit, mut seen_point) = (false, false);
        for byte in mantissa.bytes() {
            match byte {
                b'0'..=b'9' => {
                    seen_digit = true;
                    if coefficient < COEFFICIENT_END {
                        coefficient = coefficient * 10 + u128::from(byte - b'0');
                        exponent -= i32::from(seen_point);
                    } else {
                        sticky |= byte != b'0';
                        exponent = exponent.saturating_add(i32::from(!seen_point));
                    }
                }
                b'.' if !seen_point => seen_point = true,
                _ => return Err(ParseDecimalError::Malformed),
            }
        }
        if !seen_digit {
            return Err(ParseDecimalError::Malformed);
        }
        Ok(round(negative, coefficient, exponent, sticky)?)
    }
}

fn read_power(text: &str) -> Result<i32, ParseDecimalError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ParseDecimalError::Malformed);
    }
    let magnitude = digits.parse().unwrap_or(EXPONENT_READ_MAX).min(EXPONENT_READ_MAX);
    Ok(if text.starts_with('-') { -magnitude } else { magnitude })
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { negative, coefficient, exponent } = self.parts();
        let sign = if negative { "-" } else { "" };
        let count = digits(coefficient).cast_signed();
        if exponent == 0 {
            return write!(f, "{sign}{coefficient}");
        }
        if exponent > 0 && (coefficient == 0 || count + exponent <= PLAIN_DIGITS_MAX) {
            let zeros = if coefficient == 0 { 0 } else { usize::try_from(exponent).unwrap_or(0) };
            return write!(f, "{sign}{coefficient}{:0<zeros$}", "");
        }
        let text = coefficient.to_string();
        if exponent < 0 && -exponent < count {
            let (whole, fraction) = text.split_at(text.len() - exponent.unsigned_abs() as usize);
            return write!(f, "{sign}{whole}.{fraction}");
        }
        if exponent < 0 && -exponent - count <= PLAIN_ZEROS_MAX {
            let zeros = usize::try_from(-exponent - count).unwrap_or(0);
            return write!(f, "{sign}0.{:0<zeros$}{text}", "");
        }
        if coefficient == 0 {
            return f.write_str("0");
        }
        let power = exponent + count - 1;
        let (first, rest) = text.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        write!(f, "{sign}{first}{point}{rest}E{power:+}")
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
