//! Tells that something has changed, after it was committed and never before.
//!
//! Says what kind of thing, never what it is now: who hears of it reads again.

use spartito_core::engine::Event;
use spartito_core::ids::{InstanceId, ProcessId};
use tokio::sync::broadcast;

use super::neighbors::Neighbors;

/// Changes that a slow listener may be behind; past it the listener is told that it missed some.
const CHANGES_BEHIND_MAX: usize = 4_096;

/// That something about an instance has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The instance.
    pub instance: InstanceId,
    /// Its process.
    pub process: ProcessId,
    /// Whether tasks for people came, went or changed hands.
    pub tasks: bool,
    /// Whether incidents came or went.
    pub incidents: bool,
    /// Whether decisions were made.
    pub decisions: bool,
    /// Whether it ended.
    pub ended: bool,
    /// Whether anything else may have changed too: what was told was missed.
    pub everything: bool,
}

impl Change {
    pub(super) fn new(instance: InstanceId, process: ProcessId) -> Self {
        Self {
            instance,
            process,
            tasks: false,
            incidents: false,
            decisions: false,
            ended: false,
            everything: false,
        }
    }

    /// That anything may have changed.
    pub(super) fn everything() -> Self {
        Self { everything: true, ..Self::new(InstanceId::new(0), ProcessId::from("")) }
    }

    pub(super) fn add(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::UserTaskCreated { .. }
                | Event::UserTaskAssigned { .. }
                | Event::UserTaskCompleted { .. }
                | Event::ElementTerminated { .. } => self.tasks = true,
                Event::IncidentRaised { .. } | Event::IncidentResolved { .. } => {
                    self.incidents = true;
                }
                Event::DecisionEvaluated { .. } => self.decisions = true,
                Event::InstanceCompleted | Event::InstanceTerminated { .. } => self.ended = true,
                Event::InstanceStarted { .. }
                | Event::ElementActivated { .. }
                | Event::ElementCompleted { .. }
                | Event::SequenceFlowTaken { .. }
                | Event::VariablesSet { .. }
                | Event::JobCreated { .. }
                | Event::JobCompleted { .. }
                | Event::AdHocDirected { .. }
                | Event::JobFailed { .. }
                | Event::JobChanged { .. }
                | Event::JobRetriesRaised { .. }
                | Event::ElementWaiting { .. }
                | Event::ElementFinished { .. }
                | Event::ScopeInterrupted { .. }
                | Event::SubscriptionOpened { .. }
                | Event::EventOccurred { .. }
                | Event::ConditionChanged { .. }
                | Event::MessageThrown { .. }
                | Event::SignalThrown { .. }
                | Event::ErrorThrown { .. }
                | Event::ErrorPropagated { .. }
                | Event::EscalationThrown { .. }
                | Event::ProcessCalled { .. }
                | Event::CallEnded { .. }
                | Event::LoopStarted { .. }
                | Event::LoopResultKept { .. }
                | Event::CompensationRecorded { .. }
                | Event::CompensationStarted { .. }
                | Event::CompensationTaken { .. }
                | Event::InstanceMigrated { .. }
                | Event::InstanceModified { .. }
                | Event::TokensRemoved { .. }
                | Event::InstanceSuspended { .. }
                | Event::InstanceResumed { .. }
                | Event::GatewayStarted { .. }
                | Event::GatewayReset { .. }
                | Event::TurnInterrupted => {}
            }
        }
    }
}

/// Where changes are told. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Live {
    sender: broadcast::Sender<Change>,
    neighbors: Neighbors,
}

impl Default for Live {
    fn default() -> Self {
        Self::among(Neighbors::default())
    }
}

impl Live {
    /// One that tells other servers too.
    pub(super) fn among(neighbors: Neighbors) -> Self {
        Self { sender: broadcast::Sender::new(CHANGES_BEHIND_MAX), neighbors }
    }

    /// All changes from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.sender.subscribe()
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Tells what this server has changed.
    pub(super) fn send(&self, change: Change) {
        self.neighbors.change(&change);
        self.relay(change);
    }

    /// Tells here what another server has changed.
    pub(super) fn relay(&self, change: Change) {
        // An error means that nobody listens.
        let _ = self.sender.send(change);
    }
}
