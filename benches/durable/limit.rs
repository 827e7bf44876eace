//! What SQLite itself can do on this disk: rows in the shape of model B (an instance, a task and 12
//! rows of history, in two transactions), without an engine, with prepared statements, so many
//! instances per commit.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::{Folder, cpu_seconds, load};

/// How long the rows are written.
const TIME: Duration = Duration::from_secs(4);
/// Rows of history of the first transaction, and of the second.
const HISTORY: (i64, i64) = (9, 3);

const LAYOUT: &str = "
    create table event (sequence integer primary key, instance integer not null,
        kind integer not null, at integer not null, body text not null);
    create index event_of_instance on event (instance, sequence);
    create table instance (id integer primary key, definition integer, status integer,
        variables text, at integer);
    create index instance_by_status on instance (status, at);
    create table task (id integer primary key, instance integer, status integer, assignee text,
        at integer);
    create index task_by_status on task (status, assignee, at);";
const NEW_EVENT: &str = "insert into event (instance, kind, at, body) values ($1, $2, $3, $4)";
const NEW_INSTANCE: &str = "insert into instance values ($1, 1, 0, $2, 0)";
const END_INSTANCE: &str = "update instance set status = 1, variables = $1 where id = $2";
const NEW_TASK: &str = "insert into task values ($1, $1, 0, $2, 0)";
const END_TASK: &str = "update task set status = 1 where id = $1";

/// Prints one line of JSON.
pub fn run(group: i64, synchronous: &str) {
    let folder = Folder::new();
    let (begin, cpu) = (Instant::now(), cpu_seconds());
    let instances = write(&folder.0.join("limit.db"), group, synchronous).expect("SQLite writes");
    let (wall, cpu) = (begin.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let count = instances as f64;
    println!(
        r#"{{"engine": "SQLite", "scenario": "B shaped rows", "sync": "{synchronous}", "group": {group}, "n": {instances}, "inst_per_s": {:.1}, "inst_per_cpu_s": {:.1}, "load1": {}}}"#,
        count / wall,
        count / cpu,
        load()
    );
}

fn write(path: &Path, group: i64, synchronous: &str) -> rusqlite::Result<i64> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.execute_batch(LAYOUT)?;
    let [mut event, mut new_instance, mut end_instance, mut new_task, mut end_task] = [
        connection.prepare(NEW_EVENT)?,
        connection.prepare(NEW_INSTANCE)?,
        connection.prepare(END_INSTANCE)?,
        connection.prepare(NEW_TASK)?,
        connection.prepare(END_TASK)?,
    ];
    let (body, variables) = (format!(r#"{{"k":"{}"}}"#, "x".repeat(170)), "y".repeat(480));
    let begin = Instant::now();
    let mut last = 0;
    while begin.elapsed() < TIME {
        let ids = last + 1..=last + group;
        last += group;
        connection.execute_batch("begin immediate")?;
        for id in ids.clone() {
            new_instance.execute(params![id, variables])?;
            for kind in 0..HISTORY.0 {
                event.execute(params![id, kind, 0, body])?;
            }
            new_task.execute(params![id, format!("u{}", id % 50)])?;
        }
        connection.execute_batch("commit; begin immediate")?;
        for id in ids {
            end_task.execute(params![id])?;
            for kind in 0..HISTORY.1 {
                event.execute(params![id, kind, 0, body])?;
            }
            end_instance.execute(params![variables, id])?;
        }
        connection.execute_batch("commit")?;
    }
    Ok(last)
}
