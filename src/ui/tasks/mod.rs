//! For those who work on tasks: the list of their work, and the page of each task.

mod calls;
mod empty;
mod list_page;
mod row;
mod task_form;
mod task_page;

pub use list_page::{NoTaskChosen, TasksPage};
pub use task_page::TaskPage;

use leptos_router::params::ParamsMap;

use crate::ui::address::{address, value};
use crate::wire::{TaskFilter, TaskView};

/// What the query string asks for.
fn filter_of(query: &ParamsMap) -> TaskFilter {
    TaskFilter {
        view: query.get_str("view").and_then(view_of),
        process: value(query, "process"),
        q: value(query, "q"),
        after: value(query, "after"),
    }
}

fn view_of(word: &str) -> Option<TaskView> {
    match word {
        "mine" => Some(TaskView::Mine),
        "groups" => Some(TaskView::Groups),
        "overdue" => Some(TaskView::Overdue),
        _ => None,
    }
}

/// The word of a view in the query string.
fn view_word(view: TaskView) -> &'static str {
    match view {
        TaskView::Mine => "mine",
        TaskView::Groups => "groups",
        TaskView::Overdue => "overdue",
    }
}

/// The address of a page of tasks that keeps the filter; the cursor is left behind.
fn address_with(path: &str, filter: &TaskFilter) -> String {
    let view = filter.view.map(view_word);
    address(
        path,
        &ParamsMap::new(),
        &[("view", view), ("process", filter.process.as_deref()), ("q", filter.q.as_deref())],
    )
}
