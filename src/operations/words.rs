//! Moments and spans in words for people, beside the words of the core.

pub(super) use spartito_core::value::words::{cut, readable_name, readable_value};

/// A time span in words, of the one or two largest units: “2 s”, “3 h 10 min”.
pub(super) fn span(ms: i64) -> String {
    let seconds = (ms.max(0) + 500) / 1_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let seconds = seconds % 60;
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) if seconds == 0 => format!("{minutes} min"),
        (0, 0, _) => format!("{minutes} min {seconds} s"),
        (0, _, 0) => format!("{hours} h"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        (1, ..) => format!("1 day {hours} h"),
        _ => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_name_the_largest_units() {
        assert_eq!(span(2_000), "2 s");
        assert_eq!(span(11_400_000), "3 h 10 min");
        assert_eq!(span(90_000), "1 min 30 s");
        assert_eq!(span(86_400_000 * 3), "3 days");
    }
}
