//! What stands where a list has nothing to show.

use leptos::prelude::*;

use super::{Icon, IconName};

/// Nothing yet: says what will be here and what to do for it.
#[component]
pub fn EmptyState(
    /// What it is about.
    icon: IconName,
    /// What is not there yet.
    #[prop(into)]
    title: String,
    /// What will be here, and the next step.
    #[prop(into)]
    text: String,
    /// A button or link for the next step.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon"><Icon name=icon size=24/></span>
            <p class="empty-title">{title}</p>
            <p class="empty-text">{text}</p>
            {children.map(|children| view! { <div class="empty-actions">{children()}</div> })}
        </div>
    }
}

/// Nothing matches: says so and offers to clear the filters.
#[component]
pub fn NothingMatches(
    /// What was looked for, such as “No instances match these filters”.
    #[prop(into)]
    title: String,
    /// The same page without filters.
    #[prop(into)]
    clear: String,
) -> impl IntoView {
    view! {
        <div class="empty empty-filter">
            <span class="empty-icon"><Icon name=IconName::Filter size=24/></span>
            <p class="empty-title">{title}</p>
            <p class="empty-actions"><a class="button button-small" href=clear>"Clear filters"</a></p>
        </div>
    }
}
