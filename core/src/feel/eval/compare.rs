//! Equality and order of values.
//!
//! DMN 1.5, clauses "Equality, identity and equivalence" and "Comparison": between values of
//! different types there is no answer.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Machine, Result};
use crate::feel::ast::{Comparison, Node};
use crate::time::Timestamp;
use crate::value::{Range, Value};

/// Whether two values are equal; `None` where they cannot be compared. Null equals only null.
/// Times in zones with a name are taken as the zone is at `now`, here and below.
pub(in crate::feel) fn equal(a: &Value, b: &Value, now: Timestamp) -> Option<bool> {
    match (a, b) {
        (Value::Null, Value::Null) => Some(true),
        (Value::Null, _) | (_, Value::Null) => Some(false),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a == b),
        (Value::Number(a), Value::Number(b)) => Some(a == b),
        (Value::String(a), Value::String(b)) => Some(a == b),
        (Value::Date(a), Value::Date(b)) => Some(a == b),
        (Value::Time(a), Value::Time(b)) => Some(a.order(b, now).is_some_and(Ordering::is_eq)),
        (Value::DateTime(a), Value::DateTime(b)) => Some(a.order(b).is_some_and(Ordering::is_eq)),
        (Value::DaysTimeDuration(a), Value::DaysTimeDuration(b)) => Some(a == b),
        (Value::YearsMonthsDuration(a), Value::YearsMonthsDuration(b)) => Some(a == b),
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            all_equal(a.iter().zip(b.iter()), now)
        }
        (Value::Context(a), Value::Context(b)) => {
            if a.len() != b.len() || !a.keys().all(|name| b.contains(name)) {
                return Some(false);
            }
            all_equal(a.iter().filter_map(|(name, value)| Some((value, b.get(name)?))), now)
        }
        (Value::Range(a), Value::Range(b)) => Some(ranges_equal(a, b, now)),
        (Value::Function(a), Value::Function(b)) => Some(Arc::ptr_eq(a, b)),
        _ => None,
    }
}

fn all_equal<'v>(
    pairs: impl Iterator<Item = (&'v Value, &'v Value)>,
    now: Timestamp,
) -> Option<bool> {
    let mut answer = Some(true);
    for (a, b) in pairs {
        match equal(a, b, now) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => answer = None,
        }
    }
    answer
}

fn ranges_equal(a: &Range, b: &Range, now: Timestamp) -> bool {
    let ends = |a: &Option<Value>, b: &Option<Value>| match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => equal(a, b, now) == Some(true),
        _ => false,
    };
    a.start_included == b.start_included
        && a.end_included == b.end_included
        && ends(&a.start, &b.start)
        && ends(&a.end, &b.end)
}

/// The order of two values of one type; `None` where there is no order.
pub(in crate::feel) fn order(a: &Value, b: &Value, now: Timestamp) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => a.order(b, now),
        (Value::DateTime(a), Value::DateTime(b)) => a.order(b),
        (Value::DaysTimeDuration(a), Value::DaysTimeDuration(b)) => Some(a.cmp(b)),
        (Value::YearsMonthsDuration(a), Value::YearsMonthsDuration(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Whether a comparison holds; `None` where the values cannot be compared.
pub(in crate::feel) fn holds(
    operator: Comparison,
    a: &Value,
    b: &Value,
    now: Timestamp,
) -> Option<bool> {
    match operator {
        Comparison::Equal => equal(a, b, now),
        Comparison::NotEqual => equal(a, b, now).map(|equal| !equal),
        Comparison::Less => order(a, b, now).map(Ordering::is_lt),
        Comparison::LessOrEqual => order(a, b, now).map(Ordering::is_le),
        Comparison::Greater => order(a, b, now).map(Ordering::is_gt),
        Comparison::GreaterOrEqual => order(a, b, now).map(Ordering::is_ge),
    }
}

/// Whether a value lies in a range; `None` where it cannot be compared with its ends.
pub(in crate::feel) fn contains(range: &Range, value: &Value, now: Timestamp) -> Option<bool> {
    let above = match &range.start {
        None => true,
        Some(start) => match order(value, start, now)? {
            Ordering::Less => false,
            Ordering::Equal => range.start_included,
            Ordering::Greater => true,
        },
    };
    let below = match &range.end {
        None => true,
        Some(end) => match order(value, end, now)? {
            Ordering::Less => true,
            Ordering::Equal => range.end_included,
            Ordering::Greater => false,
        },
    };
    Some(above && below)
}

impl Machine<'_> {
    #[inline(never)]
    pub(super) fn compare(
        &mut self,
        operator: Comparison,
        left: &Node,
        right: &Node,
        node: &Node,
    ) -> Result {
        let left = self.eval(left)?;
        // A literal, as there is in most comparisons, is not copied.
        let computed;
        let right = match right.as_constant() {
            Some(constant) => constant,
            None => {
                computed = self.eval(right)?;
                &computed
            }
        };
        self.work_on_pair(&left, right)?;
        if let Some(answer) = holds(operator, &left, right, self.env.now) {
            return Ok(Value::Boolean(answer));
        }
        let (left, right) = (left.type_name(), right.type_name());
        self.warn(format!("a {left} cannot be compared with a {right}"), node.at);
        Ok(Value::Null)
    }

    /// [`equal`], counted as work.
    pub(in crate::feel) fn equals(&mut self, a: &Value, b: &Value) -> Result<bool> {
        self.work(1 + a.bytes().min(b.bytes()) / 32)?;
        Ok(equal(a, b, self.env.now) == Some(true))
    }
}
