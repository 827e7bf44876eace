//! From tree to text: what was read, in the same order.
//!
//! Spaces inside of tags and the kind of quotes are the writer's own; all else is as it was.

use std::fmt;

use super::{Element, Piece, Tree};

/// The tree as XML text, in UTF-8.
pub(crate) fn write(tree: &Tree<'_>) -> String {
    let mut out = String::new();
    if !tree.declaration.is_empty() {
        // Only UTF-8 is read, and UTF-8 is written.
        push(&mut out, &["<?", tree.declaration, "?>"]);
    }
    // Elements that were opened and not closed, each with the count of pieces already written.
    let mut open: Vec<(&Element<'_>, usize)> = Vec::new();
    let mut around = tree.content.iter();
    loop {
        let next = match open.last_mut() {
            Some((element, written)) => {
                let piece = element.content.get(*written);
                *written += 1;
                piece
            }
            None => around.next(),
        };
        match next {
            Some(Piece::Element(index)) => {
                let element = tree.element(*index);
                open_tag(&mut out, element);
                if element.content.is_empty() {
                    out.push_str("/>");
                } else {
                    out.push('>');
                    open.push((element, 0));
                }
            }
            Some(Piece::Text(text)) => out.push_str(text.raw),
            Some(Piece::CData(text, _)) => push(&mut out, &["<![CDATA[", text, "]]>"]),
            Some(Piece::Comment(text)) => push(&mut out, &["<!--", text, "-->"]),
            Some(Piece::Instruction(text)) => push(&mut out, &["<?", text, "?>"]),
            None => match open.pop() {
                Some((element, _)) => push(&mut out, &["</", element.qualified, ">"]),
                None => return out,
            },
        }
    }
}

fn push(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

/// `<name attributes`, declarations and attributes in the order in which they were read.
fn open_tag(out: &mut String, element: &Element<'_>) {
    push(out, &["<", element.qualified]);
    let mut declarations = element.declarations.iter().peekable();
    for count in 0..=element.attributes.len() {
        while let Some(declaration) =
            declarations.next_if(|declaration| usize::from(declaration.before) <= count)
        {
            attribute(out, declaration.qualified, declaration.uri);
        }
        if let Some(next) = element.attributes.get(count) {
            attribute(out, next.qualified, &next.value);
        }
    }
}

fn attribute(out: &mut String, name: &str, value: &str) {
    push(out, &[" ", name, "=\""]);
    for character in value.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            // Written plainly they would be read as spaces.
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            other => out.push(other),
        }
    }
    out.push('"');
}

impl fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&write(self))
    }
}
