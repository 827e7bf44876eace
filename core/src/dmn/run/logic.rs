//! Evaluation of expressions: DMN 1.5, clause "Boxed expressions".
//!
//! Recurses over expressions, whose depth the reader bounds; each level counts as several of the
//! budget's.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an expression names the types it is defined for; all others are null with a reason"
)]

use std::sync::Arc;

use crate::diagnostic::findings::Place;
use crate::dmn::program::{Logic, LogicKind, LoopKind, NamedLogic, Program};
use crate::dmn::types::{TypeIndex, Types};
use crate::feel::{self, Evaluation, Expression, Meter, Names, Scope};
use crate::value::{Context, Value};

use super::scope::{Inner, Item, snapshot};
use super::{Result, function, record};

/// Levels of the budget for one level of boxed expressions: their frames are larger than FEEL's.
const LEVELS: u32 = 4;

/// Evaluates the expressions of a program.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'p> {
    pub(super) program: &'p Arc<Program>,
}

impl Evaluator<'_> {
    /// The value of an expression.
    pub(super) fn evaluate(
        self,
        logic: &Logic,
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result {
        meter.work(1)?;
        let value = if let LogicKind::Feel(expression) = &logic.kind {
            Self::feel(expression, &logic.place, scope, meter)?
        } else {
            meter.enter(LEVELS)?;
            let value = self.boxed(logic, scope, meter);
            meter.leave(LEVELS);
            value?
        };
        self.fit(value, logic.of, &logic.place, meter)
    }

    fn boxed(self, logic: &Logic, scope: &dyn Scope, meter: &mut Meter<'_>) -> Result {
        match &logic.kind {
            LogicKind::Feel(expression) => Self::feel(expression, &logic.place, scope, meter),
            LogicKind::Context { entries, result } => {
                self.context(entries, result.as_deref(), scope, meter)
            }
            LogicKind::Table(table) => self.table(table, &logic.place, scope, meter),
            LogicKind::Relation { columns, rows } => self.relation(columns, rows, scope, meter),
            LogicKind::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.evaluate(item, scope, meter)?);
                }
                list(values, meter)
            }
            LogicKind::Invocation { function, bindings } => {
                self.invocation(function, bindings, scope, meter)
            }
            LogicKind::Function(function) => {
                let scope = snapshot(scope);
                meter.allocate(48 * scope.len() + 64)?;
                let function = Arc::clone(function);
                Ok(function::closure(self.program, function, scope, None))
            }
            LogicKind::Conditional { condition, then, otherwise } => {
                let holds = self.evaluate(condition, scope, meter)? == Value::Boolean(true);
                self.evaluate(if holds { then } else { otherwise }, scope, meter)
            }
            LogicKind::Loop { kind, variable, of, list, body } => {
                let items = self.evaluate(list, scope, meter)?;
                let Some(items) = Self::items(&items, meter)? else {
                    let message = format!("a {} cannot be gone through", items.type_name());
                    record::warn_here(meter, &list.place, message);
                    return Ok(Value::Null);
                };
                self.iterate((*kind, variable, *of), (&items, body), scope, meter)
            }
            LogicKind::Filter { list, condition } => self.filter(list, condition, scope, meter),
            LogicKind::Null(reason) => {
                record::warn_here(meter, &logic.place, &**reason);
                Ok(Value::Null)
            }
        }
    }

    /// The value of FEEL text.
    pub(super) fn feel(
        expression: &Expression,
        place: &Place,
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result {
        let Evaluation { value, warnings } = expression.evaluate_within(scope, meter)?;
        if !warnings.is_empty() {
            record::keep(meter, place, warnings);
        }
        Ok(value)
    }

    /// The value as one of a type, or null with a warning.
    pub(super) fn fit(
        self,
        value: Value,
        of: TypeIndex,
        place: &Place,
        meter: &mut Meter<'_>,
    ) -> Result {
        if of == Types::ANY {
            return Ok(value);
        }
        match self.program.types.fit(value, of, meter)? {
            Ok(value) => Ok(value),
            Err(reason) => {
                record::warn_here(meter, place, format!("null: {reason}"));
                Ok(Value::Null)
            }
        }
    }

    fn named(self, named: &NamedLogic, scope: &dyn Scope, meter: &mut Meter<'_>) -> Result {
        let value = self.evaluate(&named.logic, scope, meter)?;
        self.fit(value, named.of, &named.logic.place, meter)
    }

    #[inline(never)]
    fn context(
        self,
        entries: &[NamedLogic],
        result: Option<&Logic>,
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result {
        let mut names = Context::new();
        for entry in entries {
            let inner = Inner { names: &names, outer: scope };
            let value = if let LogicKind::Function(function) = &entry.logic.kind {
                let scope = snapshot(&inner);
                meter.allocate(48 * scope.len() + 64)?;
                let name = Some(Arc::clone(&entry.name));
                function::closure(self.program, Arc::clone(function), scope, name)
            } else {
                self.named(entry, &inner, meter)?
            };
            meter.allocate(48)?;
            names.insert(Arc::clone(&entry.name), value);
        }
        match result {
            Some(result) => self.evaluate(result, &Inner { names: &names, outer: scope }, meter),
            None => Ok(Value::from(names)),
        }
    }

    #[inline(never)]
    fn relation(
        self,
        columns: &[(Arc<str>, TypeIndex)],
        rows: &[Vec<Logic>],
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result {
        let mut values = Vec::with_capacity(rows.len());
        for row in rows {
            let mut context = Context::new();
            for ((name, of), cell) in columns.iter().zip(row) {
                let value = self.evaluate(cell, scope, meter)?;
                let value = self.fit(value, *of, &cell.place, meter)?;
                context.insert(Arc::clone(name), value);
            }
            meter.allocate(48 * context.len() + 64)?;
            values.push(Value::from(context));
        }
        list(values, meter)
    }

    #[inline(never)]
    fn invocation(
        self,
        function: &Logic,
        bindings: &[NamedLogic],
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result {
        let called = self.evaluate(function, scope, meter)?;
        let mut arguments = Vec::with_capacity(bindings.len());
        for binding in bindings {
            arguments.push((Arc::clone(&binding.name), self.named(binding, scope, meter)?));
        }
        let Evaluation { value, warnings } = feel::call_function(&called, &arguments, meter)?;
        record::keep(meter, &function.place, warnings);
        Ok(value)
    }

    /// The items of a list or of a range of whole steps; `None` for other values.
    fn items(value: &Value, meter: &mut Meter<'_>) -> Result<Option<Vec<Value>>> {
        match value {
            Value::List(items) => {
                meter.work(items.len() as u64)?;
                meter.allocate(size_of::<Value>() * items.len())?;
                Ok(Some(items.items().to_vec()))
            }
            Value::Range(_) => {
                let scope: Context = [("range", value.clone())].into_iter().collect();
                let text = "for item in range return item";
                let Ok(expression) = Expression::parse(text, &Names::none()) else {
                    return Ok(None);
                };
                let evaluation = expression.evaluate_within(&scope, meter)?;
                Ok(evaluation.value.as_list().map(<[Value]>::to_vec))
            }
            _ => Ok(None),
        }
    }

    #[inline(never)]
    fn iterate(
        self,
        (kind, variable, of): (LoopKind, &Arc<str>, TypeIndex),
        (items, body): (&[Value], &Logic),
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result {
        let mut results: Vec<Value> = Vec::new();
        let mut answer = Value::Boolean(kind == LoopKind::Every);
        for item in items {
            let item = self.fit(item.clone(), of, &body.place, meter)?;
            let mut names: Context = [(Arc::clone(variable), item)].into_iter().collect();
            if kind == LoopKind::For && uses_partial(body) {
                meter.work(results.len() as u64)?;
                names.insert("partial", Value::list(results.clone()));
            }
            let value = self.evaluate(body, &Inner { names: &names, outer: scope }, meter)?;
            match (kind, &value) {
                (LoopKind::For, _) => {
                    meter.allocate(size_of::<Value>())?;
                    results.push(value);
                }
                (LoopKind::Every | LoopKind::Some, Value::Boolean(flag)) => {
                    if *flag == (kind == LoopKind::Some) {
                        answer = value;
                    }
                }
                // Null also where another item decides: the kit asks every item.
                (LoopKind::Every | LoopKind::Some, other) => {
                    let message = format!("a {} where true or false is asked", other.type_name());
                    record::warn_here(meter, &body.place, message);
                    return Ok(Value::Null);
                }
            }
        }
        if kind == LoopKind::For { list(results, meter) } else { Ok(answer) }
    }

    #[inline(never)]
    fn filter(
        self,
        filtered: &Logic,
        condition: &Logic,
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result {
        let value = self.evaluate(filtered, scope, meter)?;
        let items = match value {
            Value::List(items) => items.items().to_vec(),
            Value::Null => return Ok(Value::Null),
            other => vec![other],
        };
        let mut kept = Vec::new();
        for item in items {
            let inner = Item { item: &item, outer: scope };
            match self.evaluate(condition, &inner, meter)? {
                Value::Boolean(true) => kept.push(item),
                Value::Boolean(false) | Value::Null => {}
                other => {
                    let message = format!("a {} where true or false is asked", other.type_name());
                    record::warn_here(meter, &condition.place, message);
                    return Ok(Value::Null);
                }
            }
        }
        list(kept, meter)
    }
}

fn list(values: Vec<Value>, meter: &mut Meter<'_>) -> Result {
    meter.allocate(size_of::<Value>() * values.len() + 64)?;
    Ok(Value::list(values))
}

/// Whether a body may look at the results so far; only then are they copied.
fn uses_partial(body: &Logic) -> bool {
    match &body.kind {
        LogicKind::Feel(expression) => {
            expression.names_used().iter().any(|name| &**name == "partial")
        }
        LogicKind::Null(_) => false,
        LogicKind::Context { .. }
        | LogicKind::Table(_)
        | LogicKind::Relation { .. }
        | LogicKind::List(_)
        | LogicKind::Invocation { .. }
        | LogicKind::Function(_)
        | LogicKind::Conditional { .. }
        | LogicKind::Loop { .. }
        | LogicKind::Filter { .. } => true,
    }
}
