//! Function calls, functions as values.

use std::any::Any;
use std::sync::Arc;

use super::{Fault, Machine, Outcome, Result, null};
use crate::feel::ast::{Arguments, FunctionNode, Kind, Node, Parameter};
use crate::feel::builtin::Builtin;
use crate::feel::meter::{CallFault, ForeignFunction, Meter};
use crate::feel::types::Type;
use crate::value::{Function, VALUE_DEPTH_MAX, Value};

/// A function that an expression defined, with the names it uses from there.
#[derive(Debug)]
pub(in crate::feel) struct Closure {
    pub(super) function: Arc<FunctionNode>,
    /// Values of the captured and remembered names, in the order of the definition.
    values: Box<[Value]>,
    depth: u16,
}

impl Closure {
    pub(in crate::feel) fn parameters(&self) -> &[Parameter] {
        &self.function.parameters
    }

    pub(in crate::feel) fn result(&self) -> &Type {
        &self.function.result
    }
}

impl Function for Closure {
    fn depth(&self) -> u16 {
        self.depth
    }
}

/// A built-in function as a value.
#[derive(Debug)]
pub(in crate::feel) struct BuiltinFunction(pub(in crate::feel) &'static Builtin);

impl Function for BuiltinFunction {
    fn depth(&self) -> u16 {
        0
    }
}

impl Machine<'_> {
    #[inline(never)]
    pub(super) fn closure(&mut self, function: &Arc<FunctionNode>) -> Result {
        let captured = function.captures.iter().map(|capture| {
            if capture.itself { Value::Null } else { self.local(capture.from).clone() }
        });
        let remembered = function.remembered.iter().map(|name| match name.outer {
            Some(slot) => self.local(slot).clone(),
            None => self.scope.lookup(&name.name).unwrap_or_default(),
        });
        let values: Box<[Value]> = captured.chain(remembered).collect();
        let depth = values.iter().map(Value::depth).max().unwrap_or(0);
        self.allocate(size_of::<Value>() * values.len() + 64)?;
        if depth + 1 >= VALUE_DEPTH_MAX {
            self.warn("functions nest too deep", function.body.at);
            return Ok(Value::Null);
        }
        Ok(Value::Function(Arc::new(Closure { function: Arc::clone(function), values, depth })))
    }

    #[inline(never)]
    pub(super) fn call(&mut self, function: &Node, arguments: &Arguments, node: &Node) -> Result {
        let function = self.eval(function)?;
        let outcome = match self.given(&function, arguments) {
            Ok(values) => self.call_value(&function, values),
            Err(fault) => Err(fault),
        };
        self.settle(outcome, node)
    }

    /// The arguments in the order of the parameters.
    #[inline(never)]
    fn given(&mut self, function: &Value, arguments: &Arguments) -> Outcome<Vec<Value>> {
        let pairs = match arguments {
            Arguments::Positional(nodes) => return Ok(self.all_of(nodes)?),
            Arguments::Named(pairs) => pairs,
        };
        let names: Vec<&str> = pairs.iter().map(|(name, _)| &**name).collect();
        let Some(order) = places(function, &names) else {
            return null("the function has no such parameters");
        };
        let length = order.iter().map(|place| place + 1).max().unwrap_or(0);
        let mut values = vec![Value::Null; length];
        for ((_, node), place) in pairs.iter().zip(order) {
            values[place] = self.eval(node)?;
        }
        Ok(values)
    }

    fn all_of(&mut self, nodes: &[Node]) -> Result<Vec<Value>> {
        let mut values = Vec::with_capacity(nodes.len());
        for node in nodes {
            values.push(self.eval(node)?);
        }
        Ok(values)
    }

    /// Calls a function value.
    pub(in crate::feel) fn call_value(&mut self, function: &Value, values: Vec<Value>) -> Outcome {
        let Value::Function(function) = function else {
            return null(match function {
                Value::Null => "there is no such function".to_owned(),
                other => format!("a {} cannot be called", other.type_name()),
            });
        };
        let any: &dyn Any = &**function;
        if let Some(BuiltinFunction(builtin)) = any.downcast_ref() {
            return builtin.call(self, &values);
        }
        if let Some(foreign) = any.downcast_ref() {
            return self.call_foreign(foreign, values);
        }
        let Some(closure) = any.downcast_ref::<Closure>() else {
            return null("the function cannot be called from here");
        };
        self.call_closure(closure, &Value::Function(Arc::clone(function)), values)
    }

    /// Calls a function of the model around the expression.
    #[inline(never)]
    fn call_foreign(&mut self, foreign: &ForeignFunction, values: Vec<Value>) -> Outcome {
        let expected = foreign.0.parameters().len();
        if values.len() != expected {
            let given = values.len();
            return null(format!("the function takes {expected} arguments and got {given}"));
        }
        let mut meter = Meter {
            env: self.env,
            outside: self.outside.as_deref_mut(),
            budget: self.budget,
            steps_left: self.steps_left,
            bytes_left: self.bytes_left,
            depth_left: self.depth_left,
            random: self.random,
        };
        let outcome = foreign.0.call(values, &mut meter);
        let Meter { steps_left, bytes_left, random, .. } = meter;
        (self.steps_left, self.bytes_left, self.random) = (steps_left, bytes_left, random);
        outcome.map_err(|fault| match fault {
            CallFault::Null(reason) => Fault::Null(reason),
            CallFault::Stop(error) => Fault::Stop(error),
        })
    }

    /// Calls a function value with arguments by name.
    pub(super) fn call_named(
        &mut self,
        function: &Value,
        arguments: &[(Arc<str>, Value)],
    ) -> Outcome {
        let names: Vec<&str> = arguments.iter().map(|(name, _)| &**name).collect();
        let Some(order) = places(function, &names) else {
            return null("the function has no such parameters");
        };
        let length = order.iter().map(|place| place + 1).max().unwrap_or(0);
        let mut values = vec![Value::Null; length];
        for ((_, value), place) in arguments.iter().zip(order) {
            values[place] = value.clone();
        }
        self.call_value(function, values)
    }

    fn call_closure(&mut self, closure: &Closure, itself: &Value, values: Vec<Value>) -> Outcome {
        let base = self.enter(closure, itself, values)?;
        let outer = std::mem::replace(&mut self.base, base);
        let result = self.eval(&closure.function.body);
        self.base = outer;
        self.slots.truncate(base);
        returned(result?, closure)
    }

    /// Fills the slots of a call and says where they begin.
    #[inline(never)]
    fn enter(&mut self, closure: &Closure, itself: &Value, values: Vec<Value>) -> Outcome<usize> {
        let function = &closure.function;
        if values.len() != function.parameters.len() {
            return null(format!(
                "the function takes {} arguments and got {}",
                function.parameters.len(),
                values.len()
            ));
        }
        let frame_size = usize::from(function.frame_size);
        self.work(1 + frame_size as u64)?;
        let base = self.slots.len();
        self.slots.resize(base + frame_size, Value::Null);
        for (slot, (value, parameter)) in values.into_iter().zip(&function.parameters).enumerate() {
            let Some(value) = parameter.of.coerced(value) else {
                self.slots.truncate(base);
                let name = &parameter.name;
                return null(format!("the argument \"{name}\" is not of the declared type"));
            };
            self.slots[base + slot] = value;
        }
        let captures = function.captures.iter().map(|capture| (capture.to, capture.itself));
        let remembered = function.remembered.iter().map(|name| (name.slot, false));
        for ((slot, is_itself), value) in captures.chain(remembered).zip(&closure.values) {
            let value = if is_itself { itself.clone() } else { value.clone() };
            self.slots[base + usize::from(slot)] = value;
        }
        Ok(base)
    }

    #[inline(never)]
    pub(super) fn call_builtin(
        &mut self,
        function: &'static Builtin,
        arguments: &[Option<Node>],
        node: &Node,
    ) -> Result {
        if function.name == "is defined" {
            return self.is_defined_call(arguments);
        }
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(match argument {
                Some(argument) => self.eval(argument)?,
                None => Value::Null,
            });
        }
        let outcome = function.call(self, &values);
        self.settle(outcome, node)
    }

    /// `is defined(a.b)`: whether the name or entry is there, be it null; never a warning.
    fn is_defined_call(&mut self, arguments: &[Option<Node>]) -> Result {
        let [Some(argument)] = arguments else { return Ok(Value::Null) };
        Ok(Value::Boolean(self.is_there(argument)?))
    }

    fn is_there(&mut self, node: &Node) -> Result<bool> {
        let (asked, entry) = match &node.kind {
            Kind::Global(name) => return Ok(self.is_defined(name)),
            Kind::Path { value, name } => (&**value, Some(name)),
            _ => (node, None),
        };
        let was_quiet = std::mem::replace(&mut self.is_quiet, true);
        let value = self.eval(asked);
        self.is_quiet = was_quiet;
        let value = value?;
        Ok(match entry {
            Some(name) => value.as_context().is_some_and(|context| context.contains(name)),
            None => !value.is_null(),
        })
    }
}

/// The result of a call, if it is of the declared type.
fn returned(result: Value, closure: &Closure) -> Outcome {
    match closure.function.result.coerced(result) {
        Some(value) => Ok(value),
        None => null("the result is not of the declared type"),
    }
}

/// The positions of named arguments.
fn places(function: &Value, names: &[&str]) -> Option<Vec<usize>> {
    let Value::Function(function) = function else { return Some(Vec::new()) };
    let any: &dyn Any = &**function;
    if let Some(BuiltinFunction(builtin)) = any.downcast_ref() {
        return builtin.places(names);
    }
    if let Some(ForeignFunction(callable)) = any.downcast_ref() {
        let parameters = callable.parameters();
        let place = |name: &&str| parameters.iter().position(|(it, _)| &**it == *name);
        let places: Vec<usize> = names.iter().map(place).collect::<Option<_>>()?;
        return (places.len() == parameters.len()).then_some(places);
    }
    let parameters = &any.downcast_ref::<Closure>()?.function.parameters;
    let place = |name: &&str| parameters.iter().position(|it| &*it.name == *name);
    let places: Vec<usize> = names.iter().map(place).collect::<Option<_>>()?;
    (places.len() == parameters.len()).then_some(places)
}
