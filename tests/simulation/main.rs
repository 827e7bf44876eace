//! Several servers on one database in one process, with a clock that stands still while something
//! is done, and with all that goes wrong drawn from a seed: the same seed gives the same run.
//!
//! `SPARTITO_SEEDS=10000` runs more seeds, `SPARTITO_SEED=7` that one alone and says all that
//! happened; `RUST_LOG=info` then shows what the servers say.

#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod check;
mod clients;
mod directly;
#[path = "../server/models.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod models;
mod plan;
mod processes;
#[path = "../server/recount.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod recount;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use spartito::runtime::Runtime;
use spartito::store::{InstanceQuery, InstanceStatus, NewDeployment};
use spartito_core::engine::Command;
use spartito_core::ids::DefinitionKey;
use tokio::time::Instant;

use clients::{Book, Client};
use plan::{Dice, Plan};
use world::{World, locked};

/// Seeds without `SPARTITO_SEEDS`.
const SEEDS: u64 = 500;
/// Clients of a run.
const CLIENTS: usize = 4;
/// How long things go wrong: one of these, in seconds.
const STORM_S: [u64; 3] = [10, 20, 40];
/// How long it may take until all is quiet afterwards: a lease of a job and a sweep are part of it.
const QUIET_WITHIN: Duration = Duration::from_secs(400);
/// How often it is looked whether all is quiet.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Lines of a trace that a failure shows.
const LINES_SHOWN: usize = 60;

/// Failures of one run that are shown.
const PANICS_SHOWN: usize = 3;
/// How long a run may take by the clock of the machine before it counts as one that hangs.
const HANGS_AFTER: Duration = Duration::from_mins(5);

/// What a run leaves.
struct Run {
    trace: Vec<String>,
    /// Why it failed.
    failure: Option<String>,
}

fn run(seed: u64) -> Run {
    keep_panics();
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().unwrap();
    let plan = Mutex::new(None);
    PANICS.take();
    let done = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let dice = Dice::new(seed);
            let world = World::draw(&dice);
            *locked(&plan) = Some(world.plan.clone());
            story(&world, &dice).await;
            world.plan.note(format!("{} steps", world.plan.passed()));
        });
    }));
    let trace = locked(&plan).as_ref().map(Plan::trace).unwrap_or_default();
    drop(runtime);
    let panics = PANICS.take();
    assert!(done.is_ok() || !panics.is_empty(), "a failure has words");
    let shown = &panics[..panics.len().min(PANICS_SHOWN)];
    Run { trace, failure: (!shown.is_empty()).then(|| shown.join("\n")) }
}

thread_local! {
    /// What failed in the run of this thread, be it in a task of a server.
    static PANICS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Lets panics of a run be kept instead of shown.
fn keep_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let show = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if tokio::runtime::Handle::try_current().is_ok() {
                PANICS.with_borrow_mut(|kept| kept.push(panic.to_string()));
            } else {
                show(panic);
            }
        }));
    });
}

