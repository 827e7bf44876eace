//! Page `/tasks?view=&process=&q=`: the list of work, with the open task beside it.
//!
//! The filter lives in the query string, so that a list can be shared and works before the browser
//! code has loaded.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;
use leptos_router::hooks::{use_location, use_query_map};
use spartito_core::ids::UserTaskKey;

use super::calls::{ClaimTask, done_task, open_tasks};
use super::empty::NoTasks;
use super::row::TaskRow;
use super::{address_with, filter_of, view_word};
use crate::ui::address::{KeptFilters, address, value};
use crate::ui::asked::{answered, asked};
use crate::ui::call::{Call, QueryForm};
use crate::ui::components::{
    Callout, EmptyState, ErrorNotice, Icon, IconName, NextPage, SkeletonRows, Tab, Tabs, Tone,
};
use crate::ui::hold::{Hold, HoldArea};
use crate::ui::live::use_live;
use crate::wire::{TaskCounts, TaskFilter, TaskList, TaskSummary, TaskView};

/// The list, with what is chosen in it beside.
#[component]
pub fn TasksPage() -> impl IntoView {
    let query = use_query_map();
    let path = use_location().pathname;
    let open = Memo::new(move |_| {
        path.with(|path| {
            path.strip_prefix("/tasks/").filter(|key| !key.is_empty()).map(ToOwned::to_owned)
        })
    });
    let filter = Memo::new(move |_| query.with(filter_of));
    let claim = Call::<ClaimTask>::new();
    let version = use_live(Signal::derive(|| vec!["tasks".to_owned()]));
    let hold = Hold::<TaskSummary>::new();
    // What was just done or opened changes the list too, before the stream says so.
    let list = asked(
        move || (filter.get(), version.get(), claim.version().get(), open.get()),
        |(filter, ..)| open_tasks(filter),
    );
    let refusal = move || claim.value().get().and_then(Result::err);
    view! {
        <div class="work" class:work-open=move || open.with(Option::is_some)>
            <div class="work-list">
                <Heading open/>
                <Done/>
                {move || {
                    refusal()
                        .map(|error| {
                            view! {
                                <Callout tone=Tone::Waiting alert=true>{error.to_string()}</Callout>
                            }
                        })
                }}
                <Search filter/>
                <Transition fallback=|| view! { <SkeletonRows rows=8/> }>
                    {answered(
                        move || {
                            hold.track();
                            list
                        },
                        move |list| match list {
                            Ok(list) => {
                                let filter = filter.get_untracked();
                                view! { <List list filter hold open claim/> }.into_any()
                            }
                            Err(error) => view! { <ErrorNotice error/> }.into_any(),
                        },
                    )}
                </Transition>
            </div>
            <div class="work-detail">
                <Outlet/>
            </div>
        </div>
    }
}

/// The heading: of the page where no task is open, else of the list beside the task.
#[component]
fn Heading(open: Memo<Option<String>>) -> impl IntoView {
    move || {
        if open.with(Option::is_some) {
            view! { <h2 class="work-heading">"My work"</h2> }.into_any()
        } else {
            view! {
                <Title text="My work"/>
                <h1 class="work-heading" tabindex="-1">"My work"</h1>
            }
            .into_any()
        }
    }
}

/// Says what the caller has just done.
#[component]
fn Done() -> impl IntoView {
    let query = use_query_map();
    let key = Memo::new(move |_| {
        query.with(|query| value(query, "done")).and_then(|key| key.parse::<UserTaskKey>().ok())
    });
    let done = asked(
        move || key.get(),
        |key| async move {
            match key {
                Some(key) => done_task(key).await.ok().flatten(),
                None => None,
            }
        },
    );
    view! {
        <Transition>
            {answered(
                move || done,
                |name| {
                    name.map(|name| {
                        view! {
                            <div role="status">
                                <Callout tone=Tone::Done>{format!("Done: {name}")}</Callout>
                            </div>
                        }
                    })
                },
            )}
        </Transition>
    }
}

#[component]
fn Search(filter: Memo<TaskFilter>) -> impl IntoView {
    let query = use_query_map();
    view! {
        <QueryForm action="/tasks" attr:class="filter-form" attr:role="search">
            <KeptFilters query asked=&["q"]/>
            <label class="visually-hidden" for="q">"Search in tasks"</label>
            <div class="control control-search">
                <Icon name=IconName::Search/>
                <input
                    id="q"
                    name="q"
                    type="search"
                    placeholder="Title, business key or facts"
                    data-search=""
                    value=move || filter.with(|filter| filter.q.clone())
                />
            </div>
        </QueryForm>
    }
}

/// Tabs and rows.
#[component]
fn List(
    list: TaskList,
    filter: TaskFilter,
    hold: Hold<TaskSummary>,
    open: Memo<Option<String>>,
    claim: Call<ClaimTask>,
) -> impl IntoView {
    let TaskList { tasks, counts, next, now } = list;
    let rows = hold.settle(&format!("{filter:?}"), tasks);
    let next = next.map(|next| {
        let query = use_query_map().get_untracked();
        address("/tasks", &query, &[("after", Some(&next))])
    });
    let nothing = rows.is_empty();
    let rows = rows
        .into_iter()
        .map(|held| {
            view! { <TaskRow held now filter=filter.clone() open claim/> }
        })
        .collect_view();
    view! {
        <Views counts filter=filter.clone()/>
        <HoldArea hold noun="tasks">
            {if nothing {
                view! { <NoTasks filter counts/> }.into_any()
            } else {
                view! {
                    <ol class="tasks">{rows}</ol>
                    <NextPage href=next/>
                }
                    .into_any()
            }}
        </HoldArea>
    }
}

/// The three views with their counts.
#[component]
fn Views(counts: TaskCounts, filter: TaskFilter) -> impl IntoView {
    let shown = filter.view.unwrap_or_default();
    let href =
        |view: TaskView| address_with("/tasks", &TaskFilter { view: Some(view), ..filter.clone() });
    let views = [
        (TaskView::Mine, "Mine", counts.mine),
        (TaskView::Groups, "My groups", counts.groups),
        (TaskView::Overdue, "Overdue", counts.overdue),
    ];
    let tabs = views
        .into_iter()
        .map(|(view, words, count)| {
            let late = view == TaskView::Overdue && count > 0;
            let tone = if late { Tone::Incident } else { Tone::Neutral };
            view! {
                <Tab
                    href=Signal::stored(href(view))
                    current=view == shown
                    count=Signal::stored(Some(count))
                    tone
                    attr:data-view=view_word(view)
                >
                    {words}
                </Tab>
            }
        })
        .collect_view();
    view! { <Tabs label="Which tasks">{tabs}</Tabs> }
}

/// Stands beside the list while no task is open.
#[component]
pub fn NoTaskChosen() -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Inbox
            title="Choose a task"
            text="Its form, the facts and where it stands open here. On the keyboard: J and K move through the list, Enter opens, C takes."
        />
    }
}
