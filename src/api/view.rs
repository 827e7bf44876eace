//! What the REST door answers with: names as clients of process engines know them, moments as
//! ISO 8601, keys as texts.
//!
//! Never shows more than the operation gave.

use serde::Serialize;
use spartito_core::bpmn::diagnostic::Diagnostic;
use spartito_core::time::Timestamp;

use crate::wire::{
    AwaitedEvent, AwaitedKind, DeployOutcome, IncidentView, InstanceDetail, InstanceState,
    InstanceSummary, Me, OutsideWork, Permission, Role, StartableStep, TaskDetail, TaskSummary,
    TriggerableStep,
};

/// A page of things.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageView<T> {
    /// The things.
    pub items: Vec<T>,
    /// How to get more of them.
    pub page: PageEnd,
}

/// Where a page ends.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageEnd {
    /// Give this as `after` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_cursor: Option<String>,
}

/// Who is signed in.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MeView {
    username: String,
    name: String,
    role: Role,
    permissions: Vec<Permission>,
    groups: Vec<String>,
}

impl From<Me> for MeView {
    fn from(me: Me) -> Self {
        Self {
            username: me.person.to_string(),
            name: me.name,
            role: me.role,
            permissions: me.permissions,
            groups: me.groups.iter().map(ToString::to_string).collect(),
        }
    }
}

/// An instance.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceView {
    process_instance_key: String,
    process_definition_id: String,
    process_definition_name: String,
    process_definition_version: u32,
    business_key: Option<String>,
    state: &'static str,
    has_incident: bool,
    start_date: String,
    end_date: Option<String>,
    started_by: Option<String>,
    steps: Vec<String>,
}

impl From<InstanceSummary> for InstanceView {
    fn from(instance: InstanceSummary) -> Self {
        Self {
            process_instance_key: instance.id.to_string(),
            process_definition_id: instance.process.to_string(),
            process_definition_name: instance.process_name,
            process_definition_version: instance.version,
            business_key: instance.business_key,
            state: match instance.state {
                InstanceState::Active if instance.suspended => "SUSPENDED",
                InstanceState::Active => "ACTIVE",
                InstanceState::Completed => "COMPLETED",
                InstanceState::Terminated => "TERMINATED",
            },
            has_incident: instance.incidents > 0,
            start_date: instance.started_at.to_string(),
            end_date: moment(instance.ended_at),
            started_by: instance.started_by,
            steps: instance.steps,
        }
    }
}

/// An instance with its data and incidents.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceDetailView {
    #[serde(flatten)]
    instance: InstanceView,
    process_definition_key: String,
    parent_process_instance_key: Option<String>,
    called_process_instance_keys: Vec<String>,
    incidents: Vec<IncidentItem>,
    awaited_events: Vec<AwaitedItem>,
    startable_elements: Vec<StartableItem>,
    triggerable_elements: Vec<TriggerableItem>,
    /// Open jobs that workers outside do.
    jobs: Vec<JobItem>,
    history: Vec<HistoryItem>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AwaitedItem {
    element_id: String,
    element_name: String,
    kind: AwaitedKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<String>,
}

impl From<AwaitedEvent> for AwaitedItem {
    fn from(event: AwaitedEvent) -> Self {
        Self {
            element_id: event.node,
            element_name: event.title,
            kind: event.kind,
            name: event.name,
            due_date: moment(event.due),
        }
    }
}

/// A job that a worker outside does.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct JobItem {
    element_id: String,
    #[serde(rename = "type")]
    job_type: String,
    /// Who has it now; `null` while it waits for somebody.
    worker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StartableItem {
    scope: u32,
    element_id: String,
    element_name: String,
}

