//! Breadth first through all markings, so that the first way to a marking is a shortest one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::marking::{Marking, TOKENS_MAX};
use super::net::{Holder, Net};
use super::step::{initial, successors};

/// Most markings that are looked at.
pub(super) const STATES_MAX: usize = 30_000;
/// Most places with tokens that are written and nodes that are visited, over all steps: bounds the
/// time for models with many tokens at once.
const WORK_MAX: usize = 2_000_000;
/// The same for models of more than [`LARGE_NODES`], whose steps cost more.
const WORK_OF_LARGE_MAX: usize = 400_000;
/// Nodes of a model that is too large for even one step.
const NODES_MAX: usize = 20_000;
/// Nodes of a model that is large.
const LARGE_NODES: usize = 1_000;
/// Most places of one marking that hold tokens; what follows a larger one is not looked at.
const PLACES_OF_MARKING_MAX: usize = 200;

/// What was seen.
pub(super) struct Search {
    pub(super) markings: Vec<Marking>,
    /// By marking: from where it was first reached, and by which node.
    parents: Vec<Option<(usize, usize)>>,
    /// By marking: what follows.
    next: Vec<Vec<usize>>,
    /// By marking: whether all that follows was looked at.
    looked_at: Vec<bool>,
    /// Whether all was seen.
    pub(super) is_complete: bool,
    /// Nodes that acted.
    pub(super) acted: BTreeSet<usize>,
}

/// Looks at all markings, up to the bounds.
pub(super) fn search(net: &Net<'_>) -> Search {
    let mut search = Search {
        markings: Vec::new(),
        parents: Vec::new(),
        next: Vec::new(),
        looked_at: Vec::new(),
        is_complete: true,
        acted: BTreeSet::new(),
    };
    if net.nodes.len() > NODES_MAX {
        search.is_complete = false;
        return search;
    }
    let mut known = Known::default();
    let mut open: VecDeque<usize> = VecDeque::new();
    let mut places = 0;
    let work_max = if net.nodes.len() > LARGE_NODES { WORK_OF_LARGE_MAX } else { WORK_MAX };
    for marking in initial(net) {
        open.push_back(search.add(&mut known, marking, None));
    }
    while let Some(index) = open.pop_front() {
        let marking = search.markings[index].clone();
        if places + net.visited.get() > work_max {
            search.is_complete = false;
            break;
        }
        if marking.len() > PLACES_OF_MARKING_MAX {
            search.is_complete = false;
            continue;
        }
        // Tokens that pile up never end to do so.
        if marking.places().any(|(place, count)| {
            count >= TOKENS_MAX && matches!(net.holder(place), Holder::Flow(_) | Holder::Message)
        }) {
            search.is_complete = false;
            continue;
        }
        search.looked_at[index] = true;
        for step in successors(net, &marking) {
            search.acted.insert(step.node);
            places += step.marking.len();
            let next = match known.find(&search.markings, &step.marking) {
                Some(next) => next,
                None if search.markings.len() >= STATES_MAX => {
                    search.is_complete = false;
                    search.looked_at[index] = false;
                    continue;
                }
                None => {
                    let next = search.add(&mut known, step.marking, Some((index, step.node)));
                    open.push_back(next);
                    next
                }
            };
            search.next[index].push(next);
        }
    }
    search
}

/// Markings by a digest of them, which several may share.
#[derive(Default)]
struct Known(BTreeMap<u64, Vec<usize>>);

impl Known {
    fn find(&self, markings: &[Marking], marking: &Marking) -> Option<usize> {
        let same = self.0.get(&marking.digest())?;
        same.iter().copied().find(|index| markings[*index] == *marking)
    }
}

impl Search {
    fn add(
        &mut self,
        known: &mut Known,
        marking: Marking,
        parent: Option<(usize, usize)>,
    ) -> usize {
        let index = self.markings.len();
        known.0.entry(marking.digest()).or_default().push(index);
        self.markings.push(marking);
        self.parents.push(parent);
        self.next.push(Vec::new());
        self.looked_at.push(false);
        index
    }

    /// The nodes that act on a shortest way to a marking, in order.
    pub(super) fn way_to(&self, index: usize) -> Vec<usize> {
        let mut way = Vec::new();
        let mut at = index;
        while let Some((parent, node)) = self.parents[at] {
            way.push(node);
            at = parent;
        }
        way.reverse();
        way
    }

    /// Whether all that follows a marking was looked at.
    pub(super) fn is_complete_at(&self, index: usize) -> bool {
        self.looked_at[index]
    }

    /// Whether nothing follows a marking.
    pub(super) fn is_last(&self, index: usize) -> bool {
        self.next[index].is_empty()
    }

    /// By marking: whether one of `goals` can be reached from it.
    pub(super) fn reaches(&self, goals: &[usize]) -> Vec<bool> {
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); self.markings.len()];
        for (index, next) in self.next.iter().enumerate() {
            for follower in next {
                before[*follower].push(index);
            }
        }
        let mut found = vec![false; self.markings.len()];
        let mut open = goals.to_vec();
        while let Some(index) = open.pop() {
            if !std::mem::replace(&mut found[index], true) {
                open.extend(before[index].iter().copied());
            }
        }
        found
    }
}
