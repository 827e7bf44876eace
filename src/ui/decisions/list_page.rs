//! Page `/decisions`: every deployed decision, who calls it and how often it was made.

use leptos::prelude::*;
use spartito_core::time::Timestamp;

use super::calls::decisions;
use super::words::kind_word;
use crate::ui::asked::{answered, asked};
use crate::ui::components::{
    ButtonLink, Column, EmptyState, ErrorNotice, IconName, Moment, PageHeader, SkeletonRows, Table,
    Variant,
};
use crate::ui::live::use_live;
use crate::ui::response::set_status;
use crate::ui::words::{counted, number};
use crate::wire::{DecisionList, DecisionSummary};

/// The list of decisions.
#[component]
pub fn DecisionsPage() -> impl IntoView {
    let version = use_live(Signal::derive(|| vec!["decisions".to_owned()]));
    let list = asked(move || version.get(), |_| decisions());
    view! {
        <Transition fallback=|| view! { <SkeletonRows rows=5/> }>
            {answered(
                move || list,
                move |answer| match answer {
                    Ok(DecisionList { decisions, may_deploy, now }) => {
                        let sentence = sentence(&decisions);
                        view! {
                            <PageHeader title="Decisions" sentence=move || sentence.clone()>
                                {may_deploy
                                    .then(|| {
                                        view! {
                                            <ButtonLink href="/deploy" icon=IconName::Upload>
                                                "Deploy"
                                            </ButtonLink>
                                        }
                                    })}
                            </PageHeader>
                            <DecisionTable decisions may_deploy now/>
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

/// How much was decided, and what most, in one sentence.
fn sentence(decisions: &[DecisionSummary]) -> String {
    let called = decisions.iter().filter(|decision| !decision.used_by.is_empty()).count() as u64;
    let most = decisions
        .iter()
        .filter(|decision| !decision.used_by.is_empty())
        .max_by_key(|decision| decision.made_last_week);
    match most {
        _ if decisions.is_empty() => String::new(),
        None => "No process calls a decision yet.".to_owned(),
        Some(most) if most.made_last_week == 0 => {
            format!("{} called by processes; nothing was decided in the last 7 days.", are(called))
        }
        Some(most) => {
            let made = counted(most.made_last_week, "time");
            format!("{} was made {made} in the last 7 days.", most.name)
        }
    }
}

/// “One is” or “3 are”.
fn are(count: u64) -> String {
    if count == 1 { "One is".to_owned() } else { format!("{} are", number(count)) }
}

/// Columns of the list.
const COLUMNS: &[Column] = &[
    Column::words("Decision"),
    Column::words("Model"),
    Column::number("Version"),
    Column::words("Called by"),
    Column::number("Last 7 days"),
    Column::words("Deployed"),
];

#[component]
fn DecisionTable(
    decisions: Vec<DecisionSummary>,
    may_deploy: bool,
    now: Timestamp,
) -> impl IntoView {
    if decisions.is_empty() {
        return view! { <NothingDeployed may_deploy/> }.into_any();
    }
    let rows =
        decisions.into_iter().map(|decision| view! { <DecisionRow decision now/> }).collect_view();
    view! { <Table label="Decisions" columns=COLUMNS>{rows}</Table> }.into_any()
}

#[component]
fn NothingDeployed(may_deploy: bool) -> impl IntoView {
    let text = if may_deploy {
        "Draw a decision table in any DMN modeler and deploy the file: here it can be read and \
         tried out, and every case that it decided can be found."
    } else {
        "As soon as somebody who may do so deploys a DMN file, its decisions can be read and tried \
         out here."
    };
    view! {
        <EmptyState icon=IconName::Table title="No decision is deployed yet" text>
            {may_deploy
                .then(|| {
                    view! {
                        <ButtonLink href="/deploy" variant=Variant::Primary icon=IconName::Upload>
                            "Deploy a DMN file"
                        </ButtonLink>
                    }
                })}
        </EmptyState>
    }
}

#[component]
fn DecisionRow(decision: DecisionSummary, now: Timestamp) -> impl IntoView {
    let page = format!("/decisions/{}", decision.id);
    let uses = format!("{page}#uses");
    let kind = kind_word(decision.kind).map(|word| view! { <span class="quiet">" " {word}</span> });
    let last = decision.used_by.len().saturating_sub(1);
    let users = decision
        .used_by
        .into_iter()
        .enumerate()
        .map(|(index, process)| {
            view! {
                <a href=format!("/processes/{}", process.id)>{process.name}</a>
                {(index < last).then_some(", ")}
            }
        })
        .collect::<Vec<_>>();
    view! {
        <tr class="row-link">
            <th scope="row" class="main">
                <a href=page data-row="">{decision.name}</a>
                {kind}
            </th>
            <td data-label="Model">{decision.model}</td>
            <td class="number" data-label="Version">{decision.version}</td>
            <td data-label="Called by">
                {if users.is_empty() {
                    view! { <span class="quiet">"–"</span> }.into_any()
                } else {
                    users.into_any()
                }}
            </td>
            <td class="number" data-label="Last 7 days">
                <a href=uses>{number(decision.made_last_week)}</a>
            </td>
            <td data-label="Deployed"><Moment at=decision.deployed_at now/></td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;
    use crate::wire::{DecisionSummary, ProcessName};
    use spartito_core::dmn::InvocableKind;
    use spartito_core::time::Timestamp;

    fn decision(name: &str, made_last_week: u64, called: bool) -> DecisionSummary {
        let user = ProcessName { id: "loan".into(), name: "Loan".to_owned() };
        DecisionSummary {
            id: name.into(),
            name: name.to_owned(),
            kind: InvocableKind::Decision,
            model: "Loan risk".to_owned(),
            version: 1,
            deployed_at: Timestamp::EPOCH,
            made_last_week,
            used_by: called.then_some(user).into_iter().collect(),
        }
    }

    #[test]
    fn the_sentence_names_what_processes_ask_for_most() {
        let loan = decision("Loan assessment", 29, true);
        let all = [decision("Risk class", 29, false), loan];
        assert_eq!(sentence(&all), "Loan assessment was made 29 times in the last 7 days.");
        assert_eq!(sentence(&[decision("Burden", 0, false)]), "No process calls a decision yet.");
        assert_eq!(
            sentence(&[decision("Burden", 0, true)]),
            "One is called by processes; nothing was decided in the last 7 days."
        );
        assert_eq!(sentence(&[]), "");
    }
}
