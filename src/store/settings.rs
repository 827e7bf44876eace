//! Small things that are kept: settings by name, and numbers that are given out once.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use spartito_core::time::Timestamp;
use tokio::sync::Mutex;

use super::database::cells;
use super::{Store, StoreError, convert};

/// Numbers reserved in one transaction, so that a start of an instance need not wait for a commit
/// of its own. What is left is given back at the end; after a crash at most this many are missing.
const NUMBERS_RESERVED: i64 = 20;

/// Reserved numbers by sequence: the next one, and the last one that is ours.
#[derive(Debug, Default)]
pub(super) struct Numbers(Mutex<BTreeMap<String, (i64, i64)>>);

/// Bits of an identity: milliseconds, then the process, then a number within the millisecond.
const PROCESS_BITS: u32 = 6;
const WITHIN_BITS: u32 = 16;
/// 2020-01-01: 41 bits of milliseconds last until 2089.
const IDENTITY_EPOCH_MS: i64 = 1_577_836_800_000;

impl Store {
    /// A number for a new identity, greater than all that this process gave out before. Numbers
    /// ascend in time, so that the latest is the greatest.
    pub fn new_number(&self, at: Timestamp) -> u64 {
        let ms = u64::try_from(at.as_millis() - IDENTITY_EPOCH_MS).unwrap_or(0);
        let process = self.committer().unsigned_abs() << WITHIN_BITS;
        let floor = (ms << (PROCESS_BITS + WITHIN_BITS)) | process;
        let next = |last: u64| {
            if floor > last {
                return floor;
            }
            let within = (1 << WITHIN_BITS) - 1;
            // This server may have got another seat since.
            let is_ours = (last ^ process) & (((1 << PROCESS_BITS) - 1) << WITHIN_BITS) == 0;
            if is_ours && last & within < within {
                return last + 1;
            }
            let ms = (last >> (PROCESS_BITS + WITHIN_BITS)) + 1;
            (ms << (PROCESS_BITS + WITHIN_BITS)) | process
        };
        let mut last = self.made_ids.load(Ordering::Relaxed);
        loop {
            let made = next(last);
            let swap = self.made_ids.compare_exchange_weak(
                last,
                made,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match swap {
                Ok(_) => return made & (u64::MAX >> 1),
                Err(now) => last = now,
            }
        }
    }

    /// Goes on after the greatest identity that is stored, even if the clock was set back.
    pub(super) async fn continue_numbers(&self) -> Result<(), StoreError> {
        let sql = "select max(id) from (select max(id) as id from instances \
                   union all select max(key) from definitions \
                   union all select max(id) from removed_instances \
                   union all select max(key) from batch_operations \
                   union all select max(key) from forms \
                   union all select max(id) from deployments) as ids";
        let last: Option<(Option<i64>,)> = self.database.optional(sql, cells![]).await?;
        if let Some((Some(last),)) = last {
            let last = convert::identity("instances", "id", last)?;
            let mask = (1_u64 << (PROCESS_BITS + WITHIN_BITS)) - 1;
            self.made_ids.fetch_max(last | mask, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The next number of the sequence `name`, from 1. Each is given out once; numbers may be
    /// missing after a crash.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn next_number(&self, name: &str) -> Result<u64, StoreError> {
        let mut reserved = self.numbers.0.lock().await;
        let next = match reserved.get(name) {
            Some((next, last)) if next <= last => *next,
            _ => {
                let last = self.reserve(name).await?;
                reserved.insert(name.to_owned(), (last - NUMBERS_RESERVED + 1, last));
                last - NUMBERS_RESERVED + 1
            }
        };
        if let Some((unused, _)) = reserved.get_mut(name) {
            *unused = next + 1;
        }
        convert::count("sequences", "n", next)
    }

    async fn reserve(&self, name: &str) -> Result<i64, StoreError> {
        let sql = "insert into sequences (name, n) values ($1, $2) \
                   on conflict (name) do update set n = sequences.n + excluded.n returning n";
        let mut tx = self.database.begin().await?;
        let row: Option<(i64,)> = tx.optional(sql, cells![name, NUMBERS_RESERVED]).await?;
        tx.commit().await?;
        row.map(|(n,)| n)
            .ok_or_else(|| StoreError::corrupt("sequences", "n", name, "no number came back"))
    }

    /// Gives back the numbers that were reserved and not used, where nobody has taken later ones.
    pub(super) async fn return_numbers(&self) {
        for (name, (next, last)) in std::mem::take(&mut *self.numbers.0.lock().await) {
            let sql = "update sequences set n = $2 where name = $1 and n = $3";
            // Failing that, numbers are missing; that is allowed.
            let _ = self.database.execute(sql, cells![name, next - 1, last]).await;
        }
    }

    /// The setting `name`.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let sql = "select value from settings where name = $1";
        let row: Option<(String,)> = self.database.optional(sql, cells![name]).await?;
        Ok(row.map(|(value,)| value))
    }

    /// Sets the setting `name`.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let sql = "insert into settings (name, value) values ($1, $2) \
                   on conflict (name) do update set value = excluded.value";
        self.database.execute(sql, cells![name, value]).await.map(|_| ())
    }

    /// Sets the setting `name` if it has no value yet; says whether this call did it.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn claim_setting(&self, name: &str, value: &str) -> Result<bool, StoreError> {
        let sql = "insert into settings (name, value) values ($1, $2) \
                   on conflict (name) do nothing";
        Ok(self.database.execute(sql, cells![name, value]).await? == 1)
    }
}
