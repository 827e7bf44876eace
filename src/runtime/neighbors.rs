//! Word to the other servers on the same database, and from them.
//!
//! What is told is also found without it: by the sweep, by the look at timers that others have not
//! fired, by the lease of a job. So it is told after the commit, gathered while the word before is
//! under way, and nothing waits for it. Costs nothing where there is no other server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use spartito_core::ids::{InstanceId, ProcessId};
use spartito_core::time::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::live::Change;
use crate::store::{Store, StoreError, WORDS_BYTES_MAX};

/// Changes that wait to be told; past it, others are told that they missed some.
const CHANGES_WAITING_MAX: usize = 4_096;
/// What a change takes in a word besides the name of its process, in bytes.
const CHANGE_BYTES: usize = 40;
/// Types of jobs for workers outside that are told in one word; past it, that there are some.
const OUTSIDE_TYPES_MAX: usize = 32;
/// What a word takes besides changes, in bytes.
const WORD_BYTES: usize = 300 + OUTSIDE_TYPES_MAX * 34;
/// Without a word for so long, although there are others, the line is taken to be dead.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// Pause before listening anew.
const PAUSE_BEFORE_LISTENING: Duration = Duration::from_secs(1);

/// What one server tells the others. A field that is not known is passed over, so that two versions
/// understand each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Word {
    /// Who says it, to know one's own.
    #[serde(rename = "f")]
    from: u64,
    /// What has changed: instance, process, what about it.
    #[serde(rename = "c", skip_serializing_if = "Vec::is_empty")]
    changes: Vec<(u64, String, u8)>,
    /// More has changed than is told.
    #[serde(rename = "m", skip_serializing_if = "is_false")]
    has_missed: bool,
    /// A timer is due then.
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    timer_ms: Option<i64>,
    /// There are jobs that nobody has taken.
    #[serde(rename = "j", skip_serializing_if = "is_false")]
    has_jobs: bool,
    /// There are jobs for workers outside: short forms of their types (see [`type_mark`]), and when
    /// the next of each can be taken.
    #[serde(rename = "w", skip_serializing_if = "Vec::is_empty")]
    outside: Vec<(u32, i64)>,
    /// There are more types of these than are told.
    #[serde(rename = "v", skip_serializing_if = "is_false")]
    has_outside: bool,
    /// Something was deployed.
    #[serde(rename = "d", skip_serializing_if = "is_false")]
    has_deployed: bool,
    /// A server came or went.
    #[serde(rename = "n", skip_serializing_if = "is_false")]
    has_nodes: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// A short form of a type of jobs: two types may share one, and then somebody looks in vain.
pub(super) fn type_mark(job_type: &str) -> u32 {
    crc32fast::hash(job_type.as_bytes())
}

impl Word {
    fn add_change(&mut self, change: &Change) {
        if change.everything || self.changes.len() >= CHANGES_WAITING_MAX {
            self.has_missed = true;
            return;
        }
        let flags = [change.tasks, change.incidents, change.decisions, change.ended];
        let bits = (0..).zip(flags).map(|(place, flag)| u8::from(flag) << place).sum();
        self.changes.push((change.instance.number(), change.process.as_str().to_owned(), bits));
    }

