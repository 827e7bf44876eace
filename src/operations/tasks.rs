//! Work for people: which tasks there are, taking them, doing them.
//!
//! A task exists for those who hold or held it, may take it, or see every instance. What a person
//! has filled in is never lost: whatever is refused is kept as a draft.

use std::collections::BTreeSet;

use spartito_core::engine::{Command, Rejection, event};
use spartito_core::forms::{self, Answers, FieldError, Form, to_answers};
use spartito_core::ids::{FormId, PersonId, ProcessId, UserTaskKey};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, Variables};

use super::facts::facts;
use super::names::Names;
use super::story::{Story, find};
use super::{Desk, OperationError, models};
use crate::auth::Caller;
use crate::runtime::SubmitError;
use crate::store::{Draft, TaskQuery, TaskRow, TaskSelection};
use crate::wire::{
    DiagramView, FieldProblem, Permission, Role, StepCount, TaskCounts, TaskDetail, TaskFilter,
    TaskList, TaskRights, TaskSummary, TaskView,
};

/// Tasks of one page.
const PAGE: u32 = 50;
/// Most answers of a form.
const ANSWERS_MAX: usize = 1_000;
/// Most bytes of all answers of a form.
const ANSWERS_BYTES_MAX: usize = 512 * 1024;

/// A page of the caller's tasks, most urgent first, with the number of tasks in each view.
///
/// # Errors
/// The right is missing, or the database does not answer.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    filter: &TaskFilter,
) -> Result<TaskList, OperationError> {
    caller.require(Permission::WorkOnTasks)?;
    let query = query(desk, caller, filter);
    let page = desk.runtime.store.open_tasks(&query).await?;
    let counts = totals(desk, &query).await?;
    let holders = page.rows.iter().filter_map(|row| row.assignee.clone()).collect();
    let names = Names::of(&desk.runtime.store, holders).await?;
    Ok(TaskList {
        tasks: page.rows.into_iter().map(|row| summary(row, &names)).collect(),
        counts,
        next: page.next,
        now: query.now,
    })
}

/// How many tasks the caller has in each view.
///
/// # Errors
/// The right is missing, or the database does not answer.
pub async fn counts(desk: &Desk, caller: &Caller) -> Result<TaskCounts, OperationError> {
    caller.require(Permission::WorkOnTasks)?;
    totals(desk, &query(desk, caller, &TaskFilter::default())).await
}

fn query(desk: &Desk, caller: &Caller, filter: &TaskFilter) -> TaskQuery {
    let text = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    };
    TaskQuery {
        person: caller.person.clone(),
        groups: caller.groups.clone(),
        view: match filter.view.unwrap_or_default() {
            TaskView::Mine => TaskSelection::Mine,
            TaskView::Groups => TaskSelection::Groups,
            TaskView::Overdue => TaskSelection::Overdue,
        },
        every: caller.role == Role::Administrator,
        process: text(&filter.process).map(ProcessId::new),
        q: text(&filter.q),
        now: desk.now(),
        limit: PAGE,
        after: text(&filter.after),
    }
}

async fn totals(desk: &Desk, query: &TaskQuery) -> Result<TaskCounts, OperationError> {
    let totals = desk.runtime.store.task_counts(query).await?;
    Ok(TaskCounts { mine: totals.mine, groups: totals.groups, overdue: totals.overdue })
}

fn summary(row: TaskRow, names: &Names) -> TaskSummary {
    TaskSummary {
        key: row.key,
        title: row.title,
        process: row.process,
        process_name: row.process_name,
        business_key: row.business_key,
        summary: row.summary,
        assignee_name: names.find(row.assignee.as_ref()),
        assignee: row.assignee,
        created_at: row.created_at,
        due: row.due,
        priority: row.priority,
        groups: row.candidate_groups,
    }
}

/// A task that the caller may see.
async fn visible(
    desk: &Desk,
    caller: &Caller,
    key: UserTaskKey,
) -> Result<TaskRow, OperationError> {
    caller.require(Permission::WorkOnTasks)?;
    let unknown =
        || OperationError::NotFound("There is no such task, or it is not yours to see.".to_owned());
    let row = desk.runtime.store.task(key).await?.ok_or_else(unknown)?;
    let did = row.end.as_ref().is_some_and(|end| end.by.as_ref() == Some(&caller.person));
    let seen = caller.may(Permission::ViewInstances)
        || row.assignee.as_ref() == Some(&caller.person)
        || did
        || is_candidate(&row, caller);
    if seen { Ok(row) } else { Err(unknown()) }
}

