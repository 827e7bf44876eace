//! The shape of what comes, while it comes.

use leptos::prelude::*;

/// Rows of a list or table.
#[component]
pub fn SkeletonRows(
    /// How many.
    #[prop(default = 6)]
    rows: u8,
) -> impl IntoView {
    let rows =
        (0..rows).map(|_| view! { <div class="skeleton skeleton-row"></div> }).collect_view();
    view! { <div class="skeletons" role="status" aria-label="Loading">{rows}</div> }
}

/// A drawing or a chart.
#[component]
pub fn SkeletonPanel() -> impl IntoView {
    view! { <div class="skeleton skeleton-panel" role="status" aria-label="Loading"></div> }
}

/// Fields of a form.
#[component]
pub fn SkeletonForm(
    /// How many.
    #[prop(default = 4)]
    fields: u8,
) -> impl IntoView {
    let fields = (0..fields)
        .map(|_| {
            view! {
                <div class="skeleton skeleton-label"></div>
                <div class="skeleton skeleton-control"></div>
            }
        })
        .collect_view();
    view! { <div class="skeletons" role="status" aria-label="Loading">{fields}</div> }
}
