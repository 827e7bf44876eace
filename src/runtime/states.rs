//! States of instances kept in memory, each exactly as it was last committed.
//!
//! A batch takes a state out and puts it back after its commit; a batch that fails does not, so
//! that nothing uncommitted is ever kept. Bounded in bytes of memory, not in numbers: what takes
//! more than its share is not kept at all. Those that are worked on stay as they are; what nobody
//! has touched for a while is packed, and waits in a fraction of the memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use spartito_core::engine::InstanceState;
use spartito_core::ids::InstanceId;

use crate::store::{Loaded, Packed};

/// Memory for states kept, in bytes, where nobody says otherwise.
pub const STATES_BYTES_MAX: usize = 128 * 1024 * 1024;
/// The part of it that one state may take.
const SHARE_MAX: usize = 4;
/// States that stay as they are: those put in last. More than there are requests in two batches.
const LIVE_MAX: usize = 1_024;
/// States that take more are not packed: it takes time that follows their size.
const PACKED_BYTES_MAX: usize = 64 * 1024;
/// The entry of a state in the table and among those that are live, the share of free places and
/// what the allocator takes included.
const ENTRY_BYTES: usize = 2 * std::mem::size_of::<(InstanceId, Kept)>() + 32;
/// What a state takes that is not packed, besides what it says of itself.
const LIVE_BYTES: usize = std::mem::size_of::<Loaded>() + 16;

/// The states, shared between the one who writes and those who read. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct States(Arc<Mutex<Table>>);

#[derive(Debug)]
struct Table {
    kept: HashMap<InstanceId, Kept>,
    /// The last that were put in, with the use that each was.
    live: VecDeque<(InstanceId, u64)>,
    bytes: usize,
    bytes_max: usize,
    uses: u64,
}

#[derive(Debug)]
struct Kept {
    form: Form,
    bytes: usize,
    used: u64,
}

/// How a state is kept.
#[derive(Debug)]
enum Form {
    /// Ready to be worked on.
    Live(Box<Loaded>),
    /// As bytes.
    Packed(Packed),
}

impl Form {
    fn position(&self) -> u64 {
        match self {
            Self::Live(loaded) => loaded.tracked.position,
            Self::Packed(packed) => packed.position(),
        }
    }
}

impl States {
    /// None yet; so many bytes of memory at most.
    pub(super) fn bounded(bytes_max: usize) -> Self {
        let (kept, live) = (HashMap::new(), VecDeque::new());
        let table = Table { kept, live, bytes: 0, bytes_max, uses: 0 };
        Self(Arc::new(Mutex::new(table)))
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // The table is whole after every operation, also where a thread died while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        let mut table = self.table();
        table.kept = HashMap::new();
        table.live.clear();
        table.bytes = 0;
    }

    /// The position of a state that is kept.
    pub(super) fn position(&self, instance: InstanceId) -> Option<u64> {
        self.table().kept.get(&instance).map(|kept| kept.form.position())
    }

    /// A copy of the state of an instance, with its position.
    pub(super) fn copy(&self, instance: InstanceId) -> Option<(InstanceState, u64)> {
        let packed = match &self.table().kept.get(&instance)?.form {
            Form::Live(loaded) => return Some((loaded.state.clone(), loaded.tracked.position)),
            Form::Packed(packed) => packed.clone(),
        };
        let Loaded { state, tracked } = packed.unpack(instance)?;
        Some((state, tracked.position))
    }

    /// Takes out the state of an instance, if it is of this position.
    pub(super) fn take(&self, instance: InstanceId, position: u64) -> Option<Loaded> {
        let kept = {
            let mut table = self.table();
            let kept = table.kept.remove(&instance)?;
            table.bytes -= kept.bytes;
            kept
        };
        if kept.form.position() != position {
            return None;
        }
        match kept.form {
            Form::Live(loaded) => Some(*loaded),
            Form::Packed(packed) => packed.unpack(instance),
        }
    }

    /// Keeps a state that was committed.
    pub(super) fn put(&self, instance: InstanceId, mut loaded: Loaded) {
        let bytes = ENTRY_BYTES + LIVE_BYTES + loaded.heap_bytes();
        self.table().put(instance, loaded, bytes);
    }

    /// Bytes of memory of what is kept.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.table().bytes
    }
}

impl Table {
    fn put(&mut self, instance: InstanceId, loaded: Loaded, bytes: usize) {
        if let Some(before) = self.kept.remove(&instance) {
            self.bytes -= before.bytes;
        }
        if bytes > self.bytes_max / SHARE_MAX {
            return;
        }
        self.uses += 1;
        self.bytes += bytes;
        let kept = Kept { form: Form::Live(Box::new(loaded)), bytes, used: self.uses };
        self.kept.insert(instance, kept);
        self.live.push_back((instance, self.uses));
        while self.live.len() > LIVE_MAX
            && let Some((instance, used)) = self.live.pop_front()
        {
            self.pack(instance, used);
        }
        if self.bytes > self.bytes_max {
            self.drop_oldest();
        }
    }

