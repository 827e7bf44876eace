//! A batch on SQLite: its statements are carried out in one piece, on a thread that may block.
//!
//! What a batch reads it reads before it writes, and outside of the transaction, which begins
//! with the first write: only then does it wait for the one before, so that the next batch can be
//! made while one is written. Never keeps a connection of which it is not known whether a
//! transaction is open on it.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ToSql};
use sqlx::SqlitePool;

use super::StoreError;
use super::database::Cell;
use super::failpoints::Failpoint;
use super::file::SqliteFile;
use super::projection::Group;
use super::writer::{Turn, Writer};

/// Rows that one statement writes: enough to open the indexes of a table once for several rows.
pub(super) const ROWS_PER_STATEMENT: usize = 8;

/// The transaction of a batch; taken back when it is dropped.
pub(super) struct SqliteBatch {
    writer: Writer,
    readers: SqlitePool,
    state: State,
}

enum State {
    /// Nothing was written yet.
    Reads,
    /// The transaction has begun.
    Writes(Work),
    /// A thread works on it, or has died, or has failed.
    Gone,
}

/// Fields are dropped in this order: the connection is closed before others get the turn.
struct Work {
    /// The connection, once the transaction has begun; `None` before.
    connection: Option<Connection>,
    turn: Turn,
}

/// Why a batch did not become a part of the database.
#[derive(Debug)]
pub enum Unfinished {
    /// It was not taken, surely.
    NotWritten(StoreError),
    /// Whether the commit was made is not known.
    Unknown(StoreError),
}

impl SqliteBatch {
    pub(super) fn new(writer: Writer, readers: SqlitePool) -> Self {
        Self { writer, readers, state: State::Reads }
    }

    /// Where it reads what is committed.
    pub(super) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// The same in one piece.
    pub(super) fn file(&self) -> &Arc<SqliteFile> {
        self.writer.file()
    }

    /// Writes the rows of `groups`, in order.
    pub(super) async fn write(&mut self, groups: Vec<Group>) -> Result<(), StoreError> {
        self.in_transaction(move |connection| write_groups(connection, &groups)).await
    }

    /// Writes the rows of the groups that are made, in order, and makes it all last: in one piece,
    /// the making included.
    pub(super) async fn finish(
        mut self,
        groups: impl FnOnce() -> Vec<Group> + Send + 'static,
    ) -> Result<(), Unfinished> {
        let written = self.in_transaction(move |connection| {
            write_groups(connection, &groups())?;
            Failpoint::BatchWritten.pass();
            let committed = connection.prepare_cached("commit")?.raw_execute();
            Failpoint::BatchCommitted.pass();
            Ok(committed)
        });
        written.await.map_err(Unfinished::NotWritten)?.map_err(|error| {
            // A failed commit may have left the transaction open.
            if let State::Writes(work) = &mut self.state {
                work.connection = None;
            }
            Unfinished::Unknown(error.into())
        })?;
        self.give_back();
        Ok(())
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
        if matches!(self.state, State::Reads) {
            return Ok(());
        }
        self.in_transaction(move |connection| {
            connection.prepare_cached(how)?.raw_execute().map(|_| ())
        })
        .await?;
        self.give_back();
        Ok(())
    }

    /// Gives the connection to the next one.
    fn give_back(&mut self) {
        if let State::Writes(Work { connection, mut turn }) =
            std::mem::replace(&mut self.state, State::Gone)
        {
            turn.bulk = connection;
        }
    }

    /// Carries out `piece` in the transaction, which begins where it has not; one that fails is
    /// taken back at once.
    async fn in_transaction<T: Send + 'static>(
        &mut self,
        piece: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut work = match std::mem::replace(&mut self.state, State::Gone) {
            State::Reads => Work { connection: None, turn: self.writer.turn().await? },
            State::Writes(work) => work,
            State::Gone => return Err(sqlx::Error::WorkerCrashed.into()),
        };
        let file = Arc::clone(self.writer.file());
        let of_work = Arc::clone(&file);
        let done = file.run(move || {
            let result = work.begun(&of_work).and_then(piece);
            if result.is_err() {
                work.connection = None;
            }
            (work, result)
        });
        let (work, result) = done.await?;
        // After a failure the batch is over: it must not go on in a transaction of its own.
        if result.is_ok() {
            self.state = State::Writes(work);
        }
        Ok(result?)
    }
}

impl Work {
    /// The connection, with the transaction begun.
    fn begun(&mut self, file: &SqliteFile) -> rusqlite::Result<&Connection> {
        if self.connection.is_none() {
            let connection = match self.turn.bulk.take() {
                Some(connection) => connection,
                None => file.writer()?,
            };
            connection.prepare_cached("begin immediate")?.raw_execute()?;
            self.connection = Some(connection);
        }
        Ok(self.connection.as_ref().expect("it was just put there"))
    }
}

fn write_groups(connection: &Connection, groups: &[Group]) -> rusqlite::Result<()> {
    groups.iter().try_for_each(|group| write_group(connection, group))
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
