//! Character references and the five entities that every XML text has; no others exist here.

use std::borrow::Cow;

use super::encoding::is_xml_char;

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
