//! Tabs that are links: each view has its own address.

use leptos::prelude::*;

use super::{Pill, Tone};

/// A row of [`Tab`]s.
#[component]
pub fn Tabs(
    /// What the tabs choose, for screen readers.
    #[prop(into)]
    label: String,
    /// The tabs.
    children: Children,
) -> impl IntoView {
    view! { <nav class="tabs" aria-label=label>{children()}</nav> }
}

/// One tab.
#[component]
pub fn Tab(
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    /// Whether its view is shown now.
    #[prop(into)]
    current: Signal<bool>,
    /// How many there are in the view.
    #[prop(optional, into)]
    count: Signal<Option<u64>>,
    /// What the color of the count says.
    #[prop(optional)]
    tone: Tone,
    /// Its name.
    children: Children,
) -> impl IntoView {
    view! {
        <a class="tab" href=move || href.get() aria-current=move || current.get().then_some("page")>
            {children()}
            {move || count.get().map(|count| view! { <Pill tone>{count.to_string()}</Pill> })}
        </a>
    }
}
