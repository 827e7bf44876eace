//! Regular expressions: `matches`, `replace`, `split`, `extract`.
//!
//! Patterns are those of `XPath`. A pattern without back-references takes time that grows with the
//! text only; one with them is tried out within the budget. Without the feature `regex` the
//! functions give null with a reason.

#[cfg(feature = "regex")]
mod backtrack;
#[cfg(feature = "regex")]
mod blocks;
#[cfg(feature = "regex")]
mod linear;
#[cfg(feature = "regex")]
mod xpath;

use std::rc::Rc;

use super::{list, optional, text};
use crate::feel::eval::{Machine, Outcome, null};
use crate::value::Value;

/// The longest pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 4096;
/// The deepest nesting of a pattern.
#[cfg(feature = "regex")]
const NESTING_MAX: u32 = 50;

/// The places of a match and of its groups.
type Groups = Vec<Option<(usize, usize)>>;

/// What is done with a match: its start, its end and its groups.
type Visit<'v> = dyn FnMut(&mut Machine<'_>, (usize, usize), &Groups) -> Outcome<()> + 'v;

/// A compiled pattern.
enum Pattern {
    #[cfg(feature = "regex")]
    Linear(linear::Automaton),
    #[cfg(feature = "regex")]
    Backtracking(backtrack::Program),
}

#[cfg(not(feature = "regex"))]
fn compile(_: &str, _: &str) -> Outcome<Pattern> {
    null("regular expressions are not available here")
}

#[cfg(feature = "regex")]
fn compile(pattern: &str, flags: &str) -> Outcome<Pattern> {
    let flags = match xpath::Flags::parse(flags) {
        Ok(flags) => flags,
        Err(reason) => return null(reason),
    };
    if flags.literal {
        let plain = xpath::Flags { lines: false, ..flags };
        return linear::compile(&regex::escape(pattern), plain).map(Pattern::Linear);
    }
    match xpath::translate(pattern, flags) {
        Err(reason) => null(reason),
        Ok(it) if it.refers_back => backtrack::compile(&it.text, flags).map(Pattern::Backtracking),
        Ok(it) => linear::compile(&it.text, flags).map(Pattern::Linear),
    }
}

impl Pattern {
    /// The first match at or after a place.
    #[cfg_attr(not(feature = "regex"), expect(unused_variables, reason = "there is no pattern"))]
    fn find(&self, machine: &mut Machine<'_>, text: &str, from: usize) -> Outcome<Option<Groups>> {
        match *self {
            #[cfg(feature = "regex")]
            Self::Linear(ref automaton) => automaton.find(machine, text, from),
            #[cfg(feature = "regex")]
            Self::Backtracking(ref program) => program.find(machine, text, from),
        }
    }

    fn is_match(&self, machine: &mut Machine<'_>, text: &str) -> Outcome<bool> {
        Ok(self.find(machine, text, 0)?.is_some())
    }

    /// Visits every match with its start, its end and its groups; gives null where the pattern
    /// matches the empty text, so that there would be a match at every place.
    fn for_each_match(
        &self,
        machine: &mut Machine<'_>,
        text: &str,
        visit: &mut Visit<'_>,
    ) -> Outcome<()> {
        if self.is_match(machine, "")? {
            return null("the pattern matches the empty string");
        }
        let mut from = 0;
        while let Some(groups) = self.find(machine, text, from)? {
            let Some((start, end)) = groups[0] else { break };
            machine.work(1 + groups.len() as u64 / 8)?;
            if end == start {
                // Only at an anchor; nothing is taken there.
                let Some(letter) = text[end..].chars().next() else { break };
                from = end + letter.len_utf8();
                continue;
            }
            visit(machine, (start, end), &groups)?;
            from = end;
        }
        Ok(())
    }
}

/// Compiling a pattern counts as much work as it takes, in steps.
const COMPILE_STEPS: u64 = 2_000;
/// The most compiled patterns that an evaluation keeps.
const PATTERNS_MAX: usize = 8;

