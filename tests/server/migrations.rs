//! A server is killed in the midst of each step of its first start on a database: the layout is what
//! it was before that step, and the next start goes on from there.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::databases::{on_postgres, sqlite};
use crate::nodes::{database, until};
use crate::process::{DEADLINE, Place, Server, acknowledged, free_address};

/// The versions of the layout, in order.
fn versions(database: &str) -> Vec<i64> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
    let mut versions: Vec<i64> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.split('_').next().unwrap().parse().unwrap())
        .collect();
    versions.sort_unstable();
    versions
}

/// Starts a server, waits until `is_stuck`, and kills it.
async fn kill_when<F: Future<Output = bool>>(place: &Place, is_stuck: impl Fn() -> F) {
    let mut command = place.command(free_address());
    let mut server = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("it is in the step", DEADLINE, is_stuck).await;
    server.kill().unwrap();
    server.wait().unwrap();
}

async fn assert_works(place: &Place) {
    let server = Server::start(place).await;
    let list = acknowledged(server.call("GET", "/process-instances")).await.expect("a list");
    assert_eq!(list["items"].as_array().map(Vec::len), Some(0));
}

/// What the migrator keeps, with something that holds up a step at its end.
const BOOK: &str = "create table _sqlx_migrations (version bigint primary key, \
    description text not null, installed_on timestamp not null default current_timestamp, \
    success boolean not null, checksum blob not null, execution_time bigint not null)";

fn hold_up_file(connection: &Connection, version: i64) {
    connection.execute_batch("pragma journal_mode = wal").unwrap();
    connection.execute_batch(BOOK).unwrap();
    connection.execute_batch("create table holdup (n)").unwrap();
    for n in 0..200 {
        connection.execute("insert into holdup values (?1)", [n]).unwrap();
    }
    // Counts for centuries.
    let trigger = format!(
        "create trigger hold after insert on _sqlx_migrations when new.version = {version} begin \
         select count(*) from holdup a, holdup b, holdup c, holdup d, holdup e, holdup f \
         where a.n + b.n + c.n + d.n + e.n + f.n < 0; end"
    );
    connection.execute_batch(&trigger).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_108_a_server_that_is_killed_in_any_step_of_the_layout_goes_on_from_there() {
    for (at, version) in versions("sqlite").into_iter().enumerate() {
        let place = Place::new(sqlite(), free_address());
        let connection =
            Connection::open(place.settings().url.strip_prefix("sqlite:").unwrap()).unwrap();
        connection.busy_timeout(Duration::ZERO).unwrap();
        hold_up_file(&connection, version);
        let applied = || {
            let sql = "select count(*) from _sqlx_migrations";
            let count: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
            usize::try_from(count).unwrap()
        };
        let begun = Instant::now();
        let is_stuck = || async {
            // Somebody holds the file, for longer than any step takes.
            let is_held = connection.execute_batch("begin immediate; rollback").is_err();
            is_held && applied() == at && begun.elapsed() > Duration::from_millis(300)
        };
        kill_when(&place, is_stuck).await;
        assert_eq!(applied(), at, "the step was taken back whole");
        connection.execute_batch("drop trigger hold; drop table holdup").unwrap();
        assert_works(&place).await;
        assert_eq!(applied(), versions("sqlite").len());
        let sound: String =
            connection.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_108_the_same_on_postgresql() {
    for (at, version) in versions("postgres").into_iter().enumerate() {
        let Some(database) = database("case_108_the_same_on_postgresql") else { return };
        let place = Place::new(database, free_address());
        let url = place.settings().url.clone();
        let book = BOOK.replace("blob", "bytea").replace("timestamp", "timestamptz");
        on_postgres(&url, &book.replace("current_timestamptz", "current_timestamp"));
        let hold = format!(
            "create function hold() returns trigger language plpgsql as \
             $$ begin perform pg_sleep(3); return new; end $$; \
             create trigger hold after insert on _sqlx_migrations for each row \
             when (new.version = {version}) execute function hold()"
        );
        on_postgres(&url, &hold);
        let applied = || on_postgres(&url, "select count(*) from _sqlx_migrations");
        kill_when(&place, || async {
            let sleeps = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' \
                          and datname = current_database()";
            on_postgres(&url, sleeps) == "1"
        })
        .await;
        assert_eq!(applied(), at.to_string(), "the step is not made");
        // Waits for the lock of the trigger's table, that is, until the database has noticed.
        on_postgres(&url, "drop trigger hold on _sqlx_migrations");
        assert_eq!(applied(), at.to_string(), "the step was taken back whole");
        assert_works(&place).await;
        assert_eq!(applied(), versions("postgres").len().to_string());
    }
}
