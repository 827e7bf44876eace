//! Character references and the five entities that every XML text has; no others exist here.

use std::borrow::Cow;

use super::encoding::{end_of_character, is_xml_char};
use crate::diagnostic::Position;

/// A reference that means nothing here.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadReference {
    /// `&name;` of an entity that is not predefined.
    Entity(String),
    /// `&#…;` of a number that is no character of XML.
    Character(String),
    /// `&` without `;`.
    Unclosed,
}

impl BadReference {
    /// What is wrong, in a sentence.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Entity(name) => {
                format!("The entity &{name}; is not known; entities are not read.")
            }
            Self::Character(name) => format!("&{name}; is not a character that XML allows."),
            Self::Unclosed => "A character & stands alone in the text.".to_owned(),
        }
    }
}

/// What the text between `&` and `;` stands for.
pub(super) fn resolve(name: &str) -> Result<char, BadReference> {
    match name {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => match name.strip_prefix('#') {
            None => Err(BadReference::Entity(cut(name))),
            Some(number) => character(number).ok_or_else(|| BadReference::Character(cut(name))),
        },
    }
}

fn character(number: &str) -> Option<char> {
    let code = match number.strip_prefix('x') {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16),
        None if number.bytes().all(|b| b.is_ascii_digit()) => number.parse(),
        _ => return None,
    };
    code.ok().and_then(char::from_u32).filter(|c| is_xml_char(*c))
}

fn cut(name: &str) -> String {
    name.chars().take(64).collect()
}

/// Text between tags: references resolved, line ends as `\n`; `None` where that changes nothing.
/// References that are unknown stay as they are: they were refused before.
pub(super) fn character_data(raw: &str) -> Option<Box<str>> {
    if !raw.bytes().any(|byte| matches!(byte, b'&' | b'\r')) {
        return None;
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\r']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest.strip_prefix('&').and_then(|reference| reference.split_once(';'));
        if let Some((name, after)) = reference {
            text.extend(resolve(name));
            rest = after;
        } else {
            text.push(if rest.starts_with('\r') { '\n' } else { '&' });
            rest = rest.strip_prefix("\r\n").unwrap_or(&rest[1..]);
        }
    }
    text.push_str(rest);
    Some(text.into_boxed_str())
}

/// Where the character `count` of the resolved text stands, of a text that begins at `start`.
pub(crate) fn position_after(raw: &str, start: Position, count: usize) -> Position {
    let (mut position, mut rest) = (start, raw);
    for _ in 0..count {
        let mut length = rest.chars().next().map_or(0, char::len_utf8);
        if rest.starts_with('&') {
            length = rest.find(';').map_or(length, |end| end + 1);
        } else if rest.starts_with("\r\n") {
            length = 2;
        }
        for character in rest[..length].chars() {
            position = end_of_character(position, character);
        }
        rest = &rest[length..];
    }
    position
}

/// The value of an attribute: references resolved, line ends and tabs as spaces.
pub(super) fn attribute_value(raw: &str) -> Result<Cow<'_, str>, BadReference> {
    if !raw.bytes().any(|byte| matches!(byte, b'&' | b'\n' | b'\r' | b'\t')) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\n', '\r', '\t']) {
        value.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(reference) = rest.strip_prefix('&') {
            let end = reference.find(';').ok_or(BadReference::Unclosed)?;
            value.push(resolve(&reference[..end])?);
            rest = &reference[end + 1..];
        } else {
            value.push(' ');
            rest = rest.strip_prefix("\r\n").unwrap_or(&rest[1..]);
        }
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_the_five_entities_and_characters() {
        let raw = "a &lt;&gt;&amp;&quot;&apos; &#65;&#x20AC;\r\nb\tc";
        assert_eq!(attribute_value(raw).as_deref(), Ok("a <>&\"' A€ b c"));
    }

    #[test]
    fn refuses_what_is_no_character_and_what_is_no_entity() {
        for bad in ["&#0;", "&#xD800;", "&#x110000;", "&#xFFFE;", "&#;", "&#x;", "&#+65;"] {
            assert!(matches!(attribute_value(bad), Err(BadReference::Character(_))), "{bad}");
        }
        assert_eq!(attribute_value("&nbsp;"), Err(BadReference::Entity("nbsp".into())));
        assert_eq!(attribute_value("a & b"), Err(BadReference::Unclosed));
    }
}
