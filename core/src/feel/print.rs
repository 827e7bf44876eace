//! Expressions as text: a tree written out so that it is read as the same tree again.
//!
//! Comments, redundant parentheses and the choice between ways to write the same (`5 in [1..9]`,
//! `5 in ([1..9])`) are not kept. Names that could be misread stand in back quotes.

mod names;
mod types;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use self::names::Spelling;
use super::ast::{
    Arguments, ArithmeticOperator, Comparison, Entry, FunctionNode, Iteration, Kind, Node,
};
use super::builtin::{self, Builtin};
use super::eval::BuiltinFunction;
use super::names::Names;
use super::types::Type;
use crate::value::Value;

/// Writes a tree that was parsed with these names in scope.
pub(super) fn print(root: &Node, names: &Names) -> String {
    let mut printer = Printer {
        out: String::new(),
        spelling: Spelling::new(root, names),
        frames: vec![BTreeMap::new()],
    };
    match &root.kind {
        Kind::UnaryTests { negated, tests, .. } => printer.unary_tests(*negated, tests),
        _ => printer.node(root, Level::Expression),
    }
    printer.out
}

/// How tightly a construct holds together; one that is looser than its place asks for stands in
/// parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// What reaches as far to the right as it can.
    Expression,
    Or,
    And,
    Comparison,
    Sum,
    Product,
    Power,
    Operand,
    Primary,
}

impl Level {
    const fn tighter(self) -> Self {
        match self {
            Self::Expression => Self::Or,
            Self::Or => Self::And,
            Self::And => Self::Comparison,
            Self::Comparison => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product => Self::Power,
            Self::Power => Self::Operand,
            Self::Operand | Self::Primary => Self::Primary,
        }
    }

    fn of(kind: &Kind) -> Self {
        match kind {
            Kind::If { .. }
            | Kind::For { .. }
            | Kind::Quantified { .. }
            | Kind::Function(_)
            | Kind::InstanceOf { .. }
            | Kind::Equal(_)
            | Kind::Unequal(_)
            | Kind::Range { start: None, .. }
            | Kind::Range { end: None, .. }
            | Kind::UnaryTests { .. } => Self::Expression,
            Kind::Or(_) => Self::Or,
            Kind::And(_) => Self::And,
            Kind::Compare { .. } | Kind::Between { .. } | Kind::In { .. } => Self::Comparison,
            Kind::Arithmetic { rest, .. } => match rest.first() {
                Some((ArithmeticOperator::Add | ArithmeticOperator::Subtract, _)) => Self::Sum,
                Some((ArithmeticOperator::Multiply | ArithmeticOperator::Divide, _)) => {
                    Self::Product
                }
                Some((ArithmeticOperator::Power, _)) | None => Self::Power,
            },
            Kind::Negate(_) => Self::Operand,
            Kind::Constant(Value::Number(number)) if number.is_negative() => Self::Operand,
            Kind::Condition(inner) => Self::of(&inner.kind),
            Kind::Constant(_)
            | Kind::Global(_)
            | Kind::Remembered { .. }
            | Kind::Local(_)
            | Kind::FilterName { .. }
            | Kind::Path { .. }
            | Kind::Filter { .. }
            | Kind::Call { .. }
            | Kind::CallBuiltin { .. }
            | Kind::List(_)
            | Kind::Context(_)
            | Kind::Range { .. } => Self::Primary,
        }
    }
}

struct Printer {
    out: String,
    spelling: Spelling,
    /// The names in the slots of each function, the innermost last.
    frames: Vec<BTreeMap<u16, Arc<str>>>,
}

impl Printer {
    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn node(&mut self, node: &Node, at_least: Level) {
        let in_parentheses = Level::of(&node.kind) < at_least;
        if in_parentheses {
            self.text("(");
        }
        self.kind(&node.kind);
        if in_parentheses {
            self.text(")");
        }
    }

