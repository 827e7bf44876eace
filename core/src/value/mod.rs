//! Process data: the values that variables, forms, decisions and expressions hold.
//!
//! A [`Value`] is cheap to clone (long parts are shared) and never changes. It is read from and
//! written to JSON with exact numbers ([`json`]), and stored in a tagged form of its own
//! (`serde`), in which temporals and numbers keep their type.
//!
//! Never holds a binary floating-point number, and never nests deeper than
//! [`VALUE_DEPTH_MAX`] levels, so that no walk over a value can exhaust a stack.

mod context;
mod decimal;
pub mod json;
mod range;
mod storage;
mod temporal;
pub(crate) mod weight;
pub mod words;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

pub use self::context::Context;
pub use self::decimal::{ArithmeticError, DIGITS_MAX, Decimal, ParseDecimalError, Rounding};
pub use self::range::Range;
pub use self::temporal::{
    Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration, Zone, parse_temporal,
};

/// The most levels of lists and contexts inside each other. JSON is refused and FEEL gives null
/// beyond it; a list or context built in code beyond it holds null there. Storage formats nest a
/// stored value in a few levels of their own, and common readers stop at 128 levels in all.
pub const VALUE_DEPTH_MAX: u16 = 100;

/// Process data: the value of each variable, in the order in which they were first set.
pub type Variables = Context;

/// One value of process data.
#[derive(Clone, Default)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// True or false.
    Boolean(bool),
    /// An exact decimal number.
    Number(Decimal),
    /// A text.
    String(Arc<str>),
    /// Values in order.
    List(Arc<List>),
    /// Names and their values, in order.
    Context(Arc<Context>),
    /// A day, without a time.
    Date(Date),
    /// A time of day.
    Time(Arc<Time>),
    /// A day and a time of day.
    DateTime(Arc<DateTime>),
    /// An exact duration.
    DaysTimeDuration(DaysTimeDuration),
    /// A duration in months.
    YearsMonthsDuration(YearsMonthsDuration),
    /// The values between two ends.
    Range(Arc<Range>),
    /// Something that can be called; lives during an evaluation and is null when stored.
    Function(Arc<dyn Function>),
}

/// What an evaluator can call. The evaluator that made a function knows its real type.
pub trait Function: Any + fmt::Debug + Send + Sync {
    /// The levels of nesting of what the function holds on to.
    fn depth(&self) -> u16;
}

/// Values in order. Knows how deep it nests and how long it would be as text.
#[derive(Debug, Clone, Default)]
pub struct List {
    items: Vec<Value>,
    depth: u16,
    bytes: u64,
}

impl List {
    /// A list of these items; an item that nests too deep is null (see [`VALUE_DEPTH_MAX`]).
    pub fn new(items: Vec<Value>) -> Self {
        let mut list = Self { items, depth: 0, bytes: 0 };
        for index in 0..list.items.len() {
            list.note(index);
        }
        list
    }

    /// Adds an item at the end; one that nests too deep is null (see [`VALUE_DEPTH_MAX`]).
    pub fn push(&mut self, item: Value) {
        self.items.push(item);
        self.note(self.items.len() - 1);
    }

    fn note(&mut self, index: usize) {
        let depth = self.items[index].depth();
        if depth >= VALUE_DEPTH_MAX {
            self.items[index] = Value::Null;
        } else {
            self.depth = self.depth.max(depth);
        }
        self.bytes = self.bytes.saturating_add(self.items[index].bytes());
    }

    /// The items.
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// How many items there is room for.
    const fn capacity(&self) -> usize {
        self.items.capacity()
    }

    /// The items, taken out.
    pub fn into_items(self) -> Vec<Value> {
        self.items
    }
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl std::ops::Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::new(items.into_iter().collect())
    }
}

