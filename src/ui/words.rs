//! Numbers, durations and counts in words: “24,000”, “3 h 10 min”, “due in 2 h”, “3 instances”.
//!
//! Never reads a clock: what “now” is comes with the data, so that server and browser write the same.

use spartito_core::time::Timestamp;
pub use spartito_core::value::words::{
    readable_day as day, readable_day_of_year as day_short, readable_moment as moment,
};

const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// A count with thousands separated, such as “24,000”.
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun, such as “1 incident” or “3 incidents”.
pub fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{} {}", number(count), plural(noun)) }
}

/// The plural of a noun, such as “processes” or “loan applications”.
pub fn plural(noun: &str) -> String {
    let before_y = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    if let Some(stem) = before_y {
        return format!("{stem}ies");
    }
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|ending| noun.ends_with(ending));
    format!("{noun}{}", if hisses { "es" } else { "s" })
}

/// The name of a process as a noun inside of a sentence: “Loan application” is “loan application”,
/// “SEPA mandate” stays as it is.
pub fn inside_sentence(name: &str) -> String {
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(name.chars().skip(1)).collect()
        }
        _ => name.to_owned(),
    }
}

/// A duration in its two greatest units, such as “3 h 10 min”, “45 s” or “2 d 4 h”.
pub fn duration(ms: u64) -> String {
    match ms {
        0..SECOND_MS => format!("{ms} ms"),
        SECOND_MS..MINUTE_MS => format!("{} s", ms / SECOND_MS),
        MINUTE_MS..HOUR_MS if ms < 10 * MINUTE_MS => {
            two(ms / MINUTE_MS, "min", ms % MINUTE_MS / SECOND_MS, "s")
        }
        MINUTE_MS..HOUR_MS => format!("{} min", ms / MINUTE_MS),
        HOUR_MS..DAY_MS => two(ms / HOUR_MS, "h", ms % HOUR_MS / MINUTE_MS, "min"),
        _ => two(ms / DAY_MS, "d", ms % DAY_MS / HOUR_MS, "h"),
    }
}

/// A duration in its greatest unit, such as “3 h”; for places where a glance has to do.
pub fn duration_short(ms: u64) -> String {
    match ms {
        0..SECOND_MS => format!("{ms} ms"),
        SECOND_MS..MINUTE_MS => format!("{} s", ms / SECOND_MS),
        MINUTE_MS..HOUR_MS => format!("{} min", ms / MINUTE_MS),
        HOUR_MS..DAY_MS => format!("{} h", ms / HOUR_MS),
        _ => format!("{} d", ms / DAY_MS),
    }
}

/// How long ago a moment was, such as “2 min ago”; “just now” within five seconds.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    match between(at, now) {
        0..5_000 => "just now".to_owned(),
        ms => format!("{} ago", duration_short(ms)),
    }
}

/// When something is due, such as “due in 2 h”, “due now” or “overdue 1 d”.
pub fn due(due: Timestamp, now: Timestamp) -> String {
    if due < now {
        return match between(due, now) {
            0..MINUTE_MS => "due now".to_owned(),
            ms => format!("overdue {}", duration_short(ms)),
        };
    }
    match between(now, due) {
        0..MINUTE_MS => "due now".to_owned(),
        ms => format!("due in {}", duration_short(ms)),
    }
}

/// A day in UTC as it stands in an address, such as “2026-11-23”.
pub fn day_iso(at: Timestamp) -> String {
    let (year, month, day) = at.date_utc();
    format!("{year:04}-{month:02}-{day:02}")
}

/// A time of day in UTC, such as “09:14”.
pub fn clock(at: Timestamp) -> String {
    let minutes = at.millis_of_day_utc() / 60_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Milliseconds from `start` to `end`; 0 where `end` is earlier.
pub fn between(start: Timestamp, end: Timestamp) -> u64 {
    u64::try_from(end.millis_since(start)).unwrap_or(0)
}

fn two(great: u64, great_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{great} {great_unit}")
    } else {
        format!("{great} {great_unit} {small} {small_unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::{
        ago, counted, day_iso, due, duration, duration_short, inside_sentence, moment, number,
        plural,
    };
    use spartito_core::time::Timestamp;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms).expect("in range")
    }

    #[test]
    fn counts_are_separated_by_thousands_and_agree_with_their_noun() {
        assert_eq!(
            [0, 999, 1_000, 24_000, 1_234_567].map(number).join(" "),
            "0 999 1,000 24,000 1,234,567"
        );
        assert_eq!(counted(1, "incident"), "1 incident");
        assert_eq!(counted(0, "incident"), "0 incidents");
        assert_eq!(counted(2_000, "process"), "2,000 processes");
        assert_eq!(counted(1, "process"), "1 process");
    }

    #[test]
    fn names_are_written_small_inside_of_a_sentence_unless_they_are_initials() {
        assert_eq!(inside_sentence("Loan application"), "loan application");
        assert_eq!(inside_sentence("SEPA mandate"), "SEPA mandate");
        assert_eq!(inside_sentence(""), "");
        assert_eq!(
            ["inquiry", "survey", "batch"].map(plural).join(" "),
            "inquiries surveys batches"
        );
    }

    #[test]
    fn durations_name_their_two_greatest_units() {
        let minutes = 60_000;
        assert_eq!(duration(400), "400 ms");
        assert_eq!(duration(45_000), "45 s");
        assert_eq!(duration(90_000), "1 min 30 s");
        assert_eq!(duration(12 * minutes + 5_000), "12 min");
        assert_eq!(duration(190 * minutes), "3 h 10 min");
        assert_eq!(duration(180 * minutes), "3 h");
        assert_eq!(duration(52 * 60 * minutes), "2 d 4 h");
        assert_eq!(duration_short(190 * minutes), "3 h");
    }

    #[test]
    fn moments_are_told_from_now() {
        let now = at(1_763_889_240_000);
        let hour = 3_600_000;
        assert_eq!(ago(at(now.as_millis() - 2 * hour), now), "2 h ago");
        assert_eq!(ago(at(now.as_millis() + 900), now), "just now");
        assert_eq!(due(at(now.as_millis() + 2 * hour), now), "due in 2 h");
        assert_eq!(due(at(now.as_millis() - 30 * hour), now), "overdue 1 d");
        assert_eq!(due(now, now), "due now");
        assert_eq!(moment(now), "23 Nov 2025, 09:14 UTC");
        assert_eq!(day_iso(now), "2025-11-23");
    }
}