fn is_candidate(row: &TaskRow, caller: &Caller) -> bool {
    row.candidate_users.contains(&caller.person)
        || row.candidate_groups.iter().any(|group| caller.groups.contains(group))
}

fn may_take(row: &TaskRow, caller: &Caller) -> bool {
    is_candidate(row, caller) || caller.role == Role::Administrator
}

/// All about one task.
///
/// # Errors
/// There is none, or not for this caller.
pub async fn detail(
    desk: &Desk,
    caller: &Caller,
    key: UserTaskKey,
) -> Result<TaskDetail, OperationError> {
    let row = visible(desk, caller, key).await?;
    let store = &desk.runtime.store;
    let (state, position) = desk
        .runtime
        .state(key.instance)
        .await?
        .ok_or_else(|| OperationError::NotFound("There is no such instance.".to_owned()))?;
    let story = Story::read(store, key.instance, position).await?;
    let people = story.people().chain(row.assignee.as_ref()).cloned().collect();
    let names = Names::of(store, people).await?;
    let definition = models::definition(desk, row.definition).await?;
    let process = definition.process.model();
    let form = form_of(desk, &row).await?;
    let variables = state.visible_variables(key.number).into_owned();
    let holds = row.open && row.assignee.as_ref() == Some(&caller.person);
    let draft = if row.open { read_draft(desk, caller, &subject(key)).await? } else { None };
    let rights = TaskRights {
        claim: row.open && row.assignee.is_none() && may_take(&row, caller),
        unclaim: holds
            || (row.open && row.assignee.is_some() && caller.may(Permission::OperateInstances)),
        complete: holds,
        view_instance: caller.may(Permission::ViewInstances)
            || store.is_involved(key.instance, &caller.person, &caller.groups).await?,
    };
    let diagram = DiagramView {
        diagram: definition.diagram.clone(),
        steps: state
            .elements()
            .filter(|(_, open)| open.role != event::Role::Body)
            .fold(Vec::new(), |steps, (_, open)| counted(steps, &open.node)),
        taken: story.taken(),
        completed: story.completed(),
    };
    let forms = models::forms_of(desk, process).await?;
    let (answers, draft_saved_at) = prefilled(form.as_deref(), &variables, draft);
    Ok(TaskDetail {
        open: row.open,
        ended: (!row.open).then(|| story.end_of(key.number, &names)).flatten(),
        documentation: find(process, &row.node).and_then(|node| node.documentation.clone()),
        form: form.map(|form| (*form).clone()),
        answers,
        draft_saved_at,
        facts: facts(&variables, &forms),
        diagram,
        history: story.history(process, &names),
        rights,
        task: summary(row, &names),
        now: desk.now(),
    })
}

fn counted(mut steps: Vec<StepCount>, node: &spartito_core::ids::FlowNodeId) -> Vec<StepCount> {
    match steps.iter_mut().find(|step| step.element == node.as_str()) {
        Some(step) => step.active += 1,
        None => {
            steps.push(StepCount { element: node.to_string(), active: 1, ..StepCount::default() });
        }
    }
    steps
}

/// What a form shows: process data, under what the caller has filled in before.
pub(super) fn prefilled(
    form: Option<&Form>,
    variables: &Variables,
    draft: Option<(Answers, Timestamp)>,
) -> (Answers, Option<Timestamp>) {
    let lookup = |name: &str| variables.get(name).cloned();
    let mut answers = form.map(|form| to_answers(form, &lookup)).unwrap_or_default();
    let Some((draft, saved_at)) = draft else { return (answers, None) };
    for field in form.into_iter().flat_map(Form::fields).filter(|field| !field.read_only) {
        answers.remove(&field.key);
    }
    answers.extend(draft);
    (answers, Some(saved_at))
}

async fn form_of(
    desk: &Desk,
    row: &TaskRow,
) -> Result<Option<std::sync::Arc<Form>>, OperationError> {
    match &row.form {
        Some(form) => models::form(desk, form.key).await,
        None => Ok(None),
    }
}

/// Takes a task.
///
/// # Errors
/// Somebody was faster: names the holder. The caller may not take it, or it is no longer open.
pub async fn claim(desk: &Desk, caller: &Caller, key: UserTaskKey) -> Result<(), OperationError> {
    let row = visible(desk, caller, key).await?;
    if !may_take(&row, caller) && row.assignee.as_ref() != Some(&caller.person) {
        return Err(OperationError::Forbidden(
            "This task is for other groups; you can see it and not take it.".to_owned(),
        ));
    }
    submit(desk, caller, key, Command::ClaimUserTask { element: key.number }).await
}

