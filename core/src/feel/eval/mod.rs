//! Evaluation of the tree, within a budget.
//!
//! An operation that has no result gives null and leaves a warning; only an exceeded budget stops
//! the evaluation. Never evaluates deeper than the budget's depth, and never longer than its steps.

mod arithmetic;
mod call;
pub(super) mod compare;
mod filter;
mod iterate;
mod path;
mod types;
mod unary;

use std::any::Any;
use std::sync::Arc;

use super::ast::{Entry, Kind, Node};
use super::builtin;
use super::error::{EvaluationError, Warning};
use super::unknown;
use super::{Budget, BudgetLimit, Environment, Evaluation, Meter, Scope};
use crate::value::{Context, List, VALUE_DEPTH_MAX, Value};

pub(super) use self::call::{BuiltinFunction, Closure};

/// The most warnings that are kept; the first ones tell the cause.
const WARNINGS_MAX: usize = 20;

/// So many bytes are compared in a step.
const COMPARED_BYTES_PER_STEP: u64 = 128;

/// The value of a node, or the exceeded budget.
pub(super) type Result<T = Value> = std::result::Result<T, EvaluationError>;

/// Why an operation has no value.
#[derive(Debug)]
pub(super) enum Fault {
    /// The result is null, for this reason.
    Null(String),
    /// The evaluation ends.
    Stop(EvaluationError),
}

impl From<EvaluationError> for Fault {
    fn from(error: EvaluationError) -> Self {
        Self::Stop(error)
    }
}

impl From<crate::value::ArithmeticError> for Fault {
    fn from(error: crate::value::ArithmeticError) -> Self {
        Self::Null(error.to_string())
    }
}

/// The value of an operation, or why there is none.
pub(super) type Outcome<T = Value> = std::result::Result<T, Fault>;

/// An operation is null for this reason.
pub(super) fn null<T>(reason: impl Into<String>) -> Outcome<T> {
    Err(Fault::Null(reason.into()))
}

/// The state of one evaluation.
pub(super) struct Machine<'a> {
    scope: &'a dyn Scope,
    pub(super) env: &'a Environment,
    budget: &'a Budget,
    steps_left: u64,
    bytes_left: usize,
    depth_left: u32,
    /// Local names of the function calls that are going on.
    slots: Vec<Value>,
    /// Where the slots of the current call begin.
    base: usize,
    /// The reasons for nulls, and where in the text they came up, in bytes.
    warnings: Vec<(String, u32)>,
    /// Whether a null needs no reason, because it is asked for.
    is_quiet: bool,
    /// State of the generator of random numbers.
    pub(super) random: u64,
    /// Regular expressions that were compiled, for loops.
    pub(super) patterns: builtin::Patterns,
    /// See [`Meter::outside`].
    outside: Option<&'a mut dyn Any>,
}

/// Evaluates a tree from its root.
pub(super) fn evaluate(
    (text, root, frame_size): (&str, &Node, u16),
    scope: &dyn Scope,
    env: &Environment,
    budget: &Budget,
) -> Result<Evaluation> {
    evaluate_within((text, root, frame_size), scope, &mut Meter::new(env, budget))
}

/// Evaluates a tree from its root with what is left of a budget.
pub(super) fn evaluate_within(
    (text, root, frame_size): (&str, &Node, u16),
    scope: &dyn Scope,
    meter: &mut Meter<'_>,
) -> Result<Evaluation> {
    let mut machine = Machine::new(scope, meter, frame_size);
    let value = machine.eval(root);
    let (steps_left, bytes_left, random) = (machine.steps_left, machine.bytes_left, machine.random);
    let warnings = machine.warnings;
    (meter.steps_left, meter.bytes_left, meter.random) = (steps_left, bytes_left, random);
    let warnings = warnings.into_iter().map(|(message, at)| located(text, message, at));
    Ok(Evaluation { value: value?, warnings: warnings.collect() })
}

/// Calls a function value with what is left of a budget.
pub(super) fn call_within(
    function: &Value,
    arguments: &[(Arc<str>, Value)],
    meter: &mut Meter<'_>,
) -> Result<Evaluation> {
    let scope = Context::new();
    let node = Node::new(Kind::Constant(Value::Null), 0);
    let mut machine = Machine::new(&scope, meter, 0);
    let outcome = machine.call_named(function, arguments);
    let value = machine.settle(outcome, &node);
    let (steps_left, bytes_left, random) = (machine.steps_left, machine.bytes_left, machine.random);
    let warnings = machine.warnings;
    (meter.steps_left, meter.bytes_left, meter.random) = (steps_left, bytes_left, random);
    let warnings = warnings.into_iter().map(|(message, at)| located("", message, at));
    Ok(Evaluation { value: value?, warnings: warnings.collect() })
}

