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
}

impl FactRow {
    /// A name with its value.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), title: String::new() }
    }
}

impl From<crate::wire::Fact> for FactRow {
    fn from(fact: crate::wire::Fact) -> Self {
        Self {
            label: fact.label,
            value: fact.value,
            title: format!("{} = {}", fact.name, fact.json),
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
            view! {
                <div class="fact">
                    <dt>{fact.label}</dt>
                    <dd title=title>{fact.value}</dd>
                </div>
            }
        })
        .collect_view();
    view! { <dl class="facts">{rows}</dl> }
}
