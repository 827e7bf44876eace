//! Process instances: where they are, what they know, what has happened.

use serde::{Deserialize, Serialize};
use spartito_core::ids::{DefinitionKey, IncidentKey, InstanceId, ProcessId};
use spartito_core::time::Timestamp;

use super::{DiagramView, InstanceDecision};

/// State of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InstanceState {
    /// Goes on.
    Active,
    /// Has reached its end.
    Completed,
    /// Was ended before.
    Terminated,
}

/// Which instances are wanted; lives in the query string.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceFilter {
    /// Only this process.
    #[serde(default)]
    pub process: Option<String>,
    /// Only this state.
    #[serde(default)]
    pub state: Option<InstanceState>,
    /// Only those with an open incident.
    #[serde(default)]
    pub incidents: Option<bool>,
    /// Only those that stand still because somebody paused them.
    #[serde(default)]
    pub suspended: Option<bool>,
    /// Only those with a token at this flow node now.
    #[serde(default)]
    pub step: Option<String>,
    /// Part of the business key.
    #[serde(default)]
    pub q: Option<String>,
    /// Only those started on this day (UTC), such as `2026-11-23`; any other text finds none.
    #[serde(default)]
    pub started_on: Option<String>,
    /// Only those that ended on this day (UTC); any other text finds none.
    #[serde(default)]
    pub ended_on: Option<String>,
    /// Page after this cursor.
    #[serde(default)]
    pub after: Option<String>,
}

/// An instance in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceSummary {
    /// The instance.
    pub id: InstanceId,
    /// The process.
    pub process: ProcessId,
    /// Its name.
    pub process_name: String,
    /// The version it runs.
    pub version: u32,
    /// Name of the case, such as “LA-1042”.
    pub business_key: Option<String>,
    /// Its state.
    pub state: InstanceState,
    /// Open incidents.
    pub incidents: u32,
    /// Whether it stands still until it is resumed.
    #[serde(default)]
    pub suspended: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Name of who started it.
    pub started_by: Option<String>,
    /// Names of the steps where it is now.
    pub steps: Vec<String>,
}

/// A page of instances.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceList {
    /// Latest first.
    pub instances: Vec<InstanceSummary>,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// The server's time when this was read.
    pub now: Timestamp,
}

/// A variable, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Name of the variable.
    pub name: String,
    /// Its label: from a form field with that key, else the name made readable.
    pub label: String,
    /// The value made readable, such as “24,000”.
    pub value: String,
    /// The value as JSON.
    pub json: String,
}

/// Why an element waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Waiting {
    /// For a system.
    Job,
    /// For a person.
    UserTask,
    /// For other tokens, at a join.
    Join,
    /// For a moment.
    Timer,
    /// For an event: a condition, a message, a signal.
    Event,
    /// For what it holds or has called.
    Content,
}

/// State of an entry of the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimelineState {
    /// Goes on.
    Active,
    /// Ended as the model says.
    Completed,
    /// Was ended from outside.
    Terminated,
}

/// Work that a worker outside does, which asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideWork {
    /// The type that workers ask for.
    pub job_type: String,
    /// Who has it now; `None` while it waits for somebody.
    pub worker: Option<String>,
}

/// One visit to a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Number of the visit within the instance.
    pub element: u32,
    /// Id of the flow node.
    pub node: String,
    /// Its name, or what it is where it has none.
    pub title: String,
    /// Local name of the BPMN element, such as `userTask`.
    pub kind: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its state.
    pub state: TimelineState,
    /// What it waits for.
    pub waiting: Option<Waiting>,
    /// Until when it waits, where that is known.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// The work of a system outside that is waited for.
    #[serde(default)]
    pub outside: Option<OutsideWork>,
    /// Who holds or did it.
    pub person: Option<String>,
    /// Whether an incident is open there.
    pub incident: bool,
}

/// What kind of event is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AwaitedKind {
    /// A moment.
    Timer,
    /// A message.
    Message,
    /// A signal.
    Signal,
    /// A condition that comes true.
    Condition,
    /// Somebody who triggers it.
    Trigger,
}

