//! Names inside of each other.

use std::sync::Arc;

use crate::feel::Scope;
use crate::value::{Context, Value};

/// Names and the scope around them.
pub(super) struct Inner<'a> {
    pub(super) names: &'a Context,
    pub(super) outer: &'a dyn Scope,
}

impl Scope for Inner<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.names.get(name).cloned().or_else(|| self.outer.lookup(name))
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut names = Scope::names(self.names);
        names.extend(self.outer.names());
        names
    }
}

/// A tested value, as `?`, and the scope around it.
pub(super) struct Tested<'a> {
    pub(super) value: &'a Value,
    pub(super) outer: &'a dyn Scope,
}

impl Scope for Tested<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        if name == "?" { Some(self.value.clone()) } else { self.outer.lookup(name) }
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.outer.names()
    }
}

/// An item of a filtered list: its entries, itself as `item`, and the scope around it.
pub(super) struct Item<'a> {
    pub(super) item: &'a Value,
    pub(super) outer: &'a dyn Scope,
}

impl Scope for Item<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        if let Some(entry) = self.item.get(name) {
            return Some(entry.clone());
        }
        if name == "item" { Some(self.item.clone()) } else { self.outer.lookup(name) }
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut names = self.item.as_context().map(Scope::names).unwrap_or_default();
        names.extend(self.outer.names());
        names
    }
}

/// All that a scope holds, at most so much, for a function that remembers it.
pub(super) fn snapshot(scope: &dyn Scope) -> Context {
    let names = scope.names();
    names.into_iter().filter_map(|name| Some((Arc::clone(&name), scope.lookup(&name)?))).collect()
}
