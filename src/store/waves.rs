//! How a batch is written to PostgreSQL: in few statements, since each is a trip to the database and
//! back.
//!
//! What is written to different tables goes in one statement, a `with` of several. All parts of one
//! see the tables as they were before it, so what is written to the same table goes in as many,
//! in order; references between tables are looked at when a statement is over. Values are given as
//! one array for each column, so that the text says which tables are written and not how many rows,
//! and few different texts have to be prepared. Never knows a table by name.

use std::collections::HashMap;
use std::fmt::Write;

use super::database::Cell;
use super::projection::Group;

/// A statement that writes to several tables.
pub(super) struct Wave {
    pub(super) sql: String,
    /// The value of each mark, in order.
    pub(super) columns: Vec<Column>,
}

/// The values of a column, one for each row.
#[derive(Debug, PartialEq)]
pub(super) enum Column {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Blob(Vec<Vec<u8>>),
}

impl Column {
    /// One without values, for those like `cell`.
    fn like(cell: &Cell) -> Self {
        match cell {
            Cell::Int(_) => Self::Int(Vec::new()),
            Cell::Text(_) => Self::Text(Vec::new()),
            Cell::Blob(_) => Self::Blob(Vec::new()),
        }
    }

    fn push(&mut self, cell: Cell) {
        match (self, cell) {
            (Self::Int(values), Cell::Int(value)) => values.push(value),
            (Self::Text(values), Cell::Text(value)) => values.push(value),
            (Self::Blob(values), Cell::Blob(value)) => values.push(value),
            (Self::Int(_) | Self::Text(_) | Self::Blob(_), cell) => {
                panic!("{cell:?} stands among values of another type")
            }
        }
    }

    /// What the database calls an array of them.
    fn array(&self) -> &'static str {
        match self {
            Self::Int(_) => "bigint[]",
            Self::Text(_) => "text[]",
            Self::Blob(_) => "bytea[]",
        }
    }
}

/// The statements that write the rows of `groups`.
pub(super) fn waves(groups: Vec<Group>) -> Vec<Wave> {
    let mut parts: Vec<Vec<String>> = Vec::new();
    let mut waves: Vec<Vec<Column>> = Vec::new();
    let mut next: HashMap<&'static str, usize> = HashMap::new();
    for group in groups.into_iter().filter(|group| !group.rows.is_empty()) {
        let at = next.entry(table(group.head)).or_default();
        if *at == waves.len() {
            waves.push(Vec::new());
            parts.push(Vec::new());
        }
        let columns = &mut waves[*at];
        let width = group.rows[0].len();
        let sql = statement(&group, columns.len());
        columns.extend(group.rows[0].iter().map(Column::like));
        let first = columns.len() - width;
        for row in group.rows {
            for (column, cell) in columns[first..].iter_mut().zip(row) {
                column.push(cell);
            }
        }
        parts[*at].push(sql);
        *at += 1;
    }
    parts
        .into_iter()
        .zip(waves)
        .map(|(parts, columns)| Wave { sql: together(parts), columns })
        .collect()
}

/// The table that a statement writes to: the word after `into`, `update` or `from`.
fn table(head: &'static str) -> &'static str {
    let mut words = head.split(' ');
    let verb = words.next();
    let table = if verb == Some("update") { words.next() } else { words.nth(1) };
    table.expect("a statement names its table")
}

/// The statement of a group, with marks after `before` others.
fn statement(group: &Group, before: usize) -> String {
    let Group { head, tail, rows } = group;
    let head = head.strip_suffix("values ").expect("rows follow");
    let mut sql = format!("{head}select * from unnest(");
    for (at, cell) in rows[0].iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let array = Column::like(cell).array();
        write!(sql, "{comma}${}::{array}", before + at + 1).expect("a String takes all");
    }
    sql.push_str(") as u (");
    for at in 1..=rows[0].len() {
        let comma = if at == 1 { "" } else { ", " };
        write!(sql, "{comma}column{at}").expect("a String takes all");
    }
    sql.push(')');
    sql.push_str(tail);
    sql
}

/// One statement of several.
fn together(mut parts: Vec<String>) -> String {
    let last = parts.pop().expect("a wave writes something");
    let mut sql = String::new();
    for (at, part) in parts.iter().enumerate() {
        let with = if at == 0 { "with" } else { ", " };
        write!(sql, "{with} w{at} as ({part})").expect("a String takes all");
    }
    if !sql.is_empty() {
        sql.push(' ');
    }
    sql.push_str(&last);
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::database::cells;

    fn group(head: &'static str, tail: &'static str, rows: Vec<Vec<Cell>>) -> Group {
        Group { head, tail, rows }
    }

    #[test]
    fn what_goes_to_one_table_stays_in_order_and_the_rest_goes_together() {
        let waves = waves(vec![
            group("insert into a (x, y) values ", "", vec![cells![1_i64, "m"], cells![2_i64, "n"]]),
            group("delete from b where (x) in (values ", ")", vec![cells![3_i64]]),
            group("insert into c (x) values ", "", Vec::new()),
            group(
                "insert into b (x, z) values ",
                " on conflict (x) do nothing",
                vec![cells![4_i64, vec![7_u8]]],
            ),
            group(
                "update a set y = v.column2 from (values ",
                ") as v where a.x = v.column1",
                vec![cells![1_i64, None::<String>]],
            ),
        ]);
        let texts: Vec<&str> = waves.iter().map(|wave| wave.sql.as_str()).collect();
        assert_eq!(
            texts,
            [
                "with w0 as (insert into a (x, y) select * from unnest($1::bigint[], $2::text[]) \
             as u (column1, column2)) \
             delete from b where (x) in (select * from unnest($3::bigint[]) as u (column1))",
                "with w0 as (insert into b (x, z) select * from unnest($1::bigint[], $2::bytea[]) \
             as u (column1, column2) on conflict (x) do nothing) \
             update a set y = v.column2 from (select * from unnest($3::bigint[], $4::text[]) \
             as u (column1, column2)) as v where a.x = v.column1",
            ]
        );
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            waves[0].columns,
            [
                Column::Int(vec![Some(1), Some(2)]),
                Column::Text(vec![text("m"), text("n")]),
                Column::Int(vec![Some(3)]),
            ]
        );
        assert_eq!(waves[1].columns[3], Column::Text(vec![None]));
    }
}
