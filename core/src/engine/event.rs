//! What has happened to a process instance. The state is these events folded, and nothing else.
//!
//! Stored for ever: a variant or field is never renamed or removed; new fields carry
//! `#[serde(default)]`. `core/tests/stored_events.rs` keeps a sample of each.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::incident::Cause;
use super::modification::{Activation, Termination};
use crate::dmn::DecisionTrace;
use crate::ids::{
    DecisionId, DecisionModelKey, DefinitionKey, ElementInstanceId, FlowNodeId, FormId, FormKey,
    GroupId, IncidentId, InstanceId, PersonId, ProcessId, SequenceFlowId, SubscriptionId,
};
use crate::time::Timestamp;
use crate::value::{Value, Variables};

/// Something that happened, in the past tense.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The instance began.
    InstanceStarted {
        /// The new instance.
        instance: InstanceId,
        /// The process.
        process: ProcessId,
        /// The version it runs.
        definition: DefinitionKey,
        /// Name of the case in the words of the business.
        business_key: Option<String>,
        /// Variables of the process scope.
        variables: Variables,
        /// Who started it; `None` for the system.
        by: Option<PersonId>,
        /// The call activity that started it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller: Option<Caller>,
    },
    /// A flow node is visited.
    ElementActivated {
        /// The visit.
        element: ElementInstanceId,
        /// What is visited.
        node: FlowNodeId,
        /// The visit (or process) it happens in.
        scope: ElementInstanceId,
        /// Flows whose waiting token the visit consumes, one token each; empty at a start.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        consumed: Vec<SequenceFlowId>,
        /// What part of the activity it is.
        #[serde(default, skip_serializing_if = "Role::is_whole")]
        role: Role,
    },
    /// The visit has begun and waits: for what it holds, or for an event.
    ElementWaiting {
        /// The visit.
        element: ElementInstanceId,
    },
    /// What the visit waited for has come; what follows from it comes next.
    ElementFinished {
        /// The visit.
        element: ElementInstanceId,
    },
    /// Whatever a scope holds is swept aside: its waiting tokens, and the events it waits for.
    ScopeInterrupted {
        /// The scope.
        scope: ElementInstanceId,
        /// The events that are no longer waited for; `None` for all that belong to the scope.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        closes: Option<Vec<SubscriptionId>>,
    },
    /// An event is waited for from now on.
    SubscriptionOpened {
        /// The subscription.
        subscription: SubscriptionId,
        /// The visit (or process) that waits; with its end the subscription ends.
        element: ElementInstanceId,
        /// The event of the model.
        node: FlowNodeId,
        /// Which of its definitions, from 0.
        definition: u32,
        /// What it is.
        waits: Waited,
    },
    /// What a subscription waited for has occurred.
    EventOccurred {
        /// The subscription.
        subscription: SubscriptionId,
        /// What it waits for from now on; `None` where it is over.
        next: Option<Waited>,
    },
    /// The condition of a subscription holds, or does no longer.
    ConditionChanged {
        /// The subscription.
        subscription: SubscriptionId,
        /// Whether it holds.
        holds: bool,
        /// The incident that says why it cannot be told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        incident: Option<IncidentId>,
    },
    /// A message leaves the instance.
    MessageThrown {
        /// The event or task that throws it.
        element: ElementInstanceId,
        /// Its name.
        name: Arc<str>,
        /// Whose it is; `None` where only the name counts.
        key: Option<Arc<str>>,
        /// What it carries.
        variables: Variables,
    },
    /// A signal leaves the instance; all who wait for it hear it, the instance itself as well.
    SignalThrown {
        /// The event that throws it.
        element: ElementInstanceId,
        /// Its name.
        name: Arc<str>,
        /// What it carries.
        variables: Variables,
    },
    /// A BPMN error was thrown and caught.
    ErrorThrown {
        /// Where it was thrown.
        element: ElementInstanceId,
        /// Its code; empty where it has none.
        code: Arc<str>,
        /// What is said of it.
        message: String,
    },
    /// A BPMN error that nothing in this instance catches goes to the caller.
    ErrorPropagated {
        /// Its code.
        code: Arc<str>,
        /// What is said of it.
        message: String,
        /// What it carries.
        variables: Variables,
    },
    /// An escalation was thrown; whether anybody caught it shows in what follows.
    EscalationThrown {
        /// Where.
        element: ElementInstanceId,
        /// Its code; empty where it has none.
        code: Arc<str>,
        /// Whether it goes to the caller, as nothing in this instance catches it.
        #[serde(default)]
        to_caller: bool,
    },
    /// Another process is called.
    ProcessCalled {
        /// The call activity.
        element: ElementInstanceId,
        /// What is called.
        called: Called,
        /// First variables of the called instance.
        variables: Variables,
        /// Codes of the errors that are caught around the call, or by those who wait for this
        /// instance; `None` where it may be any, and where it was not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caught: Option<Vec<Arc<str>>>,
    },
    /// The called instance has ended, or is not wanted any longer.
    CallEnded {
        /// The call activity.
        element: ElementInstanceId,
        /// Whether the called instance is still under way and has to be terminated.
        is_canceled: bool,
    },
    /// An activity repeats.
    LoopStarted {
        /// The body of the loop.
        element: ElementInstanceId,
        /// How often; `None` where only a condition says.
        total: Option<u32>,
        /// One item for each; `None` where there is no collection.
        items: Option<Value>,
    },
    /// One time of a loop gave a result.
    LoopResultKept {
        /// The body of the loop.
        element: ElementInstanceId,
        /// Which time, from 0.
        index: u32,
        /// The result.
        value: Value,
    },
    /// An activity has completed that can be compensated.
    CompensationRecorded {
        /// The scope it completed in.
        scope: ElementInstanceId,
        /// The visit that completed.
        element: ElementInstanceId,
        /// The activity.
        node: FlowNodeId,
        /// Its own variables when it completed.
        variables: Variables,
    },
    /// Activities are compensated, the last first.
    CompensationStarted {
        /// The event that waits for it.
        element: ElementInstanceId,
        /// The scope whose records are meant, which may be over.
        scope: ElementInstanceId,
        /// The visits that completed, in the order of compensation.
        activities: Vec<ElementInstanceId>,
        /// Whether the token of the event goes on meanwhile; the event stays until it is done.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        goes_on: bool,
    },
    /// One record is used up: its compensation begins.
    CompensationTaken {
        /// The event that waits for it.
        element: ElementInstanceId,
        /// The scope of the record.
        scope: ElementInstanceId,
        /// The visit that is compensated.
        activity: ElementInstanceId,
    },
    /// The visit ended as the model says.
    ElementCompleted {
        /// The visit.
        element: ElementInstanceId,
    },
    /// The visit was ended from outside.
    ElementTerminated {
        /// The visit.
        element: ElementInstanceId,
    },
    /// A token passed along a flow and waits before its target until that is activated.
    SequenceFlowTaken {
        /// The flow.
        flow: SequenceFlowId,
        /// The scope it passes in.
        scope: ElementInstanceId,
    },
    /// A complex gateway has started, and waits for its reset.
    GatewayStarted {
        /// The gateway.
        gateway: FlowNodeId,
        /// The scope it starts in.
        scope: ElementInstanceId,
        /// The incoming flows of which it took a token.
        received: Vec<SequenceFlowId>,
    },
    /// A complex gateway waits for its start again.
    GatewayReset {
        /// The gateway.
        gateway: FlowNodeId,
        /// The scope it is reset in.
        scope: ElementInstanceId,
    },
    /// Variables of a scope have new values.
    VariablesSet {
        /// The scope; the process is [`ElementInstanceId::ROOT`].
        scope: ElementInstanceId,
        /// The new values.
        variables: Variables,
        /// The person who set them by hand; `None` when the process did.
        #[serde(default)]
        by: Option<PersonId>,
    },
    /// There is work for a system; it is at attempt 1.
    JobCreated {
        /// The service task.
        element: ElementInstanceId,
        /// What kind of worker it needs.
        job_type: Arc<str>,
        /// Attempts allowed.
        retries: u32,
        /// Higher ones come first among jobs of one type, from -1,000 to 1,000.
        #[serde(default, skip_serializing_if = "is_zero")]
        priority: i32,
    },
    /// A worker did the job.
    JobCompleted {
        /// The service task.
        element: ElementInstanceId,
    },
    /// A worker could not do it; another attempt follows when `retries` is above 0. The number of
    /// the attempt rises by one.
    JobFailed {
        /// The service task.
        element: ElementInstanceId,
        /// Retries left.
        retries: u32,
        /// What went wrong.
        message: String,
        /// The next attempt is not before this.
        retry_at: Option<Timestamp>,
    },
    /// A person asked for further attempts. The number of the attempt rises by one.
    JobRetriesRaised {
        /// The service task.
        element: ElementInstanceId,
        /// Retries from now on.
        retries: u32,
    },
    /// Whoever does the job has changed what it may cost; its attempt goes on.
    JobChanged {
        /// The service task.
        element: ElementInstanceId,
        /// Retries from now on.
        retries: u32,
        /// Its priority from now on.
        priority: i32,
    },
    /// No job asks any longer for what is done next in an ad-hoc sub-process: a worker has chosen, or
    /// there is nothing more to choose.
    AdHocDirected {
        /// The ad-hoc sub-process.
        element: ElementInstanceId,
        /// Whether nothing more is chosen: it completes once nothing is done in it.
        is_over: bool,
    },
    /// There is work for a person.
    UserTaskCreated {
        /// The user task.
        element: ElementInstanceId,
        /// Who is to do it, when the model says so.
        assignee: Option<PersonId>,
        /// Groups that may take it.
        candidate_groups: Vec<GroupId>,
        /// People who may take it.
        candidate_users: Vec<PersonId>,
        /// To be done by.
        due: Option<Timestamp>,
        /// To be looked at again.
        follow_up: Option<Timestamp>,
        /// 0 to 100.
        priority: u8,
        /// The form and the version that was current.
        form: Option<FormRef>,
        /// The facts that decide urgency, in one line (`spartito:summary`); empty where none.
        summary: String,
    },
    /// The task has another assignee.
    UserTaskAssigned {
        /// The user task.
        element: ElementInstanceId,
        /// Who holds it now.
        assignee: Option<PersonId>,
        /// Who did it.
        by: Option<PersonId>,
    },
    /// A person did the task.
    UserTaskCompleted {
        /// The user task.
        element: ElementInstanceId,
        /// Which button was pressed.
        action: Option<String>,
        /// Who did it.
        by: Option<PersonId>,
    },
    /// A decision was made for a business rule task.
    DecisionEvaluated {
        /// The business rule task.
        element: ElementInstanceId,
        /// The decision that was called, at the version that was resolved.
        decision: DecisionRef,
        /// Every decision on the way with its value and the rules that matched, the called one
        /// last. Values are left out where they are large.
        trace: Vec<DecisionTrace>,
        /// Why parts of it are null.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<String>,
    },
    /// A token cannot go on without a person.
    IncidentRaised {
        /// The incident.
        incident: IncidentId,
        /// Where.
        element: ElementInstanceId,
        /// Why.
        cause: Cause,
        /// What exactly, for people.
        message: String,
    },
    /// The incident is over: it was tried again, or its element ended.
    IncidentResolved {
        /// The incident.
        incident: IncidentId,
        /// Who asked; `None` when the element ended.
        by: Option<PersonId>,
    },
    /// A person changes where the instance stands; what that means in the single case follows.
    InstanceModified {
        /// What is to be ended.
        terminate: Vec<Termination>,
        /// What is to be entered.
        activate: Vec<Activation>,
        /// Who asked; `None` for the system.
        by: Option<PersonId>,
    },
    /// Waiting tokens are taken away by hand.
    TokensRemoved {
        /// The scope they wait in.
        scope: ElementInstanceId,
        /// The flows they have passed, one token each.
        flows: Vec<SequenceFlowId>,
    },
    /// The instance goes on in another version; new events that it waits for follow.
    InstanceMigrated {
        /// The version it ran.
        from: DefinitionKey,
        /// The version it runs.
        to: DefinitionKey,
        /// Elements that have another id now: the old, then the new.
        mapping: Vec<(FlowNodeId, FlowNodeId)>,
        /// Flows at which tokens wait that have another id now: the old, then the new.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        flows: Vec<(SequenceFlowId, SequenceFlowId)>,
        /// Events that are waited for no longer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        closes: Vec<SubscriptionId>,
        /// Events that are another definition of their element now, from 0.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        renumbered: Vec<(SubscriptionId, u32)>,
        /// Who asked; `None` for the system.
        by: Option<PersonId>,
    },
    /// The instance stands still until it is resumed.
    InstanceSuspended {
        /// Why, for people; empty where nobody has said it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
        /// Who asked; `None` for the system.
        by: Option<PersonId>,
    },
    /// The instance goes on.
    InstanceResumed {
        /// Who asked; `None` for the system.
        by: Option<PersonId>,
    },
    /// The turn reached its bound; a [`super::Command::Continue`] must follow.
    TurnInterrupted,
    /// Every token was consumed, or a terminate end event was reached.
    InstanceCompleted,
    /// A person (or the caller's end) ended the instance.
    InstanceTerminated {
        /// Why, for people.
        reason: String,
        /// Who did it.
        by: Option<PersonId>,
    },
}

