//! Contexts: their entries, and contexts made from contexts.

use std::sync::Arc;

use super::{all_items, context, items, list, text};
use crate::feel::eval::{Machine, Outcome, null};
use crate::value::{Context, VALUE_DEPTH_MAX, Value};

pub(super) fn get_value(_: &mut Machine<'_>, values: &[Value]) -> Outcome {
    if let Value::List(keys) = &values[1] {
        let mut value = values[0].clone();
        if keys.is_empty() {
            return null("get value: there is no key");
        }
        for key in keys.iter() {
            value = entry(&value, text(key)?)?;
        }
        return Ok(value);
    }
    entry(&values[0], text(&values[1])?)
}

fn entry(value: &Value, key: &str) -> Outcome {
    match context(value)?.get(key) {
        Some(value) => Ok(value.clone()),
        None => null(format!("the context has no entry \"{key}\"")),
    }
}

pub(super) fn get_entries(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let mut entries = Vec::new();
    for (name, value) in context(&values[0])?.iter() {
        let mut entry = Context::new();
        entry.insert("key", Value::String(Arc::clone(name)));
        put(&mut entry, "value".into(), value)?;
        entries.push(machine.new_context(entry)?);
    }
    list(machine, entries)
}

pub(super) fn context_from(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let mut built = Context::new();
    for item in items(&values[0])? {
        let entry = context(item)?;
        let (Some(key), Some(value)) = (entry.get("key"), entry.get("value")) else {
            return null("context: an entry has no key or no value");
        };
        let key = text(key)?;
        if built.contains(key) {
            return null(format!("context: the key \"{key}\" is given twice"));
        }
        put(&mut built, key.into(), value)?;
    }
    machine.new_context(built)
}

pub(super) fn context_put(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let Value::List(keys) = &values[1] else {
        let mut changed = context(&values[0])?.clone();
        put(&mut changed, text(&values[1])?.into(), &values[2])?;
        return machine.new_context(changed);
    };
    let mut path = Vec::new();
    for key in keys.iter() {
        path.push(text(key)?);
    }
    if path.is_empty() || path.len() > usize::from(VALUE_DEPTH_MAX) {
        return null("context put: no path of keys");
    }
    put_at(machine, context(&values[0])?, &path, &values[2])
}

/// Recurses along a path that is no longer than values may nest.
fn put_at(machine: &mut Machine<'_>, into: &Context, path: &[&str], value: &Value) -> Outcome {
    let mut changed = into.clone();
    machine.work(into.len() as u64)?;
    match path {
        [key] => put(&mut changed, (*key).into(), value)?,
        [key, rest @ ..] => {
            let inner = match into.get(key) {
                None | Some(Value::Null) => put_at(machine, &Context::new(), rest, value)?,
                Some(inner) => put_at(machine, context(inner)?, rest, value)?,
            };
            put(&mut changed, (*key).into(), &inner)?;
        }
        [] => {}
    }
    machine.new_context(changed)
}

pub(super) fn context_merge(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let mut merged = Context::new();
    for value in all_items(values) {
        let part = context(value)?;
        machine.work(part.len() as u64)?;
        for (name, value) in part.iter() {
            put(&mut merged, Arc::clone(name), value)?;
        }
    }
    machine.new_context(merged)
}

fn put(context: &mut Context, name: Arc<str>, value: &Value) -> Outcome<()> {
    if value.depth() >= VALUE_DEPTH_MAX {
        return null("lists and contexts nest too deep");
    }
    context.insert(name, value.clone());
    Ok(())
}