    /// What has changed.
    pub(super) fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        let told = self.changes.iter().map(|(instance, process, bits)| {
            let process = ProcessId::new(process.as_str());
            let mut change = Change::new(InstanceId::new(*instance), process);
            let flag = |place: u8| bits & (1 << place) != 0;
            (change.tasks, change.incidents) = (flag(0), flag(1));
            (change.decisions, change.ended) = (flag(2), flag(3));
            change
        });
        told.chain(self.has_missed.then(Change::everything))
    }

    /// The moment of the earliest timer that was told.
    pub(super) fn timer_due(&self) -> Option<Timestamp> {
        Timestamp::from_millis(self.timer_ms?).ok()
    }

    /// Whether there are jobs to take.
    pub(super) fn has_jobs(&self) -> bool {
        self.has_jobs
    }

    /// Types of jobs for workers outside, in their short form, and when the next can be taken.
    pub(super) fn outside(&self) -> impl Iterator<Item = (u32, Timestamp)> + '_ {
        let told = self.outside.iter();
        told.filter_map(|(mark, ms)| Some((*mark, Timestamp::from_millis(*ms).ok()?)))
    }

    /// Whether there are jobs for workers outside of types that were not told.
    pub(super) fn has_outside(&self) -> bool {
        self.has_outside
    }

    fn add_outside(&mut self, mark: u32, ms: i64) {
        if let Some((_, first)) = self.outside.iter_mut().find(|(known, _)| *known == mark) {
            *first = ms.min(*first);
        } else if self.outside.len() < OUTSIDE_TYPES_MAX {
            self.outside.push((mark, ms));
        } else {
            self.has_outside = true;
        }
    }

    /// Whether something was deployed.
    pub(super) fn has_deployed(&self) -> bool {
        self.has_deployed
    }

    /// Whether a server came or went.
    pub(super) fn has_nodes(&self) -> bool {
        self.has_nodes
    }

    /// The word in texts that are short enough.
    fn texts(mut self, from: u64) -> Vec<String> {
        let mut parts = Vec::new();
        let mut part = Vec::new();
        let mut bytes = WORD_BYTES;
        for change in std::mem::take(&mut self.changes) {
            // A character takes six bytes at most.
            let size = CHANGE_BYTES + change.1.len() * 6;
            if WORD_BYTES + size > WORDS_BYTES_MAX {
                self.has_missed = true;
                continue;
            }
            if bytes + size > WORDS_BYTES_MAX {
                parts.push(std::mem::take(&mut part));
                bytes = WORD_BYTES;
            }
            bytes += size;
            part.push(change);
        }
        let first = Self { from, changes: part, ..self };
        let rest = parts.into_iter().map(|changes| Self { from, changes, ..Self::default() });
        std::iter::once(first)
            .chain(rest)
            .map(|word| serde_json::to_string(&word).expect("a word is plain data"))
            .collect()
    }
}

/// Where word for the other servers is left. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Neighbors(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    from: u64,
    are_there: AtomicBool,
    word: Mutex<Word>,
    changed: Notify,
}

impl Default for Neighbors {
    fn default() -> Self {
        Self::named(0)
    }
}

impl Neighbors {
    /// Those of the server that is known to them by the number `from`.
    pub(super) fn named(from: u64) -> Self {
        Self(Arc::new(Shared {
            from,
            are_there: AtomicBool::new(false),
            word: Mutex::default(),
            changed: Notify::new(),
        }))
    }

    /// Whether there are any.
    pub(super) fn are_there(&self) -> bool {
        self.0.are_there.load(Ordering::Relaxed)
    }

    pub(super) fn set_there(&self, are_there: bool) {
        self.0.are_there.store(are_there, Ordering::Relaxed);
    }

    /// Tells what has changed.
    pub(super) fn change(&self, change: &Change) {
        self.leave(|word| word.add_change(change));
    }

    /// Tells what the committer has written: when the first timer is due, and when the first job.
    pub(super) fn due(&self, timer: Option<Timestamp>, job: Option<Timestamp>, now: Timestamp) {
        let has_jobs = job.is_some_and(|due| due <= now);
        if timer.is_none() && !has_jobs {
            return;
        }
        self.leave(|word| {
            let timer_ms = timer.map(Timestamp::as_millis);
            word.timer_ms = [word.timer_ms, timer_ms].into_iter().flatten().min();
            word.has_jobs |= has_jobs;
        });
    }

    /// Tells of jobs that workers outside do, by type.
    pub(super) fn due_outside(&self, due: &[(String, Timestamp)]) {
        if due.is_empty() {
            return;
        }
        self.leave(|word| {
            for (job_type, at) in due {
                word.add_outside(type_mark(job_type), at.as_millis());
            }
        });
    }

    /// Tells that something was deployed.
    pub(super) fn deployed(&self) {
        self.leave(|word| word.has_deployed = true);
    }

    /// A sign that the line is alive.
    pub(super) fn beat(&self) {
        self.leave(|_| {});
    }

    /// Tells that this server came or goes, whether or not others are known.
    pub(super) fn nodes(&self) {
        self.lock().has_nodes = true;
        self.0.changed.notify_one();
    }

