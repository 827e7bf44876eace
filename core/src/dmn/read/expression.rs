//! Boxed expressions: DMN 1.5, clause "Boxed expressions".

use crate::diagnostic::findings::{Findings, Place};
use crate::dmn::model::{
    Boxed, BoxedKind, ContextEntry, FunctionDefinition, FunctionKind, Iterator, Table, Variable,
};
use crate::xml::{Namespace, Node};

use super::{table, text};

/// The most levels of expressions inside each other.
pub(super) const EXPRESSION_DEPTH_MAX: usize = 64;

const EXPRESSIONS: [&str; 12] = [
    "literalExpression",
    "context",
    "decisionTable",
    "relation",
    "list",
    "invocation",
    "functionDefinition",
    "conditional",
    "for",
    "every",
    "some",
    "filter",
];

/// The expression directly inside of an element, where there is one.
pub(super) fn child(node: Node<'_>, findings: &mut Findings) -> Option<Boxed> {
    inner(node, 0, findings)
}

fn inner(node: Node<'_>, depth: usize, findings: &mut Findings) -> Option<Boxed> {
    let mut found = node.children().filter(|child| is_expression(*child));
    let first = found.next()?;
    if let Some(second) = found.next() {
        let message = format!("<{}> holds more than one expression.", node.qualified());
        findings.error("expression-several", second, message, "Keep one of them.");
    }
    Some(read(first, depth, findings))
}

fn is_expression(node: Node<'_>) -> bool {
    node.namespace() == Namespace::Dmn && EXPRESSIONS.contains(&node.local())
}

/// Reads an expression; the depth is bounded, and so is the recursion.
fn read(node: Node<'_>, depth: usize, findings: &mut Findings) -> Boxed {
    let place = Place::from(node);
    let of = text::type_reference(node);
    if depth >= EXPRESSION_DEPTH_MAX {
        let message =
            format!("Expressions nest deeper than the {EXPRESSION_DEPTH_MAX} levels allowed.");
        findings.error("expression-depth", node, message, "Move inner parts to own decisions.");
        return Boxed { place, of, kind: BoxedKind::Unreadable };
    }
    let kind = match node.local() {
        "literalExpression" => literal(node, findings),
        "context" => context(node, depth, findings),
        "decisionTable" => BoxedKind::Table(Box::new(table::read(node, findings))),
        "relation" => relation(node, depth, findings),
        "list" => BoxedKind::List(
            node.children()
                .filter(|child| is_expression(*child))
                .map(|child| read(child, depth + 1, findings))
                .collect(),
        ),
        "invocation" => invocation(node, depth, findings),
        "functionDefinition" => BoxedKind::Function(Box::new(function(node, depth + 1, findings))),
        "conditional" => BoxedKind::Conditional {
            condition: part(node, &["if"], depth, findings),
            then: part(node, &["then"], depth, findings),
            otherwise: part(node, &["else"], depth, findings),
        },
        "for" => BoxedKind::For(iterator(node, &["return"], depth, findings)),
        "every" => BoxedKind::Every(iterator(node, &["satisfies"], depth, findings)),
        "some" => BoxedKind::Some(iterator(node, &["satisfies"], depth, findings)),
        _ => BoxedKind::Filter {
            list: part(node, &["in"], depth, findings),
            condition: part(node, &["match"], depth, findings),
        },
    };
    Boxed { place, of, kind }
}

fn literal(node: Node<'_>, findings: &mut Findings) -> BoxedKind {
    if node.dmn_child("importedValues").is_some() {
        let message = "The expression takes its value from another file; that is not read.";
        findings.error("imported-values", node, message, "Write the value into the model.");
        return BoxedKind::Unreadable;
    }
    if !text::check_language(node, findings) {
        return BoxedKind::Unreadable;
    }
    BoxedKind::Literal(text::text_or_empty(node))
}

fn context(node: Node<'_>, depth: usize, findings: &mut Findings) -> BoxedKind {
    let mut entries = Vec::new();
    for entry in node.children().filter(|child| child.is_dmn("contextEntry")) {
        let variable = entry.dmn_child("variable").map(text::information_item);
        let variable = variable.filter(|variable| !variable.name.is_empty());
        let Some(value) = inner(entry, depth + 1, findings) else {
            let message = "An entry of the context has no value.";
            findings.error("entry-value-missing", entry, message, "Give it an expression.");
            continue;
        };
        entries.push(ContextEntry { variable, value });
    }
    BoxedKind::Context(entries)
}

