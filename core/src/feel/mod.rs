//! Expressions: FEEL, the expression language of DMN 1.5 (chapter 10).
//!
//! An [`Expression`] is parsed once, against the names that are in scope, and evaluated often.
//! An evaluation reads its variables from a [`Scope`], the present and randomness from an
//! [`Environment`], and stops at a [`Budget`]. As FEEL asks, an operation without a result is
//! null; the reason is a [`Warning`]. Only an exceeded budget is an error.
//!
//! Never reads a clock or calls the host, whatever an expression names; never evaluates text that
//! data holds; never recurses without a bound, neither in parsing nor in evaluation.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operation names the types it is defined for; all others are null with a reason"
)]

mod ast;
mod budget;
mod builtin;
mod error;
mod eval;
mod inspect;
mod lex;
mod meter;
mod names;
mod parse;
mod print;
mod scope;
mod translate;
mod types;
mod unknown;

use std::fmt;
use std::sync::Arc;

use crate::time::Timestamp;
use crate::value::Value;

pub use self::budget::{Budget, BudgetLimit};
pub use self::error::{EvaluationError, SyntaxError, Warning};
pub use self::inspect::{ConstantTest, ConstantTests, equal, most_similar, order};
pub use self::meter::{CallFault, Callable, Meter, function_value};
pub use self::names::Names;
pub use self::scope::{Layers, Scope};
pub use self::translate::{TranslateError, translate};
pub use self::types::Type;
pub use self::unknown::UnknownName;

/// An expression, parsed once and evaluated often; cheap to clone.
#[derive(Clone)]
pub struct Expression {
    program: Arc<Program>,
}

struct Program {
    text: Box<str>,
    root: ast::Node,
    /// Slots for local names that the root needs.
    frame_size: u16,
}

/// The outside of an evaluation: all that it may know beside its variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Environment {
    /// The present, for `now()` and `today()`.
    pub now: Timestamp,
    /// Source of all randomness, for `random number()`.
    pub seed: u64,
}

/// The outcome of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The value; null also where there is none, and then a warning says why.
    pub value: Value,
    /// Why parts of the expression are null, in the order in which it came up.
    pub warnings: Vec<Warning>,
}

impl Expression {
    /// Parses an expression. `names` are the names in scope; those with spaces or special
    /// characters are read as one name only if they are among them.
    ///
    /// # Errors
    /// [`SyntaxError`] with its place, also for expressions that are too long or nest too deep.
    pub fn parse(text: &str, names: &Names) -> Result<Self, SyntaxError> {
        let (root, frame_size) = parse::parse_expression(text, names)?;
        Ok(Self { program: Arc::new(Program { text: text.into(), root, frame_size }) })
    }

    /// Parses unary tests, as in a cell of a decision table: `< 10`, `[1..5], 7`, `not("a")`,
    /// `-`. They are evaluated in a scope that holds the tested value as `?`.
    ///
    /// # Errors
    /// As [`Expression::parse`].
    pub fn parse_unary_tests(text: &str, names: &Names) -> Result<Self, SyntaxError> {
        let (root, frame_size) = parse::parse_unary_tests(text, names)?;
        Ok(Self { program: Arc::new(Program { text: text.into(), root, frame_size }) })
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.program.text
    }

    /// The expression written anew from what was read, so that it is read as the same again;
    /// `names` are those with which it was parsed.
    pub fn print(&self, names: &Names) -> String {
        print::print(&self.program.root, names)
    }

    /// The names that the expression takes from its scope, each once, in the order of the text.
    pub fn names_used(&self) -> Vec<Arc<str>> {
        unknown::used(&self.program.root)
    }

    /// The names that are neither `known` nor those of built-in functions, with their places and a
    /// known name that is like them. Names in filters, which may be entries of the filtered items,
    /// are not among them.
    pub fn unknown_names<S: AsRef<str>>(
        &self,
        known: impl IntoIterator<Item = S>,
    ) -> Vec<UnknownName> {
        let known: Vec<Arc<str>> = known.into_iter().map(|name| name.as_ref().into()).collect();
        unknown::unknown(&self.program.root, &self.program.text, &known)
    }

    /// The value where the expression does not depend on anything: a literal.
    pub fn as_constant(&self) -> Option<&Value> {
        self.program.root.as_constant()
    }

    /// Evaluates the expression.
    ///
    /// # Errors
    /// [`EvaluationError::BudgetExceeded`]; everything else that goes wrong is null and a warning.
    pub fn evaluate(
        &self,
        scope: &dyn Scope,
        env: &Environment,
        budget: &Budget,
    ) -> Result<Evaluation, EvaluationError> {
        let Program { text, root, frame_size } = &*self.program;
        eval::evaluate((text, root, *frame_size), scope, env, budget)
    }

    /// Evaluates the expression with what is left of a budget that others use, too.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn evaluate_within(
        &self,
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result<Evaluation, EvaluationError> {
        let Program { text, root, frame_size } = &*self.program;
        eval::evaluate_within((text, root, *frame_size), scope, meter)
    }
}

/// Calls a function value with arguments by name.
///
/// # Errors
/// [`EvaluationError::BudgetExceeded`].
pub fn call_function(
    function: &Value,
    arguments: &[(Arc<str>, Value)],
    meter: &mut Meter<'_>,
) -> Result<Evaluation, EvaluationError> {
    eval::call_within(function, arguments, meter)
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.program.text).finish()
    }
}

/// Expressions are equal when their texts are.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.program.text == other.program.text
    }
}

#[cfg(test)]
mod tests;
