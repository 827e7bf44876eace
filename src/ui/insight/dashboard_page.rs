//! Page `/dashboard?process=`: the figures of one process, live.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::calls::dashboard;
use super::sentence::{flow, headline};
use super::tiles::{Tiles, as_float};
use crate::ui::address::value;
use crate::ui::asked::{answered, asked};
use crate::ui::components::{
    BarCell, Button, ButtonLink, Column, DurationText, EmptyState, IconName, PageHeader,
    SectionHeader, Series, SkeletonPanel, SkeletonRows, SplitBar, Table, TimeChart, Tone,
    whole_page,
};
use crate::ui::live::use_live;
use crate::ui::words::{day_short, duration, number};
use crate::wire::{Dashboard, DashboardFilter, ProcessOption, StepLoad};

/// The dashboard.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| DashboardFilter {
        process: query.with(|query| value(query, "process")),
    });
    // The process shown may have been chosen by the server; its changes are what to listen for.
    let shown = RwSignal::new(None::<String>);
    let topics = Signal::derive(move || {
        shown.get().map(|process| vec![format!("dashboard:{process}")]).unwrap_or_default()
    });
    let version = use_live(topics);
    let figures = asked(move || (filter.get(), version.get()), |(filter, _)| dashboard(filter));
    Effect::new(move |_| {
        let process = figures.get().and_then(Result::ok).and_then(|figures| figures.process);
        let process = process.map(|process| process.id.to_string());
        if process.is_some() && process != shown.get_untracked() {
            shown.set(process);
        }
    });
    view! {
        <Transition fallback=|| {
            view! {
                <SkeletonRows rows=2/>
                <SkeletonPanel/>
            }
        }>
            {answered(
                move || figures,
                |answer| whole_page(answer, |figures| view! { <Figures figures/> }.into_any()),
            )}
        </Transition>
    }
}

/// What is to be seen of one process.
#[component]
fn Figures(figures: Dashboard) -> impl IntoView {
    let Some(process) = figures.process.clone() else {
        return view! { <NothingDeployed/> }.into_any();
    };
    let name = process.name.clone();
    let started = figures.days.iter().any(|day| day.started > 0 || day.open > 0);
    let id = process.id.to_string();
    let start = format!("/processes/{id}/start");
    let processes = figures.processes.clone();
    let shown = id.clone();
    let sentence = flow(&figures);
    view! {
        <PageHeader title=headline(&figures, &name) sentence=move || sentence.clone()>
            <Chooser processes shown/>
        </PageHeader>
        {(started || figures.open > 0)
            .then(|| {
                view! {
                    <Tiles dashboard=figures.clone() process=id.clone()/>
                    <Flow figures=figures.clone()/>
                    <Steps figures=figures.clone() process=id.clone()/>
                }
            })}
        {(!started && figures.open == 0)
            .then(|| {
                view! {
                    <EmptyState
                        icon=IconName::Chart
                        title="No figures yet"
                        text="They appear with the first instance, and follow each step from then on."
                    >
                        <ButtonLink href=start.clone() icon=IconName::Play>
                            "Start one"
                        </ButtonLink>
                    </EmptyState>
                }
            })}
    }
    .into_any()
}

#[component]
fn NothingDeployed() -> impl IntoView {
    view! {
        <PageHeader title="Insight"/>
        <EmptyState
            icon=IconName::Chart
            title="There is no process to watch yet"
            text="Deploy a process and start it: where work waits and how long it takes is then shown here."
        >
            <ButtonLink href="/processes">"Go to processes"</ButtonLink>
        </EmptyState>
    }
}

/// Chooses the process; the choice lives in the address.
#[component]
fn Chooser(processes: Vec<ProcessOption>, shown: String) -> impl IntoView {
    if processes.len() < 2 {
        return ().into_any();
    }
    let options = processes
        .into_iter()
        .map(|process| {
            let id = process.id.to_string();
            let selected = id == shown;
            view! { <option value=id selected=selected>{process.name}</option> }
        })
        .collect_view();
    view! {
        <form method="get" action="/dashboard" class="chooser">
            <label class="visually-hidden" for="process">"Process"</label>
            <div class="control control-select">
                <select id="process" name="process">{options}</select>
            </div>
            <Button>"Show"</Button>
        </form>
    }
    .into_any()
}

