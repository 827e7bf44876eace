//! Page `/tasks/:key?check=1`: the form first, the facts beside it, then where this stands and what
//! has happened.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use spartito_core::ids::UserTaskKey;

use super::calls::{ClaimTask, GiveBackTask, SubmitTask, task_detail};
use super::filter_of;
use super::row::{FilterFields, Priority, for_whom};
use super::task_form::TaskForm;
use crate::ui::address::address;
use crate::ui::asked::{answered, asked};
use crate::ui::call::{Call, CallForm};
use crate::ui::components::{
    Button, Callout, Crumb, ErrorNotice, FactRow, Facts, IconName, Kept, Moment, PageHeader,
    SectionHeader, SkeletonForm, SkeletonRows, Telling, Tone, Variant,
};
use crate::ui::diagram::{Overlay, ProcessDiagram};
use crate::ui::follow::follow;
use crate::ui::live::use_live;
use crate::ui::monitor::{History, show_where_it_stands};
use crate::ui::response::set_status;
use crate::ui::words::ago;
use crate::wire::{CallError, TaskDetail, TaskEnd};

/// The page of one task.
#[component]
pub fn TaskPage() -> impl IntoView {
    let params = use_params_map();
    let key = Memo::new(move |_| params.with(|params| params.get("key").unwrap_or_default()));
    let detail = asked(
        move || key.get(),
        |key| async move {
            let unknown = |_| CallError::NotFound(format!("There is no task “{key}”."));
            task_detail(key.parse::<UserTaskKey>().map_err(unknown)?).await
        },
    );
    view! {
        <Transition fallback=|| {
            view! {
                <SkeletonRows rows=1/>
                <SkeletonForm/>
            }
        }>
            {answered(
                move || detail,
                move |answer| match answer {
                    Ok(detail) => {
                        let key = detail.task.key.to_string();
                        Kept::new(key, move || view! { <Task detail=detail.clone()/> }.into_any())
                            .alone()
                    }
                    Err(error) => {
                        set_status(error.status());
                        view! { <ErrorNotice error page=true/> }.into_any()
                    }
                },
            )}
        </Transition>
    }
}

/// One task, followed while it is open. The form is built once, so that what somebody types stays.
#[component]
fn Task(detail: TaskDetail) -> impl IntoView {
    let key = detail.task.key;
    let first = detail.clone();
    let claim = Call::<ClaimTask>::new();
    let give_back = Call::<GiveBackTask>::new();
    let submit = Call::<SubmitTask>::new();
    let version = use_live(Signal::derive(move || vec![format!("instance:{}", key.instance)]));
    let acts = move || claim.version().get() + give_back.version().get() + submit.version().get();
    let detail = follow(detail, move || version.get() + acts() as u64, move || task_detail(key));
    show_where_it_stands();
    let refusal = move || {
        let refused = claim.value().get().and_then(Result::err);
        refused.or_else(|| give_back.value().get().and_then(Result::err))
    };
    view! {
        <Head detail claim give_back/>
        {move || {
            refusal()
                .map(|error| {
                    view! { <Callout tone=Tone::Waiting alert=true>{error.to_string()}</Callout> }
                })
        }}
        <Standing detail was_open=first.open/>
        <div class="columns">
            <div class="columns-main">
                {first.documentation.clone().map(|text| view! { <p class="documentation">{text}</p> })}
                <TaskForm first detail submit/>
            </div>
            <aside class="columns-side" aria-label="Facts">
                <SectionHeader title="Facts"/>
                {move || {
                    let facts = detail.with(|detail| detail.facts.clone());
                    view! { <Facts facts=facts.into_iter().map(FactRow::from).collect()/> }
                }}
            </aside>
        </div>
        <section class="panel-section" aria-labelledby="where">
            <SectionHeader title="Where this stands" id="where">
                {move || {
                    let may = detail.with(|detail| detail.rights.view_instance);
                    may.then(|| {
                        view! { <a href=format!("/instances/{}", key.instance)>"Open the instance"</a> }
                    })
                }}
            </SectionHeader>
            {move || {
                detail
                    .with(|detail| {
                        view! {
                            <ProcessDiagram
                                view=detail.diagram.clone()
                                label=detail.task.process_name.clone()
                                overlay=Overlay::Instance
                            />
                        }
                    })
            }}
        </section>
        <section class="panel-section" aria-labelledby="history">
            <SectionHeader title="History" id="history"/>
            {move || {
                detail
                    .with(|detail| {
                        view! { <History entries=detail.history.clone() now=detail.now/> }
                    })
            }}
        </section>
    }
}

