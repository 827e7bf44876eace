//! The real server is killed without warning, again and again, at random moments, while clients
//! start instances, do tasks, publish messages and jobs call an outside system: what it acknowledged
//! is found afterwards, every open instance goes on, and the outside system sees one key per call.
//!
//! Ten kills per database here; `make chaos` makes 200.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use spartito::runtime::{Clock, SystemClock};
use spartito::store::Store;
use tokio::task::JoinHandle;

use crate::databases::{TestDatabase, on_every_database, on_postgres};
use crate::models;
use crate::process::{DEADLINE, Place, Server, acknowledged, free_address, keys};
use crate::recount;

/// Kills where `SPARTITO_KILLS` does not say how many.
const KILLS: u64 = 10;
/// How long a server works at most before it is killed, after its first answer, in milliseconds.
const LIFE_MS_MAX: u64 = 900;
/// Every so many rounds a server is killed while it starts, and the file is looked at right after.
const ROUNDS_PER_KILL_AT_START: u64 = 5;
/// Of each kind of client.
const CLIENTS: u64 = 2;

/// Numbers that look random; the same for the same seed.
#[derive(Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}

/// A number out of the environment.
fn given(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// What was asked and what was acknowledged.
#[derive(Default)]
pub struct Facts {
    /// Orders of acknowledged starts, by instance.
    pub started: BTreeMap<String, String>,
    /// Tasks whose completion was acknowledged.
    completed: BTreeSet<String>,
    /// Orders of which the message was acknowledged.
    pub paid: BTreeSet<String>,
    /// Answers that the server is too busy, or has not its database.
    refused: u64,
}

/// An outside system: does what it is asked once per key, is slow, and loses some answers.
#[derive(Default)]
pub struct Sink {
    calls: u64,
    /// Calls by key, by order.
    orders: BTreeMap<String, BTreeMap<String, u64>>,
}

pub type Shared<T> = Arc<Mutex<T>>;

pub fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap()
}

async fn pay(
    State(sink): State<Shared<Sink>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let order = body["order"].as_str().unwrap().to_owned();
    let number = {
        let mut sink = lock(&sink);
        sink.calls += 1;
        *sink.orders.entry(order).or_default().entry(key).or_default() += 1;
        sink.calls
    };
    // Long enough for some calls to be under way when the server dies.
    tokio::time::sleep(Duration::from_millis(10 + number * 7 % 50)).await;
    if number.is_multiple_of(10) {
        return (StatusCode::SERVICE_UNAVAILABLE, "{}");
    }
    (StatusCode::OK, "{\"paid\": true}")
}

pub async fn start_sink() -> (Shared<Sink>, SocketAddr) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sink: Shared<Sink> = Arc::default();
    let app = Router::new().route("/payments", post(pay)).with_state(Arc::clone(&sink));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (sink, address)
}

/// A call to the outside, a timer, a task for a person, a message, and what follows by `flows`.
pub fn model(then: &str, flows: &[&str]) -> String {
    let message = "<bpmn:message id=\"payment\" name=\"paid\"><bpmn:extensionElements>\
        <zeebe:subscription correlationKey=\"=order\"/></bpmn:extensionElements></bpmn:message>";
    let call = "<bpmn:serviceTask id=\"pay\" name=\"Pay\"><bpmn:extensionElements>\
        <zeebe:taskDefinition type=\"http\" retries=\"50\" /><zeebe:ioMapping>\
        <zeebe:input source=\"sandbox\" target=\"connection\" />\
        <zeebe:input source=\"/payments\" target=\"url\" />\
        <zeebe:input source=\"={order: order}\" target=\"body\" />\
        </zeebe:ioMapping><zeebe:taskHeaders>\
        <zeebe:header key=\"resultExpression\" value=\"={paid: response.body.paid}\" />\
        <zeebe:header key=\"retryBackoff\" value=\"PT0.2S\" /></zeebe:taskHeaders>\
        </bpmn:extensionElements></bpmn:serviceTask>";
    let timer = models::timer("timeDuration", "PT0.1S");
    let nodes = format!(
        "<bpmn:startEvent id=\"s\"/>{call}\
         <bpmn:intermediateCatchEvent id=\"rest\">{timer}</bpmn:intermediateCatchEvent>{}\
         <bpmn:intermediateCatchEvent id=\"wait\"><bpmn:messageEventDefinition messageRef=\"payment\"/>\
         </bpmn:intermediateCatchEvent>{then}<bpmn:endEvent id=\"e\"/>",
        models::user_task("check", "Check", "clerks")
    );
    let first: &[&str] = &["s pay", "pay rest", "rest check", "check wait"];
    models::shaped("paid", message, &nodes, &[first, flows].concat())
}

