//! How much memory a state takes, so that what is kept of many can be bounded.
//!
//! Rounded up: what is shared with others counts in full. The cost follows the size of the state.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::size_of;

use super::element::{ElementInstance, Work};
use super::index::Index;
use super::instance::InstanceState;
use super::scope::Scope;
use super::subscription::Subscription;
use crate::engine::event::Waited;
use crate::value::Value;
use crate::value::weight::text_bytes;

/// Entries of a node of a tree: so many have room in each, and so many are in it at least.
const TREE_NODE: (usize, usize) = (11, 5);
/// What a node takes besides its entries, its share of the nodes above it included.
const TREE_NODE_BYTES: usize = 64;
/// What the allocator takes besides a piece of memory.
const PIECE_BYTES: usize = 16;

/// How many bytes of memory the nodes of a map of this size take.
pub fn map_bytes<K, V>(map: &BTreeMap<K, V>) -> usize {
    tree_bytes(map.len(), size_of::<K>() + size_of::<V>())
}

fn set_bytes<T>(set: &BTreeSet<T>) -> usize {
    tree_bytes(set.len(), size_of::<T>())
}

fn tree_bytes(len: usize, entry: usize) -> usize {
    let nodes = match len {
        0 => 0,
        few if few <= TREE_NODE.0 => 1,
        many => many / TREE_NODE.1 + 1,
    };
    nodes * (TREE_NODE.0 * entry + TREE_NODE_BYTES)
}

fn list_bytes<T>(list: &Vec<T>) -> usize {
    if list.capacity() == 0 { 0 } else { list.capacity() * size_of::<T>() + PIECE_BYTES }
}

impl InstanceState {
    /// How many bytes of memory the state takes besides itself, rounded up.
    pub fn heap_bytes(&self) -> usize {
        let identity = self.identity().map_or(0, |identity| {
            let key = identity.business_key.as_ref().map_or(0, |key| key.capacity() + PIECE_BYTES);
            let caught = identity.caller.as_ref().and_then(|caller| caller.caught.as_ref());
            let codes = caught.map_or(0, |codes| {
                list_bytes(codes) + codes.iter().map(|code| text_bytes(code)).sum::<usize>()
            });
            text_bytes(identity.process.as_str()) + key + codes
        });
        let locals: usize = self.locals.values().map(scope_bytes).sum();
        let elements: usize = self.elements.values().map(|element| element_bytes(element)).sum();
        let incidents: usize =
            self.incidents.values().map(|it| it.message.capacity() + PIECE_BYTES).sum();
        let subscriptions: usize = self.subscriptions.values().map(subscription_bytes).sum();
        let compensable = self.compensable.values().map(|records| {
            let parts = records
                .iter()
                .map(|record| text_bytes(record.node.as_str()) + record.variables.heap_bytes());
            list_bytes(records) + parts.sum::<usize>()
        });
        identity
            + scope_bytes(&self.root)
            + (map_bytes(&self.locals) + locals)
            + (map_bytes(&self.elements) + elements)
            + (map_bytes(&self.incidents) + incidents)
            + (map_bytes(&self.subscriptions) + subscriptions)
            + (map_bytes(&self.compensable) + compensable.sum::<usize>())
            + index_bytes(&self.index)
    }
}

fn scope_bytes(scope: &Scope) -> usize {
    let tokens: usize = scope.tokens.keys().map(|flow| text_bytes(flow.as_str())).sum();
    let received = scope.received.iter().map(|(node, flows)| {
        let parts: usize = flows.iter().map(|flow| text_bytes(flow.as_str())).sum();
        text_bytes(node.as_str()) + set_bytes(flows) + parts
    });
    scope.variables.heap_bytes()
        + (map_bytes(&scope.tokens) + tokens)
        + (map_bytes(&scope.received) + received.sum::<usize>())
}

fn element_bytes(element: &ElementInstance) -> usize {
    size_of_val(element)
        + PIECE_BYTES
        + text_bytes(element.node.as_str())
        + element.work.as_ref().map_or(0, work_bytes)
}

fn work_bytes(work: &Work) -> usize {
    match work {
        Work::Job(job) => text_bytes(&job.job_type),
        Work::UserTask(task) => {
            let names = task.candidate_groups.iter().map(|group| text_bytes(group.as_str()));
            let people = task.candidate_users.iter().chain(&task.assignee);
            let people = people.map(|person| text_bytes(person.as_str()));
            size_of_val(&**task)
                + PIECE_BYTES
                + list_bytes(&task.candidate_groups)
                + list_bytes(&task.candidate_users)
                + names.chain(people).sum::<usize>()
                + task.form.as_ref().map_or(0, |form| text_bytes(form.id.as_str()))
                + (task.summary.capacity() + PIECE_BYTES)
        }
        Work::Call | Work::Directed(_) => 0,
        Work::Loop(repetition) => {
            let values = repetition.results.values().chain(&repetition.items);
            size_of_val(&**repetition)
                + PIECE_BYTES
                + map_bytes(&repetition.results)
                + values.map(Value::heap_bytes).sum::<usize>()
        }
        Work::Compensation(work) => {
            let further = work.further.iter().map(|next| list_bytes(&next.left));
            list_bytes(&work.left) + list_bytes(&work.further) + further.sum::<usize>()
        }
    }
}

fn subscription_bytes(subscription: &Subscription) -> usize {
    let waits = match &subscription.waits {
        Waited::Message { name, key } => {
            text_bytes(name) + key.as_ref().map_or(0, |key| text_bytes(key))
        }
        Waited::Timer { cycle, .. } => cycle.as_ref().map_or(0, |cycle| text_bytes(&cycle.text)),
        Waited::Signal { name } => text_bytes(name),
        Waited::Condition { .. } => 0,
    };
    text_bytes(subscription.node.as_str()) + waits
}

fn index_bytes(index: &Index) -> usize {
    // The texts are shared with the elements, where they are counted.
    let nodes: usize = index.nodes.values().map(list_bytes).sum();
    set_bytes(&index.children)
        + (map_bytes(&index.nodes) + nodes)
        + set_bytes(&index.waits)
        + set_bytes(&index.conditions)
        + set_bytes(&index.incidents)
}
