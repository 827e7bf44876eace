//! How a batch is written to PostgreSQL: all of its statements in one message, since each message is
//! a trip to the database and back.
//!
//! Statements are prepared on each connection once and then called by name, so that a batch costs
//! neither parsing nor planning. Values are given as one array for each column: the text of a statement
//! says which columns are written and not how many rows, so there are few different ones. They are
//! carried out in order, in one transaction, and none after one that failed. Never knows a table by
//! name.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::StoreError;
use super::projection::{Deed, Group};
use super::sql::{Cell, Sql};

/// A statement among those that are prepared, the same on all connections.
pub(super) type Number = usize;

/// The numbers of all statements that were ever sent.
static NUMBERS: LazyLock<Mutex<HashMap<String, Number>>> = LazyLock::new(Mutex::default);

fn number_of(sql: &str) -> Number {
    // The map is whole after every operation, also where a thread died while holding it.
    let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
    let next = numbers.len();
    match numbers.get(sql) {
        Some(number) => *number,
        None => *numbers.entry(sql.to_owned()).or_insert(next),
    }
}

/// Several statements, as they are sent.
pub(super) struct Message<'c> {
    text: String,
    /// What the connection has prepared.
    known: &'c mut HashSet<Number>,
}

impl<'c> Message<'c> {
    /// One for a connection that has prepared `known`.
    pub(super) fn to(known: &'c mut HashSet<Number>) -> Self {
        Self { text: String::new(), known }
    }

    /// The text to be sent.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Adds a statement of ours without values.
    pub(super) fn plain(&mut self, sql: &'static str) {
        self.text.push_str(sql);
        self.text.push(';');
    }

    /// Calls `sql` with these values.
    pub(super) fn call(&mut self, sql: &str, values: &[Value<'_>]) -> Result<(), StoreError> {
        let number = number_of(sql);
        if self.known.insert(number) {
            write!(self.text, "prepare spartito_{number} as {sql};").expect("a String takes all");
        }
        // Said as it is planned, for whoever listens.
        drop(Sql::Made(sql.to_owned()).told());
        write!(self.text, "execute spartito_{number}").expect("a String takes all");
        for (at, value) in values.iter().enumerate() {
            self.text.push(if at == 0 { '(' } else { ',' });
            value.write_to(&mut self.text)?;
        }
        self.text.push_str(if values.is_empty() { ";" } else { ");" });
        Ok(())
    }

    /// Writes the rows of a group.
    pub(super) fn write(&mut self, group: &Group) -> Result<(), StoreError> {
        let Some(first) = group.rows.first() else { return Ok(()) };
        let columns: Vec<Value<'_>> =
            (0..first.len()).map(|at| Value::Column(&group.rows, at)).collect();
        self.call(&statement(group), &columns)
    }
}

/// A value of a statement.
#[derive(Clone, Copy)]
pub(super) enum Value<'v> {
    Int(i64),
    /// An array.
    Ints(&'v [i64]),
    /// The array of a column of these rows.
    Column(&'v [Vec<Cell>], usize),
}

impl Value<'_> {
    fn write_to(self, text: &mut String) -> Result<(), StoreError> {
        match self {
            Self::Int(value) => write!(text, "{value}").expect("a String takes all"),
            Self::Ints(values) => array(text, values, |text, value| {
                write!(text, "{value}").expect("a String takes all");
                Ok(())
            })?,
            Self::Column(rows, at) => array(text, rows, |text, row| element(text, &row[at]))?,
        }
        Ok(())
    }
}

/// `'{1,2}'`
fn array<T>(
    text: &mut String,
    values: &[T],
    element: impl Fn(&mut String, &T) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    text.push_str("'{");
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        element(text, value)?;
    }
    text.push_str("}'");
    Ok(())
}

/// An element of an array, within a text in single quotes in which a backslash is nothing special.
fn element(text: &mut String, cell: &Cell) -> Result<(), StoreError> {
    match cell {
        Cell::Int(Some(value)) => write!(text, "{value}").expect("a String takes all"),
        Cell::Int(None) | Cell::Text(None) => text.push_str("null"),
        Cell::Text(Some(value)) => {
            text.push('"');
            for character in value.chars() {
                match character {
                    // The database cannot keep it, and it would end the message.
                    '\0' => {
                        let words = "a text contains the character NUL";
                        return Err(StoreError::Refused(words.to_owned()));
                    }
                    '\'' => text.push_str("''"),
                    '"' | '\\' => text.extend(['\\', character]),
                    _ => text.push(character),
                }
            }
            text.push('"');
        }
        Cell::Blob(bytes) => {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            text.reserve(bytes.len() * 2 + 6);
            text.push_str("\"\\\\x");
            for byte in bytes {
                text.push(char::from(DIGITS[usize::from(byte >> 4)]));
                text.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
            text.push('"');
        }
    }
    Ok(())
}

/// What the database calls an array of cells like this one.
fn array_type(cell: &Cell) -> &'static str {
    match cell {
        Cell::Int(_) => "bigint[]",
        Cell::Text(_) => "text[]",
        Cell::Blob(_) => "bytea[]",
    }
}

