//! Several servers on one PostgreSQL: any of them takes any request, and what one has left that was
//! killed, paused or cut off is done by another; nothing that it decided before is written later.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use spartito::sandbox::{self, CallLog, SandboxSettings};
use spartito::store::{LEASE, NodeRow, Store};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::databases::{TestDatabase, postgres};
use crate::models::{self, timer, user_task};
use crate::process::{DEADLINE, Place, Server, acknowledged, free_address, keys};

/// Time in which a server that has gone is replaced.
const TAKE_OVER: Duration = Duration::from_secs(LEASE.as_secs() + 5);

/// A PostgreSQL database, or the word that the test is skipped.
pub fn database(test: &str) -> Option<TestDatabase> {
    let database = postgres();
    if database.is_none() {
        println!("SKIPPED, PostgreSQL is not installed: {test}");
    }
    database
}

pub async fn start_sandbox(delay_ms: u64) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut settings = SandboxSettings { seed: 7, ..SandboxSettings::default() };
    settings.control.delay_ms = delay_ms;
    tokio::spawn(sandbox::serve(listener, settings, std::future::pending()));
    address
}

fn pay() -> String {
    "<bpmn:serviceTask id=\"pay\" name=\"Pay\"><bpmn:extensionElements>\
     <zeebe:taskDefinition type=\"http\" retries=\"5\" /><zeebe:ioMapping>\
     <zeebe:input source=\"sandbox\" target=\"connection\" />\
     <zeebe:input source=\"/payments\" target=\"url\" />\
     <zeebe:input source=\"={reference: &quot;x&quot;, amount: 5}\" target=\"body\" />\
     </zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>\n"
        .to_owned()
}

pub fn wait(duration: &str) -> String {
    let timer = timer("timeDuration", duration);
    format!("<bpmn:intermediateCatchEvent id=\"wait\">{timer}</bpmn:intermediateCatchEvent>\n")
}

pub async fn deploy(server: &Server, xml: String) {
    let deploy = server.call("POST", "/deployments?fileName=model.bpmn");
    let deploy = deploy.header("content-type", "application/xml").body(xml);
    acknowledged(deploy).await.expect("the model is deployed");
}

async fn start(server: &Server, process: &str) -> String {
    let start = server.call("POST", "/process-instances");
    let started = acknowledged(start.json(&json!({ "processDefinitionId": process }))).await;
    started.expect("it starts")["processInstanceKey"].as_str().unwrap().to_owned()
}

async fn state(server: &Server, instance: &str) -> String {
    let row = acknowledged(server.call("GET", &format!("/process-instances/{instance}"))).await;
    row.expect("an instance")["state"].as_str().unwrap().to_owned()
}

async fn open_tasks(server: &Server) -> Vec<String> {
    let mut found = Vec::new();
    for view in ["mine", "groups"] {
        let search = json!({ "filter": { "view": view } });
        let page = acknowledged(server.call("POST", "/user-tasks/search").json(&search)).await;
        found.extend(keys(&page.expect("a list"), "userTaskKey"));
    }
    found
}

async fn complete(server: &Server, task: &str) {
    acknowledged(server.call("POST", &format!("/user-tasks/{task}/assignment"))).await;
    let completion = server.call("POST", &format!("/user-tasks/{task}/completion"));
    acknowledged(completion.json(&json!({}))).await.expect("it is completed");
}

