//! Rules about a process as a whole: one file per rule, one table of them all.
//!
//! Rules never change a process. What cannot be linked at all is found while reading.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a rule speaks about a few kinds of nodes and is silent about all others"
)]

mod ad_hoc;
mod boundary;
mod cancel;
mod catchers;
mod compensation;
mod condition;
mod diagram;
mod end;
mod event_definition;
mod event_gateway;
mod event_incomplete;
mod event_sub_process;
mod feel;
mod gateway;
mod gateway_style;
mod label;
mod link;
mod literal;
mod message_flow;
mod path;
mod repetition;
mod start;
mod starts;
mod timer;
mod user_task;

use std::collections::BTreeSet;

use crate::diagnostic::findings::Findings;

use super::model::{Definitions, Process};

/// What a rule looks at.
struct Subject<'a> {
    process: &'a Process,
    /// Ids of all elements with a shape.
    drawn: &'a BTreeSet<&'a str>,
}

/// A rule.
struct Rule {
    /// Whether it speaks about the graph as a whole, and so is not asked where parts were refused.
    needs_whole: bool,
    check: fn(&Subject<'_>, &mut Findings),
}

const RULES: [Rule; 25] = [
    Rule { needs_whole: true, check: start::check },
    Rule { needs_whole: true, check: end::check },
    Rule { needs_whole: true, check: gateway::check },
    Rule { needs_whole: true, check: path::check },
    Rule { needs_whole: false, check: ad_hoc::check },
    Rule { needs_whole: false, check: boundary::check },
    Rule { needs_whole: false, check: cancel::check },
    Rule { needs_whole: false, check: catchers::check },
    Rule { needs_whole: false, check: compensation::check },
    Rule { needs_whole: false, check: condition::check },
    Rule { needs_whole: false, check: diagram::check },
    Rule { needs_whole: false, check: event_definition::check },
    Rule { needs_whole: false, check: event_gateway::check },
    Rule { needs_whole: false, check: event_incomplete::check },
    Rule { needs_whole: false, check: event_sub_process::check },
    Rule { needs_whole: false, check: feel::check },
    Rule { needs_whole: false, check: gateway_style::check },
    Rule { needs_whole: false, check: label::check },
    Rule { needs_whole: false, check: link::check },
    Rule { needs_whole: false, check: literal::check },
    Rule { needs_whole: false, check: message_flow::check },
    Rule { needs_whole: false, check: repetition::check },
    Rule { needs_whole: false, check: starts::check },
    Rule { needs_whole: false, check: timer::check },
    Rule { needs_whole: false, check: user_task::check },
];

/// Rules that ask for what only execution needs. In a process that is drawn only, and where a
/// drawing is played, they are warnings.
const ASKED_OF_EXECUTABLE_MODELS: [&str; 16] = [
    "no-executable-process",
    "event-incomplete",
    "loop-incomplete",
    "condition-missing",
    "condition-language",
    "start-missing",
    "message-missing",
    "message-unnamed",
    "error-code-missing",
    "escalation-code-missing",
    "compensation-handler-missing",
    "called-element-missing",
    "element-unsupported",
    "attribute-unsupported",
    "link-target-missing",
    "decision-missing",
];

/// Rules of BPMN that a drawing may break and be played all the same: what happens is defined here,
/// or is triggered by hand.
const PLAYED_ALL_THE_SAME: [&str; 8] = [
    "event-definition-missing",
    "event-sub-process-starts",
    "event-gateway-mixed",
    "event-gateway-single",
    "catcher-duplicate",
    "gateway-no-outgoing",
    "message-flow-source",
    "message-flow-target",
];

/// Whether a model that breaks the rule can be played all the same.
pub(super) fn is_milder_in_play(rule: &str) -> bool {
    is_asked_of_executables(rule) || PLAYED_ALL_THE_SAME.contains(&rule)
}

/// Whether a drawing may break the rule.
pub(super) fn is_asked_of_executables(rule: &str) -> bool {
    ASKED_OF_EXECUTABLE_MODELS.contains(&rule)
}

/// Asks every rule about every process. A flag says whether all of a process was read.
pub(super) fn check(definitions: &Definitions, is_whole: &[bool], findings: &mut Findings) {
    let shapes = definitions.diagram.shapes.iter();
    let drawn: BTreeSet<&str> = shapes.map(|shape| shape.element.as_str()).collect();
    for (process, is_whole) in definitions.processes.iter().zip(is_whole) {
        let subject = Subject { process, drawn: &drawn };
        let mut found = Findings::default();
        for rule in RULES.iter().filter(|rule| *is_whole || !rule.needs_whole) {
            (rule.check)(&subject, &mut found);
        }
        // What is only drawn harms nobody.
        findings.absorb(found, |rule| !process.is_executable && is_asked_of_executables(rule));
    }
}
