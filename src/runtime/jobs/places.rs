//! Places for attempts at jobs, so many of each type at the same time, and room for jobs that are
//! leased a little ahead of their places.
//!
//! A job is leased only where it has room, so that a slow type holds up nobody but itself and other
//! servers get what this one does not come to soon. Never leases anything.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

use crate::connectors::Catalogue;
use crate::runtime::Outbound;
use crate::runtime::wake::Wake;

/// As many jobs are leased ahead as are begun within this time at the pace of their type: so long
/// the database may stand still, or a look into it take, before places stay empty.
const AHEAD_TIME: Duration = Duration::from_secs(2);
/// Jobs of one type leased ahead, at most: each keeps its data in memory.
pub(super) const SLOTS_MAX: usize = 1_024;
/// A type with fewer places has no slots ahead: who does one job at a time wants them in their order,
/// and of jobs that are leased before their turn a more urgent one that comes later and finds no room
/// would be begun after them.
const PLACES_WITH_SLOTS_MIN: usize = 2;
/// What an attempt is taken to need before any was made.
const ATTEMPT_TIME_ASSUMED: Duration = Duration::from_secs(1);
/// The part that one attempt has in the mean of all: the others count for less the older they are.
const WEIGHT_OF_ONE: f64 = 0.125;
/// Jobs of one type that are read at the same time before they are begun: more would take all
/// connections to the database.
const READS_MAX: usize = 8;

/// How many jobs of a type with so many places may be leased ahead of them, if an attempt needs
/// `mean`.
fn slots(places: usize, mean: Duration) -> usize {
    if places < PLACES_WITH_SLOTS_MIN {
        return 0;
    }
    let soon = AHEAD_TIME.as_micros().saturating_mul(places as u128) / mean.as_micros().max(1);
    usize::try_from(soon).unwrap_or(SLOTS_MAX).min(SLOTS_MAX)
}

/// The places of one server.
pub(super) struct Places {
    by_type: BTreeMap<String, Arc<Kind>>,
    outbound: Outbound,
    freed: Arc<Notify>,
}

/// The places of one type.
pub(super) struct Kind {
    job_type: String,
    places: usize,
    book: Mutex<Book>,
    /// Whoever reads a job of this type has one of these.
    pub(super) reads: Semaphore,
    wake: Arc<Wake>,
    freed: Arc<Notify>,
}

/// What is known of a type now.
struct Book {
    /// Jobs that have room: on their way, in the line, or being tried.
    here: usize,
    /// Those of them that have a place.
    begun: usize,
    /// The time for which a job has its place, in the mean.
    mean: Duration,
    /// Whether jobs may wait in the database for room.
    is_awaited: bool,
    /// Whether jobs may wait there that come before new ones.
    is_behind: bool,
    /// Whether jobs wait in the line for a place.
    has_line: bool,
    /// Whether jobs have waited in the line for too long, and none has ended since: then the pace is
    /// not what it was, and nothing is leased ahead.
    is_stuck: bool,
}

impl Kind {
    fn new(job_type: &str, places: usize, wake: Arc<Wake>, freed: Arc<Notify>) -> Self {
        let book = Book {
            here: 0,
            begun: 0,
            mean: ATTEMPT_TIME_ASSUMED,
            is_awaited: false,
            // What a former process has left was not looked at yet.
            is_behind: true,
            has_line: false,
            is_stuck: false,
        };
        let (job_type, book) = (job_type.to_owned(), Mutex::new(book));
        Self { job_type, places, book, reads: Semaphore::new(READS_MAX), wake, freed }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // The book is whole after every operation on it.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slots(&self, book: &Book) -> usize {
        if book.is_stuck { 0 } else { slots(self.places, book.mean) }
    }

    /// For how many jobs there is room.
    fn room(&self, book: &Book) -> usize {
        (self.places + self.slots(book)).saturating_sub(book.here)
    }

    /// Whether there is so much room that a look into the database is worth it: half of the slots, so
    /// that one transaction takes many.
    fn is_worth_a_look(&self, book: &Book) -> bool {
        self.room(book) > 0 && book.here <= self.places + self.slots(book) / 2
    }

    /// The type.
    pub(super) fn job_type(&self) -> &str {
        &self.job_type
    }

