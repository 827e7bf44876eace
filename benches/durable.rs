//! Models A and B of `benches/peers` through the real runtime on SQLite, with full durability:
//! write-ahead log, `synchronous=FULL`, group commit. Also how soon a change is heard.
//!
//! `durable {a|b} [-n INSTANCES] [--clients C] [--postgres URL]` prints one line of JSON, as the
//! drivers of the peers do. Each client starts an instance and waits for its end before the next;
//! every service task is a durable job that a connector answers at once with one variable. With
//! `--keys` each instance has a business key of its own, which the peers' have not.
//! `durable limit` writes rows in the shape of B without an engine: what SQLite itself can do.
//! `durable open` fills in that many open instances of B and measures what they cost; with
//! `--history TURNS` also what so many turns of finished ones cost.
//! `durable resident` is what `open` runs in a process of its own, to see what stays in memory.
//! `durable visible` measures how soon a change is in the lists, the counters and the streams, at a
//! usual load and at twice what the machine can do, and what viewers cost.
//! `durable soak --minutes M` runs B at 70% of what the machine can do and watches memory and waiting.
//! `durable timers` lets that many timers wait and measures how late others are.
//! `durable heard` measures from commit to the event in an HTTP client, in `benches/durable/heard.rs`.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::runtime::{Runtime, RuntimeSettings, SubmitError, SystemClock, TurnDone};
use spartito::store::{NewDefinition, NewDeployment, Store, StoreSettings};
use spartito_core::bpmn;
use spartito_core::bpmn::model::FlowNodeKind;
use spartito_core::engine::state::{InstanceState, Status};
use spartito_core::engine::{Command, Event};
use spartito_core::ids::{DefinitionKey, InstanceId};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, Variables, json};
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;

#[path = "durable/heard.rs"]
mod heard;
#[path = "durable/limit.rs"]
mod limit;
#[path = "durable/multiply.rs"]
mod multiply;
#[path = "durable/open.rs"]
mod open;
#[path = "durable/queries.rs"]
mod queries;
#[path = "durable/resident.rs"]
mod resident;
#[path = "durable/soak.rs"]
mod soak;
#[path = "durable/timers.rs"]
mod timers;
#[path = "durable/visible.rs"]
mod visible;

const MODEL_A: &str = include_str!("peers/bpmn/a_ten_tasks.bpmn");
const MODEL_B: &str = include_str!("peers/bpmn/b_gateway_fork_user.bpmn");
const PAYLOAD: &str = include_str!("peers/common_payload.json");

/// Instances that each client runs before the clock starts.
const WARM_UP: u64 = 3;

/// What was asked for on the command line.
struct Asked {
    what: String,
    instances: u64,
    clients: u64,
    postgres: Option<String>,
    /// `FULL`, or `NORMAL` for comparison.
    synchronous: String,
    /// Instances per commit of `limit`.
    group: i64,
    /// Length of `soak`.
    minutes: u64,
    /// Turns of finished instances for `open`.
    history: u64,
    /// What `resident` opens.
    database: String,
    shape: Shape,
}

impl Asked {
    fn read() -> Self {
        let arguments: Vec<String> =
            std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
        let value = |name: &str| {
            let at = arguments.iter().position(|argument| argument == name)?;
            arguments.get(at + 1).cloned()
        };
        let number = |name: &str, default: u64| {
            value(name).map_or(default, |text| text.parse().expect("a number"))
        };
        Self {
            what: arguments.first().cloned().unwrap_or_else(|| "a".to_owned()),
            instances: number("-n", 1_000),
            clients: number("--clients", 64).max(1),
            postgres: value("--postgres"),
            synchronous: value("--sync").unwrap_or_else(|| "FULL".to_owned()),
            history: number("--history", 0),
            database: value("--database").unwrap_or_default(),
            minutes: number("--minutes", 30).max(1),
            shape: Shape {
                has_keys: arguments.iter().any(|argument| argument == "--keys"),
                places: value("--places").map_or(PLACES, |text| text.parse().expect("a number")),
            },
            group: value("--group").map_or(32, |text| text.parse().expect("a number")),
        }
    }
}

