//! Sessions: kept in our database by tower-sessions, found by a cookie, ended for good.
//!
//! Never stores the cookie's value: the database knows its hash, so that a copy of the database
//! opens no session. Never brings an ended session back to life by saving it once more.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use spartito_core::ids::PersonId;
use spartito_core::time::Timestamp;
use tokio::sync::broadcast;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::{Duration as CookieDuration, OffsetDateTime};
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error as SessionError, Result as SessionResult};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

use crate::store::{SessionRow, Store, StoreError};

/// A session that was not used for this long has ended, in ms (8 h).
pub const SESSION_IDLE_MS_MAX: i64 = 8 * 3_600_000;
/// A session ends this long after sign-in, however much it is used, in ms (7 days).
pub const SESSION_AGE_MS_MAX: i64 = 7 * 24 * 3_600_000;
/// Use is written down this often, so that not every request writes, in ms (10 min).
const SEEN_EVERY_MS: i64 = 600_000;
/// Time between two looks at a session by a long-lived answer, where another server may end it.
const LOOK_EVERY_SHARED: Duration = Duration::from_millis(800);
/// Time between two looks where this process is the only server and hears of every end at once.
const LOOK_EVERY_ALONE: Duration = Duration::from_secs(15);
/// Ends of sessions that a slow listener may be behind; past it, it looks for itself.
const ENDS_BUFFERED_MAX: usize = 256;
/// Name of what we keep in a session.
const CALLER: &str = "caller";

/// Names a session without being able to open it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SessionKey(u128);

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey(…)")
    }
}

impl SessionKey {
    fn of(id: Id) -> Self {
        let digest: [u8; 32] = Sha256::digest(id.0.to_le_bytes()).into();
        let (half, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
        Self(u128::from_be_bytes(*half))
    }
}

/// What a session says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// Who.
    pub person: PersonId,
    /// Since when.
    pub at: Timestamp,
    /// Last noted use.
    pub seen_at: Timestamp,
}

/// Sessions of one person have ended.
#[derive(Debug, Clone)]
pub struct SessionEnded {
    /// Whose.
    pub person: PersonId,
}

/// The browser's session of one request.
#[derive(Debug, Clone)]
pub struct SessionHandle(Session);

impl SessionHandle {
    /// The session that the layer found or prepared for a request.
    pub const fn new(session: Session) -> Self {
        Self(session)
    }

    /// Begins a session of `person` under a new id, whatever the browser brought along.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin(&self, person: &PersonId, now: Timestamp) -> Result<(), StoreError> {
        self.0.cycle_id().await.map_err(unavailable)?;
        self.0.clear().await;
        let signed_in = SignedIn { person: person.clone(), at: now, seen_at: now };
        self.0.insert(CALLER, signed_in).await.map_err(unavailable)
    }

    /// Ends the session for good.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn end(&self) -> Result<(), StoreError> {
        if self.0.id().is_none() {
            return Ok(());
        }
        self.0.flush().await.map_err(unavailable)
    }

    /// Who is signed in by this session at `now`; notes its use from time to time.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn signed_in(
        &self,
        now: Timestamp,
    ) -> Result<Option<(SignedIn, SessionKey)>, StoreError> {
        if self.0.id().is_none() {
            return Ok(None);
        }
        let found: Option<SignedIn> = self.0.get(CALLER).await.map_err(unavailable)?;
        let (Some(signed_in), Some(id)) = (found, self.0.id()) else { return Ok(None) };
        if now.millis_since(signed_in.at) > SESSION_AGE_MS_MAX
            || now.millis_since(signed_in.seen_at) > SESSION_IDLE_MS_MAX
        {
            self.end().await?;
            return Ok(None);
        }
        if now.millis_since(signed_in.seen_at) > SEEN_EVERY_MS {
            let seen = SignedIn { seen_at: now, ..signed_in.clone() };
            self.0.insert(CALLER, seen).await.map_err(unavailable)?;
        }
        Ok(Some((signed_in, SessionKey::of(id))))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "fits `map_err`")]
fn unavailable(error: tower_sessions::session::Error) -> StoreError {
    StoreError::Unavailable(format!("the session could not be read or written: {error}"))
}

/// All sessions.
#[derive(Debug, Clone)]
pub struct SessionBook {
    store: Store,
    ended: broadcast::Sender<SessionEnded>,
    look_every: Duration,
}

impl SessionBook {
    /// The sessions in `store`; `shared` says that other servers use it too.
    pub fn new(store: Store, shared: bool) -> Self {
        Self {
            store,
            ended: broadcast::Sender::new(ENDS_BUFFERED_MAX),
            look_every: if shared { LOOK_EVERY_SHARED } else { LOOK_EVERY_ALONE },
        }
    }

