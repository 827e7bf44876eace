//! Cells fit the types of their columns, and the values that are listed for them.

use std::sync::Arc;

use crate::diagnostic::findings::Findings;
use crate::dmn::compile::{did_you_mean, shown};
use crate::dmn::model::Text;
use crate::dmn::program::{Cell, CellTest, InputColumn, OutputColumn};
use crate::dmn::types::Types;
use crate::feel::{self, ConstantTest, ConstantTests};
use crate::value::Value;

use super::{NOW, Subject};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (number, (rule, written)) in
        subject.logic.rules.iter().zip(&subject.table.rules).enumerate()
    {
        let number = number + 1;
        for ((test, input), text) in
            rule.tests.iter().zip(&subject.logic.inputs).zip(&written.inputs)
        {
            if let CellTest::Constant(tests) = test {
                check_input((number, text), tests, input, subject.types, findings);
            }
        }
        for ((cell, output), text) in
            rule.outputs.iter().zip(&subject.logic.outputs).zip(&written.outputs)
        {
            if let Cell::Constant(value) = cell {
                let whose = format!("Rule {number}");
                check_output((&whose, text), value, output, subject, findings);
            }
        }
    }
    for (output, written) in subject.logic.outputs.iter().zip(&subject.table.outputs) {
        if let (Some(Cell::Constant(value)), Some(text)) = (&output.default, &written.default) {
            check_output(("The default output", text), value, output, subject, findings);
        }
    }
}

fn check_input(
    (number, text): (usize, &Text),
    tests: &ConstantTests,
    input: &InputColumn,
    types: &Types,
    findings: &mut Findings,
) {
    let column = if input.label.is_empty() { &input.text } else { &input.label };
    let values = tests.tests.iter().flat_map(|test| match test {
        ConstantTest::Equal(value) | ConstantTest::Unequal(value) => vec![value],
        ConstantTest::Within(range) => {
            [&range.start, &range.end].into_iter().flatten().collect::<Vec<_>>()
        }
    });
    for value in values.filter(|value| !value.is_null()) {
        if let Some(basic) = types.basic_of(input.domain)
            && !basic.admits(value)
        {
            let message = format!(
                "Rule {number}: “{}” is a {}, and the values are compared with a {}.",
                shown(column),
                types.name(input.domain),
                value.type_name()
            );
            let remedy = "Compare with a value of the column's type, or correct that type.";
            findings.warning("cell-type", text.place.at(text.start), message, remedy);
            return;
        }
    }
    let allowed = input.allowed.as_ref().and_then(|allowed| allowed.constant.as_ref());
    for test in &tests.tests {
        if let (ConstantTest::Equal(value), Some(allowed)) = (test, allowed)
            && !value.is_null()
            && allowed.holds(value, NOW) == Some(false)
        {
            let whose = format!("Rule {number}");
            report_value((&whose, text), value, allowed, column, findings);
        }
    }
}

fn check_output(
    (whose, text): (&str, &Text),
    value: &Value,
    output: &OutputColumn,
    subject: &Subject<'_>,
    findings: &mut Findings,
) {
    if value.is_null() {
        return;
    }
    let types = subject.types;
    let fits = types.admits(value, output.of) || types.converts(value, output.of);
    if !fits {
        let message = format!(
            "{whose}: the output is a {} and should be {}.",
            value.type_name(),
            types.name(output.of)
        );
        let remedy = "Give a value of the output's type, or correct that type.";
        findings.warning("cell-type", text.place.at(text.start), message, remedy);
        return;
    }
    let allowed = output.allowed.as_ref().or_else(|| types.allowed_of(output.of));
    if let Some(allowed) = allowed.and_then(|allowed| allowed.constant.as_ref())
        && !matches!(value, Value::List(_))
        && allowed.holds(value, NOW) == Some(false)
    {
        report_value((whose, text), value, allowed, &output.name, findings);
    }
}

fn report_value(
    (whose, text): (&str, &Text),
    value: &Value,
    allowed: &ConstantTests,
    column: &Arc<str>,
    findings: &mut Findings,
) {
    let names: Vec<Arc<str>> = allowed
        .tests
        .iter()
        .filter_map(|test| match test {
            ConstantTest::Equal(Value::String(text)) => Some(Arc::clone(text)),
            ConstantTest::Equal(_) | ConstantTest::Unequal(_) | ConstantTest::Within(_) => None,
        })
        .collect();
    let similar = value.as_str().and_then(|text| feel::most_similar(text, &names));
    let message = format!(
        "{whose}: {} is not among the values that are listed{}{}",
        shown(&value.to_json()),
        if column.is_empty() { String::new() } else { format!(" for “{}”", shown(column)) },
        did_you_mean(similar)
    );
    let remedy = "Correct the cell, or add the value to the list.";
    findings.warning("cell-value", text.place.at(text.start), message, remedy);
}
