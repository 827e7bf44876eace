//! Why the database did not do what was asked.
//!
//! An error of a commit means *unknown*, never *failed*: who needs to know reads again.

use spartito_core::ids::KeyError;

/// A failed call of the store, in words for people and logs.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or cannot write now: busy, full, broken off. Says which.
    #[error("{0}")]
    Unavailable(String),
    /// The database took the transaction back, because another one was in its way or because it stood
    /// still for too long: surely not written, and the same again succeeds.
    #[error("{0}")]
    Clash(String),
    /// This server was away for longer than its lease, and others may have gone on with its work:
    /// nothing that it decided before is written.
    #[error("this server was away for too long; it goes on in a moment")]
    Fenced,
    /// What was to be written contradicts what is there.
    #[error("it contradicts what is stored ({0})")]
    Conflict(String),
    /// A stored value cannot be read.
    #[error("stored data cannot be read: table {table}, column {column}, row {row}: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
        /// What identifies the row; empty where that is not known.
        row: String,
        /// Why it cannot be read.
        reason: String,
    },
    /// Another process uses this database.
    #[error("{0}")]
    Locked(String),
    /// The database address cannot be used.
    #[error("{0}")]
    Address(String),
    /// The database refused a statement: a bug of ours.
    #[error("the database refused a statement: {0}")]
    Refused(String),
}

impl StoreError {
    /// A stored value that cannot be read.
    pub(super) fn corrupt(
        table: &'static str,
        column: &str,
        row: impl std::fmt::Display,
        reason: impl std::fmt::Display,
    ) -> Self {
        Self::Corrupt {
            table,
            column: column.to_owned(),
            row: row.to_string(),
            reason: reason.to_string(),
        }
    }

    /// Whether one request of many may be what it is about, so that the others succeed without it.
    pub fn is_of_one(&self) -> bool {
        !self.is_passing() || matches!(self, Self::Clash(_))
    }

    /// Whether something that is stored cannot be read: nobody but a person helps.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Corrupt { .. })
    }

    /// Whether the same call may succeed later without any change.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Clash(_) | Self::Fenced)
    }
}

/// SQLite's result codes that say that a constraint does not hold, or that the database cannot be
/// used at the moment.
const SQLITE_CONSTRAINT: i32 = 19;
/// A value is missing: a bug of ours.
const SQLITE_CONSTRAINT_NOTNULL: i32 = 1_299;
const SQLITE_BUSY: i32 = 5;
const SQLITE_LOCKED: i32 = 6;
const SQLITE_READONLY: i32 = 8;
const SQLITE_IOERR: i32 = 10;
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;
const SQLITE_CANTOPEN: i32 = 14;
const SQLITE_NOTADB: i32 = 26;

impl From<sqlx::Error> for StoreError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the driver adds kinds as it likes")]
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => from_database(error.as_ref()),
            sqlx::Error::Io(error) => {
                Self::Unavailable(format!("the connection to the database broke: {error}"))
            }
            sqlx::Error::Tls(error) => {
                Self::Unavailable(format!("no secure connection to the database: {error}"))
            }
            sqlx::Error::PoolTimedOut => Self::Unavailable(
                "the database is busy: no connection became free in time".to_owned(),
            ),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable("the database has been closed".to_owned())
            }
            sqlx::Error::ColumnDecode { index, source } => {
                Self::corrupt("(query)", &index, "", source)
            }
            sqlx::Error::Decode(source) => Self::corrupt("(query)", "", "", source),
            other => Self::Refused(other.to_string()),
        }
    }
}

fn from_database(error: &(dyn sqlx::error::DatabaseError + 'static)) -> StoreError {
    if error.is_unique_violation() || error.is_foreign_key_violation() || error.is_check_violation()
    {
        let constraint = error.constraint().unwrap_or_else(|| error.message());
        return StoreError::Conflict(constraint.to_owned());
    }
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        return from_postgres(error);
    }
    let code = error.code().and_then(|code| code.parse().ok()).unwrap_or(0);
    from_sqlite(code, error.message())
}

/// From the extended result code of SQLite.
fn from_sqlite(code: i32, message: &str) -> StoreError {
    let words = match code & 0xff {
        SQLITE_CONSTRAINT if code != SQLITE_CONSTRAINT_NOTNULL => {
            return StoreError::Conflict(message.to_owned());
        }
        SQLITE_FULL => "the disk of the database is full; nothing was changed",
        SQLITE_IOERR => "the disk of the database cannot be read or written (full or broken)",
        SQLITE_BUSY | SQLITE_LOCKED => "the database file is busy; another program holds it",
        SQLITE_READONLY => "the database file may not be written",
        SQLITE_CANTOPEN => "the database file cannot be opened",
        SQLITE_CORRUPT | SQLITE_NOTADB => return StoreError::corrupt("(file)", "", "", message),
        _ => return StoreError::Refused(message.to_owned()),
    };
    StoreError::Unavailable(format!("{words} ({message})"))
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error() {
            Some(code) => from_sqlite(code.extended_code, &error.to_string()),
            None => Self::Refused(error.to_string()),
        }
    }
}

fn from_postgres(error: &(dyn sqlx::error::DatabaseError + 'static)) -> StoreError {
    let code = error.code().unwrap_or_default();
    let words = match code.as_ref() {
        "53100" => "the disk of the database is full",
        "53300" => "the database has no connection left",
        "25006" => "the database does not accept changes",
        // Serialization, deadlock, lock; idle in a transaction.
        "40001" | "40P01" | "55P03" | "25P03" => {
            return StoreError::Clash(format!("the database is busy ({})", error.message()));
        }
        // Connection exceptions, resources, operator intervention.
        code if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => {
            "the database is not available"
        }
        _ => return StoreError::Refused(error.message().to_owned()),
    };
    StoreError::Unavailable(format!("{words} ({})", error.message()))
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the driver adds kinds as it likes")]
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error)
            | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => error.into(),
            sqlx::migrate::MigrateError::VersionMissing(version) => Self::Address(format!(
                "the database was written by a newer Spartito (layout {version}); please use that"
            )),
            other => Self::Address(format!("the database layout cannot be brought up: {other}")),
        }
    }
}

impl From<KeyError> for StoreError {
    fn from(error: KeyError) -> Self {
        Self::corrupt("(key)", "", &error.text, &error)
    }
}
