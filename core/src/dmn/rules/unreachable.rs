//! Rules that never match, or that always lose against others.

use std::collections::BTreeMap;

use crate::diagnostic::findings::Findings;
use crate::dmn::model::HitPolicy;
use crate::dmn::program::{Cell, TableLogic};
use crate::feel;

use super::gap::Search;
use super::overlap::for_each_pair;
use super::space::Side;
use super::{NOW, Subject, report_cut};

/// The most rules before one that are looked at together.
const TOGETHER_MAX: usize = 64;
/// The most rules looked at to see whether those before one leave it anything.
const WORK_MAX: usize = 20_000;
/// The same for all rules of a table.
const WORK_OF_TABLE_MAX: usize = 4_000_000;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    check_empty(subject, findings);
    let policy = subject.table.hit_policy;
    if policy == HitPolicy::Unique {
        // What is masked there overlaps, which is an error of its own.
        return;
    }
    let space = subject.space;
    let mut masked: BTreeMap<usize, usize> = BTreeMap::new();
    let mut before: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut same: BTreeMap<usize, usize> = BTreeMap::new();
    let complete = for_each_pair(space, &mut |first, second| {
        let (a, b) = (&space.rules[first], &space.rules[second]);
        if a.sides == b.sides && same_outputs(subject.logic, first, second) {
            same.entry(second).or_insert(first);
        }
        match policy {
            HitPolicy::First => {
                if a.contains(b, &space.axes) {
                    masked.entry(second).or_insert(first);
                } else if a.overlap(b, &space.axes).is_some() {
                    let before = before.entry(second).or_default();
                    if before.len() <= TOGETHER_MAX {
                        before.push(first);
                    }
                }
            }
            HitPolicy::Priority => {
                let order = priority(subject.logic, first, second);
                if order == Some(true) && a.contains(b, &space.axes) {
                    masked.entry(second).or_insert(first);
                } else if order == Some(false) && b.contains(a, &space.axes) {
                    masked.entry(first).or_insert(second);
                }
            }
            HitPolicy::Unique
            | HitPolicy::Any
            | HitPolicy::RuleOrder
            | HitPolicy::OutputOrder
            | HitPolicy::Collect(_) => {}
        }
    });
    for (rule, by) in &masked {
        let message = format!(
            "Rule {} never decides: rule {} matches wherever it does, and comes first.",
            rule + 1,
            by + 1
        );
        let remedy = "Remove the rule, or move it before the other.";
        findings.warning("rule-unreachable", &subject.table.rules[*rule].place, message, remedy);
    }
    let mut work_left = WORK_OF_TABLE_MAX;
    for (rule, before) in before.iter().filter(|(rule, _)| !masked.contains_key(rule)) {
        check_together(subject, *rule, before, &mut work_left, findings);
    }
    for (rule, twin) in same.iter().filter(|(rule, _)| !masked.contains_key(rule)) {
        let message = format!("Rule {} says the same as rule {}.", rule + 1, twin + 1);
        let place = &subject.table.rules[*rule].place;
        findings.warning("rule-duplicate", place, message, "Remove one of the two.");
    }
    if !complete {
        report_cut(subject, "unreachable rules", findings);
    }
}

/// Rules with a condition that no value meets.
fn check_empty(subject: &Subject<'_>, findings: &mut Findings) {
    for (number, region) in subject.space.rules.iter().enumerate() {
        let Some(axis) = region.empty_side(&subject.space.axes) else { continue };
        let Some(rule) = subject.table.rules.get(number) else { continue };
        // A cell that could not be read is a finding already.
        let could_be_read = !matches!(
            subject.logic.rules[number].tests[axis],
            crate::dmn::program::CellTest::Never
        );
        if could_be_read {
            let cell = rule.inputs.get(axis).map(|it| it.text.as_ref()).unwrap_or_default();
            let message = format!(
                "Rule {} never matches: no allowed value of “{}” meets {}.",
                number + 1,
                super::super::compile::shown(&subject.space.axes[axis].name),
                super::super::compile::shown(cell)
            );
            let remedy = "Correct the condition, or remove the rule.";
            findings.warning("rule-unreachable", &rule.place, message, remedy);
        }
    }
}

/// Whether several rules together leave a later one nothing, under FIRST.
fn check_together(
    subject: &Subject<'_>,
    rule: usize,
    before: &[usize],
    work_left: &mut usize,
    findings: &mut Findings,
) {
    let asks_for_null =
        |it: &usize| subject.space.rules[*it].sides.iter().any(|side| matches!(side, Side::Null));
    if before.len() < 2 || before.len() > TOGETHER_MAX || *work_left < WORK_MAX {
        return;
    }
    // Null is no part of an axis: where all is asked, null is left.
    let sides = &subject.space.rules[rule].sides;
    if asks_for_null(&rule) || sides.iter().any(|side| matches!(side, Side::All)) {
        return;
    }
    *work_left -= WORK_MAX;
    let mut search = Search::new(subject.space, WORK_MAX, 1);
    search.run(before, Some(rule));
    if search.found.is_empty() && !search.is_cut {
        let mut numbers: Vec<usize> = before.iter().map(|it| it + 1).collect();
        numbers.sort_unstable();
        let listed: Vec<String> = numbers.iter().take(6).map(ToString::to_string).collect();
        let message = format!(
            "Rule {} never decides: the rules {} before it leave it nothing.",
            rule + 1,
            listed.join(", ")
        );
        let remedy = "Remove the rule, or move it before the others.";
        findings.warning("rule-unreachable", &subject.table.rules[rule].place, message, remedy);
    }
}

fn same_outputs(table: &TableLogic, a: usize, b: usize) -> bool {
    let cells = table.rules[a].outputs.iter().zip(&table.rules[b].outputs);
    cells.into_iter().all(|cells| match cells {
        (Cell::Constant(a), Cell::Constant(b)) => feel::equal(a, b, NOW) == Some(true),
        (Cell::Feel(a), Cell::Feel(b)) => a == b,
        (Cell::Constant(_), Cell::Feel(_)) | (Cell::Feel(_), Cell::Constant(_)) => false,
    })
}

/// Whether the outputs of the first rule come before those of the second; `None` where they are
/// equal or not known.
fn priority(table: &TableLogic, first: usize, second: usize) -> Option<bool> {
    for (column, output) in table.outputs.iter().enumerate() {
        let place = |rule: usize| match &table.rules[rule].outputs[column] {
            Cell::Constant(value) => {
                output.order.iter().position(|it| feel::equal(it, value, NOW) == Some(true))
            }
            Cell::Feel(_) => None,
        };
        let (a, b) = (place(first)?, place(second)?);
        if a != b {
            return Some(a < b);
        }
    }
    None
}
