//! What stands where no task is: each time a different next step.

use leptos::prelude::*;

use super::address_with;
use crate::ui::components::{ButtonLink, EmptyState, IconName, NothingMatches, Variant};
use crate::ui::words::counted;
use crate::wire::{TaskCounts, TaskFilter, TaskView};

/// A list without tasks.
#[component]
pub fn NoTasks(
    /// What was asked for.
    filter: TaskFilter,
    /// How many there are in each view.
    counts: TaskCounts,
) -> impl IntoView {
    let TaskFilter { view, process, q, .. } = filter;
    if q.is_some() || process.is_some() {
        let clear = address_with("/tasks", &TaskFilter { view, ..TaskFilter::default() });
        return view! { <NothingMatches title="No tasks match these filters" clear/> }.into_any();
    }
    let to_groups = || {
        address_with(
            "/tasks",
            &TaskFilter { view: Some(TaskView::Groups), ..TaskFilter::default() },
        )
    };
    match (view.unwrap_or_default(), counts.groups) {
        (TaskView::Mine, 0) => view! {
            <EmptyState
                icon=IconName::Done
                title="All done"
                text="You hold no tasks and none waits for your groups. New ones appear here by themselves."
            >
                <ButtonLink href="/processes" icon=IconName::Play>"Start a process"</ButtonLink>
            </EmptyState>
        }
        .into_any(),
        (TaskView::Mine, waiting) => {
            let text = format!("{} for somebody of your groups. Take one to begin.", wait(waiting));
            view! {
                <EmptyState icon=IconName::Inbox title="You hold no tasks" text>
                    <ButtonLink href=to_groups() variant=Variant::Primary>"Show them"</ButtonLink>
                </EmptyState>
            }
            .into_any()
        }
        (TaskView::Groups, _) => view! {
            <EmptyState
                icon=IconName::Done
                title="Nothing waits for your groups"
                text="Tasks that you may take appear here the moment they arise."
            />
        }
        .into_any(),
        (TaskView::Overdue, _) => view! {
            <EmptyState
                icon=IconName::Clock
                title="Nothing is overdue"
                text="Tasks past their due date that you hold or may take would stand here."
            />
        }
        .into_any(),
    }
}

/// “3 tasks wait”.
fn wait(count: u64) -> String {
    format!("{} {}", counted(count, "task"), if count == 1 { "waits" } else { "wait" })
}
