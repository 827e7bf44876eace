//! What is counted when it happens, so that nothing has to be counted when it is read.

use std::collections::BTreeMap;

use spartito_core::ids::{DecisionModelKey, DefinitionKey};
use spartito_core::insight::sketch;
use spartito_core::time::Timestamp;

use crate::store::convert;

/// The day that holds what is open now and totals of all time.
pub const TOTAL_DAY: i64 = 0;

/// What is counted. The numbers are stored: never change one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i64)]
pub enum CountKind {
    /// Instances started: per day and in all.
    Started = 1,
    /// Instances completed: per day and in all.
    Completed = 2,
    /// Instances terminated: per day and in all.
    Terminated = 3,
    /// Instances open now.
    Active = 4,
    /// Instances that ever had an incident, on the day of their first: per day and in all.
    WithIncident = 5,
    /// Incidents raised, per day and node.
    IncidentsRaised = 6,
    /// Incidents open now, per node.
    IncidentsOpen = 7,
    /// Visits open now, per node.
    ElementsActive = 8,
    /// Visits completed: per node, per day and in all.
    ElementsCompleted = 9,
    /// Decisions made, per version of a decision model and decision: per day and in all.
    DecisionsMade = 10,
    /// Rules matched, per version of a decision model, decision and rule: per day and in all.
    RulesMatched = 11,
    /// Completed instances that were removed since: in all. They stay among [`Self::Completed`].
    RemovedCompleted = 12,
    /// Terminated instances that were removed since: in all. They stay among [`Self::Terminated`].
    RemovedTerminated = 13,
}

impl CountKind {
    /// The stored number.
    pub const fn number(self) -> i64 {
        self as i64
    }
}

/// Sums of one batch.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) counters: BTreeMap<(DefinitionKey, i64, CountKind, String), i64>,
    pub(super) sketches: BTreeMap<(DefinitionKey, String, i64, i32), i64>,
}

impl Counts {
    pub(super) fn add(
        &mut self,
        definition: DefinitionKey,
        (day, kind): (i64, CountKind),
        node: &str,
        n: i64,
    ) {
        *self.counters.entry((definition, day, kind, node.to_owned())).or_default() += n;
    }

    /// Counts something of a decision model, whose key stands in the column of definitions: both
    /// are numbers from one source.
    pub(super) fn add_decision(
        &mut self,
        model: DecisionModelKey,
        (day, kind): (i64, CountKind),
        node: String,
    ) {
        let definition = DefinitionKey::new(model.number());
        *self.counters.entry((definition, day, kind, node)).or_default() += 1;
    }

    /// Notes that something lasted from `since` to `until`; `node` is empty for an instance.
    pub(super) fn add_duration(
        &mut self,
        (definition, node): (DefinitionKey, &str),
        since: Timestamp,
        until: Timestamp,
    ) {
        let ms = u64::try_from(until.millis_since(since)).unwrap_or(0);
        let key = (definition, node.to_owned(), convert::day(until), sketch::bucket(ms));
        *self.sketches.entry(key).or_default() += 1;
    }
}
