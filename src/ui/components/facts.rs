//! What is known, as a list of names and values.

use leptos::prelude::*;

/// One name with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactRow {
    /// The name.
    pub label: String,
    /// The value, made readable.
    pub value: String,
    /// Shown on hover, such as the value as JSON; nothing where empty.
    pub title: String,
    /// Where the value leads; nowhere where empty.
    pub href: String,
}

impl FactRow {
    /// A name with its value.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), title: String::new(), href: String::new() }
    }

    /// A name with a value that leads somewhere.
    pub fn link(label: impl Into<String>, value: impl Into<String>, href: String) -> Self {
        Self { href, ..Self::new(label, value) }
    }
}

impl From<crate::wire::Fact> for FactRow {
    fn from(fact: crate::wire::Fact) -> Self {
        Self {
            label: fact.label,
            value: fact.value,
            title: format!("{} = {}", fact.name, fact.json),
            href: String::new(),
        }
    }
}

/// Names and values in two columns.
#[component]
pub fn Facts(
    /// What is known.
    facts: Vec<FactRow>,
) -> impl IntoView {
    let rows = facts
        .into_iter()
        .map(|fact| {
            let title = (!fact.title.is_empty()).then_some(fact.title);
            let value = if fact.href.is_empty() {
                fact.value.into_any()
            } else {
                view! { <a href=fact.href>{fact.value}</a> }.into_any()
            };
            view! {
                <div class="fact">
                    <dt>{fact.label}</dt>
                    <dd title=title>{value}</dd>
                </div>
            }
        })
        .collect_view();
    view! { <dl class="facts">{rows}</dl> }
}