/// An event that is awaited now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitedEvent {
    /// Id of the event.
    pub node: String,
    /// Its name, or what it is where it has none.
    pub title: String,
    /// Name of the step on whose border or behind which it stands; `None` where it stands alone.
    pub at: Option<String>,
    /// What kind of event it is.
    pub kind: AwaitedKind,
    /// Name of the message or signal.
    pub name: Option<String>,
    /// When it occurs, where that is known.
    pub due: Option<Timestamp>,
}

/// A receive task that names no message and waits until somebody triggers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerableStep {
    /// Number of the visit that waits, within the instance.
    pub visit: u32,
    /// Id of the step.
    pub node: String,
    /// Its name, or what it is where it has none.
    pub title: String,
}

/// A step of an ad-hoc sub-process that can be started now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartableStep {
    /// Number of the visit to the ad-hoc sub-process within the instance.
    pub scope: u32,
    /// Id of the step.
    pub node: String,
    /// Its name, or what it is where it has none.
    pub title: String,
    /// Name of the ad-hoc sub-process.
    pub within: String,
}

/// An incident, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentView {
    /// The incident.
    pub key: IncidentKey,
    /// Id of the flow node.
    pub node: String,
    /// Name of the step.
    pub title: String,
    /// What kind of trouble, such as “No attempts left”.
    pub cause: String,
    /// What exactly.
    pub message: String,
    /// Since when.
    pub raised_at: Timestamp,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When.
    pub at: Timestamp,
    /// What, such as “Decide was completed: Approve loan”.
    pub what: String,
    /// Who; `None` for the system.
    pub who: Option<String>,
    /// Whether it is trouble.
    pub trouble: bool,
}

/// What came of trying once more what an incident had stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RetryOutcome {
    /// The step went on.
    Fixed,
    /// It stopped again.
    FailedAgain {
        /// What went wrong this time.
        message: String,
    },
    /// It is being tried; no answer within the time the caller waits.
    StillRunning,
    /// The incident had been resolved before.
    ResolvedBefore,
}

/// What the caller may do with an instance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceRights {
    /// Cancel it.
    pub cancel: bool,
    /// Retry its incidents.
    pub retry: bool,
    /// Let it stand still.
    #[serde(default)]
    pub pause: bool,
    /// Let it go on.
    #[serde(default)]
    pub resume: bool,
}

/// Who lets something stand still, since when and why; without a moment that is not known any more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseNote {
    /// Name of who did it.
    pub by: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Why; may be empty.
    pub reason: String,
}

/// Another instance that has to do with this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceLink {
    /// The instance.
    pub id: InstanceId,
    /// Its business key, else the name of its process.
    pub name: String,
    /// Its state.
    pub state: InstanceState,
}

/// All that the instance page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceDetail {
    /// As in the list.
    pub instance: InstanceSummary,
    /// The version it runs.
    pub definition: DefinitionKey,
    /// Who lets it stand still and why, where it does.
    #[serde(default)]
    pub pause: Option<PauseNote>,
    /// Why it was ended before its time.
    pub termination_reason: Option<String>,
    /// The drawing with tokens and the taken path.
    pub diagram: DiagramView,
    /// Variables of the process.
    pub variables: Vec<Fact>,
    /// Visits in order of their beginning.
    pub timeline: Vec<TimelineEntry>,
    /// What has happened, latest first.
    pub history: Vec<HistoryEntry>,
    /// Decisions that were made, latest first.
    #[serde(default)]
    pub decisions: Vec<InstanceDecision>,
    /// Whether older history was left out because there is more than the bound.
    pub history_cut: bool,
    /// The instance that called it, where the caller may see that one.
    #[serde(default)]
    pub called_by: Option<InstanceLink>,
    /// Instances that it called and the caller may see, the oldest first.
    #[serde(default)]
    pub calls: Vec<InstanceLink>,
    /// Open incidents.
    pub incidents: Vec<IncidentView>,
    /// Events that are awaited now, the earliest moment first.
    #[serde(default)]
    pub awaited: Vec<AwaitedEvent>,
    /// Steps that the caller can start now.
    #[serde(default)]
    pub startable: Vec<StartableStep>,
    /// The steps that the caller can trigger.
    pub triggerable: Vec<TriggerableStep>,
    /// What the caller may do.
    pub rights: InstanceRights,
    /// The server's time when this was read.
    pub now: Timestamp,
}
