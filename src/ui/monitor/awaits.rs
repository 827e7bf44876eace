//! What an instance waits for beside its steps, and what can be started in it.

use leptos::prelude::*;
use spartito_core::ids::InstanceId;
use spartito_core::time::Timestamp;

use super::calls::{StartStep, TriggerStep};
use crate::ui::call::{Call, CallForm};
use crate::ui::components::{Button, FactRow, Facts, SectionHeader, Variant};
use crate::ui::words::{due, moment};
use crate::wire::{AwaitedEvent, AwaitedKind, StartableStep, TriggerableStep};

/// The events that are awaited; nothing where there are none.
#[component]
pub fn AwaitedEvents(
    /// The events, the earliest moment first.
    events: Vec<AwaitedEvent>,
    /// The server's time when they were read.
    now: Timestamp,
) -> impl IntoView {
    (!events.is_empty()).then(|| {
        let facts: Vec<_> = events.into_iter().map(|event| awaited(event, now)).collect();
        view! {
            <SectionHeader title="Waits for"/>
            <Facts facts/>
        }
    })
}

fn awaited(event: AwaitedEvent, now: Timestamp) -> FactRow {
    let AwaitedEvent { title, at, kind, name, due: moment_due, .. } = event;
    let label = at.map_or_else(|| title.clone(), |at| format!("{title} at {at}"));
    let name = name.map_or_else(String::new, |name| format!(" “{name}”"));
    let value = match (kind, moment_due) {
        (AwaitedKind::Timer, Some(at)) => format!("{} ({})", moment(at), due(at, now)),
        (AwaitedKind::Timer, None) => "a moment that somebody chooses".to_owned(),
        (AwaitedKind::Message, _) => format!("the message{name}"),
        (AwaitedKind::Signal, _) => format!("the signal{name}"),
        (AwaitedKind::Condition, _) => "its condition".to_owned(),
        (AwaitedKind::Trigger, _) => "somebody who triggers it".to_owned(),
    };
    FactRow {
        title: moment_due.map_or_else(String::new, |at| at.to_string()),
        ..FactRow::new(label, value)
    }
}

/// The steps that the caller can start, each with its button; nothing where there are none.
#[component]
pub fn StartableSteps(
    /// The instance.
    id: InstanceId,
    /// The steps.
    steps: Vec<StartableStep>,
    /// Starts one.
    start: Call<StartStep>,
) -> impl IntoView {
    let pending = start.pending();
    (!steps.is_empty()).then(|| {
        let rows = steps
            .into_iter()
            .map(|step| {
                view! {
                    <li>
                        <CallForm call=start>
                            <input type="hidden" name="key" value=id.to_string()/>
                            <input type="hidden" name="scope" value=step.scope.to_string()/>
                            <input type="hidden" name="node" value=step.node/>
                            <Button variant=Variant::Secondary busy=pending>
                                {format!("Start {}", step.title)}
                            </Button>
                            <span class="quiet">{format!(" in {}", step.within)}</span>
                        </CallForm>
                    </li>
                }
            })
            .collect_view();
        view! {
            <SectionHeader title="Can be started"/>
            <ul class="startable" role="list">{rows}</ul>
        }
    })
}

/// The steps that the caller can trigger, each with its button; nothing where there are none.
#[component]
pub fn TriggerableSteps(
    /// The instance.
    id: InstanceId,
    /// The steps.
    steps: Vec<TriggerableStep>,
    /// Triggers one.
    trigger: Call<TriggerStep>,
) -> impl IntoView {
    let pending = trigger.pending();
    (!steps.is_empty()).then(|| {
        let rows = steps
            .into_iter()
            .map(|step| {
                view! {
                    <li>
                        <CallForm call=trigger>
                            <input type="hidden" name="key" value=id.to_string()/>
                            <input type="hidden" name="visit" value=step.visit.to_string()/>
                            <input type="hidden" name="node" value=step.node/>
                            <Button variant=Variant::Secondary busy=pending>
                                {format!("Trigger {}", step.title)}
                            </Button>
                        </CallForm>
                    </li>
                }
            })
            .collect_view();
        view! {
            <SectionHeader title="Can be triggered"/>
            <ul class="startable" role="list">{rows}</ul>
        }
    })
}
