//! What is wrong with a model, where, and what to do about it.
//!
//! Never decides whether a model is accepted; that follows from the severities.

pub(crate) mod findings;

use serde::{Deserialize, Serialize};

/// A place in the XML text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// BPMN or DMN forbids it or we cannot execute it: the model is not deployed.
    Error,
    /// Allowed but suspicious, or not understood and without effect here.
    Warning,
    /// Good to know.
    Info,
}

/// One finding about a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Stable name of the rule, such as `flow-target-missing`.
    pub rule: String,
    /// How grave it is.
    pub severity: Severity,
    /// Id of the element it is about; empty where the text has none.
    pub element: String,
    /// Name of that element as drawn; empty where it has none.
    pub name: String,
    /// Where the element starts in the text.
    #[serde(flatten)]
    pub position: Position,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do about it, in a sentence.
    pub remedy: String,
}

/// Rule of the finding that a file is larger than a model may be.
pub const TOO_LARGE: &str = "model-too-large";

impl Diagnostic {
    /// Whether the file was refused for its size alone.
    pub fn is_too_large(&self) -> bool {
        self.rule == TOO_LARGE
    }
}