fn main() {
    let asked = Asked::read();
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    match asked.what.as_str() {
        "a" => tokio.block_on(run(&asked, "A", MODEL_A)),
        "b" => tokio.block_on(run(&asked, "B", MODEL_B)),
        "open" => tokio.block_on(open::run(asked.instances, asked.history, asked.clients)),
        "resident" => tokio.block_on(resident::run(&asked.database, asked.instances)),
        "visible" => tokio.block_on(visible::run(asked.instances, asked.clients)),
        "soak" => tokio.block_on(soak::run(asked.minutes, asked.clients, asked.shape)),
        "timers" => tokio.block_on(timers::run(asked.instances)),
        "limit" => limit::run(asked.group, &asked.synchronous),
        "heard" => tokio.block_on(heard::run(asked.instances, asked.clients)),
        _ => {
            eprintln!(
                "usage: durable {{a|b|heard|visible|open|soak|timers|limit}} [-n INSTANCES] [--history TURNS] [--clients C] [--postgres URL] [--sync NORMAL] [--group G] [--minutes M] [--keys] [--places P]"
            );
            std::process::exit(2);
        }
    }
}

/// A folder for one run, removed at its end; on the disk that `BENCH_DIR` names.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let root = std::env::var_os("BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let folder = root.join(format!("spartito-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the database");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How the instances of a run are, and what there is for them.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// Whether each has a business key, by which it can be searched for.
    has_keys: bool,
    /// Jobs of a type that are done at the same time.
    places: usize,
}

/// With business keys, as people have them who look for something among a million.
const KEYED: Shape = Shape { has_keys: true, places: PLACES };

/// More jobs of a type at the same time than there are under way.
const PLACES: usize = 1_024;

/// Answers every job at once with one variable.
struct AtOnce {
    places: usize,
}

#[async_trait]
impl Connector for AtOnce {
    async fn run(&self, job: &Job) -> Result<Variables, ConnectorError> {
        Ok(Variables::from_iter([(format!("r_{}", job.job_type), Value::from(1))]))
    }

    fn concurrency(&self) -> usize {
        self.places
    }
}

/// Who waits for which instance to stop: at its end, or at work for a person.
type Waiting = Arc<Mutex<HashMap<InstanceId, Arc<Notify>>>>;

/// What the clients share.
struct Bench {
    runtime: Runtime,
    definition: DefinitionKey,
    waiting: Waiting,
    /// Whether an instance stops at work for a person; else it is at its end.
    has_people: bool,
    has_keys: bool,
    /// Requests that found no room and were sent again.
    turned_away: AtomicU64,
}

/// When a request is sent again for which there was no room, as servers ask for.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The payload, read as it would come with a request: its parts are shared with nobody.
fn payload() -> Variables {
    let payload = json::parse(PAYLOAD, json::Limits::default()).expect("JSON");
    payload.as_context().expect("an object").clone()
}

/// A business key that no other instance has.
fn business_key(instance: InstanceId) -> String {
    format!("ORDER-{:08}", instance.number() % 100_000_000)
}

impl Bench {
    async fn start(settings: &StoreSettings, model: &str, shape: Shape) -> Self {
        let mut connectors = Catalogue::default();
        // A task without a type, as plain BPMN has it, has its own id for one.
        for task in service_tasks(model) {
            connectors.add(&task, Arc::new(AtOnce { places: shape.places }));
        }
        let store = Store::open(settings).await.expect("the database opens");
        let clock = Arc::new(SystemClock);
        let runtime = Runtime::start(RuntimeSettings {
            store,
            clock,
            connectors,
            worker_limits: BTreeMap::new(),
        })
        .await
        .expect("the runtime starts");
        let definition = deploy(&runtime, model).await;
        let waiting = Waiting::default();
        tokio::spawn(wake(runtime.clone(), waiting.clone()));
        let has_people = model.contains("userTask");
        let (has_keys, turned_away) = (shape.has_keys, AtomicU64::new(0));
        Self { runtime, definition, waiting, has_people, has_keys, turned_away }
    }

