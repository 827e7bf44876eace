//! Patterns of `XPath` and `XQuery` in the words of the crate `regex`.
//!
//! XQuery 1.0 and XPath 2.0 Functions and Operators, clause "Regular Expression Syntax", which is
//! XML Schema's with anchors, reluctant quantifiers, back-references and groups. What the crate
//! reads in another way is rewritten; what only the crate knows is refused.

use std::iter::Peekable;
use std::str::Chars;

use super::blocks;

/// The flags of a call.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    /// `s`: a point is any letter.
    pub(super) dot_is_all: bool,
    /// `m`: the anchors hold at every line.
    pub(super) lines: bool,
    /// `i`: letters in both cases.
    pub(super) any_case: bool,
    /// `x`: spaces do not count.
    pub(super) drop_spaces: bool,
    /// `q`: the pattern is plain text.
    pub(super) literal: bool,
}

impl Flags {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut flags = Self::default();
        for letter in text.chars() {
            match letter {
                's' => flags.dot_is_all = true,
                'm' => flags.lines = true,
                'i' => flags.any_case = true,
                'x' => flags.drop_spaces = true,
                'q' => flags.literal = true,
                other => return Err(format!("there is no flag '{other}'")),
            }
        }
        Ok(flags)
    }
}

/// A pattern in the words of the crate.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) text: String,
    /// Whether it has back-references, each an empty group with a name such as `b1_0`.
    pub(super) refers_back: bool,
}

type Result<T = (), E = &'static str> = std::result::Result<T, E>;

/// Translates a pattern.
pub(super) fn translate(pattern: &str, flags: Flags) -> Result<Translated> {
    let mut translator = Translator {
        letters: pattern.chars().peekable(),
        flags,
        out: String::with_capacity(pattern.len() + 8),
        groups: 0,
        open: Vec::new(),
        back_references: 0,
        can_repeat: false,
    };
    while let Some(letter) = translator.letters.next() {
        translator.piece(letter)?;
    }
    if translator.open.is_empty() {
        let refers_back = translator.back_references > 0;
        return Ok(Translated { text: translator.out, refers_back });
    }
    Err("a group of the pattern has no end")
}

struct Translator<'p> {
    letters: Peekable<Chars<'p>>,
    flags: Flags,
    out: String,
    /// Groups that were opened and are remembered.
    groups: usize,
    /// The groups that are open; `None` for one that is not remembered.
    open: Vec<Option<usize>>,
    back_references: usize,
    /// Whether something stands before that a quantifier can repeat.
    can_repeat: bool,
}

/// The deepest nesting of classes taken away from classes.
const CLASS_NESTING_MAX: u32 = 10;

const SPACES: &str = r" \t\n\r";
const PUNCTUATION: &str = r"\p{P}\p{Z}\p{C}";
/// What an XML name may begin with.
const INITIAL: &str = r":A-Z_a-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF}\x{200C}\x{200D}\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF}";
/// What else an XML name may hold.
const INSIDE: &str = r"\-.0-9\x{B7}\x{300}-\x{36F}\x{203F}\x{2040}";

/// The general categories of Unicode.
const CATEGORIES: [&str; 37] = [
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc",
    "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C",
    "Cc", "Cf", "Co", "Cn", "Cs",
];

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

