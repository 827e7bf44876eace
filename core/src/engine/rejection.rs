//! Why a request does not fit the state of the instance.

use super::migration::Problem;
use super::modification::{Barred, Termination};
use crate::ids::{ElementInstanceId, FlowNodeId, IncidentId, PersonId, SubscriptionId};

/// A refused request; the state is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The instance was started already.
    #[error("the instance has been started already")]
    AlreadyStarted,
    /// The instance has not been started.
    #[error("the instance does not exist")]
    NotStarted,
    /// The instance has ended.
    #[error("the instance has ended")]
    InstanceEnded,
    /// The instance is suspended; what was asked has to be asked again after its resumption.
    #[error("the instance is suspended")]
    InstanceSuspended,
    /// The version to run is not deployed.
    #[error("the process version is not deployed")]
    NotDeployed,
    /// No such user task is open.
    #[error("the task is no longer open")]
    NoSuchUserTask(ElementInstanceId),
    /// Another person holds the task.
    #[error("{holder} has taken the task")]
    HeldByAnother {
        /// The task.
        element: ElementInstanceId,
        /// Who holds it.
        holder: PersonId,
    },
    /// The task has no assignee, and completing or giving back needs one.
    #[error("nobody has taken the task yet")]
    NotClaimed(ElementInstanceId),
    /// A claim needs a person.
    #[error("a claim needs a person")]
    NobodyAsks,
    /// No such job is open.
    #[error("the job is no longer open")]
    NoSuchJob(ElementInstanceId),
    /// The answer belongs to an earlier attempt.
    #[error("the answer belongs to attempt {given}, the job is at attempt {current}")]
    StaleAttempt {
        /// What was answered.
        given: u32,
        /// What is under way.
        current: u32,
    },
    /// No such incident is open.
    #[error("the incident is no longer open")]
    NoSuchIncident(IncidentId),
    /// Nothing of that kind is waited for any longer.
    #[error("the event is no longer waited for")]
    NoSuchSubscription(SubscriptionId),
    /// The timer is not due yet.
    #[error("the timer is not due yet")]
    NotDue(SubscriptionId),
    /// No such call is open.
    #[error("the call is no longer open")]
    NoSuchCall(ElementInstanceId),
    /// The node cannot be started there.
    #[error("“{0}” cannot be started there")]
    CannotStart(FlowNodeId),
    /// The job directs no ad-hoc sub-process.
    #[error("the job directs no ad-hoc sub-process")]
    NotDirected(ElementInstanceId),
    /// An ad-hoc sub-process is to be over and to begin something.
    #[error("an ad-hoc sub-process that is over begins nothing")]
    DirectedBothWays(ElementInstanceId),
    /// No such scope is open.
    #[error("the scope does not exist")]
    NoSuchScope(ElementInstanceId),
    /// The process has no such node.
    #[error("the process has no element “{0}”")]
    NoSuchNode(FlowNodeId),
    /// A modification asks for nothing.
    #[error("the modification asks for nothing")]
    NothingAsked,
    /// What a modification is to end is not open.
    #[error("nothing is open at {0}")]
    NothingOpen(Termination),
    /// The node cannot be entered by a modification.
    #[error("“{node}” cannot be activated: {why}")]
    CannotActivate {
        /// The node.
        node: FlowNodeId,
        /// Why.
        why: Barred,
    },
    /// The instance cannot go on in the target version, for these reasons.
    #[error("the instance cannot be migrated: {}", in_words(.0))]
    CannotMigrate(Vec<Problem>),
    /// The business key is too long.
    #[error("a business key has at most {max} characters")]
    BusinessKeyTooLong {
        /// The bound.
        max: usize,
    },
}

fn in_words(problems: &[Problem]) -> String {
    let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    messages.join(" ")
}
