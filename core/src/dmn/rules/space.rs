//! The values that the inputs of a table can have, cut into parts at the constants of its rules.
//!
//! Within a part all values are the same to every rule. What a rule asks of FEEL is open: it may
//! hold or not.

use std::sync::Arc;

use crate::dmn::program::{CellTest, InputColumn, TableLogic};
use crate::dmn::table::Line;
use crate::dmn::types::{Basic, Types};
use crate::feel::{ConstantTest, ConstantTests};
use crate::value::{Range, Value};

/// Parts of an axis from the first to the last, both included.
pub(super) type Span = (usize, usize);

/// All inputs of a table.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) axes: Vec<Axis>,
    /// The rules, in their order.
    pub(super) rules: Vec<Region>,
}

/// One input.
#[derive(Debug)]
pub(super) struct Axis {
    /// What people call it.
    pub(super) name: Arc<str>,
    kind: AxisKind,
    /// The parts that a value can be in at all.
    pub(super) domain: Vec<Span>,
}

#[derive(Debug)]
enum AxisKind {
    /// Values with an order.
    Line(Line),
    /// Texts that are only told apart: the constants, and last all others.
    Texts(Vec<Value>),
    /// True, then false.
    Flags,
    /// Nothing is known.
    Open,
}

/// What a rule asks.
#[derive(Debug)]
pub(super) struct Region {
    /// On each axis.
    pub(super) sides: Vec<Side>,
}

/// What a rule asks of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Side {
    /// Nothing.
    All,
    /// That it is in one of these parts.
    Parts(Vec<Span>),
    /// Only FEEL can say.
    Open,
    /// That it is null.
    Null,
}

impl Space {
    /// The space of a table.
    pub(super) fn new(table: &TableLogic, types: &Types) -> Self {
        let axes: Vec<Axis> = table
            .inputs
            .iter()
            .enumerate()
            .map(|(column, input)| Axis::new(table, column, input, types))
            .collect();
        let rules = table.rules.iter().map(|rule| Region {
            sides: axes.iter().zip(&rule.tests).map(|(axis, test)| axis.side(test)).collect(),
        });
        let rules = rules.collect();
        Self { axes, rules }
    }

    /// Whether a region holds no whole numbers on some axis: there may be none.
    pub(super) fn is_between_wholes(&self, spans: &[Span]) -> bool {
        self.axes.iter().zip(spans).any(|(axis, span)| axis.is_between_wholes(*span))
    }

    /// The words for a region that is given by one span for each axis.
    pub(super) fn words(&self, spans: &[Span]) -> String {
        const NAMED_MAX: usize = 6;
        let named: Vec<String> = self
            .axes
            .iter()
            .zip(spans)
            .filter_map(|(axis, span)| axis.words(*span))
            .take(NAMED_MAX)
            .collect();
        if named.is_empty() { "any input".to_owned() } else { named.join(", ") }
    }
}

impl Region {
    /// Whether it is known for every value whether the rule matches.
    pub(super) fn is_certain(&self) -> bool {
        !self.sides.iter().any(|side| matches!(side, Side::Open))
    }

    /// The first input with which the rule can never match.
    pub(super) fn empty_side(&self, axes: &[Axis]) -> Option<usize> {
        self.sides.iter().zip(axes).position(|(side, axis)| match side {
            Side::Parts(spans) => common(spans, &axis.domain).is_none(),
            Side::All | Side::Open | Side::Null => false,
        })
    }

    /// A span on each axis in which both rules match, where there is one.
    pub(super) fn overlap(&self, other: &Self, axes: &[Axis]) -> Option<Vec<Span>> {
        self.sides
            .iter()
            .zip(&other.sides)
            .zip(axes)
            .map(|((a, b), axis)| match (a, b) {
                (Side::Null, Side::Null | Side::All) | (Side::All, Side::Null) => {
                    Some(axis.whole())
                }
                (Side::Null | Side::Open, _) | (_, Side::Null | Side::Open) => None,
                (Side::All, Side::All) => Some(axis.whole()),
                (Side::All, Side::Parts(spans)) | (Side::Parts(spans), Side::All) => {
                    common(spans, &axis.domain)
                }
                (Side::Parts(a), Side::Parts(b)) => {
                    common_parts(a, b).into_iter().find_map(|it| common(&[it], &axis.domain))
                }
            })
            .collect()
    }

    /// Whether the rule matches wherever the other one does.
    pub(super) fn contains(&self, other: &Self, axes: &[Axis]) -> bool {
        self.sides.iter().zip(&other.sides).zip(axes).all(|((a, b), axis)| match (a, b) {
            (Side::All, _) | (Side::Null, Side::Null) => true,
            (Side::Parts(outer), Side::Parts(inner)) => common_parts(inner, &axis.domain)
                .iter()
                .all(|(first, last)| outer.iter().any(|(from, to)| from <= first && last <= to)),
            (Side::Parts(_) | Side::Open | Side::Null, _) => false,
        })
    }
}