/// Polls until `done` says so; how long that took.
pub async fn until<F: Future<Output = bool>>(
    what: &str,
    within: Duration,
    done: impl Fn() -> F,
) -> Duration {
    let begun = Instant::now();
    while !done().await {
        assert!(begun.elapsed() < within, "never within {within:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    begun.elapsed()
}

async fn all_completed(server: &Server, instances: &[String]) -> bool {
    for instance in instances {
        if state(server, instance).await != "COMPLETED" {
            return false;
        }
    }
    true
}

async fn calls(sandbox: SocketAddr) -> CallLog {
    let log = reqwest::get(format!("http://{sandbox}/calls")).await.unwrap();
    serde_json::from_str(&log.text().await.unwrap()).unwrap()
}

/// Each payment was made once, however often it was asked for.
fn assert_paid_once(log: &CallLog, payments: usize) {
    let mut by_key: BTreeMap<&str, u32> = BTreeMap::new();
    for call in &log.calls {
        *by_key.entry(call.idempotency_key.as_deref().expect("a key")).or_default() += 1;
    }
    println!("{} calls for {payments} payments", log.calls.len());
    assert_eq!(by_key.len(), payments, "always with the same key");
    assert_eq!(log.done["payments"] as usize, payments, "nothing is done twice");
}

/// The nodes as a server that only looks sees them.
async fn nodes(place: &Place) -> Vec<NodeRow> {
    let store = Store::open(place.settings()).await.unwrap();
    let own = store.committer();
    let nodes = store.nodes().await.unwrap();
    store.close().await;
    nodes.into_iter().filter(|node| node.seat != own).collect()
}

/// Hears of changes on a server until `count` have come; gives when each did.
async fn hear(server: &Server, topic: &str) -> tokio::sync::mpsc::UnboundedReceiver<Instant> {
    let path = format!("/stream?topic={topic}");
    let stream = server.call("GET", &path).timeout(Duration::from_mins(10));
    let mut stream = stream.send().await.unwrap();
    assert_eq!(stream.status(), 200);
    let (open, opened) = tokio::sync::oneshot::channel();
    let (told, heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut open = Some(open);
        while let Ok(Some(chunk)) = stream.chunk().await {
            let text = String::from_utf8_lossy(&chunk).into_owned();
            if text.contains("event: open")
                && let Some(open) = open.take()
            {
                let _ = open.send(());
            }
            if text.contains("event: changed") && told.send(Instant::now()).is_err() {
                return;
            }
        }
    });
    opened.await.unwrap();
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_server_takes_any_request_and_every_browser_sees_every_change() {
    let Some(database) = database("any_server_takes_any_request") else { return };
    let place = Place::new(database, start_sandbox(0).await);
    let a = Server::start(&place).await;
    let b = Server::start(&place).await;
    let c = Server::start(&place).await;
    deploy(&a, models::sequence("paid", &[pay(), user_task("check", "Check", "clerks")])).await;
    // Deployed on one, started on another, done on the third.
    let instance = start(&b, "paid").await;
    until("a task", DEADLINE, || async { open_tasks(&c).await.len() == 1 }).await;
    let task = open_tasks(&c).await.remove(0);
    complete(&c, &task).await;
    assert_eq!(state(&a, &instance).await, "COMPLETED");
    let mut heard = hear(&b, "tasks").await;
    deploy(&c, models::sequence("one", &[user_task("check", "Check", "clerks")])).await;
    let mut took = Vec::new();
    for _ in 0..20 {
        start(&a, "one").await;
        let committed = Instant::now();
        let heard = tokio::time::timeout(DEADLINE, heard.recv()).await.expect("it is heard");
        took.push(heard.unwrap().saturating_duration_since(committed));
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    took.sort_unstable();
    println!("heard on another server after {:?} (p50), {:?} (most)", took[10], took[19]);
    assert!(took[10] < Duration::from_millis(250), "{took:?}");
    for task in open_tasks(&b).await {
        complete(&a, &task).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_server_left_is_done_by_another() {
    let Some(database) = database("what_a_killed_server_left") else { return };
    let sandbox = start_sandbox(1_500).await;
    let place = Place::new(database, sandbox);
    let a = Server::start(&place).await;
    let b = Server::start(&place).await;
    deploy(&a, models::sequence("paid", &[pay()])).await;
    deploy(&a, models::sequence("waits", &[wait("PT3S")])).await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(start(&a, "paid").await);
        all.push(start(&a, "waits").await);
    }
    a.signal("KILL");
    let took = until("all done", TAKE_OVER, || all_completed(&b, &all)).await;
    println!("taken over after {took:?}");
    assert_paid_once(&calls(sandbox).await, 5);
    let log = place.log();
    assert!(log.contains("going on with the work of a server that has gone"), "{log}");
}

/// Case 110.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_110_a_server_that_is_paused_for_longer_than_its_lease_is_replaced_and_goes_on() {
    let Some(database) = database("case_110_a_server_that_is_paused") else { return };
    let sandbox = start_sandbox(1_500).await;
    let place = Place::new(database, sandbox);
    let a = Server::start(&place).await;
    let b = Server::start(&place).await;
    deploy(&a, models::sequence("paid", &[pay()])).await;
    deploy(&a, models::sequence("waits", &[wait("PT2S")])).await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(start(&a, "paid").await);
        all.push(start(&a, "waits").await);
    }
    // Work is under way in the very moment in which it stops.
    let late: Vec<_> = (0..4)
        .map(|_| {
            let start = a.call("POST", "/process-instances").timeout(DEADLINE);
            tokio::spawn(start.json(&json!({ "processDefinitionId": "paid" })).send())
        })
        .collect();
    a.signal("STOP");
    let epochs = |nodes: Vec<NodeRow>| nodes.into_iter().map(|node| node.epoch).sum::<i64>();
    let before = epochs(nodes(&place).await);
    let took = until("all done", TAKE_OVER, || all_completed(&b, &all)).await;
    println!("taken over after {took:?}");
    assert!(took > Duration::from_secs(5), "a server that is only slow keeps its lease");
    a.signal("CONT");
    // It goes on under a new lease: what waits in it is either done or refused, never lost.
    for start in late {
        let answer = start.await.unwrap().expect("an answer");
        if answer.status() == 201 {
            let started: Value = answer.json().await.unwrap();
            all.push(started["processInstanceKey"].as_str().unwrap().to_owned());
        } else {
            let (status, text) = (answer.status(), answer.text().await.unwrap());
            assert_eq!(status, 503, "{text}");
        }
    }
    until("a new lease", DEADLINE, || async {
        place.log().contains("this server was away for longer than its lease")
    })
    .await;
    all.push(start(&a, "paid").await);
    until("all done", DEADLINE, || all_completed(&a, &all)).await;
    assert!(epochs(nodes(&place).await) >= before + 2, "taken over, and taken anew");
    let payments = all_of(&a, "paid").await;
    assert_paid_once(&calls(sandbox).await, payments);
}

/// What a line to the database carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    Whole,
    /// Nothing.
    Cut,
    /// What the server says, not what the database answers.
    OneWay,
}

/// A line to the database at `url` that can be cut, and the address of its near end. What it does
/// not carry waits in it, as what TCP sends again.
pub async fn line(url: &str) -> (watch::Sender<Line>, String) {
    let (head, rest) = url.split_once('@').unwrap();
    let (far, name) = rest.split_once('/').unwrap();
    let far = far.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = format!("{head}@{}/{name}", listener.local_addr().unwrap());
    let line = watch::Sender::new(Line::Whole);
    let states = line.clone();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let (near_read, near_write) = near.into_split();
            let far = TcpStream::connect(&far).await.unwrap();
            let (far_read, far_write) = far.into_split();
            let (out, back) = (states.subscribe(), states.subscribe());
            tokio::spawn(carry(near_read, far_write, out, |line| line != Line::Cut));
            tokio::spawn(carry(far_read, near_write, back, |line| line == Line::Whole));
        }
    });
    (line, near)
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut line: watch::Receiver<Line>,
    passes: fn(Line) -> bool,
) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count) = from.read(&mut bytes).await {
        if line.wait_for(|line| passes(*line)).await.is_err()
            || count == 0
            || to.write_all(&bytes[..count]).await.is_err()
        {
            return;
        }
    }
}

