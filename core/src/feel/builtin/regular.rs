//! Regular expressions: `matches`, `replace`, `split`, `extract`.
//!
//! Patterns are those of `XPath` as far as they need no look-ahead, look-behind or back-reference:
//! the time of a match grows with the text only, whatever the pattern. Without the feature `regex`
//! the functions give null with a reason.

use std::rc::Rc;

use super::{list, optional, text};
use crate::feel::eval::{Machine, Outcome, null};
use crate::value::Value;

#[cfg(not(feature = "regex"))]
mod engine {
    use crate::feel::eval::{Outcome, null};

    /// Stands for a regular expression, of which there is none.
    pub(super) enum Pattern {}

    pub(super) fn compile(_: &str, _: &str) -> Outcome<Pattern> {
        null("regular expressions are not available here")
    }

    impl Pattern {
        pub(super) fn is_match(&self, _: &str) -> bool {
            match *self {}
        }

        pub(super) fn matches<'t>(&self, _: &'t str) -> Vec<(usize, usize, Vec<Option<&'t str>>)> {
            match *self {}
        }
    }
}

#[cfg(feature = "regex")]
mod engine {
    use regex::{Regex, RegexBuilder};

    use crate::feel::eval::{Outcome, null};

    /// The largest compiled pattern, in bytes.
    const COMPILED_BYTES_MAX: usize = 1 << 20;
    /// The longest pattern, in bytes.
    const PATTERN_BYTES_MAX: usize = 4096;
    /// The deepest nesting of a pattern.
    const NESTING_MAX: u32 = 50;

    /// Unicode blocks that the crate lacks, and the classes they are.
    const BLOCKS: [(&str, &str); 6] = [
        (r"\p{IsBasicLatin}", r"[\x00-\x7F]"),
        (r"\P{IsBasicLatin}", r"[^\x00-\x7F]"),
        (r"\p{IsLatin-1Supplement}", r"[\x80-\xFF]"),
        (r"\p{IsLatinExtended-A}", r"[\u0100-\u017F]"),
        (r"\p{IsGreek}", r"[\u0370-\u03FF]"),
        (r"\p{IsCyrillic}", r"[\u0400-\u04FF]"),
    ];

    pub(super) struct Pattern(Regex);

    pub(super) fn compile(pattern: &str, flags: &str) -> Outcome<Pattern> {
        if pattern.len() > PATTERN_BYTES_MAX {
            return null("the pattern is too long");
        }
        if let Some(flag) = flags.chars().find(|flag| !"smixq".contains(*flag)) {
            return null(format!("there is no flag '{flag}'"));
        }
        let has = |flag: char| flags.contains(flag);
        let source =
            if has('q') { regex::escape(pattern) } else { translated(pattern, has('x'), has('s')) };
        let built = RegexBuilder::new(&source)
            .dot_matches_new_line(true)
            .multi_line(has('m'))
            .case_insensitive(has('i'))
            .size_limit(COMPILED_BYTES_MAX)
            .dfa_size_limit(COMPILED_BYTES_MAX)
            .nest_limit(NESTING_MAX)
            .build();
        match built {
            Ok(regex) => Ok(Pattern(regex)),
            Err(regex::Error::CompiledTooBig(_)) => null("the pattern is too large"),
            Err(_) => null("the pattern is not a regular expression that is understood"),
        }
    }