    /// The layer that finds the session of each request and sets the cookie; with `https` the
    /// cookie is never sent in the open.
    pub fn layer(&self, https: bool) -> SessionManagerLayer<StoredSessions> {
        let idle = CookieDuration::milliseconds(SESSION_IDLE_MS_MAX);
        SessionManagerLayer::new(StoredSessions(self.store.clone()))
            .with_name(if https { "__Host-spartito" } else { "spartito" })
            .with_http_only(true)
            .with_same_site(SameSite::Lax)
            .with_secure(https)
            .with_path("/")
            .with_expiry(Expiry::OnInactivity(idle))
    }

    /// Tells of every end of a session that this process brings about.
    pub fn ends(&self) -> broadcast::Receiver<SessionEnded> {
        self.ended.subscribe()
    }

    /// How often a long-lived answer looks whether its session is still there.
    pub const fn look_every(&self) -> Duration {
        self.look_every
    }

    /// Whether a session still stands and its person may still sign in.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn stands(&self, key: SessionKey, person: &PersonId) -> Result<bool, StoreError> {
        if self.store.session(key.0, now()).await?.is_none() {
            return Ok(false);
        }
        Ok(self.store.person(person).await?.is_some_and(|person| !person.disabled))
    }

    /// Says that a session of `person` has ended.
    pub fn announce_end(&self, person: &PersonId) {
        // Nobody listens where no long-lived answer is open.
        let _ = self.ended.send(SessionEnded { person: person.clone() });
    }

    /// Ends every session of `person`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn end_all(&self, person: &PersonId) -> Result<(), StoreError> {
        self.store.delete_sessions_of(person, None).await?;
        self.announce_end(person);
        Ok(())
    }
}

/// Our database, as tower-sessions sees it.
#[derive(Debug, Clone)]
pub struct StoredSessions(Store);

impl StoredSessions {
    fn row(record: &Record) -> SessionResult<SessionRow> {
        let bytes =
            serde_json::to_vec(&record.data).map_err(|e| SessionError::Encode(e.to_string()))?;
        let person = record
            .data
            .get(CALLER)
            .and_then(|caller| SignedIn::deserialize(caller).ok())
            .map(|signed_in| signed_in.person);
        Ok(SessionRow {
            id: SessionKey::of(record.id).0,
            record: bytes,
            person,
            expires_at: moment(record.expiry_date),
        })
    }
}

/// The present by the clock of the cookie's library: a record ends when its cookie does, even
/// where a test moves the clock of processes.
fn now() -> Timestamp {
    moment(OffsetDateTime::now_utc())
}

fn moment(at: OffsetDateTime) -> Timestamp {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000)
        .ok()
        .and_then(|ms| Timestamp::from_millis(ms).ok())
        .unwrap_or(Timestamp::MAX)
}

#[expect(clippy::needless_pass_by_value, reason = "fits `map_err`")]
fn backend(error: StoreError) -> SessionError {
    SessionError::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for StoredSessions {
    async fn create(&self, record: &mut Record) -> SessionResult<()> {
        // Two equal random ids of 128 bits: one more try is plenty.
        for _ in 0..2 {
            match self.0.create_session(&Self::row(record)?).await {
                Err(StoreError::Conflict(_)) => record.id = Id::default(),
                created => return created.map_err(backend),
            }
        }
        Err(SessionError::Backend("no free session id was found".to_owned()))
    }

    async fn save(&self, record: &Record) -> SessionResult<()> {
        // Changes a session that is there; one that has ended meanwhile stays ended.
        match self.0.update_session(&Self::row(record)?).await {
            // All that is ever changed is when it was last used. Who only reads must not be turned
            // away because that cannot be noted, as on a full disk.
            Err(error) if error.is_passing() => {
                tracing::warn!(%error, "the use of a session could not be noted");
                Ok(())
            }
            saved => saved.map_err(backend).map(drop),
        }
    }

    async fn load(&self, id: &Id) -> SessionResult<Option<Record>> {
        let row = self.0.session(SessionKey::of(*id).0, now()).await.map_err(backend)?;
        let Some(row) = row else { return Ok(None) };
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(
            i128::from(row.expires_at.as_millis()) * 1_000_000,
        )
        .map_err(|error| SessionError::Decode(error.to_string()))?;
        let data = serde_json::from_slice(&row.record)
            .map_err(|error| SessionError::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> SessionResult<()> {
        self.0.delete_session(SessionKey::of(*id).0).await.map_err(backend)
    }
}
