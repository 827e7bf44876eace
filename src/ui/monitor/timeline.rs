//! The visits of an instance as bars over time.
//!
//! Every bar has its words beside it, so that the list says all that the drawing says.

use leptos::prelude::*;
use spartito_core::time::Timestamp;

use super::timeline_scale::Scale;
use crate::ui::components::Tone;
use crate::ui::drawn::Drawn;
use crate::ui::words::{between, clock, duration, moment};
use crate::wire::{TimelineEntry, TimelineState, Waiting};

/// All visits in order of their beginning.
#[component]
pub fn Timeline(
    /// The visits.
    entries: Vec<TimelineEntry>,
    /// The server's time when they were read.
    now: Timestamp,
) -> impl IntoView {
    let entries: Vec<_> = entries.into_iter().filter(is_worth_a_row).collect();
    let scale = Scale::of(&entries, now);
    let first = entries.first().map(|entry| entry.began_at);
    let last = entries.iter().map(|entry| entry.ended_at.unwrap_or(now)).max();
    let goes_on = entries.iter().any(|entry| entry.ended_at.is_none());
    let end = if goes_on { Some("now".to_owned()) } else { last.map(moment) };
    let folds = scale
        .folds
        .iter()
        .map(|fold| {
            let at = percent(fold.middle);
            let anchor = match fold.middle {
                ..15.0 => "start",
                85.0.. => "end",
                _ => "middle",
            };
            view! {
                <g class="fold">
                    <line x1=at.clone() x2=at.clone() y1="14" y2="100%"/>
                    <text x=at y="10" text-anchor=anchor>{format!("⋯ {} ⋯", duration(fold.ms))}</text>
                </g>
            }
        })
        .collect_view();
    let rows = entries
        .into_iter()
        .map(|entry| view! { <Visit entry scale=scale.clone() now/> })
        .collect_view();
    view! {
        <div class="timeline">
            <div class="timeline-axis" aria-hidden="true">
                <span>{first.map(moment)}</span>
                <span>{end}</span>
            </div>
            <svg class="timeline-folds" aria-hidden="true">{folds}</svg>
            <ol class="timeline-rows">{rows}</ol>
        </div>
    }
}

#[component]
fn Visit(entry: TimelineEntry, scale: Scale, now: Timestamp) -> impl IntoView {
    let end = entry.ended_at.unwrap_or(now).max(entry.began_at);
    let from = scale.place(entry.began_at);
    let width = scale.place(end) - from;
    let (tone, state) = look(&entry);
    let took = duration(between(entry.began_at, end));
    let told = match entry.ended_at {
        Some(_) => took.clone(),
        None => format!("{state} {took}"),
    };
    let span = format!("{}: {state}, from {}, {took}", entry.title, moment(entry.began_at));
    let who = entry.person.clone();
    view! {
        <li class=format!("visit {}", tone.class()) data-node=entry.node>
            <span class="visit-words">
                <span class="visit-title">{entry.title.clone()}</span>
                <span class="visit-who">{who}</span>
            </span>
            <svg class="visit-bar" role="img" aria-label=span>
                <title>{span.clone()}</title>
                <line class="visit-track" x1="0" x2="100%" y1="50%" y2="50%"/>
                <rect
                    class="visit-fill"
                    class:visit-open=entry.ended_at.is_none()
                    x=percent(from)
                    y="25%"
                    width=percent(width.max(0.4))
                    height="50%"
                    rx="3"
                />
            </svg>
            <span class="visit-took">
                <span class="visit-began">{clock(entry.began_at)}</span>
                {told}
            </span>
        </li>
    }
}

/// Gateways that were passed at once say nothing about where time went.
fn is_worth_a_row(entry: &TimelineEntry) -> bool {
    !entry.kind.ends_with("Gateway") || entry.incident || entry.ended_at != Some(entry.began_at)
}

/// Whether nobody outside has taken its work yet.
fn waits_for_worker(entry: &TimelineEntry) -> bool {
    entry.outside.as_ref().is_some_and(|work| work.worker.is_none())
}

/// Color and word of a visit.
fn look(entry: &TimelineEntry) -> (Tone, &'static str) {
    match (entry.state, entry.waiting) {
        (TimelineState::Active, _) if entry.incident => (Tone::Incident, "stopped for"),
        (TimelineState::Active, Some(Waiting::Job)) if waits_for_worker(entry) => {
            (Tone::Waiting, "waiting for a worker for")
        }
        (TimelineState::Active, Some(Waiting::Job)) => (Tone::Running, "running for"),
        (
            TimelineState::Active,
            Some(Waiting::UserTask | Waiting::Join | Waiting::Timer | Waiting::Event),
        ) => (Tone::Waiting, "waiting for"),
        (TimelineState::Active, Some(Waiting::Content) | None) => (Tone::Running, "active for"),
        (TimelineState::Completed, _) => (Tone::Done, "completed"),
        (TimelineState::Terminated, _) => (Tone::Paused, "canceled"),
    }
}

fn percent(place: f64) -> String {
    format!("{}%", Drawn(place))
}
