//! Simple expressions of other engines' models in FEEL: `${name}`, `#{a.b >= 5}`.
//!
//! Never translates more than names, paths, literals and one level of comparison and logic
//! between them: what an expression language with method calls could do is refused by name.

/// Why an expression of another engine has no translation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" cannot be translated to FEEL: {reason}")]
pub struct TranslateError {
    /// The expression as given.
    pub text: String,
    /// Why, in words.
    pub reason: &'static str,
}

/// Translates `${…}` or `#{…}` to FEEL; a text without either is a literal, and gives `None`.
///
/// # Errors
/// [`TranslateError`] for calls, choices, indexes, several expressions in one text, and whatever
/// else goes beyond names, literals, `== != < <= > >=`, `&& || !` and arithmetic.
pub fn translate(text: &str) -> Result<Option<String>, TranslateError> {
    let trimmed = text.trim();
    if !trimmed.contains("${") && !trimmed.contains("#{") {
        return Ok(None);
    }
    let refuse = |reason| TranslateError { text: text.chars().take(200).collect(), reason };
    let inner = trimmed
        .strip_prefix("${")
        .or_else(|| trimmed.strip_prefix("#{"))
        .and_then(|rest| rest.strip_suffix('}'))
        .ok_or_else(|| refuse("text around the expression"))?;
    if inner.trim().is_empty() {
        return Err(refuse("it is empty"));
    }
    let mut out = Translation { rest: inner, feel: String::new(), operand_last: false };
    while out.step().map_err(refuse)? {}
    if !out.operand_last {
        return Err(refuse("it ends where a value is expected"));
    }
    Ok(Some(out.feel))
}

struct Translation<'t> {
    rest: &'t str,
    feel: String,
    /// Whether a value was read last, so that an operator must follow.
    operand_last: bool,
}

/// Operators with two sides and what they are in FEEL; longer ones first.
const OPERATORS: [(&str, &str); 14] = [
    ("==", "="),
    ("!=", "!="),
    ("<=", "<="),
    (">=", ">="),
    ("&&", "and"),
    ("||", "or"),
    ("<", "<"),
    (">", ">"),
    ("+", "+"),
    ("-", "-"),
    ("*", "*"),
    ("/", "/"),
    ("%", ""),
    ("?", ""),
];

/// Words that are operators.
const WORDS: [(&str, &str); 8] = [
    ("and", "and"),
    ("or", "or"),
    ("eq", "="),
    ("ne", "!="),
    ("lt", "<"),
    ("le", "<="),
    ("gt", ">"),
    ("ge", ">="),
];

