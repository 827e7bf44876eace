//! Decisions that were made: from events to rows and counts by rule.

use spartito_core::engine::Event;
use spartito_core::ids::{DecisionId, DecisionModelKey, ElementInstanceId, InstanceId};
use spartito_core::time::Timestamp;

use super::counts::{CountKind, TOTAL_DAY};
use super::{Changes, Context};
use crate::store::convert;

/// Bound on the text of an outcome in lists, in characters.
const OUTCOME_CHARACTERS_MAX: usize = 300;

/// A decision that was made.
#[derive(Debug)]
pub(super) struct DecisionUse {
    pub(super) model: DecisionModelKey,
    pub(super) decision: DecisionId,
    pub(super) instance: InstanceId,
    pub(super) element: ElementInstanceId,
    pub(super) at: Timestamp,
    pub(super) called: bool,
    /// Numbers of the matched rules, ascending, each once.
    pub(super) rules: Vec<u32>,
    /// JSON, cut.
    pub(super) outcome: String,
}

impl Changes {
    pub(super) fn add_decisions(&mut self, c: &Context<'_>, event: &Event) {
        let Event::DecisionEvaluated { element, decision, trace, .. } = event else { return };
        let day = convert::day(c.at);
        for (index, made) in trace.iter().enumerate() {
            // A decision that was made several times on the way is kept as it was made last.
            if trace[index + 1..].iter().any(|later| later.id == made.id) {
                continue;
            }
            let mut rules: Vec<u32> = made.matched.iter().map(|rule| rule.index).collect();
            rules.sort_unstable();
            rules.dedup();
            for count_day in [day, TOTAL_DAY] {
                let key = (count_day, CountKind::DecisionsMade);
                self.counts.add_decision(decision.model, key, made.id.to_string());
                for rule in &rules {
                    let key = (count_day, CountKind::RulesMatched);
                    self.counts.add_decision(decision.model, key, rule_node(&made.id, *rule));
                }
            }
            self.decisions.push(DecisionUse {
                model: decision.model,
                decision: DecisionId::new(made.id.clone()),
                instance: c.instance,
                element: *element,
                at: c.at,
                called: *made.id == *decision.id.as_str(),
                rules,
                outcome: made.value.to_json().chars().take(OUTCOME_CHARACTERS_MAX).collect(),
            });
        }
    }
}

/// How a rule stands among the nodes of counters.
pub(in crate::store) fn rule_node(decision: &str, rule: u32) -> String {
    format!("{rule} {decision}")
}
