//! The line of jobs that are leased and wait in memory for their places: of each type the most urgent
//! first, and of these the one that was taken first. Each is in it once.
//!
//! Never begins anything, and never decides how long the line may be (`places` does).

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use spartito_core::ids::JobKey;
use spartito_core::time::Timestamp;

use super::LEASE_LEFT_MS_MIN;
use super::order::Order;
use super::places::{Kind, Place, Room};
use crate::store::Unused;

/// How long a job waits in the line, at most, in milliseconds: what was leased ahead is begun within
/// two seconds or so at the pace that was measured, so the system outside has become slow. Another
/// server may be quicker.
const LINE_TIME_MAX_MS: i64 = 5_000;
/// What has waited for longer, in milliseconds, is read again before it is begun, with its lease: its
/// instance may have been paused, ended or changed meanwhile.
const READ_AGAIN_AFTER_MS: i64 = 100;

/// A job that was leased.
pub(super) struct Leasehold {
    pub(super) key: JobKey,
    /// The number of the lease; `None` where a batch of this server has written it.
    pub(super) lease: Option<u32>,
    pub(super) until: Timestamp,
    pub(super) priority: i32,
    /// What is needed to do it; `None` where that was not read yet.
    pub(super) order: Option<Order>,
    /// Whether it has waited in the line for so long that its lease may have been taken back.
    pub(super) has_waited: bool,
    pub(super) room: Room,
}

impl Leasehold {
    /// Its lease, to be given back where nobody makes use of it.
    pub(super) fn held(&self) -> Unused {
        Unused { key: self.key, lease: self.lease, until: self.until }
    }

    /// Whether the lease lasts long enough to begin with.
    pub(super) fn lasts(&self, now: Timestamp) -> bool {
        self.until.millis_since(now) >= LEASE_LEFT_MS_MIN
    }
}

/// The place in the order of a type: by priority, then by the number in which it has joined.
type Rank = (Reverse<i32>, u64);

struct Waiting {
    job: Leasehold,
    since: Timestamp,
}

/// The line of one type.
struct Queue {
    kind: Arc<Kind>,
    waiting: BTreeMap<Rank, Waiting>,
    ranks: HashMap<JobKey, Rank>,
    /// Those who wait, the oldest first, with their priorities.
    ages: BTreeMap<u64, Reverse<i32>>,
}

/// What waits on this server.
#[derive(Default)]
pub(super) struct Line {
    by_type: BTreeMap<String, Queue>,
    /// How many have joined.
    joined: u64,
}

impl Line {
    /// Takes a job in. Where it is there already under an earlier lease, that one is no more.
    pub(super) fn join(&mut self, job: Leasehold, now: Timestamp) {
        self.joined += 1;
        let rank = (Reverse(job.priority), self.joined);
        let kind = job.room.kind();
        if !self.by_type.contains_key(kind.job_type()) {
            let queue = Queue::of(Arc::clone(kind));
            self.by_type.insert(kind.job_type().to_owned(), queue);
        }
        let queue = self.by_type.get_mut(job.room.kind().job_type()).expect("it was put there");
        if let Some(former) = queue.ranks.insert(job.key, rank) {
            queue.ages.remove(&former.1);
            queue.waiting.remove(&former);
        }
        queue.ages.insert(rank.1, rank.0);
        queue.waiting.insert(rank, Waiting { job, since: now });
    }

    /// The next job for which there is a place. Where there is none, word is given as soon as there is.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<(Leasehold, Place)> {
        self.by_type.values_mut().find_map(|queue| queue.next(now))
    }

    /// Takes out what has waited for too long.
    pub(super) fn take_late(&mut self, now: Timestamp) -> Vec<Leasehold> {
        let mut late = Vec::new();
        for queue in self.by_type.values_mut() {
            let before = late.len();
            while queue.late_at().is_some_and(|at| at <= now) {
                late.extend(queue.take_oldest());
            }
            if late.len() > before {
                queue.kind.note_stuck();
            }
        }
        late
    }

    /// When the next job has waited for too long.
    pub(super) fn late_at(&self) -> Option<Timestamp> {
        self.by_type.values().filter_map(Queue::late_at).min()
    }

    /// Takes out all.
    pub(super) fn take_all(&mut self) -> Vec<Leasehold> {
        let queues = std::mem::take(&mut self.by_type).into_values();
        queues.flat_map(|queue| queue.waiting.into_values().map(|waiting| waiting.job)).collect()
    }
}

