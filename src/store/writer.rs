//! The one connection that writes to a SQLite file, and its transactions.
//!
//! SQLite takes a transaction back by itself when the disk is full or broken. So a transaction
//! that did not end as it was told takes its connection with it: closing takes back whatever is
//! open, and the next transaction begins on a new connection, as though nothing had happened.
//! Never keeps a connection of which it is not known whether a transaction is open on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::StoreError;

/// How long a transaction waits for the one before.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// The connection, used by one transaction at a time.
pub(super) struct Writer {
    options: SqliteConnectOptions,
    connection: Arc<Mutex<Option<SqliteConnection>>>,
    is_closed: AtomicBool,
}

impl Writer {
    /// Connects, and brings the layout up.
    pub(super) async fn open(options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let mut connection = options.connect().await?;
        sqlx::migrate!("migrations/sqlite").run(&mut connection).await?;
        let connection = Arc::new(Mutex::new(Some(connection)));
        Ok(Self { options, connection, is_closed: AtomicBool::new(false) })
    }

    /// Begins a transaction as soon as the one before has ended.
    pub(super) async fn begin(&self) -> Result<SqliteTx, StoreError> {
        let turn = tokio::time::timeout(TURN_TIMEOUT, Arc::clone(&self.connection).lock_owned());
        let held = turn.await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        if self.is_closed.load(Ordering::SeqCst) {
            return Err(sqlx::Error::PoolClosed.into());
        }
        let mut tx = SqliteTx { held, is_settled: false };
        if tx.held.is_none() {
            *tx.held = Some(self.options.connect().await?);
        }
        sqlx::query("begin immediate").execute(tx.connection()).await?;
        Ok(tx)
    }

    /// Lets the last transaction end, and closes.
    pub(super) async fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        if let Some(connection) = self.connection.lock().await.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database file was not closed well");
        }
    }
}

/// A transaction; taken back when it is dropped.
pub(super) struct SqliteTx {
    held: OwnedMutexGuard<Option<SqliteConnection>>,
    /// Whether the transaction has ended, surely.
    is_settled: bool,
}

impl SqliteTx {
    /// Where statements of the transaction are carried out.
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        self.held.as_mut().expect("a transaction has a connection")
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
            self.held.take();
        }
    }
}