/// The statement of a group.
fn statement(group: &Group) -> String {
    let rows = all_rows(&group.rows);
    match group.deed {
        Deed::Insert { into, tail } => format!("insert into {into} {rows}{tail}"),
        // The values of a row are the key first.
        Deed::Update { table, keys, set } => {
            let set =
                joined(set, ", ", |at, column| format!("{column} = v.column{}", keys.len() + at));
            let found =
                joined(keys, " and ", |at, column| format!("{table}.{column} = v.column{at}"));
            format!("update {table} set {set} from ({rows}) as v where {found}")
        }
        Deed::Delete { table, keys } => {
            format!("delete from {table} where ({}) in ({rows})", keys.join(", "))
        }
    }
}

/// `select * from unnest($1::bigint[], $2::text[]) as u (column1, column2)`
fn all_rows(rows: &[Vec<Cell>]) -> String {
    let first = rows.first().map_or(&[][..], Vec::as_slice);
    let arrays = joined(first, ", ", |at, cell| format!("${at}::{}", array_type(cell)));
    let columns = joined(first, ", ", |at, _| format!("column{at}"));
    format!("select * from unnest({arrays}) as u ({columns})")
}

/// `a, b`: what is said of each, with its number from 1.
fn joined<T>(all: &[T], between: &str, say: impl Fn(usize, &T) -> String) -> String {
    let said: Vec<String> = (1..).zip(all).map(|(at, one)| say(at, one)).collect();
    said.join(between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::database::cells;

    /// The text with the numbers of statements as they stand in it.
    fn text(known: &mut HashSet<Number>, groups: &[Group]) -> String {
        let mut message = Message::to(known);
        for group in groups {
            message.write(group).unwrap();
        }
        message.into_text()
    }

    #[test]
    fn a_statement_is_prepared_once_and_called_with_an_array_for_each_column() {
        let tail = " on conflict (x) do nothing";
        let insert = |into, tail| Deed::Insert { into, tail };
        let rows = vec![cells![1_i64, "m", vec![0_u8, 0xaf]], cells![2_i64, "n", vec![7_u8]]];
        let gone = Deed::Delete { table: "message_test", keys: &["x"] };
        let (keys, set) = (&["x", "y"], &["z"]);
        let changed = Deed::Update { table: "message_test", keys, set };
        let groups = [
            Group { deed: insert("message_test (x, y, z)", tail), rows },
            Group { deed: gone, rows: vec![cells![-3_i64]] },
            Group { deed: changed, rows: vec![cells![1_i64, "m", 4_i64]] },
            Group { deed: insert("message_test (x)", ""), rows: Vec::new() },
        ];
        let mut known = HashSet::new();
        let first = text(&mut known, &groups);
        let [a, b, c] =
            groups[..3].iter().map(|group| number_of(&statement(group))).collect::<Vec<_>>()[..]
        else {
            unreachable!("there are two")
        };
        let calls = [
            format!(
                "execute spartito_{a}('{{1,2}}','{{\"m\",\"n\"}}','{{\"\\\\x00af\",\"\\\\x07\"}}');"
            ),
            format!("execute spartito_{b}('{{-3}}');"),
            format!("execute spartito_{c}('{{1}}','{{\"m\"}}','{{4}}');"),
        ];
        let prepared = [
            format!(
                "prepare spartito_{a} as insert into message_test (x, y, z) select * from \
                 unnest($1::bigint[], $2::text[], $3::bytea[]) as u (column1, column2, column3) \
                 on conflict (x) do nothing;"
            ),
            format!(
                "prepare spartito_{b} as delete from message_test where (x) in (select * from \
                 unnest($1::bigint[]) as u (column1));"
            ),
            format!(
                "prepare spartito_{c} as update message_test set z = v.column3 from (select * from \
                 unnest($1::bigint[], $2::text[], $3::bigint[]) as u (column1, column2, column3)) \
                 as v where message_test.x = v.column1 and message_test.y = v.column2;"
            ),
        ];
        assert_eq!(
            first,
            prepared
                .iter()
                .zip(&calls)
                .map(|(made, call)| format!("{made}{call}"))
                .collect::<String>()
        );
        assert_eq!(text(&mut known, &groups), calls.concat());
    }

    #[test]
    fn no_value_ends_its_text() {
        let mut written = String::new();
        for value in ["it's", "\"", "\\", "{a,b}", "null", "\u{1f600}\n$1;--"] {
            element(&mut written, &Cell::from(value)).unwrap();
        }
        assert_eq!(written, "\"it''s\"\"\\\"\"\"\\\\\"\"{a,b}\"\"null\"\"\u{1f600}\n$1;--\"");
        written.clear();
        element(&mut written, &Cell::from(None::<String>)).unwrap();
        element(&mut written, &Cell::from(None::<i64>)).unwrap();
        assert_eq!(written, "nullnull");
        assert!(matches!(element(&mut written, &Cell::from("a\0b")), Err(StoreError::Refused(_))));
    }
}
