//! Writes down what the events of a scenario mean: the trace, the decisions, what was covered.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::trace::{Entry, Happened};
use crate::engine::{Event, ExecutableProcess};
use crate::ids::{ElementInstanceId, FlowNodeId};
use crate::time::Timestamp;
use crate::value::Value;

/// Bound on the entries of a trace: what comes after is counted, and left off.
pub const ENTRIES_MAX: usize = 200_000;

/// Type of the entries of a process itself.
const PROCESS: &str = "process";

/// A decision that was made.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The business rule task.
    pub element: Arc<str>,
    /// Id of the decision that was called.
    pub decision: Arc<str>,
    /// Name of this decision: the called one, or one that it rests on.
    pub name: Arc<str>,
    /// What it gave.
    pub value: Value,
    /// Numbers of the rules that matched, from 1.
    pub matched_rules: Vec<u32>,
}

impl Decided {
    pub(super) fn document(&self) -> Value {
        let rules = self.matched_rules.iter().map(|rule| Value::from(i64::from(*rule)));
        Value::context([
            ("element", Value::string(self.element.clone())),
            ("decision", Value::string(self.decision.clone())),
            ("name", Value::string(self.name.clone())),
            ("value", self.value.clone()),
            ("matchedRules", Value::list(rules.collect())),
        ])
    }
}

/// What was reached of a process, by element or flow.
pub(super) type Reach = BTreeMap<Arc<str>, Seen>;

/// What happened to an element over the whole scenario.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// When it was entered, or taken, for the first time.
    pub(super) first: Timestamp,
    /// How often it has completed.
    pub(super) completed: u64,
}

/// An element instance that was entered.
struct Visit {
    node: FlowNodeId,
    number: u64,
    scope: ElementInstanceId,
}

/// All that is written down.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) trace: Vec<Entry>,
    pub(super) decisions: Vec<Decided>,
    /// Entries that no longer found room in the trace.
    pub(super) left_off: u64,
    /// What was reached, by process: the process itself, its elements and its flows.
    pub(super) seen: BTreeMap<Arc<str>, Reach>,
    visits: BTreeMap<(usize, ElementInstanceId), Visit>,
    numbers: u64,
}

impl Recorder {
    /// Writes down the events of a turn of the instance `number`.
    pub(super) fn record(
        &mut self,
        number: usize,
        process: &ExecutableProcess,
        events: &[Event],
        at: Timestamp,
    ) {
        let root = (number, ElementInstanceId::ROOT);
        for event in events {
            if let Event::InstanceStarted { .. } = event {
                self.numbers += 1;
                let (node, scope) = (FlowNodeId::from(process.id().as_str()), root.1);
                self.visits.insert(root, Visit { node, number: self.numbers, scope });
                self.write(Happened::Activated, root, process, at);
            } else if let Event::ElementActivated { element, node, scope, .. } = event {
                self.numbers += 1;
                let visit = Visit { node: node.clone(), number: self.numbers, scope: *scope };
                self.visits.insert((number, *element), visit);
                self.write(Happened::Activated, (number, *element), process, at);
            } else if let Event::ElementCompleted { element } = event {
                self.write(Happened::Completed, (number, *element), process, at);
            } else if let Event::ElementTerminated { element } = event {
                self.write(Happened::Terminated, (number, *element), process, at);
            } else if let Event::SequenceFlowTaken { flow, scope } = event {
                let scope = self.visits.get(&(number, *scope)).map(|visit| visit.number);
                self.push(Entry {
                    happened: Happened::Taken,
                    element: Arc::from(flow.as_str()),
                    kind: "sequenceFlow",
                    process: Arc::from(process.id().as_str()),
                    number: None,
                    scope,
                    at,
                });
            } else if let Event::InstanceCompleted = event {
                self.write(Happened::Completed, root, process, at);
            } else if let Event::InstanceTerminated { .. } = event {
                self.write(Happened::Terminated, root, process, at);
            } else if let Event::DecisionEvaluated { element, decision, trace, .. } = event {
                let node = self.visits.get(&(number, *element)).map(|visit| visit.node.clone());
                let element: Arc<str> = node.map_or(Arc::from(""), |it| Arc::from(it.as_str()));
                self.decisions.extend(trace.iter().map(|made| Decided {
                    element: element.clone(),
                    decision: Arc::from(decision.id.as_str()),
                    name: Arc::from(&*made.name),
                    value: made.value.clone(),
                    matched_rules: made.matched.iter().map(|rule| rule.index).collect(),
                }));
            }
        }
    }

    fn write(
        &mut self,
        happened: Happened,
        visit: (usize, ElementInstanceId),
        process: &ExecutableProcess,
        at: Timestamp,
    ) {
        let Some(Visit { node, number, scope }) = self.visits.get(&visit) else { return };
        let is_process = visit.1 == ElementInstanceId::ROOT;
        let around = (!is_process).then(|| self.visits.get(&(visit.0, *scope))).flatten();
        let kind = process.node_index(node).filter(|_| !is_process);
        let kind = kind.map_or(PROCESS, |it| process.model().node(it).kind.local_name());
        let entry = Entry {
            happened,
            element: Arc::from(node.as_str()),
            kind,
            process: Arc::from(process.id().as_str()),
            number: Some(*number),
            scope: around.map(|around| around.number),
            at,
        };
        self.push(entry);
    }

    fn push(&mut self, entry: Entry) {
        let of_process = self.seen.entry(entry.process.clone()).or_default();
        let seen = of_process.entry(entry.element.clone());
        let seen = seen.or_insert(Seen { first: entry.at, completed: 0 });
        seen.completed += u64::from(entry.happened == Happened::Completed);
        if self.trace.len() < ENTRIES_MAX {
            self.trace.push(entry);
        } else {
            self.left_off += 1;
        }
    }

    /// The number of an element instance over the whole scenario.
    pub(super) fn number(&self, instance: usize, element: ElementInstanceId) -> u64 {
        self.visits.get(&(instance, element)).map_or(0, |visit| visit.number)
    }
}
