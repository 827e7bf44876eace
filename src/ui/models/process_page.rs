//! Page `/processes/:id?version=&step=&state=&q=`: one process, its drawing with counts, and its
//! instances. A click on a step narrows the list beneath.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::calls::{PauseProcess, ResumeProcess, SetRetention, process_detail};
use super::kept::KeptFor;
use super::paused::{PauseAll, PausedAll};
use crate::ui::address::{address, value};
use crate::ui::asked::{answered, asked};
use crate::ui::call::Call;
use crate::ui::components::{
    ButtonLink, Crumb, ErrorNotice, IconName, Moment, PageHeader, SectionHeader, SkeletonPanel,
    SkeletonRows, Variant,
};
use crate::ui::diagram::{ProcessDiagram, StepHref, StepList};
use crate::ui::live::use_live;
use crate::ui::monitor::{FilterBar, FilterChips, InstanceRows, StateTabs, filter_of};
use crate::ui::response::set_status;
use crate::ui::words::{counted, inside_sentence, number, plural};
use crate::wire::{InstanceFilter, ProcessDetail, VersionSummary};

/// Steps that the sentence names at most.
const PLACES_MAX: usize = 2;

/// The page of one process.
#[component]
pub fn ProcessPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let process = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let wanted = Memo::new(move |_| {
        query.with(|query| value(query, "version").and_then(|version| version.parse::<u32>().ok()))
    });
    let version = use_live(Signal::derive(move || vec![format!("process:{}", process.get())]));
    let keep = Call::<SetRetention>::new();
    let (pause, resume) = (Call::<PauseProcess>::new(), Call::<ResumeProcess>::new());
    let changed = move || {
        let calls = [keep.version(), pause.version(), resume.version()];
        version.get() + calls.iter().map(Get::get).sum::<usize>() as u64
    };
    let detail = asked(
        move || (process.get(), wanted.get(), changed()),
        |(process, wanted, _)| process_detail(process, wanted),
    );
    let path = Signal::derive(move || format!("/processes/{}", process.get()));
    let filter = Signal::derive(move || InstanceFilter {
        process: Some(process.get()),
        ..query.with(filter_of)
    });
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
                        let start = detail.process.id.to_string();
                        let steps = Signal::stored(detail.step_names.clone());
                        let (id, kept, now) =
                            (detail.process.id.clone(), detail.retention.clone(), detail.now);
                        view! {
                            <Head detail=detail.clone() pause resume/>
                            <PausedAll detail=detail.clone() pause resume/>
                            <Drawing detail=detail.clone() path/>
                            <section class="panel-section" aria-labelledby="instances">
                                <SectionHeader title="Instances" id="instances"/>
                                <StateTabs path/>
                                <FilterBar path/>
                                <FilterChips path steps/>
                                <InstanceRows filter version path start/>
                            </section>
                            <Versions detail path/>
                            <KeptFor process=Some(id) retention=kept now call=keep/>
                        }
                            .into_any()
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

#[component]
fn Head(
    detail: ProcessDetail,
    pause: Call<PauseProcess>,
    resume: Call<ResumeProcess>,
) -> impl IntoView {
    let process = detail.process.clone();
    let id = process.id.to_string();
    let sentence = bottleneck(&detail);
    let instances = format!("/instances?process={id}");
    let troubled = process.incidents > 0;
    let shown = format!("Version {}", detail.shown);
    let documentation = detail.documentation.clone();
    let badge = move || view! { <span class="version-word">{shown.clone()}</span> };
    view! {
        <PageHeader
            title=process.name.clone()
            crumbs=vec![Crumb::new("Processes", "/processes")]
            badge
            sentence=move || sentence.clone()
        >
            <PauseAll detail=detail.clone() pause resume/>
            {detail
                .may_deploy
                .then(|| {
                    view! {
                        <ButtonLink href="/deploy" icon=IconName::Upload>"Deploy a new version"</ButtonLink>
                    }
                })}
            {process
                .may_start
                .then(|| {
                    view! {
                        <ButtonLink
                            href=format!("/processes/{id}/start")
                            variant=Variant::Primary
                            icon=IconName::Play
                        >
                            {format!("Start {}", inside_sentence(&process.name))}
                        </ButtonLink>
                    }
                })}
        </PageHeader>
        <ul class="figures" role="list">
            <li>
                <a href=format!("{instances}&state=active")>
                    <span class="figure">{number(process.active)}</span>
                    <span class="figure-word">"running"</span>
                </a>
            </li>
            <li class:figure-trouble=troubled>
                <a href=format!("{instances}&incidents=true")>
                    <span class="figure">{number(process.incidents)}</span>
                    <span class="figure-word">
                        {if process.incidents == 1 { "incident" } else { "incidents" }}
                    </span>
                </a>
            </li>
            <li>
                <a href=format!("{instances}&state=completed")>
                    <span class="figure">{number(process.completed)}</span>
                    <span class="figure-word">"completed"</span>
                </a>
            </li>
        </ul>
        {documentation.map(|text| view! { <p class="documentation">{text}</p> })}
    }
}

