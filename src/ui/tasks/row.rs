//! One task in the list: what it is, when it is due, who has it, and the button that takes it.

use leptos::prelude::*;
use spartito_core::time::Timestamp;

use super::calls::ClaimTask;
use super::{address_with, view_word};
use crate::ui::call::{Call, CallForm};
use crate::ui::components::{Button, Icon, IconName, Moment, Telling};
use crate::ui::hold::{Held, Row};
use crate::wire::{TaskFilter, TaskSummary};

/// From this priority on, a task is marked as urgent.
const PRIORITY_HIGH: u8 = 75;

impl Row for TaskSummary {
    fn key(&self) -> String {
        self.key.to_string()
    }
}

/// Hidden fields by which a call keeps the filter.
#[component]
pub fn FilterFields(
    /// The filter.
    filter: TaskFilter,
) -> impl IntoView {
    let field = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <input type="hidden" name=name value=value/> })
    };
    view! {
        {field("filter[view]", filter.view.map(|view| view_word(view).to_owned()))}
        {field("filter[process]", filter.process)}
        {field("filter[q]", filter.q)}
    }
}

/// “High” with its icon, where a task is urgent.
#[component]
pub fn Priority(
    /// 0 to 100, 50 is usual.
    priority: u8,
) -> impl IntoView {
    (priority >= PRIORITY_HIGH).then(|| {
        view! {
            <span class="task-priority">
                <Icon name=IconName::Priority size=14/>
                "High"
            </span>
        }
    })
}

/// A row of the list.
#[component]
pub fn TaskRow(
    /// The task.
    held: Held<TaskSummary>,
    /// The server's time when it was read.
    now: Timestamp,
    /// The filter, to be kept.
    filter: TaskFilter,
    /// The task that is open beside the list.
    #[prop(into)]
    open: Signal<Option<String>>,
    /// Takes a task.
    claim: Call<ClaimTask>,
) -> impl IntoView {
    let Held { row: task, gone } = held;
    let key = task.key.to_string();
    let href = address_with(&format!("/tasks/{key}"), &filter);
    let free = task.assignee.is_none() && !gone;
    let holder = match (&task.assignee_name, gone) {
        (_, true) => "No longer in this list".to_owned(),
        (Some(name), false) => name.clone(),
        (None, false) => for_whom(&task),
    };
    let current = {
        let key = key.clone();
        move || open.with(|open| open.as_deref() == Some(&key)).then_some("true")
    };
    let summary = [task.process_name.clone(), task.summary.clone()];
    let summary = summary.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    // What distinguishes one case from another comes first.
    let summary = summary.into_iter().rev().collect::<Vec<_>>().join(" · ");
    let words = task.business_key.clone().unwrap_or_else(|| task.process_name.clone());
    view! {
        <li class="task" class:row-gone=gone>
            <a class="task-link" href=href data-row="" aria-current=current>
                <span class="task-line">
                    <span class="task-title">{task.title.clone()}</span>
                    <span class="task-key">{task.business_key}</span>
                    <Priority priority=task.priority/>
                    <span class="task-due">
                        {match task.due {
                            Some(due) => view! { <Moment at=due now telling=Telling::Due/> }.into_any(),
                            None => view! { <Moment at=task.created_at now/> }.into_any(),
                        }}
                    </span>
                </span>
                <span class="task-line task-quiet">
                    <span class="task-summary">{summary}</span>
                    <span class="task-holder">{holder}</span>
                </span>
            </a>
            {free
                .then(|| {
                    view! {
                        <CallForm call=claim>
                            <input type="hidden" name="key" value=key/>
                            <FilterFields filter/>
                            <Button
                                small=true
                                attr:data-shortcut="c"
                                attr:aria-label=format!("Take it: {} {words}", task.title)
                            >
                                "Take it"
                            </Button>
                        </CallForm>
                    }
                })}
        </li>
    }
}

/// Who may take a task that nobody holds.
pub fn for_whom(task: &TaskSummary) -> String {
    if task.groups.is_empty() {
        return "Nobody has it".to_owned();
    }
    let groups: Vec<_> = task.groups.iter().map(ToString::to_string).collect();
    format!("For {}", groups.join(", "))
}
