//! `decisionTable`: DMN 1.5, clause "Decision table".

use std::sync::Arc;

use crate::diagnostic::findings::{Findings, Place, cut};
use crate::dmn::model::{
    Aggregation, HitPolicy, InputClause, OutputClause, Table, TableRule, Text,
};
use crate::xml::Node;

use super::text;

/// The most input and output columns of a table.
const COLUMNS_MAX: usize = 200;

/// Reads a table with all its rules.
pub(super) fn read(node: Node<'_>, findings: &mut Findings) -> Table {
    let of_kind = |local: &'static str| node.children().filter(move |child| child.is_dmn(local));
    let inputs: Vec<InputClause> = of_kind("input").map(|it| input(it, findings)).collect();
    let outputs: Vec<OutputClause> = of_kind("output").map(|it| output(it, findings)).collect();
    if outputs.is_empty() {
        let message = "The table has no output.";
        findings.error("table-output-missing", node, message, "Add an output column.");
    }
    if inputs.len() + outputs.len() > COLUMNS_MAX {
        let message = format!("The table has more than the {COLUMNS_MAX} columns allowed.");
        findings.error("table-columns", node, message, "Divide the table.");
    }
    check_names(&outputs, findings);
    let rules: Vec<TableRule> = of_kind("rule")
        .enumerate()
        .map(|(index, it)| rule(it, index + 1, (inputs.len(), outputs.len()), findings))
        .collect();
    Table {
        place: Place::from(node),
        hit_policy: hit_policy(node, findings),
        output_label: text::attribute(node, "outputLabel"),
        annotations: of_kind("annotation").map(text::name).collect(),
        inputs,
        outputs,
        rules,
    }
}

fn hit_policy(node: Node<'_>, findings: &mut Findings) -> HitPolicy {
    let aggregation = match node.attribute("aggregation").unwrap_or_default() {
        "" => Aggregation::List,
        "SUM" => Aggregation::Sum,
        "MIN" => Aggregation::Min,
        "MAX" => Aggregation::Max,
        "COUNT" => Aggregation::Count,
        other => {
            let message = format!("The aggregation “{}” is not known.", cut(other));
            findings.error("table-aggregation", node, message, "Use SUM, MIN, MAX or COUNT.");
            Aggregation::List
        }
    };
    let policy = match node.attribute("hitPolicy").unwrap_or_default() {
        "" | "UNIQUE" => HitPolicy::Unique,
        "ANY" => HitPolicy::Any,
        "FIRST" => HitPolicy::First,
        "PRIORITY" => HitPolicy::Priority,
        "RULE ORDER" => HitPolicy::RuleOrder,
        "OUTPUT ORDER" => HitPolicy::OutputOrder,
        "COLLECT" => HitPolicy::Collect(aggregation),
        other => {
            let message = format!("The hit policy “{}” is not known.", cut(other));
            let remedy = "Use UNIQUE, ANY, FIRST, PRIORITY, RULE ORDER, OUTPUT ORDER or COLLECT.";
            findings.error("table-hit-policy", node, message, remedy);
            HitPolicy::Unique
        }
    };
    if aggregation != Aggregation::List && !matches!(policy, HitPolicy::Collect(_)) {
        let message = "The table has an aggregation, but its hit policy is not COLLECT.";
        let remedy = "Remove the aggregation, or use COLLECT.";
        findings.warning("table-aggregation", node, message, remedy);
    }
    policy
}

fn input(node: Node<'_>, findings: &mut Findings) -> InputClause {
    let expression = node.dmn_child("inputExpression");
    if let Some(expression) = expression {
        text::check_language(expression, findings);
    }
    let written = expression.and_then(text::text).filter(|it| !it.text.is_empty());
    let label = text::attribute(node, "label");
    let place = Place::from(node);
    let expression_text = written.unwrap_or_else(|| {
        let message = "The input column has no expression; it is null always.";
        findings.warning("table-input-expression", node, message, "Write what it looks at.");
        Text {
            text: "null".into(),
            place: Arc::new(place.clone()),
            start: node.position(),
            raw: None,
        }
    });
    InputClause {
        label,
        expression: at_column(expression_text, &place),
        of: expression.and_then(text::type_reference),
        allowed: node.dmn_child("inputValues").and_then(text::text).filter(is_set),
        place,
    }
}

/// An expression by the id of its column, where it has none.
fn at_column(text: Text, column: &Place) -> Text {
    if !text.place.element.is_empty() {
        return text;
    }
    Text { place: Arc::new(column.at(text.place.position)), ..text }
}

fn is_set(text: &Text) -> bool {
    !text.text.is_empty() && &*text.text != "-"
}

fn output(node: Node<'_>, findings: &mut Findings) -> OutputClause {
    if let Some(default) = node.dmn_child("defaultOutputEntry") {
        text::check_language(default, findings);
    }
    OutputClause {
        place: Place::from(node),
        label: text::attribute(node, "label"),
        name: text::name(node),
        of: text::type_reference(node),
        allowed: node.dmn_child("outputValues").and_then(text::text).filter(is_set),
        default: node.dmn_child("defaultOutputEntry").and_then(text::text).filter(is_set),
    }
}

/// Outputs are told apart by their names.
fn check_names(outputs: &[OutputClause], findings: &mut Findings) {
    if outputs.len() < 2 {
        return;
    }
    for (index, output) in outputs.iter().enumerate() {
        let place = output.place.clone();
        if output.name.is_empty() {
            let message = "One of several outputs has no name.";
            findings.error("table-output-name", place, message, "Name the output.");
        } else if outputs[..index].iter().any(|earlier| earlier.name == output.name) {
            let message = format!("The output name “{}” stands twice.", cut(&output.name));
            findings.error("table-output-name", place, message, "Give each output its own name.");
        }
    }
}

fn rule(
    node: Node<'_>,
    number: usize,
    (inputs, outputs): (usize, usize),
    findings: &mut Findings,
) -> TableRule {
    let place = Arc::new(Place::from(node));
    let mut cells = |local: &str| -> Vec<Text> {
        node.children()
            .filter(|child| child.is_dmn(local))
            .map(|cell| {
                text::check_language(cell, findings);
                if cell.id().is_some() {
                    text::text_or_empty(cell)
                } else {
                    text::text_or_empty_at(cell, &place)
                }
            })
            .collect()
    };
    let (input_cells, output_cells) = (cells("inputEntry"), cells("outputEntry"));
    for (found, expected, what) in
        [(input_cells.len(), inputs, "input"), (output_cells.len(), outputs, "output")]
    {
        if found != expected {
            let message = format!(
                "Rule {number} has {found} {what} cells and the table {expected} {what} columns."
            );
            findings.error("table-rule-cells", node, message, "Give each column one cell.");
        }
    }
    let annotations: Vec<Arc<str>> = node
        .children()
        .filter(|child| child.is_dmn("annotationEntry"))
        .map(|child| text::child_text(child, "text"))
        .collect();
    let description = text::child_text(node, "description");
    let annotations = if annotations.is_empty() && !description.is_empty() {
        vec![description]
    } else {
        annotations
    };
    TableRule { place, inputs: input_cells, outputs: output_cells, annotations }
}
