//! Work for people.

use serde::{Deserialize, Serialize};
use spartito_core::forms::{Answers, Form};
use spartito_core::ids::{GroupId, PersonId, ProcessId, UserTaskKey};
use spartito_core::time::Timestamp;

use super::{DiagramView, Fact, HistoryEntry};

/// Which tasks are wanted; lives in the query string.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskFilter {
    /// Which part of the work; `mine` where absent.
    #[serde(default)]
    pub view: Option<TaskView>,
    /// Only this process.
    #[serde(default)]
    pub process: Option<String>,
    /// Words in title, business key or summary.
    #[serde(default)]
    pub q: Option<String>,
    /// Page after this cursor.
    #[serde(default)]
    pub after: Option<String>,
}

/// A part of the work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskView {
    /// Tasks the caller holds.
    #[default]
    Mine,
    /// Tasks nobody holds that the caller may take.
    Groups,
    /// Tasks past their due date that the caller holds or may take.
    Overdue,
}

/// How many tasks there are in each view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCounts {
    /// In [`TaskView::Mine`].
    pub mine: u64,
    /// In [`TaskView::Groups`].
    pub groups: u64,
    /// In [`TaskView::Overdue`].
    pub overdue: u64,
}

/// A task in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSummary {
    /// The task.
    pub key: UserTaskKey,
    /// Name of the step, such as “Decide”.
    pub title: String,
    /// The process.
    pub process: ProcessId,
    /// Its name.
    pub process_name: String,
    /// Name of the case, such as “LA-1042”.
    pub business_key: Option<String>,
    /// The facts that decide urgency, in one line; may be empty.
    pub summary: String,
    /// Who holds it.
    pub assignee: Option<PersonId>,
    /// Name of the holder to be shown.
    pub assignee_name: Option<String>,
    /// Since when it waits.
    pub created_at: Timestamp,
    /// To be done by.
    pub due: Option<Timestamp>,
    /// 0 to 100, 50 is usual.
    pub priority: u8,
    /// Groups whose members may take it.
    #[serde(default)]
    pub groups: Vec<GroupId>,
}

/// A page of tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskList {
    /// Most urgent first.
    pub tasks: Vec<TaskSummary>,
    /// How many there are in each view.
    pub counts: TaskCounts,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// The server's time when this was read.
    pub now: Timestamp,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskEnd {
    /// When.
    pub at: Timestamp,
    /// Name of who completed it; `None` where it was withdrawn, as when its instance ended.
    pub by: Option<String>,
    /// The action it was completed with, such as “Approve loan”.
    pub action: Option<String>,
}

/// What the caller may do with a task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRights {
    /// Take it.
    pub claim: bool,
    /// Give it back.
    pub unclaim: bool,
    /// Fill in its form, save a draft, complete it.
    pub complete: bool,
    /// Open the page of its instance.
    pub view_instance: bool,
}

/// All that the task page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskDetail {
    /// As in the list.
    pub task: TaskSummary,
    /// Whether it still waits to be done.
    pub open: bool,
    /// How it ended, where it is no longer open.
    #[serde(default)]
    pub ended: Option<TaskEnd>,
    /// Text of the step's documentation.
    pub documentation: Option<String>,
    /// The form; `None` where the step has none (then there is just a “Complete” button).
    pub form: Option<Form>,
    /// What the fields show: process data, under the caller's draft.
    pub answers: Answers,
    /// When the caller's draft was saved.
    pub draft_saved_at: Option<Timestamp>,
    /// What is known so far.
    pub facts: Vec<Fact>,
    /// Where this stands.
    pub diagram: DiagramView,
    /// What has happened, latest first.
    pub history: Vec<HistoryEntry>,
    /// What the caller may do.
    pub rights: TaskRights,
    /// The server's time when this was read.
    pub now: Timestamp,
}
