//! What has stopped an instance, and the button that tries again.

use leptos::prelude::*;
use spartito_core::time::Timestamp;

use super::calls::RetryIncident;
use crate::ui::call::{Call, CallForm};
use crate::ui::components::{Button, Callout, Icon, IconName, Moment, Tone, Variant};
use crate::wire::IncidentView;

/// Says what came of a retry.
#[component]
pub fn RetryNotice(
    /// The word from the address.
    #[prop(into)]
    word: Signal<Option<String>>,
) -> impl IntoView {
    move || {
        let word = word.get()?;
        let (tone, text) = match word.as_str() {
            "fixed" => (Tone::Done, "Fixed: the step went on."),
            "failed" => (
                Tone::Incident,
                "It was tried again and failed again. What came back this time stands below.",
            ),
            "running" => (
                Tone::Running,
                "It is being tried again and has not gone through yet. This page says so when it does.",
            ),
            "before" => {
                (Tone::Neutral, "Somebody had resolved this incident before; nothing was done.")
            }
            _ => return None,
        };
        Some(view! { <Callout tone alert=true>{text}</Callout> })
    }
}

/// All open incidents of an instance.
#[component]
pub fn Incidents(
    /// The incidents.
    #[prop(into)]
    incidents: Signal<Vec<IncidentView>>,
    /// Whether the caller may try again.
    #[prop(into)]
    may_retry: Signal<bool>,
    /// The server's time when they were read.
    #[prop(into)]
    now: Signal<Timestamp>,
    /// Tries again.
    action: Call<RetryIncident>,
) -> impl IntoView {
    let rows = move || {
        incidents
            .get()
            .into_iter()
            .map(|incident| {
                view! { <Incident incident may_retry=may_retry.get() now=now.get() action/> }
            })
            .collect_view()
    };
    move || {
        (!incidents.with(Vec::is_empty)).then(|| {
            view! {
                <section class="incidents" aria-label="Open incidents">
                    <ul role="list">{rows}</ul>
                </section>
            }
        })
    }
}

#[component]
fn Incident(
    incident: IncidentView,
    may_retry: bool,
    now: Timestamp,
    action: Call<RetryIncident>,
) -> impl IntoView {
    let pending = action.pending();
    view! {
        <li class="incident">
            <span class="incident-icon"><Icon name=IconName::Incident size=18/></span>
            <div class="incident-words">
                <p class="incident-title">
                    {format!("{}: {}", incident.title, incident.cause)}
                    <span class="quiet">" · " <Moment at=incident.raised_at now/></span>
                </p>
                <p class="incident-message">{incident.message}</p>
            </div>
            {may_retry
                .then(|| {
                    view! {
                        <CallForm call=action>
                            <input type="hidden" name="key" value=incident.key.to_string()/>
                            <Button variant=Variant::Primary icon=IconName::Retry busy=pending>
                                "Retry"
                            </Button>
                        </CallForm>
                    }
                })}
        </li>
    }
}
