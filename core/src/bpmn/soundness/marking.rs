//! Where the tokens are.

use super::net::Place;

/// Most tokens that one place counts; more are as bad.
pub(super) const TOKENS_MAX: u8 = 3;

/// Counts by place, in order of places; places without a token are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Marking(Vec<(Place, u8)>);

impl Marking {
    /// How many tokens a place holds.
    pub(super) fn count(&self, place: Place) -> u8 {
        match self.0.binary_search_by_key(&place, |(place, _)| *place) {
            Ok(index) => self.0[index].1,
            Err(_) => 0,
        }
    }

    /// Whether a place holds a token.
    pub(super) fn has(&self, place: Place) -> bool {
        self.count(place) > 0
    }

    /// Adds a token, up to the count that is kept.
    pub(super) fn add(&mut self, place: Place) {
        match self.0.binary_search_by_key(&place, |(place, _)| *place) {
            Ok(index) => self.0[index].1 = (self.0[index].1 + 1).min(TOKENS_MAX),
            Err(index) => self.0.insert(index, (place, 1)),
        }
    }

    /// Takes a token away.
    pub(super) fn take(&mut self, place: Place) {
        if let Ok(index) = self.0.binary_search_by_key(&place, |(place, _)| *place) {
            if self.0[index].1 > 1 {
                self.0[index].1 -= 1;
            } else {
                self.0.remove(index);
            }
        }
    }

    /// Takes all tokens of a place away.
    pub(super) fn clear(&mut self, place: Place) {
        self.0.retain(|(other, _)| *other != place);
    }

    /// Takes away all tokens at places that `is_gone` names.
    pub(super) fn clear_where(&mut self, is_gone: impl Fn(Place) -> bool) {
        self.0.retain(|(place, _)| !is_gone(*place));
    }

    /// The places that hold tokens, with their counts.
    pub(super) fn places(&self) -> impl Iterator<Item = (Place, u8)> + '_ {
        self.0.iter().copied()
    }

    /// A number that equal markings share (FNV-1a).
    pub(super) fn digest(&self) -> u64 {
        self.0.iter().fold(0xcbf2_9ce4_8422_2325, |digest, (place, count)| {
            let word = u64::from(*place) << 8 | u64::from(*count);
            (digest ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
        })
    }

    /// How many places hold tokens.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
