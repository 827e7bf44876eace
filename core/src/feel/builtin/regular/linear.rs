//! Patterns without back-references: matched by automata, in time that grows with the text only.

use regex::{Regex, RegexBuilder};

use super::{Groups, xpath::Flags};
use crate::feel::eval::{Machine, Outcome, null};

/// Compiled sizes in bytes, and how many times the work of the smallest a search may be.
const SIZES: [(usize, u64); 4] = [(2 << 10, 1), (16 << 10, 8), (128 << 10, 64), (512 << 10, 256)];
/// The room for states that are built on the way.
const STATES_BYTES_MAX: usize = 1 << 20;
/// Bytes of a search that count as one step of the evaluation, where all goes badly.
const BYTES_PER_STEP: usize = 8;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Automaton {
    regex: Regex,
    /// The longest match in bytes, where there is a bound.
    length_max: Option<usize>,
    /// How much work a byte is.
    weight: u64,
}

/// Compiles a pattern in the words of the crate.
pub(super) fn compile(text: &str, flags: Flags) -> Outcome<Automaton> {
    for (size, weight) in SIZES {
        let built = RegexBuilder::new(text)
            .dot_matches_new_line(true)
            .multi_line(flags.lines)
            .case_insensitive(flags.any_case)
            .size_limit(size)
            .dfa_size_limit(STATES_BYTES_MAX)
            .nest_limit(super::NESTING_MAX)
            .build();
        match built {
            Ok(regex) => {
                let tree = regex_syntax::Parser::new().parse(text).ok();
                let length_max = tree.and_then(|tree| tree.properties().maximum_len());
                return Ok(Automaton { regex, length_max, weight });
            }
            Err(regex::Error::CompiledTooBig(_)) => {}
            Err(_) => return null("the pattern is not a regular expression that is understood"),
        }
    }
    null("the pattern is too large")
}

impl Automaton {
    /// The first match at or after a place: the places of its groups.
    pub(super) fn find(
        &self,
        machine: &mut Machine<'_>,
        text: &str,
        from: usize,
    ) -> Outcome<Option<Groups>> {
        let rest = text.len() - from;
        if self.length_max.is_none() {
            self.count(machine, rest)?;
        }
        let found = self.regex.captures_at(text, from);
        let end = found.as_ref().and_then(|it| it.get(0)).map_or(text.len(), |it| it.end());
        if let Some(length_max) = self.length_max {
            self.count(machine, end - from + length_max.min(rest))?;
        }
        let groups = |it: regex::Captures<'_>| {
            it.iter().map(|group| group.map(|it| (it.start(), it.end()))).collect()
        };
        Ok(found.map(groups))
    }

    fn count(&self, machine: &mut Machine<'_>, bytes: usize) -> Outcome<()> {
        machine.work(1 + (bytes / BYTES_PER_STEP) as u64 * self.weight)?;
        Ok(())
    }
}
