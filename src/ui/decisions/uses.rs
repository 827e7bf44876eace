//! Which instances a decision was made for, by which version and rules.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use spartito_core::time::Timestamp;

use super::calls::decision_uses;
use super::words::rules_words;
use crate::ui::address::{address, value};
use crate::ui::asked::{answered, asked};
use crate::ui::components::{
    Column, EmptyState, ErrorNotice, Icon, IconName, Moment, NextPage, NothingMatches,
    SectionHeader, SkeletonRows, Table,
};
use crate::ui::hold::{Held, Hold, HoldArea, Row};
use crate::wire::{DecisionUse, DecisionUseFilter, DecisionUses};

impl Row for DecisionUse {
    fn key(&self) -> String {
        format!("{} {}", self.instance, self.at)
    }
}

/// What the query string asks for.
fn filter_of(query: &ParamsMap) -> DecisionUseFilter {
    let number = |key| value(query, key).and_then(|text| text.parse::<u32>().ok());
    DecisionUseFilter {
        version: number("version"),
        rule: number("rule"),
        after: value(query, "after"),
    }
}

/// Columns of the list.
const COLUMNS: &[Column] = &[
    Column::words("Case"),
    Column::words("Outcome"),
    Column::words("Rules"),
    Column::number("Version"),
    Column::words("Process"),
    Column::words("Decided"),
];

/// A page of uses that stays fresh and still.
#[component]
pub(super) fn Uses(
    /// The decision.
    decision: String,
    /// The page of the decision.
    path: String,
    /// Changes when the list should be read again.
    version: Signal<u64>,
) -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(filter_of));
    let hold = Hold::<DecisionUse>::new();
    let list = asked(
        move || (filter.get(), version.get()),
        move |(filter, _)| decision_uses(decision.clone(), filter),
    );
    let path = StoredValue::new(path);
    view! {
        <section class="panel-section" aria-labelledby="uses">
            <SectionHeader title="Where it was used" id="uses"/>
            <Chips filter path/>
            <HoldArea hold noun="uses">
                <Transition fallback=|| view! { <SkeletonRows rows=5/> }>
                    {answered(
                        move || {
                            hold.track();
                            list
                        },
                        move |list| {
                            match list {
                                Ok(DecisionUses { uses, next, now }) => {
                                    let filter = filter.get_untracked();
                                    let rows = hold.settle(&format!("{filter:?}"), uses);
                                    let next = next.map(|next| {
                                        let query = query.get_untracked();
                                        let page = path.with_value(|path| {
                                            address(path, &query, &[("after", Some(&next))])
                                        });
                                        format!("{page}#uses")
                                    });
                                    view! { <UseTable rows now next filter path/> }.into_any()
                                }
                                Err(error) => view! { <ErrorNotice error/> }.into_any(),
                            }
                        },
                    )}
                </Transition>
            </HoldArea>
        </section>
    }
}

/// What narrows the list, each with a way to drop it.
#[component]
fn Chips(filter: Memo<DecisionUseFilter>, path: StoredValue<String>) -> impl IntoView {
    let query = use_query_map();
    let chips = move || {
        let DecisionUseFilter { version, rule, .. } = filter.get();
        let version = version.map(|version| ("version", format!("Version {version}")));
        let rule = rule.map(|rule| ("rule", format!("Rule {rule}")));
        let chip = |(key, words): (&'static str, String)| {
            let href =
                query.with(|query| path.with_value(|path| address(path, query, &[(key, None)])));
            let label = format!("{words}: drop this filter");
            view! {
                <a class="chip chip-on" href=format!("{href}#uses") aria-label=label>
                    {words}
                    <Icon name=IconName::Close size=14/>
                </a>
            }
        };
        [version, rule].into_iter().flatten().map(chip).collect_view()
    };
    view! { <div class="chips">{chips}</div> }
}

#[component]
fn UseTable(
    rows: Vec<Held<DecisionUse>>,
    now: Timestamp,
    next: Option<String>,
    filter: DecisionUseFilter,
    path: StoredValue<String>,
) -> impl IntoView {
    let query = use_query_map().get_untracked();
    if rows.is_empty() && (filter.version.is_some() || filter.rule.is_some()) {
        let clear =
            path.with_value(|path| address(path, &query, &[("version", None), ("rule", None)]));
        return view! {
            <NothingMatches title="This version and rule decided nothing yet" clear/>
        }
        .into_any();
    }
    if rows.is_empty() {
        return view! {
            <EmptyState
                icon=IconName::Table
                title="It has not been used yet"
                text="Each time a process asks for this decision, the case appears here with what \
                      was decided and by which rules."
            />
        }
        .into_any();
    }
    let rows = rows.into_iter().map(|held| view! { <UseRow held now path/> }).collect_view();
    view! {
        <Table label="Where it was used, latest first" columns=COLUMNS>{rows}</Table>
        <NextPage href=next/>
    }
    .into_any()
}

#[component]
fn UseRow(held: Held<DecisionUse>, now: Timestamp, path: StoredValue<String>) -> impl IntoView {
    let Held { row, gone } = held;
    let case = row.business_key.clone().unwrap_or_else(|| row.instance.to_string());
    let table = path.with_value(|path| format!("{path}?version={}", row.version));
    let rules = rules_words(&row.rules);
    let first = row.rules.first().map(|rule| format!("{table}#rule-{rule}"));
    view! {
        <tr class="row-link" class:row-gone=gone>
            <th scope="row" class="main">
                <a href=format!("/instances/{}", row.instance) data-row="">{case}</a>
            </th>
            <td class="use-outcome" data-label="Outcome">{row.outcome}</td>
            <td data-label="Rules">
                {match first {
                    Some(href) => view! { <a href=href>{rules}</a> }.into_any(),
                    None => "–".into_any(),
                }}
            </td>
            <td class="number" data-label="Version"><a href=table>{row.version}</a></td>
            <td data-label="Process">{row.process_name}</td>
            <td data-label="Decided"><Moment at=row.at now/></td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::filter_of;
    use leptos_router::params::ParamsMap;

    #[test]
    fn the_address_narrows_the_list_and_what_is_no_number_does_not() {
        let query: ParamsMap = [("version", "2"), ("rule", "three")].into_iter().collect();
        let filter = filter_of(&query);
        assert_eq!((filter.version, filter.rule), (Some(2), None));
    }
}
