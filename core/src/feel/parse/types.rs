//! Types, as `instance of` and parameters name them.

use std::sync::Arc;

use super::Parser;
use crate::feel::SyntaxError;
use crate::feel::lex::TokenKind;
use crate::feel::types::Type;

impl Parser<'_> {
    pub(super) fn type_name(&mut self) -> Result<Type, SyntaxError> {
        self.nested(Self::read_type)
    }

    fn read_type(&mut self) -> Result<Type, SyntaxError> {
        if !self.is_word() {
            return Err(self.unexpected("a type"));
        }
        if let Some((of, count)) = self.given_type() {
            for _ in 0..count {
                self.next();
            }
            return Ok(of);
        }
        for (words, of) in [
            (&["date", "and", "time"][..], Type::DateTime),
            (&["days", "and", "time", "duration"], Type::DaysTimeDuration),
            (&["years", "and", "months", "duration"], Type::YearsMonthsDuration),
        ] {
            if words.iter().enumerate().all(|(ahead, word)| self.is_at(ahead, word)) {
                for _ in words {
                    self.next();
                }
                return Ok(of);
            }
        }
        let word = self.piece();
        self.next();
        Ok(match word {
            "Any" => Type::Any,
            "Null" => Type::Null,
            "number" => Type::Number,
            "string" => Type::String,
            "boolean" => Type::Boolean,
            "date" => Type::Date,
            "time" => Type::Time,
            "list" => Type::List(self.type_argument()?.into()),
            "range" => Type::Range(self.type_argument()?.into()),
            "context" => self.context_type()?,
            "function" => self.function_type()?,
            other => {
                let mut name = other.to_owned();
                while self.is(".") && self.kind_at(1) == TokenKind::Word {
                    self.next();
                    name.push('.');
                    name.push_str(self.piece());
                    self.next();
                }
                Type::Unknown(name.into())
            }
        })
    }

    /// The longest name of a type in scope that stands here, and the count of its tokens.
    fn given_type(&self) -> Option<(Type, usize)> {
        let stands_here =
            |pieces: &[Box<str>]| pieces.iter().enumerate().all(|(at, it)| self.is_at(at, it));
        let found = self.types.iter().filter(|(pieces, _)| stands_here(pieces));
        let (pieces, of) = found.max_by_key(|(pieces, _)| pieces.len())?;
        Some((of.clone(), pieces.len()))
    }

    /// `<type>`, or any type where there is none.
    fn type_argument(&mut self) -> Result<Type, SyntaxError> {
        if !self.take("<") {
            return Ok(Type::Any);
        }
        let of = self.type_name()?;
        self.expect_close()?;
        Ok(of)
    }

    fn expect_close(&mut self) -> Result<(), SyntaxError> {
        self.expect(">").map(|_| ())
    }

    fn context_type(&mut self) -> Result<Type, SyntaxError> {
        let mut entries: Vec<(Arc<str>, Type)> = Vec::new();
        if self.take("<") {
            loop {
                let mut words = Vec::new();
                while self.kind() == TokenKind::Word {
                    words.push(self.piece());
                    self.next();
                }
                self.expect(":")?;
                entries.push((words.join(" ").into(), self.type_name()?));
                if !self.take(",") {
                    break;
                }
            }
            self.expect_close()?;
        }
        Ok(Type::Context(entries.into()))
    }

    fn function_type(&mut self) -> Result<Type, SyntaxError> {
        if !self.take("<") {
            return Ok(Type::Function { parameters: None, result: Type::Any.into() });
        }
        let mut parameters = Vec::new();
        if !self.is(">") {
            parameters.push(self.type_name()?);
            while self.take(",") {
                parameters.push(self.type_name()?);
            }
        }
        self.expect_close()?;
        let result = if self.is("-") && self.is_at(1, ">") {
            self.next();
            self.next();
            self.type_name()?
        } else {
            Type::Any
        };
        Ok(Type::Function { parameters: Some(parameters.into()), result: result.into() })
    }
}
