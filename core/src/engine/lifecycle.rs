//! The life of an element instance: which event may happen in which phase.
//!
//! Never changes anything; the turn asks before it records an event.

use serde::{Deserialize, Serialize};

use super::event::Event;
use crate::ids::ElementInstanceId;

/// Where an open element instance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Entered; its work has not begun.
    Activating,
    /// Waits for a person or a system.
    Active,
    /// The work is done; what follows from it has not happened yet.
    Completing,
}

/// What an event does to the element instance that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    /// Work for a person or a system begins.
    Wait,
    /// The work goes on under other circumstances.
    Stay,
    /// The work is done at once, by a decision.
    Decide,
    /// The work is done.
    Finish,
    /// The element instance ends as the model says.
    Complete,
    /// The element instance is ended from outside.
    Terminate,
}

/// The allowed moves; whatever is not here is a defect of the engine.
const TRANSITIONS: &[(Phase, Move)] = &[
    (Phase::Activating, Move::Wait),
    (Phase::Activating, Move::Decide),
    (Phase::Activating, Move::Complete),
    (Phase::Activating, Move::Terminate),
    (Phase::Active, Move::Wait),
    (Phase::Active, Move::Stay),
    (Phase::Active, Move::Finish),
    (Phase::Active, Move::Terminate),
    (Phase::Completing, Move::Complete),
    (Phase::Completing, Move::Terminate),
];

/// The element instance whose phase `event` depends on, and whether the table allows the event
/// there; `None` when the event is not about the phase of an element instance.
pub(super) fn check(
    event: &Event,
    phase: impl Fn(ElementInstanceId) -> Option<Phase>,
) -> Option<bool> {
    let (element, moved) = subject(event)?;
    Some(phase(element).is_some_and(|phase| TRANSITIONS.contains(&(phase, moved))))
}

/// The element instance that `event` moves, and how.
fn subject(event: &Event) -> Option<(ElementInstanceId, Move)> {
    match event {
        Event::JobCreated { element, .. }
        | Event::UserTaskCreated { element, .. }
        | Event::ElementWaiting { element }
        | Event::ProcessCalled { element, .. }
        | Event::LoopStarted { element, .. } => Some((*element, Move::Wait)),
        Event::JobFailed { element, .. }
        | Event::JobChanged { element, .. }
        | Event::JobRetriesRaised { element, .. }
        | Event::UserTaskAssigned { element, .. }
        | Event::LoopResultKept { element, .. }
        | Event::AdHocDirected { element, .. }
        | Event::CompensationStarted { element, .. }
        | Event::CompensationTaken { element, .. }
        | Event::CallEnded { element, .. } => Some((*element, Move::Stay)),
        Event::JobCompleted { element }
        | Event::UserTaskCompleted { element, .. }
        | Event::ElementFinished { element } => Some((*element, Move::Finish)),
        Event::DecisionEvaluated { element, .. } => Some((*element, Move::Decide)),
        Event::ElementCompleted { element } => Some((*element, Move::Complete)),
        Event::ElementTerminated { element } => Some((*element, Move::Terminate)),
        Event::InstanceStarted { .. }
        | Event::ElementActivated { .. }
        | Event::SequenceFlowTaken { .. }
        | Event::GatewayStarted { .. }
        | Event::GatewayReset { .. }
        | Event::VariablesSet { .. }
        | Event::IncidentRaised { .. }
        | Event::IncidentResolved { .. }
        | Event::ScopeInterrupted { .. }
        | Event::SubscriptionOpened { .. }
        | Event::EventOccurred { .. }
        | Event::ConditionChanged { .. }
        | Event::MessageThrown { .. }
        | Event::SignalThrown { .. }
        | Event::ErrorThrown { .. }
        | Event::ErrorPropagated { .. }
        | Event::EscalationThrown { .. }
        | Event::CompensationRecorded { .. }
        | Event::InstanceMigrated { .. }
        | Event::InstanceModified { .. }
        | Event::TokensRemoved { .. }
        | Event::InstanceSuspended { .. }
        | Event::InstanceResumed { .. }
        | Event::TurnInterrupted
        | Event::InstanceCompleted
        | Event::InstanceTerminated { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELEMENT: ElementInstanceId = ElementInstanceId(1);

    #[test]
    fn a_job_is_completed_once() {
        let event = Event::JobCompleted { element: ELEMENT };
        assert_eq!(check(&event, |_| Some(Phase::Active)), Some(true));
        assert_eq!(check(&event, |_| Some(Phase::Completing)), Some(false));
        assert_eq!(check(&event, |_| None), Some(false), "a closed element has no phase");
    }

    #[test]
    fn an_active_element_is_not_completed_before_its_work_is_done() {
        let event = Event::ElementCompleted { element: ELEMENT };
        assert_eq!(check(&event, |_| Some(Phase::Active)), Some(false));
        assert_eq!(check(&event, |_| Some(Phase::Completing)), Some(true));
    }
}
