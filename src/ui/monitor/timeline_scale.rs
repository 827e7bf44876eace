//! The time axis of an instance: long waits are folded, so that short steps can be seen.
//!
//! A fold is always marked and labeled with how long it is; nothing else bends the scale.

use spartito_core::time::Timestamp;

use crate::ui::words::between;
use crate::wire::TimelineEntry;

/// Width of a folded stretch, measured by the longest that is not: so it still looks the longer one.
const FOLD_LENGTH: f64 = 1.4;

/// A stretch is folded when it is longer than this many times all others that are not.
const FOLD_FACTOR: u64 = 3;

/// At most so many stretches are folded.
const FOLDS_MAX: usize = 4;

/// Width that a stretch keeps however short it is, in percent.
const STRETCH_WIDTH_MIN: f64 = 1.2;

/// A stretch of time in which nothing began or ended, drawn shorter than it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fold {
    /// Its middle on the axis, in percent.
    pub middle: f64,
    /// How long it is.
    pub ms: u64,
}

/// Where each moment stands on the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    stops: Vec<(Timestamp, f64)>,
    /// Stretches that are drawn shorter than they are.
    pub folds: Vec<Fold>,
}

impl Scale {
    /// The scale of a timeline that goes on until `now` where something is still active.
    pub fn of(timeline: &[TimelineEntry], now: Timestamp) -> Self {
        let mut moments: Vec<_> = timeline
            .iter()
            .flat_map(|entry| [entry.began_at, entry.ended_at.unwrap_or(now).max(entry.began_at)])
            .collect();
        moments.sort_unstable();
        moments.dedup();
        let stretches: Vec<u64> =
            moments.windows(2).map(|pair| between(pair[0], pair[1])).collect();
        let folded = folded(&stretches);
        let widths = widths(&stretches, &folded);

        let mut at = 0.0;
        let mut folds = Vec::new();
        let mut stops: Vec<_> = moments.first().map(|first| (*first, 0.0)).into_iter().collect();
        for (index, width) in widths.iter().enumerate() {
            if folded[index] {
                folds.push(Fold { middle: at + width / 2.0, ms: stretches[index] });
            }
            at += width;
            stops.push((moments[index + 1], at));
        }
        Self { stops, folds }
    }

    /// Where a moment of the timeline stands, in percent.
    pub fn place(&self, at: Timestamp) -> f64 {
        let index = self.stops.partition_point(|(stop, _)| *stop <= at);
        index
            .checked_sub(1)
            .and_then(|index| self.stops.get(index))
            .map_or(0.0, |(_, place)| *place)
    }
}

/// Which stretches are so long that the others would vanish beside them.
fn folded(stretches: &[u64]) -> Vec<bool> {
    let mut folded = vec![false; stretches.len()];
    for _ in 0..FOLDS_MAX {
        let open = || stretches.iter().enumerate().filter(|(index, _)| !folded[*index]);
        let Some((longest, ms)) = open().max_by_key(|(_, ms)| **ms) else { break };
        let others: u64 = open().map(|(_, ms)| *ms).sum::<u64>() - ms;
        if others == 0 || *ms <= others.saturating_mul(FOLD_FACTOR) {
            break;
        }
        folded[longest] = true;
    }
    folded
}

/// Widths in percent that fill the axis.
fn widths(stretches: &[u64], folded: &[bool]) -> Vec<f64> {
    let open = stretches.iter().zip(folded).filter(|(_, folded)| !**folded).map(|(ms, _)| *ms);
    let of_fold = as_float(open.max().unwrap_or(0)) * FOLD_LENGTH;
    let lengths: Vec<f64> = stretches
        .iter()
        .zip(folded)
        .map(|(ms, folded)| if *folded { of_fold } else { as_float(*ms) })
        .collect();
    let whole: f64 = lengths.iter().sum();
    let raw: Vec<f64> =
        lengths.iter().map(|length| (length / whole * 100.0).max(STRETCH_WIDTH_MIN)).collect();
    let all: f64 = raw.iter().sum();
    raw.into_iter().map(|width| width / all * 100.0).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a drawing is less exact than a millisecond")]
fn as_float(ms: u64) -> f64 {
    ms as f64
}

#[cfg(test)]
mod tests {
    use super::{Scale, folded};
    use crate::wire::{TimelineEntry, TimelineState};
    use spartito_core::time::Timestamp;

    const HOUR_MS: i64 = 3_600_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms).expect("a moment of our time")
    }

    fn visit(began: i64, ended: Option<i64>) -> TimelineEntry {
        TimelineEntry {
            element: 1,
            node: "decide".into(),
            title: "Decide".into(),
            kind: "userTask".into(),
            began_at: at(began),
            ended_at: ended.map(at),
            state: TimelineState::Completed,
            waiting: None,
            until: None,
            outside: None,
            person: None,
            incident: false,
        }
    }

    #[test]
    fn a_night_between_two_steps_is_folded_and_says_how_long_it_was() {
        let night = 20 * HOUR_MS;
        let timeline = [
            visit(0, Some(HOUR_MS)),
            visit(HOUR_MS, Some(HOUR_MS + night)),
            visit(HOUR_MS + night, None),
        ];
        let scale = Scale::of(&timeline, at(2 * HOUR_MS + night));
        assert_eq!(scale.folds.len(), 1);
        assert_eq!(scale.folds[0].ms, 72_000_000);
        assert!((scale.place(at(0)) - 0.0).abs() < 0.01);
        // One hour, the fold as long as 1.4 hours, one hour.
        assert!((scale.place(at(HOUR_MS)) - 100.0 / 3.4).abs() < 0.01);
        assert!((scale.place(at(2 * HOUR_MS + night)) - 100.0).abs() < 0.01);
    }

    #[test]
    fn what_takes_alike_is_drawn_to_scale() {
        assert_eq!(folded(&[10, 20, 30]), [false; 3]);
        assert_eq!(folded(&[5_000]), [false], "a single stretch is all there is");
        let scale = Scale::of(&[visit(0, Some(HOUR_MS)), visit(HOUR_MS, Some(4 * HOUR_MS))], at(0));
        assert!((scale.place(at(HOUR_MS)) - 25.0).abs() < 0.01);
    }

    #[test]
    fn a_step_of_no_length_keeps_its_place() {
        let scale = Scale::of(&[visit(5, Some(5))], at(9));
        assert!(scale.place(at(5)).abs() < f64::EPSILON);
        assert!(Scale::of(&[], at(9)).folds.is_empty());
    }
}