impl From<StartableStep> for StartableItem {
    fn from(step: StartableStep) -> Self {
        Self { scope: step.scope, element_id: step.node, element_name: step.title }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TriggerableItem {
    visit: u32,
    element_id: String,
    element_name: String,
}

impl From<TriggerableStep> for TriggerableItem {
    fn from(step: TriggerableStep) -> Self {
        Self { visit: step.visit, element_id: step.node, element_name: step.title }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct IncidentItem {
    incident_key: String,
    element_id: String,
    element_name: String,
    error_type: String,
    error_message: String,
    creation_time: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HistoryItem {
    time: String,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<String>,
}

impl From<InstanceDetail> for InstanceDetailView {
    fn from(detail: InstanceDetail) -> Self {
        let jobs = detail.timeline.into_iter().filter_map(|entry| {
            let OutsideWork { job_type, worker } = entry.outside?;
            Some(JobItem { element_id: entry.node, job_type, worker })
        });
        Self {
            instance: detail.instance.into(),
            jobs: jobs.collect(),
            process_definition_key: detail.definition.to_string(),
            parent_process_instance_key: detail.called_by.map(|caller| caller.id.to_string()),
            called_process_instance_keys: detail
                .calls
                .iter()
                .map(|called| called.id.to_string())
                .collect(),
            incidents: detail.incidents.into_iter().map(incident).collect(),
            awaited_events: detail.awaited.into_iter().map(AwaitedItem::from).collect(),
            startable_elements: detail.startable.into_iter().map(StartableItem::from).collect(),
            triggerable_elements: detail
                .triggerable
                .into_iter()
                .map(TriggerableItem::from)
                .collect(),
            history: detail
                .history
                .into_iter()
                .map(|entry| HistoryItem {
                    time: entry.at.to_string(),
                    what: entry.what,
                    who: entry.who,
                })
                .collect(),
        }
    }
}

fn incident(incident: IncidentView) -> IncidentItem {
    IncidentItem {
        incident_key: incident.key.to_string(),
        element_id: incident.node,
        element_name: incident.title,
        error_type: incident.cause,
        error_message: incident.message,
        creation_time: incident.raised_at.to_string(),
    }
}

/// A task.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskItem {
    user_task_key: String,
    name: String,
    process_instance_key: String,
    process_definition_id: String,
    business_key: Option<String>,
    summary: String,
    assignee: Option<String>,
    candidate_groups: Vec<String>,
    creation_date: String,
    due_date: Option<String>,
    priority: u8,
}

impl From<TaskSummary> for TaskItem {
    fn from(task: TaskSummary) -> Self {
        Self {
            user_task_key: task.key.to_string(),
            name: task.title,
            process_instance_key: task.key.instance.to_string(),
            process_definition_id: task.process.to_string(),
            business_key: task.business_key,
            summary: task.summary,
            assignee: task.assignee.map(|person| person.to_string()),
            candidate_groups: task.groups.iter().map(ToString::to_string).collect(),
            creation_date: task.created_at.to_string(),
            due_date: moment(task.due),
            priority: task.priority,
        }
    }
}

/// A task with its data.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskDetailView {
    #[serde(flatten)]
    task: TaskItem,
    state: &'static str,
    form_id: Option<String>,
    answers: std::collections::BTreeMap<String, String>,
    draft_saved_at: Option<String>,
}

impl From<TaskDetail> for TaskDetailView {
    fn from(detail: TaskDetail) -> Self {
        let completed = detail.ended.as_ref().is_some_and(|end| end.by.is_some());
        Self {
            state: match (detail.open, &detail.task.assignee) {
                (true, None) => "CREATED",
                (true, Some(_)) => "ASSIGNED",
                (false, _) if completed => "COMPLETED",
                (false, _) => "CANCELED",
            },
            form_id: detail.form.as_ref().map(|form| form.id.to_string()),
            answers: detail.answers,
            draft_saved_at: moment(detail.draft_saved_at),
            task: detail.task.into(),
        }
    }
}

/// What a deployment did, or why it did nothing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentView {
    processes: Vec<ProcessItem>,
    forms: Vec<String>,
    files: Vec<FileItem>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProcessItem {
    process_definition_id: String,
    name: String,
    version: u32,
    unchanged: bool,
}

#[derive(Debug, Serialize)]
struct FileItem {
    file: String,
    findings: Vec<Diagnostic>,
}

impl From<DeployOutcome> for DeploymentView {
    fn from(outcome: DeployOutcome) -> Self {
        Self {
            processes: outcome
                .processes
                .into_iter()
                .map(|process| ProcessItem {
                    process_definition_id: process.id.to_string(),
                    name: process.name,
                    version: process.version,
                    unchanged: process.unchanged,
                })
                .collect(),
            forms: outcome.forms,
            files: outcome
                .files
                .into_iter()
                .map(|file| FileItem { file: file.file, findings: file.findings })
                .collect(),
        }
    }
}

/// A moment as ISO 8601.
fn moment(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}
