//! Tests of a value: `in`, `between`, unary tests, ranges.

use std::sync::Arc;

use super::compare::{contains, equal, order};
use super::{Machine, Result};
use crate::feel::ast::{Kind, Node};
use crate::time::Timestamp;
use crate::value::{Range, Value};

impl Machine<'_> {
    #[inline(never)]
    pub(super) fn between(&mut self, value: &Node, low: &Node, high: &Node, node: &Node) -> Result {
        let value = self.eval(value)?;
        let low = self.eval(low)?;
        let high = self.eval(high)?;
        self.work_on_pair(&value, &low)?;
        self.work_on_pair(&value, &high)?;
        let above = order(&value, &low, self.env.now).map(std::cmp::Ordering::is_ge);
        let below = order(&value, &high, self.env.now).map(std::cmp::Ordering::is_le);
        if let (Some(above), Some(below)) = (above, below) {
            return Ok(Value::Boolean(above && below));
        }
        self.warn("'between' on values that cannot be compared", node.at);
        Ok(Value::Null)
    }

    #[inline(never)]
    pub(super) fn membership(&mut self, value: &Node, slot: u16, tests: &[Node]) -> Result {
        let value = self.eval(value)?;
        self.set_local(slot, value.clone());
        self.any_test(tests, &value)
    }

    #[inline(never)]
    pub(super) fn unary_tests(&mut self, input: &Node, negated: bool, tests: &[Node]) -> Result {
        if tests.is_empty() {
            return Ok(Value::Boolean(true));
        }
        let input = self.eval(input)?;
        Ok(match self.any_test(tests, &input)? {
            Value::Boolean(flag) => Value::Boolean(flag != negated),
            other => other,
        })
    }

    /// Whether a test holds; null where none does and one could not be answered.
    fn any_test(&mut self, tests: &[Node], value: &Value) -> Result {
        let mut answer = Value::Boolean(false);
        for test in tests {
            match self.test(test, value)? {
                Some(true) => return Ok(Value::Boolean(true)),
                Some(false) => {}
                None => {
                    answer = Value::Null;
                    if !value.is_null() {
                        self.warn(format!("a {} cannot be tested", value.type_name()), test.at);
                    }
                }
            }
        }
        Ok(answer)
    }

    #[inline(never)]
    fn test(&mut self, test: &Node, value: &Value) -> Result<Option<bool>> {
        match &test.kind {
            Kind::Condition(condition) => {
                let result = self.eval(condition)?;
                match result {
                    Value::Boolean(flag) => Ok(Some(flag)),
                    Value::Null => Ok(None),
                    other => Ok(satisfies(&other, value, self.env.now)),
                }
            }
            Kind::Unequal(operand) => {
                let operand = self.eval(operand)?;
                self.work_on_pair(value, &operand)?;
                Ok(equal(value, &operand, self.env.now).map(|equal| !equal))
            }
            Kind::Equal(operand) => {
                let operand = self.eval(operand)?;
                self.work_on_pair(value, &operand)?;
                Ok(equal(value, &operand, self.env.now))
            }
            _ => {
                let result = self.eval(test)?;
                if let (Kind::Range { .. }, Value::Null) = (&test.kind, &result) {
                    return Ok(None);
                }
                match &result {
                    Value::List(items) => {
                        self.work_on(items)?;
                        for item in items.iter() {
                            self.work_on_pair(item, value)?;
                        }
                    }
                    Value::Range(range) => {
                        for end in [&range.start, &range.end].into_iter().flatten() {
                            self.work_on_pair(end, value)?;
                        }
                    }
                    other => self.work_on_pair(other, value)?,
                }
                // A condition that is no literal holds by itself, where it cannot be the value.
                if let Value::Boolean(flag) = result
                    && !matches!(test.kind, Kind::Constant(_))
                    && !matches!(value, Value::Boolean(_) | Value::Null)
                {
                    return Ok(Some(flag));
                }
                Ok(satisfies(&result, value, self.env.now))
            }
        }
    }

    /// A test outside of tests: there is no value to test.
    #[inline(never)]
    pub(super) fn lone_test(&mut self, node: &Node) -> Result {
        if let Kind::Condition(condition) = &node.kind {
            return self.eval(condition);
        }
        self.warn("there is no value to test", node.at);
        Ok(Value::Null)
    }

    #[inline(never)]
    pub(super) fn range(
        &mut self,
        (start, start_included): (Option<&Node>, bool),
        (end, end_included): (Option<&Node>, bool),
        node: &Node,
    ) -> Result {
        let open = |value: &Option<Value>| matches!(value, Some(Value::Null));
        let start = start.map(|start| self.eval(start)).transpose()?;
        let end = end.map(|end| self.eval(end)).transpose()?;
        let comparable = match (&start, &end) {
            (Some(start), Some(end)) => {
                open(&Some(start.clone()))
                    || open(&Some(end.clone()))
                    || order(start, end, self.env.now).is_some()
            }
            (Some(one), None) | (None, Some(one)) => order(one, one, self.env.now).is_some(),
            (None, None) => false,
        };
        if !comparable {
            self.warn("the ends of the range cannot be compared", node.at);
            return Ok(Value::Null);
        }
        Ok(Value::Range(Arc::new(Range { start, start_included, end, end_included })))
    }

    /// `= value` as a value: the range from it to it.
    #[inline(never)]
    pub(super) fn equal_range(&mut self, value: &Node, node: &Node) -> Result {
        let value = self.eval(value)?;
        if order(&value, &value, self.env.now).is_none() {
            self.warn(format!("a {} makes no range", value.type_name()), node.at);
            return Ok(Value::Null);
        }
        let (start, end) = (Some(value.clone()), Some(value));
        Ok(Value::Range(Arc::new(Range { start, start_included: true, end, end_included: true })))
    }
}

/// Whether `value` is what a test's result asks for: it equals it, lies in it, or is among it.
fn satisfies(result: &Value, value: &Value, now: Timestamp) -> Option<bool> {
    match result {
        Value::Range(range) if !matches!(value, Value::Range(_)) => contains(range, value, now),
        Value::List(items) => {
            if let Value::List(_) = value
                && equal(result, value, now) == Some(true)
            {
                return Some(true);
            }
            let mut answer = Some(false);
            for item in items.iter() {
                let found = match item {
                    Value::Range(range) if !matches!(value, Value::Range(_)) => {
                        contains(range, value, now)
                    }
                    other => equal(other, value, now),
                };
                match found {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => answer = answer.filter(|_| !value.is_null() && !item.is_null()),
                }
            }
            answer
        }
        other => equal(other, value, now),
    }
}