    fn kind(&mut self, kind: &Kind) {
        match kind {
            Kind::Constant(value) => self.constant(value),
            Kind::Global(name) | Kind::Remembered { name, .. } | Kind::FilterName { name, .. } => {
                self.name(name);
            }
            Kind::Local(slot) => {
                let name = self.frames.last().and_then(|frame| frame.get(slot)).cloned();
                self.name(&name.unwrap_or_else(|| "item".into()));
            }
            Kind::Negate(value) => self.prefixed("-", value, Level::Operand),
            Kind::Arithmetic { first, rest } => self.arithmetic(first, rest, Level::of(kind)),
            Kind::Compare { operator, left, right } => {
                self.node(left, Level::Comparison);
                self.text(comparison(*operator));
                self.node(right, Level::Sum);
            }
            Kind::And(parts) => self.separated(parts, " and ", Level::Comparison),
            Kind::Or(parts) => self.separated(parts, " or ", Level::And),
            Kind::Between { value, low, high } => {
                self.node(value, Level::Comparison);
                self.prefixed(" between ", low, Level::Sum);
                self.prefixed(" and ", high, Level::Sum);
            }
            Kind::In { value, slot, tests } => self.membership(value, *slot, tests),
            Kind::InstanceOf { value, of } => {
                self.node(value, Level::Primary);
                self.text(" instance of ");
                self.type_name(of);
            }
            Kind::Path { value, name } => self.path(value, name),
            Kind::Filter { value, slot, by } => {
                self.node(value, Level::Primary);
                self.bind(*slot, &"item".into());
                self.prefixed("[", by, Level::Expression);
                self.text("]");
            }
            Kind::Call { function, arguments } => self.call(function, arguments),
            Kind::CallBuiltin { function, arguments } => self.call_builtin(function, arguments),
            Kind::Function(function) => self.function(function),
            Kind::If { condition, then, otherwise } => {
                self.prefixed("if ", condition, Level::Or);
                self.prefixed(" then ", then, Level::Or);
                self.prefixed(" else ", otherwise, Level::Expression);
            }
            Kind::For { iterators, partial, body } => {
                self.iterators("for ", iterators);
                if let Some(slot) = partial {
                    self.bind(*slot, &"partial".into());
                }
                self.prefixed(" return ", body, Level::Expression);
            }
            Kind::Quantified { every, iterators, condition } => {
                self.iterators(if *every { "every " } else { "some " }, iterators);
                self.prefixed(" satisfies ", condition, Level::Expression);
            }
            Kind::List(items) => {
                self.text("[");
                self.separated(items, ", ", Level::Expression);
                self.text("]");
            }
            Kind::Context(entries) => self.context(entries),
            Kind::Range { start, start_included, end, end_included } => {
                self.range((start.as_deref(), *start_included), (end.as_deref(), *end_included));
            }
            Kind::Equal(value) => self.prefixed("= ", value, Level::Sum),
            Kind::Unequal(value) => self.prefixed("!= ", value, Level::Sum),
            Kind::UnaryTests { negated, tests, .. } => self.unary_tests(*negated, tests),
            Kind::Condition(condition) => self.kind(&condition.kind),
        }
    }

    fn prefixed(&mut self, text: &str, node: &Node, at_least: Level) {
        self.text(text);
        self.node(node, at_least);
    }

    fn membership(&mut self, value: &Node, slot: u16, tests: &[Node]) {
        self.node(value, Level::Comparison);
        self.bind(slot, &"?".into());
        self.text(" in (");
        self.separated(tests, ", ", Level::Expression);
        self.text(")");
    }

    fn path(&mut self, value: &Node, name: &Arc<str>) {
        self.node_before_point(value);
        self.text(".");
        let name = self.spelling.after_point(name);
        self.text(&name);
    }

    fn name(&mut self, name: &Arc<str>) {
        let is_bound = self.frames.iter().any(|frame| frame.values().any(|it| it == name));
        let name = self.spelling.alone(name, is_bound);
        self.text(&name);
    }

