//! Whether systems outside are called: not where the database was set back, until a person has looked.
//!
//! A database that was set back knows less than the systems outside: calls that were made would be
//! made again. Work inside goes on. What is held is a setting, so that a restart and the other servers
//! know of it. Never decides by itself to go on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use spartito_core::ids::PersonId;
use spartito_core::time::Timestamp;
use tokio_util::sync::CancellationToken;

use super::background::Background;
use super::wake::Wake;
use crate::store::{History, Store, StoreError};

/// Name of the setting.
const SETTING: &str = "outbound";
/// How often it is noted how far the database has come.
const NOTE_EVERY: Duration = Duration::from_secs(1);

/// Why systems outside are not called, or were not, and who let them be called again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundHold {
    /// What happened to the database, in words.
    pub why: String,
    /// Since when, in milliseconds since 1970.
    since_ms: i64,
    /// Who released it; `None` while it lasts.
    pub released_by: Option<String>,
    /// When it was released, in milliseconds since 1970.
    released_ms: Option<i64>,
}

impl OutboundHold {
    /// Since when.
    pub fn since(&self) -> Timestamp {
        Timestamp::from_millis(self.since_ms).unwrap_or(Timestamp::EPOCH)
    }

    /// When it was released.
    pub fn released_at(&self) -> Option<Timestamp> {
        self.released_ms.and_then(|ms| Timestamp::from_millis(ms).ok())
    }

    /// Whether it lasts.
    pub const fn lasts(&self) -> bool {
        self.released_by.is_none()
    }
}

async fn read(store: &Store) -> Result<Option<OutboundHold>, StoreError> {
    let Some(text) = store.setting(SETTING).await? else { return Ok(None) };
    match serde_json::from_str(&text) {
        Ok(hold) => Ok(Some(hold)),
        Err(error) => {
            // What cannot be read holds: a person has to look.
            tracing::error!(%error, "the setting `{SETTING}` cannot be read");
            let why = format!("the setting that says so cannot be read ({error})");
            Ok(Some(OutboundHold { why, since_ms: 0, released_by: None, released_ms: None }))
        }
    }
}

async fn write(store: &Store, hold: &OutboundHold) -> Result<(), StoreError> {
    let text = serde_json::to_string(hold).expect("texts and numbers can be written");
    store.set_setting(SETTING, &text).await
}

/// The gate to systems outside. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    store: Store,
    is_held: Arc<AtomicBool>,
    wakes: Arc<[Arc<Wake>]>,
}

impl Outbound {
    /// The gate as it was left; `wakes` wake those who call systems outside.
    pub(super) async fn open(
        store: Store,
        wakes: impl Into<Arc<[Arc<Wake>]>>,
    ) -> Result<Self, StoreError> {
        let gate = Self { store, is_held: Arc::default(), wakes: wakes.into() };
        gate.look().await?;
        Ok(gate)
    }

    /// Whether nothing outside is to be called.
    pub fn is_held(&self) -> bool {
        self.is_held.load(Ordering::SeqCst)
    }

    /// Looks whether another server has found or released something.
    pub(super) async fn look(&self) -> Result<(), StoreError> {
        let is_held = read(&self.store).await?.is_some_and(|hold| hold.lasts());
        if self.is_held.swap(is_held, Ordering::SeqCst) && !is_held {
            self.wakes.iter().for_each(|wake| wake.now());
        }
        Ok(())
    }

    /// The last time that it was held; `None` if it never was.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn last(&self) -> Result<Option<OutboundHold>, StoreError> {
        read(&self.store).await
    }

    /// Lets systems outside be called again; `false` where that was so.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn release(&self, by: &PersonId, now: Timestamp) -> Result<bool, StoreError> {
        let Some(hold) = read(&self.store).await?.filter(OutboundHold::lasts) else {
            return Ok(false);
        };
        let why = hold.why.clone();
        let (released_by, released_ms) = (Some(by.to_string()), Some(now.as_millis()));
        write(&self.store, &OutboundHold { released_by, released_ms, ..hold }).await?;
        tracing::warn!(%by, why, "calls to systems outside were released");
        self.look().await?;
        Ok(true)
    }
}

/// Notes beside the database how far it has come, as long as it lives.
pub struct Marker {
    task: Background,
}

impl Marker {
    /// Looks whether the database was set back, holds calls to systems outside where it was, begins an
    /// epoch and goes on noting. To be called before the runtime starts.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn begin(store: &Store, path: &Path, now: Timestamp) -> Result<Self, StoreError> {
        // First: another server that starts now notes no more than the database then says.
        let noted = History::read(path);
        let mut is = store.history().await?;
        if let Some(noted) = noted.as_ref().filter(|noted| is.is_behind(noted)) {
            let why = setback(noted, &is);
            tracing::error!(
                "ALARM: {why}. Calls to systems outside are held until an operator releases them: \
                 POST /api/v1/outbound-work/release"
            );
            let since_ms = now.as_millis();
            write(store, &OutboundHold { why, since_ms, released_by: None, released_ms: None })
                .await?;
        }
        let of_this = noted.filter(|noted| noted.database == is.database);
        is.epoch = is.epoch.max(of_this.map_or(0, |noted| noted.epoch)) + 1;
        store.begin_epoch(is.epoch).await?;
        note(path.to_owned(), is.clone()).await;
        let (store, path) = (store.clone(), path.to_owned());
        let task = Background::start("note of how far the database has come", |stop| {
            go_on(store, path, is, stop)
        });
        Ok(Self { task })
    }

    /// Notes for the last time. The store is still open.
    pub async fn stop(self) {
        self.task.stop().await;
    }
}

/// What has happened, in words for people.
fn setback(noted: &History, is: &History) -> String {
    let (turns, epochs) = (noted.position - is.position, noted.epoch.saturating_sub(is.epoch));
    if epochs > 0 {
        format!(
            "the database is an older copy: it was at start {} and turn {}, and is at start {} and \
             turn {}",
            noted.epoch, noted.position, is.epoch, is.position
        )
    } else {
        format!(
            "the database has lost its last {turns} turns: it was at turn {}, and is at turn {}; \
             its log was cut off, or an older copy was put in its place",
            noted.position, is.position
        )
    }
}

async fn note(path: PathBuf, history: History) {
    let shown = path.display().to_string();
    let written = tokio::task::spawn_blocking(move || history.write(&path)).await;
    if let Ok(Err(error)) = written {
        tracing::warn!(%error, path = shown, "how far the database has come cannot be noted");
    }
}

async fn go_on(store: Store, path: PathBuf, mut is: History, stop: CancellationToken) {
    let mut has_ended = false;
    while !has_ended {
        tokio::select! {
            biased;
            () = stop.cancelled() => has_ended = true,
            () = tokio::time::sleep(NOTE_EVERY) => {}
        }
        match store.position().await {
            Ok(position) if position != is.position => {
                is.position = position;
                note(path.clone(), is.clone()).await;
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "how far the database is cannot be seen now"),
        }
    }
}
