//! Rules about a process as a whole: one file per rule, one table of them all.
//!
//! Rules never change a process. What cannot be linked at all is found while reading.

mod condition;
mod diagram;
mod end;
mod gateway;
mod literal;
mod path;
mod start;
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

const RULES: [Rule; 8] = [
    Rule { needs_whole: true, check: start::check },
    Rule { needs_whole: true, check: end::check },
    Rule { needs_whole: true, check: gateway::check },
    Rule { needs_whole: true, check: path::check },
    Rule { needs_whole: false, check: condition::check },
    Rule { needs_whole: false, check: literal::check },
    Rule { needs_whole: false, check: user_task::check },
    Rule { needs_whole: false, check: diagram::check },
];

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
        findings.absorb(found, |_| !process.is_executable);
    }
}
