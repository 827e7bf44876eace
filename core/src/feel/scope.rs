//! Where an evaluation finds its variables.

use std::sync::Arc;

use crate::value::{Context, Value};

/// Names and their values, as an expression sees them.
pub trait Scope {
    /// The value of `name`; `None` where there is no such name.
    fn lookup(&self, name: &str) -> Option<Value>;

    /// All names, for hints in warnings.
    fn names(&self) -> Vec<Arc<str>>;
}

impl Scope for Context {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.get(name).cloned()
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.keys().cloned().collect()
    }
}

/// Scopes inside each other, the innermost first: a name is looked up in each until found.
pub struct Layers<'a> {
    layers: Vec<&'a dyn Scope>,
}

impl<'a> Layers<'a> {
    /// These scopes, the innermost first.
    pub fn new(layers: Vec<&'a dyn Scope>) -> Self {
        Self { layers }
    }
}

impl Scope for Layers<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.layers.iter().find_map(|layer| layer.lookup(name))
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut names: Vec<_> = self.layers.iter().flat_map(|layer| layer.names()).collect();
        names.sort();
        names.dedup();
        names
    }
}
