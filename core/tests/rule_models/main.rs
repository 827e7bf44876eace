//! Each rule about BPMN with a model that keeps it and one that breaks it.

#[macro_use]
mod parts;

mod first;
mod fourth;
mod second;
mod third;

use spartito_core::bpmn::diagnostic::{Diagnostic, Severity};
use spartito_core::bpmn::inspect;

/// A rule with two models, the second of which breaks it.
struct Case {
    rule: &'static str,
    severity: Severity,
    good: &'static str,
    bad: &'static str,
    /// Ids of the elements that are named, in the order of the file.
    elements: &'static [&'static str],
}

/// A model with declarations that all cases share, and a process that holds `body`; a body that is a
/// whole file stands as it is.
fn model(body: &str) -> String {
    if body.starts_with("<definitions") {
        return body.to_owned();
    }
    format!(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' \
         xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' \
         xmlns:camunda='http://camunda.org/schema/1.0/bpmn'>\
         <message id='paid' name='paid'/><message id='nameless'/><signal id='stop' name='stop'/>\
         <error id='failed' errorCode='E1'/><error id='codeless'/>\
         <escalation id='late' escalationCode='L1'/><escalation id='mild'/>\
         <process id='p' isExecutable='true'>\n{body}\n</process></definitions>"
    )
}

fn findings(body: &str, rule: &str) -> Vec<Diagnostic> {
    let found = inspect(model(body).as_bytes()).findings;
    found.into_iter().filter(|finding| finding.rule == rule).collect()
}

const ERROR: Severity = Severity::Error;
const WARNING: Severity = Severity::Warning;
const INFO: Severity = Severity::Info;

/// All cases.
fn cases() -> impl Iterator<Item = &'static Case> {
    first::CASES.iter().chain(second::CASES).chain(third::CASES).chain(fourth::CASES)
}

#[test]
fn every_rule_is_silent_about_a_good_model_and_names_the_elements_of_a_bad_one() {
    let mut failures = Vec::new();
    for case in cases() {
        let good = findings(case.good, case.rule);
        if !good.is_empty() {
            failures.push(format!("{} speaks about a good model: {good:?}", case.rule));
        }
        let bad = findings(case.bad, case.rule);
        let named: Vec<&str> = bad.iter().map(|finding| finding.element.as_str()).collect();
        let named: Vec<&str> = named.into_iter().filter(|it| case.elements.contains(it)).collect();
        if named != case.elements {
            let all = inspect(model(case.bad).as_bytes()).findings;
            let all: Vec<_> = all.iter().map(|it| (&it.rule, &it.element)).collect();
            failures.push(format!("{}: {named:?} of {all:?}", case.rule));
        }
        for finding in bad.iter().filter(|it| case.elements.contains(&it.element.as_str())) {
            assert_eq!(finding.severity, case.severity, "{finding:#?}");
            assert!(!finding.remedy.is_empty() && finding.position.line > 0, "{finding:#?}");
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn case_98_a_cycle_of_no_time_is_refused() {
    let cycle = |text: &str| {
        let body = format!(
            "<startEvent id='s'><timerEventDefinition><timeCycle>{text}</timeCycle>\
             </timerEventDefinition></startEvent>"
        );
        findings(&body, "timer-invalid").len()
    };
    assert_eq!((cycle("R/PT0S"), cycle("R3/P0D"), cycle("R/PT1S")), (1, 1, 0));
}

#[test]
fn case_99_a_moment_after_the_year_9999_is_refused() {
    let date = |text: &str| {
        let body = format!(
            "<startEvent id='s'><timerEventDefinition><timeDate>{text}</timeDate>\
             </timerEventDefinition></startEvent>"
        );
        findings(&body, "timer-invalid").len()
    };
    assert_eq!(date("9999-12-31T23:59:59Z"), 0);
    assert_eq!((date("10000-01-01T00:00:00Z"), date("9999-12-31T23:59:59-01:00")), (1, 1));
}
