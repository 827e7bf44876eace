//! Open incidents of all instances, and batch operations: the same done to many.

use serde::{Deserialize, Serialize};
use spartito_core::ids::{BatchKey, IncidentKey, InstanceId, ProcessId};
use spartito_core::time::Timestamp;

/// Which incidents are meant; lives in the query string.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentFilter {
    /// Only of this process.
    #[serde(default)]
    pub process: Option<String>,
    /// Only of this version of it.
    #[serde(default)]
    pub version: Option<u32>,
    /// Only at this flow node.
    #[serde(default)]
    pub step: Option<String>,
    /// Only of this kind, such as `RETRIES_EXHAUSTED`; any other text finds none.
    #[serde(default)]
    pub kind: Option<String>,
    /// Words in what went wrong.
    #[serde(default)]
    pub q: Option<String>,
    /// Only those raised on this day (UTC) or later, such as `2026-11-23`; or from this moment on.
    #[serde(default)]
    pub raised_from: Option<String>,
    /// Only those raised on this day (UTC) or before; or before this moment.
    #[serde(default)]
    pub raised_to: Option<String>,
    /// Page after this cursor.
    #[serde(default)]
    pub after: Option<String>,
}

/// A kind of incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentKind {
    /// As in filters.
    pub kind: String,
    /// In words.
    pub words: String,
}

/// An open incident in a list of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentSummary {
    /// The incident.
    pub key: IncidentKey,
    /// The instance.
    pub instance: InstanceId,
    /// Name of the case.
    pub business_key: Option<String>,
    /// The process.
    pub process: ProcessId,
    /// Its name.
    pub process_name: String,
    /// The version that is run.
    pub version: u32,
    /// Id of the flow node.
    pub node: String,
    /// Name of the step.
    pub title: String,
    /// As in filters.
    pub kind: String,
    /// The kind in words.
    pub cause: String,
    /// What exactly.
    pub message: String,
    /// Since when.
    pub raised_at: Timestamp,
}

/// A page of open incidents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentList {
    /// Those of the latest instances first.
    pub incidents: Vec<IncidentSummary>,
    /// How many match in all, up to 10,000.
    pub matching: u64,
    /// Whether more than that match.
    pub is_more: bool,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// Whether the caller may try again.
    pub may_retry: bool,
    /// The latest batches, the latest first.
    pub batches: Vec<BatchSummary>,
    /// The server's time when this was read.
    pub now: Timestamp,
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BatchState {
    /// It is being collected which ones are meant.
    Created,
    /// They are being done.
    Running,
    /// All are done.
    Done,
    /// All were tried, and some did not succeed.
    PartlyFailed,
    /// It was ended before all were tried.
    Canceled,
}

impl BatchState {
    /// Whether there is something to come.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Running)
    }
}

/// How many items of a batch are how far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchCounts {
    /// All, as far as they have been collected.
    pub total: u64,
    /// They wait for their turn.
    pub waiting: u64,
    /// They have been tried again, and no answer is there yet.
    pub trying: u64,
    /// The step went on.
    pub fixed: u64,
    /// It stopped again.
    pub failed_again: u64,
    /// No answer came for long; they still go on.
    pub still_running: u64,
    /// They had been resolved before.
    pub resolved_before: u64,
    /// The batch was ended before their turn.
    pub not_tried: u64,
    /// They could not be tried.
    pub refused: u64,
}

/// A batch of retries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchSummary {
    /// Its key.
    pub key: BatchKey,
    /// How far it is.
    pub state: BatchState,
    /// What was asked for, in words.
    pub asked: String,
    /// How many items are how far.
    pub counts: BatchCounts,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Name of who asked.
    pub created_by: String,
    /// Name of who ended it before its time.
    pub canceled_by: Option<String>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What came of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BatchItemOutcome {
    /// It waits for its turn.
    Waiting,
    /// It has been tried again, and no answer is there yet.
    Trying,
    /// The step went on.
    Fixed,
    /// It stopped again.
    FailedAgain,
    /// No answer came for long; it still goes on.
    StillRunning,
    /// It had been resolved before.
    ResolvedBefore,
    /// The batch was ended before its turn.
    NotTried,
    /// It could not be tried.
    Refused,
}

/// One item of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchItem {
    /// The incident.
    pub key: IncidentKey,
    /// The instance.
    pub instance: InstanceId,
    /// Name of the case; `None` where it has none or is gone.
    pub business_key: Option<String>,
    /// What came of it.
    pub outcome: BatchItemOutcome,
    /// What went wrong this time, or why it could not be tried.
    pub message: Option<String>,
}

/// All that the page of a batch shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchDetail {
    /// How far it is.
    pub batch: BatchSummary,
    /// The outcome that is shown.
    pub shown: BatchItemOutcome,
    /// Items with that outcome.
    pub items: Vec<BatchItem>,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// Whether the caller may end it.
    pub may_cancel: bool,
    /// The server's time when this was read.
    pub now: Timestamp,
}