/// The first span that both have in common.
pub(super) fn common(a: &[Span], b: &[Span]) -> Option<Span> {
    let (mut at, mut other) = (0, 0);
    while let (Some(left), Some(right)) = (a.get(at), b.get(other)) {
        let both = (left.0.max(right.0), left.1.min(right.1));
        if both.0 <= both.1 {
            return Some(both);
        }
        if left.1 < right.1 {
            at += 1;
        } else {
            other += 1;
        }
    }
    None
}

/// All spans that both have in common.
pub(super) fn common_parts(a: &[Span], b: &[Span]) -> Vec<Span> {
    let (mut at, mut other) = (0, 0);
    let mut found = Vec::new();
    while let (Some(left), Some(right)) = (a.get(at), b.get(other)) {
        let both = (left.0.max(right.0), left.1.min(right.1));
        if both.0 <= both.1 {
            found.push(both);
        }
        if left.1 < right.1 {
            at += 1;
        } else {
            other += 1;
        }
    }
    found
}

impl Axis {
    fn new(table: &TableLogic, column: usize, input: &InputColumn, types: &Types) -> Self {
        let name = Arc::clone(if input.label.is_empty() { &input.text } else { &input.label });
        let allowed = input.allowed.as_ref().or_else(|| types.allowed_of(input.domain));
        let allowed = allowed.and_then(|tests| tests.constant.as_ref());
        let is_flag = types.basic_of(input.domain) == Some(Basic::Boolean);
        let own: Vec<Arc<ConstantTests>> = table
            .rules
            .iter()
            .filter_map(|rule| match rule.tests.get(column) {
                Some(CellTest::Constant(tests)) if !asks_for_null(tests) => Some(Arc::clone(tests)),
                _ => None,
            })
            .collect();
        let all = || own.iter().map(AsRef::as_ref).chain(allowed);
        let kind = if is_flag || (!own.is_empty() && all().all(|it| all_are(it, is_boolean))) {
            AxisKind::Flags
        } else if own.is_empty() {
            AxisKind::Open
        } else if all().all(|it| all_are(it, is_text) && !has_ranges(it)) {
            let line = Line::new(all());
            line.map_or(AxisKind::Open, |line| AxisKind::Texts(line.keys))
        } else {
            Line::new(all()).map_or(AxisKind::Open, AxisKind::Line)
        };
        let mut axis = Self { name, kind, domain: Vec::new() };
        axis.domain = match allowed {
            Some(allowed) if !matches!(axis.kind, AxisKind::Open) => axis.spans(allowed),
            _ => vec![axis.whole()],
        };
        axis.leave_out_between_days();
        axis
    }

    /// The count of parts.
    pub(super) fn parts(&self) -> usize {
        match &self.kind {
            AxisKind::Line(line) => line.parts(),
            AxisKind::Texts(keys) => keys.len() + 1,
            AxisKind::Flags => 2,
            AxisKind::Open => 1,
        }
    }

    /// All parts.
    pub(super) fn whole(&self) -> Span {
        (0, self.parts() - 1)
    }

    /// Between a day and the next one there is none.
    fn leave_out_between_days(&mut self) {
        let AxisKind::Line(line) = &self.kind else { return };
        let Some(Value::Date(_)) = line.keys.first() else { return };
        let mut real: Vec<Span> = Vec::new();
        for part in 0..line.parts() {
            let is_empty = part % 2 == 0
                && part > 0
                && matches!(
                    (line.keys.get(part / 2 - 1), line.keys.get(part / 2)),
                    (Some(Value::Date(before)), Some(Value::Date(after)))
                        if before.days() + 1 == after.days()
                );
            match real.last_mut() {
                _ if is_empty => {}
                Some((_, last)) if *last + 1 == part => *last = part,
                _ => real.push((part, part)),
            }
        }
        self.domain = common_parts(&self.domain, &real);
    }

    fn side(&self, test: &CellTest) -> Side {
        match test {
            CellTest::Always => Side::All,
            CellTest::Never => Side::Parts(Vec::new()),
            CellTest::Feel(_) => Side::Open,
            CellTest::Constant(tests) if asks_for_null(tests) => {
                if tests.tests.len() == 1 && !tests.negated { Side::Null } else { Side::Open }
            }
            CellTest::Constant(_) if matches!(self.kind, AxisKind::Open) => Side::Open,
            CellTest::Constant(tests) => Side::Parts(self.spans(tests)),
        }
    }

