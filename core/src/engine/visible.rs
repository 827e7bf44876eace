//! Variables as an element instance sees them: its own, those that no event has recorded yet, and
//! those of the scopes around it.
//!
//! Never copies a scope: the cost of a look-up does not depend on how much a process holds.

use std::sync::Arc;

use super::state::InstanceState;
use crate::feel::Scope;
use crate::ids::ElementInstanceId;
use crate::value::{Value, Variables};

/// Layers on top of what the state holds: own variables, what they are mapped to, and counts.
const LAYERS_MAX: usize = 3;

/// What an expression may look up.
#[derive(Clone, Copy)]
pub(super) struct Visible<'v> {
    state: &'v InstanceState,
    scope: ElementInstanceId,
    /// Hide what the state holds; the last hides the first.
    over: [Option<&'v Variables>; LAYERS_MAX],
}

impl<'v> Visible<'v> {
    /// What `scope` sees.
    pub(super) fn of(state: &'v InstanceState, scope: ElementInstanceId) -> Self {
        Self { state, scope, over: [None; LAYERS_MAX] }
    }

    /// The same with `variables` on top.
    pub(super) fn under(self, variables: Option<&'v Variables>) -> Self {
        let Some(variables) = variables else { return self };
        let [first, second, third] = self.over;
        debug_assert!(third.is_none(), "no expression has more layers");
        Self { over: [Some(variables), first, second], ..self }
    }

    /// The layers of variables, the innermost first.
    fn layers(&self) -> impl Iterator<Item = &'v Variables> {
        let state = self.state;
        let scopes = state.scopes_outward(self.scope);
        let kept = scopes.filter_map(move |scope| Some(&state.scope(scope)?.variables));
        self.over.into_iter().flatten().chain(kept)
    }
}

impl Scope for Visible<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.layers().find_map(|variables| variables.get(name).cloned())
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut names: Vec<_> = self.layers().flat_map(Variables::keys).cloned().collect();
        names.sort();
        names.dedup();
        names
    }
}
