//! `not`, `all`, `any`, `is`, and what to take instead of null.

use super::{all_items, single, text};
use crate::feel::eval::{Machine, Outcome, compare, null};
use crate::value::Value;

pub(super) fn not(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    match single(&values[0]) {
        Value::Boolean(flag) => Ok(Value::Boolean(!flag)),
        other => null(format!("not: a {} where a boolean is expected", other.type_name())),
    }
}

pub(super) fn all(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    decide(machine, values, false)
}

pub(super) fn any(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    decide(machine, values, true)
}

/// `decisive` where one item is it, else the contrary, else null where an item is no boolean.
fn decide(machine: &mut Machine<'_>, values: &[Value], decisive: bool) -> Outcome {
    let items = all_items(values);
    machine.work_on(items)?;
    if items.contains(&Value::Boolean(decisive)) {
        return Ok(Value::Boolean(decisive));
    }
    if items.iter().any(|item| item.as_bool().is_none()) {
        return null("an item is no boolean");
    }
    Ok(Value::Boolean(!decisive))
}

/// Whether two values are the same, of one type and in one zone.
pub(super) fn is(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let (a, b) = (&values[0], values.get(1).unwrap_or(&Value::Null));
    machine.work(a.bytes().min(b.bytes()) / 8)?;
    Ok(Value::Boolean(match (a, b) {
        (Value::Time(a), Value::Time(b)) => a == b,
        (Value::DateTime(a), Value::DateTime(b)) => a == b,
        _ => compare::equal(a, b, machine.env.now) == Some(true),
    }))
}

pub(super) fn get_or_else(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    Ok(if values[0].is_null() { values[1].clone() } else { values[0].clone() })
}

pub(super) fn assert(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    if values[1] == Value::Boolean(true) {
        return Ok(values[0].clone());
    }
    match values.get(2) {
        Some(cause) => null(format!("assert: {}", text(cause)?)),
        None => null("assert: the condition is not true"),
    }
}