/// Gives a task back; an operator may take it from whoever holds it.
///
/// # Errors
/// Somebody else holds it, nobody does, or it is no longer open.
pub async fn unclaim(desk: &Desk, caller: &Caller, key: UserTaskKey) -> Result<(), OperationError> {
    let row = visible(desk, caller, key).await?;
    let holds = row.assignee.as_ref() == Some(&caller.person);
    if !holds && row.assignee.is_some() && caller.may(Permission::OperateInstances) {
        let command = Command::AssignUserTask { element: key.number, assignee: None };
        return submit(desk, caller, key, command).await;
    }
    if !holds {
        return Err(not_held(desk, &row).await?);
    }
    submit(desk, caller, key, Command::UnclaimUserTask { element: key.number }).await
}

/// Keeps what the caller has filled in, right or not, and says when.
///
/// # Errors
/// The caller does not hold the task, it is no longer open, or the answers are too large.
pub async fn save_draft(
    desk: &Desk,
    caller: &Caller,
    key: UserTaskKey,
    answers: Answers,
) -> Result<Timestamp, OperationError> {
    let row = held(desk, caller, key).await?;
    let form = form_of(desk, &row).await?;
    keep_draft(desk, caller, &subject(key), form.as_deref(), &answers).await
}

/// What follows from a completed task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// The caller's next task, where one waits.
    pub next: Option<UserTaskKey>,
}

/// Completes a task with the answers of its form and the button that was pressed.
///
/// # Errors
/// The answers are wrong: they are kept as a draft. The caller does not hold the task.
pub async fn complete(
    desk: &Desk,
    caller: &Caller,
    key: UserTaskKey,
    answers: Answers,
    action: Option<String>,
) -> Result<Completed, OperationError> {
    let row = held(desk, caller, key).await?;
    let form = form_of(desk, &row).await?;
    let action = action.filter(|action| !action.is_empty());
    let checked = check(form.as_deref(), &answers, action.as_deref());
    let variables = match checked {
        Ok(variables) => variables,
        Err(error) => {
            keep_draft(desk, caller, &subject(key), form.as_deref(), &answers).await?;
            return Err(error);
        }
    };
    let label = form.as_deref().and_then(|form| action_label(form, action.as_deref()));
    let command = Command::CompleteUserTask { element: key.number, action: label, variables };
    submit(desk, caller, key, command).await?;
    desk.runtime.store.delete_drafts_of(&subject(key)).await?;
    Ok(Completed { next: next(desk, caller, key).await? })
}

/// What the pressed button says, for the history; a form with one button needs no words for it.
fn action_label(form: &Form, name: Option<&str>) -> Option<String> {
    let actions: Vec<_> = form.actions().collect();
    (actions.len() > 1)
        .then(|| actions.iter().find(|action| Some(action.name.as_str()) == name))
        .flatten()
        .map(|action| action.label.clone())
}

async fn next(
    desk: &Desk,
    caller: &Caller,
    done: UserTaskKey,
) -> Result<Option<UserTaskKey>, OperationError> {
    let mut query = query(desk, caller, &TaskFilter::default());
    query.limit = 2;
    let page = desk.runtime.store.open_tasks(&query).await?;
    Ok(page.rows.into_iter().map(|row| row.key).find(|key| *key != done))
}

/// A task that the caller holds and that is open.
async fn held(desk: &Desk, caller: &Caller, key: UserTaskKey) -> Result<TaskRow, OperationError> {
    let row = visible(desk, caller, key).await?;
    if row.open && row.assignee.as_ref() == Some(&caller.person) {
        return Ok(row);
    }
    Err(not_held(desk, &row).await?)
}

async fn not_held(desk: &Desk, row: &TaskRow) -> Result<OperationError, OperationError> {
    if !row.open {
        return Ok(OperationError::Conflict("This task is no longer open.".to_owned()));
    }
    let Some(holder) = &row.assignee else {
        return Ok(OperationError::Conflict("Claim the task first.".to_owned()));
    };
    let name = name_of(desk, holder).await?;
    Ok(OperationError::Forbidden(format!("{name} has claimed this task.")))
}

async fn name_of(desk: &Desk, person: &PersonId) -> Result<String, OperationError> {
    Ok(Names::of(&desk.runtime.store, BTreeSet::from([person.clone()])).await?.get(person))
}

