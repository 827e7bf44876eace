//! Deployed processes and deployments.

use serde::{Deserialize, Serialize};
use spartito_core::bpmn::diagnostic::Diagnostic;
use spartito_core::forms::{Answers, Form};
use spartito_core::ids::{DecisionId, DefinitionKey, InstanceId, ProcessId};
use spartito_core::time::Timestamp;

use super::{DiagramView, PauseNote};

/// A process in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessSummary {
    /// The process.
    pub id: ProcessId,
    /// Its name.
    pub name: String,
    /// Its latest version, from 1.
    pub version: u32,
    /// When that was deployed.
    pub deployed_at: Timestamp,
    /// Open instances of all versions.
    pub active: u64,
    /// Open incidents of all versions.
    pub incidents: u64,
    /// Completed instances of all versions.
    pub completed: u64,
    /// Whether the caller may start it.
    pub may_start: bool,
}

/// A version of a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionSummary {
    /// The version's key.
    pub key: DefinitionKey,
    /// From 1.
    pub version: u32,
    /// When it was deployed.
    pub deployed_at: Timestamp,
    /// Name of who deployed it.
    pub deployed_by: Option<String>,
    /// Open instances of this version.
    pub active: u64,
}

/// How long finished instances are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionView {
    /// Days after their end; `None` for ever.
    pub days: Option<u32>,
    /// Whether it was set for this process; else it is what was set for all.
    pub is_own: bool,
    /// Name of who set it; `None` where nobody has set anything.
    pub set_by: Option<String>,
    /// When it was set.
    pub set_at: Option<Timestamp>,
    /// Instances of the process that were removed so far.
    pub removed: u64,
    /// Whether the caller may set it.
    pub may_set: bool,
}

/// What was asked last about all open instances of a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessPause {
    /// Whether they go on again; else they stand still.
    pub resumes: bool,
    /// Who asked, when and why.
    pub note: PauseNote,
    /// Instances that were changed so far.
    pub changed: u64,
    /// Whether all were looked at.
    pub is_done: bool,
}

/// All that the process page shows besides the list of instances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProcessDetail {
    /// As in the list.
    pub process: ProcessSummary,
    /// Text of its documentation.
    pub documentation: Option<String>,
    /// Its versions, latest first.
    pub versions: Vec<VersionSummary>,
    /// The version shown.
    pub shown: u32,
    /// The drawing of that version with its counts.
    pub diagram: DiagramView,
    /// Names of the steps by id, for the list that says what the drawing says.
    pub step_names: Vec<(String, String)>,
    /// Whether the caller may deploy a new version.
    pub may_deploy: bool,
    /// How long finished instances are kept.
    #[serde(default)]
    pub retention: RetentionView,
    /// What was asked last about all open instances; only for who may operate them.
    #[serde(default)]
    pub pause: Option<ProcessPause>,
    /// Whether the caller may let all open instances stand still or go on.
    #[serde(default)]
    pub may_pause: bool,
    /// The server's time when this was read.
    pub now: Timestamp,
}

/// The form that starts an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartForm {
    /// The process.
    pub process: ProcessId,
    /// Its name.
    pub name: String,
    /// The form; `None` where the start event has none.
    pub form: Option<Form>,
    /// What the fields show: defaults, under the caller's draft.
    pub answers: Answers,
    /// When the caller's draft was saved.
    pub draft_saved_at: Option<Timestamp>,
    /// The server's time when this was read.
    pub now: Timestamp,
}

/// An instance that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// The instance.
    pub instance: InstanceId,
    /// Its business key.
    pub business_key: Option<String>,
}

/// A file to be deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadedFile {
    /// Its name, such as `loan-application.bpmn`.
    pub name: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// What is to be said about one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFindings {
    /// Name of the file.
    pub file: String,
    /// All findings, errors first, then in order of place.
    pub findings: Vec<Diagnostic>,
    /// Lines of the text that findings point to: number and text cut to 200 characters.
    pub lines: Vec<(u32, String)>,
}

/// A process version that a deployment made or found unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployedProcess {
    /// The process.
    pub id: ProcessId,
    /// Its name.
    pub name: String,
    /// The version.
    pub version: u32,
    /// Whether the same text was deployed before, so that no new version was made.
    pub unchanged: bool,
}

/// A version of a decision model that a deployment made or found unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployedDecisions {
    /// Name of the model.
    pub name: String,
    /// Its first decision, to be linked.
    pub first: Option<DecisionId>,
    /// The version.
    pub version: u32,
    /// Whether the same text was deployed before, so that no new version was made.
    pub unchanged: bool,
}

/// Outcome of a deployment: all files or none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployOutcome {
    /// Whether it was carried out.
    pub deployed: bool,
    /// The processes, when it was.
    pub processes: Vec<DeployedProcess>,
    /// Ids of the forms, when it was.
    pub forms: Vec<String>,
    /// The decision models, when it was.
    #[serde(default)]
    pub decisions: Vec<DeployedDecisions>,
    /// Findings by file.
    pub files: Vec<FileFindings>,
}
