//! Lists: what they hold, parts of them, and lists made from lists.

use super::numbers::count_of;
use super::{empty_list, index, integer, items, list, list_of, number, optional};
use crate::feel::eval::{Machine, Outcome, compare, null};
use crate::value::{Rounding, Value};

pub(super) fn list_contains(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    for item in items(&values[0])? {
        if machine.equals(item, &values[1])? {
            return Ok(Value::Boolean(true));
        }
    }
    Ok(Value::Boolean(false))
}

pub(super) fn count(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    Ok(Value::from(items(&values[0])?.len()))
}

pub(super) fn is_empty(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    Ok(Value::Boolean(items(&values[0])?.is_empty()))
}

pub(super) fn sublist(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let whole = items(&values[0])?;
    let start = index(integer(&values[1])?, whole.len())?;
    let rest = &whole[start..];
    let part = match optional(values, 2) {
        None => rest,
        Some(length) => match usize::try_from(integer(length)?) {
            Ok(length) if length <= rest.len() => &rest[..length],
            _ => return null("sublist: the length lies outside of the list"),
        },
    };
    list(machine, part.to_vec())
}

pub(super) fn append(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let whole = items(&values[0])?;
    list(machine, [whole, &values[1..]].concat())
}

pub(super) fn concatenate(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let mut all = Vec::new();
    for value in values {
        let items = items(value)?;
        machine.work_on(items)?;
        all.extend_from_slice(items);
    }
    list(machine, all)
}

pub(super) fn insert_before(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let whole = items(&values[0])?;
    let at = index(integer(&values[1])?, whole.len())?;
    let mut all = whole.to_vec();
    all.insert(at, values[2].clone());
    list(machine, all)
}

pub(super) fn list_replace(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let mut all = items(&values[0])?.to_vec();
    if let Value::Function(_) = &values[1] {
        for item in &mut all {
            let arguments = vec![item.clone(), values[2].clone()];
            match machine.call_value(&values[1], arguments)? {
                Value::Boolean(true) => *item = values[2].clone(),
                Value::Boolean(false) => {}
                other => {
                    return null(format!("list replace: the match gave a {}", other.type_name()));
                }
            }
        }
    } else {
        let position = number(&values[1])?.rescaled(0, Rounding::Down)?;
        let at = index(integer(&Value::Number(position))?, all.len())?;
        all[at] = values[2].clone();
    }
    list(machine, all)
}

pub(super) fn remove(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let mut all = items(&values[0])?.to_vec();
    let at = index(integer(&values[1])?, all.len())?;
    all.remove(at);
    list(machine, all)
}

pub(super) fn reverse(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let reversed = list_of(items(&values[0])?.iter().rev().cloned());
    list(machine, reversed)
}

pub(super) fn index_of(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let mut found = Vec::new();
    for (at, item) in items(&values[0])?.iter().enumerate() {
        if machine.equals(item, &values[1])? {
            found.push(Value::from(at + 1));
        }
    }
    list(machine, found)
}

pub(super) fn union(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let all = concatenate(machine, values)?;
    distinct_values(machine, &[all])
}

pub(super) fn distinct_values(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let mut kept: Vec<Value> = Vec::new();
    for item in items(&values[0])? {
        if !has(machine, &kept, item)? {
            kept.push(item.clone());
        }
    }
    list(machine, kept)
}

pub(super) fn duplicate_values(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let all = items(&values[0])?;
    let mut repeated: Vec<Value> = Vec::new();
    for (at, item) in all.iter().enumerate() {
        if has(machine, &all[at + 1..], item)? && !has(machine, &repeated, item)? {
            repeated.push(item.clone());
        }
    }
    list(machine, repeated)
}

fn has(machine: &mut Machine<'_>, items: &[Value], wanted: &Value) -> Outcome<bool> {
    for item in items {
        if machine.equals(item, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn flatten(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let mut flat = Vec::new();
    flatten_into(machine, items(&values[0])?, &mut flat)?;
    list(machine, flat)
}

/// Recurses as deep as values nest, which is bounded.
fn flatten_into(machine: &mut Machine<'_>, items: &[Value], flat: &mut Vec<Value>) -> Outcome<()> {
    machine.work_on(items)?;
    machine.allocate(size_of_val(items))?;
    for item in items {
        match item {
            Value::List(inner) => flatten_into(machine, inner, flat)?,
            other => flat.push(other.clone()),
        }
    }
    Ok(())
}

pub(super) fn partition(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let size = count_of(values, 1)?;
    let mut parts = Vec::new();
    for part in items(&values[0])?.chunks(size) {
        parts.push(list(machine, part.to_vec())?);
    }
    if parts.is_empty() { Ok(empty_list()) } else { list(machine, parts) }
}

/// A stable merge sort: the order that a function gives need not be an order at all.
pub(super) fn sort(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let mut from = items(&values[0])?.to_vec();
    let precedes = match &values[1] {
        function @ Value::Function(_) => Some(function),
        Value::Null => None,
        other => {
            return null(format!("sort: a {} where a function is expected", other.type_name()));
        }
    };
    let mut width = 1;
    while width < from.len() {
        let mut merged = Vec::with_capacity(from.len());
        for pair in from.chunks(2 * width) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            merge(machine, left, right, precedes, &mut merged)?;
        }
        from = merged;
        width *= 2;
    }
    list(machine, from)
}

fn merge(
    machine: &mut Machine<'_>,
    mut left: &[Value],
    mut right: &[Value],
    precedes: Option<&Value>,
    merged: &mut Vec<Value>,
) -> Outcome<()> {
    while let ([a, left_rest @ ..], [b, right_rest @ ..]) = (left, right) {
        machine.work(1)?;
        machine.work_on_pair(a, b)?;
        let right_first = match precedes {
            Some(function) => match machine.call_value(function, vec![b.clone(), a.clone()])? {
                Value::Boolean(flag) => flag,
                other => {
                    return null(format!("sort: the order gave a {}", other.type_name()));
                }
            },
            None => match compare::order(b, a, machine.env.now) {
                Some(order) => order.is_lt(),
                None => return null("sort: the items have no order"),
            },
        };
        if right_first {
            merged.push(b.clone());
            right = right_rest;
        } else {
            merged.push(a.clone());
            left = left_rest;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    Ok(())
}
