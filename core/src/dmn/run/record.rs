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
    /// Id of its own table.
    table: Option<Arc<str>>,
    matched: Vec<MatchedRule>,
    called: Vec<MatchedRule>,
    inputs: Vec<TraceInput>,
}

fn record<'m>(meter: &'m mut Meter<'_>) -> Option<&'m mut Record> {
    meter.outside.as_deref_mut()?.downcast_mut()
}

/// Notes that a decision is being made.
pub(super) fn begin_decision(meter: &mut Meter<'_>, element: &Element) {
    if let Some(record) = record(meter) {
        let table = element.table().map(|table| Arc::clone(&table.id));
        let name = Arc::clone(&element.name);
        record.open.push(Open { name, table, ..Open::default() });
    }
}

/// Notes what was decided.
pub(super) fn end_decision(meter: &mut Meter<'_>, element: &Element, value: &Value) {
    let Some(record) = record(meter) else { return };
    let Open { matched, called, inputs, .. } = record.open.pop().unwrap_or_default();
    if record.decisions.len() < DECISIONS_MAX {
        record.decisions.push(DecisionTrace {
            id: Arc::clone(&element.id),
            name: Arc::clone(&element.name),
            value: value.clone(),
            matched,
            called,
            inputs,
        });
    }
}

/// Notes the rules that matched in a table.
pub(super) fn matched(
    meter: &mut Meter<'_>,
    table: &Arc<str>,
    rules: impl Iterator<Item = MatchedRule>,
    inputs: impl FnOnce() -> Vec<TraceInput>,
) {
    let Some(open) = record(meter).and_then(|record| record.open.last_mut()) else { return };
    let is_called = open.table.as_ref().is_some_and(|own| own != table);
    if !is_called && open.inputs.is_empty() && open.matched.is_empty() {
        open.inputs = inputs();
    }
    let kept = if is_called { &mut open.called } else { &mut open.matched };
    let room = RULES_MAX.saturating_sub(kept.len());
    kept.extend(rules.take(room));
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
