//! From text to tokens.
//!
//! Never decides what is a name of several words: that depends on the names in scope, which the
//! parser knows.

use super::SyntaxError;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word of a name, or a keyword.
    Word,
    /// A whole name in back quotes, whatever it holds.
    Name,
    /// A number.
    Number,
    /// A text in double quotes.
    Text,
    /// An operator, a bracket, or a sign that only names contain.
    Sign,
    /// The end of the text.
    End,
}

/// A piece of the text, by byte offsets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Signs of two characters; the longest comes first.
const DOUBLE_SIGNS: [&str; 6] = ["**", "..", "<=", ">=", "!=", "=="];

/// Splits the text into tokens; the last one is the end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut lexer = Lexer { text, at: 0, found: Vec::new() };
    while lexer.step()? {}
    let end = text.len();
    lexer.found.push(Token { kind: TokenKind::End, start: end, end });
    Ok(lexer.found)
}

/// Whether a name of one word may begin with this.
pub(super) fn is_word_start(letter: char) -> bool {
    letter.is_alphabetic()
        || matches!(letter, '_' | '\u{200C}' | '\u{200D}' | '\u{2070}'..='\u{218F}')
        || matches!(letter, '\u{2C00}'..='\u{2FEF}' | '\u{1_0000}'..='\u{E_FFFF}')
        || (letter > '\u{24FF}' && letter < '\u{2C00}')
}

fn is_word_part(letter: char) -> bool {
    is_word_start(letter)
        || letter.is_numeric()
        || matches!(letter, '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}' | '\u{2040}')
}

fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{FEFF}' | '\u{180E}')
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    found: Vec<Token>,
}

impl Lexer<'_> {
    /// Reads one token or what lies between tokens; false at the end.
    fn step(&mut self) -> Result<bool, SyntaxError> {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else { return Ok(false) };
        let until = |matches: fn(char) -> bool| rest.find(matches).unwrap_or(rest.len());
        if is_space(first) {
            self.at += until(|letter| !is_space(letter));
        } else if rest.starts_with("//") {
            self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            let Some(length) = rest.find("*/") else {
                return Err(SyntaxError::at(self.text, self.at, "the comment has no end")
                    .hint("end it with */"));
            };
            self.at += length + 2;
        } else if is_word_start(first) {
            self.push(TokenKind::Word, until(|letter| !is_word_part(letter)));
        } else if first == '?' {
            self.push(TokenKind::Word, 1);
        } else if first.is_ascii_digit() || (first == '.' && self.point_begins_number(rest)) {
            self.push(TokenKind::Number, number_length(rest));
        } else if first == '`' {
            let is_name = |length: &usize| !rest[1..=*length].trim().is_empty();
            let Some(length) = rest[1..].find('`').filter(is_name) else {
                return Err(SyntaxError::at(self.text, self.at, "the name has no end")
                    .hint("end it with a back quote"));
            };
            self.push(TokenKind::Name, length + 2);
        } else if first == '"' {
            let length = text_length(rest).ok_or_else(|| {
                SyntaxError::at(self.text, self.at, "the text has no end")
                    .hint("end it with a double quote")
            })?;
            self.push(TokenKind::Text, length);
        } else {
            let double = DOUBLE_SIGNS.iter().find(|sign| rest.starts_with(**sign));
            self.push(TokenKind::Sign, double.map_or(first.len_utf8(), |sign| sign.len()));
        }
        Ok(true)
    }

    /// Whether a point begins a number such as `.5`, and is no path or range.
    fn point_begins_number(&self, rest: &str) -> bool {
        let digit_follows = rest[1..].starts_with(|letter: char| letter.is_ascii_digit());
        let after_value = self.found.last().is_some_and(|last| {
            let text = &self.text[last.start..last.end];
            last.end == self.at && (last.kind != TokenKind::Sign || matches!(text, ")" | "]" | "}"))
        });
        digit_follows && !after_value
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        let start = self.at;
        self.at += length;
        self.found.push(Token { kind, start, end: self.at });
    }
}

fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits =
        |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > end + 1 {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.len() > end + 1 + sign && digits(end + 1 + sign) > end + 1 + sign {
            end = digits(end + 1 + sign);
        }
    }
    end
}

/// The length of a text with its quotes; `None` where it does not end.
fn text_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The characters of a text token, its escapes resolved; an unknown escape stands for itself.
pub(super) fn text_content(token: &str) -> String {
    let inner = token.get(1..token.len().saturating_sub(1)).unwrap_or_default();
    let mut content = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        content.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(letter) = rest.chars().next() else { break };
        rest = &rest[letter.len_utf8()..];
        match letter {
            'n' => content.push('\n'),
            'r' => content.push('\r'),
            't' => content.push('\t'),
            '"' | '\\' | '\'' => content.push(letter),
            'u' => rest = push_code(&mut content, letter, rest, 4),
            'U' => rest = push_code(&mut content, letter, rest, 6),
            _ => {
                content.push('\\');
                content.push(letter);
            }
        }
    }
    content.push_str(rest);
    content
}

/// Adds the character of a `\uXXXX` or `\UXXXXXX` escape and gives what follows it.
fn push_code<'t>(content: &mut String, letter: char, rest: &'t str, digits: usize) -> &'t str {
    let code = |text: &str, digits: usize| {
        let hex = text.get(..digits)?;
        u32::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with('+'))
    };
    if let Some(high) = code(rest, digits) {
        let after = &rest[digits..];
        if let Some(letter) = char::from_u32(high) {
            content.push(letter);
            return after;
        }
        // The halves of a surrogate pair.
        let low = after.strip_prefix("\\u").and_then(|low| code(low, 4));
        if let Some(low) = low.filter(|low| (0xDC00..0xE000).contains(low) && high < 0xDC00) {
            let whole = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
            content.extend(char::from_u32(whole));
            return &after[6..];
        }
    }
    content.push('\\');
    content.push(letter);
    rest
}

#[cfg(test)]
mod tests {
    use super::{text_content, tokens};

    fn pieces(text: &str) -> Vec<&str> {
        let mut found: Vec<_> =
            tokens(text).unwrap().iter().map(|token| &text[token.start..token.end]).collect();
        assert_eq!(found.pop(), Some(""));
        found
    }

    #[test]
    fn splits_numbers_from_ranges_and_paths() {
        assert_eq!(pieces("[1..10]"), ["[", "1", "..", "10", "]"]);
        assert_eq!(pieces("1.5..2e3"), ["1.5", "..", "2e3"]);
        assert_eq!(pieces(".25+a.b"), [".25", "+", "a", ".", "b"]);
        assert_eq!(pieces("2e"), ["2", "e"]);
    }

    #[test]
    fn drops_comments_and_spaces() {
        assert_eq!(pieces("a /* b */ // c\n\u{a0}+ ?"), ["a", "+", "?"]);
        assert!(tokens("1 /* 2").is_err() && tokens("\"a").is_err());
    }

    #[test]
    fn resolves_escapes() {
        assert_eq!(text_content(r#""a\"b\\c\n\u00e9\uD83D\uDC0E\U01F40E\d""#), "a\"b\\c\né🐎🐎\\d");
        assert_eq!(text_content(r#""\ud83d\u""#), "\\ud83d\\u");
    }
}