/// What part of an activity a visit is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// All of it.
    #[default]
    Whole,
    /// The body of a loop, which holds its times.
    Body,
    /// One time of a loop, from 0.
    Time(u32),
    /// Run by compensation: no token leaves it.
    Compensation {
        /// The event that waits for it.
        thrower: ElementInstanceId,
        /// The visit that is compensated.
        of: ElementInstanceId,
    },
}

impl Role {
    /// Whether it is all of the activity.
    pub fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

/// What a subscription waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Waited {
    /// A message.
    Message {
        /// Its name.
        name: Arc<str>,
        /// Whose it is; `None` where only the name counts.
        key: Option<Arc<str>>,
    },
    /// A moment.
    Timer {
        /// When.
        due: Timestamp,
        /// How it goes on; `None` where it fires once.
        cycle: Option<Cycle>,
    },
    /// A signal.
    Signal {
        /// Its name.
        name: Arc<str>,
    },
    /// A condition that becomes true.
    Condition {
        /// Whether it held when it was last looked at.
        holds: bool,
    },
}

/// How a timer goes on after it has fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cycle {
    /// `R3/PT10M` or cron, as it was resolved.
    pub text: Arc<str>,
    /// How often it fires after the next time; `None` without end.
    pub left: Option<u32>,
    /// When its rhythm began; `None` for cron, and for what was stored without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
}