    fn leave(&self, add: impl FnOnce(&mut Word)) {
        if self.are_there() {
            add(&mut self.lock());
            self.0.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Word> {
        // The word is whole after every operation, also where a thread died while holding it.
        self.0.word.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells what is left here, until `stop`; what is left then is told too.
    pub(super) async fn tell_on(self, store: Store, stop: CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = self.0.changed.notified() => self.tell(&store).await,
                () = stop.cancelled() => return self.tell(&store).await,
            }
        }
    }

    async fn tell(&self, store: &Store) {
        let word = std::mem::take(&mut *self.lock());
        for text in word.texts(self.0.from) {
            if let Err(error) = store.tell(&text).await {
                // They find it by themselves, but for what people look at.
                tracing::warn!(%error, "other servers could not be told");
                self.lock().has_missed = true;
                return;
            }
        }
    }

    /// Hears what others tell, and gives it to `on_word`; `None` where some may have been missed.
    pub(super) async fn listen_on(
        self,
        store: Store,
        stop: CancellationToken,
        on_word: impl Fn(Option<Word>),
    ) {
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                ended = self.listen(&store, &on_word) => match ended {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(%error, "other servers are not heard now"),
                },
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE_BEFORE_LISTENING) => {}
            }
        }
    }

    async fn listen(
        &self,
        store: &Store,
        on_word: &impl Fn(Option<Word>),
    ) -> Result<(), StoreError> {
        let Some(mut ears) = store.listen().await? else { return Ok(()) };
        on_word(None);
        self.nodes();
        loop {
            let heard = match tokio::time::timeout(SILENCE_MAX, ears.hear()).await {
                Ok(heard) => heard?,
                Err(_) if !self.are_there() => continue,
                Err(_) => {
                    let words = "nothing was heard for too long".to_owned();
                    return Err(StoreError::Unavailable(words));
                }
            };
            match heard {
                None => on_word(None),
                Some(text) => match serde_json::from_str::<Word>(&text) {
                    Ok(word) if word.from == self.0.from => {}
                    Ok(word) => on_word(Some(word)),
                    Err(error) => {
                        tracing::debug!(%error, "a word from another version");
                        on_word(None);
                    }
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(number: u64, process: &str) -> Change {
        let mut change = Change::new(InstanceId::new(number), ProcessId::from(process));
        (change.tasks, change.ended) = (true, true);
        change
    }

    fn heard(word: Word) -> Vec<Word> {
        let texts = word.texts(7);
        texts
            .iter()
            .map(|text| {
                assert!(text.len() <= WORDS_BYTES_MAX, "{}", text.len());
                serde_json::from_str(text).unwrap()
            })
            .collect()
    }

    #[test]
    fn a_word_is_heard_as_it_was_told_in_pieces_that_are_short_enough() {
        let mut word = Word { timer_ms: Some(5), has_deployed: true, ..Word::default() };
        let told: Vec<Change> = (0..1_000).map(|n| change(n, "loan \" \u{1} 🙂")).collect();
        for change in &told {
            word.add_change(change);
        }
        let parts = heard(word);
        assert!(parts.len() > 1);
        let changes: Vec<Change> = parts.iter().flat_map(Word::changes).collect();
        assert_eq!(changes.len(), told.len());
        assert!(told.iter().all(|change| changes.contains(change)));
        assert_eq!(parts.iter().filter(|part| part.has_deployed).count(), 1);
        assert_eq!(parts[0].timer_due(), Timestamp::from_millis(5).ok());
    }

    #[test]
    fn what_is_too_much_is_told_as_something_missed() {
        let mut word = Word::default();
        word.add_change(&change(1, &"x".repeat(9_000)));
        let parts = heard(word);
        assert_eq!(parts[0].changes().collect::<Vec<_>>(), [Change::everything()]);
        let mut word = Word::default();
        let count = u64::try_from(CHANGES_WAITING_MAX).unwrap() + 1;
        (0..count).for_each(|n| word.add_change(&change(n, "p")));
        assert!(word.has_missed);
    }

    #[test]
    fn jobs_for_workers_outside_are_told_by_type_up_to_a_bound() {
        let mut word = Word::default();
        word.add_outside(type_mark("pay"), i64::MAX);
        word.add_outside(type_mark("pay"), 7);
        word.add_outside(type_mark("ship"), 9);
        let told = heard(word).remove(0);
        let told: Vec<_> = told.outside().map(|(mark, at)| (mark, at.as_millis())).collect();
        assert_eq!(told, [(type_mark("pay"), 7), (type_mark("ship"), 9)]);
        let mut word = Word::default();
        (0..100).for_each(|mark| word.add_outside(u32::MAX - mark, i64::MAX));
        word.add_change(&change(1, &"x".repeat(900)));
        let told = heard(word).remove(0);
        assert!(told.has_outside() && told.outside.len() == OUTSIDE_TYPES_MAX);
    }

    #[test]
    fn nothing_is_left_where_nobody_hears_it_and_fields_of_another_version_are_passed_over() {
        let neighbors = Neighbors::default();
        neighbors.change(&change(1, "p"));
        assert!(neighbors.lock().changes.is_empty());
        neighbors.set_there(true);
        neighbors.change(&change(1, "p"));
        assert_eq!(neighbors.lock().changes.len(), 1);
        let word: Word = serde_json::from_str("{\"f\":1,\"later\":[1]}").unwrap();
        assert_eq!(word, Word { from: 1, ..Word::default() });
    }
}
