//! Where the committer leaves word of what has to pass between instances.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::store::{Awaited, Changes};

/// Awaited messages that are told one by one; past it all that waits is looked at.
const AWAITED_TOLD_MAX: usize = 1_024;

/// Word from the committer. Cheap to clone.
#[derive(Clone, Default)]
pub(in crate::runtime) struct ExchangeDesk {
    word: Arc<Mutex<Word>>,
    pub(super) changed: Arc<Notify>,
}

/// What there is to look at.
#[derive(Debug, Default)]
pub(in crate::runtime) struct Word {
    /// Something is asked of other instances.
    pub(super) has_outgoing: bool,
    /// Messages that are waited for since.
    pub(super) awaited: BTreeSet<Awaited>,
    /// What is known is not enough: all has to be looked at.
    pub(super) everything: bool,
}

impl ExchangeDesk {
    /// What the committer has to tell when this is committed.
    pub(in crate::runtime) fn word_of(changes: &Changes) -> Word {
        Word {
            has_outgoing: changes.has_outgoing(),
            awaited: changes.new_messages_awaited().cloned().collect(),
            everything: changes.has_resumed(),
        }
    }

    /// Tells it, after the commit.
    pub(in crate::runtime) fn tell(&self, word: Word) {
        if !word.has_outgoing && word.awaited.is_empty() && !word.everything {
            return;
        }
        let mut known = self.lock();
        known.has_outgoing |= word.has_outgoing;
        known.everything |= word.everything;
        known.awaited.extend(word.awaited);
        if known.awaited.len() > AWAITED_TOLD_MAX {
            known.awaited.clear();
            known.everything = true;
        }
        drop(known);
        self.changed.notify_one();
    }

    /// Lets all be looked at.
    pub(in crate::runtime) fn look_again(&self) {
        self.tell(Word { everything: true, ..Word::default() });
    }

    /// Takes what was told.
    pub(super) fn take(&self) -> Word {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Word> {
        // The word is whole after every operation, also where a thread died while holding it.
        self.word.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
