//! Literals, names, calls, and what begins with a keyword or a bracket.

use std::sync::Arc;

use super::Parser;
use crate::feel::SyntaxError;
use crate::feel::ast::{self, Arguments, Entry, FunctionNode, Kind, Node, Parameter, Type};
use crate::feel::builtin::{self, Builtin};
use crate::feel::lex::{self, TokenKind};
use crate::value::{Decimal, Value};

/// Words that end an expression, so that they are never part of a name of several words.
const SEPARATORS: [&str; 11] =
    ["and", "or", "in", "between", "then", "else", "return", "satisfies", "instance", "if", "for"];

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Result<Node, SyntaxError> {
        let start = self.start();
        match self.kind() {
            TokenKind::Number => {
                let Ok(number) = self.piece().parse::<Decimal>() else {
                    return Err(self.error("the number is too large"));
                };
                self.next();
                self.node(Kind::Constant(Value::Number(number)), start)
            }
            TokenKind::Text => {
                let text = lex::text_content(self.piece());
                self.next();
                self.node(Kind::Constant(Value::from(text)), start)
            }
            TokenKind::Word => self.word(start),
            TokenKind::Sign => self.sign(start),
            TokenKind::End => Err(self.unexpected("a value")),
        }
    }

    fn sign(&mut self, start: usize) -> Result<Node, SyntaxError> {
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
    fn open_range(&mut self, start: usize) -> Result<Node, SyntaxError> {
        let operator = self.piece();
        self.next();
        let end = Box::new(self.operand_of_comparison()?);
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
        self.node(kind, start)
    }

    fn parenthesis(&mut self, start: usize) -> Result<Node, SyntaxError> {
        self.expect("(")?;
        let inner = self.expression()?;
        if self.take("..") {
            return self.range_end(inner, false, start);
        }
        self.expect(")")?;
        Ok(inner)
    }

    fn list_or_range(&mut self, start: usize) -> Result<Node, SyntaxError> {
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

    fn context(&mut self, start: usize) -> Result<Node, SyntaxError> {
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

    fn entry(&mut self) -> Result<Entry, SyntaxError> {
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

    /// All tokens before one of `ends` as a name, spaces made single.
    fn name_until(&mut self, ends: &[&str]) -> Result<Arc<str>, SyntaxError> {
        let first = self.token();
        let mut end = first.start;
        while !ends.contains(&self.piece()) {
            let allowed = match self.kind() {
                TokenKind::Word | TokenKind::Number => true,
                TokenKind::Sign => matches!(self.piece(), "." | "/" | "-" | "'" | "+" | "*" | "**"),
                TokenKind::Text | TokenKind::End => false,
            };
            if !allowed {
                return Err(self.unexpected(if end == first.start { "a name" } else { ends[0] }));
            }
            end = self.next().end;
        }
        if first.kind != TokenKind::Word || end == first.start {
            return Err(self.unexpected("a name"));
        }
        let words: Vec<&str> = self.text[first.start..end].split_whitespace().collect();
        Ok(words.join(" ").into())
    }

    // --- names and calls

    fn word(&mut self, start: usize) -> Result<Node, SyntaxError> {
        if let Some(name) = self.special_name() {
            return self.named(&name, start);
        }
        let is_call = self.is_at(1, "(");
        match self.piece() {
            "if" => return self.nested(|parser| parser.conditional(start)),
            "for" => return self.nested(|parser| parser.iteration(start)),
            "some" | "every" if !is_call => {
                return self.nested(|parser| parser.quantified(start));
            }
            "function" if is_call => return self.nested(|parser| parser.function(start)),
            "true" => return self.literal(Value::Boolean(true), start),
            "false" => return self.literal(Value::Boolean(false), start),
            "null" => return self.literal(Value::Null, start),
            "?" => self.inputs_read += 1,
            word if SEPARATORS.contains(&word) && !is_call => {
                return Err(self.unexpected("a value"));
            }
            _ => {}
        }
        if let Some((function, words)) = self.builtin_ahead() {
            for _ in 0..words {
                self.next();
            }
            return self.builtin_call(function, start);
        }
        let name = self.joined_name();
        self.named(&name, start)
    }

    fn literal(&mut self, value: Value, start: usize) -> Result<Node, SyntaxError> {
        self.next();
        self.node(Kind::Constant(value), start)
    }

    fn named(&mut self, name: &Arc<str>, start: usize) -> Result<Node, SyntaxError> {
        let kind = self.scopes.resolve(name, start);
        self.node(kind, start)
    }

    /// The longest special name that begins here.
    fn special_name(&mut self) -> Option<Arc<str>> {
        let known = self.special.get(self.piece())?;
        let found = known.iter().find(|split| {
            split.pieces.iter().enumerate().all(|(ahead, piece)| self.is_at(ahead, piece))
        })?;
        let (name, count) = (Arc::clone(&found.name), found.pieces.len());
        for _ in 0..count {
            self.next();
        }
        Some(name)
    }

    /// A word, and the words after it that could be nothing else than the rest of its name.
    fn joined_name(&mut self) -> Arc<str> {
        let first = self.next();
        let mut name = self.text[first.start..first.end].to_owned();
        let is_plain = &name != "?";
        while is_plain
            && (self.kind() == TokenKind::Number
                || self.kind() == TokenKind::Word && !SEPARATORS.contains(&self.piece()))
        {
            name.push(' ');
            name.push_str(self.piece());
            self.next();
        }
        name.into()
    }

    /// The name after a point.
    pub(super) fn name_in_path(&mut self) -> Result<Arc<str>, SyntaxError> {
        if self.kind() == TokenKind::Text {
            let name = lex::text_content(self.piece());
            self.next();
            return Ok(name.into());
        }
        if self.kind() != TokenKind::Word {
            return Err(self.unexpected("a name"));
        }
        Ok(self.special_name().unwrap_or_else(|| self.joined_name()))
    }

    /// The built-in function that is called here, and the count of words of its name.
    fn builtin_ahead(&self) -> Option<(&'static Builtin, usize)> {
        let mut words = String::new();
        for count in 1..=builtin::NAME_WORDS_MAX {
            if self.kind_at(count - 1) != TokenKind::Word {
                return None;
            }
            if count > 1 {
                words.push(' ');
            }
            words.push_str(self.piece_at(count - 1));
            if self.is_at(count, "(") {
                let is_local = self.scopes.is_local(&words);
                return builtin::find(&words).filter(|_| !is_local).map(|found| (found, count));
            }
        }
        None
    }

    fn builtin_call(
        &mut self,
        function: &'static Builtin,
        start: usize,
    ) -> Result<Node, SyntaxError> {
        match self.nested(Self::arguments)? {
            Arguments::Positional(values) => {
                let values = values.into_iter().map(Some).collect();
                self.call_builtin(function, values, start)
            }
            Arguments::Named(values) => {
                let names: Vec<&str> = values.iter().map(|(name, _)| &**name).collect();
                let Some(places) = function.places(&names) else {
                    return self.call_builtin(&builtin::WRONG_ARGUMENTS, Vec::new(), start);
                };
                let length = places.iter().map(|place| place + 1).max().unwrap_or(0);
                let mut ordered: Vec<Option<Node>> = (0..length).map(|_| None).collect();
                for ((_, value), place) in values.into_iter().zip(places) {
                    ordered[place] = Some(value);
                }
                self.call_builtin(function, ordered, start)
            }
        }
    }

    fn call_builtin(
        &self,
        function: &'static Builtin,
        arguments: Vec<Option<Node>>,
        start: usize,
    ) -> Result<Node, SyntaxError> {
        self.node(Kind::CallBuiltin { function, arguments: arguments.into() }, start)
    }

    /// What is given to a function, positions or names throughout.
    pub(super) fn arguments(&mut self) -> Result<Arguments, SyntaxError> {
        self.expect("(")?;
        if self.take(")") {
            return Ok(Arguments::Positional(Box::default()));
        }
        if self.argument_name_ahead() {
            let mut named = Vec::new();
            loop {
                let name = self.name_until(&[":"])?;
                self.expect(":")?;
                named.push((name, self.expression()?));
                if !self.take(",") {
                    break;
                }
            }
            self.expect(")")?;
            return Ok(Arguments::Named(named.into()));
        }
        let mut values = vec![self.expression()?];
        while self.take(",") {
            values.push(self.expression()?);
        }
        self.expect(")")?;
        Ok(Arguments::Positional(values.into()))
    }

    fn argument_name_ahead(&self) -> bool {
        let mut ahead = 0;
        while self.kind_at(ahead) != TokenKind::End {
            match self.piece_at(ahead) {
                ":" => return ahead > 0,
                "." | "/" | "-" | "'" | "+" | "*" => {}
                _ if matches!(self.kind_at(ahead), TokenKind::Word | TokenKind::Number) => {}
                _ => return false,
            }
            ahead += 1;
        }
        false
    }

    // --- keywords

    fn conditional(&mut self, start: usize) -> Result<Node, SyntaxError> {
        self.expect("if")?;
        let condition = self.expression()?.into();
        self.expect("then")?;
        let then = self.expression()?.into();
        self.expect("else")?;
        let otherwise = self.expression()?.into();
        self.node(Kind::If { condition, then, otherwise }, start)
    }

    fn iteration(&mut self, start: usize) -> Result<Node, SyntaxError> {
        self.expect("for")?;
        let mark = self.scopes.mark();
        let iterators = self.iterators()?;
        self.expect("return")?;
        let partial = if self.text.contains("partial") {
            let slot = self.new_slot()?;
            self.scopes.bind(&"partial".into(), slot);
            Some(slot)
        } else {
            None
        };
        let body = self.expression()?.into();
        self.scopes.release(mark);
        self.node(Kind::For { iterators, partial, body }, start)
    }

    fn quantified(&mut self, start: usize) -> Result<Node, SyntaxError> {
        let every = self.is("every");
        self.next();
        let mark = self.scopes.mark();
        let iterators = self.iterators()?;
        self.expect("satisfies")?;
        let condition = self.expression()?.into();
        self.scopes.release(mark);
        self.node(Kind::Quantified { every, iterators, condition }, start)
    }

    /// `name in source, name in source`; each name is in scope for the sources after it.
    fn iterators(&mut self) -> Result<Box<[ast::Iteration]>, SyntaxError> {
        let mut iterators = Vec::new();
        loop {
            let name = self.name_until(&["in"])?;
            self.expect("in")?;
            let from = self.expression()?;
            let to = if self.take("..") { Some(self.expression()?) } else { None };
            let slot = self.new_slot()?;
            self.learn(&name);
            self.scopes.bind(&name, slot);
            iterators.push(ast::Iteration { slot, from, to });
            if !self.take(",") {
                return Ok(iterators.into());
            }
        }
    }

    fn function(&mut self, start: usize) -> Result<Node, SyntaxError> {
        self.expect("function")?;
        self.scopes.enter_function();
        let read = self.function_parts(start);
        let taken = self.scopes.leave_function();
        let (parameters, result, body) = read?;
        let function = FunctionNode {
            parameters,
            captures: taken.captures,
            remembered: taken.remembered,
            frame_size: taken.frame_size,
            body,
            result,
        };
        self.node(Kind::Function(Arc::new(function)), start)
    }

    fn function_parts(
        &mut self,
        start: usize,
    ) -> Result<(Box<[Parameter]>, Type, Node), SyntaxError> {
        self.expect("(")?;
        let mut parameters = Vec::new();
        if !self.is(")") {
            loop {
                let name = self.name_until(&[",", ":", ")"])?;
                let of = if self.take(":") { self.type_name()? } else { Type::Any };
                self.learn(&name);
                let slot = self.new_slot()?;
                self.scopes.bind(&name, slot);
                parameters.push(Parameter { name, of });
                if !self.take(",") {
                    break;
                }
            }
        }
        self.expect(")")?;
        let result = if self.take(":") { self.type_name()? } else { Type::Any };
        let body = if self.is("external") {
            self.next();
            self.expression()?;
            self.call_builtin(&builtin::EXTERNAL, Vec::new(), start)?
        } else {
            self.expression()?
        };
        Ok((parameters.into(), result, body))
    }
}
