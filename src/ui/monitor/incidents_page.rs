//! Page `/incidents`: everything that is stopped, and the button that tries all again that match.
//! The filter lives in the query string.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use spartito_core::time::Timestamp;

use super::batch_page::BatchRow;
use super::calls::{RetryMatching, incident_kinds, incidents};
use super::filters::DroppableChips;
use crate::ui::address::{KeptFilters, address, value};
use crate::ui::asked::{answered, asked};
use crate::ui::call::{Call, CallForm, QueryForm};
use crate::ui::components::{
    Button, Column, Crumb, EmptyState, Icon, IconName, Moment, NextPage, NothingMatches,
    PageHeader, Refusal, SectionHeader, SkeletonRows, Table, Variant, whole_page,
};
use crate::ui::hold::{Held, Hold, HoldArea, Row};
use crate::ui::live::use_live;
use crate::ui::models::processes;
use crate::ui::words::number;
use crate::wire::{
    BatchSummary, CallError, IncidentFilter, IncidentKind, IncidentList, IncidentSummary, Json,
    ProcessSummary,
};

/// Keys of the query string that narrow the list.
const FILTERS: [&str; 7] = ["process", "version", "step", "kind", "q", "raised_from", "raised_to"];
/// Those that have a field of their own.
const FIELDS: [&str; 5] = ["q", "kind", "process", "raised_from", "raised_to"];

const COLUMNS: &[Column] = &[
    Column::words("Case"),
    Column::words("Stopped at"),
    Column::words("What went wrong"),
    Column::words("Process"),
    Column::words("Since"),
];

/// What the query string asks for.
fn filter_of(query: &ParamsMap) -> IncidentFilter {
    IncidentFilter {
        process: value(query, "process"),
        version: value(query, "version").and_then(|version| version.parse().ok()),
        step: value(query, "step"),
        kind: value(query, "kind"),
        q: value(query, "q"),
        raised_from: value(query, "raised_from"),
        raised_to: value(query, "raised_to"),
        after: value(query, "after"),
    }
}

impl Row for IncidentSummary {
    fn key(&self) -> String {
        self.key.to_string()
    }
}

/// All open incidents.
#[component]
pub fn IncidentsPage() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(filter_of));
    let retry = Call::<RetryMatching>::new();
    let version = use_live(Signal::derive(|| vec!["instances".to_owned()]));
    let list = asked(
        move || (filter.get(), version.get(), retry.version().get()),
        |(filter, ..)| incidents(filter),
    );
    let refused = move || retry.value().get().and_then(Result::err);
    view! {
        <Transition fallback=|| view! { <SkeletonRows rows=2/> }>
            {answered(
                move || list,
                move |answer| {
                    let filter = filter.get_untracked();
                    whole_page(answer, |list| view! { <Head list filter retry/> }.into_any())
                },
            )}
        </Transition>
        <Refusal error=Signal::derive(refused)/>
        <Narrowed/>
        <List list/>
        <Transition>
            {answered(
                move || list,
                |list| list.ok().map(|list| view! { <Before batches=list.batches now=list.now/> }),
            )}
        </Transition>
    }
}

/// Title, how many there are, and the button.
#[component]
fn Head(list: IncidentList, filter: IncidentFilter, retry: Call<RetryMatching>) -> impl IntoView {
    let IncidentList { matching, is_more, may_retry, .. } = list;
    let is_narrowed =
        filter != IncidentFilter { after: filter.after.clone(), ..Default::default() };
    let many = if is_more { format!("More than {}", number(matching)) } else { number(matching) };
    let sentence = match (matching, is_narrowed) {
        (0, false) => "Nothing is stopped.".to_owned(),
        (1, false) => "One step is stopped.".to_owned(),
        (_, false) => format!("{many} steps are stopped."),
        (1, true) => "One matches what is asked for.".to_owned(),
        (_, true) => format!("{many} match what is asked for."),
    };
    view! {
        <PageHeader
            title="Incidents"
            crumbs=vec![Crumb::new("Instances", "/instances")]
            sentence=move || sentence.clone()
        >
            {(may_retry && matching > 0)
                .then(|| view! { <RetryAll filter matching is_more retry/> })}
        </PageHeader>
    }
}

