//! What writes to a SQLite file, one transaction at a time: a connection that carries out one
//! statement after another, and one that carries out whole batches in one piece.
//!
//! SQLite takes a transaction back by itself when the disk is full or broken. So a transaction
//! that did not end as it was told takes its connection with it: closing takes back whatever is
//! open, and the next transaction begins on a new connection, as though nothing had happened.
//! Never keeps a connection of which it is not known whether a transaction is open on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::StoreError;
use super::bulk::SqliteBatch;
use super::file::{self, SqliteFile};

/// How long a transaction waits for the one before.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// The connections, used by one transaction at a time. Cheap to clone.
#[derive(Clone)]
pub(super) struct Writer(Arc<Shared>);

struct Shared {
    options: SqliteConnectOptions,
    file: Arc<SqliteFile>,
    connections: Arc<Mutex<Connections>>,
    is_closed: AtomicBool,
}

/// The connections, each where it is known that no transaction is open on it.
#[derive(Default)]
pub(super) struct Connections {
    /// Carries out one statement after another.
    single: Option<SqliteConnection>,
    /// Carries out batches.
    pub(super) bulk: Option<file::Connection>,
}

/// The turn to write: held until the transaction has ended.
pub(super) type Turn = OwnedMutexGuard<Connections>;

impl Writer {
    /// Connects, and brings the layout up. A new file can give space back to the disk; of one that
    /// is there already this is settled.
    pub(super) async fn open(
        options: SqliteConnectOptions,
        file: SqliteFile,
    ) -> Result<Self, StoreError> {
        let is_new = std::fs::metadata(file.path()).map_or(true, |there| there.len() == 0);
        let first = if is_new {
            options.clone().auto_vacuum(SqliteAutoVacuum::Incremental)
        } else {
            options.clone()
        };
        let mut connection = first.connect().await?;
        sqlx::migrate!("migrations/sqlite").run(&mut connection).await?;
        if is_new {
            // The log of the layout is longer than what comes of it, and would stay beside it.
            sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut connection).await?;
        }
        let connections = Connections { single: Some(connection), bulk: None };
        let connections = Arc::new(Mutex::new(connections));
        let (file, is_closed) = (Arc::new(file), AtomicBool::new(false));
        Ok(Self(Arc::new(Shared { options, file, connections, is_closed })))
    }

    /// What is written.
    pub(super) fn file(&self) -> &Arc<SqliteFile> {
        &self.0.file
    }

    /// Waits until the transaction before has ended.
    pub(super) async fn turn(&self) -> Result<Turn, StoreError> {
        let turn = tokio::time::timeout(TURN_TIMEOUT, Arc::clone(&self.0.connections).lock_owned());
        let held = turn.await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        if self.0.is_closed.load(Ordering::SeqCst) {
            return Err(sqlx::Error::PoolClosed.into());
        }
        Ok(held)
    }

    /// Begins a transaction as soon as the one before has ended.
    pub(super) async fn begin(&self) -> Result<SqliteTx, StoreError> {
        let mut held = self.turn().await?;
        if held.single.is_none() {
            held.single = Some(self.0.options.connect().await?);
        }
        let mut tx = SqliteTx { held, is_settled: false };
        sqlx::query("begin immediate").execute(tx.connection()).await?;
        Ok(tx)
    }

    /// Begins a batch, which has its turn when it writes; until then it reads by `readers`.
    pub(super) fn begin_batch(&self, readers: &SqlitePool) -> Result<SqliteBatch, StoreError> {
        if self.0.is_closed.load(Ordering::SeqCst) {
            return Err(sqlx::Error::PoolClosed.into());
        }
        Ok(SqliteBatch::new(self.clone(), readers.clone()))
    }

    /// Lets the last transaction end, and closes.
    pub(super) async fn close(&self) {
        self.0.is_closed.store(true, Ordering::SeqCst);
        self.0.file.close();
        let mut connections = self.0.connections.lock().await;
        connections.bulk = None;
        if let Some(connection) = connections.single.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database file was not closed well");
        }
    }
}

impl Connections {
    /// The connection that carries out one statement after another.
    pub(super) fn single(&mut self) -> &mut SqliteConnection {
        self.single.as_mut().expect("who has the turn has a connection")
    }
}

/// A transaction; taken back when it is dropped.
pub(super) struct SqliteTx {
    held: Turn,
    /// Whether the transaction has ended, surely.
    is_settled: bool,
}

impl SqliteTx {
    /// Where statements of the transaction are carried out.
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        self.held.single()
    }

    /// Makes it last.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        sqlx::query("commit").execute(self.connection()).await?;
        self.is_settled = true;
        Ok(())
    }

    /// Takes it back and keeps the connection.
    pub(super) async fn rollback(mut self) -> Result<(), StoreError> {
        sqlx::query("rollback").execute(self.connection()).await?;
        self.is_settled = true;
        Ok(())
    }
}

impl Drop for SqliteTx {
    fn drop(&mut self) {
        if !self.is_settled {
            self.held.single.take();
        }
    }
}
