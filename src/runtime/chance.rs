//! Where a runtime takes its random numbers from. The only place that asks for some.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use spartito_core::ids::CommandId;

/// A source of random numbers: that of the system or, in a simulation, one that gives the same
/// numbers for the same seed. Cheap to clone; all clones draw from one source.
#[derive(Debug, Clone, Default)]
pub struct Chance(Option<Arc<AtomicU64>>);

/// The distance between two states of the simulated source.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Chance {
    /// One whose numbers follow from `seed`.
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Arc::new(AtomicU64::new(seed))))
    }

    /// A number.
    pub fn number(&self) -> u64 {
        let Some(state) = &self.0 else { return rand::random() };
        // SplitMix64.
        let mut mixed = state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// An id that no other command has.
    pub fn command_id(&self) -> CommandId {
        CommandId((u128::from(self.number()) << 64) | u128::from(self.number()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_and_another_one_others() {
        let draw = |seed| {
            let chance = Chance::seeded(seed);
            (0..100).map(|_| chance.clone().number()).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_ne!(Chance::default().command_id(), Chance::default().command_id());
    }
}