/// What narrows the list: it stays as it is when the list changes.
#[component]
fn Narrowed() -> impl IntoView {
    let choices = asked(
        || (),
        |()| async move {
            let processes = processes().await.map(|list| list.processes).unwrap_or_default();
            (processes, incident_kinds().await.unwrap_or_default())
        },
    );
    view! {
        <Transition fallback=|| view! { <SkeletonRows rows=1/> }>
            {answered(
                move || choices,
                |(processes, kinds)| view! { <Fields kinds processes/> },
            )}
        </Transition>
        <Chips/>
    }
}

/// The rows, which stay still while they are read.
#[component]
fn List(list: Resource<Result<IncidentList, CallError>, Json>) -> impl IntoView {
    let query = use_query_map();
    let hold = Hold::<IncidentSummary>::new();
    view! {
        <HoldArea hold noun="incidents">
            <Transition fallback=|| view! { <SkeletonRows rows=6/> }>
                {answered(
                    move || {
                        hold.track();
                        list
                    },
                    move |list| {
                        // The head says what is the matter.
                        let list = list.ok()?;
                        let query = query.get_untracked();
                        let of = format!("{:?}", filter_of(&query));
                        let IncidentList { incidents, next, now, .. } = list;
                        let rows = hold.settle(&of, incidents);
                        if rows.is_empty() {
                            return Some(view! { <Nothing query/> }.into_any());
                        }
                        let next =
                            next.map(|next| address("/incidents", &query, &[("after", Some(&next))]));
                        let rows = rows
                            .into_iter()
                            .map(|held| view! { <IncidentRow held now/> })
                            .collect_view();
                        let table = view! {
                            <Table label="Open incidents" columns=COLUMNS>{rows}</Table>
                            <NextPage href=next/>
                        };
                        Some(table.into_any())
                    },
                )}
            </Transition>
        </HoldArea>
    }
}

/// Retries of many that were asked for before.
#[component]
fn Before(batches: Vec<BatchSummary>, now: Timestamp) -> impl IntoView {
    (!batches.is_empty()).then(|| {
        let rows = batches.into_iter().map(|batch| view! { <BatchRow batch now/> }).collect_view();
        view! {
            <section class="panel-section" aria-labelledby="batches">
                <SectionHeader title="Retried before" id="batches"/>
                <ul class="versions" role="list">{rows}</ul>
            </section>
        }
    })
}

/// Tries all again that match, on all pages.
#[component]
fn RetryAll(
    filter: IncidentFilter,
    matching: u64,
    is_more: bool,
    retry: Call<RetryMatching>,
) -> impl IntoView {
    let pending = retry.pending();
    let fields = [
        ("process", filter.process),
        ("version", filter.version.map(|version| version.to_string())),
        ("step", filter.step),
        ("kind", filter.kind),
        ("q", filter.q),
        ("raised_from", filter.raised_from),
        ("raised_to", filter.raised_to),
    ];
    let fields = fields
        .into_iter()
        .filter_map(|(name, value)| {
            let name = format!("filter[{name}]");
            value.map(|value| view! { <input type="hidden" name=name value=value/> })
        })
        .collect_view();
    let words = match (matching, is_more) {
        (1, false) => "Retry the one that matches".to_owned(),
        (_, false) => format!("Retry all that match ({})", number(matching)),
        (_, true) => format!("Retry all that match (more than {})", number(matching)),
    };
    view! {
        <CallForm call=retry>
            {fields}
            <Button variant=Variant::Primary icon=IconName::Retry busy=pending>
                {words}
            </Button>
        </CallForm>
    }
}

