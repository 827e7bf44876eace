//! How names are written: as they are where they are read as one name, else in back quotes.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::feel::ast::{Kind, Node};
use crate::feel::lex::{self, TokenKind};
use crate::feel::names::{Names, SplitName};

/// Words with a meaning of their own where a value begins.
const KEYWORDS: [&str; 9] =
    ["if", "for", "some", "every", "function", "true", "false", "null", "external"];
/// Words that end a name of several words.
const SEPARATORS: [&str; 9] =
    ["and", "or", "in", "between", "then", "else", "return", "satisfies", "instance"];

/// The names of several pieces that the parser may know when it reads the text again.
pub(super) struct Spelling {
    special: Vec<Vec<Box<str>>>,
    /// Those of them that are in scope from outside.
    given: BTreeSet<Arc<str>>,
}

impl Spelling {
    pub(super) fn new(root: &Node, names: &Names) -> Self {
        let given: BTreeSet<Arc<str>> = names.iter().cloned().collect();
        let mut all = given.clone();
        defined_names(root, &mut all);
        let pieces = |name| SplitName::of(name).map(|split| split.pieces);
        let special = all.iter().filter_map(pieces).filter(|pieces| pieces.len() > 1).collect();
        Self { special, given }
    }

    /// A name where a value stands.
    pub(super) fn alone(&self, name: &Arc<str>, is_bound: bool) -> String {
        if &**name == "?" {
            return name.to_string();
        }
        let is_known = is_bound || self.given.contains(name);
        let first_is_keyword =
            |first: &str| KEYWORDS.contains(&first) || SEPARATORS.contains(&first);
        self.in_place(name, is_known, first_is_keyword).unwrap_or_else(|| in_back_quotes(name))
    }

    /// A name in a path.
    pub(super) fn after_point(&self, name: &Arc<str>) -> String {
        match self.in_place(name, self.given.contains(name), |_| false) {
            Some(name) => name,
            None if name.contains('`') || !has_single_spaces(name) => quoted_text(name),
            None => in_back_quotes(name),
        }
    }

    /// The name as it is, where it is read as one.
    fn in_place(
        &self,
        name: &Arc<str>,
        is_known: bool,
        is_keyword: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let pieces = SplitName::of(name)?.pieces;
        let is_word = lex::tokens(name).ok()?.first().is_some_and(|it| it.kind == TokenKind::Word);
        let is_special = self.special.contains(&pieces);
        // The longest name that is known is read, and no shorter one is read on.
        let is_read_otherwise = self.special.iter().any(|other| {
            other.len() > pieces.len() && other.starts_with(&pieces)
                || !is_special && pieces.starts_with(other)
        });
        let is_plain = is_joined(name) && !is_keyword(&pieces[0]);
        let is_readable = is_plain || is_known && is_special;
        (is_word && is_readable && !is_read_otherwise).then(|| name.to_string())
    }

    /// The name of a parameter or argument.
    pub(super) fn before_colon(name: &str) -> String {
        if is_whole(name, &[]) { name.to_owned() } else { in_back_quotes(name) }
    }

    /// The name that goes through a list.
    pub(super) fn before_in(name: &str) -> String {
        if is_whole(name, &["in"]) { name.to_owned() } else { in_back_quotes(name) }
    }

    /// The name of an entry.
    pub(super) fn before_colon_or_text(name: &str) -> String {
        if is_whole(name, &[]) { name.to_owned() } else { quoted_text(name) }
    }
}

/// A text as a literal.
pub(super) fn quoted_text(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn in_back_quotes(name: &str) -> String {
    format!("`{name}`")
}

/// Whether words and numbers side by side make up the name, as they do where no name is known.
fn is_joined(name: &str) -> bool {
    let Ok(tokens) = lex::tokens(name) else { return false };
    let words: Vec<(TokenKind, &str)> = tokens
        .iter()
        .filter(|token| token.kind != TokenKind::End)
        .map(|token| (token.kind, &name[token.start..token.end]))
        .collect();
    let fits = |(at, (kind, word)): (usize, &(TokenKind, &str))| match kind {
        TokenKind::Word => *word != "?" && (at == 0 || !SEPARATORS.contains(word)),
        TokenKind::Number => at > 0,
        TokenKind::Name | TokenKind::Text | TokenKind::Sign | TokenKind::End => false,
    };
    let joined = words.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(" ");
    !words.is_empty() && words.iter().enumerate().all(fits) && joined == name
}

/// Whether it is a name whose words stand apart by single spaces, as names are read.
fn has_single_spaces(name: &str) -> bool {
    !name.is_empty() && name.split_whitespace().collect::<Vec<_>>().join(" ") == name
}

/// Whether the name is read up to the sign or word after it.
fn is_whole(name: &str, ends: &[&str]) -> bool {
    let Ok(tokens) = lex::tokens(name) else { return false };
    let fits = |piece: &str, kind| match kind {
        TokenKind::Word | TokenKind::Number => !ends.contains(&piece),
        TokenKind::Sign => matches!(piece, "." | "/" | "-" | "'" | "+" | "*" | "**"),
        TokenKind::End => true,
        TokenKind::Name | TokenKind::Text => false,
    };
    let is_read = tokens.iter().all(|token| fits(&name[token.start..token.end], token.kind));
    // A comment would be dropped.
    let is_complete = !name.contains("//") && !name.contains("/*");
    has_single_spaces(name) && is_read && is_complete && tokens[0].kind == TokenKind::Word
}

/// The names that the tree itself defines; it nests within a bound.
fn defined_names(node: &Node, found: &mut BTreeSet<Arc<str>>) {
    match &node.kind {
        Kind::Context(entries) => found.extend(entries.iter().map(|it| Arc::clone(&it.name))),
        Kind::Function(function) => {
            found.extend(function.parameters.iter().map(|it| Arc::clone(&it.name)));
        }
        Kind::For { iterators, .. } | Kind::Quantified { iterators, .. } => {
            found.extend(iterators.iter().map(|it| Arc::clone(&it.name)));
        }
        _ => {}
    }
    node.kind.for_each_child(&mut |child| defined_names(child, found));
}