    /// The parts in which tests hold.
    fn spans(&self, tests: &ConstantTests) -> Vec<Span> {
        let keys: &[Value] = match &self.kind {
            AxisKind::Line(line) => return line.spans(tests),
            AxisKind::Open => return vec![self.whole()],
            AxisKind::Texts(keys) => keys,
            AxisKind::Flags => &[Value::Boolean(true), Value::Boolean(false)],
        };
        let holds = |part: usize| {
            let among = |test: &ConstantTest| match test {
                ConstantTest::Equal(value) => keys.get(part) == Some(value),
                ConstantTest::Unequal(value) => keys.get(part) != Some(value),
                ConstantTest::Within(_) => false,
            };
            tests.tests.is_empty() || tests.tests.iter().any(among) != tests.negated
        };
        let mut spans: Vec<Span> = Vec::new();
        for part in (0..self.parts()).filter(|part| holds(*part)) {
            match spans.last_mut() {
                Some((_, last)) if *last + 1 == part => *last = part,
                _ => spans.push((part, part)),
            }
        }
        spans
    }

    /// Whether a span is what lies between a whole number and the next one.
    fn is_between_wholes(&self, span: Span) -> bool {
        let AxisKind::Line(line) = &self.kind else { return false };
        let (Some(before), Some(after)) = (
            (span.0 / 2).checked_sub(1).and_then(|at| line.keys.get(at)),
            line.keys.get(span.0 / 2),
        ) else {
            return false;
        };
        let whole = |key: &Value| key.as_number().and_then(crate::value::Decimal::to_i64);
        span.0 == span.1
            && span.0.is_multiple_of(2)
            && whole(before).zip(whole(after)).is_some_and(|(before, after)| before + 1 == after)
    }

    /// The words for a span; `None` where it is everything.
    fn words(&self, span: Span) -> Option<String> {
        if span == self.whole() || self.domain == [span] {
            return None;
        }
        let name = super::super::compile::shown(&self.name);
        let listed = |keys: &[Value], others: bool| {
            let mut words: Vec<String> = (span.0..=span.1)
                .take(5)
                .filter_map(|part| keys.get(part).map(Value::to_json))
                .collect();
            if others && span.1 == keys.len() {
                words.push("any other text".to_owned());
            }
            words.join(" or ")
        };
        Some(match &self.kind {
            AxisKind::Line(line) => format!("{name} {}", line_words(&line.keys, span)),
            AxisKind::Texts(keys) => format!("{name} = {}", listed(keys, true)),
            AxisKind::Flags => {
                format!("{name} = {}", listed(&[true.into(), false.into()], false))
            }
            AxisKind::Open => return None,
        })
    }
}

fn asks_for_null(tests: &ConstantTests) -> bool {
    tests.tests.iter().any(|test| match test {
        ConstantTest::Equal(value) | ConstantTest::Unequal(value) => value.is_null(),
        ConstantTest::Within(_) => false,
    })
}

fn all_are(tests: &ConstantTests, is: fn(&Value) -> bool) -> bool {
    tests.tests.iter().all(|test| match test {
        ConstantTest::Equal(value) | ConstantTest::Unequal(value) => is(value),
        ConstantTest::Within(range) => [&range.start, &range.end].into_iter().flatten().all(is),
    })
}

fn is_boolean(value: &Value) -> bool {
    matches!(value, Value::Boolean(_))
}

fn is_text(value: &Value) -> bool {
    matches!(value, Value::String(_))
}

fn has_ranges(tests: &ConstantTests) -> bool {
    tests.tests.iter().any(|test| matches!(test, ConstantTest::Within(_)))
}

/// A span of a line as FEEL writes it.
fn line_words(keys: &[Value], (first, last): Span) -> String {
    let start_included = first % 2 == 1;
    let end_included = last % 2 == 1;
    let start = if start_included {
        keys.get(first / 2)
    } else {
        (first / 2).checked_sub(1).and_then(|at| keys.get(at))
    };
    let end = keys.get(last / 2);
    if let (Some(one), Some(other)) = (start, end)
        && start_included
        && end_included
        && first == last
    {
        debug_assert_eq!(one.type_name(), other.type_name());
        return format!("= {}", key_words(one));
    }
    match (start, end) {
        (Some(start), Some(end)) => {
            let range = Range {
                start: Some(start.clone()),
                start_included,
                end: Some(end.clone()),
                end_included,
            };
            format!("in {range}")
        }
        (Some(start), None) => {
            format!("{} {}", if start_included { ">=" } else { ">" }, key_words(start))
        }
        (None, Some(end)) => {
            format!("{} {}", if end_included { "<=" } else { "<" }, key_words(end))
        }
        (None, None) => "any".to_owned(),
    }
}

fn key_words(key: &Value) -> String {
    if let Value::Number(_) | Value::String(_) = key {
        return key.to_json();
    }
    format!("@{}", key.to_json())
}