impl Translation<'_> {
    fn step(&mut self) -> Result<bool, &'static str> {
        self.rest = self.rest.trim_start();
        let Some(first) = self.rest.chars().next() else { return Ok(false) };
        if first.is_alphabetic() || first == '_' {
            self.word()?;
        } else if first.is_ascii_digit() {
            let is_part = |letter: char| letter.is_ascii_digit() || letter == '.';
            let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
            self.operand(&self.rest[..end], end)?;
        } else if first == '"' || first == '\'' {
            self.literal(first)?;
        } else if first == '!' && !self.rest.starts_with("!=") {
            self.negation()?;
        } else {
            self.operator()?;
        }
        Ok(true)
    }

    fn operand(&mut self, feel: &str, length: usize) -> Result<(), &'static str> {
        if self.operand_last {
            return Err("two values stand side by side");
        }
        self.space();
        self.feel.push_str(feel);
        self.rest = &self.rest[length..];
        self.operand_last = true;
        Ok(())
    }

    fn infix(&mut self, feel: &str, length: usize) -> Result<(), &'static str> {
        if !self.operand_last {
            return Err("an operator stands where a value is expected");
        }
        self.space();
        self.feel.push_str(feel);
        self.rest = &self.rest[length..];
        self.operand_last = false;
        Ok(())
    }

    fn space(&mut self) {
        if !self.feel.is_empty() && !self.feel.ends_with('-') {
            self.feel.push(' ');
        }
    }

    fn word(&mut self) -> Result<(), &'static str> {
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        let word = self.rest[..end].to_owned();
        let after = self.rest[end..].trim_start();
        if let Some((_, feel)) = WORDS.iter().find(|(it, _)| *it == word) {
            return self.infix(feel, end);
        }
        match word.as_str() {
            "not" => {
                self.rest = &self.rest[end - 1..];
                return self.negation();
            }
            "empty" | "div" | "mod" | "instanceof" => return Err("an operator that FEEL lacks"),
            _ => {}
        }
        if after.starts_with('(') {
            return Err("it calls a function of the host");
        }
        if after.starts_with('[') {
            return Err("it uses an index");
        }
        if word.ends_with('.') || word.contains("..") {
            return Err("a path has an empty step");
        }
        self.operand(&word, end)
    }

    fn literal(&mut self, quote: char) -> Result<(), &'static str> {
        let inner = &self.rest[1..];
        let end = inner.find(quote).ok_or("a text has no end")?;
        let content = &inner[..end];
        if content.contains('\\') {
            return Err("a text with escapes");
        }
        let feel = format!("\"{}\"", content.replace('"', "\\\""));
        self.operand(&feel, end + 2)
    }

    /// `!name`; only of one name, so that no brackets are needed.
    fn negation(&mut self) -> Result<(), &'static str> {
        if self.operand_last {
            return Err("a negation stands where an operator is expected");
        }
        self.rest = self.rest[1..].trim_start();
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        if end == 0 || self.rest[end..].trim_start().starts_with(['(', '[']) {
            return Err("a negation of more than a name");
        }
        let feel = format!("not({})", &self.rest[..end]);
        self.operand(&feel, end)
    }

    fn operator(&mut self) -> Result<(), &'static str> {
        let Some((sign, feel)) = OPERATORS.iter().find(|(sign, _)| self.rest.starts_with(sign))
        else {
            return Err("a sign that is not understood");
        };
        match (*sign, *feel) {
            ("?", _) => Err("a choice with '?'"),
            ("%", _) => Err("an operator that FEEL lacks"),
            ("-", _) if !self.operand_last => {
                self.space();
                self.feel.push('-');
                self.rest = &self.rest[1..];
                Ok(())
            }
            (sign, feel) => self.infix(feel, sign.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::translate;
    use crate::feel::{Expression, Names};

    #[test]
    fn names_paths_and_comparisons_become_feel() {
        for (from, to) in [
            ("${approved}", "approved"),
            ("#{order.total >= 100}", "order.total >= 100"),
            ("${ amount > 1000 && tier == 'gold' }", "amount > 1000 and tier = \"gold\""),
            ("${!approved || x != null}", "not(approved) or x != null"),
            ("${not approved}", "not(approved)"),
            ("${a lt -5 and b eq \"x\"}", "a < -5 and b = \"x\""),
            ("${a + 1}", "a + 1"),
        ] {
            assert_eq!(translate(from), Ok(Some(to.to_owned())), "{from}");
            Expression::parse(to, &Names::none()).unwrap();
        }
        assert_eq!(translate("plain text"), Ok(None));
    }

    #[test]
    fn more_than_that_is_refused_with_the_reason() {
        for (from, reason) in [
            ("${bean.call()}", "it calls a function of the host"),
            ("${a ? 1 : 2}", "a choice with '?'"),
            ("${list[0]}", "it uses an index"),
            ("Dear ${name}", "text around the expression"),
            ("${a}${b}", "a sign that is not understood"),
            ("${}", "it is empty"),
            ("${a b}", "two values stand side by side"),
            ("${a >}", "it ends where a value is expected"),
            ("${!(a && b)}", "a negation of more than a name"),
            ("${''.getClass()}", "a sign that is not understood"),
        ] {
            assert_eq!(translate(from).unwrap_err().reason, reason, "{from}");
        }
    }
}
