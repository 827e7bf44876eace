//! Names that an expression may use although they are not plain words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::lex::{self, TokenKind};
use super::types::Type;
use crate::value::{Context, Value};

/// The most levels and entries of data that are searched for names.
const SEARCHED_DEPTH_MAX: u32 = 8;
const SEARCHED_NAMES_MAX: usize = 10_000;

/// The names in scope that are not plain words: `Full Name`, `loan-to-value`; and types. Part of the
/// key under which a parsed expression may be kept, beside its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Names {
    special: Arc<BTreeSet<Arc<str>>>,
    types: Arc<BTreeMap<Arc<str>, Type>>,
}

impl Names {
    /// No special names.
    pub fn none() -> Self {
        Self::default()
    }

    /// The special ones among these names.
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Self {
        let special = names.into_iter().filter(|name| is_special(name.as_ref()));
        let special = Arc::new(special.map(|name| name.as_ref().into()).collect());
        Self { special, types: Arc::default() }
    }

    /// The special names of the variables and of the entries inside them.
    pub fn of(variables: &Context) -> Self {
        let mut special = BTreeSet::new();
        collect(variables, SEARCHED_DEPTH_MAX, &mut special);
        Self { special: Arc::new(special), types: Arc::default() }
    }

    /// These names and the special ones among `others`.
    #[must_use]
    pub fn with<S: AsRef<str>>(&self, others: impl IntoIterator<Item = S>) -> Self {
        let others = Self::new(others);
        let special = Arc::new(self.special.union(&others.special).cloned().collect());
        Self { special, types: Arc::clone(&self.types) }
    }

    /// These names, and types that `instance of` and parameters can name beside FEEL's own.
    #[must_use]
    pub fn with_types<N: Into<Arc<str>>>(
        &self,
        types: impl IntoIterator<Item = (N, Type)>,
    ) -> Self {
        let mut all = (*self.types).clone();
        all.extend(types.into_iter().map(|(name, of)| (name.into(), of)));
        Self { special: Arc::clone(&self.special), types: Arc::new(all) }
    }

    pub(super) fn types(&self) -> impl Iterator<Item = (&Arc<str>, &Type)> {
        self.types.iter()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        self.special.iter()
    }
}

fn collect(context: &Context, depth_left: u32, special: &mut BTreeSet<Arc<str>>) {
    for (name, value) in context.iter() {
        if special.len() >= SEARCHED_NAMES_MAX {
            return;
        }
        if is_special(name) {
            special.insert(Arc::clone(name));
        }
        if depth_left == 0 {
            continue;
        }
        match value {
            Value::Context(inner) => collect(inner, depth_left - 1, special),
            // The items of a list are of one kind as a rule.
            Value::List(list) => {
                for item in list.iter().take(16) {
                    if let Value::Context(inner) = item {
                        collect(inner, depth_left - 1, special);
                    }
                }
            }
            _ => {}
        }
    }
}

fn is_special(name: &str) -> bool {
    let mut letters = name.chars();
    let plain = letters.next().is_some_and(lex::is_word_start)
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_');
    !plain && !name.is_empty()
}

/// A special name, split as the text of an expression is.
#[derive(Debug, Clone)]
pub(super) struct SplitName {
    pub(super) name: Arc<str>,
    pub(super) pieces: Vec<Box<str>>,
}

impl SplitName {
    /// The name in pieces; `None` for one that no expression can write.
    pub(super) fn of(name: &Arc<str>) -> Option<Self> {
        let tokens = lex::tokens(name).ok()?;
        let pieces: Vec<Box<str>> = tokens
            .iter()
            .filter(|token| token.kind != TokenKind::End)
            .map(|token| name[token.start..token.end].into())
            .collect();
        (!pieces.is_empty()).then(|| Self { name: Arc::clone(name), pieces })
    }
}

/// The names of several pieces that are known while parsing.
#[derive(Debug, Default)]
pub(super) struct SpecialNames {
    /// The most pieces of the names that begin with a piece.
    longest: BTreeMap<Box<str>, usize>,
    /// The names by their pieces, each with a sign after it that stands in none.
    names: BTreeMap<String, Arc<str>>,
}

/// Stands after a piece; a name that holds it cannot be written in an expression.
const PIECE_END: char = '\u{1}';
/// The most pieces of a name that an expression can write.
const PIECES_MAX: usize = 64;

impl SpecialNames {
    pub(super) fn learn(&mut self, split: SplitName) {
        if split.pieces.len() > PIECES_MAX || split.name.contains(PIECE_END) {
            return;
        }
        let key = split.pieces.iter().fold(String::new(), |key, piece| key + piece + "\u{1}");
        let longest = self.longest.entry(split.pieces[0].clone()).or_default();
        *longest = split.pieces.len().max(*longest);
        self.names.insert(key, split.name);
    }

    /// The longest name that the pieces begin with, and the count of its pieces.
    pub(super) fn longest<'t>(
        &self,
        piece_at: impl Fn(usize) -> &'t str,
    ) -> Option<(Arc<str>, usize)> {
        let longest = *self.longest.get(piece_at(0))?;
        let (mut key, mut found) = (String::new(), None);
        for count in 1..=longest {
            key.push_str(piece_at(count - 1));
            key.push(PIECE_END);
            if let Some(name) = self.names.get(&key) {
                found = Some((Arc::clone(name), count));
            }
        }
        found
    }
}
