//! What many open instances of model B cost: bytes on the disk and in memory, and whether what is
//! done and what is read becomes slower where there are many.
//!
//! Some are filled in through the store, in batches, by the same turns as the runtime makes: start,
//! both jobs done, waiting for a person; where more are wanted, they are copied (`multiply.rs`). With
//! a history asked for, finished ones are copied too, until the journal has so many rows more.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use spartito::runtime::{Definition, Definitions, STATES_BYTES_MAX};
use spartito::store::{Changes, NewTurn, Store, StoreSettings, Tracked};
use spartito_core::engine::{Command, InstanceState, Request, step};
use spartito_core::ids::{CommandId, DefinitionKey, InstanceId};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, Variables};

use super::multiply::Sample;
use super::queries::queries;
use super::resident;
use super::{Bench, Folder, KEYED, MODEL_B, business_key, load, part, payload};

/// Instances that are open on the small side.
const FEW: u64 = 100;
/// Instances filled in by one transaction.
const FILLED_AT_ONCE: usize = 500;
/// Instances started and completed by each of the clients, per measure.
const EACH: u64 = 12;
/// Tasks that are completed where it is measured what stays in memory.
const COMPLETED: u64 = 5_000;
/// Instances that are made in earnest to be copied.
const SAMPLE: u64 = 500;
/// Turns of an instance of B.
const TURNS: u64 = 4;

