//! Literals, and what begins with a bracket or a sign.

use std::sync::Arc;

use super::Parser;
use crate::feel::SyntaxError;
use crate::feel::ast::{Entry, Kind, Node};
use crate::feel::builtin;
use crate::feel::lex::{self, TokenKind};
use crate::value::{Decimal, Value};

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Result<Node, SyntaxError> {
        let start = self.start();
        match self.kind() {
            TokenKind::Number => self.number(),
            TokenKind::Text => {
                let text = lex::text_content(self.piece());
                self.next();
                self.node(Kind::Constant(Value::from(text)), start)
            }
            TokenKind::Word => self.word(start),
            TokenKind::Name => {
                let name = self.quoted_name();
                self.named(&name, start)
            }
            TokenKind::Sign => self.sign(start),
            TokenKind::End => Err(self.unexpected("a value")),
        }
    }

    fn number(&mut self) -> Result<Node, SyntaxError> {
        let Ok(number) = self.piece().parse::<Decimal>() else {
            return Err(self.error("the number is too large"));
        };
        let start = self.next().start;
        self.node(Kind::Constant(Value::Number(number)), start)
    }

    pub(super) fn sign(&mut self, start: usize) -> Result<Node, SyntaxError> {
        match self.piece() {
            "(" => self.nested(|parser| parser.parenthesis(start)),
            "[" => self.nested(|parser| parser.list_or_range(start)),
            "]" => self.nested(|parser| {
                parser.next();
                let low = parser.operand_of_comparison()?;
                parser.expect("..")?;
                parser.range_end(low, false, start)
            }),
            "{" => self.nested(|parser| parser.context(start)),
            "@" => {
                self.next();
                if self.kind() != TokenKind::Text {
                    return Err(self.unexpected("a date, time or duration in double quotes"));
                }
                let text = lex::text_content(self.piece());
                let at = self.next().start;
                let text = self.node(Kind::Constant(Value::from(text)), at)?;
                self.call_builtin(&builtin::TEMPORAL_LITERAL, vec![Some(text)], start)
            }
            "<" | "<=" | ">" | ">=" | "=" => self.nested(|parser| parser.open_range(start)),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// `< 5` as a value: the range of all that is less.
    pub(super) fn open_range(&mut self, start: usize) -> Result<Node, SyntaxError> {
        let operator = self.piece();
        self.next();
        let is_number = self.kind() == TokenKind::Number && self.is_at(1, ".");
        let end = if is_number { self.number()? } else { self.operand_of_comparison()? };
        let end = Box::new(end);
        let kind = match operator {
            "<" | "<=" => Kind::Range {
                start: None,
                start_included: false,
                end: Some(end),
                end_included: operator == "<=",
            },
            ">" | ">=" => Kind::Range {
                start: Some(end),
                start_included: operator == ">=",
                end: None,
                end_included: false,
            },
            _ => return self.node(Kind::Equal(end), start),
        };
        let range = self.node(kind, start)?;
        // A number has no parts, so that in `> 1.start` the part is that of the range.
        if is_number && self.is(".") { self.postfix(range, start) } else { Ok(range) }
    }

    pub(super) fn parenthesis(&mut self, start: usize) -> Result<Node, SyntaxError> {
        self.expect("(")?;
        let inner = self.expression()?;
        if self.take("..") {
            return self.range_end(inner, false, start);
        }
        self.expect(")")?;
        Ok(inner)
    }

    pub(super) fn list_or_range(&mut self, start: usize) -> Result<Node, SyntaxError> {
        self.expect("[")?;
        let mut items = Vec::new();
        if !self.is("]") {
            let first = self.expression()?;
            if self.take("..") {
                return self.range_end(first, true, start);
            }
            items.push(first);
            while self.take(",") {
                items.push(self.expression()?);
            }
        }
        self.expect("]")?;
        self.node(Kind::List(items.into()), start)
    }

    /// The upper end of a range, after `..`, and the bracket that closes it.
    pub(super) fn range_end(
        &mut self,
        low: Node,
        start_included: bool,
        start: usize,
    ) -> Result<Node, SyntaxError> {
        let outer = std::mem::replace(&mut self.in_range_end, true);
        let high = self.operand_of_comparison();
        self.in_range_end = outer;
        let high = high?;
        let end_included = match self.piece() {
            "]" => true,
            ")" | "[" => false,
            _ => return Err(self.unexpected("']' or ')'")),
        };
        self.next();
        let (low, high) = (Some(Box::new(low)), Some(Box::new(high)));
        let kind = Kind::Range { start: low, start_included, end: high, end_included };
        self.node(kind, start)
    }

    pub(super) fn context(&mut self, start: usize) -> Result<Node, SyntaxError> {
        self.expect("{")?;
        let mark = self.scopes.mark();
        let mut entries = Vec::new();
        if !self.is("}") {
            loop {
                entries.push(self.entry()?);
                if !self.take(",") {
                    break;
                }
            }
        }
        self.expect("}")?;
        self.scopes.release(mark);
        self.node(Kind::Context(entries.into()), start)
    }

    pub(super) fn entry(&mut self) -> Result<Entry, SyntaxError> {
        let name: Arc<str> = if self.kind() == TokenKind::Text {
            let name = lex::text_content(self.piece());
            self.next();
            name.into()
        } else {
            self.name_until(&[":"])?
        };
        self.expect(":")?;
        self.learn(&name);
        let slot = self.new_slot()?;
        let mark = self.scopes.mark();
        self.scopes.bind_defining(&name, slot);
        let value = self.expression()?;
        self.scopes.release(mark);
        self.scopes.bind(&name, slot);
        Ok(Entry { name, slot, value })
    }
}
