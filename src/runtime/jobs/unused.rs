//! Leases of which nobody on this server makes use after all: given back to the database, so that
//! they are taken again at once, here or by another server.
//!
//! Never decides that a job is not begun.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use spartito_core::time::Timestamp;

use crate::runtime::neighbors::Neighbors;
use crate::runtime::wake::Wake;
use crate::store::{Store, StoreError, Unused};

/// Where such leases are left. Cheap to clone.
#[derive(Clone)]
pub(super) struct UnusedLeases {
    left: Arc<Mutex<Vec<Unused>>>,
    wake: Arc<Wake>,
    neighbors: Neighbors,
}

impl UnusedLeases {
    /// None. `wake` wakes the one who gives them back.
    pub(super) fn new(wake: Arc<Wake>, neighbors: Neighbors) -> Self {
        Self { left: Arc::default(), wake, neighbors }
    }

    fn left(&self) -> MutexGuard<'_, Vec<Unused>> {
        // The list is whole after every operation on it.
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves some; they are given back before the next jobs are taken, which is at once.
    pub(super) fn leave(&self, unused: impl IntoIterator<Item = Unused>) {
        self.left().extend(unused);
        self.wake.now();
    }

    /// Gives back what was left, and says so to the other servers.
    pub(super) async fn give_back(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let mut unused = std::mem::take(&mut *self.left());
        if unused.is_empty() {
            return Ok(());
        }
        let given = store.give_jobs_back(&mut unused, now).await;
        // Nothing, where all went well.
        self.left().append(&mut unused);
        given?;
        self.neighbors.due(None, Some(now), now);
        Ok(())
    }
}
