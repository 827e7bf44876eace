//! Allen's relations between points and ranges.
//!
//! DMN 1.5, clause "Range functions". Each function first says, by its own rule, for two ranges;
//! a point is a range from itself to itself where the rule allows points.

use std::cmp::Ordering;

use crate::feel::eval::{Machine, Outcome, compare, null};
use crate::time::Timestamp;
use crate::value::{Range, Value};

/// A range with both ends, or a point.
struct Span<'v> {
    start: &'v Value,
    start_in: bool,
    end: &'v Value,
    end_in: bool,
    is_point: bool,
    now: Timestamp,
}

impl<'v> Span<'v> {
    fn of(value: &'v Value, now: Timestamp) -> Outcome<Self> {
        match value {
            Value::Range(range) => {
                let Range { start, start_included, end, end_included } = &**range;
                let (Some(start), Some(end)) = (start, end) else {
                    return null("the range is open at one end");
                };
                Ok(Self {
                    start,
                    start_in: *start_included,
                    end,
                    end_in: *end_included,
                    is_point: false,
                    now,
                })
            }
            Value::Null => null("null is no range and no point"),
            point => Ok(Self {
                start: point,
                start_in: true,
                end: point,
                end_in: true,
                is_point: true,
                now,
            }),
        }
    }
}

fn order(a: &Value, b: &Value, now: Timestamp) -> Outcome<Ordering> {
    match compare::order(a, b, now) {
        Some(order) => Ok(order),
        None => null(format!("a {} cannot be compared with a {}", a.type_name(), b.type_name())),
    }
}

/// Which of the two arguments must be ranges.
#[derive(Clone, Copy)]
enum Needs {
    Nothing,
    FirstRange,
    SecondRange,
    BothRanges,
}

fn relate(
    machine: &Machine<'_>,
    values: &[Value],
    needs: Needs,
    rule: fn(&Span<'_>, &Span<'_>) -> Outcome<bool>,
) -> Outcome {
    let (a, b) = (Span::of(&values[0], machine.env.now)?, Span::of(&values[1], machine.env.now)?);
    let fits = match needs {
        Needs::Nothing => true,
        Needs::FirstRange => !a.is_point,
        Needs::SecondRange => !b.is_point,
        Needs::BothRanges => !a.is_point && !b.is_point,
    };
    if !fits {
        return null("a point where a range is expected");
    }
    Ok(Value::Boolean(rule(&a, &b)?))
}

fn is_before(a: &Span<'_>, b: &Span<'_>) -> Outcome<bool> {
    Ok(match order(a.end, b.start, a.now)? {
        Ordering::Less => true,
        Ordering::Equal => !(a.end_in && b.start_in),
        Ordering::Greater => false,
    })
}

fn does_meet(a: &Span<'_>, b: &Span<'_>) -> Outcome<bool> {
    Ok(a.end_in && b.start_in && order(a.end, b.start, a.now)?.is_eq())
}

fn do_overlap(a: &Span<'_>, b: &Span<'_>) -> Outcome<bool> {
    Ok(!is_before(a, b)? && !is_before(b, a)?)
}

/// The order of two starts; at the same value an included one comes first.
fn order_starts(a: &Span<'_>, b: &Span<'_>) -> Outcome<Ordering> {
    Ok(order(a.start, b.start, a.now)?.then(b.start_in.cmp(&a.start_in)))
}

/// The order of two ends; at the same value an included one comes last.
fn order_ends(a: &Span<'_>, b: &Span<'_>) -> Outcome<Ordering> {
    Ok(order(a.end, b.end, a.now)?.then(a.end_in.cmp(&b.end_in)))
}

fn does_overlap_before(a: &Span<'_>, b: &Span<'_>) -> Outcome<bool> {
    Ok(order_starts(a, b)?.is_lt() && order_ends(a, b)?.is_lt() && do_overlap(a, b)?)
}

fn does_include(a: &Span<'_>, b: &Span<'_>) -> Outcome<bool> {
    Ok(order_starts(a, b)?.is_le() && order_ends(a, b)?.is_ge())
}

fn does_start(a: &Span<'_>, b: &Span<'_>) -> Outcome<bool> {
    Ok(order_starts(a, b)?.is_eq() && order_ends(a, b)?.is_le())
}

fn does_finish(a: &Span<'_>, b: &Span<'_>) -> Outcome<bool> {
    Ok(order_ends(a, b)?.is_eq() && order_starts(a, b)?.is_ge())
}

pub(super) fn before(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::Nothing, is_before)
}

pub(super) fn after(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::Nothing, |a, b| is_before(b, a))
}

pub(super) fn meets(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::BothRanges, does_meet)
}

pub(super) fn met_by(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::BothRanges, |a, b| does_meet(b, a))
}

pub(super) fn overlaps(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::BothRanges, do_overlap)
}

pub(super) fn overlaps_before(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::BothRanges, does_overlap_before)
}

pub(super) fn overlaps_after(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::BothRanges, |a, b| does_overlap_before(b, a))
}

pub(super) fn finishes(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::SecondRange, does_finish)
}

pub(super) fn finished_by(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::FirstRange, |a, b| does_finish(b, a))
}

pub(super) fn includes(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::FirstRange, does_include)
}

pub(super) fn during(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::SecondRange, |a, b| does_include(b, a))
}

pub(super) fn starts(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::SecondRange, does_start)
}

pub(super) fn started_by(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::FirstRange, |a, b| does_start(b, a))
}

pub(super) fn coincides(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    relate(machine, values, Needs::Nothing, |a, b| {
        let same = order_starts(a, b)?.is_eq() && order_ends(a, b)?.is_eq();
        if a.is_point == b.is_point { Ok(same) } else { null("a point and a range") }
    })
}