    /// Packs a state that was not touched since that use.
    fn pack(&mut self, instance: InstanceId, used: u64) {
        let Some(kept) = self.kept.get_mut(&instance).filter(|kept| kept.used == used) else {
            return;
        };
        if let Form::Live(loaded) = &kept.form
            && kept.bytes <= PACKED_BYTES_MAX
        {
            let packed = Packed::of(loaded);
            let bytes = ENTRY_BYTES + packed.heap_bytes();
            self.bytes = self.bytes - kept.bytes + bytes;
            (kept.form, kept.bytes) = (Form::Packed(packed), bytes);
        }
    }

    /// Drops those that were not used for longest, down to half of the bound: each is looked at
    /// once for many that are put in.
    fn drop_oldest(&mut self) {
        let mut used: Vec<(u64, usize)> =
            self.kept.values().map(|kept| (kept.used, kept.bytes)).collect();
        used.sort_unstable();
        let (mut left, mut first_kept) = (self.bytes, 0);
        for (used, bytes) in used {
            if left <= self.bytes_max / 2 {
                break;
            }
            (left, first_kept) = (left - bytes, used + 1);
        }
        self.kept.retain(|_, kept| kept.used >= first_kept);
        self.kept.shrink_to_fit();
        self.bytes = left;
    }
}

#[cfg(test)]
mod tests {
    use spartito_core::engine::Event;
    use spartito_core::ids::{DefinitionKey, ProcessId};
    use spartito_core::value::{Value, Variables};

    use super::*;
    use crate::store::Tracked;

    /// A state with a text of this length.
    fn state(position: u64, length: usize) -> Loaded {
        let mut state = InstanceState::default();
        state.apply(&Event::InstanceStarted {
            instance: InstanceId::new(1),
            process: ProcessId::from("p"),
            definition: DefinitionKey::new(1),
            business_key: None,
            variables: Variables::from_iter([("text", Value::from("x".repeat(length)))]),
            by: None,
            caller: None,
        });
        let mut tracked = Tracked::default();
        tracked.position = position;
        Loaded { state, tracked }
    }

    #[test]
    fn a_state_is_given_only_at_the_position_it_is_of() {
        let states = States::bounded(STATES_BYTES_MAX);
        let id = InstanceId::new(7);
        states.put(id, state(3, 0));
        assert!(states.take(id, 4).is_none());
        assert!(states.take(id, 3).is_none(), "a stale state is gone");
        states.put(id, state(4, 0));
        assert_eq!(states.copy(id).map(|(_, position)| position), Some(4));
        assert!(states.take(id, 4).is_some());
        assert_eq!(states.bytes(), 0);
    }

    #[test]
    fn what_is_kept_is_bounded_in_bytes() {
        let bound = 4 * 1024 * 1024;
        let states = States::bounded(bound);
        for n in 0..200 {
            states.put(InstanceId::new(n), state(1, 100_000));
            assert!(states.bytes() <= bound);
        }
        assert!(states.bytes() >= bound / 2 - 200_000, "as much as there is room for is kept");
        assert!(states.take(InstanceId::new(199), 1).is_some(), "the latest is there");
        assert!(states.take(InstanceId::new(0), 1).is_none());
    }

    #[test]
    fn what_nobody_touches_is_packed_and_given_back_as_it_was() {
        let states = States::bounded(STATES_BYTES_MAX);
        let length = 4_000;
        let first = InstanceId::new(0);
        states.put(first, state(1, length));
        let live = states.bytes();
        let many = u64::try_from(LIVE_MAX).expect("a small number");
        for n in 1..=many {
            states.put(InstanceId::new(n), state(1, length));
        }
        let packed = states.bytes() - live * LIVE_MAX;
        assert!(packed < live / 4, "{packed} bytes instead of {live}");
        assert_eq!(states.position(first), Some(1));
        assert_eq!(states.copy(first), Some((state(1, length).state, 1)));
        let loaded = states.take(first, 1).expect("it is there");
        assert_eq!(loaded.state, state(1, length).state);
        assert_eq!(loaded.tracked.position, 1);
        assert!(states.take(first, 1).is_none(), "it was taken out");
        // One that was touched meanwhile is live, whatever it was before.
        let second = states.take(InstanceId::new(1), 1).expect("it is there");
        states.put(InstanceId::new(1), second);
        states.put(first, loaded);
        let table = states.table();
        let is_live = |n| matches!(table.kept[&InstanceId::new(n)].form, Form::Live(_));
        assert!(is_live(0) && is_live(1) && is_live(many));
        assert!(table.live.len() <= LIVE_MAX);
    }

    #[test]
    fn what_has_no_room_is_not_kept() {
        let states = States::bounded(0);
        states.put(InstanceId::new(1), state(1, 10));
        assert_eq!((states.bytes(), states.position(InstanceId::new(1))), (0, None));
    }
}
