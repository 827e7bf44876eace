//! What can go wrong with an expression, in words for people.

use super::BudgetLimit;

/// Why a text is not an expression, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column}){}", hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Offset in code points, from 0.
    pub position: usize,
    /// Line, from 1.
    pub line: u32,
    /// Column in code points, from 1.
    pub column: u32,
    /// What to do about it, where that can be guessed.
    pub hint: Option<String>,
}

impl SyntaxError {
    /// An error at a byte offset of `text`.
    pub(super) fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = &text[..text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            message: message.into(),
            position: before.chars().count(),
            line: count(before.matches('\n').count() + 1),
            column: count(before[line_start..].chars().count() + 1),
            hint: None,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Why a part of an expression is null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The reason, in words.
    pub message: String,
    /// Where the part begins, in code points from 0.
    pub position: usize,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (at {})", self.message, self.position + 1)
    }
}

/// Why an evaluation has no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// The expression needs more than its budget.
    #[error("the expression needs more than {limit} {which}")]
    BudgetExceeded {
        /// Which bound.
        which: BudgetLimit,
        /// The bound.
        limit: u64,
    },
}