    /// Runs one instance to its end; gives the milliseconds that completing its task took.
    async fn instance(&self) -> Option<f64> {
        let instance = self.runtime.orchestrator.new_instance_id();
        let stopped = Arc::new(Notify::new());
        self.waiting.lock().expect("no thread died").insert(instance, stopped.clone());
        let start = Command::StartInstance {
            instance,
            definition: self.definition,
            business_key: self.has_keys.then(|| business_key(instance)),
            variables: payload(),
            node: None,
            occurred: None,
            caller: None,
        };
        self.submit(instance, start).await;
        stopped.notified().await;
        self.waiting.lock().expect("no thread died").remove(&instance);
        if !self.has_people {
            return None;
        }
        let (state, _) = self
            .runtime
            .state(instance)
            .await
            .expect("the database answers")
            .expect("the instance is there");
        let (element, _) = state.user_tasks().next()?;
        let begin = Instant::now();
        let variables = Variables::from_iter([("approved", Value::from(true))]);
        let complete = Command::CompleteUserTask { element, action: None, variables };
        let done = self.submit(instance, complete).await;
        assert!(matches!(done.events.last(), Some(Event::InstanceCompleted)), "{:?}", done.events);
        Some(begin.elapsed().as_secs_f64() * 1e3)
    }

    /// Sends a request until there is room for it, as after the machine has stood still.
    async fn submit(&self, instance: InstanceId, command: Command) -> TurnDone {
        loop {
            let sent = self.runtime.orchestrator.submit(instance, command.clone(), None, None);
            match sent.await {
                Err(SubmitError::Overloaded) => {
                    self.turned_away.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(RETRY_AFTER).await;
                }
                done => return done.expect("it is carried out"),
            }
        }
    }

    /// `clients` clients at once run `each` instances, one after another.
    async fn clients(self: &Arc<Self>, clients: u64, each: u64) -> Vec<f64> {
        let work = (0..clients).map(|_| {
            let bench = Arc::clone(self);
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                for _ in 0..each {
                    latencies.extend(bench.instance().await);
                }
                latencies
            })
        });
        let done = futures::future::join_all(work.collect::<Vec<_>>()).await;
        done.into_iter().flat_map(|client| client.expect("a client does not panic")).collect()
    }
}

/// Wakes who waits, as changes are told. Where too many came at once to be told, as after the machine
/// has stood still, all that are waited for are looked at.
async fn wake(runtime: Runtime, waiting: Waiting) {
    let notify = |instance: &InstanceId| {
        if let Some(stopped) = waiting.lock().expect("no thread died").get(instance) {
            stopped.notify_one();
        }
    };
    let mut changes = runtime.live.subscribe();
    loop {
        match changes.recv().await {
            Ok(change) if change.ended || change.tasks => notify(&change.instance),
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => {
                let all: Vec<InstanceId> =
                    waiting.lock().expect("no thread died").keys().copied().collect();
                for instance in all {
                    let state = runtime.state(instance).await.expect("the database answers");
                    if state.is_some_and(|(state, _)| has_stopped(&state)) {
                        notify(&instance);
                    }
                }
            }
            Err(RecvError::Closed) => return,
        }
    }
}

/// Whether an instance is at its end or at work for a person.
fn has_stopped(state: &InstanceState) -> bool {
    state.status() != Status::Active || state.user_tasks().next().is_some()
}

/// Ids of the service tasks of a model.
fn service_tasks(model: &str) -> Vec<String> {
    let reading = bpmn::read(model.as_bytes()).expect("the model can be read");
    let nodes = reading.definitions.processes.iter().flat_map(|process| &process.nodes);
    nodes
        .filter(|node| matches!(node.kind, FlowNodeKind::ServiceTask(_)))
        .map(|node| node.id.to_string())
        .collect()
}

async fn deploy(runtime: &Runtime, model: &str) -> DefinitionKey {
    let reading = bpmn::read(model.as_bytes()).expect("the model can be read");
    let process = &reading.definitions.processes[0];
    let definition = NewDefinition {
        process: process.id.clone(),
        name: process.name.clone(),
        version_tag: None,
        start_form: None,
        xml: model.to_owned(),
        nodes: Vec::new(),
        starts: Vec::new(),
        start_timers: Vec::new(),
    };
    let new = NewDeployment {
        definitions: vec![definition],
        forms: Vec::new(),
        decisions: Vec::new(),
        by: None,
        at: Timestamp::EPOCH,
    };
    let made = runtime.store.deploy(new).await.expect("it is deployed");
    runtime.definitions.refresh().await.expect("the database answers");
    made.definitions[0].key
}

