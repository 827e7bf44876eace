//! The types that every model has, and their names in files of all versions and tools.

use crate::feel;
use crate::value::Value;

/// The types that FEEL has by itself, at fixed places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dmn) enum Basic {
    Any,
    Number,
    String,
    Boolean,
    Date,
    Time,
    DateTime,
    DaysTimeDuration,
    YearsMonthsDuration,
    /// One of the two kinds of durations.
    Duration,
    Context,
    List,
    Range,
    Function,
}

/// All of them, at their places.
pub(super) const BASICS: [Basic; 14] = [
    Basic::Any,
    Basic::Number,
    Basic::String,
    Basic::Boolean,
    Basic::Date,
    Basic::Time,
    Basic::DateTime,
    Basic::DaysTimeDuration,
    Basic::YearsMonthsDuration,
    Basic::Duration,
    Basic::Context,
    Basic::List,
    Basic::Range,
    Basic::Function,
];

/// The names of basic types in files of all versions and tools.
pub(super) const BASIC_NAMES: &[(&str, Basic)] = &[
    ("Any", Basic::Any),
    ("any", Basic::Any),
    ("<Undefined>", Basic::Any),
    ("Undefined", Basic::Any),
    ("number", Basic::Number),
    ("integer", Basic::Number),
    ("long", Basic::Number),
    ("double", Basic::Number),
    ("decimal", Basic::Number),
    ("string", Basic::String),
    ("boolean", Basic::Boolean),
    ("date", Basic::Date),
    ("time", Basic::Time),
    ("dateTime", Basic::DateTime),
    ("date and time", Basic::DateTime),
    ("dayTimeDuration", Basic::DaysTimeDuration),
    ("daysTimeDuration", Basic::DaysTimeDuration),
    ("days and time duration", Basic::DaysTimeDuration),
    ("yearMonthDuration", Basic::YearsMonthsDuration),
    ("yearsMonthsDuration", Basic::YearsMonthsDuration),
    ("years and months duration", Basic::YearsMonthsDuration),
    ("duration", Basic::Duration),
    ("context", Basic::Context),
    ("list", Basic::List),
    ("range", Basic::Range),
    ("function", Basic::Function),
];

impl Basic {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Any => "Any",
            Self::Number => "number",
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "date and time",
            Self::DaysTimeDuration => "days and time duration",
            Self::YearsMonthsDuration => "years and months duration",
            Self::Duration => "duration",
            Self::Context => "context",
            Self::List => "list",
            Self::Range => "range",
            Self::Function => "function",
        }
    }

    pub(super) fn is_temporal(self) -> bool {
        matches!(
            self,
            Self::Date
                | Self::Time
                | Self::DateTime
                | Self::DaysTimeDuration
                | Self::YearsMonthsDuration
                | Self::Duration
        )
    }

    /// Whether a value is of the type; null is not asked.
    pub(in crate::dmn) fn admits(self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Number => matches!(value, Value::Number(_)),
            Self::String => matches!(value, Value::String(_)),
            Self::Boolean => matches!(value, Value::Boolean(_)),
            Self::Date => matches!(value, Value::Date(_)),
            Self::Time => matches!(value, Value::Time(_)),
            Self::DateTime => matches!(value, Value::DateTime(_)),
            Self::DaysTimeDuration => matches!(value, Value::DaysTimeDuration(_)),
            Self::YearsMonthsDuration => matches!(value, Value::YearsMonthsDuration(_)),
            Self::Duration => {
                matches!(value, Value::DaysTimeDuration(_) | Value::YearsMonthsDuration(_))
            }
            Self::Context => matches!(value, Value::Context(_)),
            Self::List => matches!(value, Value::List(_)),
            Self::Range => matches!(value, Value::Range(_)),
            Self::Function => matches!(value, Value::Function(_)),
        }
    }

    pub(super) fn feel_type(self) -> feel::Type {
        use feel::Type;
        match self {
            Self::Any | Self::Duration => Type::Any,
            Self::Number => Type::Number,
            Self::String => Type::String,
            Self::Boolean => Type::Boolean,
            Self::Date => Type::Date,
            Self::Time => Type::Time,
            Self::DateTime => Type::DateTime,
            Self::DaysTimeDuration => Type::DaysTimeDuration,
            Self::YearsMonthsDuration => Type::YearsMonthsDuration,
            Self::Context => Type::Context(Box::default()),
            Self::List => Type::List(Type::Any.into()),
            Self::Range => Type::Range(Type::Any.into()),
            Self::Function => Type::Function { parameters: None, result: Type::Any.into() },
        }
    }
}