/// The patterns that an evaluation has compiled, by source and flags.
#[derive(Default)]
pub(in crate::feel) struct Patterns(Vec<(String, String, Rc<Pattern>)>);

fn compiled(machine: &mut Machine<'_>, values: &[Value], flags_at: usize) -> Outcome<Rc<Pattern>> {
    text(&values[0])?;
    let pattern = text(&values[1])?;
    let flags = optional(values, flags_at).map_or(Ok(""), text)?;
    let known = &machine.patterns.0;
    if let Some((_, _, known)) = known.iter().find(|(it, with, _)| it == pattern && with == flags) {
        return Ok(Rc::clone(known));
    }
    if pattern.len() > PATTERN_BYTES_MAX {
        return null("the pattern is too long");
    }
    machine.work(COMPILE_STEPS + pattern.len() as u64 * 20)?;
    let built = Rc::new(compile(pattern, flags)?);
    let kept = &mut machine.patterns.0;
    kept.truncate(PATTERNS_MAX - 1);
    kept.insert(0, (pattern.to_owned(), flags.to_owned(), Rc::clone(&built)));
    Ok(built)
}

pub(super) fn matches(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let pattern = compiled(machine, values, 2)?;
    Ok(Value::Boolean(pattern.is_match(machine, text(&values[0])?)?))
}

pub(super) fn replace(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let pattern = compiled(machine, values, 3)?;
    let input = text(&values[0])?;
    let replacement = text(&values[2])?;
    let is_literal =
        optional(values, 3).is_some_and(|it| text(it).is_ok_and(|it| it.contains('q')));
    let (mut replaced, mut end) = (String::new(), 0);
    pattern.for_each_match(machine, input, &mut |machine, (start, match_end), groups| {
        replaced.push_str(&input[end..start]);
        let before = replaced.len();
        if is_literal {
            replaced.push_str(replacement);
        } else {
            expand(replacement, (input, groups), &mut replaced)?;
        }
        machine.allocate(replaced.len() - before)?;
        end = match_end;
        Ok(())
    })?;
    replaced.push_str(&input[end..]);
    machine.new_string(replaced)
}

/// Writes a replacement: `$1` is a group, `\$` and `\\` are the signs themselves.
fn expand(replacement: &str, (input, groups): (&str, &Groups), out: &mut String) -> Outcome<()> {
    let mut letters = replacement.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(escaped @ ('$' | '\\')) => out.push(escaped),
                _ => return null("replace: a backslash stands before '$' or itself"),
            },
            '$' => {
                let Some(first) = letters.peek().and_then(|it| it.to_digit(10)) else {
                    return null("replace: '$' stands before the number of a group");
                };
                letters.next();
                let mut group = first as usize;
                // More digits belong to the number as long as there is such a group.
                while let Some(digit) = letters.peek().and_then(|it| it.to_digit(10)) {
                    let longer = group * 10 + digit as usize;
                    if longer >= groups.len() {
                        break;
                    }
                    group = longer;
                    letters.next();
                }
                let place = groups.get(group).copied().flatten();
                out.push_str(place.map_or("", |(from, to)| &input[from..to]));
            }
            other => out.push(other),
        }
    }
    Ok(())
}

pub(super) fn split(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let pattern = compiled(machine, values, 2)?;
    let input = text(&values[0])?;
    let (mut parts, mut end) = (Vec::new(), 0);
    pattern.for_each_match(machine, input, &mut |machine, (start, match_end), _| {
        parts.push(machine.new_string(&input[end..start])?);
        machine.allocate(size_of::<Value>())?;
        end = match_end;
        Ok(())
    })?;
    parts.push(machine.new_string(&input[end..])?);
    list(machine, parts)
}

pub(super) fn extract(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let pattern = compiled(machine, values, 2)?;
    let input = text(&values[0])?;
    let mut found = Vec::new();
    pattern.for_each_match(machine, input, &mut |machine, (start, end), _| {
        found.push(machine.new_string(&input[start..end])?);
        machine.allocate(size_of::<Value>())?;
        Ok(())
    })?;
    list(machine, found)
}
