//! Evaluation of a requirement graph: every decision once, what it requires first.
//!
//! Everything counts against one budget. Never recurses over requirements; recurses over
//! expressions, whose depth the reader bounds, and over function calls, whose depth the budget
//! bounds.

mod function;
mod logic;
mod record;
mod scope;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::feel::{EvaluationError, Meter};
use crate::value::{Context, Value};

use super::program::{Element, ElementIndex, ElementKind, Program, Requirement};

pub(super) use self::record::Record;

/// The value of an evaluation, or the exceeded budget.
pub(super) type Result<T = Value> = std::result::Result<T, EvaluationError>;

/// An element as seen through the imports on the way to it: inputs of a model that is imported
/// twice may differ.
type Key = (u32, ElementIndex);

/// One evaluation of a requirement graph.
pub(super) struct Graph<'p> {
    program: &'p Arc<Program>,
    inputs: &'p Context,
    values: BTreeMap<Key, Value>,
    /// The ways of imports; the first one is that of the model itself.
    ways: Vec<Way>,
}

/// How a model was reached.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Way {
    /// The way before, the model it led to, and the import of that model; `None` at the start.
    from: Option<(u32, usize, usize)>,
}

impl<'p> Graph<'p> {
    /// A graph with these inputs.
    pub(super) fn new(program: &'p Arc<Program>, inputs: &'p Context) -> Self {
        let ways = vec![Way { from: None }];
        Self { program, inputs, values: BTreeMap::new(), ways }
    }

    /// Sets the value of an element in advance: a parameter of a service of `model`.
    pub(super) fn set(&mut self, model: usize, requirement: Requirement, value: Value) {
        let key = self.key_of(0, model, requirement);
        self.values.insert(key, value);
    }

