//! `instance of`.

use super::{Machine, Result};
use crate::feel::ast::Node;
use crate::feel::types::Type;
use crate::value::Value;

impl Machine<'_> {
    #[inline(never)]
    pub(super) fn instance_of(&mut self, value: &Node, of: &Type, node: &Node) -> Result {
        let value = self.eval(value)?;
        if let Type::Unknown(name) = of {
            self.warn(format!("there is no type `{name}`"), node.at);
            return Ok(Value::Null);
        }
        self.work(1 + value.bytes() / 16)?;
        Ok(Value::Boolean(of.is_of(&value)))
    }
}
