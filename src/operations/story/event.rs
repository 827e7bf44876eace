//! What an event says by itself: who did it, and words that fit any instance.

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
        | Event::InstanceSuspended { by }
        | Event::InstanceResumed { by }
        | Event::InstanceTerminated { by, .. } => by.clone(),
        Event::ElementActivated { .. }
        | Event::ElementCompleted { .. }
        | Event::ElementTerminated { .. }
        | Event::SequenceFlowTaken { .. }
        | Event::JobCreated { .. }
        | Event::JobCompleted { .. }
        | Event::JobFailed { .. }
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

/// What is told of an event that needs no other words.
pub(super) fn plain(event: &Event) -> Option<&'static str> {
    let told: [(bool, &str); 5] = [
        (
            matches!(event, Event::InstanceMigrated { .. }),
            "The instance went on in another version of the process",
        ),
        (
            matches!(event, Event::InstanceModified { .. }),
            "Where the instance stands was changed by hand",
        ),
        (matches!(event, Event::InstanceSuspended { .. }), "The instance was suspended"),
        (matches!(event, Event::InstanceResumed { .. }), "The instance was resumed"),
        (matches!(event, Event::InstanceCompleted), "The instance was completed"),
    ];
    told.into_iter().find(|(is_it, _)| *is_it).map(|(_, words)| words)
}
