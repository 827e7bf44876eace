//! `list[3]`, `list[item > 3]`.

use super::{Machine, Outcome, Result, null};
use crate::feel::ast::{Kind, Node};
use crate::value::{Decimal, Value};

impl Machine<'_> {
    #[inline(never)]
    pub(super) fn filter(&mut self, value: &Node, slot: u16, by: &Node, node: &Node) -> Result {
        let value = self.eval(value)?;
        let single;
        let items = match &value {
            Value::List(items) => items.items(),
            Value::Null => {
                self.warn("null cannot be filtered", node.at);
                return Ok(Value::Null);
            }
            other => {
                single = [other.clone()];
                &single
            }
        };
        if let Kind::Constant(Value::Number(index)) = by.kind {
            let outcome = item_at(items, index);
            return self.settle(outcome, node);
        }
        let mut kept = Vec::new();
        for (at, item) in items.iter().enumerate() {
            self.set_local(slot, item.clone());
            match self.eval(by)? {
                Value::Boolean(true) => kept.push(item.clone()),
                Value::Number(index) if at == 0 => {
                    let outcome = item_at(items, index);
                    return self.settle(outcome, node);
                }
                Value::Boolean(false) | Value::Null => {}
                other => {
                    self.set_local(slot, Value::Null);
                    let found = other.type_name();
                    self.warn(
                        format!("a filter is a condition or a position, not a {found}"),
                        by.at,
                    );
                    return Ok(Value::Null);
                }
            }
        }
        if items.is_empty() {
            self.set_local(slot, Value::Null);
            if let Value::Number(_) = self.eval(by)? {
                return Ok(Value::Null);
            }
        }
        self.set_local(slot, Value::Null);
        let list = self.new_list(kept);
        self.settle(list, node)
    }
}

/// The item at a position, from 1, or from -1 backwards.
fn item_at(items: &[Value], index: Decimal) -> Outcome {
    let found = index.to_i64().and_then(|index| {
        let position = if index > 0 {
            usize::try_from(index - 1).ok()?
        } else {
            let back = usize::try_from(index.checked_neg()?).ok()?;
            items.len().checked_sub(back).filter(|_| back > 0)?
        };
        items.get(position).cloned()
    });
    match found {
        Some(item) => Ok(item),
        None => null(format!("the list of {} items has no item {index}", items.len())),
    }
}
