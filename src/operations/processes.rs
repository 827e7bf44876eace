//! Processes: which are deployed, how they look and stand, and starting them.
//!
//! Never starts an earlier version: a new instance runs the latest one.

use std::sync::Arc;

use spartito_core::bpmn::model::{FlowNodeKind, Process};
use spartito_core::engine::{BUSINESS_KEY_CHARACTERS_MAX, Command};
use spartito_core::forms::{Answers, Form};
use spartito_core::ids::{PersonId, ProcessId};
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;

use super::names::Names;
use super::story::title;
use super::{Desk, OperationError, models, pauses, retention, tasks};
use crate::auth::Caller;
use crate::runtime::{Definition, next_business_key};
use crate::store::{ProcessRow, StepCountRow};
use crate::wire::{
    DiagramView, Permission, ProcessDetail, ProcessSummary, StartForm, Started, StepCount,
    VersionSummary,
};

/// Every deployed process with its counts, by name.
///
/// # Errors
/// The database does not answer.
pub async fn list(desk: &Desk, caller: &Caller) -> Result<Vec<ProcessSummary>, OperationError> {
    let rows = desk.runtime.store.processes().await?;
    Ok(rows.iter().map(|row| summary(row, caller)).collect())
}

fn summary(row: &ProcessRow, caller: &Caller) -> ProcessSummary {
    ProcessSummary {
        id: row.latest.process.clone(),
        name: row.latest.name.clone(),
        version: row.latest.version,
        deployed_at: row.latest.deployed_at,
        active: row.active,
        incidents: row.incidents,
        completed: row.completed,
        may_start: caller.may(Permission::StartInstances),
    }
}

async fn row(desk: &Desk, process: &ProcessId) -> Result<ProcessRow, OperationError> {
    let rows = desk.runtime.store.processes().await?;
    rows.into_iter()
        .find(|row| row.latest.process == *process)
        .ok_or_else(|| OperationError::NotFound("There is no such process.".to_owned()))
}

/// One process: the drawing of a version with its counts; of the latest where none is named.
///
/// # Errors
/// There is no such process or version.
pub async fn detail(
    desk: &Desk,
    caller: &Caller,
    process: &ProcessId,
    version: Option<u32>,
) -> Result<ProcessDetail, OperationError> {
    let row = row(desk, process).await?;
    let store = &desk.runtime.store;
    let versions = store.versions(process).await?;
    let shown = match version {
        None => versions.first(),
        Some(version) => versions.iter().find(|found| found.version == version),
    }
    .ok_or_else(|| OperationError::NotFound("There is no such version.".to_owned()))?;
    let definition = models::definition(desk, shown.key).await?;
    let model = definition.process.model();
    let counts = match version {
        // Without a version in the address: what is going on at the steps in all versions.
        None => store.step_counts_of_process(process).await?,
        Some(_) => store.step_counts(shown.key).await?,
    };
    let active = store.active_by_version(process).await?;
    let deployers = versions.iter().filter_map(|version| version.deployed_by.clone()).collect();
    let names = Names::of(store, deployers).await?;
    Ok(ProcessDetail {
        process: summary(&row, caller),
        documentation: model.documentation.clone(),
        shown: shown.version,
        diagram: DiagramView {
            diagram: definition.diagram.clone(),
            steps: counts.iter().map(step_count).collect(),
            taken: Vec::new(),
            completed: Vec::new(),
        },
        step_names: model
            .nodes
            .iter()
            .map(|node| (node.id.to_string(), title(model, &node.id)))
            .collect(),
        versions: versions
            .iter()
            .map(|version| VersionSummary {
                key: version.key,
                version: version.version,
                deployed_at: version.deployed_at,
                deployed_by: names.find(version.deployed_by.as_ref()),
                active: active.get(&version.key).copied().unwrap_or(0),
            })
            .collect(),
        may_deploy: caller.may(Permission::Deploy),
        retention: retention::view(desk, caller, Some(process)).await?,
        pause: pauses::seen(desk, caller, process).await?,
        may_pause: caller.may(Permission::OperateInstances),
        now: desk.now(),
    })
}

fn step_count(row: &StepCountRow) -> StepCount {
    StepCount {
        element: row.node.to_string(),
        active: row.active,
        incidents: row.incidents,
        completed: row.completed,
    }
}

/// The latest version of a process that the caller may start, with its start form.
struct Startable {
    definition: Arc<Definition>,
    form: Option<Arc<Form>>,
}

async fn startable(
    desk: &Desk,
    caller: &Caller,
    process: &ProcessId,
) -> Result<Startable, OperationError> {
    caller.require(Permission::StartInstances)?;
    let latest = row(desk, process).await?.latest.key;
    let definition = models::definition(desk, latest).await?;
    if !is_started_by_hand(definition.process.model()) {
        return Err(OperationError::Conflict(
            "This process is not started by hand: an event starts it.".to_owned(),
        ));
    }
    let form = match models::start_form_id(definition.process.model()) {
        None => None,
        Some(id) => Some(models::latest_form(desk, id).await?.ok_or_else(|| {
            OperationError::Conflict(format!(
                "The start form “{id}” is not deployed; without it the process cannot be started."
            ))
        })?),
    };
    Ok(Startable { definition, form })
}

