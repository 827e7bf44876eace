//! A quantile sketch of durations: counts in buckets whose bounds grow by a fixed ratio.
//!
//! A quantile read from it is within 1% of a true one ([`RELATIVE_ERROR`]), apart from rounding to
//! whole milliseconds. Sketches merge by adding the counts of equal buckets, so a database can
//! keep one row per bucket and day and sum them on read. The method is that of "`DDSketch`: a fast
//! and fully-mergeable quantile sketch with relative-error guarantees" (Masson, Rim, Lee; 2019).
//!
//! Never keeps a single duration; which rows to sum is the caller's business.

/// Bound on the distance of a quantile from the true one, as a part of the true one.
pub const RELATIVE_ERROR: f64 = 0.01;

/// Ratio of the bounds of a bucket.
const GAMMA: f64 = (1.0 + RELATIVE_ERROR) / (1.0 - RELATIVE_ERROR);

/// The bucket of 0 ms, below all others.
const BUCKET_OF_ZERO: i32 = -1;

/// The bucket that counts durations of `ms` milliseconds; from -1 to about 2,220.
pub fn bucket(ms: u64) -> i32 {
    if ms == 0 {
        return BUCKET_OF_ZERO;
    }
    #[expect(clippy::cast_precision_loss, reason = "far below the error of the sketch")]
    let exact = (ms as f64).ln() / GAMMA.ln();
    #[expect(clippy::cast_possible_truncation, reason = "the logarithm of a u64 is below 2,300")]
    let bucket = exact.ceil() as i32;
    bucket
}

/// The duration in milliseconds that stands for all durations of `bucket`.
pub fn value(bucket: i32) -> u64 {
    if bucket <= BUCKET_OF_ZERO {
        return 0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive; the conversion saturates at the greatest u64"
    )]
    let ms = (2.0 * GAMMA.powi(bucket) / (GAMMA + 1.0)).round() as u64;
    ms
}

/// The duration in milliseconds that a part `q` (0 to 1) of the counted durations does not exceed,
/// by the nearest rank; `None` when nothing was counted. `buckets` are buckets and their counts in
/// any order; equal buckets add up.
pub fn quantile(buckets: &[(i32, u64)], q: f64) -> Option<u64> {
    let total: u64 = buckets.iter().map(|(_, count)| count).sum();
    if total == 0 {
        return None;
    }
    let rank = nearest_rank(total, q);
    let mut sorted = buckets.to_vec();
    sorted.sort_unstable();
    let mut counted = 0;
    sorted
        .iter()
        .find(|(_, count)| {
            counted += count;
            counted >= rank
        })
        .map(|(bucket, _)| value(*bucket))
}

/// The rank, from 1, of the quantile `q` among `total` things.
fn nearest_rank(total: u64, q: f64) -> u64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are far below 2^52, and the product is between 0 and the count"
    )]
    let rank = (total as f64 * q.clamp(0.0, 1.0)).ceil() as u64;
    rank.clamp(1, total)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::{prop_assert, proptest};

    use super::*;

    #[test]
    fn nothing_counted_has_no_quantile() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[(7, 0)], 0.5), None);
    }

    #[test]
    fn the_bounds_of_the_range_have_buckets() {
        assert_eq!(value(bucket(0)), 0);
        assert_eq!(value(bucket(1)), 1);
        assert!(bucket(u64::MAX) < 2_300);
        assert!(bucket(0) < bucket(1));
    }

    #[test]
    fn sketches_merge_by_addition() {
        let (left, right) = ([(bucket(100), 3)], [(bucket(100), 2), (bucket(9_000), 5)]);
        let merged = [left.as_slice(), right.as_slice()].concat();
        assert_eq!(quantile(&merged, 0.5), Some(value(bucket(100))));
        assert_eq!(quantile(&merged, 0.51), Some(value(bucket(9_000))));
    }

    #[expect(clippy::cast_precision_loss, reason = "durations are far below 2^52")]
    fn float(number: u64) -> f64 {
        number as f64
    }

    proptest! {
        #[test]
        fn a_quantile_is_within_one_percent(
            mut durations in vec(0_u64..100_000_000_000, 1..400),
            q in 0.0_f64..=1.0,
        ) {
            let buckets: Vec<_> = durations.iter().map(|ms| (bucket(*ms), 1)).collect();
            durations.sort_unstable();
            let rank = nearest_rank(durations.len() as u64, q);
            let truth = float(durations[usize::try_from(rank).unwrap() - 1]);
            let given = float(quantile(&buckets, q).unwrap());
            let allowed = truth * RELATIVE_ERROR * (1.0 + 1e-9) + 0.5;
            prop_assert!((given - truth).abs() <= allowed, "{given} for {truth}");
        }
    }
}
