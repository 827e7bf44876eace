//! What can be asked of a process instance.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::{Caller, Waited};
use super::modification::{Activation, Termination};
use crate::ids::{
    CommandId, DefinitionKey, ElementInstanceId, FlowNodeId, IncidentId, InstanceId, PersonId,
    SubscriptionId,
};
use crate::time::Timestamp;
use crate::value::Variables;

/// What is asked of one process instance, by whom, and when.
#[derive(Debug, Clone)]
pub struct Request {
    /// Makes a repeated request recognizable; the answer to a repeat is the first answer.
    pub id: CommandId,
    /// What is asked.
    pub command: Command,
    /// The person who asks; `None` for the system itself (a worker, a timer).
    pub by: Option<PersonId>,
    /// Moment of acceptance, UTC; the only "now" a turn ever sees.
    pub at: Timestamp,
    /// Source of all randomness of the turn.
    pub seed: u64,
}

/// Commands, in the imperative.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Starts the instance at the none start event.
    StartInstance {
        /// The new instance.
        instance: InstanceId,
        /// The version of the process to run; the state's definition from now on.
        definition: DefinitionKey,
        /// Name of the case in the words of the business, up to 256 characters.
        business_key: Option<String>,
        /// First variables of the process scope.
        variables: Variables,
        /// The start event that occurred; `None` for the none start event.
        #[serde(default)]
        node: Option<FlowNodeId>,
        /// What of a parallel multiple start event has occurred: the instance waits for the rest
        /// of it. `None` for the first of its events; of no account for others.
        #[serde(default)]
        occurred: Option<Waited>,
        /// The call activity that starts it.
        #[serde(default)]
        caller: Option<Caller>,
    },
    /// Goes on with a turn that was ended by `ACTIVATIONS_PER_TURN_MAX`.
    Continue,
    /// A worker has done the job.
    CompleteJob {
        /// The service task.
        element: ElementInstanceId,
        /// Which attempt this answers, so that a late answer of an earlier one is refused.
        attempt: u32,
        /// What the worker gives back.
        variables: Variables,
    },
    /// A worker has done the job of an ad-hoc sub-process: it has chosen what is done next.
    /// [`Self::CompleteJob`] does the same with a choice of nothing.
    DirectAdHoc {
        /// The ad-hoc sub-process.
        element: ElementInstanceId,
        /// Which attempt this answers.
        attempt: u32,
        /// What the worker gives back.
        variables: Variables,
        /// What it has chosen.
        direction: Direction,
    },
    /// A worker could not do the job.
    FailJob {
        /// The service task.
        element: ElementInstanceId,
        /// Which attempt this answers.
        attempt: u32,
        /// What went wrong, for people.
        message: String,
        /// Retries left from now on; 0 raises an incident.
        retries: u32,
        /// Not before this moment; `None` at once.
        retry_at: Option<Timestamp>,
        /// What the next attempt is to know: variables of the task alone.
        #[serde(default)]
        variables: Variables,
    },
    /// A worker changes what the job may cost, and goes on with it.
    ChangeJob {
        /// The service task.
        element: ElementInstanceId,
        /// Which attempt is under way.
        attempt: u32,
        /// Retries left from now on, at least 1; `None` leaves them.
        retries: Option<u32>,
        /// Its priority from now on; `None` leaves it.
        priority: Option<i32>,
    },
    /// A worker says that the job has a result that the process has to deal with.
    ThrowError {
        /// The task.
        element: ElementInstanceId,
        /// Which attempt this answers.
        attempt: u32,
        /// Code of the BPMN error.
        code: Arc<str>,
        /// What went wrong, for people.
        message: String,
        /// What the error carries.
        variables: Variables,
    },
    /// What a subscription waits for has occurred: a message, a signal, or a timer that is due.
    TriggerEvent {
        /// The subscription.
        subscription: SubscriptionId,
        /// What the event carries.
        variables: Variables,
    },
    /// A signal was sent out; all subscriptions of its name hear it.
    BroadcastSignal {
        /// Its name.
        name: Arc<str>,
        /// What it carries.
        variables: Variables,
    },
    /// The called instance has ended or could not be started.
    EndCall {
        /// The call activity.
        element: ElementInstanceId,
        /// How it ended.
        outcome: CallOutcome,
    },
    /// The called instance let an escalation through and goes on.
    EscalateCall {
        /// The call activity.
        element: ElementInstanceId,
        /// Code of the escalation.
        code: Arc<str>,
    },
    /// Starts an element of an ad-hoc sub-process.
    StartAdHoc {
        /// The ad-hoc sub-process.
        scope: ElementInstanceId,
        /// The element.
        node: FlowNodeId,
        /// Variables set in the sub-process before.
        variables: Variables,
    },
    /// A person takes the task: `by` becomes the assignee.
    ClaimUserTask {
        /// The user task.
        element: ElementInstanceId,
    },
    /// The assignee gives the task back.
    UnclaimUserTask {
        /// The user task.
        element: ElementInstanceId,
    },
    /// Hands the task to a person, or to nobody.
    AssignUserTask {
        /// The user task.
        element: ElementInstanceId,
        /// Who is to do it.
        assignee: Option<PersonId>,
    },
    /// A person has done the task.
    CompleteUserTask {
        /// The user task.
        element: ElementInstanceId,
        /// Which button of the form was pressed, where it has several.
        action: Option<String>,
        /// What the form gives.
        variables: Variables,
    },
    /// Tries again what an incident stopped.
    ResolveIncident {
        /// The incident.
        incident: IncidentId,
    },
    /// Sets variables of a scope.
    SetVariables {
        /// The scope; [`ElementInstanceId::ROOT`] for the process.
        scope: ElementInstanceId,
        /// New values; names not mentioned stay.
        variables: Variables,
    },
    /// Ends the instance before its time.
    TerminateInstance {
        /// Why, for people.
        reason: String,
    },
    /// Ends visits and enters nodes by hand; where one of them cannot be, nothing is done. An
    /// instance that is left with nothing to do is terminated.
    ModifyInstance {
        /// What is to be ended, first.
        terminate: Vec<Termination>,
        /// What is to be entered, in order.
        activate: Vec<Activation>,
    },
    /// Goes on in another version of the process, with all that is under way. The turn is made
    /// with the target version, and with the one that the instance runs as
    /// [`super::Deployed::from`]. What would be in the way, [`super::migration::plan`] says
    /// beforehand.
    MigrateInstance {
        /// The version to go on in.
        to: DefinitionKey,
        /// Elements with another id in the target version: theirs, then that one. The others keep
        /// their id.
        mapping: Vec<(FlowNodeId, FlowNodeId)>,
    },
    /// Stops the instance where it stands, until it is resumed; of one that is suspended already,
    /// nothing changes.
    ///
    /// Meanwhile only [`Self::SetVariables`], [`Self::ModifyInstance`],
    /// [`Self::MigrateInstance`], [`Self::TerminateInstance`] and [`Self::ResumeInstance`] are
    /// accepted; all else is refused with
    /// [`super::Rejection::InstanceSuspended`] and has to be kept by whoever asks: a timer that is
    /// due, a signal, [`Self::EndCall`] and [`Self::EscalateCall`] stay where the driver keeps
    /// what is to be delivered, and are delivered after the resumption. A timer that became due
    /// more than once meanwhile fires once.
    SuspendInstance {
        /// Why, for people; empty where nobody says it.
        reason: String,
    },
    /// Lets a suspended instance go on; of one that is not suspended, nothing changes.
    ResumeInstance,
}

/// What a worker chooses in an ad-hoc sub-process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// What is begun, in order.
    pub activate: Vec<Chosen>,
    /// Whether nothing more is chosen: it completes once nothing is done in it.
    pub is_fulfilled: bool,
    /// Whether what is done in it is ended first.
    pub cancels_remaining: bool,
}

/// An element that is begun in an ad-hoc sub-process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// The element.
    pub node: FlowNodeId,
    /// Variables of its own.
    pub variables: Variables,
}

/// How a called instance ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum CallOutcome {
    /// As its model says.
    Completed {
        /// Its variables.
        variables: Variables,
    },
    /// By a BPMN error that it did not catch.
    Error {
        /// Its code.
        code: Arc<str>,
        /// What is said of it.
        message: String,
        /// What it carries.
        variables: Variables,
    },
    /// It could not be started, or was ended from outside.
    Failed {
        /// Why, for people.
        message: String,
    },
}
