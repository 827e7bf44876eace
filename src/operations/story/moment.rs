//! What of an instance's history is worth telling.
//!
//! Never puts it into words: that needs names, which are looked up once for all.

use std::sync::Arc;

use spartito_core::dmn::DecisionTrace;
use spartito_core::engine::Event;
use spartito_core::engine::event::{DecisionRef, Waited};
use spartito_core::engine::incident::Cause;
use spartito_core::ids::{ElementInstanceId, FlowNodeId, PersonId};
use spartito_core::time::Timestamp;

use super::{Awaited, Story};
use crate::operations::words::readable_name;

/// Something worth telling.
pub(super) struct Moment {
    pub(super) at: Timestamp,
    pub(super) by: Option<PersonId>,
    pub(super) what: What,
}

/// What is worth telling, with what the words need.
pub(super) enum What {
    Started(Option<String>),
    JobFailed {
        element: ElementInstanceId,
        message: String,
        next_in_ms: Option<i64>,
    },
    JobDone(ElementInstanceId),
    RetriesRaised(ElementInstanceId),
    TaskCreated(ElementInstanceId),
    TaskTaken {
        element: ElementInstanceId,
        assignee: PersonId,
    },
    TaskReturned(ElementInstanceId),
    TaskDone {
        element: ElementInstanceId,
        action: Option<String>,
    },
    TaskWithdrawn(ElementInstanceId),
    Incident {
        element: ElementInstanceId,
        cause: Cause,
        message: String,
    },
    IncidentResolved(ElementInstanceId),
    Decided(Box<Decided>),
    Set(Vec<String>),
    EndReached(FlowNodeId),
    /// What needs no words but these.
    Plain(&'static str),
    Waits {
        node: FlowNodeId,
        waits: Waited,
    },
    Occurred {
        element: ElementInstanceId,
        node: FlowNodeId,
        waits: Waited,
    },
    Error {
        element: ElementInstanceId,
        code: Arc<str>,
        message: String,
    },
    ErrorLeft {
        code: Arc<str>,
        message: String,
    },
    Escalation {
        element: ElementInstanceId,
        code: Arc<str>,
    },
    Sent {
        element: ElementInstanceId,
        name: Arc<str>,
        is_signal: bool,
    },
    Called(ElementInstanceId),
    Repeats {
        element: ElementInstanceId,
        times: Option<u32>,
    },
    Undoes {
        element: ElementInstanceId,
        activities: Vec<ElementInstanceId>,
    },
    Paused(String),
    Completed,
    Terminated(String),
}

/// A decision that was made for a business rule task.
pub(super) struct Decided {
    pub(super) element: ElementInstanceId,
    pub(super) decision: DecisionRef,
    pub(super) trace: Vec<DecisionTrace>,
    pub(super) warnings: Vec<String>,
}

impl Story {
    /// What of `event` is worth telling; its visits are known already.
    pub(super) fn worth_telling(&self, event: &Event, at: Timestamp) -> Option<What> {
        match event {
            Event::InstanceStarted { business_key, .. } => {
                Some(What::Started(business_key.clone()))
            }
            Event::JobCompleted { element } => Some(What::JobDone(*element)),
            Event::JobFailed { element, message, retry_at, retries } => {
                let next_in_ms = (*retries > 0)
                    .then(|| retry_at.map_or(0, |retry_at| retry_at.millis_since(at)));
                Some(What::JobFailed { element: *element, message: message.clone(), next_in_ms })
            }
            Event::JobRetriesRaised { element, .. } => Some(What::RetriesRaised(*element)),
            Event::UserTaskCreated { element, .. } => Some(What::TaskCreated(*element)),
            Event::UserTaskAssigned { element, assignee, .. } => Some(match assignee {
                Some(assignee) => What::TaskTaken { element: *element, assignee: assignee.clone() },
                None => What::TaskReturned(*element),
            }),
            Event::UserTaskCompleted { element, action, .. } => {
                Some(What::TaskDone { element: *element, action: action.clone() })
            }
            Event::IncidentRaised { element, cause, message, .. } => {
                Some(What::Incident { element: *element, cause: *cause, message: message.clone() })
            }
            Event::IncidentResolved { incident, by } => by
                .is_some()
                .then(|| self.incidents.get(incident).copied())
                .flatten()
                .map(What::IncidentResolved),
            Event::VariablesSet { variables, by: Some(_), .. } => {
                Some(What::Set(variables.keys().map(|name| readable_name(name)).collect()))
            }
            Event::ElementCompleted { element } => {
                self.visits.get(element).map(|visit| What::EndReached(visit.node.clone()))
            }
            Event::ElementTerminated { .. }
            | Event::DecisionEvaluated { .. }
            | Event::MessageThrown { .. }
            | Event::SignalThrown { .. }
            | Event::ProcessCalled { .. }
            | Event::SubscriptionOpened { .. }
            | Event::EventOccurred { .. }
            | Event::ErrorThrown { .. }
            | Event::ErrorPropagated { .. }
            | Event::EscalationThrown { .. }
            | Event::LoopStarted { .. }
            | Event::CompensationStarted { .. } => self.event_worth_telling(event),
            Event::JobChanged { .. }
            | Event::InstanceMigrated { .. }
            | Event::InstanceModified { .. }
            | Event::InstanceResumed { .. } => plain_words(event).map(What::Plain),
            Event::InstanceSuspended { reason, .. } => Some(What::Paused(reason.clone())),
            Event::InstanceCompleted => Some(What::Completed),
            Event::InstanceTerminated { reason, .. } => Some(What::Terminated(reason.clone())),
            Event::ElementActivated { .. }
            | Event::SequenceFlowTaken { .. }
            | Event::VariablesSet { by: None, .. }
            | Event::JobCreated { .. }
            | Event::ElementWaiting { .. }
            | Event::AdHocDirected { .. }
            | Event::ElementFinished { .. }
            | Event::ScopeInterrupted { .. }
            | Event::ConditionChanged { .. }
            | Event::CallEnded { .. }
            | Event::LoopResultKept { .. }
            | Event::CompensationRecorded { .. }
            | Event::CompensationTaken { .. }
            | Event::TokensRemoved { .. }
            | Event::GatewayStarted { .. }
            | Event::GatewayReset { .. }
            | Event::TurnInterrupted => None,
        }
    }