/// What it is, when it is due, who has it; and taking it or giving it back.
#[component]
fn Head(
    detail: RwSignal<TaskDetail>,
    claim: Call<ClaimTask>,
    give_back: Call<GiveBackTask>,
) -> impl IntoView {
    let query = use_query_map();
    let first = detail.get_untracked();
    let key = first.task.key.to_string();
    let title = match &first.task.business_key {
        Some(business_key) => format!("{}: {business_key}", first.task.title),
        None => first.task.title.clone(),
    };
    let back = query.with_untracked(|query| address("/tasks", query, &[]));
    let sentence = [first.task.process_name.clone(), first.task.summary.clone()];
    let sentence =
        sentence.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    let due = first.task.due.map(|at| (at, first.now));
    let priority = first.task.priority;
    let badge = move || {
        view! {
            {due.map(|(at, now)| view! { <Moment at now telling=Telling::Due/> })}
            <Priority priority/>
        }
    };
    let rights = move || detail.with(|detail| detail.rights);
    let (take_key, give_key) = (key.clone(), key);
    let (taking, giving) = (claim.pending(), give_back.pending());
    view! {
        <PageHeader
            title
            crumbs=vec![Crumb::new("My work", back)]
            badge
            sentence=move || sentence.clone()
        >
            {move || {
                let key = take_key.clone();
                let filter = query.with_untracked(filter_of);
                rights()
                    .claim
                    .then(|| {
                        view! {
                            <CallForm call=claim>
                                <input type="hidden" name="key" value=key/>
                                <FilterFields filter/>
                                <Button
                                    variant=Variant::Primary
                                    icon=IconName::Take
                                    busy=taking
                                    attr:data-shortcut="c"
                                >
                                    "Take it"
                                </Button>
                            </CallForm>
                        }
                    })
            }}
            {move || {
                let key = give_key.clone();
                rights()
                    .unclaim
                    .then(|| {
                        view! {
                            <CallForm call=give_back>
                                <input type="hidden" name="key" value=key/>
                                <Button icon=IconName::Undo busy=giving>"Give it back"</Button>
                            </CallForm>
                        }
                    })
            }}
        </PageHeader>
    }
}

/// Who has it, or how it ended.
#[component]
fn Standing(detail: RwSignal<TaskDetail>, was_open: bool) -> impl IntoView {
    move || {
        let (tone, words) = detail.with(|detail| standing(detail, was_open))?;
        Some(view! { <Callout tone alert=was_open && tone == Tone::Waiting>{words}</Callout> })
    }
}

fn standing(detail: &TaskDetail, was_open: bool) -> Option<(Tone, String)> {
    let kept = if was_open { " What you typed is still below; it was not sent." } else { "" };
    match (&detail.ended, detail.open) {
        (Some(TaskEnd { at, by: Some(by), action }), _) => {
            let action = action.as_ref().map_or_else(String::new, |action| format!(": {action}"));
            let tone = if was_open { Tone::Waiting } else { Tone::Done };
            Some((tone, format!("{by} completed this {}{action}.{kept}", ago(*at, detail.now))))
        }
        (Some(TaskEnd { at, by: None, .. }), _) => {
            Some((Tone::Paused, format!("This was withdrawn {}.{kept}", ago(*at, detail.now))))
        }
        (None, false) => Some((Tone::Paused, format!("This is no longer open.{kept}"))),
        (None, true) if detail.rights.complete => None,
        (None, true) => {
            let words = match (&detail.task.assignee_name, detail.rights.claim) {
                (Some(name), _) => format!("{name} has this task."),
                (None, true) => format!("{}. Take it to fill in the form.", for_whom(&detail.task)),
                (None, false) => format!("{}.", for_whom(&detail.task)),
            };
            Some((Tone::Neutral, words))
        }
    }
}