/// What came of a request.
enum Answer {
    /// It was acknowledged.
    Yes(Value),
    /// It does not fit: another client was faster, or it was done before.
    No,
    /// Nobody answered, or not now: whether it was done is not known.
    Unknown,
}

pub struct Client {
    server: Arc<Server>,
    facts: Shared<Facts>,
    /// Which round, and which client in it.
    name: String,
    dice: Dice,
}

impl Client {
    async fn ask(&self, request: RequestBuilder) -> Answer {
        let Ok(response) = request.send().await else { return Answer::Unknown };
        let status = response.status();
        let Ok(text) = response.text().await else { return Answer::Unknown };
        match status.as_u16() {
            200..=299 => Answer::Yes(serde_json::from_str(&text).unwrap_or(Value::Null)),
            404 | 409 => Answer::No,
            429 | 503 => {
                lock(&self.facts).refused += 1;
                Answer::Unknown
            }
            _ => panic!("{status}: {text}"),
        }
    }

    fn is_gone(&self) -> bool {
        std::net::TcpStream::connect(self.server.address).is_err()
    }

    /// Starts instances, each for an order of its own.
    async fn start(self) {
        for number in 0_u64.. {
            let order = format!("{}-{number}", self.name);
            let start = json!({
                "processDefinitionId": "paid", "businessKey": order, "variables": { "order": order },
            });
            let request = self.server.call("POST", "/process-instances").json(&start);
            match self.ask(request).await {
                Answer::Yes(started) => {
                    let key = started["processInstanceKey"].as_str().unwrap().to_owned();
                    lock(&self.facts).started.insert(key, order);
                }
                Answer::No => panic!("a start is refused"),
                Answer::Unknown if self.is_gone() => return,
                Answer::Unknown => {}
            }
        }
    }

    /// Claims and completes tasks.
    async fn work(mut self) {
        loop {
            let mut tasks = Vec::new();
            for view in ["mine", "groups"] {
                let search = json!({ "filter": { "view": view } });
                let request = self.server.call("POST", "/user-tasks/search").json(&search);
                if let Answer::Yes(page) = self.ask(request).await {
                    tasks.extend(keys(&page, "userTaskKey"));
                }
            }
            if tasks.is_empty() {
                if self.is_gone() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            }
            let pick = self.dice.below(tasks.len() as u64);
            let task = &tasks[usize::try_from(pick).unwrap()];
            self.ask(self.server.call("POST", &format!("/user-tasks/{task}/assignment"))).await;
            let completion = self.server.call("POST", &format!("/user-tasks/{task}/completion"));
            if let Answer::Yes(_) = self.ask(completion.json(&json!({}))).await {
                let is_new = lock(&self.facts).completed.insert(task.clone());
                assert!(is_new, "{task} was completed twice");
            }
        }
    }

    /// Publishes a message for each order, at any time in its life; one that was not answered is
    /// sent again under the same id.
    async fn publish(mut self) {
        loop {
            let open: Vec<String> = {
                let facts = lock(&self.facts);
                let orders = facts.started.values().filter(|order| !facts.paid.contains(*order));
                orders.cloned().collect()
            };
            if open.is_empty() {
                if self.is_gone() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            }
            let pick = self.dice.below(open.len() as u64);
            let order = &open[usize::try_from(pick).unwrap()];
            match self.ask(message(&self.server, order)).await {
                Answer::Yes(_) | Answer::No => drop(lock(&self.facts).paid.insert(order.clone())),
                Answer::Unknown if self.is_gone() => return,
                Answer::Unknown => {}
            }
        }
    }
}

/// The message that an order is paid; asked again, it is the same one.
pub fn message(server: &Server, order: &str) -> RequestBuilder {
    let message = json!({
        "name": "paid", "correlationKey": order, "messageId": order, "timeToLive": "P1D",
    });
    server.call("POST", "/messages").json(&message)
}

