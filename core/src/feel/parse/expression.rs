//! Operators, from the loosest to the tightest.

use super::{Parser, comparison};
use crate::feel::SyntaxError;
use crate::feel::ast::{ArithmeticOperator, Kind, Node};
use crate::feel::lex::TokenKind;
use crate::value::Value;

/// How tightly an operator binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Or,
    And,
    Comparison,
    Sum,
    Product,
    Power,
    Operand,
}

impl Level {
    const fn tighter(self) -> Self {
        match self {
            Self::Or => Self::And,
            Self::And => Self::Comparison,
            Self::Comparison => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product => Self::Power,
            Self::Power | Self::Operand => Self::Operand,
        }
    }
}

fn arithmetic(piece: &str) -> Option<(Level, ArithmeticOperator)> {
    Some(match piece {
        "+" => (Level::Sum, ArithmeticOperator::Add),
        "-" => (Level::Sum, ArithmeticOperator::Subtract),
        "*" => (Level::Product, ArithmeticOperator::Multiply),
        "/" => (Level::Product, ArithmeticOperator::Divide),
        "**" => (Level::Power, ArithmeticOperator::Power),
        _ => return None,
    })
}

impl Parser<'_> {
    /// Any expression.
    pub(super) fn expression(&mut self) -> Result<Node, SyntaxError> {
        self.nested(|parser| parser.binary(Level::Or))
    }

    /// An expression without comparisons and logic.
    pub(super) fn operand_of_comparison(&mut self) -> Result<Node, SyntaxError> {
        self.nested(|parser| parser.binary(Level::Sum))
    }

    fn binary(&mut self, loosest: Level) -> Result<Node, SyntaxError> {
        let start = self.start();
        let mut left = self.operand()?;
        while let Some(level) = self.operator_level().filter(|level| *level >= loosest) {
            left = match level {
                Level::Or | Level::And => self.logic(level, left, start)?,
                Level::Comparison => self.comparison(left, start)?,
                Level::Sum | Level::Product | Level::Power | Level::Operand => {
                    self.arithmetic(level, left, start)?
                }
            };
        }
        Ok(left)
    }

    fn operator_level(&self) -> Option<Level> {
        match self.kind() {
            TokenKind::Word => match self.piece() {
                "or" => Some(Level::Or),
                "and" => Some(Level::And),
                "between" | "in" => Some(Level::Comparison),
                _ => None,
            },
            TokenKind::Sign => match arithmetic(self.piece()) {
                Some((level, _)) => Some(level),
                None => comparison(self.piece()).map(|_| Level::Comparison),
            },
            TokenKind::Name | TokenKind::Number | TokenKind::Text | TokenKind::End => None,
        }
    }

    fn logic(&mut self, level: Level, first: Node, start: usize) -> Result<Node, SyntaxError> {
        let word = if level == Level::Or { "or" } else { "and" };
        let mut parts = vec![first];
        while self.take(word) {
            parts.push(self.binary(level.tighter())?);
        }
        let parts = parts.into();
        self.node(if level == Level::Or { Kind::Or(parts) } else { Kind::And(parts) }, start)
    }

    fn arithmetic(&mut self, level: Level, first: Node, start: usize) -> Result<Node, SyntaxError> {
        let mut rest = Vec::new();
        while let Some((_, operator)) =
            arithmetic(self.piece()).filter(|(found, _)| *found == level)
        {
            self.next();
            rest.push((operator, self.binary(level.tighter())?));
        }
        self.node(Kind::Arithmetic { first: first.into(), rest: rest.into() }, start)
    }

    fn comparison(&mut self, left: Node, start: usize) -> Result<Node, SyntaxError> {
        if self.take("between") {
            let low = self.binary(Level::Sum)?;
            self.expect("and")?;
            let high = self.binary(Level::Sum)?;
            let kind = Kind::Between { value: left.into(), low: low.into(), high: high.into() };
            return self.node(kind, start);
        }
        if self.take("in") {
            return self.membership(left, start);
        }
        let Some(operator) = comparison(self.piece()) else {
            return Err(self.unexpected("a comparison"));
        };
        self.next();
        let right = self.binary(Level::Sum)?;
        self.node(Kind::Compare { operator, left: left.into(), right: right.into() }, start)
    }

    /// What follows `value in`: one test, or several in parentheses.
    fn membership(&mut self, value: Node, start: usize) -> Result<Node, SyntaxError> {
        let slot = self.new_slot()?;
        let mark = self.scopes.mark();
        self.scopes.bind(&"?".into(), slot);
        let tests = if self.is("(") {
            self.nested(Self::tests_in_parentheses)?
        } else {
            vec![self.test_operand()?]
        };
        self.scopes.release(mark);
        self.node(Kind::In { value: value.into(), slot, tests: tests.into() }, start)
    }

    fn test_operand(&mut self) -> Result<Node, SyntaxError> {
        let start = self.start();
        let inputs_before = self.inputs_read;
        if self.take("!=") {
            let value = self.binary(Level::Sum)?;
            return self.node(Kind::Unequal(value.into()), start);
        }
        let mut test = self.operand_of_comparison()?;
        if self.inputs_read > inputs_before && self.operator_level() == Some(Level::Comparison) {
            test = self.comparison(test, start)?;
        }
        if self.inputs_read > inputs_before {
            return self.node(Kind::Condition(test.into()), start);
        }
        Ok(test)
    }

    /// `(test, test)`, or a range that begins with a parenthesis.
    fn tests_in_parentheses(&mut self) -> Result<Vec<Node>, SyntaxError> {
        let start = self.expect("(")?.start;
        let inputs_before = self.inputs_read;
        let first = self.test()?;
        if self.take("..") {
            let range = self.range_end(first, false, start)?;
            return Ok(vec![range]);
        }
        let mut tests = vec![first];
        while self.take(",") {
            tests.push(self.test()?);
        }
        self.expect(")")?;
        if let [_] = tests[..]
            && matches!(self.piece(), "." | "[")
            && let Some(only) = tests.pop()
        {
            let only = match only.kind {
                Kind::Condition(condition) => *condition,
                _ => only,
            };
            let test = self.postfix(only, start)?;
            let is_condition = self.inputs_read > inputs_before;
            let test =
                if is_condition { self.node(Kind::Condition(test.into()), start)? } else { test };
            tests.push(test);
        }
        Ok(tests)
    }

    /// A sign, an operand, and the type it is tested for.
    pub(super) fn operand(&mut self) -> Result<Node, SyntaxError> {
        let start = self.start();
        if self.take("-") {
            let value = self.nested(Self::operand)?;
            if let Some(Value::Number(number)) = value.as_constant() {
                return self.node(Kind::Constant(Value::Number(number.negated())), start);
            }
            return self.node(Kind::Negate(value.into()), start);
        }
        let operand = self.primary()?;
        let mut operand = self.postfix(operand, start)?;
        while self.is("instance") && self.is_at(1, "of") {
            self.next();
            self.next();
            let of = self.type_name()?;
            operand = self.node(Kind::InstanceOf { value: operand.into(), of }, start)?;
        }
        Ok(operand)
    }

    /// Paths, filters and calls after an operand.
    pub(super) fn postfix(&mut self, mut value: Node, start: usize) -> Result<Node, SyntaxError> {
        loop {
            value = match self.piece() {
                "." if self.kind() == TokenKind::Sign => {
                    self.next();
                    let name = self.name_in_path()?;
                    self.node(Kind::Path { value: value.into(), name }, start)?
                }
                "[" if self.in_range_end && !self.bracket_closes() => return Ok(value),
                "[" => self.nested(|parser| parser.filter(value, start))?,
                "(" => {
                    let arguments = self.nested(Self::arguments)?;
                    self.node(Kind::Call { function: value.into(), arguments }, start)?
                }
                _ => return Ok(value),
            };
        }
    }

    /// Whether the bracket here has one that closes it; `[1..5[` ends with one that has none.
    fn bracket_closes(&mut self) -> bool {
        let closed = self.closed_brackets.take().unwrap_or_else(|| self.find_closed_brackets());
        let closes = closed.get(self.at).copied().unwrap_or(false);
        self.closed_brackets = Some(closed);
        closes
    }

    fn find_closed_brackets(&self) -> Vec<bool> {
        let (mut closed, mut open) = (vec![false; self.tokens.len()], Vec::new());
        for (at, token) in self.tokens.iter().enumerate() {
            match &self.text[token.start..token.end] {
                "[" => open.push(at),
                "]" => {
                    if let Some(at) = open.pop() {
                        closed[at] = true;
                    }
                }
                _ => {}
            }
        }
        closed
    }

    fn filter(&mut self, value: Node, start: usize) -> Result<Node, SyntaxError> {
        self.expect("[")?;
        let slot = self.new_slot()?;
        let mark = self.scopes.mark();
        self.scopes.bind_filter_item(slot);
        let by = self.expression()?;
        self.scopes.release(mark);
        self.expect("]")?;
        self.node(Kind::Filter { value: value.into(), slot, by: by.into() }, start)
    }

    pub(super) fn new_slot(&mut self) -> Result<u16, SyntaxError> {
        if self.scopes.is_full() {
            return Err(self.error("the expression has too many names"));
        }
        Ok(self.scopes.slot())
    }
}
