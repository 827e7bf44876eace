//! An instance as bytes: how one is kept in memory that nobody has touched for a while.
//!
//! A state that can be worked on takes several times what it takes written out. Written as a
//! snapshot is, and packed, a waiting instance of a usual process takes less than a kilobyte.
//! Never stored: what is kept on the disk has formats of its own that are read for ever.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use spartito_core::engine::InstanceState;
use spartito_core::ids::{ElementInstanceId, InstanceId};
use spartito_core::time::Timestamp;

use super::blob;
use super::journal::Loaded;
use super::projection::{Open, Tracked, Waits};

/// What the allocator and the counts of a shared piece take besides its bytes.
const PIECE_BYTES: usize = 32;

/// An instance as it was last committed, as bytes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Packed {
    position: u64,
    bytes: Arc<[u8]>,
}

#[derive(Serialize)]
struct Written<'w> {
    state: &'w InstanceState,
    rest: Rest,
}

#[derive(Deserialize)]
struct Read {
    state: InstanceState,
    rest: Rest,
}

/// What the state does not say.
#[derive(Serialize, Deserialize)]
struct Rest {
    started_at_ms: i64,
    bytes_since_snapshot: usize,
    snapshot_bytes: usize,
    /// By open visit: since when, and what it waits for.
    open: Vec<(ElementInstanceId, i64, Waits)>,
}

impl Packed {
    /// The bytes of an instance.
    pub fn of(loaded: &Loaded) -> Self {
        let Loaded { state, tracked } = loaded;
        let open = tracked.open.iter();
        let rest = Rest {
            started_at_ms: tracked.started_at.as_millis(),
            bytes_since_snapshot: tracked.bytes_since_snapshot,
            snapshot_bytes: tracked.snapshot_bytes,
            open: open.map(|(id, open)| (*id, open.since.as_millis(), open.waits)).collect(),
        };
        let bytes = blob::encode(&Written { state, rest });
        Self { position: tracked.position, bytes: bytes.into() }
    }

    /// Position of its last turn.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// How many bytes of memory it takes besides itself.
    pub fn heap_bytes(&self) -> usize {
        self.bytes.len() + PIECE_BYTES
    }

    /// The instance; `None` where the bytes are not what they were, which the log says.
    pub fn unpack(&self, instance: InstanceId) -> Option<Loaded> {
        let read = blob::decode::<Read>("memory", "state", &instance.to_string(), &self.bytes);
        let loaded = read.ok().and_then(|read| self.loaded(read));
        if loaded.is_none() {
            tracing::error!(%instance, "an instance kept in memory cannot be read and is read anew");
        }
        loaded
    }

    fn loaded(&self, Read { state, rest }: Read) -> Option<Loaded> {
        let started_at = Timestamp::from_millis(rest.started_at_ms).ok()?;
        let mut tracked = Tracked::of(&state, self.position, started_at);
        tracked.bytes_since_snapshot = rest.bytes_since_snapshot;
        tracked.snapshot_bytes = rest.snapshot_bytes;
        for (id, since, waits) in rest.open {
            let since = Timestamp::from_millis(since).ok()?;
            let open = Open { waits, ..Open::new(state.element(id)?, since) };
            tracked.open.insert(id, open);
        }
        Some(Loaded { state, tracked })
    }
}
