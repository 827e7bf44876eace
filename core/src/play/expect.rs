//! Compares what has come of a scenario with what must.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::outcome::Outcome;
use super::scenario::Expectation;
use crate::value::Value;

/// All differences, a sentence each.
pub(super) fn compare(expect: &Expectation, outcome: &Outcome) -> Vec<String> {
    let mut failures = Vec::new();
    let state = outcome.state.unwrap_or("NOT_STARTED");
    if let Some(expected) = expect.state.as_deref().filter(|expected| *expected != state) {
        failures.push(format!("state: expected {expected}, but it is {state}."));
    }
    completed(&expect.completed, outcome, &mut failures);
    for element in &expect.never {
        if let Some(at) = outcome.first_reached(element) {
            failures.push(format!("never: “{element}” was entered at {at}."));
        }
    }
    for (name, expected) in expect.variables.iter() {
        match outcome.variables.get(name) {
            None => failures.push(format!(
                "variables.{name}: expected {}, but there is no such variable.",
                expected.to_json()
            )),
            Some(value) if !is_same(expected, value) => failures.push(format!(
                "variables.{name}: expected {}, but it is {}.",
                expected.to_json(),
                value.to_json()
            )),
            Some(_) => {}
        }
    }
    let incidents = outcome.incidents.len();
    if let Some(expected) = expect.incidents.filter(|expected| *expected as usize != incidents) {
        let told = outcome
            .incidents
            .iter()
            .map(|incident| format!(" “{}”: {}", incident.element, incident.message));
        let told: String = told.collect();
        failures.push(format!("incidents: expected {expected}, but there are {incidents}.{told}"));
    }
    if let Some(expected) = &expect.waiting {
        let mut expected: Vec<&str> = expected.iter().map(AsRef::as_ref).collect();
        let mut waiting: Vec<&str> =
            outcome.waiting.iter().map(|waiting| waiting.element.as_str()).collect();
        expected.sort_unstable();
        waiting.sort_unstable();
        if expected != waiting {
            let (expected, waiting) = (listed(&expected), listed(&waiting));
            failures.push(format!("waiting: expected {expected}, but it is {waiting}."));
        }
    }
    failures
}

/// An element that is named twice must have completed twice.
fn completed(expected: &[Arc<str>], outcome: &Outcome, failures: &mut Vec<String>) {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for element in expected {
        *counts.entry(element).or_default() += 1;
    }
    for (element, expected) in counts {
        let times = outcome.times_completed(element);
        if times < expected {
            let times_expected =
                if expected == 1 { String::new() } else { format!(" {expected} times") };
            failures.push(format!(
                "completed: “{element}” was to be completed{times_expected}, but was {times} times."
            ));
        }
    }
}

fn listed(elements: &[&str]) -> String {
    if elements.is_empty() { "nothing".to_owned() } else { elements.join(", ") }
}

/// JSON has no dates: a date in the data is compared with the text that says it.
fn is_same(expected: &Value, value: &Value) -> bool {
    if let (Some(expected), Some(value)) = (expected.as_list(), value.as_list()) {
        let same = |(expected, value)| is_same(expected, value);
        return expected.len() == value.len() && expected.iter().zip(value).all(same);
    }
    if let (Some(expected), Some(value)) = (expected.as_context(), value.as_context()) {
        let same = |(name, expected): (&Arc<str>, &Value)| {
            value.get(name).is_some_and(|value| is_same(expected, value))
        };
        return expected.len() == value.len() && expected.iter().all(same);
    }
    expected == value || expected.to_json() == value.to_json()
}
