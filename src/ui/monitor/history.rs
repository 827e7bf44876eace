//! What has happened, latest first: who, what, when.

use leptos::prelude::*;
use spartito_core::time::Timestamp;

use crate::ui::components::{Icon, IconName, Moment};
use crate::wire::HistoryEntry;

/// A list of what has happened.
#[component]
pub fn History(
    /// What has happened, latest first.
    entries: Vec<HistoryEntry>,
    /// The server's time when it was read.
    now: Timestamp,
    /// Whether there is more than is shown.
    #[prop(optional)]
    cut: bool,
) -> impl IntoView {
    let rows = entries
        .into_iter()
        .map(|entry| {
            let icon = if entry.trouble { IconName::Incident } else { IconName::Activity };
            view! {
                <li class="event" class:event-trouble=entry.trouble>
                    {entry.trouble.then(|| view! { <Icon name=icon size=14/> })}
                    <span class="event-what">{entry.what}</span>
                    <span class="event-who">
                        {entry.who.unwrap_or_else(|| "Spartito".to_owned())} " · "
                        <Moment at=entry.at now/>
                    </span>
                </li>
            }
        })
        .collect_view();
    view! {
        <ol class="events">{rows}</ol>
        {cut
            .then(|| {
                view! { <p class="quiet">"Older events are kept, but not shown here."</p> }
            })}
    }
}
