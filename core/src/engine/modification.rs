//! Modification: what a person asks to be ended and to be entered in a running instance.
//!
//! Only data; what follows from it is the business of the command.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{ElementInstanceId, FlowNodeId};
use crate::value::Variables;

/// What is to be ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Termination {
    /// One visit, with all that it holds.
    Element(ElementInstanceId),
    /// Every visit to the node, and every token that waits before it.
    Node(FlowNodeId),
}

impl fmt::Display for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element(element) => write!(f, "visit {}", element.0),
            Self::Node(node) => write!(f, "“{node}”"),
        }
    }
}

/// What is to be entered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Activation {
    /// The node: a token comes to it, whatever leads to it. A join is entered without waiting, and
    /// an activity that repeats begins its loop anew.
    pub node: FlowNodeId,
    /// The open visit (or the process) within which it is entered; the scopes between the two are
    /// entered freshly, without what they begin with. `None` for the only open scope around the
    /// node; scopes that are not open are entered freshly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ancestor: Option<ElementInstanceId>,
    /// Set in the process before.
    #[serde(default, skip_serializing_if = "Variables::is_empty")]
    pub variables: Variables,
    /// Set in the new visit before its work begins.
    #[serde(default, skip_serializing_if = "Variables::is_empty")]
    pub locals: Variables,
}

/// Why a node cannot be entered by a modification.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    /// It stands on the border of an activity.
    #[error("a boundary event occurs at its activity; activate what follows it")]
    BoundaryEvent,
    /// It is an event sub-process, or the start event of one.
    #[error("only its event starts an event sub-process; activate what lies in it")]
    EventSubProcess,
    /// It is run by compensation, or lies in what is.
    #[error("only compensation runs it")]
    Compensation,
    /// A loop around it is not open.
    #[error("no time of the loop “{0}” around it is open")]
    LoopNotOpen(FlowNodeId),
    /// A scope around it cannot be entered.
    #[error("“{scope}” around it cannot be entered: {message}")]
    Scope {
        /// The scope.
        scope: FlowNodeId,
        /// Why.
        message: String,
    },
    /// The ancestor is not open, or not a scope around it.
    #[error("visit {} is no open scope around it", .0.0)]
    Ancestor(ElementInstanceId),
    /// Several scopes are open around it.
    #[error("several scopes are open around it, name one of the visits {}", numbers(.0))]
    SeveralScopes(Vec<ElementInstanceId>),
}

fn numbers(elements: &[ElementInstanceId]) -> String {
    let numbers: Vec<_> = elements.iter().map(|element| element.0.to_string()).collect();
    numbers.join(", ")
}
