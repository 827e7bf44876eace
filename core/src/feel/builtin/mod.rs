//! The built-in functions of FEEL: DMN 1.5, clause "FEEL built-in functions".
//!
//! Beside the standard's there are the functions that BPMN modelers know from other engines (`is
//! defined`, `get or else`, `trim`, …). Never calls anything outside of the evaluation: `now` and
//! randomness come from the environment.

#![expect(clippy::unnecessary_wraps, reason = "all functions of the table have one signature")]

mod contexts;
mod convert;
mod external;
mod lists;
mod logic;
mod moments;
mod numbers;
mod ranges;
mod regular;
mod statistics;
mod table;
mod texts;

use super::eval::{Machine, Outcome, null};
use crate::value::{Context, Decimal, List, Value};

pub(super) use self::regular::Patterns;
pub(super) use self::table::{EXTERNAL, NAME_WORDS_MAX, TEMPORAL_LITERAL, find};

/// So many bytes of a text that is given are read in a step.
const TEXT_BYTES_PER_STEP: u64 = 64;

/// What carries out a built-in function.
type Run = fn(&mut Machine<'_>, &[Value]) -> Outcome;

/// A built-in function.
#[derive(Debug)]
pub(super) struct Builtin {
    pub(super) name: &'static str,
    /// The names of the parameters in each form that the function has.
    forms: &'static [&'static [&'static str]],
    count_min: usize,
    count_max: usize,
    run: Run,
}

impl Builtin {
    /// Calls the function.
    pub(super) fn call(&self, machine: &mut Machine<'_>, arguments: &[Value]) -> Outcome {
        if !self.takes(arguments.len()) {
            return null(format!("{}: wrong count of arguments ({})", self.name, arguments.len()));
        }
        machine.work_on(arguments)?;
        for argument in arguments {
            if let Value::String(text) = argument {
                machine.work(text.len() as u64 / TEXT_BYTES_PER_STEP)?;
            }
        }
        (self.run)(machine, arguments)
    }

    /// Whether so many arguments can be given.
    pub(super) fn takes(&self, count: usize) -> bool {
        (self.count_min..=self.count_max).contains(&count)
    }

    /// The names with which arguments are given to these positions, in this order.
    pub(super) fn names_of(&self, places: &[usize]) -> Option<Vec<&'static str>> {
        let named = |form: &&[&'static str]| -> Option<Vec<&'static str>> {
            let names = places.iter().map(|at| form.get(*at).copied());
            let names: Vec<&str> = names.collect::<Option<_>>()?;
            (self.places(&names)? == places).then_some(names)
        };
        self.forms.iter().find_map(named)
    }

    /// The positions of named arguments.
    pub(super) fn places(&self, names: &[&str]) -> Option<Vec<usize>> {
        // `after(point: …, range: …)` means the form in that order, where there are both.
        if self.forms.iter().any(|form| form.get(..names.len()) == Some(names)) {
            return Some((0..names.len()).collect());
        }
        self.forms.iter().find_map(|form| {
            names.iter().map(|name| form.iter().position(|it| it == name)).collect()
        })
    }
}

// --- what functions ask of their arguments

/// A list of one item stands for the item where no list is expected: DMN 1.5, clause "Implicit
/// conversions".
fn single(value: &Value) -> &Value {
    match value {
        Value::List(list) => match list.items() {
            [only] => only,
            _ => value,
        },
        other => other,
    }
}

fn number(value: &Value) -> Outcome<Decimal> {
    match single(value) {
        Value::Number(number) => Ok(*number),
        other => null(format!("a {} where a number is expected", other.type_name())),
    }
}

fn integer(value: &Value) -> Outcome<i64> {
    match number(value)?.to_i64() {
        Some(integer) => Ok(integer),
        None => null("a fraction or a huge number where an integer is expected"),
    }
}

fn text(value: &Value) -> Outcome<&str> {
    match single(value) {
        Value::String(text) => Ok(text),
        other => null(format!("a {} where a string is expected", other.type_name())),
    }
}

fn context(value: &Value) -> Outcome<&Context> {
    match single(value) {
        Value::Context(context) => Ok(context),
        other => null(format!("a {} where a context is expected", other.type_name())),
    }
}

/// The items of a list; any other value but null is a list of itself.
fn items(value: &Value) -> Outcome<&[Value]> {
    match value {
        Value::List(list) => Ok(list.items()),
        Value::Null => null("null where a list is expected"),
        other => Ok(std::slice::from_ref(other)),
    }
}

/// The items of the only argument, or the arguments.
fn all_items(arguments: &[Value]) -> &[Value] {
    match arguments {
        [Value::List(list)] => list.items(),
        others => others,
    }
}

/// An argument that may be left out; null counts as left out.
fn optional(arguments: &[Value], at: usize) -> Option<&Value> {
    arguments.get(at).filter(|value| !value.is_null())
}

fn list_of(items: impl IntoIterator<Item = Value>) -> Vec<Value> {
    items.into_iter().collect()
}

/// Where a list is changed: a position from 1, or from -1 backwards, as an index below `length`.
fn index(position: i64, length: usize) -> Outcome<usize> {
    let found = if position > 0 {
        usize::try_from(position - 1).ok()
    } else {
        usize::try_from(position.unsigned_abs()).ok().and_then(|back| length.checked_sub(back))
    };
    match found.filter(|index| *index < length && position != 0) {
        Some(index) => Ok(index),
        None => null(format!("there is no position {position} in a list of {length}")),
    }
}

fn list(machine: &mut Machine<'_>, values: Vec<Value>) -> Outcome {
    machine.work(values.len() as u64)?;
    machine.new_list(values)
}

fn empty_list() -> Value {
    Value::from(List::default())
}