impl Translator<'_> {
    fn piece(&mut self, letter: char) -> Result {
        match letter {
            space if self.flags.drop_spaces && is_space(space) => return Ok(()),
            '\\' => return self.escape(),
            '[' => {
                let class = self.class(0)?;
                self.out.push_str(&class);
            }
            '(' => {
                self.open_group()?;
                self.can_repeat = false;
                return Ok(());
            }
            ')' => {
                self.open.pop().ok_or("the pattern closes a group that is not open")?;
                self.out.push(')');
            }
            '|' => {
                self.out.push('|');
                self.can_repeat = false;
                return Ok(());
            }
            '.' if self.flags.dot_is_all => self.out.push('.'),
            '.' => self.out.push_str(r"[^\n\r]"),
            '*' | '+' | '?' | '{' => return self.quantifier(letter),
            ']' | '}' => return Err("the pattern closes a bracket that is not open"),
            other => self.out.push(other),
        }
        self.can_repeat = true;
        Ok(())
    }

    fn open_group(&mut self) -> Result {
        if self.letters.next_if_eq(&'?').is_none() {
            self.groups += 1;
            self.open.push(Some(self.groups));
            self.out.push('(');
            return Ok(());
        }
        self.letters.next_if_eq(&':').ok_or("a group begins with '(' or '(?:'")?;
        self.open.push(None);
        self.out.push_str("(?:");
        Ok(())
    }

    fn quantifier(&mut self, letter: char) -> Result {
        if !self.can_repeat {
            return Err("a quantifier of the pattern has nothing to repeat");
        }
        self.can_repeat = false;
        self.out.push(letter);
        if letter == '{' {
            let mut inner = String::new();
            loop {
                match self.letters.next() {
                    Some('}') => break,
                    Some(part) if part.is_ascii_digit() || part == ',' => inner.push(part),
                    Some(space) if self.flags.drop_spaces && is_space(space) => {}
                    _ => return Err("a count of the pattern is not understood"),
                }
            }
            let (from, to) = inner.split_once(',').unwrap_or((&inner, "0"));
            if from.is_empty() || to.contains(',') {
                return Err("a count of the pattern is not understood");
            }
            self.out.push_str(&inner);
            self.out.push('}');
        }
        self.skip_spaces();
        if self.letters.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        Ok(())
    }

    fn skip_spaces(&mut self) {
        while self.flags.drop_spaces && self.letters.next_if(|it| is_space(*it)).is_some() {}
    }

    /// What follows a backslash outside of a class.
    fn escape(&mut self) -> Result {
        self.skip_spaces();
        let letter = self.letters.next().ok_or("the pattern ends with a backslash")?;
        if letter.is_ascii_digit() {
            return self.back_reference(letter);
        }
        let found = match self.class_escape(letter)? {
            // Categories hold whatever the case.
            Some(class) if self.flags.any_case && matches!(letter, 'p' | 'P') => {
                format!("(?-i:[{class}])")
            }
            Some(class) => format!("[{class}]"),
            None => single_escape(letter)?,
        };
        self.out.push_str(&found);
        self.can_repeat = true;
        Ok(())
    }

    fn back_reference(&mut self, first: char) -> Result {
        let mut group = first.to_digit(10).map_or(0, |digit| digit as usize);
        // More digits belong to the number as long as there is such a group.
        while let Some(digit) = self.letters.peek().and_then(|it| it.to_digit(10)) {
            let longer = group * 10 + digit as usize;
            if longer > self.groups {
                break;
            }
            group = longer;
            self.letters.next();
        }
        if group == 0 || group > self.groups || self.open.contains(&Some(group)) {
            return Err("the pattern refers back to a group that is not there");
        }
        let name = format!("(?P<b{group}_{}>)", self.back_references);
        self.out.push_str(&name);
        self.back_references += 1;
        self.can_repeat = true;
        Ok(())
    }

    /// The inside of a class for an escape that stands for many letters.
    fn class_escape(&mut self, letter: char) -> Result<Option<String>> {
        Ok(Some(match letter {
            's' => SPACES.to_owned(),
            'S' => format!("^{SPACES}"),
            'd' => r"\p{Nd}".to_owned(),
            'D' => r"\P{Nd}".to_owned(),
            'w' => format!("^{PUNCTUATION}"),
            'W' => PUNCTUATION.to_owned(),
            'i' => INITIAL.to_owned(),
            'I' => format!("^{INITIAL}"),
            'c' => format!("{INITIAL}{INSIDE}"),
            'C' => format!("^{INITIAL}{INSIDE}"),
            'p' | 'P' => {
                let not = if letter == 'P' { "^" } else { "" };
                format!("{not}{}", self.property()?)
            }
            _ => return Ok(None),
        }))
    }

    /// `{Lu}` or `{IsGreek}`.
    fn property(&mut self) -> Result<String> {
        const UNKNOWN: &str = "the pattern names a category that is not there";
        self.letters.next_if_eq(&'{').ok_or(UNKNOWN)?;
        let mut name = String::new();
        loop {
            match self.letters.next() {
                Some('}') => break,
                Some(space) if self.flags.drop_spaces && is_space(space) => {}
                Some(letter) if name.len() < 64 => name.push(letter),
                _ => return Err(UNKNOWN),
            }
        }
        if let Some(block) = name.strip_prefix("Is") {
            let (from, to) = blocks::find(block).ok_or(UNKNOWN)?;
            return Ok(format!(r"\x{{{from:X}}}-\x{{{to:X}}}"));
        }
        if CATEGORIES.contains(&&*name) { Ok(format!(r"\p{{{name}}}")) } else { Err(UNKNOWN) }
    }

    /// A class, after its opening bracket.
    fn class(&mut self, nesting: u32) -> Result<String> {
        const NO_END: &str = "a class of the pattern has no end";
        if nesting > CLASS_NESTING_MAX {
            return Err("the classes of the pattern nest too deep");
        }
        let mut inner =
            String::from(if self.letters.next_if_eq(&'^').is_some() { "^" } else { "" });
        let begin = inner.len();
        loop {
            let letter = self.letters.next().ok_or(NO_END)?;
            match letter {
                ']' if inner.len() == begin => return Err("a class of the pattern is empty"),
                ']' => return Ok(format!("[{inner}]")),
                '[' => return Err("a class of the pattern holds '['; write '\\['"),
                '-' if inner.len() > begin && self.letters.peek() == Some(&'-') => {
                    return Err("a class of the pattern holds '--'; write '\\-'");
                }
                '-' if self.letters.peek() == Some(&'[') && inner.len() > begin => {
                    self.letters.next();
                    let taken = self.class(nesting + 1)?;
                    self.letters.next_if_eq(&']').ok_or(NO_END)?;
                    return Ok(format!("[[{inner}]--{taken}]"));
                }
                _ => self.class_item(letter, &mut inner)?,
            }
        }
    }

    /// One letter, a range of letters, or an escape in a class.
    fn class_item(&mut self, letter: char, inner: &mut String) -> Result {
        let from = if letter == '\\' {
            let escaped = self.letters.next().ok_or("the pattern ends with a backslash")?;
            if let Some(class) = self.class_escape(escaped)? {
                inner.push_str(&format!("[{class}]"));
                return Ok(());
            }
            single_escape(escaped)?
        } else {
            in_class(letter)
        };
        inner.push_str(&from);
        let mut ahead = self.letters.clone();
        let is_range = ahead.next() == Some('-') && !matches!(ahead.next(), None | Some('[' | ']'));
        if is_range && letter != '-' {
            self.letters.next();
            let to = match self.letters.next() {
                Some('\\') => single_escape(self.letters.next().unwrap_or('\\'))?,
                Some('-') => return Err("a class of the pattern holds '--'; write '\\-'"),
                Some(to) => in_class(to),
                None => return Err("a class of the pattern has no end"),
            };
            inner.push('-');
            inner.push_str(&to);
        }
        Ok(())
    }
}

