//! What an evaluation gives: the value, and why it is that one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::feel::EvaluationError;
use crate::value::Value;

/// The most matched rules that are kept; the count of tables called in loops has no bound.
pub(super) const RULES_MAX: usize = 1_000;
/// The most decisions that are kept.
pub(super) const DECISIONS_MAX: usize = 10_000;
/// The most warnings that are kept; the first ones tell the cause.
pub(super) const WARNINGS_MAX: usize = 100;

/// The outcome of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The value; null also where there is none, and then a warning says why.
    pub value: Value,
    /// Every decision that was evaluated, in that order; the last one is the one asked for.
    pub decisions: Vec<DecisionTrace>,
    /// Why parts are null.
    pub warnings: Vec<DecisionWarning>,
}

/// One decision that was made, as it is stored with what asked for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionTrace {
    /// Id of the decision.
    pub id: Arc<str>,
    /// Name of the decision.
    pub name: Arc<str>,
    /// What was decided.
    pub value: Value,
    /// The rules that matched in its table; where it has none, in those of the knowledge models
    /// that it called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matched: Vec<MatchedRule>,
    /// Beside those of its own table, the rules that matched in knowledge models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub called: Vec<MatchedRule>,
    /// The inputs of that table and their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<TraceInput>,
}

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedRule {
    /// Id of the table; empty where it has none.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub table: Arc<str>,
    /// Number of the rule, from 1.
    pub index: u32,
    /// Id of the rule; empty where it has none.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub id: Arc<str>,
}

/// An input of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceInput {
    /// The label of the column, or the text of its expression.
    pub name: Arc<str>,
    /// Its value.
    pub value: Value,
}

/// Why a part of a decision is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionWarning {
    /// Name of the decision or input; empty for what was called directly.
    pub decision: Arc<str>,
    /// Id of the element, such as the expression or the rule.
    pub element: String,
    /// Line of that element in its file.
    pub line: u32,
    /// Column of that element in its file.
    pub column: u32,
    /// The reason, in words.
    pub message: String,
}

/// What is said of a table without a result: of all reasons the only one that is no mistake.
pub(super) const NO_RULE_MATCHES: &str = "no rule matches and there is no default output";

impl DecisionWarning {
    /// Whether it says that no rule of a table matches, which DMN allows.
    pub fn is_no_match(&self) -> bool {
        self.message == NO_RULE_MATCHES
    }
}

impl std::fmt::Display for DecisionWarning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.decision.is_empty() {
            write!(f, "{}: ", self.decision)?;
        }
        write!(f, "{} (line {}, column {})", self.message, self.line, self.column)
    }
}

/// Why an evaluation has no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// There is no decision, decision service or knowledge model of that name or id.
    #[error("there is no decision “{name}”{}", similar.as_ref().map(|it| format!("; did you mean “{it}”?")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        name: String,
        /// The most similar name.
        similar: Option<String>,
    },
    /// The evaluation exceeded its budget.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
}
