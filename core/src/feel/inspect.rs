//! What an expression is made of, for those who check or speed up models.

use std::cmp::Ordering;
use std::sync::Arc;

use super::ast::{Kind, Node};
use super::eval::{self, compare};
use super::{Budget, Environment, Expression, unknown};
use crate::time::Timestamp;
use crate::value::{Context, Range, Value};

/// Steps that a part without variables may take to be evaluated ahead.
const FOLDING_BUDGET: Budget = Budget { steps_max: 1_000, depth_max: 60, bytes_max: 64 * 1024 };

/// Unary tests that depend on nothing but the tested value.
#[derive(Debug, Clone, PartialEq)]
pub struct ConstantTests {
    /// Whether the tests stand in `not(…)`.
    pub negated: bool,
    /// The tests, one of which has to hold; without any the value does not matter.
    pub tests: Box<[ConstantTest]>,
}

/// A test against constants.
#[derive(Debug, Clone, PartialEq)]
pub enum ConstantTest {
    /// The value is equal.
    Equal(Value),
    /// The value is not equal.
    Unequal(Value),
    /// The value lies in the range.
    Within(Arc<Range>),
}

impl ConstantTests {
    /// Whether a value passes at `now`, which named zones need; `None` where that cannot be said.
    pub fn holds(&self, value: &Value, now: Timestamp) -> Option<bool> {
        if self.tests.is_empty() {
            return Some(true);
        }
        let mut answer = Some(false);
        for test in &self.tests {
            match test.holds(value, now) {
                Some(true) => {
                    answer = Some(true);
                    break;
                }
                Some(false) => {}
                None => answer = None,
            }
        }
        answer.map(|holds| holds != self.negated)
    }
}

impl AsRef<Self> for ConstantTests {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl ConstantTest {
    fn holds(&self, value: &Value, now: Timestamp) -> Option<bool> {
        match self {
            Self::Equal(constant) => compare::equal(constant, value, now),
            Self::Unequal(constant) => compare::equal(constant, value, now).map(|equal| !equal),
            Self::Within(range) => match value {
                Value::Range(other) => {
                    let (own, other) = (Value::Range(range.clone()), Value::Range(other.clone()));
                    compare::equal(&own, &other, now)
                }
                _ => compare::contains(range, value, now),
            },
        }
    }
}

impl Expression {
    /// The tests, where they are unary tests against constants.
    pub fn as_constant_tests(&self) -> Option<ConstantTests> {
        let Kind::UnaryTests { negated, tests, .. } = &self.program.root.kind else { return None };
        let tests = tests.iter().map(constant_test).collect::<Option<Vec<_>>>()?;
        Some(ConstantTests { negated: *negated, tests: tests.into() })
    }

    /// The value, where it depends on nothing: literals, dates, lists of them.
    pub fn as_folded(&self) -> Option<Value> {
        fold(&self.program.root)
    }

    /// Whether this is nothing but a name.
    pub fn as_name(&self) -> Option<&Arc<str>> {
        if let Kind::Global(name) = &self.program.root.kind { Some(name) } else { None }
    }
}

/// Whether two values are equal in FEEL at `now`; `None` where they cannot be compared.
pub fn equal(a: &Value, b: &Value, now: Timestamp) -> Option<bool> {
    compare::equal(a, b, now)
}

/// The order of two values in FEEL at `now`; `None` where there is none.
pub fn order(a: &Value, b: &Value, now: Timestamp) -> Option<Ordering> {
    compare::order(a, b, now)
}

/// The one of `names` that is most like `name`, where one is like it at all.
pub fn most_similar<'n>(name: &str, names: &'n [Arc<str>]) -> Option<&'n str> {
    unknown::most_similar(name, names).map(|similar| &**similar)
}

fn constant_test(node: &Node) -> Option<ConstantTest> {
    match &node.kind {
        Kind::Unequal(operand) => fold(operand).map(ConstantTest::Unequal),
        Kind::Equal(operand) => fold(operand).map(ConstantTest::Equal),
        Kind::Range { .. } => match fold(node)? {
            Value::Range(range) => Some(ConstantTest::Within(range)),
            _ => None,
        },
        _ => match fold(node)? {
            Value::List(_) | Value::Function(_) => None,
            Value::Range(range) => Some(ConstantTest::Within(range)),
            value => Some(ConstantTest::Equal(value)),
        },
    }
}

/// The value of a part that depends on nothing.
fn fold(node: &Node) -> Option<Value> {
    if let Kind::Constant(value) = &node.kind {
        return Some(value.clone());
    }
    if !is_closed(node) {
        return None;
    }
    let env = Environment { now: Timestamp::EPOCH, seed: 0 };
    let scope = Context::new();
    let evaluation = eval::evaluate(("", node, 0), &scope, &env, &FOLDING_BUDGET).ok()?;
    evaluation.warnings.is_empty().then_some(evaluation.value)
}

/// Whether a part is made of literals and pure functions only, without names.
fn is_closed(node: &Node) -> bool {
    match &node.kind {
        Kind::Constant(_) => true,
        Kind::Negate(value) => is_closed(value),
        Kind::List(items) => items.iter().all(is_closed),
        Kind::Range { start, end, .. } => {
            [start, end].into_iter().flatten().all(|end| is_closed(end))
        }
        Kind::CallBuiltin { function, arguments } => {
            const PURE: [&str; 7] = [
                "@",
                "date",
                "time",
                "date and time",
                "duration",
                "years and months duration",
                "number",
            ];
            PURE.contains(&function.name)
                && arguments.iter().all(|argument| argument.as_ref().is_some_and(is_closed))
        }
        _ => false,
    }
}
