//! What happened, entry by entry: begun, completed, terminated, taken.

use std::sync::Arc;

use crate::time::Timestamp;
use crate::value::Value;

/// Something that happened to an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It was entered.
    Activated,
    /// It ended as the model says.
    Completed,
    /// It was ended from outside.
    Terminated,
    /// A token passed along the sequence flow.
    Taken,
}

impl Happened {
    /// How it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Activated => "activated",
            Self::Completed => "completed",
            Self::Terminated => "terminated",
            Self::Taken => "taken",
        }
    }
}

/// One entry of the trace.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What happened.
    pub happened: Happened,
    /// Id of the flow node, the sequence flow or the process.
    pub element: Arc<str>,
    /// Local name of the element in XML.
    pub kind: &'static str,
    /// Id of the process.
    pub process: Arc<str>,
    /// Number of the element instance, from 1 over the whole scenario; `None` for a flow.
    pub number: Option<u64>,
    /// Number of the enclosing element instance; `None` for the process.
    pub scope: Option<u64>,
    /// When.
    pub at: Timestamp,
}

impl Entry {
    pub(super) fn document(&self) -> Value {
        let number = |number: Option<u64>| {
            number.and_then(|it| i64::try_from(it).ok()).map_or(Value::Null, Value::from)
        };
        Value::context([
            ("event", Value::from(self.happened.name())),
            ("element", Value::string(self.element.clone())),
            ("type", Value::from(self.kind)),
            ("process", Value::string(self.process.clone())),
            ("number", number(self.number)),
            ("scope", number(self.scope)),
            ("at", Value::string(self.at.to_string())),
        ])
    }
}
