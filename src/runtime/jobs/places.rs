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

/// Places of all types together that nobody here does; their jobs become incidents at once.
const PLACES_OF_OTHERS: usize = 16;

/// The places of one server.
pub(super) struct Places {
    by_type: BTreeMap<String, Kind>,
    others: Kind,
    wake: Arc<Wake>,
    outbound: Outbound,
}

struct Kind {
    free: Arc<Semaphore>,
    /// Whether jobs may wait in the database for a place.
    is_awaited: AtomicBool,
}

impl Kind {
    fn new(places: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(places)), is_awaited: AtomicBool::new(false) }
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
        Self { by_type, others: Kind::new(PLACES_OF_OTHERS), wake, outbound }
    }

    fn kind(&self, job_type: &str) -> &Kind {
        self.by_type.get(job_type).unwrap_or(&self.others)
    }

    /// Takes a place; where there is none, word is given as soon as there is.
    pub(super) fn take(self: &Arc<Self>, job_type: &str) -> Option<Place> {
        if !self.has(job_type) {
            return None;
        }
        let permit = Arc::clone(&self.kind(job_type).free).try_acquire_owned().ok()?;
        let (places, job_type) = (Arc::clone(self), job_type.to_owned());
        Some(Place { places, job_type, permit: Some(permit) })
    }

    /// Takes those that are free, up to `limit`.
    pub(super) fn take_free(self: &Arc<Self>, job_type: &str, limit: usize) -> Vec<Place> {
        let free = self.kind(job_type).free.available_permits();
        (0..free.min(limit)).map_while(|_| self.take(job_type)).collect()
    }

    /// Whether there is a place; where there is none, word is given as soon as there is.
    pub(super) fn has(&self, job_type: &str) -> bool {
        if self.outbound.is_held() {
            return false;
        }
        let kind = self.kind(job_type);
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
        if self.places.kind(&self.job_type).is_awaited.swap(false, Ordering::SeqCst) {
            self.places.wake.now();
        }
    }
}
