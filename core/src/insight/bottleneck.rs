//! Which step holds the work up: the facts behind "62% of open loan applications wait at Decide
//! (median 3 h 10 min)".
//!
//! Never puts them into words; that is for those who show them.

/// What is known about one step of a process.
#[derive(Debug, Clone, PartialEq)]
pub struct StepLoad {
    /// Name of the step as drawn, or its id where it has none.
    pub step: String,
    /// Instances that wait there now.
    pub waiting: u64,
    /// Median of how long they have waited, in milliseconds; `None` when none waits.
    pub waited_median_ms: Option<u64>,
    /// 90% have not waited longer than this, in milliseconds; `None` when none waits.
    pub waited_p90_ms: Option<u64>,
    /// Visits begun per day.
    pub arriving_per_day: f64,
    /// Visits finished per day.
    pub finished_per_day: f64,
}

/// The step that holds the work up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bottleneck {
    /// Name of the step.
    pub step: String,
    /// Instances that wait there now, at least 1.
    pub waiting: u64,
    /// Those as a part of all open instances, in percent, rounded; 1 to 100.
    pub share_percent: u8,
    /// Median of how long they have waited, in milliseconds.
    pub median_ms: u64,
    /// 90% have not waited longer than this, in milliseconds.
    pub p90_ms: u64,
    /// Whether more arrives there than is finished.
    pub is_growing: bool,
}

/// The step where most time is lost now: instances that wait, times how long they have waited
/// (the median). `None` when nothing waits. Of equals, the first.
pub fn bottleneck(steps: &[StepLoad], open_instances: u64) -> Option<Bottleneck> {
    let lost = |step: &StepLoad| {
        u128::from(step.waiting) * u128::from(step.waited_median_ms.unwrap_or(0)).max(1)
    };
    // The last of equals wins in `max_by_key`, so the order is turned around.
    let worst = steps.iter().rev().filter(|step| step.waiting > 0).max_by_key(|step| lost(step))?;
    let median_ms = worst.waited_median_ms.unwrap_or(0);
    Some(Bottleneck {
        step: worst.step.clone(),
        waiting: worst.waiting,
        share_percent: percent(worst.waiting, open_instances),
        median_ms,
        p90_ms: worst.waited_p90_ms.unwrap_or(median_ms),
        is_growing: worst.arriving_per_day > worst.finished_per_day,
    })
}

/// `part` of `whole` in percent, rounded, from 1 to 100.
fn percent(part: u64, whole: u64) -> u8 {
    let (part, whole) = (u128::from(part), u128::from(whole.max(part).max(1)));
    u8::try_from(((part * 200 + whole) / (whole * 2)).clamp(1, 100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: u64 = 3_600_000;

    fn load(step: &str, waiting: u64, median_ms: u64) -> StepLoad {
        StepLoad {
            step: step.to_owned(),
            waiting,
            waited_median_ms: (waiting > 0).then_some(median_ms),
            waited_p90_ms: (waiting > 0).then_some(median_ms * 2),
            arriving_per_day: 10.0,
            finished_per_day: 8.0,
        }
    }

    #[test]
    fn the_step_where_most_time_is_lost_is_the_bottleneck() {
        let steps = [
            load("Verify identity", 30, HOUR_MS / 10),
            load("Decide", 62, 3 * HOUR_MS),
            load("Pay out", 1, 20 * HOUR_MS),
        ];
        let found = bottleneck(&steps, 100).unwrap();
        assert_eq!((found.step.as_str(), found.share_percent), ("Decide", 62));
        assert_eq!((found.median_ms, found.p90_ms), (3 * HOUR_MS, 6 * HOUR_MS));
        assert!(found.is_growing);
    }

    #[test]
    fn nothing_waits_nowhere() {
        assert_eq!(bottleneck(&[], 0), None);
        assert_eq!(bottleneck(&[load("Decide", 0, 0)], 3), None);
    }

    #[test]
    fn a_share_is_rounded_but_never_nothing() {
        assert_eq!(percent(1, 1_000), 1);
        assert_eq!(percent(5, 8), 63);
        assert_eq!(percent(9, 8), 100, "counts taken at different moments");
    }
}
