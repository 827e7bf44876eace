//! Names that an expression uses are in scope.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::findings::{Findings, cut};
use crate::dmn::compile::did_you_mean;
use crate::dmn::model::Text;
use crate::feel::Expression;

/// What an expression may name.
pub(in crate::dmn) struct Known<'a> {
    /// Names in scope.
    pub(in crate::dmn) visible: &'a BTreeSet<Arc<str>>,
    /// Names of elements of the model, in scope only where they are required.
    pub(in crate::dmn) elements: &'a BTreeSet<Arc<str>>,
    /// Whether other names are looked up in the data that is given from outside.
    pub(in crate::dmn) sees_outside: bool,
}

/// Checks the names of an expression; gives those that come from outside without being declared,
/// as some modelers leave it.
pub(in crate::dmn) fn check(
    text: &Text,
    expression: &Expression,
    known: &Known<'_>,
    whose: &str,
    findings: &mut Findings,
) -> Vec<Arc<str>> {
    let mut undeclared = Vec::new();
    let mut reported: BTreeSet<Arc<str>> = BTreeSet::new();
    for used in expression.unknown_names(known.visible) {
        if !reported.insert(Arc::clone(&used.name)) {
            continue;
        }
        let place = text.place.at(text.position(used.position));
        if known.elements.contains(&used.name) {
            let message =
                format!("{whose}“{}” is used and not required; it is null here.", cut(&used.name));
            let remedy = "Draw a requirement from it to this element.";
            findings.warning("requirement-missing", place, message, remedy);
            continue;
        }
        let similar = used.suggestion.as_deref();
        if known.sees_outside {
            undeclared.push(Arc::clone(&used.name));
            if similar.is_none() {
                let message = format!(
                    "{whose}“{}” is not declared; it is taken from the data that is given.",
                    cut(&used.name)
                );
                let remedy = "Draw input data of that name, and require it.";
                findings.info("input-undeclared", place, message, remedy);
                continue;
            }
        }
        let message = format!(
            "{whose}The name “{}” is not known here{}",
            cut(&used.name),
            did_you_mean(similar)
        );
        let remedy = "Correct the name, or require the element that has it.";
        findings.warning("name-unknown", place, message, remedy);
    }
    undeclared
}
