//! `/user-tasks`: finding, taking, filling in and completing tasks.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use spartito_core::ids::UserTaskKey;

use super::json::{Strict, variables, with_variables};
use super::problem::Problem;
use super::view::{PageEnd, PageView, TaskDetailView, TaskItem};
use super::{Key, SignedIn};
use crate::auth::Caller;
use crate::operations::{Desk, tasks};
use crate::wire::{TaskFilter, TaskView};

/// Which tasks are wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    #[serde(default)]
    filter: Filter,
    #[serde(default)]
    page: Page,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Filter {
    view: Option<TaskView>,
    process_definition_id: Option<String>,
    text: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    after: Option<String>,
}

/// `POST /user-tasks/search`
pub(super) async fn search(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Strict(search, _): Strict<Search>,
) -> Result<Json<PageView<TaskItem>>, Problem> {
    let filter = TaskFilter {
        view: search.filter.view,
        process: search.filter.process_definition_id,
        q: search.filter.text,
        after: search.page.after,
    };
    let list = tasks::list(&desk, &caller, &filter).await?;
    Ok(Json(PageView {
        items: list.tasks.into_iter().map(TaskItem::from).collect(),
        page: PageEnd { end_cursor: list.next },
    }))
}

/// `GET /user-tasks/{key}`
pub(super) async fn detail(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Key(key): Key<UserTaskKey>,
) -> Result<Response, Problem> {
    show(&desk, &caller, key).await
}

/// `POST /user-tasks/{key}/assignment`: takes the task; 409 names the holder.
pub(super) async fn claim(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Key(key): Key<UserTaskKey>,
) -> Result<Response, Problem> {
    tasks::claim(&desk, &caller, key).await?;
    show(&desk, &caller, key).await
}

async fn show(desk: &Desk, caller: &Caller, key: UserTaskKey) -> Result<Response, Problem> {
    let mut detail = tasks::detail(desk, caller, key).await?;
    let facts = std::mem::take(&mut detail.facts);
    Ok(with_variables(&TaskDetailView::from(detail), &facts))
}

/// `DELETE /user-tasks/{key}/assignment`: gives the task back.
pub(super) async fn unclaim(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Key(key): Key<UserTaskKey>,
) -> Result<StatusCode, Problem> {
    tasks::unclaim(&desk, &caller, key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is filled in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftBody {
    answers: BTreeMap<String, String>,
}

/// When a draft was saved.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DraftSaved {
    saved_at: String,
}

/// `PUT /user-tasks/{key}/draft`
pub(super) async fn save_draft(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Key(key): Key<UserTaskKey>,
    Strict(draft, _): Strict<DraftBody>,
) -> Result<Json<DraftSaved>, Problem> {
    let saved_at = tasks::save_draft(&desk, &caller, key, draft.answers).await?;
    Ok(Json(DraftSaved { saved_at: saved_at.to_string() }))
}

/// What completes a task: answers as texts, as a form gives them, or variables as JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Completion {
    #[serde(default)]
    answers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    variables: Option<IgnoredAny>,
    #[serde(default)]
    action: Option<String>,
}

/// What follows from a completed task.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompletedView {
    next_user_task_key: Option<String>,
}

/// `POST /user-tasks/{key}/completion`
pub(super) async fn complete(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Key(key): Key<UserTaskKey>,
    Strict(completion, body): Strict<Completion>,
) -> Result<Json<CompletedView>, Problem> {
    let answers = match (completion.answers, completion.variables) {
        (Some(_), Some(_)) => {
            return Err(Problem::bad_request("Send answers or variables, not both."));
        }
        (Some(answers), None) => answers,
        (None, _) => {
            let variables = variables(&body)?;
            tasks::answers_for(&desk, &caller, key, &variables).await?
        }
    };
    let done = tasks::complete(&desk, &caller, key, answers, completion.action).await?;
    Ok(Json(CompletedView { next_user_task_key: done.next.map(|key| key.to_string()) }))
}