/// How much was open, came and went over the last days.
#[component]
fn Flow(figures: Dashboard) -> impl IntoView {
    let labels: Vec<_> = figures.days.iter().map(|day| day_short(day.day)).collect();
    let series = |name: &str, tone, of: fn(&crate::wire::DayCount) -> u64| Series {
        name: name.to_owned(),
        tone,
        values: figures.days.iter().map(|day| as_float(of(day))).collect(),
    };
    let lines = vec![
        series("Open at the end of the day", Tone::Waiting, |day| day.open),
        series("Started", Tone::Running, |day| day.started),
        series("Completed", Tone::Done, |day| day.completed),
    ];
    view! {
        <section class="panel-section" aria-labelledby="flow">
            <SectionHeader title="Work in progress, last 14 days" id="flow"/>
            <TimeChart label="Open, started and completed instances by day" labels series=lines/>
        </section>
    }
}

/// Columns of the table of steps.
const STEP_COLUMNS: &[Column] = &[
    Column::words("Step"),
    Column::words("Waiting now"),
    Column::number("Share of open"),
    Column::words("Time at the step"),
    Column::number("Median"),
    Column::number("9 of 10 within"),
    Column::number("Done today"),
    Column::number("Incidents"),
];

/// What waits at each step, and how long the step takes.
#[component]
fn Steps(figures: Dashboard, process: String) -> impl IntoView {
    let most = figures.steps.iter().map(|step| step.waiting).max().unwrap_or(0);
    let slowest = figures.steps.iter().filter_map(|step| step.p90_ms).max().unwrap_or(0);
    let bottleneck = figures.bottleneck.clone();
    let rows = figures
        .steps
        .into_iter()
        .map(|step| {
            let worst = bottleneck.as_deref() == Some(step.element.as_str());
            view! { <StepRow step process=process.clone() most slowest worst/> }
        })
        .collect_view();
    view! {
        <section class="panel-section" aria-labelledby="steps">
            <SectionHeader title="Steps" id="steps"/>
            <Table label="What waits at each step and how long it takes" columns=STEP_COLUMNS>
                {rows}
            </Table>
        </section>
    }
}

#[component]
fn StepRow(step: StepLoad, process: String, most: u64, slowest: u64, worst: bool) -> impl IntoView {
    let waiting = format!("/instances?process={process}&state=active&step={}", step.element);
    let incidents = format!("{waiting}&incidents=true");
    let tone = if worst { Tone::Waiting } else { Tone::Neutral };
    let times = step.median_ms.zip(step.p90_ms).map(|(median, p90)| {
        let label = format!("median {}, 9 of 10 within {}", duration(median), duration(p90));
        view! {
            <SplitBar inner=as_float(median) outer=as_float(p90) max=as_float(slowest) label/>
        }
    });
    view! {
        <tr class:bottleneck=worst>
            <th scope="row" class="main">{step.title.clone()}</th>
            <td data-label="Waiting now">
                <a href=waiting aria-label=format!("{} waiting at {}", step.waiting, step.title)>
                    <BarCell
                        value=as_float(step.waiting)
                        max=as_float(most)
                        text=number(step.waiting)
                        tone
                    />
                </a>
            </td>
            <td class="number" data-label="Share of open">
                {format!("{}%", step.share_percent)}
            </td>
            <td data-label="Time at the step">{times}</td>
            <td class="number" data-label="Median"><DurationText ms=step.median_ms/></td>
            <td class="number" data-label="9 of 10 within"><DurationText ms=step.p90_ms/></td>
            <td class="number" data-label="Done today">{number(step.completed_today)}</td>
            <td class="number" data-label="Incidents">
                {if step.incidents > 0 {
                    view! {
                        <a class="tone-incident" href=incidents>{number(step.incidents)}</a>
                    }
                        .into_any()
                } else {
                    "0".into_any()
                }}
            </td>
        </tr>
    }
}
