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
use super::projection::{Deed, Group};
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
    for rows in statements_of(group) {
        let sql = statement(group.deed, rows.len(), Style::InOnePiece);
        let mut statement = connection.prepare_cached(&sql)?;
        execute(&mut statement, rows.iter().flatten())?;
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

/// The rows of a group, by the statement that takes them. Changes and deletions take one each: for
/// several, SQLite would make a table for the moment.
pub(super) fn statements_of(group: &Group) -> impl Iterator<Item = &[Vec<Cell>]> {
    let (many, rest) = match group.deed {
        Deed::Insert { .. } => group.rows.as_chunks::<ROWS_PER_STATEMENT>(),
        Deed::Update { .. } | Deed::Delete { .. } => (&[][..], &group.rows[..]),
    };
    many.iter().map(<[_; _]>::as_slice).chain(rest.chunks(1))
}

/// How a statement is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// As both databases understand it.
    Common,
    /// For a transaction of SQLite that is over when a statement fails: then it need not keep pages as
    /// they were before the statement. Parameters have numbers and no names.
    InOnePiece,
}

impl Style {
    fn parameter(self, sql: &mut String, at: usize) {
        match self {
            Self::Common => write!(sql, "${at}"),
            Self::InOnePiece => write!(sql, "?{at}"),
        }
        .expect("a String takes all");
    }
}

/// The statement for so many rows.
pub(super) fn statement(deed: Deed, rows: usize, style: Style) -> String {
    let mut sql = String::new();
    match deed {
        Deed::Insert { into, tail } => {
            let width = 1 + into.matches(',').count();
            sql.reserve(32 + into.len() + tail.len() + rows * width * 6);
            sql.push_str(match style {
                Style::Common => "insert into ",
                Style::InOnePiece => "insert or rollback into ",
            });
            sql.push_str(into);
            for row in 0..rows {
                sql.push_str(if row == 0 { " values (" } else { "), (" });
                for column in 0..width {
                    sql.push_str(if column == 0 { "" } else { ", " });
                    match style {
                        Style::Common => style.parameter(&mut sql, row * width + column + 1),
                        // The next one: nothing to be written and read for each of up to a hundred.
                        Style::InOnePiece => sql.push('?'),
                    }
                }
            }
            sql.push(')');
            sql.push_str(tail);
        }
        // The values of a row are the key first.
        Deed::Update { table, keys, set } => {
            sql.extend(["update ", table, " set "]);
            equal(&mut sql, set, keys.len() + 1, ", ", style);
            sql.push_str(" where ");
            equal(&mut sql, keys, 1, " and ", style);
        }
        Deed::Delete { table, keys } => {
            sql.extend(["delete from ", table, " where "]);
            equal(&mut sql, keys, 1, " and ", style);
        }
    }
    sql
}

/// `a = $1 and b = $2`
fn equal(sql: &mut String, columns: &[&str], first: usize, between: &str, style: Style) {
    for (at, column) in (first..).zip(columns) {
        sql.extend([if at == first { "" } else { between }, column, " = "]);
        style.parameter(sql, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::database::cells;

    const COME: Deed = Deed::Insert { into: "things (a, b, c)", tail: "" };
    const CHANGE: Deed = Deed::Update { table: "things", keys: &["a", "b"], set: &["c"] };
    const GO: Deed = Deed::Delete { table: "things", keys: &["a", "b"] };

    fn things() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        let table = "create table things (a integer, b integer, c text, primary key (a, b)) strict";
        connection.execute_batch(table).unwrap();
        connection.execute_batch("begin").unwrap();
        connection
    }

    fn rows(all: impl Iterator<Item = i64>) -> Vec<Vec<Cell>> {
        all.map(|a| cells![a, 7_i64, format!("thing {a}")]).collect()
    }

    fn there(connection: &Connection) -> Vec<(i64, String)> {
        let mut statement = connection.prepare("select a, c from things order by a").unwrap();
        let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        found.map(Result::unwrap).collect()
    }

    #[test]
    fn statements_say_which_rows_come_change_and_go() {
        let say =
            |deed, rows| [Style::Common, Style::InOnePiece].map(|to| statement(deed, rows, to));
        assert_eq!(
            say(COME, 2),
            [
                "insert into things (a, b, c) values ($1, $2, $3), ($4, $5, $6)",
                "insert or rollback into things (a, b, c) values (?, ?, ?), (?, ?, ?)",
            ]
        );
        assert_eq!(
            say(CHANGE, 1),
            [
                "update things set c = $3 where a = $1 and b = $2",
                "update things set c = ?3 where a = ?1 and b = ?2",
            ]
        );
        assert_eq!(say(GO, 1)[0], "delete from things where a = $1 and b = $2");
    }

    #[test]
    fn every_row_of_a_group_is_written() {
        let connection = things();
        write_group(&connection, &Group { deed: COME, rows: rows(1..=20) }).unwrap();
        let other = vec![cells![2_i64, 7_i64, "another"], cells![3_i64, 8_i64, "is not there"]];
        write_group(&connection, &Group { deed: CHANGE, rows: other }).unwrap();
        let gone = (3_i32..=20).map(|a| cells![i64::from(a), 7_i64]).collect();
        write_group(&connection, &Group { deed: GO, rows: gone }).unwrap();
        assert_eq!(there(&connection), [(1, "thing 1".to_owned()), (2, "another".to_owned())]);
    }

    #[test]
    fn what_contradicts_what_is_there_takes_the_whole_transaction_back() {
        // In a statement of one row, and in one of many.
        for twice in [4, 12] {
            let connection = things();
            write_group(&connection, &Group { deed: COME, rows: rows(1..=3) }).unwrap();
            let contradicting = Group { deed: COME, rows: rows([2].into_iter().chain(4..=twice)) };
            assert!(write_group(&connection, &contradicting).is_err());
            assert!(connection.is_autocommit(), "the transaction is over");
            assert_eq!(there(&connection), []);
        }
    }
}