    /// `XPath`'s pattern in the words of the crate: with the flag `x` spaces outside of classes do
    /// not count; without `s` a point is no line end; `[a-z-[b]]` takes away.
    fn translated(pattern: &str, drop_spaces: bool, dot_is_all: bool) -> String {
        let (mut out, mut in_class) = (String::with_capacity(pattern.len() + 8), 0_u32);
        let mut letters = pattern.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => {
                    out.push('\\');
                    out.extend(letters.by_ref().find(|letter| !drop_spaces || !is_space(*letter)));
                }
                '[' => {
                    in_class += 1;
                    out.push('[');
                }
                ']' => {
                    in_class = in_class.saturating_sub(1);
                    out.push(']');
                }
                '-' if in_class > 0 && letters.peek() == Some(&'[') => out.push_str("--"),
                '.' if in_class == 0 && !dot_is_all => out.push_str("[^\\n\\r]"),
                space if in_class == 0 && drop_spaces && is_space(space) => {}
                other => out.push(other),
            }
        }
        for (block, class) in BLOCKS {
            out = out.replace(block, class);
        }
        out
    }

    fn is_space(letter: char) -> bool {
        matches!(letter, ' ' | '\t' | '\n' | '\r')
    }

    impl Pattern {
        pub(super) fn is_match(&self, text: &str) -> bool {
            self.0.is_match(text)
        }

        /// Start, end and groups of every match.
        pub(super) fn matches<'t>(
            &self,
            text: &'t str,
        ) -> Vec<(usize, usize, Vec<Option<&'t str>>)> {
            let found = self.0.captures_iter(text).filter_map(|groups| {
                let whole = groups.get(0)?;
                let parts = groups.iter().map(|group| group.map(|it| it.as_str())).collect();
                Some((whole.start(), whole.end(), parts))
            });
            found.collect()
        }
    }
}

/// Compiling a pattern counts as much work as it takes, in steps.
const COMPILE_STEPS: u64 = 2_000;
/// The most compiled patterns that an evaluation keeps.
const PATTERNS_MAX: usize = 8;

/// The patterns that an evaluation has compiled, by source and flags.
#[derive(Default)]
pub(in crate::feel) struct Patterns(Vec<(String, String, Rc<engine::Pattern>)>);

fn compiled(
    machine: &mut Machine<'_>,
    values: &[Value],
    flags_at: usize,
) -> Outcome<Rc<engine::Pattern>> {
    let input = text(&values[0])?;
    let pattern = text(&values[1])?;
    let flags = optional(values, flags_at).map_or(Ok(""), text)?;
    machine.work(1 + input.len() as u64 / 8)?;
    let known = &machine.patterns.0;
    if let Some((_, _, known)) = known.iter().find(|(it, with, _)| it == pattern && with == flags) {
        return Ok(Rc::clone(known));
    }
    machine.work(COMPILE_STEPS + pattern.len() as u64 * 20)?;
    let built = Rc::new(engine::compile(pattern, flags)?);
    let kept = &mut machine.patterns.0;
    kept.truncate(PATTERNS_MAX - 1);
    kept.insert(0, (pattern.to_owned(), flags.to_owned(), Rc::clone(&built)));
    Ok(built)
}

pub(super) fn matches(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let pattern = compiled(machine, values, 2)?;
    Ok(Value::Boolean(pattern.is_match(text(&values[0])?)))
}

pub(super) fn replace(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let pattern = compiled(machine, values, 3)?;
    let input = text(&values[0])?;
    let replacement = text(&values[2])?;
    let is_literal =
        optional(values, 3).is_some_and(|it| text(it).is_ok_and(|it| it.contains('q')));
    let (mut replaced, mut end) = (String::new(), 0);
    for (start, match_end, groups) in pattern.matches(input) {
        replaced.push_str(&input[end..start]);
        let before = replaced.len();
        if is_literal {
            replaced.push_str(replacement);
        } else {
            expand(replacement, &groups, &mut replaced)?;
        }
        machine.allocate(replaced.len() - before)?;
        machine.work(1)?;
        end = match_end;
    }
    replaced.push_str(&input[end..]);
    machine.new_string(replaced)
}

/// Writes a replacement: `$1` is a group, `\$` and `\\` are the signs themselves.
fn expand(replacement: &str, groups: &[Option<&str>], out: &mut String) -> Outcome<()> {
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
                out.push_str(groups.get(group).copied().flatten().unwrap_or_default());
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
    for (start, match_end, _) in pattern.matches(input) {
        if match_end == start {
            return null("split: the delimiter matches the empty string");
        }
        parts.push(machine.new_string(&input[end..start])?);
        end = match_end;
    }
    parts.push(machine.new_string(&input[end..])?);
    list(machine, parts)
}

pub(super) fn extract(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let pattern = compiled(machine, values, 2)?;
    let input = text(&values[0])?;
    let mut found = Vec::new();
    for (start, end, _) in pattern.matches(input) {
        found.push(machine.new_string(&input[start..end])?);
    }
    list(machine, found)
}
