//! How far the database has come, noted in a file outside of it: so it is noticed when the database
//! was set back, because the end of its log is lost or an old copy of it was put in its place.
//!
//! Never keeps a server from starting, and never decides what follows from a setback.

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::database::cells;
use super::{Store, StoreError};

/// Name of the setting that says which database this is, drawn when it was made.
const DATABASE: &str = "database-id";
/// Name of the setting with the number of starts.
const EPOCH: &str = "epoch";

/// How far a database has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Which database it is.
    pub database: String,
    /// How many servers have started on it: each start begins an epoch.
    pub epoch: u64,
    /// Number of the last turn in the journal; 0 where there is none.
    pub position: i64,
}

impl History {
    /// Whether a database that had come as far as `noted` has been set back to this.
    pub fn is_behind(&self, noted: &Self) -> bool {
        self.database == noted.database
            && (self.epoch < noted.epoch || self.position < noted.position)
    }

    /// What was noted in `path`; `None` where nothing was, or it cannot be read.
    pub fn read(path: &Path) -> Option<Self> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    tracing::warn!(%error, path = %path.display(), "the mark cannot be read");
                }
                return None;
            }
        };
        match serde_json::from_str(&text) {
            Ok(noted) => Some(noted),
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "the mark cannot be read");
                None
            }
        }
    }

    /// Notes it in `path`, in one piece.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let text = serde_json::to_string(self).expect("texts and numbers can be written");
        // Of this process alone: several servers may note into one file.
        let new = path.with_extension(format!("mark-{}", std::process::id()));
        let mut file = std::fs::File::create(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        std::fs::rename(&new, path)
    }
}

impl Store {
    /// How far the database has come.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn history(&self) -> Result<History, StoreError> {
        let database = match self.setting(DATABASE).await? {
            Some(database) => database,
            None => {
                let drawn = format!("{:032x}", rand::random::<u128>());
                self.claim_setting(DATABASE, &drawn).await?;
                self.setting(DATABASE).await?.unwrap_or(drawn)
            }
        };
        let epoch = self.setting(EPOCH).await?;
        let epoch = epoch.map_or(Ok(0), |text| {
            text.parse::<u64>()
                .map_err(|error| StoreError::corrupt("settings", "value", EPOCH, error))
        })?;
        Ok(History { database, epoch, position: self.position().await? })
    }

    /// Number of the last turn in the journal; 0 where there is none.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn position(&self) -> Result<i64, StoreError> {
        let sql = "select max(sequence) from journal";
        let last: Option<(Option<i64>,)> = self.database.optional(sql, cells![]).await?;
        Ok(last.and_then(|(last,)| last).unwrap_or(0))
    }

    /// Begins the epoch with this number.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn begin_epoch(&self, epoch: u64) -> Result<(), StoreError> {
        self.set_setting(EPOCH, &epoch.to_string()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(database: &str, epoch: u64, position: i64) -> History {
        History { database: database.to_owned(), epoch, position }
    }

    #[test]
    fn a_database_is_behind_where_its_epoch_or_its_journal_is() {
        let noted = history("a", 3, 70);
        for (is, behind) in [
            (history("a", 3, 70), false),
            (history("a", 3, 71), false),
            (history("a", 4, 70), false),
            (history("a", 3, 69), true),
            (history("a", 2, 70), true),
            (history("a", 2, 900), true),
            (history("b", 1, 1), false),
        ] {
            assert_eq!(is.is_behind(&noted), behind, "{is:?}");
        }
    }

    #[test]
    fn a_mark_is_read_as_it_was_written_and_a_broken_one_is_none() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("spartito.mark");
        assert_eq!(History::read(&path), None);
        let noted = history("a", 3, 70);
        noted.write(&path).expect("it is written");
        assert_eq!(History::read(&path), Some(noted));
        std::fs::write(&path, "").expect("it is emptied");
        assert_eq!(History::read(&path), None);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
