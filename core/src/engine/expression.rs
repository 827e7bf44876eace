//! Expressions of a model, ready to be evaluated.
//!
//! The only place of the engine that knows how FEEL is called. Text that is not FEEL is kept as a
//! literal; what is written for other engines (`${amount > 100}`) is translated when the model is
//! compiled.

use std::fmt;
use std::sync::Arc;

use super::incident::Cause;
use crate::feel::{self, Budget, Environment, Evaluation, EvaluationError, Names, Scope};
use crate::time::Timestamp;
use crate::value::{Decimal, Value};

/// Bound on the text of a value or an expression in a message, in characters.
const SHOWN_CHARACTERS_MAX: usize = 120;

/// What to do about an expression that is not FEEL, where nothing better is known.
const REMEDY: &str = "Write it in FEEL, such as amount > 1000.";

/// Why an element cannot go on.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) cause: Cause,
    /// For people.
    pub(super) message: String,
}

/// What is wrong with the text of an expression, and what to do about it.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) remedy: String,
}

/// A text of the model.
#[derive(Debug)]
pub(super) struct Expression {
    /// As it stands in the model.
    text: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Literal(Value),
    Feel(feel::Expression),
}

impl Expression {
    /// The condition of a flow: FEEL, with or without a leading `=`.
    pub(super) fn condition(text: &str) -> Result<Self, SyntaxError> {
        let trimmed = text.trim();
        let source = match translated(trimmed)? {
            Some(source) => source,
            None => trimmed.strip_prefix('=').unwrap_or(trimmed).to_owned(),
        };
        Self::feel(text, &source)
    }

    /// The text of an attribute: FEEL when it begins with `=`, else literal.
    pub(super) fn text(text: &str) -> Result<Self, SyntaxError> {
        let trimmed = text.trim();
        if let Some(source) = trimmed.strip_prefix('=') {
            Self::feel(text, source)
        } else if let Some(source) = translated(trimmed)? {
            Self::feel(text, &source)
        } else {
            Ok(Self { text: text.to_owned(), kind: Kind::Literal(Value::from(text)) })
        }
    }

    /// Stands for a value that the model says elsewhere than in a text.
    pub(super) fn of(value: Value) -> Self {
        Self { text: value.to_json(), kind: Kind::Literal(value) }
    }

    /// Stands for a text that could not be parsed until the model is refused.
    pub(super) fn nothing() -> Self {
        Self { text: String::new(), kind: Kind::Literal(Value::Null) }
    }

    fn feel(text: &str, source: &str) -> Result<Self, SyntaxError> {
        let parsed = feel::Expression::parse(source, &Names::none()).map_err(|error| {
            let remedy = error.hint.unwrap_or_else(|| REMEDY.to_owned());
            let place = (error.line, error.column);
            SyntaxError {
                message: format!(
                    "“{}” is not FEEL: {} (line {}, column {}).",
                    shortened(source.trim()),
                    error.message,
                    place.0,
                    place.1
                ),
                remedy,
            }
        })?;
        Ok(Self { text: text.to_owned(), kind: Kind::Feel(parsed) })
    }

    /// The value where `variables` are in scope. What FEEL cannot compute is null.
    pub(super) fn evaluate(
        &self,
        variables: &dyn Scope,
        environment: &Environment,
    ) -> Result<Value, Failure> {
        self.evaluate_with_warnings(variables, environment).map(|evaluation| evaluation.value)
    }

    /// The value, and why parts of it are null.
    pub(super) fn evaluate_with_warnings(
        &self,
        variables: &dyn Scope,
        environment: &Environment,
    ) -> Result<Evaluation, Failure> {
        match &self.kind {
            Kind::Literal(value) => Ok(Evaluation { value: value.clone(), warnings: Vec::new() }),
            Kind::Feel(parsed) => parsed
                .evaluate(variables, environment, &Budget::default())
                .map_err(|error| self.over_budget(&error)),
        }
    }

    /// Its value where that is the same everywhere: it is no FEEL.
    pub(super) fn literal(&self) -> Option<&Value> {
        match &self.kind {
            Kind::Literal(value) => Some(value),
            Kind::Feel(_) => None,
        }
    }

    /// The variables that it may look up.
    pub(super) fn names_used(&self) -> Vec<Arc<str>> {
        match &self.kind {
            Kind::Literal(_) => Vec::new(),
            Kind::Feel(parsed) => parsed.names_used(),
        }
    }

    fn over_budget(&self, error: &EvaluationError) -> Failure {
        let message = format!("“{self}” could not be evaluated: {error}.");
        Failure { cause: Cause::BudgetExceeded, message }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shortened(self.text.trim()))
    }
}

/// The FEEL of an expression that is written for another engine; `None` for all other texts.
fn translated(text: &str) -> Result<Option<String>, SyntaxError> {
    if text.starts_with('=') {
        return Ok(None);
    }
    feel::translate(text).map_err(|error| SyntaxError {
        message: format!(
            "“{}” is written for another engine and has no translation to FEEL: {}.",
            shortened(text),
            error.reason
        ),
        remedy: REMEDY.to_owned(),
    })
}

/// A whole number: a number value, or a text that is one.
pub(super) fn to_number(value: &Value) -> Option<i64> {
    if let Some(text) = value.as_str() {
        return text.trim().parse::<Decimal>().ok()?.to_i64();
    }
    value.as_number()?.to_i64()
}

/// A moment: a date and time with its zone, or a text that is one.
pub(super) fn to_timestamp(value: &Value) -> Option<Timestamp> {
    if let Value::DateTime(moment) = value {
        return moment.to_timestamp();
    }
    Timestamp::parse(value.as_str()?.trim()).ok()
}

/// `value` as JSON, cut to a length that fits a message.
pub(super) fn shown(value: &Value) -> String {
    shortened(&value.to_json())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
