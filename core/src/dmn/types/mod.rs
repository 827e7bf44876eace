//! Item definitions, resolved: what values a type admits and how values are made to fit.
//!
//! DMN 1.5, clauses "Item Definition metamodel", "FEEL type conformance" and "Implicit
//! conversions": a list of one item stands for the item, a value for the list of it, a date for its
//! midnight. Null fits every type. A component that a value lacks counts as null.

mod basic;

use std::sync::Arc;

use crate::feel::{self, ConstantTests, EvaluationError, Expression, Layers, Meter};
use crate::value::{Context, DateTime, Time, Value, Zone, parse_temporal};

pub(super) use self::basic::Basic;
use self::basic::{BASIC_NAMES, BASICS};

/// A type of a [`Types`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TypeIndex(pub(super) u32);

/// The most parts of a type that are told to FEEL; what is deeper is any value there.
const FEEL_TYPE_PARTS_MAX: usize = 500;
/// The most levels of a type that are told to FEEL.
const FEEL_TYPE_DEPTH_MAX: u32 = 16;

/// All types of a set of models.
#[derive(Debug)]
pub(super) struct Types {
    list: Vec<TypeDefinition>,
}

/// One type.
#[derive(Debug)]
pub(super) struct TypeDefinition {
    /// As written; empty for a component's own type.
    pub(super) name: Arc<str>,
    pub(super) shape: Shape,
    pub(super) is_collection: bool,
    /// On the value, or on each item of a collection.
    pub(super) allowed: Option<Tests>,
    /// On the whole value.
    pub(super) constraint: Option<Tests>,
}

/// What a value, or each item of a collection, is.
#[derive(Debug)]
pub(super) enum Shape {
    Basic(Basic),
    Alias(TypeIndex),
    Components(Vec<(Arc<str>, TypeIndex)>),
    Function { parameters: Vec<TypeIndex>, result: TypeIndex },
}

/// Unary tests, prepared.
#[derive(Debug, Clone)]
pub(super) struct Tests {
    pub(super) text: Arc<str>,
    pub(super) constant: Option<ConstantTests>,
    pub(super) expression: Expression,
}

impl Tests {
    /// Prepares tests.
    pub(super) fn new(text: &Arc<str>, expression: Expression) -> Self {
        let constant = expression.as_constant_tests();
        Self { text: Arc::clone(text), constant, expression }
    }

    /// Whether a value passes.
    pub(super) fn hold(
        &self,
        value: &Value,
        scope: &dyn feel::Scope,
        meter: &mut Meter<'_>,
    ) -> Result<bool, EvaluationError> {
        if let Some(constant) = &self.constant {
            meter.work(1 + constant.tests.len() as u64)?;
            return Ok(constant.holds(value, meter.env.now) == Some(true));
        }
        let tested: Context = [("?", value.clone())].into_iter().collect();
        let layers = Layers::new(vec![&tested, scope]);
        let evaluation = self.expression.evaluate_within(&layers, meter)?;
        Ok(evaluation.value == Value::Boolean(true))
    }
}

impl Default for Types {
    fn default() -> Self {
        let list = BASICS.map(|basic| TypeDefinition {
            name: "".into(),
            shape: Shape::Basic(basic),
            is_collection: false,
            allowed: None,
            constraint: None,
        });
        Self { list: list.into() }
    }
}

impl Types {
    /// Every value.
    pub(super) const ANY: TypeIndex = TypeIndex(0);

    /// The basic type of that name.
    pub(super) fn basic(name: &str) -> Option<TypeIndex> {
        let (_, basic) = BASIC_NAMES.iter().find(|(known, _)| *known == name)?;
        let at = BASICS.iter().position(|it| it == basic)?;
        u32::try_from(at).ok().map(TypeIndex)
    }

    /// Adds a type.
    pub(super) fn add(&mut self, definition: TypeDefinition) -> TypeIndex {
        let index = u32::try_from(self.list.len()).expect("elements of a file are limited");
        self.list.push(definition);
        TypeIndex(index)
    }

    pub(super) fn get(&self, index: TypeIndex) -> &TypeDefinition {
        &self.list[index.0 as usize]
    }

