//! What was decided in a trial, with every decision on the way and what could not be decided.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::try_it::not_given;
use super::trying::Trying;
use super::words::rules_words;
use crate::ui::components::{Icon, IconName};
use crate::wire::{DecisionDetail, MadeDecision, Trial};

/// Most characters of an outcome that is written large.
const LARGE_CHARACTERS_MAX: usize = 28;

/// The outcome, alive while somebody types.
#[component]
pub(super) fn Outcome(
    /// The decision.
    detail: DecisionDetail,
    /// Paths and labels of its inputs.
    labels: Vec<(String, String)>,
    /// What was typed, and what came of it.
    trying: Trying,
) -> impl IntoView {
    let decision = detail.decision.id.to_string();
    let is_latest = detail.versions.first().is_some_and(|it| it.version == detail.shown);
    let invitation = if detail.table.is_some() {
        "Fill in what is known: the rules that match light up as you type."
    } else {
        "Fill in what is known: what is decided appears as you type."
    };
    let (trial, answers) = (trying.trial(), trying.answers());
    let waits = {
        let asked = !labels.is_empty();
        Memo::new(move |_| asked && answers.with(BTreeMap::is_empty))
    };
    let answer = move || {
        if waits.get() {
            return view! { <span class="quiet">{invitation}</span> }.into_any();
        }
        let outcome = trial.with(|trial| trial.outcome.clone());
        let outcome = outcome.unwrap_or_else(|| "–".to_owned());
        let long = outcome.chars().count() > LARGE_CHARACTERS_MAX;
        view! { <strong class="trial-value" class:trial-value-long=long>{outcome}</strong> }
            .into_any()
    };
    let steps = move || {
        trial.with(|trial| {
            let on_the_way = on_the_way(trial, &decision).into_iter();
            on_the_way.map(|made| view! { <Step made linked=is_latest waits/> }).collect_view()
        })
    };
    let rules = move || {
        let rules = trying.matched().get();
        (!waits.get() && !rules.is_empty()).then(|| {
            view! {
                <span class="trial-rules">
                    <Icon name=IconName::Check size=14/>
                    {format!("by {}", rules_words(&rules))}
                </span>
            }
        })
    };
    view! {
        <div class="trial-outcome">
            <p class="trial-answer" role="status">
                <span class="trial-name">{detail.decision.name.to_string()}</span>
                {answer}
                {rules}
            </p>
            <ol class="trial-steps" aria-label="Decisions on the way">{steps}</ol>
            <div class="trial-problems" role="status">
                {move || {
                    (!waits.get())
                        .then(|| {
                            let open = answers.with(|answers| not_given(&labels, answers));
                            let problems = trial.with(|trial| trial.problems.clone());
                            view! { <Problems open problems/> }
                        })
                }}
            </div>
            <Reasons trial waits/>
        </div>
    }
}

/// The decisions that were made for `decision`, without itself; each once, as it was made last.
fn on_the_way(trial: &Trial, decision: &str) -> Vec<MadeDecision> {
    let made = &trial.decisions;
    let is_last = |index: usize| made[index + 1..].iter().all(|later| later.id != made[index].id);
    let others = (0..made.len()).filter(|index| made[*index].id.as_str() != decision);
    others.filter(|index| is_last(*index)).map(|index| made[index].clone()).collect()
}

#[component]
fn Step(made: MadeDecision, linked: bool, waits: Memo<bool>) -> impl IntoView {
    let name = made.name.clone();
    let name = if linked {
        view! { <a href=format!("/decisions/{}", made.id)>{name}</a> }.into_any()
    } else {
        name.into_any()
    };
    let value = if waits.get() { "–".to_owned() } else { made.outcome };
    let rules = if waits.get() { String::new() } else { rules_words(&made.rules) };
    view! {
        <li class="trial-step">
            <span class="trial-step-name">{name}</span>
            <span class="trial-step-value">{value}</span>
            <span class="trial-step-rules quiet">{rules}</span>
        </li>
    }
}

/// What is not given yet, and which answers cannot be read.
#[component]
fn Problems(open: Vec<String>, problems: Vec<String>) -> impl IntoView {
    let waits = (!open.is_empty()).then(|| format!("Not given yet: {}.", open.join(", ")));
    let problem = |words: String| {
        view! {
            <p class="trial-problem">
                <Icon name=IconName::Alert size=14/>
                <span>{words}</span>
            </p>
        }
    };
    view! {
        {problems.into_iter().map(problem).collect_view()}
        {waits.map(|words| view! { <p class="quiet">{words}</p> })}
    }
}

/// Why parts are missing; once opened, it stays open while somebody types.
#[component]
fn Reasons(trial: Signal<Trial>, waits: Memo<bool>) -> impl IntoView {
    let none = move || waits.get() || trial.with(|trial| trial.warnings.is_empty());
    let reasons = move || {
        let warnings = trial.with(|trial| trial.warnings.clone());
        warnings.into_iter().map(|warning| view! { <li>{warning}</li> }).collect::<Vec<_>>()
    };
    view! {
        <details class="trial-reasons" hidden=none>
            <summary>"Why parts are missing"</summary>
            <ul>{reasons}</ul>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::on_the_way;
    use crate::wire::{MadeDecision, Trial};

    #[test]
    fn a_decision_made_twice_is_shown_as_it_was_made_last() {
        let made = |id: &str, outcome: &str| MadeDecision {
            id: id.into(),
            version: None,
            name: id.to_owned(),
            outcome: outcome.to_owned(),
            rules: Vec::new(),
            inputs: Vec::new(),
        };
        let decisions = vec![
            made("Burden", "0.1"),
            made("Risk", "low"),
            made("Burden", "0.2"),
            made("All", "x"),
        ];
        let trial = Trial { decisions, ..Trial::default() };
        let told: Vec<_> = on_the_way(&trial, "All").into_iter().map(|it| it.outcome).collect();
        assert_eq!(told, ["low", "0.2"]);
    }
}
