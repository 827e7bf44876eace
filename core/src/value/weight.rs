//! How much memory values take, so that what is kept of many can be bounded.

use std::mem::size_of;
use std::sync::Arc;

use super::{Context, Range, Value};

/// What the allocator and the counters of a shared part take besides it.
const SHARED_BYTES: usize = 32;
/// A zone's name at most, beside the moment it belongs to.
const MOMENT_BYTES: usize = 128;
/// An entry of a tree, its share of half-empty nodes included.
const TREE_ENTRY_BYTES: usize = 64;

impl Value {
    /// How many bytes of memory the value takes besides itself, rounded up. Shared parts count
    /// each time.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Self::Null
            | Self::Boolean(_)
            | Self::Number(_)
            | Self::Date(_)
            | Self::DaysTimeDuration(_)
            | Self::YearsMonthsDuration(_) => 0,
            Self::String(text) => text_bytes(text),
            Self::List(list) => {
                let items: usize = list.iter().map(Self::heap_bytes).sum();
                SHARED_BYTES * 2 + size_of::<super::List>() + list.capacity() * VALUE_BYTES + items
            }
            Self::Context(context) => SHARED_BYTES + size_of::<Context>() + context.heap_bytes(),
            Self::Time(_) | Self::DateTime(_) => MOMENT_BYTES,
            Self::Range(range) => {
                let ends = [&range.start, &range.end];
                let ends: usize = ends.into_iter().flatten().map(Self::heap_bytes).sum();
                SHARED_BYTES + size_of::<Range>() + ends
            }
            // Lives during an evaluation and is null when it is kept.
            Self::Function(_) => SHARED_BYTES,
        }
    }
}

const VALUE_BYTES: usize = size_of::<Value>();

impl Context {
    /// How many bytes of memory the entries take, rounded up. Shared parts count each time.
    pub fn heap_bytes(&self) -> usize {
        let entry = size_of::<(Arc<str>, Value)>() + size_of::<u32>();
        let index = if self.has_tree() { self.len() * TREE_ENTRY_BYTES } else { 0 };
        let parts: usize =
            self.iter().map(|(name, value)| text_bytes(name) + value.heap_bytes()).sum();
        let room = if self.capacity() == 0 { 0 } else { SHARED_BYTES + self.capacity() * entry };
        room + index + parts
    }
}

/// How many bytes of memory a shared text takes.
pub(crate) fn text_bytes(text: &str) -> usize {
    text.len() + SHARED_BYTES
}
