//! Types, as `instance of`, parameters and item definitions name them.
//!
//! DMN 1.5, clauses "Types", "FEEL type conformance" and "Implicit conversions": a list of one item
//! stands for the item, and a value for the list of it.

use std::any::Any;
use std::sync::Arc;

use super::eval::{BuiltinFunction, Closure};
use super::meter::ForeignFunction;
use crate::value::{DateTime, Time, Value, Zone};

/// A type of FEEL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Every value.
    Any,
    /// Null only.
    Null,
    /// Numbers.
    Number,
    /// Texts.
    String,
    /// True and false.
    Boolean,
    /// Days.
    Date,
    /// Times of day.
    Time,
    /// Days with a time.
    DateTime,
    /// Exact durations.
    DaysTimeDuration,
    /// Durations in months.
    YearsMonthsDuration,
    /// Lists of items of one type.
    List(Box<Self>),
    /// Ranges between ends of one type.
    Range(Box<Self>),
    /// Contexts that have these entries, and maybe more.
    Context(Box<[(Arc<str>, Self)]>),
    /// Functions; without parameters, functions of any.
    Function {
        /// What is given to the function.
        parameters: Option<Box<[Self]>>,
        /// What it gives.
        result: Box<Self>,
    },
    /// A type that is not known.
    Unknown(Arc<str>),
}

impl Type {
    /// Whether a value is of the type; null is of no type but its own.
    pub fn is_of(&self, value: &Value) -> bool {
        match self {
            Self::Any => !value.is_null(),
            Self::Null => value.is_null(),
            Self::Number => matches!(value, Value::Number(_)),
            Self::String => matches!(value, Value::String(_)),
            Self::Boolean => matches!(value, Value::Boolean(_)),
            Self::Date => matches!(value, Value::Date(_)),
            Self::Time => matches!(value, Value::Time(_)),
            Self::DateTime => matches!(value, Value::DateTime(_)),
            Self::DaysTimeDuration => matches!(value, Value::DaysTimeDuration(_)),
            Self::YearsMonthsDuration => matches!(value, Value::YearsMonthsDuration(_)),
            Self::List(of) => match value {
                Value::List(items) => items.iter().all(|item| of.conforms(item)),
                _ => false,
            },
            Self::Range(of) => match value {
                Value::Range(range) => {
                    [&range.start, &range.end].into_iter().flatten().all(|end| of.conforms(end))
                }
                _ => false,
            },
            Self::Context(entries) => match value {
                Value::Context(context) => entries
                    .iter()
                    .all(|(name, of)| context.get(name).is_some_and(|entry| of.conforms(entry))),
                _ => false,
            },
            Self::Function { parameters, result } => {
                is_function(value, parameters.as_deref(), result)
            }
            Self::Unknown(_) => false,
        }
    }

    /// Whether a value fits where the type is asked for; null fits everywhere.
    pub fn conforms(&self, value: &Value) -> bool {
        value.is_null() || self.is_of(value)
    }

    /// The value as one of the type, converted where FEEL does so; `None` where it does not fit.
    pub fn coerced(&self, value: Value) -> Option<Value> {
        if *self == Self::Any || self.conforms(&value) || matches!(self, Self::Unknown(_)) {
            return Some(value);
        }
        match (&value, self) {
            (Value::List(items), _) if items.len() == 1 && self.conforms(&items[0]) => {
                Some(items[0].clone())
            }
            (_, Self::List(item)) if item.conforms(&value) => Some(Value::list(vec![value])),
            (Value::Date(date), Self::DateTime) => {
                let midnight = Time::from_nanos(0, Zone::Offset(0));
                Some(Value::DateTime(DateTime::new(*date, midnight).into()))
            }
            _ => None,
        }
    }

    /// Whether every value of the type is one of `other`: DMN 1.5, clause "Type conformance".
    pub fn conforms_to(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Any) | (Self::Null, _) => true,
            (Self::List(a), Self::List(b)) | (Self::Range(a), Self::Range(b)) => a.conforms_to(b),
            (Self::Context(a), Self::Context(b)) => b.iter().all(|(name, wanted)| {
                a.iter().any(|(it, of)| it == name && of.conforms_to(wanted))
            }),
            (
                Self::Function { parameters, result },
                Self::Function { parameters: wanted, result: wanted_result },
            ) => {
                let Some(wanted) = wanted else { return true };
                // What is given must fit, so that parameters conform the other way round.
                let fits = |given: &[Self]| {
                    given.len() == wanted.len()
                        && given.iter().zip(wanted).all(|(given, wanted)| wanted.conforms_to(given))
                };
                parameters.as_deref().is_some_and(fits) && result.conforms_to(wanted_result)
            }
            _ => self == other,
        }
    }
}

fn is_function(value: &Value, parameters: Option<&[Type]>, result: &Type) -> bool {
    let Value::Function(function) = value else { return false };
    let any: &dyn Any = &**function;
    let Some(parameters) = parameters else { return true };
    if let Some(BuiltinFunction(builtin)) = any.downcast_ref() {
        return builtin.takes(parameters.len());
    }
    let takes =
        |declared: &Type, wanted: &Type| *declared == Type::Any || wanted.conforms_to(declared);
    let gives = |declared: &Type| *declared == Type::Any || declared.conforms_to(result);
    if let Some(ForeignFunction(callable)) = any.downcast_ref() {
        let declared = callable.parameters();
        return declared.len() == parameters.len()
            && declared.iter().zip(parameters).all(|((_, it), wanted)| takes(it, wanted))
            && gives(callable.result());
    }
    let Some(closure) = any.downcast_ref::<Closure>() else { return false };
    let declared = closure.parameters();
    declared.len() == parameters.len()
        && declared.iter().zip(parameters).all(|(it, wanted)| takes(&it.of, wanted))
        && gives(closure.result())
}
