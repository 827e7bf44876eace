//! Variables and waiting tokens of one scope: the process, or an element instance with its own.
//!
//! Never knows the model: which flows lead to a join is the turn's business.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::{FlowNodeId, SequenceFlowId};
use crate::value::Variables;

/// Variables of a scope, and the tokens that wait in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scope {
    /// Its own variables, without those of the scopes around it.
    pub variables: Variables,
    /// Tokens that passed a flow and wait before its target, by flow; no entry is 0.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tokens: BTreeMap<SequenceFlowId, u32>,
    /// By complex gateway that waits for its reset: the flows of which it took a token at its start.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub received: BTreeMap<FlowNodeId, BTreeSet<SequenceFlowId>>,
}

impl Scope {
    /// How many tokens wait at the end of `flow`.
    pub fn tokens_at(&self, flow: &SequenceFlowId) -> u32 {
        self.tokens.get(flow).copied().unwrap_or(0)
    }

    /// One more token waits at the end of `flow`.
    pub(super) fn put_token(&mut self, flow: &SequenceFlowId) {
        match self.tokens.get_mut(flow) {
            Some(count) => *count += 1,
            None => {
                self.tokens.insert(flow.clone(), 1);
            }
        }
    }

    /// Nothing waits any longer.
    pub(super) fn clear_tokens(&mut self) {
        self.tokens.clear();
        self.received.clear();
    }

    /// One token less waits at the end of `flow`.
    pub(super) fn take_token(&mut self, flow: &SequenceFlowId) {
        if let Some(count) = self.tokens.get_mut(flow) {
            *count -= 1;
            if *count == 0 {
                self.tokens.remove(flow);
            }
        }
    }
}
