//! Kinds of flow nodes, with what only each kind has.

use super::{
    BoundaryEvent, BusinessRuleTask, CallActivity, CalledDecision, CatchEvent, EventDefinition,
    ReceiveTask, ScriptTask, SendTask, ServiceTask, StartEvent, SubProcess, SubProcessKind, Text,
    ThrowEvent, UserTask,
};
use crate::ids::FormId;

/// What a flow node is.
#[derive(Debug, Clone)]
pub enum FlowNodeKind {
    /// Start event, of any trigger.
    StartEvent(StartEvent),
    /// Intermediate event that waits.
    IntermediateCatchEvent(CatchEvent),
    /// Intermediate event that throws, or only marks a place.
    IntermediateThrowEvent(ThrowEvent),
    /// Event on the border of an activity.
    BoundaryEvent(BoundaryEvent),
    /// End event, of any result.
    EndEvent(ThrowEvent),
    /// Task of no kind: done at once.
    Task,
    /// Task outside of any system: done at once.
    ManualTask,
    /// Task for a person.
    UserTask(UserTask),
    /// Task for a system.
    ServiceTask(ServiceTask),
    /// Task that sends a message.
    SendTask(SendTask),
    /// Task that waits for a message.
    ReceiveTask(ReceiveTask),
    /// Task that a decision, or a system, answers.
    BusinessRuleTask(BusinessRuleTask),
    /// Task that evaluates a script.
    ScriptTask(ScriptTask),
    /// Call of another process, or of a global task.
    CallActivity(CallActivity),
    /// Sub-process: embedded, event, transaction or ad-hoc.
    SubProcess(SubProcess),
    /// Exclusive gateway.
    ExclusiveGateway,
    /// Parallel gateway.
    ParallelGateway,
    /// Inclusive gateway.
    InclusiveGateway,
    /// Event-based gateway.
    EventBasedGateway(EventBasedGateway),
    /// Complex gateway.
    ComplexGateway(ComplexGateway),
}

/// What an event-based gateway adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventBasedGateway {
    /// `instantiate`: whether its events start the process.
    pub instantiates: bool,
    /// `eventGatewayType`: whether all events must occur, not only one.
    pub is_parallel: bool,
}

/// What a complex gateway adds.
#[derive(Debug, Clone)]
pub struct ComplexGateway {
    /// `activationCondition`: FEEL over `activationCount` and the data; `None` where every
    /// incoming flow must hold a token.
    pub activation_condition: Option<Text>,
}

