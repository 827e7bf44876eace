//! `instance of`, and the types of parameters.
//!
//! DMN 1.5, clauses "FEEL type conformance" and "Implicit conversions": a list of one item stands
//! for the item, and a value for the list of it.

use std::any::Any;

use super::call::{BuiltinFunction, Closure};
use super::{Machine, Result};
use crate::feel::ast::{Node, Type};
use crate::value::Value;

impl Machine<'_> {
    #[inline(never)]
    pub(super) fn instance_of(&mut self, value: &Node, of: &Type) -> Result {
        let value = self.eval(value)?;
        if let Type::Unknown(name) = of {
            self.warn(format!("there is no type \"{name}\""), 0);
            return Ok(Value::Null);
        }
        self.work(1 + value.bytes() / 16)?;
        Ok(Value::Boolean(is_instance(&value, of)))
    }
}

/// Whether a value is of a type; null is of no type but its own.
fn is_instance(value: &Value, of: &Type) -> bool {
    match of {
        Type::Any => !value.is_null(),
        Type::Null => value.is_null(),
        Type::Number => matches!(value, Value::Number(_)),
        Type::String => matches!(value, Value::String(_)),
        Type::Boolean => matches!(value, Value::Boolean(_)),
        Type::Date => matches!(value, Value::Date(_)),
        Type::Time => matches!(value, Value::Time(_)),
        Type::DateTime => matches!(value, Value::DateTime(_)),
        Type::DaysTimeDuration => matches!(value, Value::DaysTimeDuration(_)),
        Type::YearsMonthsDuration => matches!(value, Value::YearsMonthsDuration(_)),
        Type::List(of) => match value {
            Value::List(items) => items.iter().all(|item| conforms(item, of)),
            _ => false,
        },
        Type::Range(of) => match value {
            Value::Range(range) => {
                [&range.start, &range.end].into_iter().flatten().all(|end| conforms(end, of))
            }
            _ => false,
        },
        Type::Context(entries) => match value {
            Value::Context(context) => entries
                .iter()
                .all(|(name, of)| context.get(name).is_some_and(|entry| conforms(entry, of))),
            _ => false,
        },
        Type::Function { parameters, result } => is_function(value, parameters.as_deref(), result),
        Type::Unknown(_) => false,
    }
}

/// Inside of lists and contexts null fits every type.
fn conforms(value: &Value, of: &Type) -> bool {
    value.is_null() || is_instance(value, of)
}

fn is_function(value: &Value, parameters: Option<&[Type]>, result: &Type) -> bool {
    let Value::Function(function) = value else { return false };
    let any: &dyn Any = &**function;
    let Some(parameters) = parameters else { return true };
    if let Some(BuiltinFunction(builtin)) = any.downcast_ref() {
        return builtin.takes(parameters.len());
    }
    let Some(closure) = any.downcast_ref::<Closure>() else { return false };
    let declared = &closure.function.parameters;
    let fits = |declared: &Type, wanted: &Type| {
        *declared == Type::Any || *wanted == Type::Any || declared == wanted
    };
    declared.len() == parameters.len()
        && declared.iter().zip(parameters).all(|(declared, wanted)| fits(&declared.of, wanted))
        && fits(&closure.function.result, result)
}

/// The value as one of the type, converted where FEEL does so; `None` where it does not fit.
pub(super) fn coerced(value: Value, of: &Type) -> Option<Value> {
    if *of == Type::Any || conforms(&value, of) || matches!(of, Type::Unknown(_)) {
        return Some(value);
    }
    match (&value, of) {
        (Value::List(items), _) if items.len() == 1 && conforms(&items[0], of) => {
            Some(items[0].clone())
        }
        (_, Type::List(item)) if conforms(&value, item) => Some(Value::list(vec![value])),
        (Value::Date(date), Type::DateTime) => {
            let midnight = crate::value::Time::from_nanos(0, crate::value::Zone::Offset(0));
            Some(Value::DateTime(crate::value::DateTime::new(*date, midnight).into()))
        }
        _ => None,
    }
}
