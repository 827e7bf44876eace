//! A server starts again at once, however many instances are open: a start reads what is needed to
//! begin with, and no list of all there is.
//!
//! Few instances here; `make chaos` has 1,000,000 (`SPARTITO_OPEN`) and holds the start to 2 s. Of
//! several starts the fastest counts: whatever else the machine does makes a start slower, never faster.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::databases::sqlite;
use crate::models::{self, timer, user_task};
use crate::nodes::until;
use crate::process::{DEADLINE, Place, Server, acknowledged, free_address, keys};

/// Instances that are started; all others are made of them.
const STARTED: u64 = 62;
/// Open instances where `SPARTITO_OPEN` does not say how many.
const OPEN: u64 = 496;
/// Time from the start of the process to its first answer, for a million.
const READY_MAX: Duration = Duration::from_secs(2);
/// How many times as long as with few instances a start takes at most with many.
const SLOWER_MAX: u32 = 3;
/// Starts that are measured each time.
const STARTS: usize = 5;
/// Between the identities of an instance and its copy: ten minutes, longer than the starts take.
const APART: i64 = 600_000 << 22;

/// Is tried again after a day.
const SHIP: &str = "<bpmn:serviceTask id=\"ship\" name=\"Ship\"><bpmn:extensionElements>\
    <zeebe:taskDefinition type=\"http\" retries=\"5\" /><zeebe:ioMapping>\
    <zeebe:input source=\"sandbox\" target=\"connection\" />\
    <zeebe:input source=\"/payments\" target=\"url\" /></zeebe:ioMapping><zeebe:taskHeaders>\
    <zeebe:header key=\"retryBackoff\" value=\"PT23H\" /></zeebe:taskHeaders>\
    </bpmn:extensionElements></bpmn:serviceTask>";

/// Waits for a person, a moment, a message, and for a system that is not there.
fn model() -> String {
    let message = "<bpmn:message id=\"paid\" name=\"paid\"><bpmn:extensionElements>\
        <zeebe:subscription correlationKey=\"=order\"/></bpmn:extensionElements></bpmn:message>";
    let nodes = format!(
        "<bpmn:startEvent id=\"s\"/><bpmn:parallelGateway id=\"fork\"/>\
         <bpmn:parallelGateway id=\"join\"/><bpmn:endEvent id=\"e\"/>{}{}\
         <bpmn:intermediateCatchEvent id=\"rest\">{}</bpmn:intermediateCatchEvent>\
         <bpmn:intermediateCatchEvent id=\"wait\"><bpmn:messageEventDefinition messageRef=\"paid\"/>\
         </bpmn:intermediateCatchEvent>",
        user_task("check", "Check", "clerks"),
        SHIP,
        timer("timeDuration", "P300D"),
    );
    let flows = [
        "s fork",
        "fork check",
        "fork ship",
        "fork rest",
        "fork wait",
        "check join",
        "ship join",
        "rest join",
        "wait join",
        "join e",
    ];
    models::shaped("open", message, &nodes, &flows)
}

