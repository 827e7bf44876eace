//! Which elements and sequence flows scenarios reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::models::Models;
use super::record::Reach;
use crate::value::Value;

/// How much of each process was reached, by process id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage(pub BTreeMap<Arc<str>, Reached>);

/// How much of one process was reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reached {
    /// Flow nodes that were entered.
    pub elements: BTreeSet<Arc<str>>,
    /// Sequence flows that were taken.
    pub flows: BTreeSet<Arc<str>>,
    /// Flow nodes that were not entered.
    pub elements_missed: BTreeSet<Arc<str>>,
    /// Sequence flows that were not taken.
    pub flows_missed: BTreeSet<Arc<str>>,
}

pub(super) fn of(models: &Models, seen: &BTreeMap<Arc<str>, Reach>) -> Coverage {
    let none = Reach::new();
    let of_process = models.processes.iter().map(|process| {
        let id: Arc<str> = Arc::from(process.id().as_str());
        let seen = seen.get(&id).unwrap_or(&none);
        let model = process.model();
        let nodes = model.nodes.iter().map(|node| Arc::from(node.id.as_str()));
        let flows = model.flows.iter().map(|flow| Arc::from(flow.id.as_str()));
        let (elements, elements_missed) = nodes.partition(|it| seen.contains_key(it));
        let (flows, flows_missed) = flows.partition(|it| seen.contains_key(it));
        (id, Reached { elements, flows, elements_missed, flows_missed })
    });
    Coverage(of_process.collect())
}

impl Coverage {
    /// Adds what another scenario reached.
    pub fn add(&mut self, other: &Self) {
        for (process, more) in &other.0 {
            let reached = self.0.entry(process.clone()).or_default();
            reached.elements.extend(more.elements.iter().cloned());
            reached.flows.extend(more.flows.iter().cloned());
            reached.elements_missed.extend(more.elements_missed.iter().cloned());
            reached.flows_missed.extend(more.flows_missed.iter().cloned());
            let Reached { elements, flows, elements_missed, flows_missed } = reached;
            elements_missed.retain(|missed| !elements.contains(missed));
            flows_missed.retain(|missed| !flows.contains(missed));
        }
    }

    /// As a JSON document.
    pub fn document(&self) -> Value {
        let part = |reached: &BTreeSet<Arc<str>>, missed: &BTreeSet<Arc<str>>| {
            let number = |count: usize| Value::from(i64::try_from(count).unwrap_or(i64::MAX));
            let missing = missed.iter().cloned().map(Value::string).collect();
            Value::context([
                ("reached", number(reached.len())),
                ("total", number(reached.len() + missed.len())),
                ("missing", Value::list(missing)),
            ])
        };
        Value::context(self.0.iter().map(|(process, reached)| {
            let document = Value::context([
                ("elements", part(&reached.elements, &reached.elements_missed)),
                ("flows", part(&reached.flows, &reached.flows_missed)),
            ]);
            (process.clone(), document)
        }))
    }

    /// In words, a line for each process.
    pub fn lines(&self) -> Vec<String> {
        let missing = |missed: &BTreeSet<Arc<str>>| {
            let ids: Vec<&str> = missed.iter().map(AsRef::as_ref).collect();
            if ids.is_empty() { String::new() } else { format!(", not {}", ids.join(", ")) }
        };
        let line = |(process, reached): (&Arc<str>, &Reached)| {
            let Reached { elements, flows, elements_missed, flows_missed } = reached;
            format!(
                "{process}: {} of {} elements{}; {} of {} flows{}",
                elements.len(),
                elements.len() + elements_missed.len(),
                missing(elements_missed),
                flows.len(),
                flows.len() + flows_missed.len(),
                missing(flows_missed),
            )
        };
        self.0.iter().map(line).collect()
    }
}
