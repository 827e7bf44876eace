//! Makes a SQLite file anew, as small as it can be, and so that it gives space back from then on.
//!
//! For files that were made before that could be. Nobody else uses the file meanwhile: a server has
//! to be stopped first.

use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection};

use super::database::sqlite_file;
use super::lock::FileLock;
use super::{Store, StoreError, StoreSettings};

impl Store {
    /// Makes the file of a database anew; says how many bytes it had and has.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where a server uses it, [`StoreError::Address`] where it is none of
    /// SQLite's or is not there, [`StoreError::Unavailable`] where the disk has no room for a copy.
    pub async fn vacuum(settings: &StoreSettings) -> Result<(u64, u64), StoreError> {
        let Some(file) = sqlite_file(&settings.url) else {
            return Err(StoreError::Address(
                "only the embedded database needs this; PostgreSQL does it by itself".to_owned(),
            ));
        };
        let bytes = || std::fs::metadata(file.path()).map(|there| there.len());
        let unknown = |error| {
            StoreError::Address(format!("there is no database {}: {error}", file.path().display()))
        };
        let before = bytes().map_err(unknown)?;
        let _lock = FileLock::take(file.path())?;
        let mut connection = SqliteConnectOptions::new()
            .filename(file.path())
            .journal_mode(SqliteJournalMode::Wal)
            .auto_vacuum(SqliteAutoVacuum::Incremental)
            .connect()
            .await?;
        sqlx::query("vacuum").execute(&mut connection).await?;
        connection.close().await?;
        Ok((before, bytes().map_err(unknown)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_from_before_gives_space_back_once_it_was_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("spartito.db");
        let settings = StoreSettings { url: format!("sqlite:{}", path.display()) };
        assert!(Store::vacuum(&settings).await.is_err(), "there is none");
        // As versions before made it.
        let mut old = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .connect()
            .await
            .expect("a file");
        for sql in ["create table junk (text text)", "drop table junk"] {
            sqlx::query(sql).execute(&mut old).await.expect("done");
        }
        old.close().await.expect("closed");
        let mode = async |store: &Store| -> i64 {
            let row: Option<(i64,)> =
                store.database.optional("pragma auto_vacuum", Vec::new()).await.expect("an answer");
            row.map_or(-1, |(mode,)| mode)
        };
        let store = Store::open(&settings).await.expect("a store");
        assert_eq!(mode(&store).await, 0, "it cannot yet");
        assert!(matches!(Store::vacuum(&settings).await, Err(StoreError::Locked(_))));
        store.close().await;
        let (before, after) = Store::vacuum(&settings).await.expect("made anew");
        assert!(before > 0 && after > 0);
        let store = Store::open(&settings).await.expect("a store");
        assert_eq!(mode(&store).await, 2);
        store.close().await;
        let fresh = folder.path().join("fresh.db");
        let settings = StoreSettings { url: format!("sqlite:{}", fresh.display()) };
        let store = Store::open(&settings).await.expect("a store");
        assert_eq!(mode(&store).await, 2, "a new one can from the first");
        store.close().await;
    }
}
