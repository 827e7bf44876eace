//! Regular expressions: `matches`, `replace`, `split`, `extract`.
//!
//! Patterns are those of XPath as far as they need no look-ahead, look-behind or back-reference:
//! the time of a match grows with the text only, whatever the pattern. Without the feature `regex`
//! the functions give null with a reason.

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

    pub(super) struct Pattern(Regex);

    pub(super) fn compile(pattern: &str, flags: &str) -> Outcome<Pattern> {
        if pattern.len() > PATTERN_BYTES_MAX {
            return null("the pattern is too long");
        }
        if let Some(flag) = flags.chars().find(|flag| !"smixq".contains(*flag)) {
            return null(format!("there is no flag '{flag}'"));
        }
        let has = |flag: char| flags.contains(flag);
        let source = if has('q') {
            regex::escape(pattern)
        } else if has('x') {
            without_spaces(pattern)
        } else {
            pattern.to_owned()
        };
        let built = RegexBuilder::new(&source)
            .dot_matches_new_line(has('s'))
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

    /// XPath's flag `x`: spaces outside of character classes do not count.
    fn without_spaces(pattern: &str) -> String {
        let (mut kept, mut in_class, mut escaped) = (String::new(), 0_u32, false);
        for letter in pattern.chars() {
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => in_class += 1,
                ']' => in_class = in_class.saturating_sub(1),
                ' ' | '\t' | '\n' | '\r' if in_class == 0 => continue,
                _ => {}
            }
            kept.push(letter);
        }
        kept
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
const COMPILE_STEPS: u64 = 200;

fn compiled(
    machine: &mut Machine<'_>,
    values: &[Value],
    flags_at: usize,
) -> Outcome<engine::Pattern> {
    let input = text(&values[0])?;
    let pattern = text(&values[1])?;
    let flags = optional(values, flags_at).map_or(Ok(""), text)?;
    let length = input.len() as u64 / 8 + pattern.len() as u64 * 4;
    machine.work(COMPILE_STEPS + length)?;
    engine::compile(pattern, flags)
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