/// Which steps hold most, in one sentence.
fn bottleneck(detail: &ProcessDetail) -> String {
    let noun = inside_sentence(&detail.process.name);
    let most = detail.diagram.steps.iter().map(|step| step.active).max().unwrap_or(0);
    let fullest = detail.diagram.steps.iter().filter(|step| step.active == most);
    let fullest: Vec<_> = fullest.map(|step| name_of(detail, &step.element)).collect();
    let places = fullest.join(" and ");
    match (detail.process.active, most) {
        (0, _) if detail.process.completed == 0 => format!("No {noun} has been started yet."),
        (0, _) => format!("No {noun} is open."),
        (1, 1..) => format!("The one open {noun} is at {places}."),
        (open, most) if most >= open => {
            format!("All {} open {} are at {places}.", number(open), plural(&noun))
        }
        (open, 1..) if fullest.len() <= PLACES_MAX => {
            let open = counted(open, &noun);
            format!("{open} are open; most are at {places}: {}.", number(most))
        }
        (open, _) => format!("{} are open.", counted(open, &noun)),
    }
}

fn name_of(detail: &ProcessDetail, element: &str) -> String {
    let named = detail.step_names.iter().find(|(id, _)| id == element);
    named.map_or_else(|| element.to_owned(), |(_, name)| name.clone())
}

/// The drawing; each step leads to the list of what is there.
#[component]
fn Drawing(detail: ProcessDetail, path: Signal<String>) -> impl IntoView {
    let query = use_query_map();
    let chosen = Signal::derive(move || query.with(|query| value(query, "step")));
    let href = StepHref::new(move |step: String| {
        let again = chosen.get().as_ref() == Some(&step);
        let step = (!again).then_some(step);
        let address = query.with(|query| address(&path.get(), query, &[("step", step.as_deref())]));
        format!("{address}#instances")
    });
    view! {
        <ProcessDiagram
            view=detail.diagram.clone()
            label=detail.process.name.clone()
            step_href=href
            selected=chosen
        />
        <StepList view=detail.diagram step_href=href/>
    }
}

/// All versions, latest first, each a link to its drawing.
#[component]
fn Versions(detail: ProcessDetail, path: Signal<String>) -> impl IntoView {
    let query = use_query_map();
    let ProcessDetail { versions, shown, now, .. } = detail;
    let latest = versions.first().map(|version| version.version);
    let rows = versions
        .into_iter()
        .map(|VersionSummary { version, deployed_at, deployed_by, active, .. }| {
            let number_word = version.to_string();
            let wanted = (Some(version) != latest).then_some(number_word);
            let href = move || {
                query.with(|query| address(&path.get(), query, &[("version", wanted.as_deref())]))
            };
            let by = deployed_by.map(|by| format!(" by {by}"));
            view! {
                <li class="version">
                    <a href=href aria-current=(version == shown).then_some("true")>
                        {format!("Version {version}")}
                    </a>
                    <span class="quiet">"deployed " <Moment at=deployed_at now/> {by}</span>
                    <span class="version-open">{format!("{} open", number(active))}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel-section" aria-labelledby="versions">
            <SectionHeader title="Versions" id="versions"/>
            <ul class="versions" role="list">{rows}</ul>
        </section>
    }
}
