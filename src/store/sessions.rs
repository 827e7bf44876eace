//! Sessions of people who are signed in. What a record holds is the business of `auth`.

use spartito_core::ids::PersonId;
use spartito_core::time::Timestamp;

use super::database::cells;
use super::{Store, StoreError, convert};

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Its id, 128 random bits.
    pub id: u128,
    /// What it holds.
    pub record: Vec<u8>,
    /// Who is signed in; `None` for nobody.
    pub person: Option<PersonId>,
    /// When it ends.
    pub expires_at: Timestamp,
}

fn key(id: u128) -> Vec<u8> {
    id.to_be_bytes().to_vec()
}

impl Store {
    /// Makes a session.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the id is taken.
    pub async fn create_session(&self, session: &SessionRow) -> Result<(), StoreError> {
        let sql = "insert into sessions (id, record, person, expires_at) values ($1, $2, $3, $4)";
        let cells = cells![
            key(session.id),
            session.record.clone(),
            session.person.as_ref().map(PersonId::as_str),
            session.expires_at.as_millis(),
        ];
        self.database.execute(sql, cells).await.map(|_| ())
    }

    /// Changes a session that still is; one that was deleted stays deleted. Says which.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn update_session(&self, session: &SessionRow) -> Result<bool, StoreError> {
        let sql = "update sessions set record = $2, person = $3, expires_at = $4 where id = $1";
        let cells = cells![
            key(session.id),
            session.record.clone(),
            session.person.as_ref().map(PersonId::as_str),
            session.expires_at.as_millis(),
        ];
        Ok(self.database.execute(sql, cells).await? > 0)
    }

    /// The session `id`, if it has not ended at `now`.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or the row cannot be read.
    pub async fn session(
        &self,
        id: u128,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, StoreError> {
        let sql = "select record, person, expires_at from sessions \
                   where id = $1 and expires_at > $2";
        let row: Option<(Vec<u8>, Option<String>, i64)> =
            self.database.optional(sql, cells![key(id), now.as_millis()]).await?;
        row.map(|(record, person, expires_at)| {
            Ok(SessionRow {
                id,
                record,
                person: convert::person(person),
                expires_at: convert::timestamp("sessions", "expires_at", expires_at)?,
            })
        })
        .transpose()
    }

    /// Ends the session `id`.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn delete_session(&self, id: u128) -> Result<(), StoreError> {
        let sql = "delete from sessions where id = $1";
        self.database.execute(sql, cells![key(id)]).await.map(|_| ())
    }

    /// Ends all sessions of a person, or all but one.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn delete_sessions_of(
        &self,
        person: &PersonId,
        but: Option<u128>,
    ) -> Result<(), StoreError> {
        let sql = "delete from sessions where person = $1 and id <> $2";
        let but = but.map_or_else(Vec::new, key);
        self.database.execute(sql, cells![person.as_str(), but]).await.map(|_| ())
    }

    /// Throws away sessions that have ended.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn delete_expired_sessions(&self, now: Timestamp) -> Result<u64, StoreError> {
        let sql = "delete from sessions where expires_at <= $1";
        self.database.execute(sql, cells![now.as_millis()]).await
    }
}