    fn bind(&mut self, slot: u16, name: &Arc<str>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.insert(slot, Arc::clone(name));
        }
    }

    fn constant(&mut self, value: &Value) {
        match value {
            Value::String(text) => {
                let quoted = names::quoted_text(text);
                self.text(&quoted);
            }
            Value::Function(function) => {
                let any: &dyn std::any::Any = &**function;
                if let Some(BuiltinFunction(builtin)) = any.downcast_ref() {
                    self.text(builtin.name);
                }
            }
            // Null, booleans and numbers.
            other => self.text(&other.to_json()),
        }
    }

    fn separated(&mut self, nodes: &[Node], separator: &str, level: Level) {
        for (at, node) in nodes.iter().enumerate() {
            if at > 0 {
                self.text(separator);
            }
            self.node(node, level);
        }
    }

    fn arithmetic(&mut self, first: &Node, rest: &[(ArithmeticOperator, Node)], level: Level) {
        self.node(first, level.tighter());
        for (operator, operand) in rest {
            self.text(match operator {
                ArithmeticOperator::Add => " + ",
                ArithmeticOperator::Subtract => " - ",
                ArithmeticOperator::Multiply => " * ",
                ArithmeticOperator::Divide => " / ",
                ArithmeticOperator::Power => " ** ",
            });
            self.node(operand, level.tighter());
        }
    }

    /// A number before a point would be read as its beginning.
    fn node_before_point(&mut self, node: &Node) {
        if let Kind::Constant(Value::Number(_)) = node.kind {
            self.text("(");
            self.kind(&node.kind);
            self.text(")");
        } else {
            self.node(node, Level::Primary);
        }
    }

    fn call(&mut self, function: &Node, arguments: &Arguments) {
        match &function.kind {
            // `(sum)(1)` calls what the name `sum` stands for.
            Kind::Global(name) | Kind::Remembered { name, .. } | Kind::FilterName { name, .. }
                if builtin::find(name).is_some() =>
            {
                self.text("(");
                self.kind(&function.kind);
                self.text(")");
            }
            _ => self.node(function, Level::Primary),
        }
        self.text("(");
        match arguments {
            Arguments::Positional(values) => self.separated(values, ", ", Level::Expression),
            Arguments::Named(values) => {
                for (at, (name, value)) in values.iter().enumerate() {
                    self.named_argument(at, name, value);
                }
            }
        }
        self.text(")");
    }

    fn named_argument(&mut self, at: usize, name: &str, value: &Node) {
        if at > 0 {
            self.text(", ");
        }
        let name = Spelling::before_colon(name);
        self.text(&name);
        self.text(": ");
        self.node(value, Level::Expression);
    }

    fn call_builtin(&mut self, function: &Builtin, arguments: &[Option<Node>]) {
        if function.name == builtin::TEMPORAL_LITERAL.name {
            self.text("@");
            arguments.iter().flatten().for_each(|text| self.kind(&text.kind));
            return;
        }
        self.text(function.name);
        self.text("(");
        // Arguments stay in the order in which they were written.
        let given = arguments.iter().enumerate();
        let mut given: Vec<(usize, &Node)> =
            given.filter_map(|(place, node)| Some((place, node.as_ref()?))).collect();
        given.sort_by_key(|(_, node)| node.at);
        let places: Vec<usize> = given.iter().map(|(place, _)| *place).collect();
        let names = if places.iter().copied().eq(0..arguments.len()) {
            None
        } else {
            function.names_of(&places)
        };
        for (at, (_, node)) in given.into_iter().enumerate() {
            if let Some(names) = &names {
                self.named_argument(at, names[at], node);
            } else {
                self.text(if at > 0 { ", " } else { "" });
                self.node(node, Level::Expression);
            }
        }
        self.text(")");
    }

    fn function(&mut self, function: &FunctionNode) {
        let outer = self.frames.last().cloned().unwrap_or_default();
        let mut frame = BTreeMap::new();
        for capture in &function.captures {
            if let Some(name) = outer.get(&capture.from) {
                frame.insert(capture.to, Arc::clone(name));
            }
        }
        self.frames.push(frame);
        self.text("function(");
        for (at, parameter) in function.parameters.iter().enumerate() {
            self.bind(u16::try_from(at).unwrap_or(u16::MAX), &parameter.name);
            let name = Spelling::before_colon(&parameter.name);
            let _ = write!(self.out, "{}{name}", if at > 0 { ", " } else { "" });
            if parameter.of != Type::Any {
                self.text(": ");
                self.type_name(&parameter.of);
            }
        }
        self.text(")");
        if function.result != Type::Any {
            self.text(": ");
            self.type_name(&function.result);
        }
        self.text(" ");
        match &function.body.kind {
            Kind::CallBuiltin { function, arguments } if function.name == "external" => {
                self.text("external ");
                arguments.iter().flatten().take(1).for_each(|it| self.node(it, Level::Expression));
            }
            // A body after a type could be read as a part of it.
            _ if function.result != Type::Any => {
                self.text("(");
                self.node(&function.body, Level::Expression);
                self.text(")");
            }
            _ => self.node(&function.body, Level::Expression),
        }
        self.frames.pop();
    }

    fn iterators(&mut self, word: &str, iterators: &[Iteration]) {
        self.text(word);
        for (at, iterator) in iterators.iter().enumerate() {
            let name = Spelling::before_in(&iterator.name);
            let _ = write!(self.out, "{}{name} in ", if at > 0 { ", " } else { "" });
            self.node(&iterator.from, if iterator.to.is_some() { Level::Sum } else { Level::Or });
            if let Some(to) = &iterator.to {
                self.text("..");
                self.node(to, Level::Sum);
            }
            self.bind(iterator.slot, &iterator.name);
        }
    }

    fn context(&mut self, entries: &[Entry]) {
        self.text("{");
        for (at, entry) in entries.iter().enumerate() {
            let name = Spelling::before_colon_or_text(&entry.name);
            let _ = write!(self.out, "{}{name}: ", if at > 0 { ", " } else { "" });
            self.bind(entry.slot, &entry.name);
            self.node(&entry.value, Level::Expression);
        }
        self.text("}");
    }

    fn range(&mut self, (start, start_in): (Option<&Node>, bool), end: (Option<&Node>, bool)) {
        match (start, end) {
            (Some(start), (Some(end), end_in)) => {
                self.text(if start_in { "[" } else { "(" });
                self.node(start, Level::Sum);
                self.text("..");
                self.node(end, Level::Sum);
                self.text(if end_in { "]" } else { ")" });
            }
            (Some(start), (None, _)) => {
                self.text(if start_in { ">= " } else { "> " });
                self.node(start, Level::Sum);
            }
            (None, (Some(end), end_in)) => {
                self.text(if end_in { "<= " } else { "< " });
                self.node(end, Level::Sum);
            }
            (None, (None, _)) => {}
        }
    }

    fn unary_tests(&mut self, negated: bool, tests: &[Node]) {
        if tests.is_empty() {
            self.text("-");
        } else if negated {
            self.text("not(");
            self.separated(tests, ", ", Level::Expression);
            self.text(")");
        } else {
            self.node(&tests[0], Level::Expression);
            // A first test that is a call of `not` would be read as a negation of all.
            if self.out.starts_with("not(") {
                self.out = format!("({})", self.out);
            }
            for test in &tests[1..] {
                self.text(", ");
                self.node(test, Level::Expression);
            }
        }
    }
}

fn comparison(operator: Comparison) -> &'static str {
    match operator {
        Comparison::Equal => " = ",
        Comparison::NotEqual => " != ",
        Comparison::Less => " < ",
        Comparison::LessOrEqual => " <= ",
        Comparison::Greater => " > ",
        Comparison::GreaterOrEqual => " >= ",
    }
}

#[cfg(test)]
mod tests;
