//! Decides which pieces are put into one file.
//!
//! Cutting gives a piece for every set of parts that share some code: hundreds, most of them tiny.
//! Every file costs a request, compresses by itself, and reaches code in other files by detours.
//! So pieces are put together as long as visits load less by it, where a visit that loads much
//! counts more: the largest are what is held to a limit.

use std::collections::BTreeSet;

/// What a file costs beside its content, as bytes of code: a request, a compression that begins
/// anew, and detours to what is in other files.
const FILE_BYTES: usize = 16_000;

/// How much more a visit counts that loads much: its bytes to the power of this.
const EMPHASIS: u32 = 5;

/// Code that belongs to some parts, and the pieces it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// The parts that load it.
    pub parts: BTreeSet<String>,
    /// Its size.
    pub bytes: usize,
    /// The pieces in it, by their number.
    pub pieces: Vec<usize>,
}

impl Pack {
    fn with(&self, other: &Self) -> Self {
        let mut pieces = [self.pieces.as_slice(), &other.pieces].concat();
        pieces.sort_unstable();
        Self {
            parts: self.parts.union(&other.parts).cloned().collect(),
            bytes: self.bytes + other.bytes,
            pieces,
        }
    }

    /// Whether every visit loads it: then it needs no file of its own.
    pub fn is_of_all(&self, visits: &[BTreeSet<String>]) -> bool {
        visits.iter().all(|visit| self.is_loaded(visit))
    }

    fn is_loaded(&self, visit: &BTreeSet<String>) -> bool {
        !self.parts.is_disjoint(visit)
    }

    /// What each visit loads of it.
    fn loads(&self, visits: &[BTreeSet<String>]) -> Vec<usize> {
        let bytes = if self.is_of_all(visits) { self.bytes } else { self.bytes + FILE_BYTES };
        visits.iter().map(|visit| if self.is_loaded(visit) { bytes } else { 0 }).collect()
    }
}

/// Puts pieces together, two packs at a time, always those that spare most, until none do. Beside
/// them every visit loads the rest, of `rest` bytes.
pub fn pack(mut packs: Vec<Pack>, visits: &[BTreeSet<String>], rest: usize) -> Vec<Pack> {
    let mut loads: Vec<Vec<usize>> = packs.iter().map(|pack| pack.loads(visits)).collect();
    let mut total = vec![rest; visits.len()];
    for pack in &loads {
        total.iter_mut().zip(pack).for_each(|(total, bytes)| *total += bytes);
    }
    while let Some((first, second)) = best_pair(&packs, &loads, &total, visits) {
        let joined = packs[first].with(&packs[second]);
        let joined_loads = joined.loads(visits);
        for (visit, total) in total.iter_mut().enumerate() {
            *total = *total + joined_loads[visit] - loads[first][visit] - loads[second][visit];
        }
        packs.remove(second);
        loads.remove(second);
        packs[first] = joined;
        loads[first] = joined_loads;
    }
    packs
}

/// The two packs that spare most when they are put together; the former comes first.
fn best_pair(
    packs: &[Pack],
    loads: &[Vec<usize>],
    total: &[usize],
    visits: &[BTreeSet<String>],
) -> Option<(usize, usize)> {
    let mut least = weight(total.iter().copied());
    let mut best = None;
    for second in 1..packs.len() {
        for first in 0..second {
            let joined = packs[first].with(&packs[second]).loads(visits);
            let weight = weight(total.iter().enumerate().map(|(visit, total)| {
                total + joined[visit] - loads[first][visit] - loads[second][visit]
            }));
            if weight < least {
                least = weight;
                best = Some((first, second));
            }
        }
    }
    best
}

/// How bad it is that visits load so many bytes.
fn weight(bytes: impl Iterator<Item = usize>) -> u128 {
    bytes.map(|bytes| (bytes as u128).pow(EMPHASIS)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(parts: &[&str]) -> BTreeSet<String> {
        parts.iter().map(|part| (*part).to_owned()).collect()
    }

    fn piece(number: usize, parts: &[&str], bytes: usize) -> Pack {
        Pack { parts: set(parts), bytes, pieces: vec![number] }
    }

    fn packed(pieces: Vec<Pack>, visits: &[&[&str]]) -> Vec<Vec<usize>> {
        let visits: Vec<_> = visits.iter().map(|parts| set(parts)).collect();
        pack(pieces, &visits, 500_000).into_iter().map(|pack| pack.pieces).collect()
    }

    #[test]
    fn a_small_piece_joins_what_its_parts_load_anyway() {
        let pieces = vec![
            piece(0, &["a"], 90_000),
            piece(1, &["b"], 90_000),
            piece(2, &["a", "b"], 50_000),
            piece(3, &["a", "b", "c"], 100),
        ];
        assert_eq!(packed(pieces, &[&["a"], &["b"], &["c"]]), [vec![0], vec![1], vec![2, 3]]);
    }

    #[test]
    fn parts_of_one_visit_are_put_together() {
        let pieces = vec![piece(0, &["a"], 90_000), piece(1, &["b"], 90_000)];
        assert_eq!(packed(pieces.clone(), &[&["a"], &["b"]]).len(), 2);
        assert_eq!(packed(pieces, &[&["a", "b"], &["c"]]).len(), 1);
    }
}