/// Whether the process begins without an event.
fn is_started_by_hand(process: &Process) -> bool {
    let mut starts = process
        .nodes
        .iter()
        .filter(|node| node.scope.is_none() && matches!(node.kind, FlowNodeKind::StartEvent(_)))
        .peekable();
    starts.peek().is_none() || starts.any(|start| start.kind.is_none_start())
}

/// The form that starts an instance, with the caller's draft.
///
/// # Errors
/// The right is missing, or there is no such process.
pub async fn start_form(
    desk: &Desk,
    caller: &Caller,
    process: &ProcessId,
) -> Result<StartForm, OperationError> {
    let startable = startable(desk, caller, process).await?;
    let draft = tasks::read_draft(desk, caller, &subject(process)).await?;
    let (answers, draft_saved_at) =
        tasks::prefilled(startable.form.as_deref(), &Variables::default(), draft);
    Ok(StartForm {
        process: process.clone(),
        name: startable.definition.process.model().name.clone(),
        form: startable.form.map(|form| (*form).clone()),
        answers,
        draft_saved_at,
        now: desk.now(),
    })
}

/// Keeps what the caller has filled in of a start form, right or not, and says when.
///
/// # Errors
/// The right is missing, there is no such process, or the answers are too large.
pub async fn save_start_draft(
    desk: &Desk,
    caller: &Caller,
    process: &ProcessId,
    answers: Answers,
) -> Result<Timestamp, OperationError> {
    let startable = startable(desk, caller, process).await?;
    let subject = subject(process);
    tasks::keep_draft(desk, caller, &subject, startable.form.as_deref(), &answers).await
}

/// Starts an instance with the answers of its start form.
///
/// # Errors
/// The answers are wrong: they are kept as a draft. The right is missing.
pub async fn start(
    desk: &Desk,
    caller: &Caller,
    process: &ProcessId,
    answers: Answers,
    business_key: Option<String>,
) -> Result<Started, OperationError> {
    let startable = startable(desk, caller, process).await?;
    let subject = subject(process);
    let business_key = checked_key(business_key)?;
    let variables = match tasks::check(startable.form.as_deref(), &answers, None) {
        Ok(variables) => variables,
        Err(error) => {
            tasks::keep_draft(desk, caller, &subject, startable.form.as_deref(), &answers).await?;
            return Err(error);
        }
    };
    let started = begin(desk, &caller.person, &startable, variables, business_key).await?;
    desk.runtime.store.delete_draft(&caller.person, &subject).await?;
    Ok(started)
}

/// Starts an instance with data instead of a filled-in form; where the process has a start form,
/// the data must be what that form would give.
///
/// # Errors
/// The data do not fit the form, or the right is missing.
pub async fn start_with_data(
    desk: &Desk,
    caller: &Caller,
    process: &ProcessId,
    variables: Variables,
    business_key: Option<String>,
) -> Result<Started, OperationError> {
    let startable = startable(desk, caller, process).await?;
    let business_key = checked_key(business_key)?;
    let variables = match startable.form.as_deref() {
        Some(form) => tasks::check(Some(form), &tasks::answers_of(form, &variables)?, None)?,
        None => variables,
    };
    begin(desk, &caller.person, &startable, variables, business_key).await
}

async fn begin(
    desk: &Desk,
    by: &PersonId,
    startable: &Startable,
    variables: Variables,
    business_key: Option<String>,
) -> Result<Started, OperationError> {
    let business_key = match business_key {
        Some(key) => Some(key),
        None => {
            let process = startable.definition.process.model();
            next_business_key(&desk.runtime.store, process).await?
        }
    };
    let instance = desk.runtime.orchestrator.new_instance_id();
    let command = Command::StartInstance {
        instance,
        definition: startable.definition.row.key,
        business_key: business_key.clone(),
        variables,
        node: None,
        occurred: None,
        caller: None,
    };
    desk.runtime.orchestrator.submit(instance, command, Some(by.clone()), None).await?;
    Ok(Started { instance, business_key })
}

fn checked_key(key: Option<String>) -> Result<Option<String>, OperationError> {
    let key = key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    if key.as_ref().is_some_and(|key| key.chars().count() > BUSINESS_KEY_CHARACTERS_MAX) {
        return Err(OperationError::invalid_field(
            "businessKey",
            "A business key has at most 256 characters.",
        ));
    }
    Ok(key)
}

/// Name under which drafts of a start form are kept.
fn subject(process: &ProcessId) -> String {
    format!("start {process}")
}