async fn run(asked: &Asked, scenario: &str, model: &str) {
    let folder = Folder::new();
    let not_durable = if asked.synchronous == "NORMAL" { "?synchronous=normal" } else { "" };
    let sqlite = format!("sqlite:{}{not_durable}", folder.0.join("spartito.db").display());
    let url = asked.postgres.clone().unwrap_or(sqlite);
    let mode = if asked.postgres.is_some() { "postgres" } else { "sqlite" };
    let bench = Arc::new(Bench::start(&StoreSettings { url }, model, asked.shape).await);
    bench.clients(asked.clients, WARM_UP).await;
    let each = asked.instances.div_ceil(asked.clients);
    let mut syncs = fdatasyncs(&folder.0);
    let (begin, cpu) = (Instant::now(), cpu_seconds());
    let latencies = bench.clients(asked.clients, each).await;
    let (wall, cpu) = (begin.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    bench.runtime.stop().await;
    let processes = bench.runtime.store.processes().await.expect("the database answers");
    syncs.extend(fdatasyncs(&folder.0));
    let sync_ms = part(&mut syncs, 50);
    let n = each * asked.clients;
    assert_eq!(processes[0].completed, n + asked.clients * WARM_UP, "every instance has ended");
    bench.runtime.store.close().await;
    let (sync, clients) = (asked.synchronous.as_str(), asked.clients);
    report(&Figures { scenario, mode, sync, n, clients, wall, cpu, sync_ms }, latencies);
}

struct Figures<'f> {
    scenario: &'f str,
    mode: &'f str,
    sync: &'f str,
    n: u64,
    clients: u64,
    wall: f64,
    cpu: f64,
    /// What the disk takes to keep 4 KiB, median.
    sync_ms: f64,
}

fn report(figures: &Figures<'_>, mut latencies: Vec<f64>) {
    let Figures { scenario, mode, sync, n, clients, wall, cpu, sync_ms } = figures;
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let count = *n as f64;
    let mut more = String::new();
    if !latencies.is_empty() {
        let (p50, p99) = (part(&mut latencies, 50), part(&mut latencies, 99));
        more = format!(
            r#", "user_p50_ms": {p50:.4}, "user_p99_ms": {p99:.4}, "fdatasync_p50_ms": {sync_ms:.4}, "user_p50_in_fdatasyncs": {:.2}"#,
            p50 / sync_ms
        );
    }
    println!(
        r#"{{"engine": "Spartito", "scenario": "{scenario}", "mode": "{mode}", "sync": "{sync}", "clients": {clients}, "n": {n}, "wall_s": {wall:.4}, "cpu_s": {cpu:.4}, "inst_per_s": {:.1}, "inst_per_cpu_s": {:.1}{more}, "load1": {}}}"#,
        count / wall,
        count / cpu,
        load()
    );
}

/// How long the disk takes to keep 4 KiB, in milliseconds, some times one after another.
fn fdatasyncs(folder: &std::path::Path) -> Vec<f64> {
    use std::io::Write;
    let mut file = std::fs::File::create(folder.join("sync")).expect("a file");
    let times = (0..50).map(|_| {
        let begin = Instant::now();
        file.write_all(&[7; 4096]).and_then(|()| file.sync_data()).expect("it is kept");
        begin.elapsed().as_secs_f64() * 1e3
    });
    times.collect()
}

/// The value that `percent` of all do not exceed.
fn part(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * percent / 100).min(values.len() - 1)]
}

/// CPU seconds of all threads of this process; 0 where the system does not tell.
fn cpu_seconds() -> f64 {
    /// Ticks per second, as Linux has told programs for as long as it has existed.
    const TICKS: f64 = 100.0;
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok());
    (ticks(11).unwrap_or_default() + ticks(12).unwrap_or_default()) / TICKS
}

/// The load of the machine over the last minute.
fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// Resident memory of this process; 0 where the system does not tell.
fn resident_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// What the program holds and what the allocator has for it from the machine, in KiB; nothing where it
/// is another allocator.
fn allocated_kib() -> (usize, usize) {
    #[cfg(not(target_env = "msvc"))]
    {
        use tikv_jemalloc_ctl::{epoch, stats};
        if epoch::advance().is_ok() {
            let held = stats::allocated::read().unwrap_or_default();
            return (held / 1_024, stats::resident::read().unwrap_or_default() / 1_024);
        }
    }
    (0, 0)
}