/// One run: a calm begin, a storm, and a calm end in which all must come to rest.
async fn story(world: &World, dice: &Dice) {
    for node in 0..world.servers {
        tokio::spawn(world.clone().keep_running(node, dice.another()));
    }
    let first = server(world).await;
    let definitions = Arc::new(deploy(&first).await);
    let book = Book::default();
    world.plan.set_stormy(true);
    let end = Instant::now() + Duration::from_secs(STORM_S[dice.index(STORM_S.len())]);
    let mut clients = Vec::new();
    for name in 0..CLIENTS {
        let (book, definitions) = (book.clone(), Arc::clone(&definitions));
        let (world, dice) = (world.clone(), dice.another());
        clients.push(tokio::spawn(Client { name, world, book, dice, definitions }.work(end)));
    }
    tokio::time::sleep_until(end).await;
    world.plan.note("the storm is over");
    world.plan.set_stormy(false);
    for client in clients {
        let answered = tokio::time::timeout(QUIET_WITHIN, client).await;
        match answered.expect("every client gets an answer in the end") {
            Ok(()) => {}
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    let calm = server(world).await;
    resume_all(&calm).await;
    until_quiet(world, &calm).await;
    let (store, now) = (&calm.store, calm.clock.now());
    check::journal(store).await.into_iter().for_each(|line| world.plan.note(line));
    check::verify(store, now, &book, &world.effects()).await;
    assert_eq!(world.database.stale_commits(), 0, "nobody writes without a lease");
    assert_eq!(world.database.half_taken(), 0, "work is taken over as a whole");
    assert_eq!(world.database.contradictions(), 0, "what is under way has nothing in common");
}

/// A server as soon as one is running.
async fn server(world: &World) -> Runtime {
    loop {
        if let Some((_, runtime)) = (0..world.servers).find_map(|node| world.server(node)) {
            return runtime;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn deploy(runtime: &Runtime) -> Vec<DefinitionKey> {
    let (startable, others) = processes::all();
    let count = startable.len();
    let at = runtime.clock.now();
    let models = startable.iter().chain(&others);
    let new = NewDeployment {
        definitions: models.map(|xml| models::definition(xml, at)).collect(),
        forms: Vec::new(),
        decisions: Vec::new(),
        by: None,
        at,
    };
    let made = runtime.store.deploy(new).await.unwrap();
    runtime.definitions.refresh().await.unwrap();
    made.definitions.iter().take(count).map(|version| version.key).collect()
}

/// Lets go on what was suspended.
async fn resume_all(runtime: &Runtime) {
    let state = Some(InstanceStatus::Active);
    let open = InstanceQuery { state, limit: 200, ..InstanceQuery::default() };
    for row in runtime.store.instances(&open).await.unwrap().rows {
        let resumed =
            runtime.orchestrator.submit(row.id, Command::ResumeInstance, None, None).await;
        // It may just have ended.
        drop(resumed);
    }
}

/// Waits until nothing goes on by itself any more.
async fn until_quiet(world: &World, runtime: &Runtime) {
    let late = Instant::now() + QUIET_WITHIN;
    loop {
        let unrest = check::unrest(&runtime.store, runtime.clock.now()).await;
        if unrest.is_empty() {
            world.plan.note("all is quiet");
            return;
        }
        assert!(Instant::now() < late, "it does not come to rest: {unrest:#?}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

fn alone(seed: u64) -> String {
    format!(
        "run it alone by\n  SPARTITO_SEED={seed} cargo test --test simulation seeds -- --nocapture"
    )
}

fn show(seed: u64, run: &Run) -> String {
    let from = run.trace.len().saturating_sub(LINES_SHOWN);
    format!(
        "seed {seed} fails; {}\n{}\n{}",
        alone(seed),
        run.trace[from..].join("\n"),
        run.failure.as_deref().unwrap_or_default()
    )
}

#[test]
fn a_seed_gives_the_same_run_again() {
    for seed in [1, 2, 3] {
        let (one, two) = (run(seed), run(seed));
        for (line, (first, second)) in one.trace.iter().zip(&two.trace).enumerate() {
            assert_eq!(first, second, "line {line} of seed {seed}");
        }
        assert_eq!(one.trace.len(), two.trace.len(), "seed {seed}");
        assert_eq!(one.failure, two.failure);
    }
    assert_ne!(run(1).trace, run(2).trace, "another seed gives another run");
}

/// Runs all seeds from `first` to before `last`, as many at a time as the machine has processors;
/// the words of those that fail.
fn run_all(first: u64, last: u64) -> Vec<(u64, String)> {
    let next = AtomicU64::new(first);
    let failed = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let under_way = Mutex::new(BTreeMap::new());
    let watcher = std::thread::current();
    std::thread::scope(|scope| {
        let (next, failed, under_way, watcher) = (&next, &failed, &under_way, &watcher);
        let work = move |thread: usize| {
            loop {
                let seed = next.fetch_add(1, Ordering::SeqCst);
                if seed >= last {
                    break;
                }
                locked(under_way).insert(thread, (seed, std::time::Instant::now()));
                let run = run(seed);
                locked(under_way).remove(&thread);
                if run.failure.is_some() {
                    locked(failed).push((seed, show(seed, &run)));
                }
            }
            watcher.unpark();
        };
        let workers: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || work(thread))).collect();
        while !workers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            std::thread::park_timeout(Duration::from_secs(1));
            for (seed, since) in locked(under_way).values() {
                if since.elapsed() > HANGS_AFTER {
                    // Nothing can be told of it, and no thread can be ended.
                    eprintln!("seed {seed} hangs; {}", alone(*seed));
                    std::process::exit(1);
                }
            }
        }
    });
    failed.into_inner().unwrap()
}

#[test]
fn seeds_lose_nothing_and_do_nothing_twice() {
    if let Some(seed) = number("SPARTITO_SEED") {
        tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .without_time()
            .init();
        let run = run(seed);
        println!("{}", run.trace.join("\n"));
        if let Some(failure) = run.failure {
            panic!("seed {seed}: {failure}");
        }
        return;
    }
    let first = number("SPARTITO_FIRST_SEED").unwrap_or(1);
    let last = first + number("SPARTITO_SEEDS").unwrap_or(SEEDS);
    let mut failed = run_all(first, last);
    failed.sort();
    if let Some((_, words)) = failed.first() {
        let seeds: Vec<u64> = failed.iter().map(|(seed, _)| *seed).collect();
        panic!("{words}\n{} of {} seeds fail: {seeds:?}", seeds.len(), last - first);
    }
}