async fn a_server_behind(cut: Line, database: TestDatabase) {
    let sandbox = start_sandbox(300).await;
    let place = Place::new(database, sandbox);
    let (line, near) = line(&place.settings().url).await;
    let a = Server::start_via(&place, &near).await;
    let b = Server::start(&place).await;
    deploy(&a, models::sequence("both", &[pay(), wait("PT2S")])).await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(start(&a, "both").await);
    }
    line.send_replace(cut);
    let asked = a.call("POST", "/process-instances").timeout(DEADLINE);
    let asked = asked.json(&json!({ "processDefinitionId": "both" }));
    let asked = tokio::spawn(asked.send());
    let took = until("all done", TAKE_OVER, || all_completed(&b, &all)).await;
    println!("{cut:?}: taken over after {took:?}");
    line.send_replace(Line::Whole);
    let answer = asked.await.unwrap().expect("an answer");
    if answer.status() == 201 {
        let started: Value = answer.json().await.unwrap();
        all.push(started["processInstanceKey"].as_str().unwrap().to_owned());
    } else {
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 503, "{text}");
    }
    let healed = Instant::now();
    let start_again = || async {
        let start = a.call("POST", "/process-instances");
        let start = start.json(&json!({ "processDefinitionId": "both" }));
        start.send().await.is_ok_and(|answer| answer.status() == 201)
    };
    until("it goes on", DEADLINE, start_again).await;
    println!("{cut:?}: goes on {:?} after the line is whole", healed.elapsed());
    assert!(place.log().contains("this server was away for longer than its lease"));
    let path = "/process-instances?processDefinitionId=both";
    let page = acknowledged(b.call("GET", path)).await.expect("a list");
    let stored = keys(&page, "processInstanceKey");
    assert!(all.iter().all(|key| stored.contains(key)), "what was acknowledged is there");
    until("all done", DEADLINE, || all_completed(&a, &stored)).await;
    assert_paid_once(&calls(sandbox).await, stored.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_111_a_server_that_is_cut_off_is_replaced_and_goes_on_afterwards() {
    if let Some(database) = database("case_111_a_server_that_is_cut_off") {
        a_server_behind(Line::Cut, database).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_112_a_server_that_is_heard_and_hears_nothing_is_replaced_and_goes_on_afterwards() {
    if let Some(database) = database("case_112_a_server_that_hears_nothing") {
        a_server_behind(Line::OneWay, database).await;
    }
}

async fn all_of(server: &Server, process: &str) -> usize {
    let path = format!("/process-instances?processDefinitionId={process}");
    let page = acknowledged(server.call("GET", &path)).await.expect("a list");
    page["items"].as_array().unwrap().len()
}

/// The servers of a place, some of which may just be killed.
type Servers = Arc<RwLock<Vec<Arc<Server>>>>;

/// Starts instances on one server and does tasks on another, until it is told to stop; gives what was
/// acknowledged.
async fn work(servers: Servers, stop: CancellationToken, number: usize) -> Vec<String> {
    let mut started = Vec::new();
    let mut round = number;
    while !stop.is_cancelled() {
        round += 1;
        let pick = |n: usize| {
            let servers = servers.read().unwrap();
            Arc::clone(&servers[n % servers.len()])
        };
        let (one, two) = (pick(round), pick(round / 2));
        let start = one.call("POST", "/process-instances");
        let start = start.json(&json!({ "processDefinitionId": "both" }));
        if let Some(answer) = acknowledged(start).await {
            started.push(answer["processInstanceKey"].as_str().unwrap().to_owned());
        }
        let search = json!({ "filter": { "view": "groups" } });
        let page = acknowledged(two.call("POST", "/user-tasks/search").json(&search)).await;
        let tasks = keys(&page.unwrap_or_default(), "userTaskKey");
        if let Some(task) = tasks.get(round % tasks.len().max(1)) {
            acknowledged(two.call("POST", &format!("/user-tasks/{task}/assignment"))).await;
            let completion = one.call("POST", &format!("/user-tasks/{task}/completion"));
            acknowledged(completion.json(&json!({}))).await;
        }
    }
    started
}

/// A request to a server that lives is never refused for what befalls another one: `acknowledged`
/// fails on any other answer than success, 404 and 409.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_are_killed_in_turn_under_load_and_nothing_is_lost_or_done_twice() {
    let Some(database) = database("servers_are_killed_in_turn") else { return };
    let sandbox = start_sandbox(30).await;
    let place = Place::new(database, sandbox);
    let servers: Servers = Arc::default();
    for _ in 0..3 {
        let server = Arc::new(Server::start(&place).await);
        servers.write().unwrap().push(server);
    }
    let first = Arc::clone(&servers.read().unwrap()[0]);
    let steps = [pay(), user_task("check", "Check", "clerks"), wait("PT0.2S")];
    deploy(&first, models::sequence("both", &steps)).await;
    drop(first);
    let stop = CancellationToken::new();
    let workers: Vec<_> =
        (0..6).map(|n| tokio::spawn(work(servers.clone(), stop.clone(), n))).collect();
    for round in 0..6_usize {
        // Different moments, without chance.
        tokio::time::sleep(Duration::from_millis(500 + (round as u64 * 137) % 400)).await;
        servers.read().unwrap()[round % 3].signal("KILL");
        let again = Arc::new(Server::start(&place).await);
        servers.write().unwrap()[round % 3] = again;
    }
    stop.cancel();
    let mut started = Vec::new();
    for worker in workers {
        started.extend(worker.await.expect("only connections break"));
    }
    let server = Arc::clone(&servers.read().unwrap()[0]);
    until("nothing is open", DEADLINE, || async {
        for task in open_tasks(&server).await {
            acknowledged(server.call("POST", &format!("/user-tasks/{task}/assignment"))).await;
            let completion = server.call("POST", &format!("/user-tasks/{task}/completion"));
            acknowledged(completion.json(&json!({}))).await;
        }
        open_instances(&server).await.is_empty()
    })
    .await;
    for instance in &started {
        assert_eq!(state(&server, instance).await, "COMPLETED", "{instance} was acknowledged");
    }
    let log = calls(sandbox).await;
    println!("{} instances acknowledged, {} calls", started.len(), log.calls.len());
    assert!(started.len() > 30, "{}", started.len());
    let paid = log.calls.iter().map(|call| call.idempotency_key.clone()).collect::<BTreeSet<_>>();
    assert_paid_once(&log, paid.len());
    assert!(paid.len() >= started.len());
}

async fn open_instances(server: &Server) -> Vec<String> {
    let path = "/process-instances?state=ACTIVE";
    let page = acknowledged(server.call("GET", path)).await.expect("a list");
    keys(&page, "processInstanceKey")
}

/// Case 114. `make test-upgrade` gives the binary of the commit before; without it both are of this
/// one, which shows no more than that one leaves and another goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_114_two_versions_work_together_and_the_later_one_goes_on() {
    let Some(database) = database("case_114_two_versions") else { return };
    let former = std::env::var("SPARTITO_FORMER_BINARY").ok();
    if former.is_none() {
        println!("SPARTITO_FORMER_BINARY is not given: both servers are of this version");
    }
    let former = former.as_deref().unwrap_or(env!("CARGO_BIN_EXE_spartito"));
    let sandbox = start_sandbox(100).await;
    let place = Place::new(database, sandbox);
    let mut old = Server::start_binary(&place, former).await;
    deploy(&old, models::sequence("paid", &[pay(), user_task("check", "Check", "clerks")])).await;
    deploy(&old, models::sequence("waits", &[wait("PT3S")])).await;
    let mut all = vec![start(&old, "paid").await, start(&old, "waits").await];
    let new = Server::start(&place).await;
    let (mut hears_new, mut hears_old) = (hear(&new, "tasks").await, hear(&old, "tasks").await);
    for server in [&new, &old, &new, &old] {
        all.extend([start(server, "paid").await, start(server, "waits").await]);
    }
    until("a task of each", DEADLINE, || async { open_tasks(&new).await.len() == 5 }).await;
    for heard in [&mut hears_new, &mut hears_old] {
        tokio::time::timeout(DEADLINE, heard.recv()).await.expect("it hears").expect("of tasks");
    }
    for (n, task) in open_tasks(&old).await.iter().enumerate() {
        complete(if n % 2 == 0 { &new } else { &old }, task).await;
    }
    old.signal("TERM");
    let stopped = tokio::task::spawn_blocking(move || old.child.wait().unwrap().success());
    assert!(tokio::time::timeout(DEADLINE, stopped).await.expect("it ends").unwrap());
    all.push(start(&new, "waits").await);
    until("all done", DEADLINE, || all_completed(&new, &all)).await;
    assert_paid_once(&calls(sandbox).await, 5);
}

/// Case 115.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_115_all_servers_are_killed_and_start_again_at_the_same_time() {
    let Some(database) = database("case_115_all_servers_are_killed") else { return };
    let sandbox = start_sandbox(300).await;
    let place = Place::new(database, sandbox);
    let mut servers = vec![Server::start(&place).await];
    servers.push(Server::start(&place).await);
    servers.push(Server::start(&place).await);
    deploy(&servers[0], models::sequence("both", &[pay(), wait("PT1S")])).await;
    let mut all = Vec::new();
    for n in 0..12 {
        all.push(start(&servers[n % 3], "both").await);
    }
    servers.iter().for_each(|server| server.signal("KILL"));
    drop(servers);
    let (a, b, c) =
        tokio::join!(Server::start(&place), Server::start(&place), Server::start(&place));
    for server in [&b, &c] {
        all.push(start(server, "both").await);
    }
    until("all done", DEADLINE, || all_completed(&a, &all)).await;
    assert_paid_once(&calls(sandbox).await, all.len());
}

/// Case 116.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_116_a_second_server_of_the_same_name_refuses_and_says_why() {
    let Some(database) = database("case_116_a_second_server") else { return };
    let place = Place::new(database, start_sandbox(0).await);
    let first = Server::start_named(&place, "north").await;
    let mut second = place.command(free_address());
    second.args(["--node-name", "north"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let second = second.spawn().unwrap();
    let second = tokio::task::spawn_blocking(move || second.wait_with_output().unwrap());
    let second = tokio::time::timeout(DEADLINE, second).await.expect("it ends").unwrap();
    assert_eq!(second.status.code(), Some(2), "{second:?}");
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    let address = first.address.to_string();
    for words in ["a server named “north” uses this database already", &address, "--node-name"]
    {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(first.call("GET", "/me").send().await.unwrap().status(), 200, "the first goes on");
    first.signal("KILL");
    drop(first);
    let again = Instant::now();
    let _third = Server::start_named(&place, "north").await;
    println!("a killed server starts again after {:?}", again.elapsed());
}