/// The fields that narrow the list.
#[component]
fn Fields(kinds: Vec<IncidentKind>, processes: Vec<ProcessSummary>) -> impl IntoView {
    let query = use_query_map();
    let given = move |key: &'static str| query.with(|query| value(query, key));
    let option = |chosen: &Option<String>, id: String, words: String| {
        let selected = chosen.as_ref() == Some(&id);
        view! { <option value=id selected=selected>{words}</option> }
    };
    let (kind, process) =
        query.with_untracked(|query| (value(query, "kind"), value(query, "process")));
    let kinds = kinds.into_iter().map(|it| option(&kind, it.kind, it.words)).collect_view();
    let processes =
        processes.into_iter().map(|it| option(&process, it.id.to_string(), it.name)).collect_view();
    let day = move |name: &'static str, label: &'static str| {
        view! {
            <label class="filter-day">
                <span class="quiet">{label}</span>
                <span class="control">
                    <input name=name type="date" value=move || given(name)/>
                </span>
            </label>
        }
    };
    view! {
        <div class="filters">
            <QueryForm action=Signal::stored("/incidents".to_owned()) attr:class="filter-form">
                <KeptFilters query asked=&FIELDS/>
                <label class="visually-hidden" for="q">"What went wrong"</label>
                <div class="control control-search">
                    <Icon name=IconName::Search/>
                    <input
                        id="q"
                        name="q"
                        type="search"
                        placeholder="What went wrong"
                        data-search=""
                        value=move || given("q")
                    />
                </div>
                <label class="visually-hidden" for="kind">"Kind"</label>
                <div class="control control-select">
                    <select id="kind" name="kind">
                        <option value="">"All kinds"</option>
                        {kinds}
                    </select>
                    <Icon name=IconName::Down/>
                </div>
                <label class="visually-hidden" for="process">"Process"</label>
                <div class="control control-select">
                    <select id="process" name="process">
                        <option value="">"All processes"</option>
                        {processes}
                    </select>
                    <Icon name=IconName::Down/>
                </div>
                {day("raised_from", "From")}
                {day("raised_to", "Until")}
                <Button small=true>"Show"</Button>
            </QueryForm>
        </div>
    }
}

/// Filters that came with a link, each with a way to drop it.
#[component]
fn Chips() -> impl IntoView {
    let query = use_query_map();
    let chips = move || {
        let filter = query.with(filter_of);
        let version = filter.version.map(|it| ("version", format!("Version {it}")));
        let step = filter.step.map(|it| ("step", format!("At {it}")));
        [version, step].into_iter().flatten().collect()
    };
    let path = Signal::stored("/incidents".to_owned());
    view! { <DroppableChips path chips=Signal::derive(chips)/> }
}

/// Nothing matches, or nothing is wrong: two different things.
#[component]
fn Nothing(query: ParamsMap) -> impl IntoView {
    if FILTERS.iter().any(|key| value(&query, key).is_some()) {
        let cleared: Vec<_> = FILTERS.iter().map(|key| (*key, None)).collect();
        let clear = address("/incidents", &query, &cleared);
        return view! { <NothingMatches title="No incidents match these filters" clear/> }
            .into_any();
    }
    view! {
        <EmptyState
            icon=IconName::Done
            title="Everything goes on"
            text="What cannot go on without a person appears here: a call that failed too often, a \
                  decision that could not be made. It can be tried again from here, all at once."
        />
    }
    .into_any()
}

#[component]
fn IncidentRow(held: Held<IncidentSummary>, now: Timestamp) -> impl IntoView {
    let Held { row: incident, gone } = held;
    let name = incident.business_key.clone().unwrap_or_else(|| incident.instance.to_string());
    let version = format!(" v{}", incident.version);
    view! {
        <tr class="row-link" class:row-gone=gone>
            <th scope="row" class="main">
                <a href=format!("/instances/{}", incident.instance) data-row="">{name}</a>
            </th>
            <td data-label="Stopped at">{incident.title}</td>
            <td data-label="What went wrong">
                // One piece: on narrow screens the cell lays out its pieces side by side.
                <span>
                    {incident.cause} <span class="quiet">{format!(": {}", incident.message)}</span>
                </span>
            </td>
            <td data-label="Process">
                {incident.process_name} <span class="quiet">{version}</span>
            </td>
            <td data-label="Since"><Moment at=incident.raised_at now/></td>
        </tr>
    }
}
