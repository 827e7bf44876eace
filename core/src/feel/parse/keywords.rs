//! What begins with a keyword: `if`, `for`, `some`, `every`, `function`.

use std::sync::Arc;

use super::Parser;
use crate::feel::SyntaxError;
use crate::feel::ast::{FunctionNode, Iteration, Kind, Node, Parameter};
use crate::feel::builtin;
use crate::feel::types::Type;

impl Parser<'_> {
    pub(super) fn conditional(&mut self, start: usize) -> Result<Node, SyntaxError> {
        self.expect("if")?;
        let condition = self.expression()?.into();
        self.expect("then")?;
        let then = self.expression()?.into();
        self.expect("else")?;
        let otherwise = self.expression()?.into();
        self.node(Kind::If { condition, then, otherwise }, start)
    }

    pub(super) fn iteration(&mut self, start: usize) -> Result<Node, SyntaxError> {
        self.expect("for")?;
        let mark = self.scopes.mark();
        let iterators = self.iterators()?;
        self.expect("return")?;
        let slot = self.new_slot()?;
        let binding = self.scopes.mark();
        self.scopes.bind(&"partial".into(), slot);
        let body = self.expression()?.into();
        let partial = self.scopes.is_used(binding).then_some(slot);
        self.scopes.release(mark);
        self.node(Kind::For { iterators, partial, body }, start)
    }

    pub(super) fn quantified(&mut self, start: usize) -> Result<Node, SyntaxError> {
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
    pub(super) fn iterators(&mut self) -> Result<Box<[Iteration]>, SyntaxError> {
        let mut iterators = Vec::new();
        loop {
            let name = self.name_until(&["in"])?;
            self.expect("in")?;
            let from = self.expression()?;
            let to = if self.take("..") { Some(self.expression()?) } else { None };
            let slot = self.new_slot()?;
            self.learn(&name);
            self.scopes.bind(&name, slot);
            iterators.push(Iteration { name, slot, from, to });
            if !self.take(",") {
                return Ok(iterators.into());
            }
        }
    }

    pub(super) fn function(&mut self, start: usize) -> Result<Node, SyntaxError> {
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

    pub(super) fn function_parts(
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
        let body = if self.is("external") && self.is_at(1, "{") {
            self.next();
            let mut given = vec![Some(self.expression()?)];
            for slot in 0..parameters.len() {
                let slot = u16::try_from(slot).unwrap_or(u16::MAX);
                given.push(Some(self.node(Kind::Local(slot), start)?));
            }
            self.call_builtin(&builtin::EXTERNAL, given, start)?
        } else {
            self.expression()?
        };
        Ok((parameters.into(), result, body))
    }
}