impl Value {
    /// A list of these items; an item that nests too deep is null (see [`VALUE_DEPTH_MAX`]).
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(List::new(items)))
    }

    /// A text.
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Self::String(text.into())
    }

    /// A context of these names and values, in order; a repeated name keeps its last value.
    pub fn context<K: Into<Arc<str>>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Context(Arc::new(entries.into_iter().collect()))
    }

    /// Levels of lists, contexts and functions inside each other; a plain value has none.
    pub fn depth(&self) -> u16 {
        match self {
            Self::List(list) => list.depth + 1,
            Self::Context(context) => context.depth() + 1,
            Self::Function(function) => function.depth().saturating_add(1),
            Self::Null
            | Self::Boolean(_)
            | Self::Number(_)
            | Self::String(_)
            | Self::Date(_)
            | Self::Time(_)
            | Self::DateTime(_)
            | Self::DaysTimeDuration(_)
            | Self::YearsMonthsDuration(_)
            | Self::Range(_) => 0,
        }
    }

    /// About how many bytes the value takes when it is written out. Shared parts count each time,
    /// so that a small value that would be written as a huge one is known.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::List(list) => list.bytes.saturating_add(2),
            Self::Context(context) => context.bytes().saturating_add(2),
            Self::String(text) => text.len() as u64 + 3,
            Self::Null
            | Self::Boolean(_)
            | Self::Number(_)
            | Self::Date(_)
            | Self::Time(_)
            | Self::DateTime(_)
            | Self::DaysTimeDuration(_)
            | Self::YearsMonthsDuration(_)
            | Self::Function(_) => 16,
            Self::Range(_) => 64,
        }
    }

    /// The name of the value's type in FEEL.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "Null",
            Self::Boolean(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Context(_) => "context",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::DateTime(_) => "date and time",
            Self::DaysTimeDuration(_) => "days and time duration",
            Self::YearsMonthsDuration(_) => "years and months duration",
            Self::Range(_) => "range",
            Self::Function(_) => "function",
        }
    }

    /// Whether there is no value.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// True or false, where the value is one of them.
    pub const fn as_bool(&self) -> Option<bool> {
        if let Self::Boolean(flag) = self { Some(*flag) } else { None }
    }

    /// The number, where the value is one.
    pub const fn as_number(&self) -> Option<Decimal> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The text, where the value is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The items, where the value is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list.items()) } else { None }
    }

    /// The context, where the value is one.
    pub fn as_context(&self) -> Option<&Context> {
        if let Self::Context(context) = self { Some(context) } else { None }
    }

    /// The value of an entry, where this is a context that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_context()?.get(key)
    }

    /// The value as compact JSON; see [`json::write`].
    pub fn to_json(&self) -> String {
        json::write(self)
    }
}

/// Equal means the same type and content: 1.5 and 1.50 are equal numbers, contexts are equal
/// whatever their order. For FEEL's equality, which may also be null, see [`crate::feel`].
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Context(a), Self::Context(b)) => a == b,
            (Self::Date(a), Self::Date(b)) => a == b,
            (Self::Time(a), Self::Time(b)) => a == b,
            (Self::DateTime(a), Self::DateTime(b)) => a == b,
            (Self::DaysTimeDuration(a), Self::DaysTimeDuration(b)) => a == b,
            (Self::YearsMonthsDuration(a), Self::YearsMonthsDuration(b)) => a == b,
            (Self::Range(a), Self::Range(b)) => a == b,
            (Self::Function(a), Self::Function(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

/// The value as JSON, for test failures and logs.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Function(_) = self {
            return f.write_str("function");
        }
        f.write_str(&self.to_json())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Boolean(flag)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Decimal> for Value {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number.into())
    }
}

impl From<Context> for Value {
    fn from(context: Context) -> Self {
        Self::Context(Arc::new(context))
    }
}

impl From<List> for Value {
    fn from(list: List) -> Self {
        Self::List(Arc::new(list))
    }
}

impl From<Vec<Self>> for Value {
    fn from(items: Vec<Self>) -> Self {
        Self::list(items)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::{VALUE_DEPTH_MAX, Value};

    #[test]
    fn is_small() {
        assert!(size_of::<Value>() <= 24);
    }

    #[test]
    fn nesting_stops_at_the_limit() {
        let mut value = Value::Null;
        for _ in 0..100_000 {
            value = Value::list(vec![value]);
        }
        assert!(value.depth() <= VALUE_DEPTH_MAX);
    }

    #[test]
    fn contexts_are_equal_whatever_their_order() {
        let left = Value::context([("a", Value::from(1)), ("b", Value::from("x"))]);
        let right = Value::context([("b", Value::from("x")), ("a", Value::from(1))]);
        assert_eq!(left, right);
        assert_ne!(left, Value::context([("a", Value::from(1))]));
    }
}