    /// Takes a place for a job of the line; where there is none, word is given as soon as there is.
    pub(super) fn take_place(self: &Arc<Self>) -> Option<Place> {
        let mut book = self.book();
        if book.begun >= self.places {
            book.has_line = true;
            return None;
        }
        book.begun += 1;
        drop(book);
        Some(Place { kind: Arc::clone(self), since: Instant::now() })
    }

    /// Jobs of the line have waited for too long and go back into the database.
    pub(super) fn note_stuck(&self) {
        let mut book = self.book();
        book.is_stuck = true;
        book.is_behind = true;
    }
}

impl Places {
    /// As many as the connectors say; no room while nothing outside is to be called. `wake` is told
    /// when there is room again that was awaited.
    pub(super) fn new(connectors: &Catalogue, wake: &Arc<Wake>, outbound: Outbound) -> Self {
        let freed = Arc::<Notify>::default();
        let by_type = connectors
            .job_types()
            .filter_map(|job_type| {
                let places = connectors.get(job_type)?.concurrency();
                let kind = Kind::new(job_type, places, Arc::clone(wake), Arc::clone(&freed));
                Some((job_type.to_owned(), Arc::new(kind)))
            })
            .collect();
        Self { by_type, outbound, freed }
    }

    /// The types that this server does itself. All others are done by workers outside.
    pub(super) fn types(&self) -> impl Iterator<Item = &str> {
        self.by_type.keys().map(String::as_str)
    }

    /// Whether this server does jobs of this type itself.
    pub(super) fn are_of(&self, job_type: &str) -> bool {
        self.by_type.contains_key(job_type)
    }

    /// Takes room for a new job; none where others wait that may come before it.
    pub(super) fn take_for_new(&self, job_type: &str) -> Option<Room> {
        let kind = self.by_type.get(job_type)?;
        let mut book = kind.book();
        if book.is_behind || kind.room(&book) == 0 || self.outbound.is_held() {
            book.is_behind = true;
            return None;
        }
        book.here += 1;
        drop(book);
        Some(Room(Arc::clone(kind)))
    }

    /// A new job goes into the database: those that come later wait behind it.
    pub(super) fn fall_behind(&self, job_type: &str) {
        if let Some(kind) = self.by_type.get(job_type) {
            kind.book().is_behind = true;
        }
    }

    /// All that waited in the database was taken: new jobs need not wait behind anything.
    pub(super) fn caught_up(&self, job_type: &str) {
        if let Some(kind) = self.by_type.get(job_type) {
            kind.book().is_behind = false;
        }
    }

    /// Takes the room that there is for jobs from the database, for `limit` of them at most.
    pub(super) fn take_room(&self, job_type: &str, limit: usize) -> Vec<Room> {
        let Some(kind) = self.by_type.get(job_type).filter(|_| !self.outbound.is_held()) else {
            return Vec::new();
        };
        let mut book = kind.book();
        let taken = if kind.is_worth_a_look(&book) { kind.room(&book).min(limit) } else { 0 };
        book.here += taken;
        drop(book);
        (0..taken).map(|_| Room(Arc::clone(kind))).collect()
    }

    /// Whether there is room for which it is worth to look into the database; where there is not, word
    /// is given as soon as there is.
    pub(super) fn has_room(&self, job_type: &str) -> bool {
        let Some(kind) = self.by_type.get(job_type).filter(|_| !self.outbound.is_held()) else {
            return false;
        };
        let mut book = kind.book();
        book.is_awaited = !kind.is_worth_a_look(&book);
        !book.is_awaited
    }

    /// Whether the database is looked into for this type as soon as there is room, so that nobody has
    /// to ask for it.
    pub(super) fn is_awaited(&self, job_type: &str) -> bool {
        self.by_type.get(job_type).is_some_and(|kind| kind.book().is_awaited)
    }

    /// Waits until there is a place again for which jobs wait in the line.
    pub(super) async fn freed(&self) {
        self.freed.notified().await;
    }
}

/// Room for one job on this server, from its lease to its end; free when it is dropped.
pub(super) struct Room(Arc<Kind>);

