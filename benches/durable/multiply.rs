//! Many rows from few: instances that the runtime has made are copied in the database under ids of
//! their own, with all their rows, so that a million of them is there within minutes.
//!
//! What is copied is what the runtime has written, but for the ids of instances and commands; the
//! blobs of the journal say the id of the instance that they were made for, which no measure reads.
//! Counters and sketches are raised by as much as the copies count; those of open tasks are raised by
//! the triggers of the database.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, params};

/// Tables of which an instance has rows, each with the column of its id.
const TABLES: [(&str, &str); 5] = [
    ("instances", "id"),
    ("journal", "instance"),
    ("elements", "instance"),
    ("user_tasks", "instance"),
    ("task_candidates", "instance"),
];
/// Copies of the whole sample that one transaction writes.
const TIMES_AT_ONCE: u64 = 200;
/// Ids of copies are below this, those that the runtime makes above.
const COPIES_BELOW: i64 = 1 << 40;

/// Tables that say how much there is, with their keys.
const SUMS: [(&str, &str); 2] = [
    ("counters", "definition, day, kind, node, committer"),
    ("sketches", "definition, node, day, bucket, committer"),
];

/// Sums by table and row.
type Sums = BTreeMap<(usize, String), i64>;

/// What was there before the instances that are to be copied.
pub struct Sample {
    sums: Sums,
    last: i64,
}

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("the database opens");
    let settings = "pragma synchronous = off; pragma cache_size = -1000000; \
                    pragma foreign_keys = off;";
    connection.execute_batch(settings).expect("settings");
    connection
}

fn sums(connection: &Connection) -> Sums {
    let mut found = Sums::new();
    for (at, (table, key)) in SUMS.iter().enumerate() {
        let sql = format!("select json_array({key}), n from {table}");
        let mut statement = connection.prepare(&sql).expect("a statement");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        for row in rows {
            let (key, n) = row.expect("a row");
            found.insert((at, key), n);
        }
    }
    found
}

impl Sample {
    /// Begins one: what the runtime makes from now on is copied.
    pub fn begin(path: &Path) -> Self {
        let connection = open(path);
        let sql = "select coalesce(max(id), 0) from instances";
        let last = connection.query_row(sql, [], |row| row.get(0)).expect("a row");
        Self { sums: sums(&connection), last }
    }

    /// Copies what was made since so often; the runtime is stopped.
    pub fn multiply(self, path: &Path, times: u64) {
        let mut connection = open(path);
        let source = "create temp table source as \
                      select id, row_number() over (order by id) - 1 as at \
                      from instances where id > ?1";
        connection.execute(source, [self.last]).expect("a sample");
        let size: i64 =
            connection.query_row("select count(*) from source", [], |row| row.get(0)).expect("n");
        let sql = "select coalesce(max(id), 0) + 1 from instances where id < ?1";
        let base: i64 = connection.query_row(sql, [COPIES_BELOW], |row| row.get(0)).expect("an id");
        let statements: Vec<String> =
            TABLES.iter().map(|(table, key)| statement(&connection, table, key)).collect();
        for first in (0..times).step_by(usize::try_from(TIMES_AT_ONCE).expect("few")) {
            let tx = connection.transaction().expect("a transaction");
            let end = times.min(first + TIMES_AT_ONCE);
            let bounds = (i64::try_from(first).expect("few"), i64::try_from(end).expect("few"));
            for sql in &statements {
                tx.execute(sql, params![base, size, bounds.0, bounds.1]).expect("rows");
            }
            tx.commit().expect("it is committed");
        }
        self.raise(&connection, i64::try_from(times).expect("few"));
        connection.execute_batch("pragma wal_checkpoint(truncate)").expect("a checkpoint");
    }

    /// Adds to every sum what the copies count.
    fn raise(&self, connection: &Connection, times: i64) {
        for ((at, key), n) in sums(connection) {
            let before = self.sums.get(&(at, key.clone())).copied().unwrap_or(0);
            let (table, columns) = SUMS[at];
            let sql = format!("update {table} set n = n + ?2 where json_array({columns}) = ?1");
            connection.execute(&sql, params![key, (n - before) * times]).expect("a sum");
        }
    }
}

/// Copies the rows of one table: ?1 first id, ?2 size of the sample, ?3 and ?4 which copies.
fn statement(connection: &Connection, table: &str, key: &str) -> String {
    let sql = format!("select name from pragma_table_info('{table}')");
    let mut columns = connection.prepare(&sql).expect("a statement");
    let columns: Vec<String> = columns
        .query_map([], |row| row.get(0))
        .expect("columns")
        .map(Result::unwrap)
        .filter(|name| name != "sequence")
        .collect();
    let values: Vec<String> = columns
        .iter()
        .map(|name| match name.as_str() {
            name if name == key => "?1 + times.n * ?2 + source.at".to_owned(),
            "command_id" => "randomblob(16)".to_owned(),
            "business_key" => "printf('ORDER-%08d', ?1 + times.n * ?2 + source.at)".to_owned(),
            name => format!("t.{name}"),
        })
        .collect();
    format!(
        "insert into {table} ({}) \
         with recursive times (n) as (select ?3 union all select n + 1 from times where n + 1 < ?4) \
         select {} from times cross join source cross join {table} t on t.{key} = source.id",
        columns.join(", "),
        values.join(", ")
    )
}
