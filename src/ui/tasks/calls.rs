//! What the task pages ask of the server.
//!
//! Never decides anything: each call finds the caller and hands over to one operation.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};
use spartito_core::forms::Answers;
use spartito_core::ids::UserTaskKey;

use crate::wire::{Answer, CallError, TaskDetail, TaskFilter, TaskList};

/// What became of a form that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Submitted {
    /// The draft was kept.
    Saved,
    /// The task is done; the browser is sent on to what comes next.
    Completed,
}

/// A page of tasks, most urgent first, with the number of tasks in each view.
#[server(prefix = "/call", endpoint = "tasks/list", output = Answer, input = GetUrl)]
pub async fn open_tasks(#[server(default)] filter: TaskFilter) -> Result<TaskList, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::tasks::list(&desk, &caller, &filter).await?)
}

/// All that the page of one task shows.
#[server(name = ReadTask, prefix = "/call", endpoint = "tasks/detail", output = Answer, input = GetUrl)]
pub async fn task_detail(key: UserTaskKey) -> Result<TaskDetail, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::tasks::detail(&desk, &caller, key).await?)
}

/// What the caller has just completed, such as “Decide LA-1042”; `None` where it is still open.
#[server(prefix = "/call", endpoint = "tasks/done", output = Answer, input = GetUrl)]
pub async fn done_task(key: UserTaskKey) -> Result<Option<String>, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let detail = crate::operations::tasks::detail(&desk, &caller, key).await?;
    let name = [Some(detail.task.title), detail.task.business_key];
    Ok((!detail.open).then(|| name.into_iter().flatten().collect::<Vec<_>>().join(" ")))
}

/// Takes a task and opens it among the caller's own; refused with the holder's name where somebody was faster.
#[server(prefix = "/call", endpoint = "tasks/claim", output = Answer)]
pub async fn claim_task(
    key: UserTaskKey,
    #[server(default)] filter: TaskFilter,
) -> Result<(), CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    crate::operations::tasks::claim(&desk, &caller, key).await?;
    let mine = TaskFilter { view: None, ..filter };
    crate::ui::response::go_to(&super::address_with(&format!("/tasks/{key}"), &mine));
    Ok(())
}

/// Gives a task back to its groups.
#[server(prefix = "/call", endpoint = "tasks/give-back", output = Answer)]
pub async fn give_back_task(key: UserTaskKey) -> Result<(), CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::tasks::unclaim(&desk, &caller, key).await?)
}

/// Keeps the form as a draft where `save` is there; else completes the task with `action`, the
/// button pressed, and goes on to the caller's next task.
#[server(prefix = "/call", endpoint = "tasks/submit", output = Answer)]
pub async fn submit_task(
    key: UserTaskKey,
    #[server(default)] answers: Answers,
    #[server(default)] action: Option<String>,
    #[server(default)] save: Option<String>,
    #[server(default)] filter: TaskFilter,
) -> Result<Submitted, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    if save.is_some() {
        crate::operations::tasks::save_draft(&desk, &caller, key, answers).await?;
        return Ok(Submitted::Saved);
    }
    let action = action.filter(|action| !action.is_empty());
    let done = crate::operations::tasks::complete(&desk, &caller, key, answers, action).await?;
    let next = done.next.map_or_else(|| "/tasks".to_owned(), |next| format!("/tasks/{next}"));
    let next = super::address_with(&next, &filter);
    let joint = if next.contains('?') { '&' } else { '?' };
    crate::ui::response::go_to(&format!("{next}{joint}done={key}"));
    Ok(Submitted::Completed)
}
