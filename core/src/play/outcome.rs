//! What has come of a scenario, and how it is written.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::coverage::Coverage;
use super::record::{Decided, Reach};
use super::trace::Entry;
use crate::engine::incident::Cause;
use crate::time::Timestamp;
use crate::value::{Value, Variables};

/// What has come of a scenario.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// State of the first instance: ACTIVE, SUSPENDED, COMPLETED or TERMINATED; `None` where it could
    /// not be started.
    pub state: Option<&'static str>,
    /// The present at the end.
    pub at: Timestamp,
    /// What happened, in order.
    pub trace: Vec<Entry>,
    /// Entries that found no room in the trace.
    pub left_off: u64,
    /// What was reached, by process.
    pub(super) seen: BTreeMap<Arc<str>, Reach>,
    /// Variables of the first instance.
    pub variables: Variables,
    /// Incidents that are open at the end.
    pub incidents: Vec<Incident>,
    /// Elements that wait at the end.
    pub waiting: Vec<Waiting>,
    /// All instances, in the order in which they were started.
    pub instances: Vec<Played>,
    /// Decisions that were made.
    pub decisions: Vec<Decided>,
    /// What was reached of each process.
    pub coverage: Coverage,
    /// What did not come as expected; empty where the scenario passed.
    pub failures: Vec<String>,
}

/// An open incident.
#[derive(Debug, Clone)]
pub struct Incident {
    /// Id of the element.
    pub element: String,
    /// Why.
    pub cause: Cause,
    /// What exactly, for people.
    pub message: String,
}

/// An element that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its id.
    pub element: String,
    /// For what: JOB, USER_TASK, MESSAGE, TIMER, SIGNAL, CONDITION, AD_HOC or INCIDENT; several
    /// with commas between them.
    pub reason: String,
}

/// An instance.
#[derive(Debug, Clone)]
pub struct Played {
    /// Id of its process.
    pub process: String,
    /// As [`Outcome::state`].
    pub state: &'static str,
    /// Its business key.
    pub business_key: Option<String>,
    /// Whether a call activity started it.
    pub is_called: bool,
}

/// How a cause is written.
const fn cause_name(cause: Cause) -> &'static str {
    match cause {
        Cause::RetriesExhausted => "RETRIES_EXHAUSTED",
        Cause::NoFlowChosen => "NO_FLOW_CHOSEN",
        Cause::ConditionFailed => "CONDITION_FAILED",
        Cause::MappingFailed => "MAPPING_FAILED",
        Cause::ExpressionFailed => "EXPRESSION_FAILED",
        Cause::BudgetExceeded => "BUDGET_EXCEEDED",
        Cause::FormMissing => "FORM_MISSING",
        Cause::DecisionFailed => "DECISION_FAILED",
        Cause::UnhandledError => "UNHANDLED_ERROR",
        Cause::CalledProcessFailed => "CALLED_PROCESS_FAILED",
        Cause::LoopFailed => "LOOP_FAILED",
        Cause::TooManyActivations => "TOO_MANY_ACTIVATIONS",
    }
}

impl Outcome {
    /// When an element was entered, or a flow taken, for the first time.
    pub fn first_reached(&self, element: &str) -> Option<Timestamp> {
        self.seen.values().filter_map(|reach| reach.get(element)).map(|seen| seen.first).min()
    }

    /// How often an element has completed.
    pub fn times_completed(&self, element: &str) -> u64 {
        self.seen.values().filter_map(|reach| reach.get(element)).map(|seen| seen.completed).sum()
    }

    /// As a JSON document.
    pub fn document(&self) -> Value {
        let text = |text: &str| Value::from(text);
        let list = |values: Vec<Value>| Value::list(values);
        let incidents = self.incidents.iter().map(|incident| {
            Value::context([
                ("element", text(&incident.element)),
                ("cause", text(cause_name(incident.cause))),
                ("message", text(&incident.message)),
            ])
        });
        let waiting = self.waiting.iter().map(|waiting| {
            Value::context([("element", text(&waiting.element)), ("reason", text(&waiting.reason))])
        });
        let instances = self.instances.iter().map(|instance| {
            Value::context([
                ("process", text(&instance.process)),
                ("state", text(instance.state)),
                ("businessKey", instance.business_key.as_deref().map_or(Value::Null, text)),
                ("called", Value::from(instance.is_called)),
            ])
        });
        Value::context([
            ("state", self.state.map_or(Value::Null, text)),
            ("at", Value::string(self.at.to_string())),
            ("trace", list(self.trace.iter().map(Entry::document).collect())),
            ("traceLeftOff", Value::from(i64::try_from(self.left_off).unwrap_or(i64::MAX))),
            ("variables", Value::from(self.variables.clone())),
            ("incidents", list(incidents.collect())),
            ("waiting", list(waiting.collect())),
            ("instances", list(instances.collect())),
            ("decisions", list(self.decisions.iter().map(Decided::document).collect())),
            ("coverage", self.coverage.document()),
            ("failures", list(self.failures.iter().map(|it| text(it)).collect())),
        ])
    }

    /// In words, for people.
    pub fn words(&self) -> String {
        let mut words = String::new();
        let mut say = |line: std::fmt::Arguments<'_>| {
            // Writing to a string cannot fail.
            let _ = writeln!(words, "{line}");
        };
        for entry in &self.trace {
            let (at, happened) = (entry.at, entry.happened.name());
            say(format_args!("{at}  {happened:<10} {} {}", entry.kind, entry.element));
        }
        if self.left_off > 0 {
            say(format_args!("… and {} further entries", self.left_off));
        }
        let state = self.state.unwrap_or("NOT_STARTED");
        say(format_args!("{state} at {}", self.at));
        say(format_args!("variables {}", Value::from(self.variables.clone()).to_json()));
        for waiting in &self.waiting {
            say(format_args!("waiting: {} ({})", waiting.element, waiting.reason));
        }
        for incident in &self.incidents {
            let (element, message) = (&incident.element, &incident.message);
            say(format_args!("incident at {element}: {message}"));
        }
        for failure in &self.failures {
            say(format_args!("FAILED {failure}"));
        }
        words
    }
}
