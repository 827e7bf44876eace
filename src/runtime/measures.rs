//! Counts what this server does, for those who watch it.
//!
//! Never locks and never allocates where something is counted: numbers are added, no more. Of two
//! numbers that belong together a reader may see one before the other.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use super::{SubmitError, TurnDone};

/// Upper bounds of the buckets of batch sizes, in requests.
const BATCH_REQUESTS: &[u64] = &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
/// Upper bounds of the buckets of commit times, in microseconds.
const COMMIT_MICROSECONDS: &[u64] = &[
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 10_000_000,
];

/// What the runtime of this server has done since its start.
#[derive(Debug)]
pub struct Measures {
    turns: [AtomicU64; TurnOutcome::ALL.len()],
    /// Requests of each batch that was committed.
    pub batch_requests: Histogram,
    /// Time in which each batch was written and committed.
    pub commit: Histogram,
    /// Batches that were not committed, or of which that is not known.
    pub commits_failed: Counter,
    /// Whether the last batch was one of those.
    last_failed: AtomicBool,
}

impl Default for Measures {
    fn default() -> Self {
        Self {
            turns: Default::default(),
            batch_requests: Histogram::of_numbers(BATCH_REQUESTS),
            commit: Histogram::of_microseconds(COMMIT_MICROSECONDS),
            commits_failed: Counter::default(),
            last_failed: AtomicBool::default(),
        }
    }
}

impl Measures {
    /// Counts what a request was answered.
    pub(super) fn answered(&self, answer: &Result<TurnDone, SubmitError>) {
        self.turns[TurnOutcome::of(answer) as usize].fetch_add(1, Relaxed);
    }

    /// Counts a batch of so many requests that was written and committed in this time.
    pub(super) fn committed(&self, took: Duration, requests: usize) {
        self.commit.add_time(took);
        self.batch_requests.add(requests as u64);
        self.last_failed.store(false, Relaxed);
    }

    /// Counts a batch that was not committed, or of which that is not known.
    pub(super) fn commit_failed(&self) {
        self.commits_failed.count();
        self.last_failed.store(true, Relaxed);
    }

    /// Whether the last batch was not committed, as far as is known.
    pub fn has_commit_failed(&self) -> bool {
        self.last_failed.load(Relaxed)
    }

    /// Requests with each outcome.
    pub fn turns(&self) -> impl Iterator<Item = (TurnOutcome, u64)> {
        TurnOutcome::ALL
            .into_iter()
            .map(move |outcome| (outcome, self.turns[outcome as usize].load(Relaxed)))
    }
}

/// What came of a request to an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnOutcome {
    /// It was carried out.
    Done,
    /// It is the repeat of one that was carried out.
    Repeated,
    /// It does not fit the instance.
    Rejected,
    /// Too many others waited.
    Overloaded,
    /// The server was being stopped.
    Stopping,
    /// The database did not take it.
    Failed,
    /// A bug of ours stopped it.
    Bug,
}

impl TurnOutcome {
    const ALL: [Self; 7] = [
        Self::Done,
        Self::Repeated,
        Self::Rejected,
        Self::Overloaded,
        Self::Stopping,
        Self::Failed,
        Self::Bug,
    ];

    pub(super) fn of(answer: &Result<TurnDone, SubmitError>) -> Self {
        match answer {
            Ok(turn) if turn.repeated => Self::Repeated,
            Ok(_) => Self::Done,
            Err(
                SubmitError::Rejected(_) | SubmitError::UnknownInstance | SubmitError::LeaseLost,
            ) => Self::Rejected,
            Err(SubmitError::Overloaded) => Self::Overloaded,
            Err(SubmitError::ShuttingDown) => Self::Stopping,
            Err(SubmitError::Store(_) | SubmitError::Unknown(_)) => Self::Failed,
            Err(SubmitError::Internal(_)) => Self::Bug,
        }
    }

    /// One word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Repeated => "repeated",
            Self::Rejected => "rejected",
            Self::Overloaded => "overloaded",
            Self::Stopping => "stopping",
            Self::Failed => "failed",
            Self::Bug => "bug",
        }
    }
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn count(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// How often that was done.
    pub fn value(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// How often values fell between the bounds of buckets, and their sum.
#[derive(Debug)]
pub struct Histogram {
    /// Upper bounds, ascending; a bound belongs to its bucket.
    bounds: &'static [u64],
    /// How much one is of what is shown.
    unit: f64,
    /// One more than there are bounds: the last one holds what is above all of them.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

impl Histogram {
    /// One of numbers that are shown as they are.
    pub fn of_numbers(bounds: &'static [u64]) -> Self {
        Self::new(bounds, 1.0)
    }

    /// One of times: `bounds` are microseconds, shown are seconds.
    pub fn of_microseconds(bounds: &'static [u64]) -> Self {
        Self::new(bounds, 1e-6)
    }

    fn new(bounds: &'static [u64], unit: f64) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, unit, counts, sum: AtomicU64::new(0) }
    }

    /// Counts a number.
    pub fn add(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(1, Relaxed);
        self.sum.fetch_add(value, Relaxed);
    }

    /// Counts a time.
    pub fn add_time(&self, time: Duration) {
        self.add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// The upper bound of each bucket, the last one infinite, and how many values are in it alone.
    #[expect(clippy::cast_precision_loss, reason = "bounds are small")]
    pub fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = self.bounds.iter().map(|bound| *bound as f64 * self.unit);
        bounds
            .chain([f64::INFINITY])
            .zip(self.counts.iter().map(|count| count.load(Relaxed)))
            .collect()
    }

    /// The sum of all values.
    #[expect(clippy::cast_precision_loss, reason = "a sum to look at")]
    pub fn sum(&self) -> f64 {
        self.sum.load(Relaxed) as f64 * self.unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_falls_into_the_first_bucket_whose_bound_it_does_not_exceed() {
        let histogram = Histogram::of_numbers(&[1, 4]);
        for value in [0, 1, 2, 4, 5, 900] {
            histogram.add(value);
        }
        assert_eq!(histogram.buckets(), [(1.0, 2), (4.0, 2), (f64::INFINITY, 2)]);
        assert!((histogram.sum() - 912.0).abs() < 1e-9);
    }

    #[test]
    fn times_are_shown_in_seconds() {
        let histogram = Histogram::of_microseconds(&[1_000, 2_500_000]);
        histogram.add_time(Duration::from_millis(2_500));
        let buckets = histogram.buckets();
        assert_eq!((buckets[1].1, buckets[2].1), (1, 0));
        assert!((buckets[1].0 - 2.5).abs() < 1e-9 && (histogram.sum() - 2.5).abs() < 1e-9);
    }
}