impl<'a> Machine<'a> {
    fn new(scope: &'a dyn Scope, meter: &'a mut Meter<'_>, frame_size: u16) -> Self {
        Machine {
            scope,
            env: meter.env,
            budget: meter.budget,
            steps_left: meter.steps_left,
            bytes_left: meter.bytes_left,
            depth_left: meter.depth_left,
            slots: vec![Value::Null; usize::from(frame_size)],
            base: 0,
            warnings: Vec::new(),
            is_quiet: false,
            random: meter.random,
            patterns: builtin::Patterns::default(),
            outside: meter.outside.as_deref_mut(),
        }
    }
}

impl Machine<'_> {
    /// The value of a node.
    pub(super) fn eval(&mut self, node: &Node) -> Result {
        self.work(1)?;
        match &node.kind {
            Kind::Constant(value) => Ok(value.clone()),
            Kind::Local(slot) => Ok(self.local(*slot).clone()),
            Kind::Global(name) => match self.scope.lookup(name) {
                Some(value) => Ok(value),
                None => Ok(self.missing(name, node)),
            },
            _ => {
                if self.depth_left == 0 {
                    return exceeded(BudgetLimit::Depth, self.budget.depth_max.into());
                }
                self.depth_left -= 1;
                let value = self.operation(node);
                self.depth_left += 1;
                value
            }
        }
    }

    /// Dispatches; each operation is a function of its own, so that this frame stays small.
    fn operation(&mut self, node: &Node) -> Result {
        match &node.kind {
            Kind::Constant(_) | Kind::Local(_) | Kind::Global(_) => self.eval(node),
            Kind::Remembered { name, slot } => Ok(self.remembered(name, *slot, node)),
            Kind::FilterName { name, items, otherwise } => self.filter_name(name, items, otherwise),
            Kind::Negate(value) => self.negate(value, node),
            Kind::Arithmetic { first, rest } => self.arithmetic(first, rest, node),
            Kind::Compare { operator, left, right } => self.compare(*operator, left, right, node),
            Kind::And(parts) => self.logic(parts, false, node),
            Kind::Or(parts) => self.logic(parts, true, node),
            Kind::Between { value, low, high } => self.between(value, low, high, node),
            Kind::In { value, slot, tests } => self.membership(value, *slot, tests),
            Kind::InstanceOf { value, of } => self.instance_of(value, of, node),
            Kind::Path { value, name } => self.path(value, name, node),
            Kind::Filter { value, slot, by } => self.filter(value, *slot, by, node),
            Kind::Call { function, arguments } => self.call(function, arguments, node),
            Kind::CallBuiltin { function, arguments } => {
                self.call_builtin(function, arguments, node)
            }
            Kind::Function(function) => self.closure(function),
            Kind::If { condition, then, otherwise } => self.choose(condition, then, otherwise),
            Kind::For { iterators, partial, body } => self.iterate(iterators, *partial, body, node),
            Kind::Quantified { every, iterators, condition } => {
                self.quantified(*every, iterators, condition, node)
            }
            Kind::List(items) => self.list(items, node),
            Kind::Context(entries) => self.context(entries, node),
            Kind::Range { start, start_included, end, end_included } => self.range(
                (start.as_deref(), *start_included),
                (end.as_deref(), *end_included),
                node,
            ),
            Kind::Equal(value) => self.equal_range(value, node),
            Kind::Unequal(_) | Kind::Condition(_) => self.lone_test(node),
            Kind::UnaryTests { input, negated, tests } => self.unary_tests(input, *negated, tests),
        }
    }

    // --- budget and warnings

    /// Counts `steps` of work.
    pub(super) fn work(&mut self, steps: u64) -> Result<()> {
        match self.steps_left.checked_sub(steps) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => exceeded(BudgetLimit::Steps, self.budget.steps_max),
        }
    }

    /// Counts a loop over so many items.
    pub(super) fn work_on(&mut self, items: &[Value]) -> Result<()> {
        self.work(items.len() as u64)
    }

    /// Counts a comparison of two values, which may be long.
    pub(super) fn work_on_pair(&mut self, a: &Value, b: &Value) -> Result<()> {
        self.work(a.bytes().min(b.bytes()) / COMPARED_BYTES_PER_STEP)
    }

    /// Counts `bytes` that are built.
    pub(super) fn allocate(&mut self, bytes: usize) -> Result<()> {
        match self.bytes_left.checked_sub(bytes) {
            Some(left) => {
                self.bytes_left = left;
                Ok(())
            }
            None => exceeded(BudgetLimit::Bytes, self.budget.bytes_max as u64),
        }
    }

    /// Leaves a warning about a node.
    #[cold]
    pub(super) fn warn(&mut self, message: impl Into<String>, at: u32) {
        if self.warnings.len() < WARNINGS_MAX && !self.is_quiet {
            self.warnings.push((message.into(), at));
        }
    }

    /// Turns a null with a reason into null and a warning.
    pub(super) fn settle(&mut self, outcome: Outcome, node: &Node) -> Result {
        match outcome {
            Ok(value) => Ok(value),
            Err(Fault::Null(reason)) => {
                self.warn(reason, node.at);
                Ok(Value::Null)
            }
            Err(Fault::Stop(error)) => Err(error),
        }
    }

    /// A list of items, within the bounds on values.
    pub(super) fn new_list(&mut self, items: Vec<Value>) -> Outcome {
        self.allocate(size_of::<Value>() * items.len() + 64)?;
        if items.iter().any(|item| item.depth() >= VALUE_DEPTH_MAX) {
            return null("lists and contexts nest too deep");
        }
        self.bounded(Value::from(List::new(items)))
    }

    /// A context, within the bounds on values.
    pub(super) fn new_context(&mut self, context: Context) -> Outcome {
        self.allocate(48 * context.len() + 64)?;
        self.bounded(Value::from(context))
    }

    /// A text, within the bounds on values.
    pub(super) fn new_string(&mut self, text: impl Into<Arc<str>>) -> Outcome {
        let text = text.into();
        self.allocate(text.len())?;
        Ok(Value::String(text))
    }

    /// Refuses a value that would be huge when it is written out.
    fn bounded(&self, value: Value) -> Outcome {
        if value.bytes() > self.budget.bytes_max as u64 {
            return Ok(exceeded(BudgetLimit::Bytes, self.budget.bytes_max as u64)?);
        }
        Ok(value)
    }

    // --- names

    fn local(&self, slot: u16) -> &Value {
        &self.slots[self.base + usize::from(slot)]
    }

    fn set_local(&mut self, slot: u16, value: Value) {
        self.slots[self.base + usize::from(slot)] = value;
    }

    /// A name that the scope lacks: a built-in function, or null with a hint.
    #[cold]
    fn missing(&mut self, name: &Arc<str>, node: &Node) -> Value {
        if let Some(builtin) = builtin::find(name) {
            return Value::Function(Arc::new(BuiltinFunction(builtin)));
        }
        if self.warnings.len() < WARNINGS_MAX && !self.is_quiet {
            let message = unknown::message(name, &self.scope.names());
            self.warn(message, node.at);
        }
        Value::Null
    }

    #[inline(never)]
    fn remembered(&mut self, name: &Arc<str>, slot: u16, node: &Node) -> Value {
        let value = self.local(slot).clone();
        if !value.is_null() {
            return value;
        }
        self.scope.lookup(name).unwrap_or_else(|| self.missing(name, node))
    }

    #[inline(never)]
    fn filter_name(&mut self, name: &Arc<str>, items: &[u16], otherwise: &Node) -> Result {
        for slot in items {
            if let Value::Context(item) = self.local(*slot)
                && let Some(value) = item.get(name)
            {
                return Ok(value.clone());
            }
        }
        self.eval(otherwise)
    }

    /// Whether a name is in scope at all, without a warning.
    pub(super) fn is_defined(&self, name: &str) -> bool {
        self.scope.lookup(name).is_some()
    }

    // --- logic, choice, and what is built

    #[inline(never)]
    fn logic(&mut self, parts: &[Node], decisive: bool, node: &Node) -> Result {
        let mut is_null = false;
        for part in parts {
            match self.eval(part)? {
                Value::Boolean(flag) if flag == decisive => return Ok(Value::Boolean(decisive)),
                Value::Boolean(_) => {}
                Value::Null => is_null = true,
                other => {
                    is_null = true;
                    let word = if decisive { "or" } else { "and" };
                    self.warn(format!("'{word}' on a {}", other.type_name()), node.at);
                }
            }
        }
        Ok(if is_null { Value::Null } else { Value::Boolean(!decisive) })
    }

    #[inline(never)]
    fn choose(&mut self, condition: &Node, then: &Node, otherwise: &Node) -> Result {
        let chosen = match self.eval(condition)? {
            Value::Boolean(true) => then,
            Value::Boolean(false) => otherwise,
            other => {
                self.warn(format!("'if' on a {} takes 'else'", other.type_name()), condition.at);
                otherwise
            }
        };
        self.eval(chosen)
    }

    #[inline(never)]
    fn list(&mut self, items: &[Node], node: &Node) -> Result {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.eval(item)?);
        }
        let list = self.new_list(values);
        self.settle(list, node)
    }

    #[inline(never)]
    fn context(&mut self, entries: &[Entry], node: &Node) -> Result {
        let mut context = Context::new();
        for entry in entries {
            let value = self.eval(&entry.value)?;
            if value.depth() >= VALUE_DEPTH_MAX {
                self.warn("lists and contexts nest too deep", node.at);
                return Ok(Value::Null);
            }
            self.set_local(entry.slot, value.clone());
            if context.insert(Arc::clone(&entry.name), value).is_some() {
                self.warn(format!("the entry \"{}\" is given twice", entry.name), entry.value.at);
                return Ok(Value::Null);
            }
        }
        let context = self.new_context(context);
        self.settle(context, node)
    }
}

fn located(text: &str, message: String, at: u32) -> Warning {
    let end = text.floor_char_boundary(at as usize);
    Warning { message, position: text[..end].chars().count() }
}

#[cold]
fn exceeded<T>(which: BudgetLimit, limit: u64) -> Result<T> {
    Err(EvaluationError::BudgetExceeded { which, limit })
}
