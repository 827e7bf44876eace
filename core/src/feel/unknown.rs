//! Names that an expression uses, and those of them that nothing defines.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::SyntaxError;
use super::ast::{Kind, Node};
use super::builtin;

/// A name that is used and that nothing defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// The name.
    pub name: Arc<str>,
    /// Where it stands, in code points from 0.
    pub position: usize,
    /// Line, from 1.
    pub line: u32,
    /// Column in code points, from 1.
    pub column: u32,
    /// A known name that is like it.
    pub suggestion: Option<Arc<str>>,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&in_words(&self.name, self.suggestion.as_deref()))
    }
}

fn in_words(name: &str, suggestion: Option<&str>) -> String {
    match suggestion {
        Some(suggestion) => format!("unknown name `{name}`; did you mean `{suggestion}`?"),
        None => format!("unknown name `{name}`"),
    }
}

/// The words for a name that is not among the known ones.
pub(super) fn message(name: &str, known: &[Arc<str>]) -> String {
    in_words(name, most_similar(name, known).map(|similar| &**similar))
}

/// The names that a tree takes from outside, each once, in the order of the text.
pub(super) fn used(root: &Node) -> Vec<Arc<str>> {
    let (mut names, mut seen) = (Vec::new(), BTreeSet::new());
    visit(root, false, &mut |name, _| {
        if seen.insert(Arc::clone(name)) {
            names.push(Arc::clone(name));
        }
    });
    names
}

/// The names that are neither known nor built in. Names in filters may be entries of the items and
/// are left out; so are names that `is defined` and `get or else` ask for.
pub(super) fn unknown(root: &Node, text: &str, known: &[Arc<str>]) -> Vec<UnknownName> {
    let mut found = Vec::new();
    visit(root, true, &mut |name, at| {
        if known.contains(name) {
            return;
        }
        let SyntaxError { position, line, column, .. } = SyntaxError::at(text, at as usize, "");
        let suggestion = most_similar(name, known).cloned();
        found.push(UnknownName { name: Arc::clone(name), position, line, column, suggestion });
    });
    found
}

/// Visits the names from outside; the tree nests within a bound.
fn visit(node: &Node, only_certain: bool, found: &mut dyn FnMut(&Arc<str>, u32)) {
    match &node.kind {
        Kind::Global(name) | Kind::Remembered { name, .. } => {
            if &**name != "?" && builtin::find(name).is_none() {
                found(name, node.at);
            }
        }
        Kind::FilterName { .. } if only_certain => {}
        Kind::CallBuiltin { function, arguments }
            if only_certain && matches!(function.name, "is defined" | "get or else") =>
        {
            let is_name =
                |node: &Node| matches!(node.kind, Kind::Global(_) | Kind::Remembered { .. });
            for argument in arguments.iter().flatten().filter(|argument| !is_name(argument)) {
                visit(argument, only_certain, found);
            }
        }
        kind => kind.for_each_child(&mut |child| visit(child, only_certain, found)),
    }
}

/// The name that is most like `name`, where one is like it at all.
pub(super) fn most_similar<'n>(name: &str, names: &'n [Arc<str>]) -> Option<&'n Arc<str>> {
    const COMPARED_MAX: usize = 200;
    let folded = name.to_lowercase();
    let distance_max = (name.chars().count() / 3).max(1);
    names
        .iter()
        .take(COMPARED_MAX)
        .filter(|other| other.chars().count().abs_diff(name.chars().count()) <= distance_max)
        .map(|other| (distance(&folded, &other.to_lowercase()), other))
        .filter(|(distance, _)| *distance <= distance_max)
        .min()
        .map(|(_, other)| other)
}

/// How many letters must change to make one word the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
