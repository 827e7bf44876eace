//! The list of instances, as it stands on the page of all instances and on that of a process.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use spartito_core::time::Timestamp;

use super::calls::instances;
use crate::ui::address::{address, value};
use crate::ui::asked::{answered, asked};
use crate::ui::components::{
    ButtonLink, Column, DurationText, EmptyState, ErrorNotice, IconName, Moment, NextPage,
    NothingMatches, SkeletonRows, StateBadge, Table,
};
use crate::ui::hold::{Held, Hold, HoldArea, Row};
use crate::ui::words::between;
use crate::wire::{InstanceFilter, InstanceList, InstanceState, InstanceSummary};

impl Row for InstanceSummary {
    fn key(&self) -> String {
        self.id.to_string()
    }
}

/// Keys of the query string that narrow the list.
pub const FILTERS: [&str; 7] =
    ["process", "state", "incidents", "step", "q", "started_on", "ended_on"];

/// What the query string asks for.
pub fn filter_of(query: &ParamsMap) -> InstanceFilter {
    InstanceFilter {
        process: value(query, "process"),
        state: match query.get_str("state") {
            Some("active" | "paused") => Some(InstanceState::Active),
            Some("completed") => Some(InstanceState::Completed),
            Some("terminated") => Some(InstanceState::Terminated),
            _ => None,
        },
        suspended: (query.get_str("state") == Some("paused")).then_some(true),
        incidents: (query.get_str("incidents") == Some("true")).then_some(true),
        step: value(query, "step"),
        q: value(query, "q"),
        started_on: value(query, "started_on"),
        ended_on: value(query, "ended_on"),
        after: value(query, "after"),
    }
}

/// Columns of the list.
const COLUMNS: &[Column] = &[
    Column::words("Case"),
    Column::words("State"),
    Column::words("Where it is"),
    Column::words("Process"),
    Column::words("Started"),
    Column::number("Duration"),
];

/// A page of instances that stays fresh and still.
#[component]
pub fn InstanceRows(
    /// Which instances are wanted.
    #[prop(into)]
    filter: Signal<InstanceFilter>,
    /// Changes when the list should be read again.
    #[prop(into)]
    version: Signal<u64>,
    /// The page that the list stands on.
    #[prop(into)]
    path: Signal<String>,
    /// The process to start where nothing has been started yet.
    #[prop(optional, into)]
    start: Option<String>,
) -> impl IntoView {
    let query = use_query_map();
    let hold = Hold::<InstanceSummary>::new();
    let list = asked(move || (filter.get(), version.get()), |(filter, _)| instances(filter));
    view! {
        <HoldArea hold noun="instances">
            <Transition fallback=|| view! { <SkeletonRows rows=6/> }>
                {answered(
                    move || {
                        hold.track();
                        list
                    },
                    move |answer| {
                        let start = start.clone();
                        let query = query.get_untracked();
                        let path = path.get_untracked();
                        match answer {
                            Ok(list) => {
                                let of = format!("{path}{:?}", filter_of(&query));
                                let InstanceList { instances, next, now } = list;
                                let rows = hold.settle(&of, instances);
                                let next = next
                                    .map(|next| address(&path, &query, &[("after", Some(&next))]));
                                if rows.is_empty() {
                                    view! { <Nothing query path start/> }.into_any()
                                } else {
                                    view! { <InstanceTable rows now next/> }.into_any()
                                }
                            }
                            Err(error) => view! { <ErrorNotice error/> }.into_any(),
                        }
                    },
                )}
            </Transition>
        </HoldArea>
    }
}

/// Nothing matches, or nothing was ever started: two different things.
#[component]
fn Nothing(query: ParamsMap, path: String, start: Option<String>) -> impl IntoView {
    let filtered = FILTERS.iter().any(|key| value(&query, key).is_some());
    if filtered {
        let cleared: Vec<_> = FILTERS.iter().map(|key| (*key, None)).collect();
        let clear = address(&path, &query, &cleared);
        return view! { <NothingMatches title="No instances match these filters" clear/> }
            .into_any();
    }
    let (href, words) = match start {
        Some(process) => (format!("/processes/{process}/start"), "Start the first one"),
        None => ("/processes".to_owned(), "Go to processes"),
    };
    view! {
        <EmptyState
            icon=IconName::Layers
            title="Nothing has been started yet"
            text="Every run of a process appears here the moment it begins."
        >
            <ButtonLink href>{words}</ButtonLink>
        </EmptyState>
    }
    .into_any()
}

#[component]
fn InstanceTable(
    rows: Vec<Held<InstanceSummary>>,
    now: Timestamp,
    next: Option<String>,
) -> impl IntoView {
    let rows = rows.into_iter().map(|held| view! { <InstanceRow held now/> }).collect_view();
    view! {
        <Table label="Instances, latest first" columns=COLUMNS>{rows}</Table>
        <NextPage href=next/>
    }
}

#[component]
fn InstanceRow(held: Held<InstanceSummary>, now: Timestamp) -> impl IntoView {
    let Held { row, gone } = held;
    let name = row.business_key.clone().unwrap_or_else(|| row.id.to_string());
    let steps = if row.steps.is_empty() { "–".to_owned() } else { row.steps.join(", ") };
    let took = between(row.started_at, row.ended_at.unwrap_or(now));
    let by = row.started_by.clone().map(|by| format!(" by {by}"));
    view! {
        <tr class="row-link" class:row-gone=gone>
            <th scope="row" class="main">
                <a href=format!("/instances/{}", row.id) data-row="">{name}</a>
            </th>
            <td data-label="State">
                <StateBadge state=row.state incidents=row.incidents suspended=row.suspended/>
            </td>
            <td data-label="Where it is">{steps}</td>
            <td data-label="Process">
                {row.process_name} <span class="quiet">{format!(" v{}", row.version)}</span>
            </td>
            <td data-label="Started">
                <Moment at=row.started_at now/>
                <span class="quiet">{by}</span>
            </td>
            <td class="number" data-label="Duration"><DurationText ms=took/></td>
        </tr>
    }
}