impl FlowNodeKind {
    /// Local name of the BPMN element.
    pub const fn local_name(&self) -> &'static str {
        match self {
            Self::StartEvent(_) => "startEvent",
            Self::IntermediateCatchEvent(_) => "intermediateCatchEvent",
            Self::IntermediateThrowEvent(_) => "intermediateThrowEvent",
            Self::BoundaryEvent(_) => "boundaryEvent",
            Self::EndEvent(_) => "endEvent",
            Self::Task => "task",
            Self::ManualTask => "manualTask",
            Self::UserTask(_) => "userTask",
            Self::ServiceTask(_) => "serviceTask",
            Self::SendTask(_) => "sendTask",
            Self::ReceiveTask(_) => "receiveTask",
            Self::BusinessRuleTask(_) => "businessRuleTask",
            Self::ScriptTask(_) => "scriptTask",
            Self::CallActivity(_) => "callActivity",
            Self::SubProcess(SubProcess {
                kind: SubProcessKind::Embedded | SubProcessKind::Event,
                ..
            }) => "subProcess",
            Self::SubProcess(SubProcess { kind: SubProcessKind::Transaction, .. }) => "transaction",
            Self::SubProcess(SubProcess { kind: SubProcessKind::AdHoc(_), .. }) => {
                "adHocSubProcess"
            }
            Self::ExclusiveGateway => "exclusiveGateway",
            Self::ParallelGateway => "parallelGateway",
            Self::InclusiveGateway => "inclusiveGateway",
            Self::EventBasedGateway(_) => "eventBasedGateway",
            Self::ComplexGateway(_) => "complexGateway",
        }
    }

    /// A none start event without a form.
    pub fn none_start() -> Self {
        Self::StartEvent(StartEvent::none())
    }

    /// A none end event.
    pub fn none_end() -> Self {
        Self::EndEvent(ThrowEvent::default())
    }

    /// A terminate end event.
    pub fn terminate_end() -> Self {
        let definitions = vec![EventDefinition::Terminate];
        Self::EndEvent(ThrowEvent { definitions, job: None })
    }

    /// Whether it is a start event without a trigger.
    pub fn is_none_start(&self) -> bool {
        matches!(self, Self::StartEvent(start) if start.catch.definitions.is_empty())
    }

    /// Whether it is an event.
    pub const fn is_event(&self) -> bool {
        matches!(
            self,
            Self::StartEvent(_)
                | Self::IntermediateCatchEvent(_)
                | Self::IntermediateThrowEvent(_)
                | Self::BoundaryEvent(_)
                | Self::EndEvent(_)
        )
    }

    /// Whether it is a gateway.
    pub const fn is_gateway(&self) -> bool {
        matches!(
            self,
            Self::ExclusiveGateway
                | Self::ParallelGateway
                | Self::InclusiveGateway
                | Self::EventBasedGateway(_)
                | Self::ComplexGateway(_)
        )
    }

    /// Whether it is an activity: a task, a call or a sub-process.
    pub const fn is_activity(&self) -> bool {
        !self.is_event() && !self.is_gateway()
    }

    /// Whether it is a sub-process that events start.
    pub const fn is_event_sub_process(&self) -> bool {
        matches!(self, Self::SubProcess(SubProcess { kind: SubProcessKind::Event, .. }))
    }

    /// What an event of this kind waits for.
    pub const fn catches(&self) -> Option<&CatchEvent> {
        if let Self::StartEvent(start) = self {
            Some(&start.catch)
        } else if let Self::IntermediateCatchEvent(catch) = self {
            Some(catch)
        } else if let Self::BoundaryEvent(boundary) = self {
            Some(&boundary.catch)
        } else {
            None
        }
    }

    /// What an event of this kind throws.
    pub const fn throws(&self) -> Option<&ThrowEvent> {
        let (Self::IntermediateThrowEvent(throw) | Self::EndEvent(throw)) = self else {
            return None;
        };
        Some(throw)
    }

    /// The event definitions of an event; none for other kinds.
    pub fn event_definitions(&self) -> &[EventDefinition] {
        match (self.catches(), self.throws()) {
            (Some(catch), _) => &catch.definitions,
            (None, Some(throw)) => &throw.definitions,
            (None, None) => &[],
        }
    }

    /// The sub-process of this kind.
    pub const fn sub_process(&self) -> Option<&SubProcess> {
        let Self::SubProcess(sub) = self else { return None };
        Some(sub)
    }

    /// The form that a person is shown at a node of this kind.
    pub const fn form(&self) -> Option<&FormId> {
        if let Self::StartEvent(start) = self {
            start.form.as_ref()
        } else if let Self::UserTask(task) = self {
            task.form.as_ref()
        } else {
            None
        }
    }

    /// The work for a system that a node of this kind makes, where it makes any.
    pub fn service(&self) -> Option<&ServiceTask> {
        if let Self::ServiceTask(task)
        | Self::BusinessRuleTask(BusinessRuleTask::Job(task))
        | Self::ScriptTask(ScriptTask::Job(task)) = self
        {
            Some(task)
        } else if let Self::SendTask(send) = self {
            send.job.as_ref()
        } else if let Self::SubProcess(SubProcess { kind: SubProcessKind::AdHoc(ad_hoc), .. }) =
            self
        {
            ad_hoc.job.as_ref()
        } else {
            self.throws().and_then(|throw| throw.job.as_ref())
        }
    }

    /// The decision that a node of this kind calls, where it calls any.
    pub fn called_decision(&self) -> Option<&CalledDecision> {
        let Self::BusinessRuleTask(BusinessRuleTask::Decision(called)) = self else {
            return None;
        };
        Some(called)
    }
}
