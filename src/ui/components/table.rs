//! Tables: right-aligned tabular numbers, and a list of cards where the screen is narrow.
//!
//! Cells are plain `<td>`: `class="number"` for numbers, `class="main"` for the one that names the
//! row, and `data-label="Version"` for what is shown before the value on narrow screens.

use leptos::prelude::*;

/// The head of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name; empty for a column of buttons.
    pub title: &'static str,
    /// Whether it holds numbers.
    pub number: bool,
}

impl Column {
    /// A column of words.
    pub const fn words(title: &'static str) -> Self {
        Self { title, number: false }
    }

    /// A column of numbers.
    pub const fn number(title: &'static str) -> Self {
        Self { title, number: true }
    }
}

/// A table.
#[component]
pub fn Table(
    /// What it lists, for screen readers.
    #[prop(into)]
    label: String,
    /// Its columns.
    columns: &'static [Column],
    /// Rows of 36 instead of 44 pixels.
    #[prop(optional)]
    dense: bool,
    /// Its rows: `<tr>` elements.
    children: Children,
) -> impl IntoView {
    let heads = columns
        .iter()
        .map(|column| {
            // A column of buttons needs no title to be seen, but one to be read aloud.
            let title = match column.title {
                "" => view! { <span class="visually-hidden">"Actions"</span> }.into_any(),
                title => title.into_any(),
            };
            view! { <th scope="col" class:number=column.number>{title}</th> }
        })
        .collect_view();
    view! {
        <table class="table" class:table-dense=dense aria-label=label>
            <thead>
                <tr>{heads}</tr>
            </thead>
            <tbody>{children()}</tbody>
        </table>
    }
}

/// The way to the next page of a list.
#[component]
pub fn NextPage(
    /// Its address; nothing is shown where there is none.
    href: Option<String>,
) -> impl IntoView {
    href.map(|href| {
        view! {
            <p class="next-page">
                <a class="button" href=href rel="next">
                    "Show the next page"
                </a>
            </p>
        }
    })
}
