//! Trying a decision out: answers of a form become its inputs, the same in browser and server.
//!
//! Never guesses: what is not of the declared type is left out and said.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Decisions, Outcome, Parameter};
use crate::feel::{Budget, Environment, Expression, Names};
use crate::time::Timestamp;
use crate::value::{Context, Decimal, Value, parse_temporal};

/// Levels of components that answers are read for.
const COMPONENTS_DEPTH_MAX: u32 = 6;

/// The inputs that `answers` give, and what of them could not be read. An answer stands under the
/// name of its input, that of a component under `input.component`; an empty one is no answer.
/// Lists, functions and values of no declared type are FEEL.
pub fn read_answers(
    parameters: &[Parameter],
    answers: &BTreeMap<String, String>,
    now: Timestamp,
) -> (Context, Vec<String>) {
    let mut reader = Reader { answers, now, problems: Vec::new() };
    let inputs = reader.context("", parameters, COMPONENTS_DEPTH_MAX);
    (inputs, reader.problems)
}

/// What came of trying a decision out.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// The outcome; `None` where there can be none.
    pub outcome: Option<Outcome>,
    /// Which answers could not be read, and why there is no outcome.
    pub problems: Vec<String>,
}

/// Makes the decision of that id for the answers of a form.
pub fn try_out(
    decisions: &Decisions,
    id: &str,
    answers: &BTreeMap<String, String>,
    now: Timestamp,
) -> Tried {
    let parameters = decisions.find(id).map(|it| it.inputs).unwrap_or_default();
    let (inputs, mut problems) = read_answers(&parameters, answers, now);
    let outcome = decisions.decide(id, &inputs, &Environment { now, seed: 0 }, &Budget::default());
    let outcome = outcome.map_err(|error| problems.push(error.to_string())).ok();
    Tried { outcome, problems }
}

struct Reader<'a> {
    answers: &'a BTreeMap<String, String>,
    now: Timestamp,
    problems: Vec<String>,
}

impl Reader<'_> {
    /// Bounded by the depth.
    fn context(&mut self, prefix: &str, parameters: &[Parameter], depth_left: u32) -> Context {
        let mut context = Context::new();
        for parameter in parameters {
            let path = format!("{prefix}{}", parameter.name);
            if !parameter.components.is_empty() && !parameter.is_list && depth_left > 0 {
                let parts =
                    self.context(&format!("{path}."), &parameter.components, depth_left - 1);
                if !parts.is_empty() {
                    context.insert(Arc::clone(&parameter.name), Value::from(parts));
                }
                continue;
            }
            let Some(answer) = self.answers.get(&path).map(|it| it.trim()) else { continue };
            if answer.is_empty() {
                continue;
            }
            match self.value(parameter, answer) {
                Ok(value) => {
                    context.insert(Arc::clone(&parameter.name), value);
                }
                Err(reason) => self.problems.push(format!("{path}: {reason}")),
            }
        }
        context
    }

    fn value(&self, parameter: &Parameter, answer: &str) -> Result<Value, String> {
        if parameter.is_list {
            return self.expression(answer);
        }
        match parameter.type_name.as_str() {
            "number" => answer
                .parse::<Decimal>()
                .map(Value::Number)
                .map_err(|_| format!("“{answer}” is not a number")),
            "string" => Ok(Value::from(answer)),
            "boolean" => match answer {
                "true" => Ok(Value::Boolean(true)),
                "false" => Ok(Value::Boolean(false)),
                _ => Err(format!("“{answer}” is neither true nor false")),
            },
            "date"
            | "time"
            | "date and time"
            | "dateTime"
            | "days and time duration"
            | "dayTimeDuration"
            | "years and months duration"
            | "yearMonthDuration" => parse_temporal(answer)
                .ok_or_else(|| format!("“{answer}” is not a {} of ISO 8601", parameter.type_name)),
            _ => self.expression(answer),
        }
    }

    fn expression(&self, answer: &str) -> Result<Value, String> {
        let parsed =
            Expression::parse(answer, &Names::none()).map_err(|error| error.to_string())?;
        let env = Environment { now: self.now, seed: 0 };
        let evaluation = parsed
            .evaluate(&Context::new(), &env, &Budget::default())
            .map_err(|error| error.to_string())?;
        match evaluation.warnings.first() {
            Some(warning) if evaluation.value.is_null() => Err(warning.to_string()),
            _ => Ok(evaluation.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, type_name: &str) -> Parameter {
        Parameter {
            name: name.into(),
            label: "".into(),
            type_name: type_name.to_owned(),
            choices: Vec::new(),
            allowed: "".into(),
            is_list: false,
            components: Vec::new(),
        }
    }

    #[test]
    fn answers_become_values_of_the_declared_types_and_others_are_said() {
        let mut customer = parameter("customer", "tCustomer");
        customer.components = vec![parameter("tier", "string"), parameter("born", "date")];
        let mut scores = parameter("scores", "number");
        scores.is_list = true;
        let parameters = [parameter("amount", "number"), customer, scores, parameter("any", "Any")];
        let answers = [
            ("amount", "a lot"),
            ("customer.tier", "gold"),
            ("customer.born", "1990-05-17"),
            ("scores", "[1, 2]"),
            ("any", " "),
        ];
        let answers = answers.map(|(name, answer)| (name.to_owned(), answer.to_owned())).into();
        let (inputs, problems) = read_answers(&parameters, &answers, Timestamp::EPOCH);
        let json = Value::from(inputs).to_json();
        assert_eq!(json, r#"{"customer":{"tier":"gold","born":"1990-05-17"},"scores":[1,2]}"#);
        assert_eq!(problems, ["amount: “a lot” is not a number"]);
    }
}
