//! The decisions that were made for one instance, each with the *why*.

use leptos::prelude::*;
use spartito_core::time::Timestamp;

use crate::ui::components::{Callout, Moment, SectionHeader, Tone};
use crate::ui::session::use_me;
use crate::wire::{InstanceDecision, MadeDecision, Permission};

/// The decisions of an instance; nothing where there are none.
#[component]
pub fn MadeDecisions(
    /// The decisions, latest first.
    #[prop(into)]
    decisions: Signal<Vec<InstanceDecision>>,
    /// The server's time when they were read.
    #[prop(into)]
    now: Signal<Timestamp>,
) -> impl IntoView {
    let any = Memo::new(move |_| !decisions.with(Vec::is_empty));
    let linked = use_me().may(Permission::ViewInstances);
    let key = |made: &InstanceDecision| format!("{} {} {}", made.at, made.step, made.id);
    move || {
        any.get().then(|| {
            view! {
                <section aria-labelledby="decisions">
                    <SectionHeader title="Decisions" id="decisions"/>
                    <ul class="made-list" role="list">
                        // Kept by key, so that what somebody has opened stays open.
                        <For each=move || decisions.get() key=key let:made>
                            <Made made now=now.get_untracked() linked/>
                        </For>
                    </ul>
                </section>
            }
        })
    }
}

#[component]
fn Made(made: InstanceDecision, now: Timestamp, linked: bool) -> impl IntoView {
    let called = made.decisions.iter().rev().find(|part| part.id == made.id).cloned();
    let name = called.as_ref().map_or_else(|| made.id.to_string(), |part| part.name.clone());
    let outcome = called.as_ref().map_or_else(|| "–".to_owned(), |part| part.outcome.clone());
    let href = format!("/decisions/{}?version={}", made.id, made.version);
    let rules = called.map(|part| view! { <RuleLinks part linked/> });
    let name = if linked { view! { <a href=href>{name}</a> }.into_any() } else { name.into_any() };
    // The called decision is told above already, unless its own table has more to say.
    let tells = |part: &MadeDecision| part.id != made.id || !part.inputs.is_empty();
    let parts = made
        .decisions
        .into_iter()
        .filter(tells)
        .map(|part| view! { <Part part linked/> })
        .collect_view();
    let warnings = made.warnings.into_iter().map(|warning| view! { <li>{warning}</li> });
    let warnings: Vec<_> = warnings.collect();
    view! {
        <li class="made">
            <p class="made-head">
                <span class="made-name">{name}</span>
                <span class="quiet">
                    {format!("version {} · at {} · ", made.version, made.step)}
                    <Moment at=made.at now/>
                </span>
            </p>
            <p class="made-outcome">{outcome} " " {rules}</p>
            {(!warnings.is_empty())
                .then(|| {
                    view! {
                        <Callout tone=Tone::Waiting>
                            <strong>"Parts of it are missing."</strong>
                            <ul class="made-warnings">{warnings}</ul>
                        </Callout>
                    }
                })}
            <details class="made-why">
                <summary>"How it was decided"</summary>
                <ol class="made-parts">{parts}</ol>
            </details>
        </li>
    }
}

/// A decision on the way: what it was given, what it gave.
#[component]
fn Part(part: MadeDecision, linked: bool) -> impl IntoView {
    let inputs = part
        .inputs
        .iter()
        .map(|(label, value)| {
            view! {
                <div class="fact">
                    <dt>{label.clone()}</dt>
                    <dd>{value.clone()}</dd>
                </div>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <li class="made-part">
            <p class="made-part-head">
                <span class="made-part-name">{part.name.clone()}</span>
                <strong>{part.outcome.clone()}</strong>
                <RuleLinks part linked/>
            </p>
            {(!inputs.is_empty()).then(|| view! { <dl class="facts">{inputs}</dl> })}
        </li>
    }
}

/// The rules that matched, each a link to the table at that version.
#[component]
fn RuleLinks(part: MadeDecision, linked: bool) -> impl IntoView {
    let page = part.version.filter(|_| linked);
    let page = page.map(|version| format!("/decisions/{}?version={version}", part.id));
    let links = part.rules.into_iter().map(|rule| {
        let words = format!("Rule {rule}");
        match &page {
            Some(page) => view! {
                <a class="made-rule" href=format!("{page}&rule={rule}#rule-{rule}")>{words}</a>
            }
            .into_any(),
            None => view! { <span class="made-rule">{words}</span> }.into_any(),
        }
    });
    links.collect::<Vec<_>>()
}
