//! Page `/decisions/:id?version=&rule=&after=&try=&in.…=`: how one decision reads, trying it out,
//! and where it was used.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use spartito_core::dmn::InvocableKind;

use super::answers::answers_of;
use super::calls::{decision_detail, try_decision};
use super::findings::FindingList;
use super::rules::Rules;
use super::try_it::TryIt;
use super::trying::Trying;
use super::uses::Uses;
use super::words::kind_word;
use crate::ui::address::{address, value};
use crate::ui::asked::{answered, asked};
use crate::ui::components::{
    ButtonLink, Callout, Crumb, ErrorNotice, IconName, Moment, PageHeader, SectionHeader,
    SkeletonPanel, SkeletonRows,
};
use crate::ui::follow::follow;
use crate::ui::live::use_live;
use crate::ui::response::set_status;
use crate::ui::words::{counted, number};
use crate::wire::{CallError, DecisionDetail, DecisionVersionSummary, Trial};

/// The page of one decision.
#[component]
pub fn DecisionPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let decision = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let wanted = Memo::new(move |_| {
        query.with(|query| value(query, "version").and_then(|version| version.parse::<u32>().ok()))
    });
    let first = asked(
        move || (decision.get(), wanted.get()),
        move |(decision, wanted)| {
            let answers = query.with_untracked(answers_of);
            async move {
                let detail = decision_detail(decision.clone(), wanted).await?;
                let trial = try_decision(decision, Some(detail.shown), answers).await?;
                Ok::<_, CallError>((detail, trial))
            }
        },
    );
    view! {
        <Transition fallback=|| {
            view! {
                <SkeletonRows rows=2/>
                <SkeletonPanel/>
            }
        }>
            {answered(
                move || first,
                move |answer| match answer {
                    Ok(shown) => {
                        view! {
                            <For
                                each=move || [shown.clone()]
                                key=|(detail, _)| (detail.decision.id.clone(), detail.shown)
                                let:shown
                            >
                                <Decision detail=shown.0 trial=shown.1/>
                            </For>
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

/// One version of a decision; its counts are followed.
#[component]
fn Decision(detail: DecisionDetail, trial: Trial) -> impl IntoView {
    let query = use_query_map();
    let id = detail.decision.id.to_string();
    let shown = detail.shown;
    let path = format!("/decisions/{id}");
    let first = detail.clone();
    let version = use_live(Signal::derive(|| vec!["decisions".to_owned()]));
    let answers = query.with_untracked(answers_of);
    let trying = Trying::new(id.as_str().into(), shown, answers, trial);
    let decision = id.clone();
    let detail = follow(
        detail,
        move || version.get(),
        move || decision_detail(decision.clone(), Some(shown)),
    );
    let logic = match first.table.clone() {
        Some(table) => view! { <Rules table detail path=path.clone() trying/> }.into_any(),
        None => view! { <Logic detail=first.clone()/> }.into_any(),
    };
    view! {
        <Head detail=first.clone() path=path.clone() now=detail/>
        <Links detail=first.clone()/>
        <div class="decision-columns">
            <TryIt detail=first path=path.clone() trying/>
            {logic}
        </div>
        <Uses decision=id path=path.clone() version/>
        <Versions detail path/>
    }
}

#[component]
fn Head(detail: DecisionDetail, path: String, now: RwSignal<DecisionDetail>) -> impl IntoView {
    let decision = detail.decision.clone();
    let tag = decision.version_tag.as_ref().map(|tag| format!(" · {tag}")).unwrap_or_default();
    let version = format!("Version {}{tag}", detail.shown);
    let badge = move || view! { <span class="version-word">{version.clone()}</span> };
    let question = question(&decision.question);
    let rules = detail.table.as_ref().map(|table| table.rows.len() as u64);
    let shown = detail.shown;
    let latest = Memo::new(move |_| {
        now.with(|detail| detail.versions.first().map_or(shown, |latest| latest.version))
    });
    let query = use_query_map();
    let newer = move || {
        let latest = latest.get();
        (latest != shown).then(|| {
            let wanted = latest.to_string();
            let href = query.with(|query| address(&path, query, &[("version", Some(&wanted))]));
            view! {
                <Callout>
                    {format!("Version {latest} decides now. ")}
                    <a href=href>{format!("Show version {latest}")}</a>
                </Callout>
            }
        })
    };
    view! {
        <PageHeader
            title=decision.name.to_string()
            crumbs=vec![Crumb::new("Decisions", "/decisions")]
            badge
            sentence=move || question.clone()
        >
            {detail
                .may_deploy
                .then(|| {
                    view! {
                        <ButtonLink href="/deploy" icon=IconName::Upload>"Deploy a new version"</ButtonLink>
                    }
                })}
        </PageHeader>
        <ul class="figures" role="list">
            <li>
                <a href="#uses">
                    <span class="figure">
                        {move || now.with(|detail| number(detail.made_last_week))}
                    </span>
                    <span class="figure-word">"made in the last 7 days"</span>
                </a>
            </li>
            {rules
                .map(|rules| {
                    view! {
                        <li>
                            <a href="#rules">
                                <span class="figure">{number(rules)}</span>
                                <span class="figure-word">
                                    {if rules == 1 { "rule" } else { "rules" }}
                                </span>
                            </a>
                        </li>
                    }
                })}
        </ul>
        {newer}
        {(!decision.description.is_empty())
            .then(|| view! { <p class="documentation">{decision.description.to_string()}</p> })}
    }
}

/// The question that is answered, in quotation marks; nothing where none is given.
fn question(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("“{text}”") }
}

/// Who asks for it, and whom it asks.
#[component]
fn Links(detail: DecisionDetail) -> impl IntoView {
    let linked = |links: Vec<(String, String)>| {
        let last = links.len().saturating_sub(1);
        links
            .into_iter()
            .enumerate()
            .map(|(index, (href, name))| {
                view! {
                    <a href=href>{name}</a>
                    {(index < last).then_some(", ")}
                }
            })
            .collect::<Vec<_>>()
    };
    let users = detail.used_by.into_iter().map(|it| (format!("/processes/{}", it.id), it.name));
    let users = linked(users.collect());
    let required = detail.requires.into_iter();
    let required = linked(required.map(|it| (format!("/decisions/{}", it.id), it.name)).collect());
    let row = |name: &'static str, links: AnyView| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{links}</dd>
            </div>
        }
    };
    let kind = kind_word(detail.decision.kind).map(|word| row("Is a", word.into_any()));
    let answers = detail.decision.allowed_answers.to_string();
    view! {
        <dl class="decision-links">
            {kind}
            {(!users.is_empty()).then(|| row("Called by", users.into_any()))}
            {(!required.is_empty()).then(|| row("Builds on", required.into_any()))}
            {(!answers.is_empty()).then(|| row("Answers", answers.into_any()))}
            {row("Model", detail.model_name.into_any())}
        </dl>
    }
}

/// How it is decided, where it is no table.
#[component]
fn Logic(detail: DecisionDetail) -> impl IntoView {
    let words = match detail.decision.kind {
        InvocableKind::Service => "It gives what the decisions give that it builds on.",
        InvocableKind::Decision | InvocableKind::Knowledge if detail.requires.is_empty() => {
            "It is put together from its inputs."
        }
        InvocableKind::Decision | InvocableKind::Knowledge => {
            "It is put together from the decisions that it builds on."
        }
    };
    let logic = match detail.expression {
        Some(text) => view! {
            <pre class="decision-text" tabindex="0"><code>{text}</code></pre>
        }
        .into_any(),
        None => {
            let links = detail.requires.into_iter().map(|it| {
                view! { <li><a href=format!("/decisions/{}", it.id)>{it.name}</a></li> }
            });
            view! {
                <p class="quiet">{words}</p>
                <ul class="decision-parts" role="list">{links.collect_view()}</ul>
            }
            .into_any()
        }
    };
    view! {
        <section class="rules" aria-labelledby="logic">
            <SectionHeader title="How it is decided" id="logic"/>
            <FindingList findings=detail.findings/>
            {logic}
        </section>
    }
}

/// All versions, latest first, each a link to how it reads.
#[component]
fn Versions(detail: RwSignal<DecisionDetail>, path: String) -> impl IntoView {
    let query = use_query_map();
    let rows = move || {
        let path = path.clone();
        let (versions, shown, now) =
            detail.with(|detail| (detail.versions.clone(), detail.shown, detail.now));
        versions
            .into_iter()
            .map(|it| {
                let DecisionVersionSummary { version, version_tag, deployed_at, deployed_by, made } =
                    it;
                let wanted = version.to_string();
                let path = path.clone();
                let href = move || {
                    let changes = [("version", Some(wanted.as_str())), ("rule", None)];
                    query.with(|query| address(&path, query, &changes))
                };
                let by = deployed_by.map(|by| format!(" by {by}"));
                let tag = version_tag.map(|tag| view! { <span class="version-tag">{tag}</span> });
                view! {
                    <li class="version">
                        <a href=href aria-current=(version == shown).then_some("true")>
                            {format!("Version {version}")}
                        </a>
                        {tag}
                        <span class="quiet">"deployed " <Moment at=deployed_at now/> {by}</span>
                        <span class="version-open">{format!("made {}", counted(made, "time"))}</span>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <section class="panel-section" aria-labelledby="versions">
            <SectionHeader title="Versions" id="versions"/>
            <ul class="versions" role="list">{rows}</ul>
        </section>
    }
}
