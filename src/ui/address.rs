//! Addresses of pages: the state of a page lives in its query string, so that it can be shared.
//!
//! A change of one filter never resets another; it only goes back to the first page of a list.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

/// Keys that belong to one visit and are never carried on: cursors, notices, refused calls.
const PASSING: [&str; 7] = ["after", "check", "done", "retry", "outcome", "__path", "__err"];

/// A change of one key of the query string; `None` removes it.
pub type Change<'c> = (&'c str, Option<&'c str>);

/// The address of `path` with the query as it is, but for `changes`.
pub fn address(path: &str, query: &ParamsMap, changes: &[Change<'_>]) -> String {
    let mut kept = ParamsMap::new();
    for (key, value) in query.latest_values() {
        let is_asked = changes.iter().any(|(asked, _)| *asked == key.as_ref());
        if !is_asked && !PASSING.contains(&key.as_ref()) && !value.is_empty() {
            kept.insert(key.clone(), value.to_owned());
        }
    }
    for (key, value) in changes {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            kept.insert((*key).to_owned(), value.to_owned());
        }
    }
    format!("{path}{}", kept.to_query_string())
}

/// The value of a key, where there is one that is not empty.
pub fn value(query: &ParamsMap, key: &str) -> Option<String> {
    query.get_str(key).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// Hidden fields of a GET form that keep every filter but those the form itself asks for.
#[component]
pub fn KeptFilters(
    /// The query as it is.
    #[prop(into)]
    query: Signal<ParamsMap>,
    /// Keys that the form has fields for.
    asked: &'static [&'static str],
) -> impl IntoView {
    move || {
        query.with(|query| {
            query
                .latest_values()
                .filter(|(key, value)| {
                    let key = key.as_ref();
                    !asked.contains(&key) && !PASSING.contains(&key) && !value.is_empty()
                })
                .map(|(key, value)| {
                    let (key, value) = (key.to_string(), value.to_owned());
                    view! { <input type="hidden" name=key value=value/> }
                })
                .collect_view()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{address, value};
    use leptos_router::params::ParamsMap;

    #[test]
    fn one_filter_never_resets_another() {
        let query: ParamsMap = [("view", "groups"), ("q", "LA 1"), ("after", "x"), ("process", "")]
            .into_iter()
            .collect();
        assert_eq!(address("/tasks", &query, &[]), "/tasks?view=groups&q=LA%201");
        assert_eq!(
            address("/tasks", &query, &[("view", Some("mine")), ("process", Some("loan"))]),
            "/tasks?q=LA%201&view=mine&process=loan"
        );
        assert_eq!(address("/tasks", &query, &[("view", None), ("q", Some(""))]), "/tasks");
    }

    #[test]
    fn an_empty_filter_is_no_filter() {
        let query: ParamsMap = [("q", "  "), ("step", "decide")].into_iter().collect();
        assert_eq!(value(&query, "q"), None);
        assert_eq!(value(&query, "step").as_deref(), Some("decide"));
    }
}