fn relation(node: Node<'_>, depth: usize, findings: &mut Findings) -> BoxedKind {
    let columns: Vec<Variable> = node
        .children()
        .filter(|child| child.is_dmn("column"))
        .map(text::information_item)
        .collect();
    let mut rows = Vec::new();
    for row in node.children().filter(|child| child.is_dmn("row")) {
        let cells: Vec<Boxed> = row
            .children()
            .filter(|child| is_expression(*child))
            .map(|child| read(child, depth + 1, findings))
            .collect();
        if cells.len() != columns.len() {
            let message = format!(
                "The row has {} cells and the relation {} columns.",
                cells.len(),
                columns.len()
            );
            findings.error("relation-row", row, message, "Give each column one cell.");
        }
        rows.push(cells);
    }
    BoxedKind::Relation { columns, rows }
}

fn invocation(node: Node<'_>, depth: usize, findings: &mut Findings) -> BoxedKind {
    let Some(function) = inner(node, depth + 1, findings) else {
        let message = "The invocation names no function.";
        findings.error("invocation-function", node, message, "Name the function to invoke.");
        return BoxedKind::Unreadable;
    };
    let mut bindings = Vec::new();
    for binding in node.children().filter(|child| child.is_dmn("binding")) {
        let Some(parameter) = binding.dmn_child("parameter").map(text::information_item) else {
            let message = "A binding of the invocation names no parameter.";
            findings.error("binding-parameter", binding, message, "Name the parameter.");
            continue;
        };
        bindings.push((parameter, inner(binding, depth + 1, findings)));
    }
    BoxedKind::Invocation { function: Box::new(function), bindings }
}

/// A function: of a knowledge model, or as an expression.
pub(super) fn function(
    node: Node<'_>,
    depth: usize,
    findings: &mut Findings,
) -> FunctionDefinition {
    let kind = match node.attribute("kind").unwrap_or_default() {
        "" | "FEEL" | "Feel" | "feel" | "F" => FunctionKind::Feel,
        "Java" | "JAVA" | "java" | "J" => FunctionKind::Java,
        "PMML" | "pmml" | "P" => {
            let message = "A function of PMML is not executed; its result is null.";
            findings.warning("function-pmml", node, message, "Write the function in FEEL.");
            FunctionKind::Pmml
        }
        other => {
            let message = format!(
                "The kind of function “{}” is not known.",
                crate::diagnostic::findings::cut(other)
            );
            findings.error("function-kind", node, message, "Use FEEL, Java or PMML.");
            FunctionKind::Feel
        }
    };
    let declared = node.children().filter(|child| child.is_dmn("formalParameter"));
    let mut parameters: Vec<Variable> = declared.map(text::information_item).collect();
    let body = inner(node, depth, findings);
    if let (true, Some(BoxedKind::Table(table))) =
        (parameters.is_empty(), body.as_ref().map(|body| &body.kind))
    {
        parameters = implicit_parameters(table);
    }
    let of = text::type_reference(node);
    FunctionDefinition { place: Place::from(node), of, kind, parameters, body }
}

/// The inputs of a table that are plain names: the parameters of a function that declares none.
fn implicit_parameters(table: &Table) -> Vec<Variable> {
    let is_name = |text: &str| {
        text.chars().all(|it| it.is_alphanumeric() || matches!(it, ' ' | '_' | '\''))
            && text.starts_with(char::is_alphabetic)
            && !matches!(text, "true" | "false" | "null")
    };
    let mut parameters: Vec<Variable> = Vec::new();
    for input in table.inputs.iter().filter(|input| is_name(&input.expression.text)) {
        let name = text::name_of(&input.expression.text);
        if parameters.iter().all(|known| known.name != name) {
            parameters.push(Variable { name, of: input.of.clone() });
        }
    }
    parameters
}

/// The expression in the first of the children `names`; a missing one is a finding.
fn part(node: Node<'_>, names: &[&str], depth: usize, findings: &mut Findings) -> Box<Boxed> {
    let holder = names.iter().find_map(|name| node.dmn_child(name));
    let found = holder.and_then(|holder| inner(holder, depth + 1, findings));
    Box::new(found.unwrap_or_else(|| {
        let message = format!("<{}> lacks the part <{}>.", node.qualified(), names[0]);
        findings.error("expression-part", node, message, "Add the missing part.");
        Boxed { place: Place::from(node), of: None, kind: BoxedKind::Unreadable }
    }))
}

fn iterator(node: Node<'_>, body: &[&str], depth: usize, findings: &mut Findings) -> Box<Iterator> {
    let name = text::name_of(node.attribute("iteratorVariable").unwrap_or_default());
    if name.is_empty() {
        let message = format!("<{}> has no iterator variable.", node.qualified());
        findings.error("iterator-variable", node, message, "Set iteratorVariable to a name.");
    }
    let holder = node.dmn_child("in");
    Box::new(Iterator {
        variable: Variable { name, of: holder.and_then(text::type_reference) },
        list: *part(node, &["in"], depth, findings),
        body: *part(node, body, depth, findings),
    })
}
