//! An index of decision tables: from the value of an input to the rules that it may match.
//!
//! The constants of a column cut the line of its values into points and the gaps between them;
//! each part knows its rules. Never drops a rule that could match.

use std::cmp::Ordering;
use std::mem::discriminant;

use crate::feel::{self, ConstantTest, ConstantTests};
use crate::time::Timestamp;
use crate::value::Value;

use super::program::{CellTest, Rule};

/// How many entries an index of a column may have for each rule, on average.
const ENTRIES_PER_RULE_MAX: usize = 64;
/// Tables with fewer rules are gone through one by one.
const RULES_MIN: usize = 8;

/// The index of a table.
#[derive(Debug, Default)]
pub(super) struct Index {
    columns: Vec<Column>,
}

/// The index of one column.
#[derive(Debug)]
struct Column {
    /// Its place in the table.
    at: usize,
    line: Line,
    /// Rules by the part of the line, in their order.
    parts: Vec<Vec<u32>>,
    /// Rules that this column cannot exclude.
    always: Vec<u32>,
}

/// Rules that may match, and the column whose tests are thereby known to hold or to be open.
#[derive(Debug)]
pub(super) struct Candidates<'i> {
    chosen: &'i [u32],
    always: &'i [u32],
}

impl Index {
    /// Indexes the columns where that pays.
    pub(super) fn new(columns: usize, rules: &[Rule]) -> Self {
        if rules.len() < RULES_MIN {
            return Self::default();
        }
        Self { columns: (0..columns).filter_map(|at| Column::new(at, rules)).collect() }
    }

    /// The fewest rules that any column leaves for these inputs; `None` where all have to be tried.
    pub(super) fn candidates(&self, inputs: &[Value]) -> Option<Candidates<'_>> {
        self.columns
            .iter()
            .filter_map(|column| column.candidates(inputs.get(column.at)?))
            .min_by_key(|candidates| candidates.chosen.len() + candidates.always.len())
    }
}

impl Iterator for Candidates<'_> {
    type Item = u32;

    /// The next rule, in the order of the table.
    fn next(&mut self) -> Option<u32> {
        let from = match (self.chosen.first(), self.always.first()) {
            (Some(a), Some(b)) if b < a => &mut self.always,
            (Some(_), _) => &mut self.chosen,
            (None, _) => &mut self.always,
        };
        let (first, rest) = from.split_first()?;
        *from = rest;
        Some(*first)
    }
}

impl Column {
    fn new(column: usize, rules: &[Rule]) -> Option<Self> {
        let tests = |rule: &Rule| match rule.tests.get(column) {
            Some(CellTest::Constant(tests)) => Some(tests.clone()),
            Some(CellTest::Always | CellTest::Feel(_) | CellTest::Never) | None => None,
        };
        let line = Line::new(rules.iter().filter_map(tests))?;
        let mut parts = vec![Vec::new(); line.parts()];
        let mut always = Vec::new();
        let mut entries_left = ENTRIES_PER_RULE_MAX * rules.len();
        for (number, rule) in (0_u32..).zip(rules) {
            let Some(tests) = tests(rule) else {
                if !matches!(rule.tests.get(column), Some(CellTest::Never)) {
                    always.push(number);
                }
                continue;
            };
            for (first, last) in line.spans(&tests) {
                entries_left = entries_left.checked_sub(last + 1 - first)?;
                for part in &mut parts[first..=last] {
                    if part.last() != Some(&number) {
                        part.push(number);
                    }
                }
            }
        }
        // A column that excludes next to nothing is not worth the look.
        (always.len() < rules.len() / 2 + 1).then_some(Self { at: column, line, parts, always })
    }

    fn candidates(&self, value: &Value) -> Option<Candidates<'_>> {
        let part = self.line.part_of(value)?;
        Some(Candidates { chosen: &self.parts[part], always: &self.always })
    }
}

/// The values of one type, cut at the constants of a column: part 2n+1 is constant n, part 2n is
/// what lies before it and after the constant before.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) keys: Vec<Value>,
}