/// Hands a command about a task to the engine; a refusal names people as they are called.
async fn submit(
    desk: &Desk,
    caller: &Caller,
    key: UserTaskKey,
    command: Command,
) -> Result<(), OperationError> {
    let by = Some(caller.person.clone());
    match desk.runtime.orchestrator.submit(key.instance, command, by, None).await {
        Ok(_) => Ok(()),
        Err(SubmitError::Rejected(Rejection::HeldByAnother { holder, .. })) => {
            let name = name_of(desk, &holder).await?;
            Err(OperationError::Conflict(format!("{name} has claimed this task.")))
        }
        Err(SubmitError::Rejected(Rejection::NoSuchUserTask(_) | Rejection::InstanceEnded)) => {
            Err(OperationError::Conflict("This task is no longer open.".to_owned()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Checks answers against a form: the same code as in the browser.
pub(super) fn check(
    form: Option<&Form>,
    answers: &Answers,
    action: Option<&str>,
) -> Result<Variables, OperationError> {
    let Some(form) = form else { return Ok(Variables::default()) };
    bounded(answers)?;
    forms::check(form, answers, action)
        .map(|variables| variables.into_iter().collect::<Variables>())
        .map_err(|errors| OperationError::Invalid {
            message: match errors.len() {
                1 => "One field needs your attention.".to_owned(),
                count => format!("{count} fields need your attention."),
            },
            fields: errors
                .into_iter()
                .map(|FieldError { field, message }| FieldProblem { field, message })
                .collect(),
        })
}

/// Answers that stand for `variables`, for whoever sends data instead of a filled-in form.
///
/// # Errors
/// A variable that the form does not ask for.
pub(super) fn answers_of(form: &Form, variables: &Variables) -> Result<Answers, OperationError> {
    for name in variables.keys() {
        if !form.fields().any(|field| field.key == **name) {
            return Err(OperationError::invalid_field(
                name,
                format!("The form {} has no field “{name}”.", form.id),
            ));
        }
    }
    let lookup = |name: &str| Some(variables.get(name).cloned().unwrap_or(Value::Null));
    Ok(to_answers(form, &lookup))
}

fn bounded(answers: &Answers) -> Result<(), OperationError> {
    let bytes: usize = answers.iter().map(|(key, answer)| key.len() + answer.len()).sum();
    if answers.len() > ANSWERS_MAX || bytes > ANSWERS_BYTES_MAX {
        return Err(OperationError::TooLarge(
            "A form takes at most 1,000 answers of together 512 KiB.".to_owned(),
        ));
    }
    Ok(())
}

/// Name under which drafts of a task are kept.
fn subject(key: UserTaskKey) -> String {
    format!("task {key}")
}

/// Keeps a draft: the answers to fields that can be filled in, and nothing else that was sent.
pub(super) async fn keep_draft(
    desk: &Desk,
    caller: &Caller,
    subject: &str,
    form: Option<&Form>,
    answers: &Answers,
) -> Result<Timestamp, OperationError> {
    bounded(answers)?;
    let fillable = |key: &str| {
        form.is_some_and(|form| form.fields().any(|field| field.key == key && !field.read_only))
    };
    let kept: Answers = answers
        .iter()
        .filter(|(key, _)| fillable(key))
        .map(|(key, answer)| (key.clone(), answer.clone()))
        .collect();
    let saved_at = desk.now();
    let answers = serde_json::to_string(&kept).expect("texts can be written as JSON");
    desk.runtime.store.save_draft(&caller.person, subject, &Draft { answers, saved_at }).await?;
    Ok(saved_at)
}

/// The caller's draft; one that cannot be read any more is as if it had not been kept.
pub(super) async fn read_draft(
    desk: &Desk,
    caller: &Caller,
    subject: &str,
) -> Result<Option<(Answers, Timestamp)>, OperationError> {
    let draft = desk.runtime.store.draft(&caller.person, subject).await?;
    Ok(draft.and_then(|draft| {
        let answers = serde_json::from_str(&draft.answers).ok()?;
        Some((answers, draft.saved_at))
    }))
}

/// The task's form and the values that a client sends instead of answers, as answers.
///
/// # Errors
/// The caller does not hold the task, or it has no such field.
pub async fn answers_for(
    desk: &Desk,
    caller: &Caller,
    key: UserTaskKey,
    variables: &Variables,
) -> Result<Answers, OperationError> {
    let row = held(desk, caller, key).await?;
    let form = form_of(desk, &row).await?;
    match form {
        Some(form) => answers_of(&form, variables),
        None if variables.is_empty() => Ok(Answers::new()),
        None => Err(OperationError::invalid("This task has no form and takes no variables.")),
    }
}

/// The id of the form that a task shows.
pub fn form_id(detail: &TaskDetail) -> Option<&FormId> {
    detail.form.as_ref().map(|form| &form.id)
}
