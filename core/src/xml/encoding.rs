//! From bytes to text: UTF-8 and the characters that XML 1.0 allows, nothing else.

use super::{MODEL_BYTES_MAX, Refusal, refusal};
use crate::diagnostic::{Position, TOO_LARGE};

const SAVE_AS_UTF8: &str = "Save the file as UTF-8.";

/// How texts in other encodings begin: a byte order mark, or `<` in 2 or 4 bytes.
const FOREIGN_STARTS: [(&[u8], &str); 8] = [
    (&[0x00, 0x00, 0xFE, 0xFF], "UTF-32"),
    (&[0xFF, 0xFE, 0x00, 0x00], "UTF-32"),
    (&[0x00, 0x00, 0x00, 0x3C], "UTF-32"),
    (&[0x3C, 0x00, 0x00, 0x00], "UTF-32"),
    (&[0xFE, 0xFF], "UTF-16"),
    (&[0xFF, 0xFE], "UTF-16"),
    (&[0x00, 0x3C], "UTF-16"),
    (&[0x3C, 0x00], "UTF-16"),
];

/// The text of `bytes` without a byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Result<&str, Refusal> {
    let start = Position { line: 1, column: 1 };
    if bytes.len() > MODEL_BYTES_MAX {
        let message = format!(
            "The file has {} bytes, more than the {MODEL_BYTES_MAX} that a model may have.",
            bytes.len()
        );
        let remedy = "Divide the model into several files.";
        return Err(refusal(TOO_LARGE, "", start, message, remedy));
    }
    if let Some((_, encoding)) = FOREIGN_STARTS.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        let message = format!("The file is written in {encoding}; only UTF-8 is read.");
        return Err(refusal("xml-encoding", "", start, message, SAVE_AS_UTF8));
    }
    if bytes.starts_with(b"+/v") || bytes.starts_with(b"+ADw-") {
        let message = "The file is written in UTF-7; only UTF-8 is read.";
        return Err(refusal("xml-encoding", "", start, message, SAVE_AS_UTF8));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
        let message = format!("The byte {byte:02X} here is not UTF-8.");
        refusal("xml-encoding", "", end_of(valid), message, SAVE_AS_UTF8)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // The tokenizer would skip a second one without counting it.
    if text.starts_with('\u{feff}') {
        let message = "The file begins with more than one byte order mark.";
        return Err(refusal("xml-encoding", "", start, message, SAVE_AS_UTF8));
    }
    match text.bytes().position(is_forbidden_control) {
        None => check_noncharacters(text),
        Some(at) => {
            let code = text.as_bytes()[at];
            let what = if code == 0 { "NUL" } else { "a control character" };
            let message = format!("The text holds {what} (U+{code:04X}), which XML forbids.");
            let remedy = "Remove the character; the file may be damaged.";
            Err(refusal("xml-character", "", end_of(&text[..at]), message, remedy))
        }
    }
}

/// `Char` of XML 1.0, for one character.
pub(super) fn is_xml_char(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        other => other >= ' ',
    }
}

fn is_forbidden_control(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// U+FFFE and U+FFFF are the only forbidden characters above the controls.
fn check_noncharacters(text: &str) -> Result<&str, Refusal> {
    match text.find(['\u{fffe}', '\u{ffff}']) {
        None => Ok(text),
        Some(at) => {
            let message = "The text holds a character that XML forbids (U+FFFE or U+FFFF).";
            let remedy = "Remove the character.";
            Err(refusal("xml-character", "", end_of(&text[..at]), message, remedy))
        }
    }
}

/// The place after a character that stands at `position`.
pub(super) fn end_of_character(position: Position, character: char) -> Position {
    if character == '\n' {
        return Position { line: position.line + 1, column: 1 };
    }
    Position { column: position.column + 1, ..position }
}

/// Where the character `count` of a text stands that begins at `start`.
pub(super) fn position_after(text: &str, start: Position, count: usize) -> Position {
    text.chars().take(count).fold(start, end_of_character)
}

fn end_of(text: &str) -> Position {
    let mut cursor = Cursor::new(text);
    cursor.advance(text.len())
}

/// Turns rising byte offsets into lines and columns, in one pass over the text.
pub(super) struct Cursor<'a> {
    text: &'a str,
    offset: usize,
    position: Position,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `text`.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, offset: 0, position: Position { line: 1, column: 1 } }
    }

    /// Goes on to byte `offset`; an earlier one leaves the cursor where it is.
    pub(super) fn advance(&mut self, offset: usize) -> Position {
        let end = offset.min(self.text.len());
        for byte in self.text.as_bytes().get(self.offset..end).unwrap_or_default() {
            if *byte == b'\n' {
                self.position.line += 1;
                self.position.column = 1;
            } else if byte & 0xC0 != 0x80 {
                self.position.column += 1;
            }
        }
        self.offset = self.offset.max(end);
        self.position
    }
}