impl Queue {
    fn of(kind: Arc<Kind>) -> Self {
        let (waiting, ranks, ages) = Default::default();
        Self { kind, waiting, ranks, ages }
    }

    fn next(&mut self, now: Timestamp) -> Option<(Leasehold, Place)> {
        let (rank, _) = self.waiting.first_key_value()?;
        let (rank, place) = (*rank, self.kind.take_place()?);
        let Waiting { mut job, since } = self.take(rank)?;
        if now.millis_since(since) > READ_AGAIN_AFTER_MS {
            (job.order, job.has_waited) = (None, true);
        }
        Some((job, place))
    }

    fn take(&mut self, rank: Rank) -> Option<Waiting> {
        let waiting = self.waiting.remove(&rank)?;
        self.ranks.remove(&waiting.job.key);
        self.ages.remove(&rank.1);
        Some(waiting)
    }

    fn oldest(&self) -> Option<Rank> {
        self.ages.first_key_value().map(|(number, priority)| (*priority, *number))
    }

    fn take_oldest(&mut self) -> Option<Leasehold> {
        self.take(self.oldest()?).map(|waiting| waiting.job)
    }

    fn late_at(&self) -> Option<Timestamp> {
        let oldest = self.waiting.get(&self.oldest()?)?;
        Some(oldest.since.plus_millis_saturating(LINE_TIME_MAX_MS))
    }
}

#[cfg(test)]
mod tests {
    use spartito_core::ids::{ElementInstanceId, InstanceId};

    use super::*;
    use crate::runtime::jobs::places::kind_of_tests;

    fn job(kind: &Arc<Kind>, number: u64, priority: i32) -> Leasehold {
        let key = JobKey { instance: InstanceId::new(number), number: ElementInstanceId(1) };
        let until = Timestamp::EPOCH.plus_millis_saturating(90_000);
        let room = Room::of_tests(kind);
        let (lease, order, has_waited) = (Some(1), None, false);
        Leasehold { key, lease, until, priority, order, has_waited, room }
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::EPOCH.plus_millis_saturating(ms)
    }

    fn numbers(jobs: &[Leasehold]) -> Vec<u64> {
        jobs.iter().map(|job| job.key.instance.number()).collect()
    }

    #[test]
    fn the_most_urgent_comes_first_and_of_these_the_one_that_was_taken_first() {
        let (kind, mut line) = (kind_of_tests(9), Line::default());
        for (number, priority) in [(1, 0), (2, 5), (3, -1), (4, 5), (5, 7)] {
            line.join(job(&kind, number, priority), at(0));
        }
        let mut begun = Vec::new();
        while let Some((job, place)) = line.next(at(0)) {
            begun.push((job, place));
        }
        let begun: Vec<Leasehold> = begun.into_iter().map(|(job, _)| job).collect();
        assert_eq!(numbers(&begun), [5, 2, 4, 1, 3]);
    }

    #[test]
    fn what_has_waited_too_long_is_taken_out_whatever_its_priority() {
        let (kind, mut line) = (kind_of_tests(1), Line::default());
        for (number, since) in [(1, 0), (2, 10), (3, 4_000)] {
            let priority = i32::try_from(number).unwrap();
            line.join(job(&kind, number, priority), at(since));
        }
        assert_eq!(line.late_at(), Some(at(LINE_TIME_MAX_MS)));
        assert!(line.take_late(at(4_999)).is_empty());
        assert_eq!(numbers(&line.take_late(at(5_010))), [1, 2]);
        assert_eq!(line.late_at(), Some(at(9_000)));
        assert_eq!(numbers(&line.take_all()), [3]);
        assert_eq!(line.late_at(), None);
    }

    #[test]
    fn a_job_is_in_the_line_once_under_its_last_lease() {
        let (kind, mut line) = (kind_of_tests(1), Line::default());
        line.join(job(&kind, 1, 0), at(0));
        line.join(job(&kind, 2, 0), at(0));
        let again = Leasehold { lease: Some(2), ..job(&kind, 1, 0) };
        line.join(again, at(1_000));
        let all = line.take_all();
        assert_eq!(numbers(&all), [2, 1]);
        assert_eq!(all[1].lease, Some(2));
    }
}
