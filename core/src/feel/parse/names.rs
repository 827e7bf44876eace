//! Names of one or several words, and calls.

use std::sync::Arc;

use super::Parser;
use crate::feel::SyntaxError;
use crate::feel::ast::{Arguments, Kind, Node};
use crate::feel::builtin::{self, Builtin};
use crate::feel::eval::BuiltinFunction;
use crate::feel::lex::{self, TokenKind};
use crate::value::Value;

/// Words that no name begins with: DMN 1.5, clause "Tokens, Names and White space".
const KEYWORDS: [&str; 18] = [
    "and",
    "or",
    "in",
    "between",
    "then",
    "else",
    "return",
    "satisfies",
    "instance",
    "if",
    "for",
    "some",
    "every",
    "function",
    "of",
    "true",
    "false",
    "null",
];

/// Words that end an expression, so that they are never part of a name of several words.
const SEPARATORS: [&str; 11] =
    ["and", "or", "in", "between", "then", "else", "return", "satisfies", "instance", "if", "for"];

impl Parser<'_> {
    pub(super) fn word(&mut self, start: usize) -> Result<Node, SyntaxError> {
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
            "not" if !is_call => return Err(self.unexpected("a value").hint("write 'not(...)'")),
            word if KEYWORDS.contains(&word) && !(is_call && builtin::find(word).is_some()) => {
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

    /// A name in back quotes, without them.
    pub(super) fn quoted_name(&mut self) -> Arc<str> {
        let words: Vec<&str> = self.piece().trim_matches('`').split_whitespace().collect();
        let name = words.join(" ").into();
        self.next();
        name
    }

    pub(super) fn literal(&mut self, value: Value, start: usize) -> Result<Node, SyntaxError> {
        self.next();
        self.node(Kind::Constant(value), start)
    }

    pub(super) fn named(&mut self, name: &Arc<str>, start: usize) -> Result<Node, SyntaxError> {
        let kind = self.scopes.resolve(name, start);
        self.node(kind, start)
    }

    /// The longest special name that begins here.
    pub(super) fn special_name(&mut self) -> Option<Arc<str>> {
        let (name, count) = self.special.longest(|ahead| self.piece_at(ahead))?;
        for _ in 0..count {
            self.next();
        }
        Some(name)
    }

    /// A word, and the words after it that could be nothing else than the rest of its name.
    pub(super) fn joined_name(&mut self) -> Arc<str> {
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
        if self.kind() == TokenKind::Name {
            return Ok(self.quoted_name());
        }
        if self.kind() != TokenKind::Word {
            return Err(self.unexpected("a name"));
        }
        Ok(self.special_name().unwrap_or_else(|| self.joined_name()))
    }

    /// The built-in function that is called here, and the count of words of its name.
    pub(super) fn builtin_ahead(&self) -> Option<(&'static Builtin, usize)> {
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

    pub(super) fn builtin_call(
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
                    // Found to be null when it is called.
                    let value = Value::Function(Arc::new(BuiltinFunction(function)));
                    let function = self.node(Kind::Constant(value), start)?.into();
                    let arguments = Arguments::Named(values);
                    return self.node(Kind::Call { function, arguments }, start);
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

    pub(super) fn call_builtin(
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

    pub(super) fn argument_name_ahead(&self) -> bool {
        let mut ahead = 0;
        while self.kind_at(ahead) != TokenKind::End {
            match self.piece_at(ahead) {
                ":" => return ahead > 0,
                "." | "/" | "-" | "'" | "+" | "*" => {}
                _ if matches!(
                    self.kind_at(ahead),
                    TokenKind::Word | TokenKind::Name | TokenKind::Number
                ) => {}
                _ => return false,
            }
            ahead += 1;
        }
        false
    }

    /// All tokens before one of `ends` as a name, spaces made single.
    pub(super) fn name_until(&mut self, ends: &[&str]) -> Result<Arc<str>, SyntaxError> {
        if self.kind() == TokenKind::Name {
            return Ok(self.quoted_name());
        }
        let first = self.token();
        let mut end = first.start;
        while !ends.contains(&self.piece()) {
            let allowed = match self.kind() {
                TokenKind::Word | TokenKind::Number => true,
                TokenKind::Sign => matches!(self.piece(), "." | "/" | "-" | "'" | "+" | "*" | "**"),
                TokenKind::Name | TokenKind::Text | TokenKind::End => false,
            };
            if !allowed {
                return Err(self.unexpected(if end == first.start { "a name" } else { ends[0] }));
            }
            end = self.next().end;
        }
        if first.kind != TokenKind::Word || end == first.start {
            return Err(self.unexpected("a name"));
        }
        let keyword = &self.text[first.start..first.end];
        if KEYWORDS.contains(&keyword) {
            let message = format!("'{keyword}' is a keyword and no name");
            return Err(SyntaxError::at(self.text, first.start, message)
                .hint(format!("write it in quotes: \"{keyword}\"")));
        }
        let words: Vec<&str> = self.text[first.start..end].split_whitespace().collect();
        Ok(words.join(" ").into())
    }
}
