//! Page `/upkeep`: what those who run the server look at: whether systems outside are called, how long
//! finished instances are kept, and whether all that is stored can be read.

use leptos::prelude::*;
use spartito_core::time::Timestamp;

use super::calls::{ReleaseOutbound, upkeep};
use crate::ui::asked::{answered, asked};
use crate::ui::call::{Call, CallForm};
use crate::ui::components::{
    Badge, Button, Callout, Dialog, DialogButton, DialogClose, IconName, Moment, PageHeader,
    Refusal, SectionHeader, SkeletonRows, Telling, Tone, Variant, whole_page,
};
use crate::ui::models::{KeptFor, SetRetention};
use crate::ui::words::{counted, number};
use crate::wire::{Alarm, AlarmNote, CheckOfStored, HeldCalls, OutboundPause, OwnRule, Upkeep};

/// The page.
#[component]
pub fn UpkeepPage() -> impl IntoView {
    let release = Call::<ReleaseOutbound>::new();
    let keep = Call::<SetRetention>::new();
    let found = asked(move || release.version().get() + keep.version().get(), |_| upkeep());
    view! {
        <Transition fallback=|| view! { <SkeletonRows rows=6/> }>
            {answered(
                move || found,
                move |answer| {
                    whole_page(answer, |found| view! { <Found found release keep/> }.into_any())
                },
            )}
        </Transition>
    }
}

#[component]
fn Found(found: Upkeep, release: Call<ReleaseOutbound>, keep: Call<SetRetention>) -> impl IntoView {
    let Upkeep { alarms, outbound, held, retention, own_rules, check, now } = found;
    let told = sentence(&alarms);
    let others = alarms
        .into_iter()
        .filter(|note| note.alarm == Alarm::WritesFail)
        .map(|note| view! { <Callout tone=Tone::Incident>{note.words}</Callout> })
        .collect_view();
    let refused = move || release.value().get().and_then(Result::err);
    view! {
        <PageHeader title="Upkeep" sentence=move || told/>
        {others}
        <Refusal error=Signal::derive(refused)/>
        <Outbound outbound held now release/>
        <KeptFor process=None retention now call=keep>
            <OwnRules rules=own_rules/>
        </KeptFor>
        <Stored check now/>
    }
}

/// What matters, in one sentence.
fn sentence(alarms: &[AlarmNote]) -> &'static str {
    match alarms.len() {
        0 => "Nothing needs you here.",
        1 => "One thing needs you.",
        _ => "Several things need you.",
    }
}

/// Whether systems outside are called, and the button that lets them be.
#[component]
fn Outbound(
    outbound: Option<OutboundPause>,
    held: Vec<HeldCalls>,
    now: Timestamp,
    release: Call<ReleaseOutbound>,
) -> impl IntoView {
    let lasts = outbound.as_ref().is_some_and(OutboundPause::lasts);
    let badge = if lasts {
        view! { <Badge tone=Tone::Incident icon=IconName::Paused>"Held"</Badge> }
    } else {
        view! { <Badge tone=Tone::Done icon=IconName::Done>"As usual"</Badge> }
    };
    let words = match outbound {
        None => {
            view! { <p>"Systems outside are called. They were never held back."</p> }.into_any()
        }
        Some(pause) if !pause.lasts() => view! { <Released pause now/> }.into_any(),
        Some(pause) => {
            view! {
                <p class="upkeep-lead">
                    "Systems outside are not called since "
                    <Moment at=pause.since now telling=Telling::Exact/> ": "
                    {pause.why} "."
                </p>
                <Waiting held=held.clone()/>
                <ul class="plain-list">
                    <li>
                        "Work inside goes on: people work on their tasks, timers fire. Only calls to other
                        systems wait."
                    </li>
                    <li>
                        "What the server did after the copy was taken is not in this database, but the
                        systems outside know of it. Look there what was done meanwhile."
                    </li>
                    <li>
                        "Calls that are made again bear the same key as the first time, so that a system
                        that heeds it does nothing twice."
                    </li>
                </ul>
                <ReleaseDialog release held/>
            }
                .into_any()
        }
    };
    view! {
        <section class="panel-section" aria-labelledby="outbound">
            <SectionHeader title="Calls to systems outside" id="outbound">{badge}</SectionHeader>
            {words}
        </section>
    }
}

/// That they were held, and who let them go on.
#[component]
fn Released(pause: OutboundPause, now: Timestamp) -> impl IntoView {
    let by = pause.released_by.unwrap_or_else(|| "Somebody".to_owned());
    let at = pause.released_at.unwrap_or(pause.since);
    view! {
        <p>
            "Systems outside are called. " {by} " released them " <Moment at now/>
            <span class="quiet">
                ". They were held since "
                <Moment at=pause.since now telling=Telling::Exact/> ": " {pause.why} "."
            </span>
        </p>
    }
}

/// Asks once more, and lets systems outside be called.
#[component]
fn ReleaseDialog(release: Call<ReleaseOutbound>, held: Vec<HeldCalls>) -> impl IntoView {
    let pending = release.pending();
    view! {
        <DialogButton dialog="release" variant=Variant::Primary icon=IconName::Play>
            "Release the calls…"
        </DialogButton>
        <Dialog id="release" title="Call systems outside again?">
            <CallForm call=release>
                <Waiting held/>
                <p>"They are made at once, on all servers."</p>
                <p>
                    "Have you looked in the systems outside what was done after the copy was taken? What
                    is called twice there cannot be undone from here."
                </p>
                <div class="dialog-actions">
                    <DialogClose dialog="release">"Keep them held"</DialogClose>
                    <Button variant=Variant::Danger busy=pending>"Release the calls"</Button>
                </div>
            </CallForm>
        </Dialog>
    }
}