/// Makes the instances of the file more by copying them, `times` times twofold.
fn double(file: &PathBuf, times: u32) {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.execute_batch("pragma synchronous = off; pragma cache_size = -200000").unwrap();
    connection
        .execute_batch("pragma foreign_keys = off; pragma wal_autocheckpoint = 100000")
        .unwrap();
    for round in 0..times {
        connection.execute_batch("begin").unwrap();
        let apart = APART << round;
        for table in tables(&connection) {
            let columns = columns(&connection, &table);
            if !columns.iter().any(|name| name == "instance") && table != "instances" {
                continue;
            }
            let copied: Vec<String> = columns
                .iter()
                .map(|name| match (table.as_str(), name.as_str()) {
                    (_, "instance") | ("instances", "id") => format!("{name} + {apart}"),
                    (_, "command_id") => "randomblob(16)".to_owned(),
                    (_, "sequence") => {
                        format!("sequence + (select max(sequence) from {table})")
                    }
                    _ => name.clone(),
                })
                .collect();
            let sql = format!(
                "insert into {table} ({}) select {} from {table} order by 1",
                columns.join(", "),
                copied.join(", ")
            );
            connection.execute_batch(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        connection.execute_batch("update counters set n = n * 2; commit").unwrap();
    }
    connection.execute_batch("pragma wal_checkpoint(truncate)").unwrap();
}

fn tables(connection: &rusqlite::Connection) -> Vec<String> {
    let sql = "select name from sqlite_schema where type = 'table' and name not like '\\_%' \
               escape '\\' and name not like 'sqlite%'";
    let mut found = connection.prepare(sql).unwrap();
    found.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn columns(connection: &rusqlite::Connection, table: &str) -> Vec<String> {
    let mut found = connection.prepare("select name from pragma_table_info(?1)").unwrap();
    found.query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// A process that is killed when it is dropped.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server and gives how long it took until it answered.
async fn time_to_ready(mut command: Command, address: std::net::SocketAddr) -> (Started, Duration) {
    let begun = Instant::now();
    let server = Started(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    loop {
        let answer = client.get(format!("http://{address}/healthz")).send().await;
        if answer.is_ok_and(|answer| answer.status() == 200) {
            return (server, begun.elapsed());
        }
        assert!(begun.elapsed() < DEADLINE, "it never answers");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// How long several starts take, one after the other.
async fn times_to_ready(place: &Place) -> Vec<Duration> {
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let address = free_address();
        let (server, time) = time_to_ready(place.command(address), address).await;
        drop(server);
        took.push(time);
    }
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_with_many_open_instances_is_ready_at_once() {
    let given = std::env::var("SPARTITO_OPEN").ok();
    let open = given.as_ref().map_or(OPEN, |text| text.parse().expect("a number"));
    let place = Place::new(sqlite(), free_address());
    let server = Server::start(&place).await;
    let deploy = server.call("POST", "/deployments?fileName=open.bpmn");
    let deploy = deploy.header("content-type", "application/xml").body(model());
    acknowledged(deploy).await.expect("the model is deployed");
    for n in 0..STARTED {
        let start = json!({ "processDefinitionId": "open", "variables": { "order": n } });
        let start = server.call("POST", "/process-instances").json(&start);
        acknowledged(start).await.expect("it is started");
    }
    let failed = || place.log().matches("an attempt failed").count() as u64;
    until("all are tried", DEADLINE, || async { failed() >= STARTED }).await;
    drop(server);
    let file = PathBuf::from(place.settings().url.strip_prefix("sqlite:").unwrap());
    let with_few = times_to_ready(&place).await;
    let times = (open / STARTED).next_power_of_two().trailing_zeros();
    double(&file, times);
    let open = STARTED << times;
    let mut took = times_to_ready(&place).await;
    let server = Server::start(&place).await;
    // It works with what is there, and is killed in the midst of it.
    let search = json!({ "filter": { "view": "groups" } });
    let page = acknowledged(server.call("POST", "/user-tasks/search").json(&search)).await;
    for task in keys(&page.expect("a list"), "userTaskKey").iter().take(20) {
        acknowledged(server.call("POST", &format!("/user-tasks/{task}/assignment"))).await;
    }
    server.signal("KILL");
    drop(server);
    let address = free_address();
    let (_server, time) = time_to_ready(place.command(address), address).await;
    took.push(time);
    let bytes = std::fs::metadata(&file).unwrap().len() >> 20;
    println!("{open} open instances ({bytes} MiB): ready after {took:?}; with few {with_few:?}");
    let (fastest, with_few) = (took.iter().min().unwrap(), with_few.iter().min().unwrap());
    assert!(*fastest <= *with_few * SLOWER_MAX, "{fastest:?}, with few {with_few:?}");
    if given.is_some() {
        assert!(*fastest < READY_MAX, "{took:?}");
    }
}
