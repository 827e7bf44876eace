//! Inputs for which no rule matches, where that leaves the table without a result.

use std::collections::BTreeSet;

use crate::diagnostic::findings::Findings;
use crate::dmn::model::HitPolicy;

use super::space::{Side, Space, Span};
use super::{Subject, report_cut};

/// The most rules that are looked at on the way through all parts.
const WORK_MAX: usize = 2_000_000;
/// The most gaps of one table that are told one by one.
const TOLD_MAX: usize = 10;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let has_default = subject.logic.outputs.iter().any(|output| output.default.is_some());
    let may_be_empty = matches!(subject.table.hit_policy, HitPolicy::Collect(_));
    if has_default || may_be_empty || subject.logic.rules.is_empty() {
        return;
    }
    let all: Vec<usize> = (0..subject.space.rules.len()).collect();
    let mut search = Search::new(subject.space, WORK_MAX, TOLD_MAX);
    search.run(&all, None);
    for gap in search.found.iter().take(TOLD_MAX) {
        if subject.space.is_between_wholes(gap) {
            let words = subject.space.words(gap);
            let message = format!("No rule matches for {words}, if there are such values.");
            let remedy = "Nothing, where only whole numbers occur; else close the gap.";
            findings.info("rules-gap", &subject.table.place, message, remedy);
            continue;
        }
        let message =
            format!("No rule matches for {}; the result is null then.", subject.space.words(gap));
        let remedy = "Add a rule for it, or a default output.";
        findings.warning("rules-gap", &subject.table.place, message, remedy);
    }
    if search.is_cut {
        report_cut(subject, "gaps", findings);
    }
}

/// Looks for parts of a space that rules do not cover.
pub(super) struct Search<'a> {
    space: &'a Space,
    /// The axes, those with the most parts first.
    order: Vec<usize>,
    /// The parts of the axes so far, by axis.
    spans: Vec<Span>,
    work_left: usize,
    found_max: usize,
    /// Spans of all axes, by axis.
    pub(super) found: Vec<Vec<Span>>,
    /// Whether the search ended before it was done.
    pub(super) is_cut: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(space: &'a Space, work_max: usize, found_max: usize) -> Self {
        let mut order: Vec<usize> = (0..space.axes.len()).collect();
        order.sort_by_key(|axis| (std::cmp::Reverse(space.axes[*axis].parts()), *axis));
        let spans = space.axes.iter().map(super::space::Axis::whole).collect();
        let (found, is_cut) = (Vec::new(), false);
        Self { space, order, spans, work_left: work_max, found_max, found, is_cut }
    }

    /// Looks in all of the space, or only where the rule `within` matches.
    pub(super) fn run(&mut self, rules: &[usize], within: Option<usize>) {
        self.go(rules, within, 0);
    }

    /// Bounded by the count of axes, which the reader limits, and by the work.
    fn go(&mut self, rules: &[usize], within: Option<usize>, level: usize) {
        if self.found.len() > self.found_max || self.is_cut {
            return;
        }
        let Some(axis) = self.order.get(level).copied() else {
            if rules.is_empty() {
                self.found.push(self.spans.clone());
            }
            return;
        };
        let rest = &self.order[level..];
        let covers = |rule: &usize| {
            let sides = &self.space.rules[*rule].sides;
            rest.iter().all(|axis| matches!(sides[*axis], Side::All | Side::Open))
        };
        if rules.iter().any(covers) {
            return;
        }
        for (span, active) in self.slices(rules, within, axis) {
            self.spans[axis] = span;
            if active.is_empty() {
                for at in level + 1..self.order.len() {
                    let axis = self.order[at];
                    self.spans[axis] =
                        self.allowed(axis, within).first().copied().unwrap_or((0, 0));
                    if self.allowed(axis, within).len() > 1 {
                        self.spans[axis] = self.space.axes[axis].whole();
                    }
                }
                self.found.push(self.spans.clone());
            } else {
                self.go(&active, within, level + 1);
            }
        }
    }

    /// The parts of an axis that count.
    fn allowed(&self, axis: usize, within: Option<usize>) -> Vec<Span> {
        let domain = &self.space.axes[axis].domain;
        match within.map(|rule| &self.space.rules[rule].sides[axis]) {
            Some(Side::Parts(spans)) => super::space::common_parts(spans, domain),
            Some(Side::All | Side::Open | Side::Null) | None => domain.clone(),
        }
    }

    /// The axis in slices, within each of which the same rules may match.
    fn slices(
        &mut self,
        rules: &[usize],
        within: Option<usize>,
        axis: usize,
    ) -> Vec<(Span, Vec<usize>)> {
        let mut starts: Vec<(usize, usize)> = Vec::new();
        let mut ends: Vec<(usize, usize)> = Vec::new();
        let mut active: BTreeSet<usize> = BTreeSet::new();
        let mut cuts: BTreeSet<usize> = BTreeSet::new();
        for rule in rules {
            match &self.space.rules[*rule].sides[axis] {
                Side::All | Side::Open => {
                    active.insert(*rule);
                }
                Side::Null => {}
                Side::Parts(spans) => {
                    for (first, last) in spans {
                        starts.push((*first, *rule));
                        ends.push((last + 1, *rule));
                        cuts.extend([*first, last + 1]);
                    }
                }
            }
        }
        let allowed = self.allowed(axis, within);
        for (first, last) in &allowed {
            cuts.extend([*first, last + 1]);
        }
        starts.sort_unstable();
        ends.sort_unstable();
        let (mut starts, mut ends) = (starts.into_iter().peekable(), ends.into_iter().peekable());
        let cuts: Vec<usize> = cuts.into_iter().collect();
        let mut slices: Vec<(Span, Vec<usize>)> = Vec::new();
        for (at, first) in cuts.iter().enumerate() {
            while let Some((_, rule)) = ends.next_if(|(end, _)| end <= first) {
                active.remove(&rule);
            }
            while let Some((_, rule)) = starts.next_if(|(start, _)| start <= first) {
                active.insert(rule);
            }
            let Some(next) = cuts.get(at + 1) else { break };
            let last = next - 1;
            if !allowed.iter().any(|(from, to)| from <= first && last <= *to) {
                continue;
            }
            let Some(left) = self.work_left.checked_sub(active.len() + 1) else {
                self.is_cut = true;
                return slices;
            };
            self.work_left = left;
            let own: Vec<usize> = active.iter().copied().collect();
            match slices.last_mut() {
                Some(((_, end), known)) if *end + 1 == *first && *known == own => *end = last,
                _ => slices.push(((*first, last), own)),
            }
        }
        slices
    }
}