/// The calls that wait: in one sentence, or kind by kind where there are several.
#[component]
fn Waiting(held: Vec<HeldCalls>) -> impl IntoView {
    let kinds = (held.len() > 1).then(|| {
        let rows = held
            .iter()
            .map(|calls| {
                view! {
                    <li class="version">
                        {kind(calls)} <span class="quiet">{how_many(calls)}</span>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="versions" role="list" aria-label="Calls that wait">{rows}</ul> }
    });
    view! {
        <p>{waiting(&held)}</p>
        {kinds}
    }
}

/// What waits, in one sentence; several kinds are named after it.
fn waiting(held: &[HeldCalls]) -> String {
    match held {
        [] => "No call waits at the moment.".to_owned(),
        [only] => format!("What waits: {} of {}.", how_many(only), kind(only)),
        _ => "What waits, by the type of the job:".to_owned(),
    }
}

fn kind(calls: &HeldCalls) -> String {
    calls.kind.clone().unwrap_or_else(|| "other types".to_owned())
}

/// How many wait, and who makes them where that is not Spartito.
fn how_many(calls: &HeldCalls) -> String {
    let least = if calls.is_more { "at least " } else { "" };
    let whose = if calls.by_workers { " by workers outside" } else { "" };
    format!("{least}{}{whose}", counted(calls.waiting, "call"))
}

/// Processes with a rule of their own.
#[component]
fn OwnRules(rules: Vec<OwnRule>) -> impl IntoView {
    (!rules.is_empty()).then(|| {
        let rows = rules
            .into_iter()
            .map(|rule| {
                let kept = rule.days.map_or_else(
                    || "kept for ever".to_owned(),
                    |days| format!("removed {} after their end", counted(u64::from(days), "day")),
                );
                view! {
                    <li class="version">
                        <a href=format!("/processes/{}#kept", rule.process)>{rule.name}</a>
                        <span class="quiet">{kept}</span>
                    </li>
                }
            })
            .collect_view();
        view! {
            <p class="quiet">"With a rule of their own:"</p>
            <ul class="versions" role="list">{rows}</ul>
        }
    })
}

/// Whether all that is stored can be read.
#[component]
fn Stored(check: CheckOfStored, now: Timestamp) -> impl IntoView {
    let badge = if check.begun_at.is_none() && check.damaged.is_empty() {
        view! { <Badge icon=IconName::Clock>"Not checked yet"</Badge> }
    } else if check.damaged.is_empty() {
        view! { <Badge tone=Tone::Done icon=IconName::Done>"As usual"</Badge> }
    } else {
        view! { <Badge tone=Tone::Incident icon=IconName::Incident>"Damaged"</Badge> }
    };
    let read = number(check.instances);
    let when = match (check.begun_at, check.ended_at) {
        (_, Some(at)) => view! {
            "The last check ended " <Moment at now/> {format!(": {read} instances were read.")}
        }
        .into_any(),
        (Some(at), None) => view! {
            "A check has been going on since " <Moment at now/>
            {format!(": {read} instances were read so far.")}
        }
        .into_any(),
        (None, None) => "This server has not checked yet: it begins ten minutes after its start, \
                         and again each day."
            .into_any(),
    };
    let damaged = (!check.damaged.is_empty()).then(|| {
        let rows = check
            .damaged
            .into_iter()
            .map(|row| {
                let name = row.instance.to_string();
                view! {
                    <li class="version">
                        <a href=format!("/instances/{name}")>{name.clone()}</a>
                        <span class="quiet">{row.reason} ", found " <Moment at=row.found_at now/></span>
                    </li>
                }
            })
            .collect_view();
        view! {
            <p>
                "What is stored of these cannot be read. All others go on; these have to be restored from
                a copy."
            </p>
            <ul class="versions" role="list">{rows}</ul>
        }
    });
    view! {
        <section class="panel-section" aria-labelledby="stored">
            <SectionHeader title="Stored data" id="stored">{badge}</SectionHeader>
            <p>{when}</p>
            {damaged}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_what_waits() {
        let calls = |kind: Option<&str>, waiting, is_more| HeldCalls {
            kind: kind.map(ToOwned::to_owned),
            waiting,
            is_more,
            by_workers: kind == Some("score"),
        };
        assert_eq!(waiting(&[]), "No call waits at the moment.");
        assert_eq!(waiting(&[calls(Some("http"), 1, false)]), "What waits: 1 call of http.");
        let several = [calls(Some("http"), 2_000, true), calls(Some("score"), 3, false)];
        assert_eq!(waiting(&several), "What waits, by the type of the job:");
        let rows = several.each_ref().map(|calls| format!("{} {}", kind(calls), how_many(calls)));
        let expected = ["http at least 2,000 calls", "score 3 calls by workers outside"];
        assert_eq!(rows, expected);
        assert_eq!(kind(&calls(None, 1, true)), "other types");
    }
}
