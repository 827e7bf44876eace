//! Page `/instances/:key`: where one instance is, what it knows, what has happened.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use spartito_core::time::Timestamp;

use super::awaits::{AwaitedEvents, Offer, Offers};
use super::calls::{RetryIncident, StartStep, TriggerStep, instance_detail, instance_key};
use super::history::History;
use super::incidents::{Incidents, RetryNotice};
use super::instance_actions::{Actions, Doing};
use super::pause::PausedNote;
use super::show_here::show_where_it_stands;
use super::timeline::Timeline;
use crate::ui::address::value;
use crate::ui::asked::{answered, asked};
use crate::ui::call::Call;
use crate::ui::components::{
    Crumb, ErrorNotice, FactRow, Facts, Kept, PageHeader, Refusal, SectionHeader, SkeletonPanel,
    SkeletonRows, StateBadge,
};
use crate::ui::decisions::MadeDecisions;
use crate::ui::diagram::{Overlay, ProcessDiagram};
use crate::ui::follow::follow;
use crate::ui::live::use_live;
use crate::ui::response::set_status;
use crate::ui::words::{ago, between, counted, due, duration, moment};
use crate::wire::{
    InstanceDetail, InstanceLink, InstanceState, OutsideWork, TimelineEntry, TimelineState, Waiting,
};