    pub(super) fn get_mut(&mut self, index: TypeIndex) -> &mut TypeDefinition {
        &mut self.list[index.0 as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The basic type behind aliases, with collections left out of account.
    pub(super) fn basic_of(&self, index: TypeIndex) -> Option<Basic> {
        let mut at = index;
        // Aliases do not go around: that was refused.
        loop {
            let definition = self.get(at);
            if definition.is_collection {
                return None;
            }
            match &definition.shape {
                Shape::Basic(basic) => return Some(*basic),
                Shape::Alias(to) => at = *to,
                Shape::Components(_) => return Some(Basic::Context),
                Shape::Function { .. } => return Some(Basic::Function),
            }
        }
    }

    /// The allowed values, of the type or of what it is an alias of.
    pub(super) fn allowed_of(&self, index: TypeIndex) -> Option<&Tests> {
        let mut at = index;
        loop {
            let definition = self.get(at);
            if let Some(allowed) = &definition.allowed {
                return Some(allowed);
            }
            match &definition.shape {
                Shape::Alias(to) => at = *to,
                Shape::Basic(_) | Shape::Components(_) | Shape::Function { .. } => return None,
            }
        }
    }

    /// The name of a type, for people.
    pub(super) fn name(&self, index: TypeIndex) -> &str {
        let definition = self.get(index);
        if !definition.name.is_empty() {
            return &definition.name;
        }
        match &definition.shape {
            Shape::Basic(basic) => basic.name(),
            Shape::Alias(to) => self.name(*to),
            Shape::Components(_) => "context",
            Shape::Function { .. } => "function",
        }
    }

    /// The value as one of the type, converted where the standard does so.
    ///
    /// # Errors
    /// Outside: the exceeded budget. Inside: why the value does not fit.
    pub(super) fn fit(
        &self,
        value: Value,
        index: TypeIndex,
        meter: &mut Meter<'_>,
    ) -> Result<Result<Value, String>, EvaluationError> {
        if index == Self::ANY || value.is_null() {
            return Ok(Ok(value));
        }
        meter.work(1 + value.bytes() / 32)?;
        let converted = if self.admits(&value, index) {
            value
        } else if let Some(converted) = self.converted(&value, index) {
            converted
        } else {
            let reason = format!("a {} where {} is expected", value.type_name(), self.name(index));
            return Ok(Err(reason));
        };
        match self.violation(&converted, index, meter)? {
            None => Ok(Ok(converted)),
            Some(reason) => Ok(Err(reason)),
        }
    }

    /// Whether a value that is not of a type can be converted to it.
    pub(super) fn converts(&self, value: &Value, index: TypeIndex) -> bool {
        self.converted(value, index).is_some()
    }

    fn converted(&self, value: &Value, index: TypeIndex) -> Option<Value> {
        if let Value::List(items) = value
            && let [item] = items.items()
            && self.admits(item, index)
        {
            return Some(item.clone());
        }
        let as_list = Value::list(vec![value.clone()]);
        if !matches!(value, Value::List(_)) && self.admits(&as_list, index) {
            return Some(as_list);
        }
        if let Value::Date(date) = value
            && self.basic_of(index) == Some(Basic::DateTime)
        {
            let midnight = Time::from_nanos(0, Zone::Offset(0));
            return Some(Value::DateTime(DateTime::new(*date, midnight).into()));
        }
        None
    }

    /// Whether a value is of the form of a type, without its constraints; null always is.
    pub(super) fn admits(&self, value: &Value, index: TypeIndex) -> bool {
        if value.is_null() {
            return true;
        }
        let definition = self.get(index);
        if definition.is_collection {
            // Bounded by the depth of values, and aliases do not go around.
            let items = value.as_list();
            return items
                .is_some_and(|items| items.iter().all(|item| self.admits_item(item, index)));
        }
        self.admits_item(value, index)
    }

    fn admits_item(&self, value: &Value, index: TypeIndex) -> bool {
        if value.is_null() {
            return true;
        }
        match &self.get(index).shape {
            Shape::Basic(basic) => basic.admits(value),
            Shape::Alias(to) => self.admits(value, *to),
            Shape::Components(components) => value.as_context().is_some_and(|context| {
                components.iter().all(|(name, of)| {
                    context.get(name).is_none_or(|component| self.admits(component, *of))
                })
            }),
            Shape::Function { .. } => matches!(value, Value::Function(_)),
        }
    }

    /// What constraint a value of the right form breaks, if any.
    fn violation(
        &self,
        value: &Value,
        index: TypeIndex,
        meter: &mut Meter<'_>,
    ) -> Result<Option<String>, EvaluationError> {
        if value.is_null() {
            return Ok(None);
        }
        let definition = self.get(index);
        let scope = Context::new();
        if let Some(constraint) = &definition.constraint
            && !constraint.hold(value, &scope, meter)?
        {
            return Ok(Some(broken(value, &constraint.text)));
        }
        let whole = [value.clone()];
        let items = value.as_list().filter(|_| definition.is_collection).unwrap_or(&whole);
        for item in items {
            if let Some(allowed) = &definition.allowed
                && !allowed.hold(item, &scope, meter)?
            {
                return Ok(Some(broken(item, &allowed.text)));
            }
            // Bounded by the depth of values, and aliases do not go around.
            let inner = match (&definition.shape, item) {
                (Shape::Alias(to), _) => self.violation(item, *to, meter)?,
                (Shape::Components(components), Value::Context(context)) => {
                    self.component_violation(components, context, meter)?
                }
                _ => None,
            };
            if inner.is_some() {
                return Ok(inner);
            }
        }
        Ok(None)
    }

    fn component_violation(
        &self,
        components: &[(Arc<str>, TypeIndex)],
        context: &Context,
        meter: &mut Meter<'_>,
    ) -> Result<Option<String>, EvaluationError> {
        for (name, of) in components {
            let Some(component) = context.get(name) else { continue };
            if let Some(reason) = self.violation(component, *of, meter)? {
                return Ok(Some(format!("{name}: {reason}")));
            }
        }
        Ok(None)
    }

    /// The value with texts read as the temporals that the type declares: data that came as JSON.
    pub(super) fn typed(&self, value: &Value, index: TypeIndex) -> Value {
        let definition = self.get(index);
        if let (Value::List(items), true) = (value, definition.is_collection) {
            return Value::list(items.iter().map(|item| self.typed_item(item, index)).collect());
        }
        self.typed_item(value, index)
    }

    fn typed_item(&self, value: &Value, index: TypeIndex) -> Value {
        match (&self.get(index).shape, value) {
            (Shape::Alias(to), _) => self.typed(value, *to),
            (Shape::Basic(basic), Value::String(text)) if basic.is_temporal() => {
                parse_temporal(text).filter(|it| basic.admits(it)).unwrap_or_else(|| value.clone())
            }
            (Shape::Components(components), Value::Context(context)) => {
                let entries = context.iter().map(|(name, entry)| {
                    let of = components.iter().find(|(known, _)| known == name);
                    let entry = of.map_or_else(|| entry.clone(), |(_, of)| self.typed(entry, *of));
                    (Arc::clone(name), entry)
                });
                Value::context(entries)
            }
            _ => value.clone(),
        }
    }

    /// The type in FEEL's own words, for `instance of`; constraints are no part of it.
    pub(super) fn feel_type(&self, index: TypeIndex) -> feel::Type {
        let mut parts_left = FEEL_TYPE_PARTS_MAX;
        self.feel_part(index, FEEL_TYPE_DEPTH_MAX, &mut parts_left)
    }

    /// Bounded by the depth and the count of parts.
    fn feel_part(&self, index: TypeIndex, depth_left: u32, parts_left: &mut usize) -> feel::Type {
        if *parts_left == 0 || depth_left == 0 {
            return feel::Type::Any;
        }
        *parts_left -= 1;
        let definition = self.get(index);
        let mut part = |of: TypeIndex| self.feel_part(of, depth_left - 1, parts_left);
        let of = match &definition.shape {
            Shape::Basic(basic) => basic.feel_type(),
            Shape::Alias(to) => part(*to),
            Shape::Components(components) => feel::Type::Context(
                components.iter().map(|(name, of)| (Arc::clone(name), part(*of))).collect(),
            ),
            Shape::Function { parameters, result } => feel::Type::Function {
                parameters: Some(parameters.iter().map(|of| part(*of)).collect()),
                result: part(*result).into(),
            },
        };
        if definition.is_collection { feel::Type::List(of.into()) } else { of }
    }
}

fn broken(value: &Value, tests: &str) -> String {
    let shown: String = value.to_json().chars().take(60).collect();
    let tests: String = tests.chars().take(120).collect();
    format!("{shown} is not among the allowed values {tests}")
}
