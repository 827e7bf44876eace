//! What an instance waits for beside its steps, and what can be started in it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::de::DeserializeOwned;
use spartito_core::ids::InstanceId;
use spartito_core::time::Timestamp;

use crate::ui::call::{Call, CallForm};
use crate::ui::components::{Button, FactRow, Facts, SectionHeader, Variant};
use crate::ui::words::{due, moment};
use crate::wire::{AwaitedEvent, AwaitedKind, CallError, StartableStep, TriggerableStep};

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

/// A step that the caller can begin or set going, for its button.
pub struct Offer {
    /// What the button says.
    label: String,
    /// What stands beside it; empty for nothing.
    beside: String,
    /// The field that says which visit is meant, and its value.
    visit: (&'static str, u32),
    node: String,
}

impl Offer {
    /// To start a step.
    pub fn start(step: StartableStep) -> Self {
        let StartableStep { scope, node, title, within } = step;
        let (label, beside) = (format!("Start {title}"), format!(" in {within}"));
        Self { label, beside, visit: ("scope", scope), node }
    }

    /// To trigger a step that waits.
    pub fn trigger(step: TriggerableStep) -> Self {
        let TriggerableStep { visit, node, title } = step;
        let label = format!("Trigger {title}");
        Self { label, beside: String::new(), visit: ("visit", visit), node }
    }
}

/// Steps, each with its button; nothing where there are none.
#[component]
pub fn Offers<S>(
    /// What they are.
    title: &'static str,
    /// The instance.
    id: InstanceId,
    /// The steps.
    offers: Vec<Offer>,
    /// What a button does.
    call: Call<S>,
) -> impl IntoView
where
    S: ServerFn<Error = CallError> + 'static,
    S::Output: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let pending = call.pending();
    (!offers.is_empty()).then(|| {
        let rows = offers
            .into_iter()
            .map(|Offer { label, beside, visit: (visit, number), node }| {
                let beside =
                    (!beside.is_empty()).then(|| view! { <span class="quiet">{beside}</span> });
                view! {
                    <li>
                        <CallForm call>
                            <input type="hidden" name="key" value=id.to_string()/>
                            <input type="hidden" name=visit value=number.to_string()/>
                            <input type="hidden" name="node" value=node/>
                            <Button variant=Variant::Secondary busy=pending>{label}</Button>
                            {beside}
                        </CallForm>
                    </li>
                }
            })
            .collect_view();
        view! {
            <SectionHeader title=title/>
            <ul class="startable" role="list">{rows}</ul>
        }
    })
}
