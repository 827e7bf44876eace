//! Rules that match together: forbidden under UNIQUE, and under ANY where their outputs differ.

use std::collections::BTreeSet;

use crate::diagnostic::findings::Findings;
use crate::dmn::model::HitPolicy;
use crate::dmn::program::{Cell, Rule};
use crate::feel;

use super::space::{Side, Space, Span};
use super::{NOW, Subject, report_cut};

/// The most pairs of rules that are compared.
const PAIRS_MAX: usize = 5_000_000;
/// The most overlaps of one table that are told one by one.
const TOLD_MAX: usize = 20;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let (policy, rules) = (subject.table.hit_policy, &subject.logic.rules);
    if !matches!(policy, HitPolicy::Unique | HitPolicy::Any) {
        return;
    }
    let mut count = 0;
    let complete = for_each_pair(subject.space, &mut |first, second| {
        let regions = &subject.space.rules;
        let Some(both) = regions[first].overlap(&regions[second], &subject.space.axes) else {
            return;
        };
        if policy == HitPolicy::Any && !differ(&rules[first], &rules[second]) {
            return;
        }
        count += 1;
        if count > TOLD_MAX {
            return;
        }
        let words = subject.space.words(&both);
        let (first, number) = (first + 1, second + 1);
        let (message, remedy) = if policy == HitPolicy::Unique {
            (
                format!("Rules {first} and {number} both match ({words}) under UNIQUE."),
                "Narrow one of the two, or choose another hit policy.",
            )
        } else {
            (
                format!(
                    "Rules {first} and {number} both match ({words}) with different outputs under \
                     ANY."
                ),
                "Make the outputs equal, narrow one of the two, or choose another hit policy.",
            )
        };
        let place = &subject.table.rules[second].place;
        findings.error("rules-overlap", place, message, remedy);
    });
    if count > TOLD_MAX {
        let message = format!("{} more pairs of rules overlap.", count - TOLD_MAX);
        let remedy = "Correct the listed ones first.";
        findings.error("rules-overlap", &subject.table.place, message, remedy);
    }
    if !complete {
        report_cut(subject, "overlaps", findings);
    }
}

/// Whether the outputs of two rules are known to differ.
fn differ(a: &Rule, b: &Rule) -> bool {
    a.outputs.iter().zip(&b.outputs).any(|cells| match cells {
        (Cell::Constant(a), Cell::Constant(b)) => feel::equal(a, b, NOW) != Some(true),
        (Cell::Feel(_), _) | (_, Cell::Feel(_)) => false,
    })
}

/// Calls `visit` for each pair of rules that have values of some input in common, the earlier rule
/// first. Only rules of which that is certain are looked at. False where there are too many.
pub(super) fn for_each_pair(space: &Space, visit: &mut dyn FnMut(usize, usize)) -> bool {
    let certain: Vec<usize> =
        (0..space.rules.len()).filter(|rule| space.rules[*rule].is_certain()).collect();
    if certain.len() < 2 {
        return true;
    }
    let best = (0..space.axes.len()).map(|axis| (count_pairs(space, axis, &certain), axis)).min();
    match best {
        Some((pairs, axis)) => {
            sweep(space, axis, &certain, visit);
            pairs <= PAIRS_MAX
        }
        // Without inputs every rule matches always.
        None => {
            for (at, first) in certain.iter().enumerate() {
                for second in certain.iter().skip(at + 1).take(1) {
                    visit(*first, *second);
                }
            }
            true
        }
    }
}

/// How many pairs meet along one axis; those that meet in several spans count each time.
fn count_pairs(space: &Space, axis: usize, rules: &[usize]) -> usize {
    let spans: Vec<Span> = rules.iter().flat_map(|rule| spans_of(space, axis, *rule)).collect();
    let mut starts: Vec<usize> = spans.iter().map(|(first, _)| *first).collect();
    let mut ends: Vec<usize> = spans.iter().map(|(_, last)| *last).collect();
    starts.sort_unstable();
    ends.sort_unstable();
    let (mut pairs, mut ended) = (0, 0);
    for (begun, first) in starts.iter().enumerate() {
        while ends.get(ended).is_some_and(|last| last < first) {
            ended += 1;
        }
        pairs += begun - ended;
    }
    pairs
}

/// Goes along one axis and visits the pairs that meet there, up to the bound.
fn sweep(space: &Space, axis: usize, rules: &[usize], visit: &mut dyn FnMut(usize, usize)) {
    let mut starts: Vec<(usize, usize, usize)> = Vec::new();
    let mut nulls: Vec<usize> = Vec::new();
    for rule in rules {
        for (first, last) in spans_of(space, axis, *rule) {
            starts.push((first, last, *rule));
        }
        if matches!(space.rules[*rule].sides[axis], Side::Null) {
            nulls.push(*rule);
        }
    }
    starts.sort_unstable();
    let mut pairs = 0;
    let mut active: Vec<(usize, usize)> = Vec::new();
    // A pair that meets in several spans is visited where it meets first.
    let mut met: BTreeSet<(usize, usize)> = BTreeSet::new();
    let several = starts.len() > rules.len();
    for (first, last, rule) in starts {
        active.retain(|(end, _)| *end >= first);
        pairs += active.len();
        if pairs > PAIRS_MAX {
            return;
        }
        for (_, other) in &active {
            let pair = (rule.min(*other), rule.max(*other));
            if pair.0 != pair.1 && (!several || met.insert(pair)) {
                visit(pair.0, pair.1);
            }
        }
        active.push((last, rule));
    }
    let all: Vec<usize> = rules
        .iter()
        .filter(|rule| matches!(space.rules[**rule].sides[axis], Side::All))
        .copied()
        .collect();
    for (at, first) in nulls.iter().enumerate() {
        for second in nulls[at + 1..].iter().chain(&all) {
            pairs += 1;
            if pairs > PAIRS_MAX {
                return;
            }
            visit(*first.min(second), *first.max(second));
        }
    }
}

fn spans_of(space: &Space, axis: usize, rule: usize) -> Vec<Span> {
    match &space.rules[rule].sides[axis] {
        Side::All => vec![space.axes[axis].whole()],
        Side::Parts(spans) => spans.clone(),
        Side::Open | Side::Null => Vec::new(),
    }
}
