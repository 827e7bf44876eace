//! What people have filled in and not yet sent: one draft per person and subject.

use spartito_core::ids::PersonId;
use spartito_core::time::Timestamp;

use super::database::cells;
use super::{Store, StoreError, convert};

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The answers as JSON.
    pub answers: String,
    /// When it was saved.
    pub saved_at: Timestamp,
}

impl Store {
    /// The draft of a person for a subject (the key of a task, or a process to start).
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or the row cannot be read.
    pub async fn draft(
        &self,
        person: &PersonId,
        subject: &str,
    ) -> Result<Option<Draft>, StoreError> {
        let sql = "select answers, saved_at from drafts where person = $1 and subject = $2";
        let row: Option<(String, i64)> =
            self.database.optional(sql, cells![person.as_str(), subject]).await?;
        row.map(|(answers, saved_at)| {
            let saved_at = convert::timestamp("drafts", "saved_at", saved_at)?;
            Ok(Draft { answers, saved_at })
        })
        .transpose()
    }

    /// Saves a draft over the one that is there.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn save_draft(
        &self,
        person: &PersonId,
        subject: &str,
        draft: &Draft,
    ) -> Result<(), StoreError> {
        let sql = "insert into drafts (person, subject, answers, saved_at) \
                   values ($1, $2, $3, $4) on conflict (person, subject) \
                   do update set answers = excluded.answers, saved_at = excluded.saved_at";
        let cells =
            cells![person.as_str(), subject, draft.answers.as_str(), draft.saved_at.as_millis()];
        self.database.execute(sql, cells).await.map(|_| ())
    }

    /// Throws away the draft of a person. Where there is none, as mostly, nothing is written.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn delete_draft(&self, person: &PersonId, subject: &str) -> Result<(), StoreError> {
        if self.draft(person, subject).await?.is_none() {
            return Ok(());
        }
        let sql = "delete from drafts where person = $1 and subject = $2";
        self.database.execute(sql, cells![person.as_str(), subject]).await.map(|_| ())
    }

    /// Throws away everybody's drafts of a subject, as when a task has ended.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn delete_drafts_of(&self, subject: &str) -> Result<(), StoreError> {
        let known = "select subject from drafts where subject = $1 limit 1";
        let known: Option<(String,)> = self.database.optional(known, cells![subject]).await?;
        if known.is_none() {
            return Ok(());
        }
        self.database
            .execute("delete from drafts where subject = $1", cells![subject])
            .await
            .map(|_| ())
    }
}
