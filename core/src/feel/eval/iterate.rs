//! `for`, `some` and `every`.
//!
//! Never builds the numbers of a range in advance: `for i in 1..10**9` ends at the budget, not at
//! the end of memory.

use std::sync::Arc;

use super::{Machine, Outcome, Result, null};
use crate::feel::ast::{Iteration, Node};
use crate::value::{Date, Decimal, List, Value};

/// What a name goes through.
enum Source {
    Items(Arc<List>),
    /// Numbers from one to the other, up or down.
    Numbers(i64, i64),
    /// Days since the epoch from one to the other, up or down.
    Days(i64, i64),
}

impl Source {
    fn get(&self, at: usize) -> Option<Value> {
        let within = |from: i64, to: i64| {
            let offset = i64::try_from(at).ok()?;
            let value =
                if to >= from { from.checked_add(offset) } else { from.checked_sub(offset) };
            value.filter(|value| (from.min(to)..=from.max(to)).contains(value))
        };
        match self {
            Self::Items(items) => items.get(at).cloned(),
            Self::Numbers(from, to) => within(*from, *to).map(Value::from),
            Self::Days(from, to) => Date::from_days(within(*from, *to)?).map(Value::Date),
        }
    }
}

/// What to do after one round.
enum Round {
    Continue,
    Done,
}

impl Machine<'_> {
    #[inline(never)]
    pub(super) fn iterate(
        &mut self,
        iterators: &[Iteration],
        partial: Option<u16>,
        body: &Node,
        node: &Node,
    ) -> Result {
        let mut results = List::default();
        if let Some(slot) = partial {
            self.set_local(slot, Value::from(List::default()));
        }
        let mut each = |machine: &mut Self| {
            let value = machine.eval(body)?;
            machine.allocate(size_of::<Value>())?;
            let Some(slot) = partial else {
                results.push(value);
                return Ok(Round::Continue);
            };
            // The list is taken out of its slot, so that it is not copied as long as the body
            // keeps no hold of it.
            let place = machine.base + usize::from(slot);
            if let Value::List(mut list) = std::mem::take(&mut machine.slots[place]) {
                if Arc::strong_count(&list) > 1 {
                    machine.work_on(&list)?;
                    machine.allocate(size_of::<Value>() * list.len())?;
                }
                Arc::make_mut(&mut list).push(value);
                machine.slots[place] = Value::List(list);
            }
            Ok(Round::Continue)
        };
        let complete = self.rounds(iterators, &mut each)?;
        if !complete {
            return Ok(Value::Null);
        }
        let list = match partial {
            Some(slot) => std::mem::take(&mut self.slots[self.base + usize::from(slot)]),
            None => Value::from(results),
        };
        let list = self.bounded(list);
        self.settle(list, node)
    }

    #[inline(never)]
    pub(super) fn quantified(
        &mut self,
        every: bool,
        iterators: &[Iteration],
        condition: &Node,
        _node: &Node,
    ) -> Result {
        let mut answer = Value::Boolean(every);
        let mut each = |machine: &mut Self| {
            match machine.eval(condition)? {
                Value::Boolean(flag) if flag == every => {}
                Value::Boolean(flag) => {
                    answer = Value::Boolean(flag);
                    return Ok(Round::Done);
                }
                Value::Null => answer = Value::Null,
                other => {
                    let word = if every { "every" } else { "some" };
                    let found = other.type_name();
                    machine.warn(format!("'{word}' on a {found}"), condition.at);
                    answer = Value::Null;
                    return Ok(Round::Done);
                }
            }
            Ok(Round::Continue)
        };
        if self.rounds(iterators, &mut each)? { Ok(answer) } else { Ok(Value::Null) }
    }

    /// Goes through all combinations of the iterators, the last one fastest. Gives false, and a
    /// warning, where one of them has nothing to go through.
    fn rounds(
        &mut self,
        iterators: &[Iteration],
        each: &mut dyn FnMut(&mut Self) -> Result<Round>,
    ) -> Result<bool> {
        let mut open: Vec<(Source, usize)> = Vec::with_capacity(iterators.len());
        loop {
            // Open the sources that are not open; each may use the names before it.
            if let Some(iterator) = iterators.get(open.len()) {
                let source = self.source(iterator);
                match source {
                    Ok(source) => open.push((source, 0)),
                    Err(super::Fault::Null(reason)) => {
                        self.warn(reason, iterator.from.at);
                        return Ok(false);
                    }
                    Err(super::Fault::Stop(error)) => return Err(error),
                }
            }
            // Take the next value of the innermost source that has one.
            loop {
                let Some((source, at)) = open.last_mut() else { return Ok(true) };
                if let Some(value) = source.get(*at) {
                    *at += 1;
                    self.work(1)?;
                    self.set_local(iterators[open.len() - 1].slot, value);
                    break;
                }
                open.pop();
            }
            if open.len() == iterators.len()
                && let Round::Done = each(self)?
            {
                return Ok(true);
            }
        }
    }

    fn source(&mut self, iterator: &Iteration) -> Outcome<Source> {
        let from = self.eval(&iterator.from)?;
        if let Some(to) = &iterator.to {
            let to = self.eval(to)?;
            return ends(&from, &to);
        }
        Ok(match from {
            Value::List(items) => Source::Items(items),
            Value::Range(range) => match (&range.start, &range.end) {
                (Some(start), Some(end)) => {
                    let (start_in, end_in) = (range.start_included, range.end_included);
                    match ends(start, end)? {
                        Source::Numbers(from, to) => {
                            let (from, to) = (from + i64::from(!start_in), to - i64::from(!end_in));
                            if from > to { empty() } else { Source::Numbers(from, to) }
                        }
                        Source::Days(from, to) => {
                            let (from, to) = (from + i64::from(!start_in), to - i64::from(!end_in));
                            if from > to { empty() } else { Source::Days(from, to) }
                        }
                        items @ Source::Items(_) => items,
                    }
                }
                _ => return null("a range without an end has no items"),
            },
            Value::Null => return null("null has no items"),
            other => Source::Items(Arc::new(List::new(vec![other]))),
        })
    }
}

fn empty() -> Source {
    Source::Items(Arc::default())
}

fn ends(from: &Value, to: &Value) -> Outcome<Source> {
    let integer = |number: &Decimal| number.to_i64().filter(|it| it.abs() < i64::MAX / 2);
    match (from, to) {
        (Value::Number(from), Value::Number(to)) => match (integer(from), integer(to)) {
            (Some(from), Some(to)) => Ok(Source::Numbers(from, to)),
            _ => null("the ends of the range are no integers"),
        },
        (Value::Date(from), Value::Date(to)) => Ok(Source::Days(from.days(), to.days())),
        _ => null(format!("nothing goes from a {} to a {}", from.type_name(), to.type_name())),
    }
}
