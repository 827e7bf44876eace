//! Plain data that crosses between server and browser.
//!
//! Never decides anything and never knows a database, a request or a component.

mod account;
mod batches;
mod dashboard;
mod decisions;
mod diagram;
mod error;
mod instances;
mod json;
mod processes;
mod tasks;
mod tree;
mod upkeep;

pub use account::{
    Me, NewPerson, Permission, PersonCredentials, PersonSummary, Role, SetUpChoice, SetUpOutcome,
};
pub use batches::{
    BatchCounts, BatchDetail, BatchItem, BatchItemOutcome, BatchState, BatchSummary,
    IncidentFilter, IncidentKind, IncidentList, IncidentSummary,
};
pub use dashboard::{Dashboard, DashboardFilter, DayCount, ProcessOption, StepLoad};
pub use decisions::{
    DecisionDetail, DecisionList, DecisionName, DecisionSummary, DecisionTexts, DecisionUse,
    DecisionUseFilter, DecisionUses, DecisionVersionSummary, InstanceDecision, MadeDecision,
    ProcessName, Trial,
};
pub use diagram::{DiagramView, StepCount};
pub use error::{CallError, FieldProblem};
pub use instances::{
    AwaitedEvent, AwaitedKind, Fact, HistoryEntry, IncidentView, InstanceDetail, InstanceFilter,
    InstanceLink, InstanceList, InstanceRights, InstanceState, InstanceSummary, OutsideWork,
    PauseNote, RetryOutcome, StartableStep, TimelineEntry, TimelineState, TriggerableStep, Waiting,
};
pub use json::{Answer, Json};
pub use processes::{
    DeployOutcome, DeployedDecisions, DeployedProcess, FileFindings, ProcessDetail, ProcessPause,
    ProcessSummary, RetentionView, StartForm, Started, UploadedFile, VersionSummary,
};
pub use tasks::{
    TaskCounts, TaskDetail, TaskEnd, TaskFilter, TaskList, TaskRights, TaskSummary, TaskView,
};
pub use upkeep::{
    Alarm, AlarmNote, CheckOfStored, DamagedInstance, HeldCalls, OutboundPause, OwnRule, Upkeep,
};
