//! States of instances kept in memory, each exactly as it was last committed.
//!
//! A batch takes a state out and puts it back after its commit; a batch that fails does not, so
//! that nothing uncommitted is ever kept.

use std::collections::HashMap;

use spartito_core::ids::InstanceId;

use crate::store::Loaded;

/// States kept at most.
const STATES_MAX: usize = 20_000;

/// Stored bytes of the states kept at most, as far as these are known.
const STATES_BYTES_MAX: usize = 256 * 1024 * 1024;

/// What a state without a snapshot is taken to weigh besides its journal.
const STATE_BYTES_MIN: usize = 1_024;

/// The states.
#[derive(Debug, Default)]
pub(super) struct States {
    kept: HashMap<InstanceId, Kept>,
    bytes: usize,
    uses: u64,
}

#[derive(Debug)]
struct Kept {
    loaded: Loaded,
    bytes: usize,
    used: u64,
}

impl States {
    /// The position of a state that is kept.
    pub(super) fn position(&self, instance: InstanceId) -> Option<u64> {
        self.kept.get(&instance).map(|kept| kept.loaded.tracked.position)
    }

    /// Takes out the state of an instance, if it is of this position.
    pub(super) fn take(&mut self, instance: InstanceId, position: u64) -> Option<Loaded> {
        let kept = self.kept.remove(&instance)?;
        self.bytes -= kept.bytes;
        (kept.loaded.tracked.position == position).then_some(kept.loaded)
    }

    /// Keeps a state that was committed.
    pub(super) fn put(&mut self, instance: InstanceId, loaded: Loaded) {
        self.uses += 1;
        let tracked = &loaded.tracked;
        let bytes = STATE_BYTES_MIN + tracked.snapshot_bytes + tracked.bytes_since_snapshot;
        self.bytes += bytes;
        let kept = Kept { loaded, bytes, used: self.uses };
        if let Some(before) = self.kept.insert(instance, kept) {
            self.bytes -= before.bytes;
        }
        if self.kept.len() > STATES_MAX || self.bytes > STATES_BYTES_MAX {
            self.drop_oldest();
        }
    }

    /// Drops the half that was not used for longest.
    fn drop_oldest(&mut self) {
        let mut used: Vec<u64> = self.kept.values().map(|kept| kept.used).collect();
        used.sort_unstable();
        let middle = used[used.len() / 2];
        self.kept.retain(|_, kept| kept.used >= middle);
        self.bytes = self.kept.values().map(|kept| kept.bytes).sum();
    }
}

#[cfg(test)]
mod tests {
    use spartito_core::engine::InstanceState;

    use super::*;
    use crate::store::Tracked;

    fn state(position: u64, bytes: usize) -> Loaded {
        let mut tracked = Tracked::default();
        (tracked.position, tracked.bytes_since_snapshot) = (position, bytes);
        Loaded { state: InstanceState::default(), tracked }
    }

    #[test]
    fn a_state_is_given_only_at_the_position_it_is_of() {
        let mut states = States::default();
        let id = InstanceId::new(7);
        states.put(id, state(3, 0));
        assert!(states.take(id, 4).is_none());
        assert!(states.take(id, 3).is_none(), "a stale state is gone");
        states.put(id, state(4, 0));
        assert!(states.take(id, 4).is_some());
        assert_eq!(states.bytes, 0);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut states = States::default();
        for n in 0..200 {
            states.put(InstanceId::new(n), state(1, STATES_BYTES_MAX / 50));
            assert!(states.bytes <= STATES_BYTES_MAX);
        }
        assert!(states.take(InstanceId::new(199), 1).is_some(), "the latest is there");
        assert!(states.take(InstanceId::new(0), 1).is_none());
    }
}
