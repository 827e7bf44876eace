//! What the store follows of an instance beside its state: moments and what is written about it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use spartito_core::engine::event::Role;
use spartito_core::engine::state::{ElementInstance, InstanceState, Work, map_bytes};
use spartito_core::ids::{ElementInstanceId, FlowNodeId, IncidentId};
use spartito_core::time::Timestamp;

use super::waiting::Subscribed;

/// What is known of an instance beside its state. The default is an instance not yet written.
#[derive(Debug, Clone)]
pub struct Tracked {
    /// Its last turn; 0 before the first.
    pub position: u64,
    /// When it began.
    pub started_at: Timestamp,
    /// Its open visits.
    pub open: BTreeMap<ElementInstanceId, Open>,
    /// Length of the journal since the last snapshot.
    pub bytes_since_snapshot: usize,
    /// Length of the last snapshot.
    pub snapshot_bytes: usize,
    /// Memory that the instance takes, as far as it was looked at.
    pub weight: Weight,
    incidents: BTreeMap<IncidentId, FlowNodeId>,
    interrupted: bool,
    pub(super) subscribed: Subscribed,
}

impl Default for Tracked {
    fn default() -> Self {
        Self {
            position: 0,
            started_at: Timestamp::EPOCH,
            open: BTreeMap::new(),
            bytes_since_snapshot: 0,
            snapshot_bytes: 0,
            weight: Weight::default(),
            incidents: BTreeMap::new(),
            interrupted: false,
            subscribed: Subscribed::default(),
        }
    }
}

/// The memory that an instance takes, looked at anew when it may have grown by a part of it, so
/// that the cost of a turn does not follow the size of the instance.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weight {
    /// Bytes when it was looked at; 0 where it never was.
    looked_at: usize,
    /// Length of the events since then, as they are before they are packed.
    event_bytes: usize,
}

/// Memory that an event takes at most for each byte that it is written in: short values weigh most.
const GROWTH_MAX: usize = 8;
/// It is looked at anew when it may have grown by its weight divided by this.
const GROWTH_PART: usize = 4;

impl Weight {
    /// Notes that events of this length happened.
    pub(super) fn grow(&mut self, event_bytes: usize) {
        self.event_bytes += event_bytes;
    }

    /// The weight, `look` looks at it.
    pub(in crate::store) fn of(&mut self, look: impl FnOnce() -> usize) -> usize {
        let growth = self.event_bytes * GROWTH_MAX;
        if growth >= self.looked_at / GROWTH_PART {
            *self = Self { looked_at: look(), event_bytes: 0 };
            return self.looked_at;
        }
        self.looked_at + growth
    }
}

/// An open visit to a flow node.
#[derive(Debug, Clone)]
pub struct Open {
    /// What is visited.
    pub node: FlowNodeId,
    /// Since when.
    pub since: Timestamp,
    /// What it waits for.
    pub waits: Waits,
    /// Whether it is the body of a loop. Its times are visits of their own, and counted in its
    /// place.
    pub is_body: bool,
}

/// What a visit waits for, as far as rows of the database stand for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Waits {
    /// Nothing yet.
    Nothing,
    /// A system.
    Job,
    /// A person.
    UserTask,
    /// Nothing any more: its work is done.
    Done,
}

impl Open {
    /// What is known of an open visit that began at `since`.
    pub fn new(visit: &ElementInstance, since: Timestamp) -> Self {
        let waits = match visit.work {
            Some(Work::Job(_)) => Waits::Job,
            Some(Work::UserTask(_)) => Waits::UserTask,
            Some(Work::Call | Work::Loop(_) | Work::Compensation(_) | Work::Directed(_)) | None => {
                Waits::Nothing
            }
        };
        let is_body = visit.role == Role::Body;
        Self { node: visit.node.clone(), since, waits, is_body }
    }

    /// Whether a person or a system had work here.
    pub(super) fn had_work(&self) -> bool {
        self.waits != Waits::Nothing
    }
}

impl Tracked {
    /// What is known of an instance that was read.
    pub fn of(state: &InstanceState, position: u64, started_at: Timestamp) -> Self {
        let mut tracked = Self { position, started_at, ..Self::default() };
        for (incident, raised) in state.incidents() {
            if let Some(visit) = state.element(raised.element) {
                tracked.incidents.insert(incident, visit.node.clone());
            }
        }
        tracked.interrupted = state.is_interrupted();
        tracked.subscribed = Subscribed::of(state);
        tracked
    }

    /// How many bytes of memory it takes besides itself. The names of nodes are shared with the
    /// state, where they are counted.
    pub(in crate::store) fn heap_bytes(&self) -> usize {
        map_bytes(&self.open) + map_bytes(&self.incidents) + self.subscribed.heap_bytes()
    }

    /// The node of an open visit; the empty node for the process itself.
    pub(super) fn node(&self, element: ElementInstanceId) -> FlowNodeId {
        self.open.get(&element).map_or_else(|| FlowNodeId::from(""), |open| open.node.clone())
    }

    /// The nodes of the open incidents.
    pub(super) fn incidents_mut(&mut self) -> &mut BTreeMap<IncidentId, FlowNodeId> {
        &mut self.incidents
    }

    /// The node at which an incident was raised.
    pub(super) fn incident_node(&self, incident: IncidentId) -> FlowNodeId {
        self.incidents.get(&incident).cloned().unwrap_or_else(|| FlowNodeId::from(""))
    }

    /// Remembers the open incidents and whether a turn waits to be continued; gives both where
    /// the row of the instance says something else.
    pub(super) fn set_flags(
        &mut self,
        incidents: Vec<(IncidentId, ElementInstanceId)>,
        interrupted: bool,
    ) -> Option<(u32, bool)> {
        let before = (self.incidents.len(), self.interrupted);
        let known = incidents.into_iter().map(|(incident, element)| {
            let node = self.incidents.get(&incident).cloned();
            (incident, node.unwrap_or_else(|| self.node(element)))
        });
        self.incidents = known.collect();
        self.interrupted = interrupted;
        let after = (self.incidents.len(), self.interrupted);
        let count = u32::try_from(after.0).unwrap_or(u32::MAX);
        (before != after).then_some((count, interrupted))
    }
}