impl Room {
    /// Its type.
    pub(super) fn kind(&self) -> &Arc<Kind> {
        &self.0
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut book = self.0.book();
        book.here -= 1;
        if book.is_awaited && self.0.is_worth_a_look(&book) {
            book.is_awaited = false;
            drop(book);
            self.0.wake.now();
        }
    }
}

/// The place of a job that is being tried; free when it is dropped.
pub(super) struct Place {
    kind: Arc<Kind>,
    since: Instant,
}

impl Place {
    /// Counts an attempt that has come to its end: by how long they take it is known how many can be
    /// leased ahead.
    pub(super) fn has_served(&self) {
        let mut book = self.kind.book();
        let (mean, this) = (book.mean.as_secs_f64(), self.since.elapsed().as_secs_f64());
        book.mean = Duration::from_secs_f64(mean + (this - mean) * WEIGHT_OF_ONE);
        book.is_stuck = false;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut book = self.kind.book();
        book.begun -= 1;
        if std::mem::take(&mut book.has_line) {
            drop(book);
            self.kind.freed.notify_one();
        }
    }
}

/// The places of a type, for tests.
#[cfg(test)]
pub(super) fn kind_of_tests(places: usize) -> Arc<Kind> {
    Arc::new(Kind::new("work", places, Arc::new(Wake::new()), Arc::default()))
}

#[cfg(test)]
impl Room {
    /// Room of a type, for tests.
    pub(super) fn of_tests(kind: &Arc<Kind>) -> Self {
        kind.book().here += 1;
        Self(Arc::clone(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::kind_of_tests as kind;
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn as_many_are_leased_ahead_as_are_begun_within_two_seconds() {
        assert_eq!(slots(4, ms(1_000)), 8);
        assert_eq!(slots(128, ms(1_000)), 256);
        assert_eq!(slots(128, ms(10_000)), 25);
        assert_eq!(slots(4, ms(40_000)), 0, "none is begun so soon");
    }

    #[test]
    fn never_more_are_leased_ahead_than_the_bound() {
        assert_eq!(slots(128, ms(5)), SLOTS_MAX);
        assert_eq!(slots(2, Duration::ZERO), SLOTS_MAX);
        assert_eq!(slots(usize::MAX, ms(1)), SLOTS_MAX);
    }

    #[test]
    fn nothing_is_leased_ahead_of_a_single_place() {
        assert_eq!(slots(1, ms(1)), 0);
        assert_eq!(slots(0, ms(1)), 0);
    }

    #[test]
    fn the_database_is_looked_into_when_half_of_the_slots_are_free() {
        let kind = kind(4);
        let is_worth_a_look = |here| {
            kind.book().here = here;
            kind.is_worth_a_look(&kind.book())
        };
        assert_eq!(kind.room(&kind.book()), 12);
        assert!([0, 4, 8].into_iter().all(is_worth_a_look));
        assert!(![9, 11, 12, 13].into_iter().any(is_worth_a_look));
    }

    #[test]
    fn who_has_no_slots_looks_for_each_place() {
        let kind = kind(1);
        assert!(kind.is_worth_a_look(&kind.book()));
        kind.book().here = 1;
        assert!(!kind.is_worth_a_look(&kind.book()));
    }

    #[tokio::test(start_paused = true)]
    async fn where_jobs_have_waited_too_long_nothing_is_leased_ahead_until_one_has_ended() {
        let kind = kind(4);
        let place = kind.take_place().expect("all are free");
        kind.note_stuck();
        assert_eq!(kind.room(&kind.book()), 4);
        assert!(kind.book().is_behind);
        tokio::time::advance(Duration::from_secs(9)).await;
        place.has_served();
        drop(place);
        assert_eq!(kind.book().mean, Duration::from_secs(2), "an eighth of what is more");
        assert_eq!(kind.room(&kind.book()), 4 + 4);
        assert_eq!(kind.book().begun, 0);
    }

    #[test]
    fn word_of_a_free_place_is_given_where_jobs_wait_for_it() {
        let kind = kind(2);
        let mut places: Vec<Place> = std::iter::from_fn(|| kind.take_place()).collect();
        assert_eq!(places.len(), 2);
        assert!(kind.book().has_line);
        drop(places.pop());
        assert!(!kind.book().has_line, "it was given");
        assert!(kind.take_place().is_some());
    }
}