/// The page of one instance.
#[component]
pub fn InstancePage() -> impl IntoView {
    let params = use_params_map();
    let key = Memo::new(move |_| params.with(|params| params.get("key").unwrap_or_default()));
    let detail =
        asked(move || key.get(), |key| async move { instance_detail(instance_key(&key)?).await });
    view! {
        <Transition fallback=|| {
            view! {
                <SkeletonRows rows=2/>
                <SkeletonPanel/>
            }
        }>
            {answered(
                move || detail,
                move |answer| match answer {
                    Ok(detail) => {
                        let key = detail.instance.id.to_string();
                        Kept::new(key, move || {
                            view! { <Instance detail=detail.clone()/> }.into_any()
                        })
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

/// One instance, followed while it goes on.
#[component]
fn Instance(detail: InstanceDetail) -> impl IntoView {
    let id = detail.instance.id;
    let name = detail.instance.business_key.clone();
    let process = detail.instance.process_name.clone();
    let title = name.unwrap_or_else(|| format!("{process} {id}"));
    let crumbs = vec![
        Crumb::new("Processes", "/processes"),
        Crumb::new(process, format!("/processes/{}", detail.instance.process)),
    ];
    let retry = Call::<RetryIncident>::new();
    let doing = Doing::new();
    let start = Call::<StartStep>::new();
    let trigger = Call::<TriggerStep>::new();
    let version = use_live(Signal::derive(move || vec![format!("instance:{id}")]));
    let detail = follow(
        detail,
        move || {
            let own = retry.version().get() + doing.version();
            let moved = start.version().get() + trigger.version().get();
            version.get() + (own + moved) as u64
        },
        move || instance_detail(id),
    );
    show_where_it_stands();
    let query = use_query_map();
    let trying = retry.pending();
    let outcome = Signal::derive(move || {
        let word = query.with(|query| value(query, "retry")).filter(|_| !trying.get())?;
        detail.with(|detail| still_true(&word, detail))
    });
    let refused = move || {
        let retried = retry.value().get().and_then(Result::err);
        let started = || start.value().get().and_then(Result::err);
        let triggered = || trigger.value().get().and_then(Result::err);
        retried.or_else(|| doing.refusal()).or_else(started).or_else(triggered)
    };
    // A dialog that is open stays so while the instance goes on.
    let rights = Memo::new(move |_| detail.with(|detail| detail.rights));
    let badge = move || {
        view! {
            {move || {
                detail
                    .with(|detail| {
                        let instance = &detail.instance;
                        let (state, incidents) = (instance.state, instance.incidents);
                        view! { <StateBadge state incidents suspended=instance.suspended/> }
                    })
            }}
        }
    };
    view! {
        <PageHeader title crumbs badge sentence=move || move || detail.with(sentence)>
            {move || view! { <Actions id rights=rights.get() doing/> }}
        </PageHeader>
        <Refusal error=Signal::derive(refused)/>
        <RetryNotice word=outcome/>
        {move || {
            detail
                .with(|detail| {
                    let active = detail.instance.state == InstanceState::Active;
                    let note = detail.pause.clone().filter(|_| active)?;
                    let means = "No task can be done, no call is made and no timer fires until it is \
                                 resumed. Nothing is lost meanwhile.";
                    Some(view! { <PausedNote note means now=detail.now/> })
                })
        }}
        <Incidents
            incidents=Signal::derive(move || detail.with(|detail| detail.incidents.clone()))
            may_retry=Signal::derive(move || detail.with(|detail| detail.rights.retry))
            now=Signal::derive(move || detail.with(|detail| detail.now))
            action=retry
        />
        {move || {
            detail
                .with(|detail| {
                    view! {
                        <ProcessDiagram
                            view=detail.diagram.clone()
                            label=detail.instance.process_name.clone()
                            overlay=Overlay::Instance
                        />
                    }
                })
        }}
        <div class="columns">
            <div class="columns-main">
                <section aria-labelledby="timeline">
                    <SectionHeader title="Timeline" id="timeline"/>
                    {move || {
                        detail
                            .with(|detail| {
                                view! { <Timeline entries=detail.timeline.clone() now=detail.now/> }
                            })
                    }}
                </section>
                <MadeDecisions
                    decisions=Signal::derive(move || detail.with(|detail| detail.decisions.clone()))
                    now=Signal::derive(move || detail.with(|detail| detail.now))
                />
                <section aria-labelledby="history">
                    <SectionHeader title="History" id="history"/>
                    {move || {
                        detail
                            .with(|detail| {
                                view! {
                                    <History
                                        entries=detail.history.clone()
                                        now=detail.now
                                        cut=detail.history_cut
                                    />
                                }
                            })
                    }}
                </section>
            </div>
            <aside class="columns-side" aria-label="What is known">
                {move || {
                    detail
                        .with(|detail| {
                            let to_start = detail.startable.iter().cloned().map(Offer::start);
                            let to_trigger =
                                detail.triggerable.iter().cloned().map(Offer::trigger);
                            view! {
                                <Offers title="Can be started" id offers=to_start.collect() call=start/>
                                <Offers
                                    title="Can be triggered"
                                    id
                                    offers=to_trigger.collect()
                                    call=trigger
                                />
                                <AwaitedEvents events=detail.awaited.clone() now=detail.now/>
                            }
                        })
                }}
                <SectionHeader title="Data"/>
                {move || detail.with(|detail| {
                    if detail.variables.is_empty() {
                        view! { <p class="quiet">"The instance has no data yet."</p> }.into_any()
                    } else {
                        view! { <Facts facts=data(detail)/> }.into_any()
                    }
                })}
                <SectionHeader title="About"/>
                {move || detail.with(|detail| view! { <Facts facts=about(detail)/> })}
            </aside>
        </div>
    }
}

/// What came of a retry, as far as how things stand now does not say otherwise.
fn still_true(word: &str, detail: &InstanceDetail) -> Option<String> {
    let stopped = !detail.incidents.is_empty();
    let waits_for_job = |entry: &TimelineEntry| {
        entry.state == TimelineState::Active && entry.waiting == Some(Waiting::Job)
    };
    let waits = detail.timeline.iter().any(waits_for_job);
    let word = match word {
        "running" if stopped => "failed",
        "running" if !waits => "fixed",
        // The first of several tries has failed; what comes of the others is not known yet.
        "failed" if !stopped && waits => "running",
        "failed" if !stopped => return None,
        "fixed" if stopped => return None,
        word => word,
    };
    Some(word.to_owned())
}

/// Where it stands, in one sentence.
fn sentence(detail: &InstanceDetail) -> String {
    let InstanceDetail { instance, timeline, incidents, now, .. } = detail;
    let took = duration(between(instance.started_at, instance.ended_at.unwrap_or(*now)));
    match instance.state {
        InstanceState::Completed => format!("Completed after {took}."),
        InstanceState::Terminated => {
            let reason = detail.termination_reason.as_deref().filter(|reason| !reason.is_empty());
            let reason = reason.map_or_else(String::new, |reason| format!(" “{reason}”"));
            format!("Canceled after {took}.{reason}")
        }
        InstanceState::Active if instance.suspended => {
            "Paused: nothing happens until it is resumed.".to_owned()
        }
        InstanceState::Active if !incidents.is_empty() => {
            let steps: Vec<_> = incidents.iter().map(|incident| incident.title.as_str()).collect();
            format!(
                "Stopped at {} by {}.",
                steps.join(" and "),
                counted(incidents.len() as u64, "incident")
            )
        }
        InstanceState::Active => {
            let active = timeline.iter().filter(|entry| entry.state == TimelineState::Active);
            let waits: Vec<_> = active.filter_map(|entry| wait(entry, *now)).collect();
            if waits.is_empty() {
                "On its way.".to_owned()
            } else {
                format!("{}.", waits.join("; "))
            }
        }
    }
}

/// “Decide has been with Ben Okafor for 3 h”.
fn wait(entry: &TimelineEntry, now: Timestamp) -> Option<String> {
    let title = &entry.title;
    let since = duration(between(entry.began_at, now));
    match (entry.waiting?, &entry.person) {
        (Waiting::UserTask, Some(person)) => {
            Some(format!("{title} has been with {person} for {since}"))
        }
        (Waiting::UserTask, None) => Some(format!("{title} has waited {since} to be taken")),
        (Waiting::Job, _) => Some(match &entry.outside {
            None => format!("{title} has been running for {since}"),
            Some(OutsideWork { worker: Some(worker), .. }) => {
                format!("{title} has been running for {since}, now at the worker {worker}")
            }
            Some(OutsideWork { job_type, worker: None }) => {
                format!("{title} has waited {since} for a worker of type “{job_type}”")
            }
        }),
        (Waiting::Timer, _) => {
            let until = entry.until.map_or_else(String::new, |until| {
                format!(" until {} ({})", moment(until), due(until, now))
            });
            Some(format!("{title} waits{until}"))
        }
        (Waiting::Event, _) => Some(format!("{title} has waited {since} for its event")),
        (Waiting::Join | Waiting::Content, _) => None,
    }
}

fn data(detail: &InstanceDetail) -> Vec<FactRow> {
    detail.variables.iter().cloned().map(FactRow::from).collect()
}

fn about(detail: &InstanceDetail) -> Vec<FactRow> {
    let instance = &detail.instance;
    let mut rows = vec![
        FactRow::new("Process", format!("{} v{}", instance.process_name, instance.version)),
        FactRow {
            title: instance.started_at.to_string(),
            ..FactRow::new("Started", ago(instance.started_at, detail.now))
        },
    ];
    if let Some(by) = &instance.started_by {
        rows.push(FactRow::new("Started by", by.clone()));
    }
    if let Some(ended) = instance.ended_at {
        rows.push(FactRow {
            title: ended.to_string(),
            ..FactRow::new("Ended", ago(ended, detail.now))
        });
    }
    let link = |label: &str, other: &InstanceLink| {
        let href = format!("/instances/{}", other.id);
        FactRow::link(label, other.name.clone(), href)
    };
    rows.extend(detail.called_by.iter().map(|caller| link("Called by", caller)));
    rows.extend(detail.calls.iter().map(|called| link("Has called", called)));
    rows.push(FactRow::new("Key", instance.id.to_string()));
    rows
}