impl Line {
    /// The line of all constants in `tests`; `None` where there are none, or not of one type with
    /// a total order.
    pub(super) fn new<T: AsRef<ConstantTests>>(
        tests: impl std::iter::Iterator<Item = T>,
    ) -> Option<Self> {
        let mut keys: Vec<Value> = Vec::new();
        for tests in tests {
            for test in &tests.as_ref().tests {
                match test {
                    // Null is no value of any line.
                    ConstantTest::Equal(Value::Null) | ConstantTest::Unequal(Value::Null) => {}
                    ConstantTest::Equal(value) | ConstantTest::Unequal(value) => {
                        keys.push(value.clone());
                    }
                    ConstantTest::Within(range) => {
                        keys.extend([&range.start, &range.end].into_iter().flatten().cloned());
                    }
                }
            }
        }
        let first = keys.first()?;
        let is_ordered = matches!(
            first,
            Value::Number(_)
                | Value::String(_)
                | Value::Date(_)
                | Value::DaysTimeDuration(_)
                | Value::YearsMonthsDuration(_)
        );
        let kind = discriminant(first);
        if !is_ordered || keys.iter().any(|key| discriminant(key) != kind) {
            return None;
        }
        keys.sort_by(|a, b| order(a, b).unwrap_or(Ordering::Equal));
        keys.dedup_by(|a, b| order(a, b) == Some(Ordering::Equal));
        Some(Self { keys })
    }

    /// The count of parts.
    pub(super) fn parts(&self) -> usize {
        2 * self.keys.len() + 1
    }

    /// The part in which a value lies; `None` for one of another type.
    fn part_of(&self, value: &Value) -> Option<usize> {
        if discriminant(value) != discriminant(self.keys.first()?) {
            return None;
        }
        let found = self.keys.binary_search_by(|key| order(key, value).unwrap_or(Ordering::Equal));
        Some(match found {
            Ok(at) => 2 * at + 1,
            Err(at) => 2 * at,
        })
    }

    /// The parts in which tests hold, as spans in order that do not touch.
    pub(super) fn spans(&self, tests: &ConstantTests) -> Vec<(usize, usize)> {
        let last = self.parts() - 1;
        if tests.tests.is_empty() {
            return vec![(0, last)];
        }
        let mut spans: Vec<(usize, usize)> = Vec::new();
        for test in &tests.tests {
            match test {
                ConstantTest::Equal(value) => {
                    spans.extend(self.part_of(value).map(|part| (part, part)));
                }
                ConstantTest::Unequal(Value::Null) => spans.push((0, last)),
                ConstantTest::Unequal(value) => {
                    if let Some(part) = self.part_of(value) {
                        // A constant has parts on both of its sides.
                        spans.extend([(0, part - 1), (part + 1, last)]);
                    }
                }
                ConstantTest::Within(range) => {
                    let start = range.start.as_ref().map(|key| self.part_of(key));
                    let end = range.end.as_ref().map(|key| self.part_of(key));
                    let first = match start {
                        None => Some(0),
                        Some(part) => part.map(|it| it + usize::from(!range.start_included)),
                    };
                    let until = match end {
                        None => Some(last),
                        Some(part) => part.map(|it| it - usize::from(!range.end_included)),
                    };
                    let both = first.zip(until).filter(|(first, until)| first <= until);
                    spans.extend(both);
                }
            }
        }
        let merged = merged(spans);
        if tests.negated { complement(&merged, last) } else { merged }
    }
}

/// The order of two constants of a line; the types of a line have an order at all times.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    feel::order(a, b, Timestamp::EPOCH)
}

fn merged(mut spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    spans.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::with_capacity(spans.len());
    for (first, last) in spans {
        match merged.last_mut() {
            Some((_, end)) if first <= *end + 1 => *end = last.max(*end),
            _ => merged.push((first, last)),
        }
    }
    merged
}

fn complement(spans: &[(usize, usize)], last: usize) -> Vec<(usize, usize)> {
    let mut left = Vec::new();
    let mut next = 0;
    for (first, end) in spans {
        if *first > next {
            left.push((next, first - 1));
        }
        next = end + 1;
    }
    if next <= last {
        left.push((next, last));
    }
    left
}