    fn element(&self, index: ElementIndex) -> &'p Element {
        &self.program.elements[index.0 as usize]
    }

    /// What a requirement of an element of `model`, reached on `way`, means.
    fn key_of(&mut self, way: u32, model: usize, requirement: Requirement) -> Key {
        let Some(via) = requirement.via else { return (way, requirement.element) };
        let wanted = Way { from: Some((way, model, via)) };
        let known = self.ways.iter().position(|it| *it == wanted);
        let at = known.unwrap_or_else(|| {
            self.ways.push(wanted);
            self.ways.len() - 1
        });
        (u32::try_from(at).unwrap_or(u32::MAX), requirement.element)
    }

    /// The value of an element that is required through `requirement` by an element of `model`.
    pub(super) fn value(
        &mut self,
        model: usize,
        requirement: Requirement,
        meter: &mut Meter<'_>,
    ) -> Result {
        let wanted = self.key_of(0, model, requirement);
        let mut open = vec![wanted];
        while let Some(key) = open.last().copied() {
            if self.values.contains_key(&key) {
                open.pop();
                continue;
            }
            meter.work(1)?;
            let element = self.element(key.1);
            let before = open.len();
            for requirement in &element.information {
                let required = self.key_of(key.0, element.model, *requirement);
                if !self.values.contains_key(&required) {
                    open.push(required);
                }
            }
            if open.len() > before {
                continue;
            }
            let value = match &element.kind {
                ElementKind::Input { .. } => self.input(key, element, meter)?,
                ElementKind::Decision(parts) => {
                    let mut scope = self.scope(key, element);
                    for (name, _) in &parts.undeclared {
                        if let Some(value) = self.inputs.get(name) {
                            scope.insert(Arc::clone(name), value.clone());
                        }
                    }
                    match &parts.logic {
                        Some(logic) => self.decide(element, logic, &scope, meter)?,
                        None => self.undecided(key, element, meter)?,
                    }
                }
                ElementKind::Knowledge { .. } | ElementKind::Service { .. } => {
                    function::value_of(self.program, key.1)
                }
            };
            self.values.insert(key, value);
            open.pop();
        }
        Ok(self.values.get(&wanted).cloned().unwrap_or_default())
    }

    /// The value of an input, from outside.
    fn input(&self, key: Key, element: &Element, meter: &mut Meter<'_>) -> Result {
        let Some(value) = self.given(key, element) else {
            let message = format!("the input “{}” is missing", element.variable);
            record::warn(meter, &element.name, &element.place, message);
            return Ok(Value::Null);
        };
        self.fitted(value, element, meter)
    }

    /// A decision without logic: its value may come from outside.
    fn undecided(&self, key: Key, element: &Element, meter: &mut Meter<'_>) -> Result {
        let value = match self.given(key, element) {
            Some(value) => self.fitted(value, element, meter)?,
            None => {
                let message = format!("the decision “{}” has no logic", element.name);
                record::warn(meter, &element.name, &element.place, message);
                Value::Null
            }
        };
        record::begin_decision(meter, element);
        record::end_decision(meter, element, &value);
        Ok(value)
    }

    /// The value from outside: under the names of the imports on the way, else under fewer of them.
    fn given(&self, (way, _): Key, element: &Element) -> Option<Value> {
        let mut names = Vec::new();
        let mut at = way;
        while let Some((before, model, via)) = self.ways[at as usize].from {
            names.push(&self.program.models[model].imports[via].name);
            at = before;
        }
        let mut inside = self.inputs;
        let mut found = inside.get(&element.variable).or_else(|| inside.get(&element.name));
        for name in names.into_iter().rev().filter(|name| !name.is_empty()) {
            let Some(Value::Context(inner)) = inside.get(name) else { break };
            inside = inner;
            found = inside.get(&element.variable).or(found);
        }
        found.cloned()
    }

    fn fitted(&self, value: Value, element: &Element, meter: &mut Meter<'_>) -> Result {
        match self.program.types.fit(value, element.of, meter)? {
            Ok(value) => Ok(value),
            Err(reason) => {
                let message = format!("“{}” is null: {reason}", element.variable);
                record::warn(meter, &element.name, &element.place, message);
                Ok(Value::Null)
            }
        }
    }

    /// The functions that the body of a knowledge model sees, itself among them.
    fn knowledge_scope(&mut self, index: ElementIndex) -> Context {
        let element = self.element(index);
        let mut scope = self.scope((0, index), element);
        let itself = function::value_of(self.program, index);
        scope.insert(Arc::clone(&element.variable), itself);
        scope
    }

    /// The names and values that the logic of an element sees.
    fn scope(&mut self, key: Key, element: &Element) -> Context {
        let mut scope = Context::new();
        let mut imported: BTreeMap<Arc<str>, Context> = BTreeMap::new();
        for requirement in element.information.iter().chain(&element.knowledge) {
            let required = self.element(requirement.element);
            let value = if let ElementKind::Knowledge { .. } | ElementKind::Service { .. } =
                required.kind
            {
                function::value_of(self.program, requirement.element)
            } else {
                let key = self.key_of(key.0, element.model, *requirement);
                self.values.get(&key).cloned().unwrap_or_default()
            };
            let import = requirement
                .via
                .map(|via| &self.program.models[element.model].imports[via].name)
                .filter(|name| !name.is_empty());
            match import {
                Some(name) => {
                    let inner = imported.entry(Arc::clone(name)).or_default();
                    inner.insert(Arc::clone(&required.variable), value);
                }
                None => {
                    scope.insert(Arc::clone(&required.variable), value);
                }
            }
        }
        for (name, inner) in imported {
            scope.insert(name, Value::from(inner));
        }
        scope
    }

    fn decide(
        &self,
        element: &Element,
        logic: &super::program::Logic,
        scope: &Context,
        meter: &mut Meter<'_>,
    ) -> Result {
        record::begin_decision(meter, element);
        let evaluator = logic::Evaluator { program: self.program };
        let value = evaluator.evaluate(logic, scope, meter)?;
        let value = self.fitted(value, element, meter)?;
        record::end_decision(meter, element, &value);
        Ok(value)
    }
}

/// Calls a knowledge model or service with arguments by name; those that lack are null.
pub(super) fn call(
    program: &Arc<Program>,
    element: ElementIndex,
    inputs: &Context,
    meter: &mut Meter<'_>,
) -> Result {
    function::call_by_name(program, element, inputs, meter)
}
