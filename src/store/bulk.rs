//! A batch on SQLite: its statements are carried out in one piece, on a thread that may block.
//!
//! The other driver carries each statement to the thread of its connection and back, which takes
//! longer than the statement. What a batch reads it reads before it writes, and outside of the
//! transaction: nobody else writes while it has the turn. Never keeps a connection of which it is
//! not known whether a transaction is open on it.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, OpenFlags, ToSql};
use sqlx::SqliteConnection;

use super::StoreError;
use super::database::{BUSY_TIMEOUT, CHECKPOINT_PAGES, Cell, STATEMENTS_CACHED_MAX};
use super::projection::Group;
use super::writer::Turn;

pub(super) use rusqlite::Connection;

/// Rows that one statement writes: enough to open the indexes of a table once for several rows.
const ROWS_PER_STATEMENT: usize = 8;

/// The file, and how sure a commit is.
pub(super) struct SqliteFile {
    pub(super) path: PathBuf,
    /// Whether the disk has all of a commit before it is acknowledged.
    pub(super) is_durable: bool,
}

/// The transaction of a batch; taken back when it is dropped.
pub(super) struct SqliteBatch {
    file: Arc<SqliteFile>,
    /// `None` while a thread works on it, and after that thread died.
    work: Option<Work>,
}

/// Fields are dropped in this order: the connection is closed before others get the turn.
struct Work {
    /// The connection, once the transaction has begun; `None` before.
    connection: Option<Connection>,
    turn: Turn,
}

impl SqliteBatch {
    pub(super) fn new(turn: Turn, file: Arc<SqliteFile>) -> Self {
        Self { file, work: Some(Work { connection: None, turn }) }
    }

    /// Where it reads what is committed.
    pub(super) fn reader(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        match &mut self.work {
            Some(work) => Ok(work.turn.single()),
            None => Err(sqlx::Error::WorkerCrashed.into()),
        }
    }

    /// Writes the rows of `groups`, in order.
    pub(super) async fn write(&mut self, groups: Vec<Group>) -> Result<(), StoreError> {
        self.in_transaction(move |connection| {
            groups.iter().try_for_each(|group| write_group(connection, group))
        })
        .await
    }

    /// Carries out one statement; says how many rows it touched.
    pub(super) async fn execute(
        &mut self,
        sql: Cow<'static, str>,
        cells: Vec<Cell>,
    ) -> Result<u64, StoreError> {
        let touched = self.in_transaction(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            execute(&mut statement, &cells)
        });
        Ok(u64::try_from(touched.await?).unwrap_or(u64::MAX))
    }

    /// Makes it last.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        self.end("commit").await
    }

    /// Takes it back and keeps the connection.
    pub(super) async fn rollback(mut self) -> Result<(), StoreError> {
        self.end("rollback").await
    }

    async fn end(&mut self, how: &'static str) -> Result<(), StoreError> {
        if self.work.as_ref().is_some_and(|work| work.connection.is_none()) {
            return Ok(());
        }
        self.in_transaction(move |connection| {
            connection.prepare_cached(how)?.raw_execute().map(|_| ())
        })
        .await?;
        if let Some(Work { connection, mut turn }) = self.work.take() {
            turn.bulk = connection;
        }
        Ok(())
    }

    /// Carries out `piece` in the transaction, which begins where it has not; one that fails is
    /// taken back at once.
    async fn in_transaction<T: Send + 'static>(
        &mut self,
        piece: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Some(mut work) = self.work.take() else {
            return Err(sqlx::Error::WorkerCrashed.into());
        };
        let file = Arc::clone(&self.file);
        let done = tokio::task::spawn_blocking(move || {
            let result = work.begun(&file).and_then(piece);
            if result.is_err() {
                work.connection = None;
            }
            (work, result)
        });
        let (work, result) = done.await.map_err(|_| sqlx::Error::WorkerCrashed)?;
        // After a failure the batch is over: it must not go on in a transaction of its own.
        self.work = result.is_ok().then_some(work);
        Ok(result?)
    }
}

impl Work {
    /// The connection, with the transaction begun.
    fn begun(&mut self, file: &SqliteFile) -> rusqlite::Result<&Connection> {
        if self.connection.is_none() {
            let connection = match self.turn.bulk.take() {
                Some(connection) => connection,
                None => connect(file)?,
            };
            connection.prepare_cached("begin immediate")?.raw_execute()?;
            self.connection = Some(connection);
        }
        Ok(self.connection.as_ref().expect("it was just put there"))
    }
}

/// A connection to a file that is there and laid out.
fn connect(file: &SqliteFile) -> rusqlite::Result<Connection> {
    let synchronous = if file.is_durable { "full" } else { "normal" };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&file.path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED_MAX);
    Ok(connection)
}

fn write_group(connection: &Connection, group: &Group) -> rusqlite::Result<()> {
    let Group { head, tail, rows } = group;
    let (many, rest) = rows.as_chunks::<ROWS_PER_STATEMENT>();
    let width = rows.first().map_or(0, Vec::len);
    if !many.is_empty() {
        let sql = statement(head, tail, ROWS_PER_STATEMENT, width);
        let mut statement = connection.prepare_cached(&sql)?;
        for rows in many {
            execute(&mut statement, rows.iter().flatten())?;
        }
    }
    if !rest.is_empty() {
        let mut statement = connection.prepare_cached(&statement(head, tail, 1, width))?;
        for row in rest {
            execute(&mut statement, row)?;
        }
    }
    Ok(())
}

fn execute<'c>(
    statement: &mut CachedStatement<'_>,
    cells: impl IntoIterator<Item = &'c Cell>,
) -> rusqlite::Result<usize> {
    for (at, cell) in cells.into_iter().enumerate() {
        statement.raw_bind_parameter(at + 1, cell)?;
    }
    statement.raw_execute()
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Int(Some(value)) => value.to_sql(),
            Self::Text(Some(value)) => value.to_sql(),
            Self::Int(None) | Self::Text(None) => Null.to_sql(),
            Self::Blob(value) => Ok(ToSqlOutput::Borrowed(ValueRef::Blob(value))),
        }
    }
}

/// `head ($1, $2), ($3, $4) tail`
pub(super) fn statement(head: &str, tail: &str, rows: usize, width: usize) -> String {
    let mut sql = String::with_capacity(head.len() + tail.len() + rows * width * 6);
    sql.push_str(head);
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..width {
            let comma = if column == 0 { "" } else { ", " };
            write!(sql, "{comma}${}", row * width + column + 1).expect("a String takes all");
        }
        sql.push(')');
    }
    sql.push_str(tail);
    sql
}
