//! Names and their values in the order in which they were first set.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{VALUE_DEPTH_MAX, Value};

/// Up to eight entries a look-up compares the names one by one.
const FIRST_SORTED: usize = 9;
/// From so many entries on the index is a tree.
const FIRST_IN_TREE: usize = 1_025;
/// Room is made for at most so many entries before they are there.
const RESERVED_MAX: usize = 64;

/// Where the entries are.
#[derive(Clone, Default)]
enum Index {
    /// Below [`FIRST_SORTED`] entries there is none.
    #[default]
    None,
    /// Positions in the order of the names, below [`FIRST_IN_TREE`] entries.
    Sorted(Vec<u32>),
    /// Positions by name: to put one between many others would take too long.
    Tree(BTreeMap<Arc<str>, u32>),
}

/// Names and their values, in the order in which the names were first set.
#[derive(Clone, Default)]
pub struct Context {
    entries: Vec<(Arc<str>, Value)>,
    index: Index,
    /// The deepest nesting that any entry has had.
    depth: u16,
    /// The names and values written out, see [`Value::bytes`].
    bytes: u64,
}

impl Context {
    /// A context without entries.
    pub const fn new() -> Self {
        Self { entries: Vec::new(), index: Index::None, depth: 0, bytes: 0 }
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.position(name).map(|at| &self.entries[at].1)
    }

    /// Whether there is an entry `name`, be it null.
    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// Sets the value of `name` and gives the one it had; a value that nests too deep is set to
    /// null (see [`VALUE_DEPTH_MAX`]).
    pub fn insert(&mut self, name: impl Into<Arc<str>>, value: Value) -> Option<Value> {
        let name = name.into();
        let value = if value.depth() >= VALUE_DEPTH_MAX { Value::Null } else { value };
        self.depth = self.depth.max(value.depth());
        self.bytes = self.bytes.saturating_add(value.bytes());
        if let Some(at) = self.position(&name) {
            let old = std::mem::replace(&mut self.entries[at].1, value);
            self.bytes = self.bytes.saturating_sub(old.bytes());
            return Some(old);
        }
        self.bytes = self.bytes.saturating_add(name.len() as u64 + 4);
        let last = position_of(self.entries.len());
        match &mut self.index {
            Index::None => {}
            Index::Sorted(index) => {
                let at = search(&self.entries, index, &name).unwrap_or_else(|at| at);
                index.insert(at, last);
            }
            Index::Tree(index) => {
                index.insert(Arc::clone(&name), last);
            }
        }
        self.entries.push((name, value));
        if matches!(self.entries.len(), FIRST_SORTED | FIRST_IN_TREE) {
            self.rebuild_index();
        }
        None
    }

    /// Removes the entry `name` and gives its value.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.position(name)?;
        let (removed, value) = self.entries.remove(at);
        self.bytes =
            self.bytes.saturating_sub(value.bytes().saturating_add(removed.len() as u64 + 4));
        self.rebuild_index();
        Some(value)
    }

    /// The entries in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Arc<str>, &Value)> + ExactSizeIterator {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    /// The names in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Arc<str>> + ExactSizeIterator {
        self.entries.iter().map(|(name, _)| name)
    }

    /// The count of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Levels of nesting inside the entries.
    pub(super) const fn depth(&self) -> u16 {
        self.depth
    }

    /// How many entries there is room for.
    pub(super) const fn capacity(&self) -> usize {
        self.entries.capacity()
    }

    /// Whether the entries are looked up in a tree.
    pub(super) const fn has_tree(&self) -> bool {
        matches!(self.index, Index::Tree(_))
    }

    /// The names and values written out, see [`Value::bytes`].
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Index::None => self.entries.iter().position(|(key, _)| &**key == name),
            Index::Sorted(index) => {
                search(&self.entries, index, name).ok().map(|at| index[at] as usize)
            }
            Index::Tree(index) => index.get(name).map(|at| *at as usize),
        }
    }

    fn rebuild_index(&mut self) {
        let positions = 0..position_of(self.entries.len());
        self.index = match self.entries.len() {
            ..FIRST_SORTED => Index::None,
            FIRST_SORTED..FIRST_IN_TREE => {
                let mut index: Vec<u32> = positions.collect();
                index.sort_unstable_by_key(|at| &*self.entries[*at as usize].0);
                Index::Sorted(index)
            }
            _ => {
                let names = self.entries.iter().map(|(name, _)| Arc::clone(name));
                Index::Tree(names.zip(positions).collect())
            }
        };
    }
}

fn search(entries: &[(Arc<str>, Value)], index: &[u32], name: &str) -> Result<usize, usize> {
    index.binary_search_by(|at| (*entries[*at as usize].0).cmp(name))
}

fn position_of(at: usize) -> u32 {
    u32::try_from(at).expect("a context has fewer than 2^32 entries")
}

impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().all(|(name, value)| other.get(name).is_some_and(|it| it == value))
    }
}

impl<K: Into<Arc<str>>> FromIterator<(K, Value)> for Context {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let mut context = Self::new();
        context.entries.reserve(entries.size_hint().0.min(RESERVED_MAX));
        context.extend(entries);
        context
    }
}

impl<K: Into<Arc<str>>> Extend<(K, Value)> for Context {
    fn extend<I: IntoIterator<Item = (K, Value)>>(&mut self, entries: I) {
        for (name, value) in entries {
            self.insert(name, value);
        }
    }
}

impl IntoIterator for Context {
    type Item = (Arc<str>, Value);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Context, Value};

    #[test]
    fn keeps_the_order_and_finds_every_name() {
        for count in [32, 50, 1_024, 1_025, 1_026, 3_000] {
            keeps_order(count);
        }
    }

    fn keeps_order(count: i32) {
        let mut context = Context::new();
        for number in (0..count).rev() {
            context.insert(format!("name {number}"), Value::from(number));
        }
        context.insert("name 30", Value::from("again"));
        assert_eq!(context.remove("name 7"), Some(Value::from(7)));
        assert_eq!(context.len(), usize::try_from(count).unwrap() - 1);
        assert_eq!(
            context.keys().next().map(|name| &**name),
            Some(&*format!("name {}", count - 1))
        );
        assert_eq!(context.get("name 30"), Some(&Value::from("again")));
        assert_eq!(context.get("name 0"), Some(&Value::from(0)));
        assert!(!context.contains("name 7"));
    }
}
