//! Indicators of a process, each an exact count or a quantile with an error of at most 1%.

use serde::{Deserialize, Serialize};
use spartito_core::ids::ProcessId;
use spartito_core::time::Timestamp;

/// What the dashboard is about; lives in the query string.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DashboardFilter {
    /// The process; the one with most open instances where absent.
    #[serde(default)]
    pub process: Option<String>,
}

/// A process to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessOption {
    /// The process.
    pub id: ProcessId,
    /// Its name.
    pub name: String,
}

/// Counts of one day (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// Midnight at which the day begins.
    pub day: Timestamp,
    /// Instances started.
    pub started: u64,
    /// Instances completed.
    pub completed: u64,
    /// Instances open at the end of the day (now, for today).
    pub open: u64,
    /// Incidents raised.
    #[serde(default)]
    pub incidents: u64,
}

/// Work at one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepLoad {
    /// Id of the flow node.
    pub element: String,
    /// Its name.
    pub title: String,
    /// Local name of the BPMN element, such as `userTask`.
    pub kind: String,
    /// Tokens there now.
    pub waiting: u64,
    /// Their share of the open instances, 0 to 100, rounded.
    pub share_percent: u8,
    /// Open incidents there.
    pub incidents: u64,
    /// Visits completed today (UTC).
    pub completed_today: u64,
    /// Median time of completed visits in ms; `None` before the first.
    pub median_ms: Option<u64>,
    /// 90th percentile of completed visits in ms.
    pub p90_ms: Option<u64>,
}

/// All that the dashboard shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    /// Processes to choose from.
    pub processes: Vec<ProcessOption>,
    /// The process shown; `None` where nothing is deployed.
    pub process: Option<ProcessOption>,
    /// Open instances.
    pub open: u64,
    /// Started today (UTC).
    pub started_today: u64,
    /// Completed today (UTC).
    pub completed_today: u64,
    /// Median cycle time of completed instances in ms.
    pub cycle_median_ms: Option<u64>,
    /// 90th percentile of the cycle time in ms.
    pub cycle_p90_ms: Option<u64>,
    /// Open incidents.
    pub incidents_open: u64,
    /// Instances that ever had an incident, in percent of those started, one decimal (per mille).
    pub incident_rate_permille: Option<u32>,
    /// The last 14 days, oldest first, today last.
    pub days: Vec<DayCount>,
    /// Steps that hold work (tasks), most waiting first.
    pub steps: Vec<StepLoad>,
    /// Id of the step that holds most work, when any work waits.
    pub bottleneck: Option<String>,
    /// The server's time when this was read.
    pub now: Timestamp,
}