    /// The same for decisions, what is withdrawn, events that are caught and thrown, calls, loops
    /// and compensation.
    fn event_worth_telling(&self, event: &Event) -> Option<What> {
        if let Event::DecisionEvaluated { element, decision, trace, warnings } = event {
            return Some(What::Decided(Box::new(Decided {
                element: *element,
                decision: decision.clone(),
                trace: trace.clone(),
                warnings: warnings.clone(),
            })));
        }
        if let Event::MessageThrown { element, name, .. } = event {
            return Some(What::Sent { element: *element, name: name.clone(), is_signal: false });
        }
        if let Event::SignalThrown { element, name, .. } = event {
            return Some(What::Sent { element: *element, name: name.clone(), is_signal: true });
        }
        if let Event::ProcessCalled { element, .. } = event {
            return Some(What::Called(*element));
        }
        if let Event::ElementTerminated { element } = event {
            let is_task = self.visits.get(element)?.is_task;
            return is_task.then_some(What::TaskWithdrawn(*element));
        }
        if let Event::SubscriptionOpened { node, waits, .. } = event {
            let (node, waits) = (node.clone(), waits.clone());
            return Some(What::Waits { node, waits });
        }
        if let Event::EventOccurred { subscription, .. } = event {
            let Awaited { element, node, waits } = self.subscriptions.get(subscription)?;
            let (node, waits) = (node.clone(), waits.clone());
            return Some(What::Occurred { element: *element, node, waits });
        }
        if let Event::ErrorThrown { element, code, message } = event {
            let (code, message) = (code.clone(), message.clone());
            return Some(What::Error { element: *element, code, message });
        }
        if let Event::ErrorPropagated { code, message, .. } = event {
            return Some(What::ErrorLeft { code: code.clone(), message: message.clone() });
        }
        if let Event::EscalationThrown { element, code, .. } = event {
            return Some(What::Escalation { element: *element, code: code.clone() });
        }
        if let Event::LoopStarted { element, total, .. } = event {
            return Some(What::Repeats { element: *element, times: *total });
        }
        if let Event::CompensationStarted { element, activities, .. } = event
            && !activities.is_empty()
        {
            return Some(What::Undoes { element: *element, activities: activities.clone() });
        }
        None
    }
}

/// What was done to the instance as a whole or by a worker, in words that need no names.
fn plain_words(event: &Event) -> Option<&'static str> {
    if matches!(event, Event::JobChanged { .. }) {
        Some("A worker changed the attempts or the priority of its work")
    } else if matches!(event, Event::InstanceMigrated { .. }) {
        Some("The instance went on in another version of the process")
    } else if matches!(event, Event::InstanceModified { .. }) {
        Some("Where the instance stands was changed by hand")
    } else if matches!(event, Event::InstanceResumed { .. }) {
        Some("The instance was resumed")
    } else {
        None
    }
}
