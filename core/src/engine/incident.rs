//! Why a token cannot go on without a person.

use serde::{Deserialize, Serialize};

/// The cause of an incident. Technical failure, not a BPMN error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Cause {
    /// A job failed and has no retries left.
    RetriesExhausted,
    /// No condition holds and there is no default flow.
    NoFlowChosen,
    /// A condition yielded neither true nor false, or could not be evaluated.
    ConditionFailed,
    /// An input or output mapping could not be evaluated.
    MappingFailed,
    /// Another expression (assignee, due date, priority, job type) could not be evaluated.
    ExpressionFailed,
    /// A budget of an expression evaluation was exceeded.
    BudgetExceeded,
    /// The form that a user task names is not deployed.
    FormMissing,
    /// The decision that a business rule task calls is not deployed, or gave no result.
    DecisionFailed,
    /// A BPMN error that nothing catches.
    UnhandledError,
    /// The process that a call activity calls is not deployed, or was ended from outside.
    CalledProcessFailed,
    /// The collection or cardinality of a multi-instance activity is none.
    LoopFailed,
    /// The instance ran on without a wait state past the bound.
    TooManyActivations,
}