/// Fills up to `open` instances, then up to `history` turns of finished ones, and prints one line of
/// JSON.
pub async fn run(open: u64, history: u64, clients: u64) {
    let folder = Folder::new();
    let path = folder.0.join("spartito.db");
    let settings = StoreSettings { url: format!("sqlite:{}", path.display()) };
    let file_bytes = || std::fs::metadata(&path).expect("the file").len();
    fill(&settings, FEW).await;
    let few_bytes = file_bytes();
    let few = measure(&settings, FEW, clients).await;
    let begin = Instant::now();
    let sample = Sample::begin(&path);
    fill(&settings, SAMPLE).await;
    sample.multiply(&path, (open - FEW).div_ceil(SAMPLE) - 1);
    let filled = begin.elapsed();
    let many_bytes = file_bytes();
    let many = measure(&settings, open, clients).await;
    if history > 0 {
        past(&settings, &path, (open, history, clients), &many).await;
    }
    let empty = resident::measure(&folder.0.join("empty.db"), 0);
    let full = resident::measure(&path, COMPLETED);
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let per_instance = (many_bytes - few_bytes) as f64 / (open - FEW) as f64;
    let queries: Vec<String> = few
        .queries
        .iter()
        .zip(&many.queries)
        .map(|((name, few), (_, many))| format!(r#""{name}": [{few:.3}, {many:.3}]"#))
        .collect();
    println!(
        r#"{{"engine": "Spartito", "scenario": "open", "open": {open}, "clients": {clients}, "bytes_per_instance": {per_instance:.0}, "filled_s": {:.0}, "opened_s": {:.3}, "resident_kib": {{"empty": {}, "opened": {}, "worked": {}, "cache": {}}}, "start_complete_ms": [{:.3}, {:.3}], "ratio": {:.2}, "queries_p50_ms": {{{}}}, "load1": {}}}"#,
        filled.as_secs_f64(),
        many.opened.as_secs_f64(),
        empty.opened_kib,
        full.opened_kib,
        full.worked_kib,
        STATES_BYTES_MAX / 1024,
        few.start_complete_ms,
        many.start_complete_ms,
        many.start_complete_ms / few.start_complete_ms,
        queries.join(", "),
        load()
    );
}

/// The same with a long history, beside what was measured without.
async fn past(
    settings: &StoreSettings,
    path: &Path,
    (open, history, clients): (u64, u64, u64),
    before: &Measured,
) {
    let begin = Instant::now();
    let sample = Sample::begin(path);
    let bench = Arc::new(Bench::start(settings, MODEL_B, KEYED).await);
    let each = SAMPLE.div_ceil(clients);
    bench.clients(clients, each).await;
    bench.runtime.stop().await;
    bench.runtime.store.close().await;
    sample.multiply(path, (history / (each * clients * TURNS)).max(1));
    let filled = begin.elapsed();
    let after = measure(settings, open, clients).await;
    let queries: Vec<String> = before
        .queries
        .iter()
        .zip(&after.queries)
        .map(|((name, before), (_, after))| format!(r#""{name}": [{before:.3}, {after:.3}]"#))
        .collect();
    println!(
        r#"{{"engine": "Spartito", "scenario": "history", "turns": {history}, "clients": {clients}, "filled_s": {:.0}, "opened_s": {:.3}, "start_complete_ms": [{:.3}, {:.3}], "ratio": {:.2}, "queries_p50_ms": {{{}}}, "load1": {}}}"#,
        filled.as_secs_f64(),
        after.opened.as_secs_f64(),
        before.start_complete_ms,
        after.start_complete_ms,
        after.start_complete_ms / before.start_complete_ms,
        queries.join(", "),
        load()
    );
}

/// What was measured at one number of open instances.
struct Measured {
    opened: Duration,
    /// Wall time of one start and completion, of all clients together: the median of some rounds.
    start_complete_ms: f64,
    queries: Vec<(&'static str, f64)>,
}

/// Rounds of starts and completions.
const ROUNDS: usize = 5;

async fn measure(settings: &StoreSettings, open: u64, clients: u64) -> Measured {
    let begin = Instant::now();
    let bench = Arc::new(Bench::start(settings, MODEL_B, KEYED).await);
    let opened = begin.elapsed();
    bench.clients(clients, 2).await;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        bench.clients(clients, EACH).await;
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let done = (clients * EACH) as f64;
        rounds.push(begin.elapsed().as_secs_f64() * 1e3 / done);
    }
    let start_complete_ms = part(&mut rounds, 50);
    let queries = queries(&bench, open).await;
    bench.runtime.stop().await;
    bench.runtime.store.close().await;
    Measured { opened, start_complete_ms, queries }
}

/// Opens `count` further instances.
async fn fill(settings: &StoreSettings, count: u64) {
    let bench = Bench::start(settings, MODEL_B, KEYED).await;
    let (store, definitions) = (&bench.runtime.store, &bench.runtime.definitions);
    let definition = definitions.get(bench.definition).await.expect("the database answers");
    let definition = definition.expect("it was deployed");
    let mut left = usize::try_from(count).expect("a number of instances");
    while left > 0 {
        let size = left.min(FILLED_AT_ONCE);
        let mut filling = Filling {
            store,
            definitions,
            definition: &definition,
            open: (0..size).map(|_| new_instance(&bench)).collect(),
        };
        let key = bench.definition;
        filling.turn(|instance, _| Some(start(instance, key, payload()))).await;
        for _ in 0..2 {
            filling.turn(|_, state| complete_job(state)).await;
        }
        left -= size;
    }
    bench.runtime.stop().await;
    bench.runtime.store.close().await;
}

fn new_instance(bench: &Bench) -> (InstanceId, InstanceState, Tracked) {
    let instance = bench.runtime.orchestrator.new_instance_id();
    (instance, InstanceState::default(), Tracked::default())
}

fn start(instance: InstanceId, definition: DefinitionKey, variables: Variables) -> Command {
    Command::StartInstance {
        instance,
        definition,
        business_key: Some(business_key(instance)),
        variables,
        node: None,
        occurred: None,
        caller: None,
    }
}

fn complete_job(state: &InstanceState) -> Option<Command> {
    let (element, job) = state.jobs().next()?;
    let attempt = job.attempt;
    let variables = Variables::from_iter([(format!("r_{}", element.0), Value::from(1))]);
    Some(Command::CompleteJob { element, attempt, variables })
}

/// Instances that are brought forward together.
struct Filling<'f> {
    store: &'f Store,
    definitions: &'f Definitions,
    definition: &'f Definition,
    open: Vec<(InstanceId, InstanceState, Tracked)>,
}

impl Filling<'_> {
    /// One turn of each, in one transaction.
    async fn turn(&mut self, command: impl Fn(InstanceId, &InstanceState) -> Option<Command>) {
        let current = self.definitions.current();
        let at = Timestamp::parse("2026-11-23T08:00:00Z").expect("a moment");
        let mut changes = Changes::default();
        for (instance, state, tracked) in &mut self.open {
            let command = command(*instance, state).expect("there is something to do");
            let id = CommandId(rand::random());
            let request = Request { id, command, by: None, at, seed: rand::random() };
            let deployed = self.definition.deployed(&current);
            let events = step(deployed, state, &request).expect("it fits");
            let turn = NewTurn { instance: *instance, command: id, at, by: None, events: &events };
            changes.add(&turn, tracked, state);
        }
        let mut tx = self.store.begin_batch().await.expect("a transaction");
        tx.write(changes).await.expect("it is written");
        tx.commit().await.expect("it is committed");
    }
}