/// Lets clients work with a server as long as it is there.
pub fn set_to_work(server: &Arc<Server>, facts: &Shared<Facts>, round: u64) -> Vec<JoinHandle<()>> {
    let mut clients = Vec::new();
    for n in 0..CLIENTS {
        let client = |kind: u64| Client {
            server: Arc::clone(server),
            facts: Arc::clone(facts),
            name: format!("{round}-{n}"),
            dice: Dice(round * 64 + n * 8 + kind + 1),
        };
        clients.push(tokio::spawn(client(0).start()));
        clients.push(tokio::spawn(client(1).work()));
        clients.push(tokio::spawn(client(2).publish()));
    }
    clients
}

/// Lets clients work with a server for a while, and kills it.
async fn round(place: &Place, facts: &Shared<Facts>, number: u64, dice: &mut Dice) {
    let server = Arc::new(Server::start(place).await);
    let before = lock(facts).started.len();
    let clients = set_to_work(&server, facts, number);
    let deadline = Instant::now() + DEADLINE;
    while lock(facts).started.len() == before {
        assert!(Instant::now() < deadline, "nothing is going on: {}", place.log());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_micros(dice.below(LIFE_MS_MAX * 1_000))).await;
    server.signal("KILL");
    for client in clients {
        client.await.expect("only the connection breaks");
    }
}

/// Kills a server while it starts.
async fn kill_at_start(place: &Place, dice: &mut Dice) {
    let mut command = place.command(free_address());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    tokio::time::sleep(Duration::from_micros(dice.below(400_000))).await;
    child.kill().unwrap();
    child.wait().unwrap();
}

/// All instances: order and state by key.
async fn instances(server: &Server) -> BTreeMap<String, (String, String)> {
    let mut all = BTreeMap::new();
    let mut after = String::new();
    loop {
        let path = format!("/process-instances?processDefinitionId=paid{after}");
        let page = acknowledged(server.call("GET", &path)).await.expect("a list");
        for item in page["items"].as_array().unwrap() {
            let text = |name: &str| item[name].as_str().unwrap().to_owned();
            all.insert(text("processInstanceKey"), (text("businessKey"), text("state")));
        }
        match page["page"]["endCursor"].as_str() {
            Some(cursor) => after = format!("&after={cursor}"),
            None => return all,
        }
    }
}