/// Who called an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The calling instance.
    pub instance: InstanceId,
    /// Its call activity.
    pub element: ElementInstanceId,
    /// How many instances called one another before: 1 where the caller was not called itself.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub depth: u32,
    /// Codes of the errors that somebody catches who waits for the called instance; `None` where
    /// it may be any, and where it was not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caught: Option<Vec<Arc<str>>>,
}

impl Caller {
    /// Whether an error of this code is worth handing over.
    pub fn may_catch(&self, code: &str) -> bool {
        self.caught.as_ref().is_none_or(|caught| caught.iter().any(|it| **it == *code))
    }
}

/// What a call activity calls. Which version that is, the exchange settles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Called {
    /// The process.
    pub process: ProcessId,
    /// Which version is meant.
    pub binding: CallBinding,
    /// The business key of the called instance.
    pub business_key: Option<String>,
}

/// Which version of a process is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallBinding {
    /// The latest.
    Latest,
    /// The one that was deployed together with the caller.
    Deployment,
    /// The latest that carries this tag.
    VersionTag(String),
    /// The one of this number.
    Version(u32),
}

/// A decision, with the version that was resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRef {
    /// Its id.
    pub id: DecisionId,
    /// The version of the model that holds it.
    pub model: DecisionModelKey,
    /// From 1.
    pub version: u32,
}

/// A form, with the version that was resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormRef {
    /// Its id.
    pub id: FormId,
    /// The version.
    pub key: FormKey,
}

/// Whether a number need not be written.
pub(super) fn is_zero<N: PartialEq + Default>(number: &N) -> bool {
    *number == N::default()
}
