//! What an evaluation notes on its way: decisions, matched rules, warnings.
//!
//! The record travels in the meter, so that functions called from FEEL find it again.

use std::sync::Arc;

use crate::diagnostic::findings::Place;
use crate::dmn::program::Element;
use crate::dmn::trace::{
    DECISIONS_MAX, DecisionTrace, DecisionWarning, MatchedRule, RULES_MAX, TraceInput, WARNINGS_MAX,
};
use crate::feel::{Meter, Warning};
use crate::value::Value;

/// The notes of one evaluation.
#[derive(Debug, Default)]
pub(in crate::dmn) struct Record {
    pub(in crate::dmn) decisions: Vec<DecisionTrace>,
    pub(in crate::dmn) warnings: Vec<DecisionWarning>,
    /// Decisions that were begun and not ended: those of services inside of decisions.
    open: Vec<Open>,
}

#[derive(Debug, Default)]
struct Open {
    name: Arc<str>,
    matched: Vec<MatchedRule>,
    inputs: Vec<TraceInput>,
}

fn record<'m>(meter: &'m mut Meter<'_>) -> Option<&'m mut Record> {
    meter.outside.as_deref_mut()?.downcast_mut()
}

/// Notes that a decision is being made.
pub(super) fn begin_decision(meter: &mut Meter<'_>, name: &Arc<str>) {
    if let Some(record) = record(meter) {
        record.open.push(Open { name: Arc::clone(name), ..Open::default() });
    }
}

/// Notes what was decided.
pub(super) fn end_decision(meter: &mut Meter<'_>, element: &Element, value: &Value) {
    let Some(record) = record(meter) else { return };
    let Open { matched, inputs, .. } = record.open.pop().unwrap_or_default();
    if record.decisions.len() < DECISIONS_MAX {
        record.decisions.push(DecisionTrace {
            id: Arc::clone(&element.id),
            name: Arc::clone(&element.name),
            value: value.clone(),
            matched,
            inputs,
        });
    }
}

/// Notes the rules that matched in a table.
pub(super) fn matched(
    meter: &mut Meter<'_>,
    rules: impl Iterator<Item = MatchedRule>,
    inputs: impl FnOnce() -> Vec<TraceInput>,
) {
    let Some(open) = record(meter).and_then(|record| record.open.last_mut()) else { return };
    if open.inputs.is_empty() && open.matched.is_empty() {
        open.inputs = inputs();
    }
    let room = RULES_MAX.saturating_sub(open.matched.len());
    open.matched.extend(rules.take(room));
}

/// Leaves a warning about a place.
#[cold]
pub(super) fn warn(
    meter: &mut Meter<'_>,
    decision: &Arc<str>,
    place: &Place,
    message: impl Into<String>,
) {
    let Some(record) = record(meter) else { return };
    if record.warnings.len() < WARNINGS_MAX {
        record.warnings.push(DecisionWarning {
            decision: Arc::clone(decision),
            element: place.element.clone(),
            line: place.position.line,
            column: place.position.column,
            message: message.into(),
        });
    }
}

/// Leaves a warning about a place in the decision that is being made.
#[cold]
pub(super) fn warn_here(meter: &mut Meter<'_>, place: &Place, message: impl Into<String>) {
    let decision = record(meter)
        .and_then(|record| record.open.last())
        .map(|open| Arc::clone(&open.name))
        .unwrap_or_default();
    warn(meter, &decision, place, message);
}

/// Keeps the warnings of an expression.
pub(super) fn keep(meter: &mut Meter<'_>, place: &Place, warnings: Vec<Warning>) {
    for warning in warnings {
        warn_here(meter, place, warning.message);
    }
}
