//! Decision tables: cells against constants are told from those that need FEEL.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::dmn::model::{HitPolicy, InputClause, OutputClause, Table, TableRule, Text};
use crate::dmn::program::{Cell, CellTest, InputColumn, OutputColumn, Rule, TableLogic};
use crate::dmn::rules::check_table;
use crate::dmn::table::Index;
use crate::dmn::types::{Shape, Tests, TypeIndex, Types};
use crate::feel::{ConstantTest, Expression};
use crate::value::Value;

use super::logic::Compiler;
use super::names::{Scope, report_syntax};

/// Cells by their text: many rules say the same.
type Known<T> = BTreeMap<Arc<str>, T>;

impl Compiler<'_> {
    /// Compiles a table whose result is of the type `of`.
    pub(super) fn table(&mut self, table: &Table, of: TypeIndex, scope: &Scope) -> TableLogic {
        let tested: Arc<str> = "?".into();
        let test_scope = scope.with([&tested]);
        let inputs: Vec<InputColumn> =
            table.inputs.iter().map(|input| self.input(input, scope, &test_scope)).collect();
        let outputs: Vec<OutputColumn> = table
            .outputs
            .iter()
            .map(|output| self.output(output, (table, of), (scope, &test_scope)))
            .collect();
        let mut tests: Vec<Known<CellTest>> = vec![BTreeMap::new(); inputs.len()];
        let mut cells: Known<Cell> = BTreeMap::new();
        let rules: Vec<Rule> = table
            .rules
            .iter()
            .enumerate()
            .map(|(index, rule)| {
                let scopes = (scope, &test_scope);
                self.rule((index + 1, rule), table, scopes, (&mut tests, &mut cells))
            })
            .collect();
        if table.hit_policy == HitPolicy::Priority || table.hit_policy == HitPolicy::OutputOrder {
            self.check_order(table, &outputs);
        }
        let index = Index::new(inputs.len(), &rules);
        let id = table.place.element.as_str().into();
        let hit_policy = table.hit_policy;
        let compiled = TableLogic { id, hit_policy, inputs, outputs, rules, index };
        check_table(table, &compiled, &self.program.types, self.findings);
        compiled
    }

    fn check_order(&mut self, table: &Table, outputs: &[OutputColumn]) {
        if outputs.iter().all(|output| output.order.is_empty()) {
            let message = "The hit policy orders by output values, and there are none.";
            let remedy = "List the output values, the most important first.";
            self.findings.error("table-output-values", &table.place, message, remedy);
        }
    }

    fn input(&mut self, input: &InputClause, scope: &Scope, test_scope: &Scope) -> InputColumn {
        let of = self.type_of(input.of.as_ref(), &input.place);
        let expression = self.expression(&input.expression, scope, "The input: ");
        let named = expression.as_ref().and_then(|it| scope.types.get(it.as_name()?)).copied();
        if let Some(name) = expression.as_ref().and_then(|it| it.as_name()) {
            let mut undeclared = self.undeclared.iter_mut();
            undeclared.find(|(known, _)| known == name).into_iter().for_each(|it| it.1 = of);
        }
        let domain = if of == Types::ANY { named.unwrap_or(of) } else { of };
        InputColumn {
            domain,
            place: Arc::clone(&input.expression.place),
            label: Arc::clone(&input.label),
            text: Arc::clone(&input.expression.text),
            expression: expression.unwrap_or_else(null_expression),
            of,
            allowed: input.allowed.as_ref().and_then(|text| self.tests(text, test_scope)),
        }
    }

    fn output(
        &mut self,
        output: &OutputClause,
        (table, of_table): (&Table, TypeIndex),
        (scope, test_scope): (&Scope, &Scope),
    ) -> OutputColumn {
        let mut of = self.type_of(output.of.as_ref(), &output.place);
        if of == Types::ANY && table.outputs.len() > 1 {
            of = self.component(of_table, &output.name);
        }
        let default = output.default.as_ref().and_then(|text| self.cell(text, scope, ""));
        let allowed = output.allowed.as_ref().and_then(|text| self.tests(text, test_scope));
        let of_type = self.program.types.allowed_of(of);
        let order = allowed.as_ref().or(of_type).map(values_in_order).unwrap_or_default();
        let place = Arc::new(output.place.clone());
        OutputColumn { place, name: Arc::clone(&output.name), of, default, order, allowed }
    }

    /// The type of a component of the table's result, where that is known.
    fn component(&self, of: TypeIndex, name: &str) -> TypeIndex {
        let mut at = of;
        loop {
            match &self.program.types.get(at).shape {
                Shape::Alias(to) => at = *to,
                Shape::Components(components) => {
                    let found = components.iter().find(|(known, _)| &**known == name);
                    return found.map_or(Types::ANY, |(_, of)| *of);
                }
                Shape::Basic(_) | Shape::Function { .. } => return Types::ANY,
            }
        }
    }

    fn rule(
        &mut self,
        (number, rule): (usize, &TableRule),
        table: &Table,
        (scope, test_scope): (&Scope, &Scope),
        (tests, cells): (&mut [Known<CellTest>], &mut Known<Cell>),
    ) -> Rule {
        let columns = table.inputs.len();
        let own_tests = (0..columns).map(|column| {
            let Some(text) = rule.inputs.get(column) else { return CellTest::Always };
            if let Some(known) = tests[column].get(&text.text) {
                return known.clone();
            }
            let test = self.test(text, number, test_scope);
            tests[column].insert(Arc::clone(&text.text), test.clone());
            test
        });
        let own_tests = own_tests.collect();
        let outputs = (0..table.outputs.len()).map(|column| {
            let Some(text) = rule.outputs.get(column) else { return Cell::Constant(Value::Null) };
            if let Some(known) = cells.get(&text.text) {
                return known.clone();
            }
            let whose = format!("Rule {number}: ");
            let cell = self.cell(text, scope, &whose).unwrap_or(Cell::Constant(Value::Null));
            cells.insert(Arc::clone(&text.text), cell.clone());
            cell
        });
        Rule {
            id: rule.place.element.as_str().into(),
            outputs: outputs.collect(),
            tests: own_tests,
            place: Arc::clone(&rule.place),
        }
    }

    /// A condition; an empty cell asks nothing, as modelers write it.
    fn test(&mut self, text: &Text, number: usize, scope: &Scope) -> CellTest {
        if text.text.is_empty() || &*text.text == "-" {
            return CellTest::Always;
        }
        match Expression::parse_unary_tests(&text.text, &scope.names) {
            Ok(expression) => match expression.as_constant_tests() {
                Some(tests) if tests.tests.is_empty() => CellTest::Always,
                Some(tests) => CellTest::Constant(Arc::new(tests)),
                None => {
                    self.note_names(text, &expression, scope, &format!("Rule {number}: "));
                    CellTest::Feel(expression)
                }
            },
            Err(error) => {
                report_syntax(text, &error, &format!("Rule {number}: "), self.findings);
                CellTest::Never
            }
        }
    }

    /// A result; an empty cell is null.
    fn cell(&mut self, text: &Text, scope: &Scope, whose: &str) -> Option<Cell> {
        if text.text.is_empty() || &*text.text == "-" {
            return Some(Cell::Constant(Value::Null));
        }
        let expression = self.expression(text, scope, whose)?;
        Some(match expression.as_folded() {
            Some(value) => Cell::Constant(value),
            None => Cell::Feel(expression),
        })
    }

    fn tests(&mut self, text: &Text, scope: &Scope) -> Option<Tests> {
        match Expression::parse_unary_tests(&text.text, &scope.names) {
            Ok(expression) => {
                self.note_names(text, &expression, scope, "The values: ");
                Some(Tests::new(&text.text, expression))
            }
            Err(error) => {
                report_syntax(text, &error, "The values: ", self.findings);
                None
            }
        }
    }
}

fn null_expression() -> Expression {
    Expression::parse("null", &crate::feel::Names::none()).expect("null is an expression")
}

/// The values that tests list, in their order.
fn values_in_order(tests: &Tests) -> Vec<Value> {
    let Some(constant) = &tests.constant else { return Vec::new() };
    let value = |test: &ConstantTest| match test {
        ConstantTest::Equal(value) => Some(value.clone()),
        ConstantTest::Unequal(_) | ConstantTest::Within(_) => None,
    };
    constant.tests.iter().filter_map(value).collect()
}