/// Finishes what is open: does the tasks, and publishes the messages that were not acknowledged. Gives
/// all instances when there is nothing left to do.
async fn finish(server: &Server, facts: &Shared<Facts>) -> BTreeMap<String, (String, String)> {
    for (order, _) in instances(server).await.into_values() {
        if !lock(facts).paid.contains(&order) {
            // 409 where it was taken and nobody was told.
            acknowledged(message(server, &order)).await;
        }
    }
    let mut last = (usize::MAX, Instant::now());
    loop {
        for view in ["mine", "groups"] {
            let search = json!({ "filter": { "view": view } });
            let page = acknowledged(server.call("POST", "/user-tasks/search").json(&search)).await;
            for task in keys(&page.expect("a list"), "userTaskKey") {
                let path = format!("/user-tasks/{task}");
                acknowledged(server.call("POST", &format!("{path}/assignment"))).await;
                let completion = server.call("POST", &format!("{path}/completion"));
                acknowledged(completion.json(&json!({}))).await;
            }
        }
        let all = instances(server).await;
        let open = all.values().filter(|(_, state)| state != "COMPLETED").count();
        if open == 0 {
            return all;
        }
        if open < last.0 {
            last = (open, Instant::now());
        }
        assert!(last.1.elapsed() < DEADLINE, "{open} of {} do not go on", all.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The database's own check of all that it stores.
fn assert_sound(url: &str) {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return assert_sound_file(Path::new(path));
    }
    let indexes = "create extension if not exists amcheck; \
        select bt_index_check(index => i.indexrelid, heapallindexed => true) \
        from pg_index i join pg_class c on c.oid = i.indexrelid \
        join pg_am a on a.oid = c.relam and a.amname = 'btree' where i.indisvalid";
    on_postgres(url, indexes);
    let tables = "do $$ declare found record; begin \
        select c.relname, v.msg into found from pg_class c, verify_heapam(c.oid) v \
        where c.relkind = 'r' limit 1; \
        if found.msg is not null then raise exception '%: %', found.relname, found.msg; end if; \
        end $$";
    on_postgres(url, tables);
}

fn assert_sound_file(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.busy_timeout(DEADLINE).unwrap();
    let found: String =
        connection.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
    let mut broken = connection.prepare("pragma foreign_key_check").unwrap();
    assert!(!broken.exists([]).unwrap(), "a reference leads nowhere");
}

/// What is found at the end.
struct Found {
    server: Server,
    /// Order and state of each instance.
    all: BTreeMap<String, (String, String)>,
    facts: Facts,
    sink: Shared<Sink>,
}

impl Found {
    /// Holds it against what was acknowledged, and says it in a line of a table.
    async fn settle(&self, database: &str, kills: u64) {
        let Self { server, all, facts, sink } = self;
        let orders: BTreeSet<&str> = all.values().map(|(order, _)| order.as_str()).collect();
        assert_eq!(orders.len(), all.len(), "no start was made twice");
        let mut found = facts.started.keys().filter(|key| all.contains_key(*key)).count();
        found += facts.paid.iter().filter(|order| orders.contains(order.as_str())).count();
        for task in &facts.completed {
            let path = format!("/user-tasks/{task}");
            let task = acknowledged(server.call("GET", &path)).await.expect("the task is known");
            found += usize::from(task["state"] == "COMPLETED");
        }
        let done = facts.started.len() + facts.paid.len() + facts.completed.len();
        let sink = lock(sink);
        let per_key = sink.orders.values().flat_map(BTreeMap::values);
        let again: u64 = per_key.map(|calls| calls - 1).sum();
        let other_key: usize = sink.orders.values().map(|keys| keys.len() - 1).sum();
        let unpaid = orders.iter().filter(|order| !sink.orders.contains_key(**order)).count();
        println!("\n{TABLE_HEAD}");
        println!(
            "{database:<10} | {kills:>5} | {:>9} | {done:>12} | {found:>6} | {:>4} | {:>10} | \
             {again:>14} | {other_key:>16} | {:>7}",
            all.len(),
            done - found,
            sink.calls,
            facts.refused,
        );
        assert_eq!(found, done, "what was acknowledged is found");
        assert_eq!((other_key, unpaid), (0, 0), "one key for each call, and none left out");
        assert_eq!(sink.orders.len(), all.len(), "no call for what was never started");
        assert!(facts.started.len() as u64 >= kills / 2, "something was going on");
    }
}

const TABLE_HEAD: &str = "database   | kills | instances | acknowledged | found  | lost | sink calls \
    | same key again | with another key | refused";

/// Deploys a model by a server that runs no more afterwards.
pub async fn deploy(place: &Place, model: String) {
    let server = Server::start(place).await;
    let deploy = server.call("POST", "/deployments?fileName=model.bpmn");
    let deploy = deploy.header("content-type", "application/xml").body(model);
    acknowledged(deploy).await.expect("the model is deployed");
}

async fn kill_again_and_again(database: TestDatabase) {
    let (kills, seed) = (given("SPARTITO_KILLS", KILLS), given("SPARTITO_SEED", 0x5EED));
    let (sink, address) = start_sink().await;
    let place = Place::new(database, address);
    deploy(&place, model("", &["wait e"])).await;
    let (facts, mut dice): (Shared<Facts>, Dice) = (Arc::default(), Dice(seed | 1));
    for number in 1..=kills {
        if number % ROUNDS_PER_KILL_AT_START == 0 {
            kill_at_start(&place, &mut dice).await;
            assert_sound(&place.settings().url);
        } else {
            round(&place, &facts, number, &mut dice).await;
        }
    }
    settle(&place, &facts, sink, kills).await;
    println!("its seed was {seed}");
}

/// Lets all come to its end, and holds what is found against what was acknowledged and called.
pub async fn settle(place: &Place, facts: &Shared<Facts>, sink: Shared<Sink>, kills: u64) {
    let server = Server::start(place).await;
    let all = finish(&server, facts).await;
    let facts = std::mem::take(&mut *lock(facts));
    let found = Found { server, all, facts, sink };
    let url = place.settings().url.clone();
    let name = if url.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
    found.settle(name, kills).await;
    drop(found);
    assert_sound(&url);
    let store = Store::open(place.settings()).await.unwrap();
    let recounted = recount::assert_counts(&store, SystemClock.now()).await;
    assert!(recounted.timers.is_empty(), "nothing is open");
    store.close().await;
    println!("{name}: sound; every count is what a recount finds");
}

#[test]
fn what_was_acknowledged_survives_every_kill_and_all_goes_on() {
    on_every_database("what_was_acknowledged_survives_every_kill", kill_again_and_again);
}
