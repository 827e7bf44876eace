//! What time it is by the clock of a database, as far as its answers tell.
//!
//! Never asks it.

use std::time::Duration;

use tokio::time::Instant;

/// Time that is known as well as this stands, however sharp an answer is that allows for it.
const SHARP: Duration = Duration::from_millis(50);

/// The clock of the database, carried on by one that nobody sets.
#[derive(Debug, Clone, Copy)]
pub(super) struct DatabaseTime {
    ms: i64,
    at: Instant,
    /// How far off it may be.
    uncertain: Duration,
}

impl DatabaseTime {
    /// What it says at `at`, in milliseconds since 1970.
    pub(super) fn ms_at(self, at: Instant) -> i64 {
        let ahead = i64::try_from(at.saturating_duration_since(self.at).as_millis());
        let behind = i64::try_from(self.at.saturating_duration_since(at).as_millis());
        self.ms.saturating_add(ahead.unwrap_or(0)).saturating_sub(behind.unwrap_or(0))
    }

    /// What an answer says that was asked for at `asked` and came at `came`. As long as the answer
    /// allows for what was believed before, that stands, so that time does not tremble, unless the answer
    /// is much sharper.
    pub(super) fn measured(before: Option<Self>, ms: i64, asked: Instant, came: Instant) -> Self {
        let half = came.saturating_duration_since(asked) / 2;
        let at = asked + half;
        let uncertain_ms = i64::try_from(half.as_millis()).unwrap_or(i64::MAX).saturating_add(1);
        match before {
            Some(before)
                if before.uncertain <= half.max(SHARP)
                    && (before.ms_at(at) - ms).abs() <= uncertain_ms =>
            {
                before
            }
            Some(_) | None => Self { ms, at, uncertain: half },
        }
    }

    /// How far off it may be.
    pub(super) fn uncertain(self) -> Duration {
        self.uncertain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_the_database_is_kept_until_an_answer_contradicts_it() {
        let begun = Instant::now();
        let after = |ms: u64| begun + Duration::from_millis(ms);
        let first = DatabaseTime::measured(None, 1_000_000, begun, after(4));
        assert_eq!(first.ms_at(after(2)), 1_000_000);
        assert_eq!(first.ms_at(after(2_002)), 1_002_000);
        assert_eq!(first.ms_at(begun), 999_998);
        // Within what the way there and back leaves open, nothing changes.
        let same = DatabaseTime::measured(Some(first), 1_002_010, after(2_000), after(2_020));
        assert_eq!(same.ms_at(after(2_002)), 1_002_000);
        // The clock of the database was set.
        let set = DatabaseTime::measured(Some(first), 1_302_000, after(2_000), after(2_004));
        assert_eq!(set.ms_at(after(2_002)), 1_302_000);
    }

    #[test]
    fn a_sharp_answer_replaces_what_a_slow_one_left_open() {
        let begun = Instant::now();
        let after = |ms: u64| begun + Duration::from_millis(ms);
        // It was 1,000,000 when this was asked, and the answer took eight seconds to come.
        let slow = DatabaseTime::measured(None, 1_000_000, begun, after(8_000));
        assert_eq!(slow.uncertain(), Duration::from_millis(4_000));
        assert_eq!(slow.ms_at(after(8_000)), 1_004_000);
        let sharp = DatabaseTime::measured(Some(slow), 1_008_001, after(8_000), after(8_002));
        assert_eq!(sharp.ms_at(after(8_001)), 1_008_001);
        // Another one that took its time does not blur it.
        let same = DatabaseTime::measured(Some(sharp), 1_009_000, after(8_500), after(12_500));
        assert_eq!(same.ms_at(after(8_001)), 1_008_001);
        assert_eq!(same.uncertain(), Duration::from_millis(1));
    }

    #[test]
    fn a_sharp_answer_replaces_a_slow_one_that_it_does_not_contradict() {
        let begun = Instant::now();
        let after = |ms: u64| begun + Duration::from_millis(ms);
        let slow = DatabaseTime::measured(None, 1_000_000, begun, after(1_000));
        let sharp = DatabaseTime::measured(Some(slow), 1_000_600, after(1_000), after(1_400));
        assert_eq!(sharp.ms_at(after(1_200)), 1_000_600);
        assert_eq!(sharp.uncertain(), Duration::from_millis(200));
    }
}
