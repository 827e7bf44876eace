//! When a task that sleeps has to look into the database: at the earliest moment that it was told.
//!
//! Never says why: whoever wakes up looks.

use std::sync::atomic::{AtomicI64, Ordering};

use spartito_core::time::Timestamp;
use tokio::sync::Notify;

/// The moment, and word that it has become an earlier one.
pub(super) struct Wake {
    /// Milliseconds; the largest number for never.
    due_ms: AtomicI64,
    changed: Notify,
}

impl Wake {
    /// Something may be due from before, so that the first look is at once.
    pub(super) fn new() -> Self {
        Self { due_ms: AtomicI64::new(0), changed: Notify::new() }
    }

    /// The next look is at `due`, if not earlier.
    pub(super) fn at(&self, due: Timestamp) {
        let due_ms = due.as_millis();
        if self.due_ms.fetch_min(due_ms, Ordering::SeqCst) > due_ms {
            self.changed.notify_one();
        }
    }

    /// The next look is at once.
    pub(super) fn now(&self) {
        self.at(Timestamp::EPOCH);
    }

    /// The moment of the next look.
    pub(super) fn due(&self) -> Timestamp {
        Timestamp::from_millis(self.due_ms.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }

    /// Begins a look: what is told from here on asks for another one.
    pub(super) fn forget(&self) {
        self.due_ms.store(i64::MAX, Ordering::SeqCst);
    }

    /// Waits until the moment has become an earlier one.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }
}
