//! Numbers of drawings as text: to two digits after the point, which no eye tells apart.
//!
//! Written without the formatting of floats, which is much code for a browser to load.

use std::fmt;

/// A place or length in a drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawn(pub f64);

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is out of range, or no number at all, ends at the edge of the range.
        #[expect(clippy::cast_possible_truncation, reason = "drawings are small")]
        let hundredths = (self.0 * 100.0).round() as i64;
        let sign = if hundredths < 0 { "-" } else { "" };
        let hundredths = hundredths.unsigned_abs();
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        match (rest / 10, rest % 10) {
            (0, 0) => write!(f, "{sign}{whole}"),
            (tenth, 0) => write!(f, "{sign}{whole}.{tenth}"),
            _ => write!(f, "{sign}{whole}.{rest:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Drawn;

    #[test]
    fn numbers_are_as_short_as_two_digits_after_the_point_allow() {
        let told = [
            (0.0, "0"),
            (-0.001, "0"),
            (7.0, "7"),
            (-12.5, "-12.5"),
            (0.05, "0.05"),
            (-0.255, "-0.26"),
            (99.999, "100"),
            (f64::NAN, "0"),
        ];
        for (number, words) in told {
            assert_eq!(Drawn(number).to_string(), words, "{number}");
        }
    }
}