/// A letter of a class, without the meaning that the crate gives to it.
fn in_class(letter: char) -> String {
    if letter.is_ascii_punctuation() && !matches!(letter, '<' | '>') {
        format!("\\{letter}")
    } else {
        letter.to_string()
    }
}

/// An escape that stands for one letter.
fn single_escape(letter: char) -> Result<String> {
    match letter {
        'n' | 'r' | 't' => Ok(format!("\\{letter}")),
        '<' | '>' => Ok(letter.to_string()),
        other if other.is_ascii_punctuation() => Ok(format!("\\{other}")),
        _ => Err("the pattern has an escape that is not there"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Flags, translate};

    #[test]
    fn rewrites_what_the_crate_reads_otherwise() {
        for (pattern, flags, expected) in [
            ("[a-z-[aeiou]]+", "", "[[a-z]--[aeiou]]+"),
            ("[^a-z-[0-9]]", "", "[[^a-z]--[0-9]]"),
            ("[a&&b~~]", "", r"[a\&\&b\~\~]"),
            (r"a.\s", "", r"a[^\n\r][ \t\n\r]"),
            (". b", "sx", ".b"),
            (r"\p{IsGreek}", "", r"[\x{370}-\x{3FF}]"),
            (r"\p{Lu}", "i", r"(?-i:[\p{Lu}])"),
            (r"(a)(?:b)\12", "", "(a)(?:b)(?P<b1_0>)2"),
            ("[-a]", "", r"[\-a]"),
            ("a{2,3}?", "", "a{2,3}?"),
        ] {
            let found = translate(pattern, Flags::parse(flags).unwrap()).map(|it| it.text);
            assert_eq!(found.as_deref(), Ok(expected), "{pattern}");
        }
    }

    #[test]
    fn refuses_what_is_not_in_the_standard() {
        for pattern in [
            "(",
            ")",
            "a)",
            "[",
            "[]",
            "[a",
            "a]",
            "a}",
            "a{",
            "a{,3}",
            "a{1,2,3}",
            "*a",
            "a**",
            "a++",
            "(?i)a",
            "(?=a)",
            "(?<n>a)",
            r"\b",
            r"\A",
            r"\x41",
            r"\1",
            r"(a\1)",
            r"\0",
            r"\p{Greek}",
            r"\p{Latin}",
            r"\p",
            "[a[b]]",
            "[a--b]",
            "\\",
            r"[\b]",
            r"\p{IsNowhere}",
            "|*",
        ] {
            assert!(translate(pattern, Flags::default()).is_err(), "{pattern}");
        }
    }
}
