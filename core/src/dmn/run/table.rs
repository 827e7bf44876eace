//! Decision tables: which rules match, and what they make together.
//!
//! DMN 1.5, clauses "Decision table" and "Hit policy".

use std::cmp::Ordering;
use std::sync::Arc;

use crate::diagnostic::findings::Place;
use crate::dmn::model::{Aggregation, HitPolicy};
use crate::dmn::program::{Cell, CellTest, OutputColumn, Rule, TableLogic};
use crate::dmn::trace::{MatchedRule, NO_RULE_MATCHES, TraceInput};
use crate::feel::{self, Meter, Scope};
use crate::time::Timestamp;
use crate::value::Value;

use super::logic::Evaluator;
use super::scope::Tested;
use super::{Result, record};

impl Evaluator<'_> {
    /// The result of a table.
    #[inline(never)]
    pub(super) fn table(
        self,
        table: &TableLogic,
        place: &Place,
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result {
        let Some(inputs) = self.inputs(table, scope, meter)? else { return Ok(Value::Null) };
        let matched = Self::matching(table, &inputs, scope, meter)?;
        let rules = matched.iter().map(|number| MatchedRule {
            table: Arc::clone(&table.id),
            index: number + 1,
            id: Arc::clone(&table.rules[*number as usize].id),
        });
        record::matched(meter, &table.id, rules, || traced(table, &inputs));
        if matched.is_empty() {
            return self.unmatched(table, place, scope, meter);
        }
        if table.hit_policy == HitPolicy::Unique
            && let [first, second, ..] = matched.as_slice()
        {
            let message = format!(
                "the rules {} and {} match, but the hit policy is UNIQUE",
                first + 1,
                second + 1
            );
            record::warn_here(meter, place, message);
            return Ok(Value::Null);
        }
        self.result((table, place), &matched, scope, meter)
    }

    /// The values of the inputs; `None` where one is not allowed.
    fn inputs(
        self,
        table: &TableLogic,
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result<Option<Vec<Value>>> {
        let mut values = Vec::with_capacity(table.inputs.len());
        for input in &table.inputs {
            let value = Self::feel(&input.expression, &input.place, scope, meter)?;
            let value = self.fit(value, input.of, &input.place, meter)?;
            if let Some(allowed) = &input.allowed
                && !value.is_null()
                && !Self::allows(allowed, &value, scope, meter)?
            {
                let shown: String = value.to_json().chars().take(60).collect();
                let message = format!("{shown} is not among the input values {}", allowed.text);
                record::warn_here(meter, &input.place, message);
                return Ok(None);
            }
            values.push(value);
        }
        Ok(Some(values))
    }

    /// Whether a value, or each item of a list, is among the allowed ones.
    fn allows(
        allowed: &crate::dmn::types::Tests,
        value: &Value,
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result<bool> {
        if allowed.hold(value, scope, meter)? {
            return Ok(true);
        }
        let Value::List(items) = value else { return Ok(false) };
        for item in items.iter() {
            if !allowed.hold(item, scope, meter)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The rules that match, by their place in the table.
    fn matching(
        table: &TableLogic,
        inputs: &[Value],
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result<Vec<u32>> {
        let first_only = table.hit_policy == HitPolicy::First;
        let mut matched = Vec::new();
        let count = u32::try_from(table.rules.len()).unwrap_or(u32::MAX);
        let mut try_rule = |number: u32, meter: &mut Meter<'_>| -> Result<bool> {
            if Self::matches(&table.rules[number as usize], inputs, scope, meter)? {
                matched.push(number);
                return Ok(first_only);
            }
            Ok(false)
        };
        match table.index.candidates(inputs) {
            Some(candidates) => {
                for number in candidates {
                    if try_rule(number, meter)? {
                        break;
                    }
                }
            }
            None => {
                for number in 0..count {
                    if try_rule(number, meter)? {
                        break;
                    }
                }
            }
        }
        Ok(matched)
    }

    fn matches(
        rule: &Rule,
        inputs: &[Value],
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result<bool> {
        meter.work(rule.tests.len() as u64)?;
        for (test, value) in rule.tests.iter().zip(inputs) {
            let holds = match test {
                CellTest::Always => true,
                CellTest::Never => false,
                CellTest::Constant(tests) => tests.holds(value, meter.env.now) == Some(true),
                CellTest::Feel(expression) => {
                    let scope = Tested { value, outer: scope };
                    let holds = Self::feel(expression, &rule.place, &scope, meter)?;
                    holds == Value::Boolean(true)
                }
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// No rule matches: the default outputs, where there are any.
    fn unmatched(
        self,
        table: &TableLogic,
        place: &Place,
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result {
        if table.outputs.iter().any(|output| output.default.is_some()) {
            let mut values = Vec::with_capacity(table.outputs.len());
            for output in &table.outputs {
                let value = match &output.default {
                    Some(cell) => self.cell((cell, output, &output.place), scope, meter)?,
                    None => Value::Null,
                };
                values.push(value);
            }
            return Ok(joined(&table.outputs, values));
        }
        match table.aggregation() {
            Some(Aggregation::List) => Ok(Value::list(Vec::new())),
            Some(Aggregation::Count) => Ok(Value::from(0)),
            Some(Aggregation::Sum | Aggregation::Min | Aggregation::Max) | None => {
                record::warn_here(meter, place, NO_RULE_MATCHES);
                Ok(Value::Null)
            }
        }
    }

    fn cell(
        self,
        (cell, output, place): (&Cell, &OutputColumn, &Place),
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result {
        let value = match cell {
            Cell::Constant(value) => value.clone(),
            Cell::Feel(expression) => Self::feel(expression, place, scope, meter)?,
        };
        self.fit(value, output.of, place, meter)
    }

    fn outputs(
        self,
        table: &TableLogic,
        number: u32,
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result<Vec<Value>> {
        let rule = &table.rules[number as usize];
        let mut values = Vec::with_capacity(table.outputs.len());
        for (cell, output) in rule.outputs.iter().zip(&table.outputs) {
            values.push(self.cell((cell, output, &rule.place), scope, meter)?);
        }
        Ok(values)
    }

    fn result(
        self,
        (table, place): (&TableLogic, &Place),
        matched: &[u32],
        scope: &dyn Scope,
        meter: &mut Meter<'_>,
    ) -> Result {
        let outputs = &table.outputs;
        if let (HitPolicy::Unique | HitPolicy::First, [first, ..]) = (table.hit_policy, matched) {
            return Ok(joined(outputs, self.outputs(table, *first, scope, meter)?));
        }
        let mut rows = Vec::with_capacity(matched.len());
        for number in matched {
            rows.push(self.outputs(table, *number, scope, meter)?);
        }
        let now = meter.env.now;
        match table.hit_policy {
            HitPolicy::Unique | HitPolicy::First => Ok(Value::Null),
            HitPolicy::Any => {
                let differing = rows.iter().position(|row| !same(row, &rows[0], now));
                if let Some(at) = differing {
                    let message = format!(
                        "the rules {} and {} match with different outputs, but the hit policy is \
                         ANY",
                        matched[0] + 1,
                        matched[at] + 1
                    );
                    record::warn_here(meter, place, message);
                    return Ok(Value::Null);
                }
                Ok(joined(outputs, rows.swap_remove(0)))
            }
            HitPolicy::Priority => {
                rows.sort_by(|a, b| by_output_values(outputs, a, b, now));
                Ok(joined(outputs, rows.swap_remove(0)))
            }
            HitPolicy::OutputOrder => {
                rows.sort_by(|a, b| by_output_values(outputs, a, b, now));
                all(outputs, rows, meter)
            }
            HitPolicy::RuleOrder => all(outputs, rows, meter),
            HitPolicy::Collect(aggregation) => {
                Self::collected((table, place), aggregation, rows, meter)
            }
        }
    }

    fn collected(
        (table, place): (&TableLogic, &Place),
        aggregation: Aggregation,
        rows: Vec<Vec<Value>>,
        meter: &mut Meter<'_>,
    ) -> Result {
        if aggregation == Aggregation::List {
            return all(&table.outputs, rows, meter);
        }
        let mut values = Vec::with_capacity(table.outputs.len());
        for column in 0..table.outputs.len() {
            let cells: Vec<Value> = rows.iter().map(|row| row[column].clone()).collect();
            values.push(aggregated(aggregation, &cells, meter.env.now).unwrap_or_else(|reason| {
                record::warn_here(meter, place, reason);
                Value::Null
            }));
        }
        Ok(joined(&table.outputs, values))
    }
}

/// One output alone, several as a context.
fn joined(outputs: &[OutputColumn], mut values: Vec<Value>) -> Value {
    if values.len() == 1 {
        return values.swap_remove(0);
    }
    Value::context(outputs.iter().map(|output| Arc::clone(&output.name)).zip(values))
}

fn all(outputs: &[OutputColumn], rows: Vec<Vec<Value>>, meter: &mut Meter<'_>) -> Result {
    meter.allocate(size_of::<Value>() * rows.len() + 64)?;
    Ok(Value::list(rows.into_iter().map(|row| joined(outputs, row)).collect()))
}

fn same(a: &[Value], b: &[Value], now: Timestamp) -> bool {
    a.iter().zip(b).all(|(a, b)| feel::equal(a, b, now) == Some(true))
}

/// The order of rows by the places of their outputs among the output values, column by column.
fn by_output_values(
    outputs: &[OutputColumn],
    a: &[Value],
    b: &[Value],
    now: Timestamp,
) -> Ordering {
    let place = |output: &OutputColumn, value: &Value| {
        let found = output.order.iter().position(|it| feel::equal(it, value, now) == Some(true));
        found.unwrap_or(usize::MAX)
    };
    outputs
        .iter()
        .zip(a.iter().zip(b))
        .map(|(output, (a, b))| place(output, a).cmp(&place(output, b)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn aggregated(
    aggregation: Aggregation,
    values: &[Value],
    now: Timestamp,
) -> std::result::Result<Value, String> {
    match aggregation {
        Aggregation::Count => Ok(Value::from(values.len())),
        Aggregation::Sum => sum(values),
        Aggregation::Min => extreme(values, Ordering::Less, now),
        Aggregation::Max => extreme(values, Ordering::Greater, now),
        Aggregation::List => Ok(Value::list(values.to_vec())),
    }
}

fn sum(values: &[Value]) -> std::result::Result<Value, String> {
    let mut total = crate::value::Decimal::from(0_i64);
    for value in values {
        let Value::Number(number) = value else {
            return Err(format!("a {} cannot be summed up", value.type_name()));
        };
        total = total.plus(*number).map_err(|error| error.to_string())?;
    }
    Ok(Value::Number(total))
}

fn extreme(
    values: &[Value],
    wanted: Ordering,
    now: Timestamp,
) -> std::result::Result<Value, String> {
    let mut found = values.first().cloned().unwrap_or_default();
    for value in values {
        match feel::order(value, &found, now) {
            Some(order) if order == wanted => found = value.clone(),
            Some(_) => {}
            None => return Err(format!("a {} cannot be compared here", value.type_name())),
        }
    }
    Ok(found)
}

fn traced(table: &TableLogic, inputs: &[Value]) -> Vec<TraceInput> {
    let name =
        |label: &Arc<str>, text: &Arc<str>| Arc::clone(if label.is_empty() { text } else { label });
    table
        .inputs
        .iter()
        .zip(inputs)
        .map(|(input, value)| TraceInput {
            name: name(&input.label, &input.text),
            value: value.clone(),
        })
        .collect()
}
