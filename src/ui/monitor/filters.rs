//! What narrows the list of instances: tabs for the state, fields, and chips for the rest.
//!
//! Every filter is a link or a field of a GET form, so that all of it works without scripts.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::rows::filter_of;
use crate::ui::address::{KeptFilters, address, value};
use crate::ui::call::QueryForm;
use crate::ui::components::{Button, Icon, IconName, Tab, Tabs};
use crate::wire::{InstanceState, ProcessSummary};

/// The tabs of states.
#[component]
pub fn StateTabs(
    /// The page that the list stands on.
    #[prop(into)]
    path: Signal<String>,
) -> impl IntoView {
    let query = use_query_map();
    let tab = move |state: Option<InstanceState>, word: Option<&'static str>| {
        let href = Signal::derive(move || {
            query.with(|query| address(&path.get(), query, &[("state", word)]))
        });
        let suspended = (word == Some("paused")).then_some(true);
        let current = Signal::derive(move || {
            let filter = query.with(filter_of);
            filter.state == state && filter.suspended == suspended
        });
        (href, current)
    };
    let (all, all_shown) = tab(None, None);
    let (active, active_shown) = tab(Some(InstanceState::Active), Some("active"));
    let (paused, paused_shown) = tab(Some(InstanceState::Active), Some("paused"));
    let (done, done_shown) = tab(Some(InstanceState::Completed), Some("completed"));
    let (ended, ended_shown) = tab(Some(InstanceState::Terminated), Some("terminated"));
    view! {
        <Tabs label="State of the instances">
            <Tab href=all current=all_shown>"All"</Tab>
            <Tab href=active current=active_shown>"Running"</Tab>
            <Tab href=paused current=paused_shown>"Paused"</Tab>
            <Tab href=done current=done_shown>"Completed"</Tab>
            <Tab href=ended current=ended_shown>"Canceled"</Tab>
        </Tabs>
    }
}

/// The fields: business key, and process where there is a choice.
#[component]
pub fn FilterBar(
    /// The page that the list stands on.
    #[prop(into)]
    path: Signal<String>,
    /// Processes to choose from; no choice is offered where empty.
    #[prop(optional)]
    processes: Vec<ProcessSummary>,
) -> impl IntoView {
    let query = use_query_map();
    let asked: &'static [&'static str] =
        if processes.is_empty() { &["q"] } else { &["q", "process"] };
    let chosen = query.with_untracked(|query| value(query, "process"));
    let options = processes
        .iter()
        .map(|process| {
            let id = process.id.to_string();
            let selected = chosen.as_deref() == Some(id.as_str());
            view! { <option value=id selected=selected>{process.name.clone()}</option> }
        })
        .collect_view();
    let troubled = move || query.with(|query| filter_of(query).incidents == Some(true));
    let toggle = move || {
        let change = if troubled() { None } else { Some("true") };
        query.with(|query| address(&path.get(), query, &[("incidents", change)]))
    };
    view! {
        <div class="filters">
            <QueryForm action=path attr:class="filter-form">
                <KeptFilters query asked/>
                <label class="visually-hidden" for="q">"Business key"</label>
                <div class="control control-search">
                    <Icon name=IconName::Search/>
                    <input
                        id="q"
                        name="q"
                        type="search"
                        placeholder="Business key"
                        data-search=""
                        value=move || query.with(|query| value(query, "q"))
                    />
                </div>
                {(!processes.is_empty())
                    .then(|| {
                        view! {
                            <label class="visually-hidden" for="process">"Process"</label>
                            <div class="control control-select">
                                <select id="process" name="process">
                                    <option value="">"All processes"</option>
                                    {options}
                                </select>
                                <Icon name=IconName::Down/>
                            </div>
                        }
                    })}
                <Button small=true>"Show"</Button>
            </QueryForm>
            <a
                class="chip"
                href=toggle
                role="switch"
                aria-checked=move || if troubled() { "true" } else { "false" }
            >
                <Icon name=IconName::Incident size=14/>
                "Incidents only"
            </a>
        </div>
    }
}

/// Filters that came with a link, each with a way to drop it.
#[component]
pub fn FilterChips(
    /// The page that the list stands on.
    #[prop(into)]
    path: Signal<String>,
    /// Names of the steps by id, where they are known.
    #[prop(optional, into)]
    steps: Signal<Vec<(String, String)>>,
) -> impl IntoView {
    let query = use_query_map();
    let chips = move || {
        let filter = query.with(filter_of);
        let step = filter.step.map(|id| {
            let name = steps.with(|steps| {
                steps.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone())
            });
            ("step", format!("At {}", name.unwrap_or(id)))
        });
        let started = filter.started_on.map(|day| ("started_on", format!("Started on {day}")));
        let ended = filter.ended_on.map(|day| ("ended_on", format!("Ended on {day}")));
        [step, started, ended].into_iter().flatten().collect()
    };
    view! { <DroppableChips path chips=Signal::derive(chips)/> }
}

/// Chips for filters by the key of the query string and in words, each with a way to drop it.
#[component]
pub(super) fn DroppableChips(
    /// The page that the list stands on.
    path: Signal<String>,
    /// The filters.
    chips: Signal<Vec<(&'static str, String)>>,
) -> impl IntoView {
    let query = use_query_map();
    let chips = move || {
        chips
            .get()
            .into_iter()
            .map(|(key, words)| {
                let href = query.with(|query| address(&path.get(), query, &[(key, None)]));
                let label = format!("{words}: drop this filter");
                view! {
                    <a class="chip chip-on" href=href aria-label=label>
                        {words}
                        <Icon name=IconName::Close size=14/>
                    </a>
                }
            })
            .collect_view()
    };
    view! { <div class="chips">{chips}</div> }
}
