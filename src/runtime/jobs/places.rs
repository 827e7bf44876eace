//! Places for attempts at jobs: so many of each type at the same time.
//!
//! A job is leased only where it has a place, so that a slow type holds up nobody but itself.
//! Never leases anything.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connectors::Catalogue;
use crate::runtime::Outbound;
use crate::runtime::wake::Wake;

/// The places of one server.
pub(super) struct Places {
    by_type: BTreeMap<String, Kind>,
    wake: Arc<Wake>,
    outbound: Outbound,
}

struct Kind {
    free: Arc<Semaphore>,
    /// Whether jobs may wait in the database for a place.
    is_awaited: AtomicBool,
    /// Whether jobs may wait there that come before new ones.
    is_behind: AtomicBool,
}

impl Kind {
    fn new(places: usize) -> Self {
        let free = Arc::new(Semaphore::new(places));
        // What a former process has left was not looked at yet.
        Self { free, is_awaited: AtomicBool::new(false), is_behind: AtomicBool::new(true) }
    }
}

impl Places {
    /// As many as the connectors say; none while nothing outside is to be called. `wake` is told when
    /// a place that was awaited is free.
    pub(super) fn new(connectors: &Catalogue, wake: Arc<Wake>, outbound: Outbound) -> Self {
        let by_type = connectors
            .job_types()
            .filter_map(|job_type| {
                let places = connectors.get(job_type)?.concurrency();
                Some((job_type.to_owned(), Kind::new(places)))
            })
            .collect();
        Self { by_type, wake, outbound }
    }

    /// The types that this server does itself. All others are done by workers outside.
    pub(super) fn types(&self) -> impl Iterator<Item = &str> {
        self.by_type.keys().map(String::as_str)
    }

    /// Whether this server does jobs of this type itself.
    pub(super) fn are_of(&self, job_type: &str) -> bool {
        self.by_type.contains_key(job_type)
    }

    /// Takes a place for a new job; none where others wait that may come before it.
    pub(super) fn take_for_new(self: &Arc<Self>, job_type: &str) -> Option<Place> {
        let kind = self.by_type.get(job_type)?;
        let place = if kind.is_behind.load(Ordering::SeqCst) { None } else { self.take(job_type) };
        if place.is_none() {
            kind.is_behind.store(true, Ordering::SeqCst);
        }
        place
    }

    /// All that waited in the database was taken: new jobs need not wait behind anything.
    pub(super) fn caught_up(&self, job_type: &str) {
        if let Some(kind) = self.by_type.get(job_type) {
            kind.is_behind.store(false, Ordering::SeqCst);
        }
    }

    /// Takes a place; where there is none, word is given as soon as there is.
    fn take(self: &Arc<Self>, job_type: &str) -> Option<Place> {
        if !self.has(job_type) {
            return None;
        }
        let permit = Arc::clone(&self.by_type.get(job_type)?.free).try_acquire_owned().ok()?;
        let (places, job_type) = (Arc::clone(self), job_type.to_owned());
        Some(Place { places, job_type, permit: Some(permit) })
    }

    /// Takes those that are free, up to `limit`.
    pub(super) fn take_free(self: &Arc<Self>, job_type: &str, limit: usize) -> Vec<Place> {
        let free = self.by_type.get(job_type).map_or(0, |kind| kind.free.available_permits());
        (0..free.min(limit)).map_while(|_| self.take(job_type)).collect()
    }

    /// Whether there is a place; where there is none, word is given as soon as there is.
    pub(super) fn has(&self, job_type: &str) -> bool {
        let Some(kind) = self.by_type.get(job_type).filter(|_| !self.outbound.is_held()) else {
            return false;
        };
        if kind.free.available_permits() > 0 {
            return true;
        }
        kind.is_awaited.store(true, Ordering::SeqCst);
        // One that became free before it was known to be awaited has given no word.
        kind.free.available_permits() > 0
    }
}

/// A place that is taken; free when it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    job_type: String,
    permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.permit.take();
        let kind = self.places.by_type.get(&self.job_type);
        if kind.is_some_and(|kind| kind.is_awaited.swap(false, Ordering::SeqCst)) {
            self.places.wake.now();
        }
    }
}
