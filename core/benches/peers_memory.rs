//! Models A and B of `benches/peers` in memory: the engine alone, one thread, nothing stored.
//!
//! `peers_memory {a|b|mem} [-n INSTANCES]` prints one line of JSON, as the drivers of the peers do.
//! Every service task is a job that a request answers at once with one variable: what a worker
//! does, without the network. Each instance reads the payload for itself, as it would come with a
//! request. `mem` holds N instances of B open and tells their memory.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use spartito_core::bpmn;
use spartito_core::engine::decisions::DeployedDecisions;
use spartito_core::engine::state::Status;
use spartito_core::engine::{
    Command, Deployed, Event, ExecutableProcess, InstanceState, Request, step,
};
use spartito_core::ids::{
    CommandId, DefinitionKey, DeploymentKey, ElementInstanceId, FormId, FormKey, InstanceId,
};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, Variables, json};

const MODEL_A: &str = include_str!("../../benches/peers/bpmn/a_ten_tasks.bpmn");
const MODEL_B: &str = include_str!("../../benches/peers/bpmn/b_gateway_fork_user.bpmn");
const PAYLOAD: &str = include_str!("../../benches/peers/common_payload.json");

const DEFINITION: DefinitionKey = DefinitionKey::new(1);

/// Instances run before the clock starts.
const WARM_UP: u64 = 1_000;

/// The payload, its parts shared with nobody.
fn payload() -> Variables {
    let payload = json::parse(PAYLOAD, json::Limits::default()).expect("JSON");
    payload.as_context().expect("an object").clone()
}

/// A deployed model.
struct Bench {
    process: ExecutableProcess,
    forms: BTreeMap<FormId, FormKey>,
    decisions: DeployedDecisions,
    asked: u128,
}

impl Bench {
    fn of(model: &str) -> Self {
        let reading = bpmn::read(model.as_bytes()).expect("the model can be read");
        let process = reading.definitions.processes.into_iter().next().expect("a process");
        Self {
            process: ExecutableProcess::compile(DEFINITION, 1, process).expect("it can be run"),
            forms: BTreeMap::new(),
            decisions: DeployedDecisions::default(),
            asked: 0,
        }
    }

    fn ask(&mut self, state: &mut InstanceState, command: Command) -> Vec<Event> {
        self.asked += 1;
        let at = Timestamp::EPOCH.plus_millis_saturating(1_767_225_600_000);
        let request = Request { id: CommandId(self.asked), command, by: None, at, seed: 1 };
        let deployed = Deployed {
            process: &self.process,
            forms: &self.forms,
            decisions: &self.decisions,
            deployment: DeploymentKey::new(1),
            from: None,
        };
        step(deployed, state, &request).expect("the request fits")
    }

    /// Starts an instance and answers its jobs until none is open.
    fn run_jobs(&mut self, number: u64) -> InstanceState {
        let mut state = InstanceState::default();
        let mut open: Vec<ElementInstanceId> = Vec::new();
        let start = Command::StartInstance {
            instance: InstanceId::new(number),
            definition: DEFINITION,
            business_key: None,
            variables: payload(),
            node: None,
            occurred: None,
            caller: None,
        };
        let mut events = self.ask(&mut state, start);
        loop {
            open.extend(events.iter().filter_map(|event| {
                if let Event::JobCreated { element, .. } = event { Some(*element) } else { None }
            }));
            let Some(element) = open.pop() else { return state };
            let result = format!("r_{}", state.element(element).expect("an open job").node);
            let variables = Variables::from_iter([(result, Value::from(1))]);
            let answer = Command::CompleteJob { element, attempt: 1, variables };
            events = self.ask(&mut state, answer);
        }
    }

    fn run_a(&mut self, number: u64) {
        let state = self.run_jobs(number);
        assert_eq!(state.status(), Status::Completed);
        black_box(state);
    }

    /// Gives the seconds that the completion of the user task took.
    fn run_b(&mut self, number: u64) -> f64 {
        let mut state = self.run_jobs(number);
        let begin = now();
        let (element, _) = state.user_tasks().next().expect("a task for a person");
        let variables = Variables::from_iter([("approved", Value::from(true))]);
        self.ask(&mut state, Command::CompleteUserTask { element, action: None, variables });
        assert_eq!(state.status(), Status::Completed);
        black_box(state);
        begin.elapsed().as_secs_f64()
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let what = arguments.first().map_or("a", String::as_str);
    let position = arguments.iter().position(|it| it == "-n");
    let n = position.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(50_000);
    match what {
        "a" => run_a(n),
        "b" => run_b(n),
        "mem" => hold_open(n),
        _ => {
            eprintln!("usage: peers_memory {{a|b|mem}} [-n INSTANCES]");
            std::process::exit(2);
        }
    }
}

fn run_a(n: u64) {
    let mut bench = Bench::of(MODEL_A);
    (0..WARM_UP).for_each(|number| bench.run_a(number));
    let (begin, cpu) = (now(), cpu_seconds());
    (0..n).for_each(|number| bench.run_a(number));
    report("A", n, begin.elapsed().as_secs_f64(), cpu_seconds() - cpu, "");
}

fn run_b(n: u64) {
    let mut bench = Bench::of(MODEL_B);
    for number in 0..WARM_UP {
        bench.run_b(number);
    }
    let (begin, cpu) = (now(), cpu_seconds());
    let mut latencies: Vec<f64> = (0..n).map(|number| bench.run_b(number)).collect();
    let (wall, cpu) = (begin.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    latencies.sort_by(f64::total_cmp);
    let at = |part: usize| latencies[(latencies.len() * part / 100).min(latencies.len() - 1)] * 1e3;
    let more = format!(r#", "user_p50_ms": {:.4}, "user_p99_ms": {:.4}"#, at(50), at(99));
    report("B", n, wall, cpu, &more);
}

fn hold_open(n: u64) {
    let mut bench = Bench::of(MODEL_B);
    let before = resident_kib();
    let held: Vec<InstanceState> = (0..n).map(|number| bench.run_jobs(number)).collect();
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let (kib, count) = ((resident_kib() - before) as f64, held.len() as f64);
    println!(
        r#"{{"engine": "Spartito", "scenario": "B-open", "n": {n}, "rss_mib": {:.1}, "kib_per_instance": {:.2}}}"#,
        kib / 1024.0,
        kib / count
    );
    black_box(held);
}

fn report(scenario: &str, n: u64, wall: f64, cpu: f64, more: &str) {
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let count = n as f64;
    println!(
        r#"{{"engine": "Spartito", "scenario": "{scenario}", "mode": "mem", "n": {n}, "wall_s": {wall:.4}, "cpu_s": {cpu:.4}, "inst_per_s": {:.1}, "inst_per_cpu_s": {:.1}{more}, "load1": {}}}"#,
        count / wall,
        count / cpu,
        proc_field("/proc/loadavg", 0).unwrap_or_default()
    );
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}

/// CPU seconds of this process; 0 where the system does not tell.
fn cpu_seconds() -> f64 {
    proc_field("/proc/self/schedstat", 0).unwrap_or_default() / 1e9
}

/// Resident memory of this process in KiB; 0 where the system does not tell.
fn resident_kib() -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a page count")]
    let pages = proc_field("/proc/self/statm", 1).unwrap_or_default() as u64;
    pages * 4
}

#[expect(clippy::disallowed_methods, reason = "a benchmark asks the system what it costs")]
fn proc_field(path: &str, index: usize) -> Option<f64> {
    let text = std::fs::read_to_string(path).ok()?;
    text.split_whitespace().nth(index)?.parse().ok()
}
