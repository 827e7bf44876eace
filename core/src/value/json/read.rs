//! The JSON reader.

use std::sync::Arc;

use crate::value::{Context, List, VALUE_DEPTH_MAX, Value};

/// Bounds of what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest text, in bytes.
    pub bytes_max: usize,
    /// The most levels of lists and contexts; more than [`VALUE_DEPTH_MAX`] is never read.
    pub depth_max: u16,
}

/// Why a text is not the JSON that is read here, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
pub struct JsonError {
    /// Line, from 1.
    pub line: u32,
    /// Column in code points, from 1.
    pub column: u32,
    /// What is wrong, in words.
    pub message: String,
}

/// Reads one JSON document.
///
/// # Errors
/// [`JsonError`] for text that is not JSON, not UTF-8, too long or nests too deep, for repeated
/// keys and for numbers larger than a decimal can be.
pub fn parse(text: impl AsRef<[u8]>, limits: Limits) -> Result<Value, JsonError> {
    let bytes = text.as_ref();
    if bytes.len() > limits.bytes_max {
        let message = format!("the text is longer than {} bytes", limits.bytes_max);
        return Err(JsonError { line: 1, column: 1, message });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = position(&bytes[..error.valid_up_to()]);
        JsonError { line, column, message: "the text is not UTF-8".to_owned() }
    })?;
    let depth_max = limits.depth_max.min(VALUE_DEPTH_MAX);
    let mut reader = Reader { text, at: 0, depth_left: depth_max };
    let value = reader.value()?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.error("nothing may follow the value"));
    }
    Ok(value)
}

/// Line and column after `bytes`.
fn position(bytes: &[u8]) -> (u32, u32) {
    let line_start = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let lines = bytes.split(|byte| *byte == b'\n').count();
    let is_start = |byte: &&u8| **byte & 0xC0 != 0x80;
    let columns = bytes[line_start..].iter().filter(is_start).count();
    (u32::try_from(lines).unwrap_or(u32::MAX), u32::try_from(columns + 1).unwrap_or(u32::MAX))
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth_left: u16,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Value, JsonError> {
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.nested(Self::context),
            Some(b'[') => self.nested(Self::list),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Boolean(true)),
            Some(b'f') => self.word("false", Value::Boolean(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(_) => Err(self.error("a value is expected here")),
            None => Err(self.error("the text ends where a value is expected")),
        }
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Value, JsonError>,
    ) -> Result<Value, JsonError> {
        if self.depth_left == 0 {
            return Err(self.error("lists and objects nest too deep"));
        }
        self.depth_left -= 1;
        self.at += 1;
        let value = read(self);
        self.depth_left += 1;
        value
    }

    fn list(&mut self) -> Result<Value, JsonError> {
        let mut list = List::default();
        self.skip_space();
        if self.take(b']') {
            return Ok(Value::from(list));
        }
        loop {
            list.push(self.value()?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::from(list));
            }
            if !self.take(b',') {
                return Err(self.error("',' or ']' is expected here"));
            }
        }
    }

    fn context(&mut self) -> Result<Value, JsonError> {
        let mut context = Context::new();
        self.skip_space();
        if self.take(b'}') {
            return Ok(Value::from(context));
        }
        loop {
            self.skip_space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.error("a key in double quotes is expected here"));
            }
            let key = self.string()?;
            if context.contains(&key) {
                self.at = start;
                let shown: String = key.chars().take(80).collect();
                return Err(self.error(&format!("the key \"{shown}\" is given twice")));
            }
            self.skip_space();
            if !self.take(b':') {
                return Err(self.error("':' is expected here"));
            }
            let value = self.value()?;
            context.insert(key, value);
            self.skip_space();
            if self.take(b'}') {
                return Ok(Value::from(context));
            }
            if !self.take(b',') {
                return Err(self.error("',' or '}' is expected here"));
            }
        }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        self.take(b'-');
        let whole = self.digits();
        let well_formed = match whole {
            0 => false,
            1 => true,
            _ => self.text.as_bytes()[self.at - whole] != b'0',
        };
        let mut well_formed = well_formed;
        if self.take(b'.') {
            well_formed &= self.digits() > 0;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            well_formed &= self.digits() > 0;
        }
        let text = &self.text[start..self.at];
        let number = if well_formed { text.parse().map(Value::Number).ok() } else { None };
        number.ok_or_else(|| {
            self.at = start;
            self.error(if well_formed { "the number is too large" } else { "not a number" })
        })
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    /// Reads a string; the position is at its opening quote.
    fn string(&mut self) -> Result<Arc<str>, JsonError> {
        self.at += 1;
        let mut decoded = String::new();
        let mut start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let last = &self.text[start..self.at];
                    self.at += 1;
                    if decoded.is_empty() {
                        return Ok(last.into());
                    }
                    decoded.push_str(last);
                    return Ok(decoded.into());
                }
                Some(b'\\') => {
                    decoded.push_str(&self.text[start..self.at]);
                    self.at += 1;
                    decoded.push(self.escape()?);
                    start = self.at;
                }
                Some(0..=0x1f) => {
                    return Err(self.error("a control character in a string must be escaped"));
                }
                Some(_) => self.at += 1,
                None => return Err(self.error("the string has no end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let letter = self.peek();
        self.at += usize::from(letter.is_some_and(|byte| byte.is_ascii()));
        Ok(match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.error("an unknown escape in a string")),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let mut code = self.hex4()?;
        if (0xD800..0xDC00).contains(&code) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            let low = self.hex4()?;
            if (0xDC00..0xE000).contains(&low) {
                code = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            }
        }
        char::from_u32(code).ok_or_else(|| self.error("half of a surrogate pair in a string"))
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let hex = self.text.get(self.at..self.at + 4);
        let hex = hex.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(code) = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()) else {
            return Err(self.error("four hexadecimal digits are expected here"));
        };
        self.at += 4;
        Ok(code)
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.error("a value is expected here"))
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn error(&self, message: &str) -> JsonError {
        let (line, column) = position(&self.text.as_bytes()[..self.at]);
        JsonError { line, column, message: message.to_owned() }
    }
}
