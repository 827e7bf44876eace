//! What has happened to a process instance. The state is these events folded, and nothing else.
//!
//! Stored for ever: a variant or field is never renamed or removed; new fields carry
//! `#[serde(default)]`. `core/tests/stored_events.rs` keeps a sample of each.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::incident::Cause;
use crate::dmn::DecisionTrace;
use crate::ids::{
    DecisionId, DecisionModelKey, DefinitionKey, ElementInstanceId, FlowNodeId, FormId, FormKey,
    GroupId, IncidentId, InstanceId, PersonId, ProcessId, SequenceFlowId,
};
use crate::time::Timestamp;
use crate::value::Variables;

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
