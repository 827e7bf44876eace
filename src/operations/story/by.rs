//! Who did what an event says.

use spartito_core::engine::Event;
use spartito_core::ids::PersonId;

/// Who did what the event says, where the event says it.
pub(super) fn by(event: &Event) -> Option<PersonId> {
    match event {
        Event::InstanceStarted { by, .. }
        | Event::VariablesSet { by, .. }
        | Event::UserTaskAssigned { by, .. }
        | Event::UserTaskCompleted { by, .. }
        | Event::IncidentResolved { by, .. }
        | Event::InstanceMigrated { by, .. }
        | Event::InstanceModified { by, .. }
        | Event::InstanceSuspended { by, .. }
        | Event::InstanceResumed { by }
        | Event::InstanceTerminated { by, .. } => by.clone(),
        Event::ElementActivated { .. }
        | Event::ElementCompleted { .. }
        | Event::ElementTerminated { .. }
        | Event::SequenceFlowTaken { .. }
        | Event::JobCreated { .. }
        | Event::JobCompleted { .. }
        | Event::AdHocDirected { .. }
        | Event::JobFailed { .. }
        | Event::JobChanged { .. }
        | Event::JobRetriesRaised { .. }
        | Event::UserTaskCreated { .. }
        | Event::DecisionEvaluated { .. }
        | Event::IncidentRaised { .. }
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
        | Event::GatewayStarted { .. }
        | Event::GatewayReset { .. }
        | Event::TokensRemoved { .. }
        | Event::TurnInterrupted
        | Event::InstanceCompleted => None,
    }
}
