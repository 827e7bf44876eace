//! Reads all that is stored of the instances, slowly and again and again, so that damage is found
//! before somebody needs what is damaged, and says which instances it concerns.
//!
//! Takes a small part of the time of one processor. Never changes an instance.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use spartito_core::engine::InstanceState;
use spartito_core::ids::InstanceId;
use spartito_core::time::Timestamp;

use super::Clock;
use super::background::Background;
use crate::store::{DamageRow, Store, StoreError};

/// Time from the start of a server to its first check.
const FIRST_AFTER: Duration = Duration::from_mins(10);
/// Time between two checks.
const CHECK_EVERY: Duration = Duration::from_hours(24);
/// Instances looked at in one go.
const INSTANCES_AT_ONCE: u32 = 16;
/// Turns of an instance read in one go.
const TURNS_AT_ONCE: u32 = 500;
/// The pause after each go, as a multiple of the time that it took.
const PAUSE_TIMES: u32 = 19;

/// What a check has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// When it began; `None` before the first one.
    pub begun_at: Option<Timestamp>,
    /// When it ended; `None` while it goes on.
    pub ended_at: Option<Timestamp>,
    /// Instances that were read.
    pub instances: u64,
    /// Those of them that are damaged.
    pub damaged: u64,
}

/// The check. Cheap to clone.
#[derive(Clone)]
pub struct Integrity {
    store: Store,
    clock: Arc<dyn Clock>,
    last: Arc<Mutex<Checked>>,
}

/// The task that checks from time to time.
pub(super) fn start(integrity: Integrity) -> Background {
    Background::breaking_off("check of what is stored", integrity.run())
}

impl Integrity {
    pub(super) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, last: Arc::default() }
    }

    /// What the last check has seen, or has seen so far.
    pub fn last(&self) -> Checked {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn run(self) {
        tokio::time::sleep(FIRST_AFTER).await;
        loop {
            if let Err(error) = self.check(PAUSE_TIMES).await {
                tracing::warn!(%error, "what is stored cannot be checked now");
            }
            tokio::time::sleep(CHECK_EVERY).await;
        }
    }

    /// Checks all instances that this server is about, without a pause.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn check_now(&self) -> Result<Checked, StoreError> {
        self.check(0).await
    }

    async fn check(&self, pause_times: u32) -> Result<Checked, StoreError> {
        let mut checked = Checked { begun_at: Some(self.clock.now()), ..Checked::default() };
        let mut after = InstanceId::new(0);
        loop {
            let begun = Instant::now();
            let found = self.store.instances_after(after, INSTANCES_AT_ONCE).await?;
            let Some(last) = found.last() else { break };
            after = *last;
            // Servers share the work as they share the timers.
            for instance in found.into_iter().filter(|id| self.store.fires_timers_of(*id)) {
                checked.instances += 1;
                checked.damaged += u64::from(self.look_at(instance).await?);
                self.note(&checked);
            }
            tokio::time::sleep(begun.elapsed() * pause_times).await;
        }
        // What was repaired or deleted since.
        for row in self.store.damaged().await? {
            if read(&self.store, row.instance).await?.is_none() {
                self.store.forget_damage(row.instance).await?;
            }
        }
        checked.ended_at = Some(self.clock.now());
        self.note(&checked);
        let Checked { instances, damaged, .. } = checked;
        tracing::info!(instances, damaged, "what is stored of all instances was read");
        Ok(checked)
    }

    fn note(&self, checked: &Checked) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = checked.clone();
    }

    /// Reads one instance, and says whether it is damaged.
    async fn look_at(&self, instance: InstanceId) -> Result<bool, StoreError> {
        let Some(reason) = read(&self.store, instance).await? else { return Ok(false) };
        tracing::error!(%instance, reason, "an instance is damaged and set aside");
        let row = DamageRow { instance, found_at: self.clock.now(), reason };
        self.store.note_damage(&row).await?;
        Ok(true)
    }
}

/// Why an instance cannot be read; `None` where it can, or is not there.
async fn read(store: &Store, instance: InstanceId) -> Result<Option<String>, StoreError> {
    let damage = |error: StoreError| {
        if error.is_damage() { Ok(Some(error.to_string())) } else { Err(error) }
    };
    let (kept, position) = match store.load_state(instance).await {
        Ok(Some(kept)) => kept,
        Ok(None) => return Ok(None),
        Err(error) => return damage(error),
    };
    let (mut state, mut at) = (InstanceState::default(), 0);
    while at < position {
        let turns = match store.turns(instance, at, TURNS_AT_ONCE).await {
            Ok(turns) => turns,
            Err(error) => return damage(error),
        };
        if turns.is_empty() {
            // It may have been deleted meanwhile.
            let is_there = store.instance(instance).await?.is_some();
            return Ok(is_there.then(|| format!("turn {} is missing", at + 1)));
        }
        for turn in turns.into_iter().take_while(|turn| turn.position <= position) {
            if turn.position != at + 1 {
                return Ok(Some(format!("turn {} is missing", at + 1)));
            }
            at = turn.position;
            let folded = catch_unwind(AssertUnwindSafe(|| {
                turn.events.iter().for_each(|event| state.apply(event));
            }));
            if folded.is_err() {
                return Ok(Some(format!("turn {at} does not follow from those before")));
            }
        }
        if at < position {
            tokio::task::yield_now().await;
        }
    }
    Ok((state != kept).then(|| "its snapshot is not its journal folded".to_owned()))
}
