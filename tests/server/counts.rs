//! Every count that a screen shows is kept when something happens and never counted when it is
//! read. Here it is counted: after much random work, from the journal alone, on both databases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::runtime::{Clock, SimulatedClock};
use spartito::store::{InstanceQuery, InstanceRow, InstanceStatus, Store, TaskSelection};
use spartito_core::engine::event::{Role, Waited};
use spartito_core::engine::state::{InstanceState, Status};
use spartito_core::engine::{Command, Event};
use spartito_core::ids::{
    DefinitionKey, ElementInstanceId, FlowNodeId, IncidentId, InstanceId, ProcessId,
    SubscriptionId, UserTaskKey,
};
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;

use crate::bench::Bench;
use crate::databases::{TestDatabase, on_every_database};
use crate::dice::Dice;
use crate::models;

/// Steps of random work, at least.
const STEPS: u32 = 700;
/// Instances of each process that must have come to their end; how many steps that takes depends on
/// when jobs run.
const COMPLETED_MIN: u64 = 10;
const STEPS_MAX: u32 = 5_000;
/// Steps between two restarts.
const STEPS_PER_LIFE: u32 = 150;
const DAY_MS: i64 = 86_400_000;
/// Days that the dashboard is asked for: all that the test lasts.
const DAYS: u16 = 90;

/// Fails some attempts of some jobs, the same ones each time the work is the same.
struct Moody;

#[async_trait]
impl Connector for Moody {
    async fn run(&self, job: &Job) -> Result<Variables, ConnectorError> {
        let mood = job.key.instance.number().wrapping_mul(31) + u64::from(job.attempt) * 7;
        if mood % 5 < 2 {
            return Err(ConnectorError::retry("not now"));
        }
        Ok(Variables::default())
    }

    fn concurrency(&self) -> usize {
        4
    }
}

fn connectors() -> Catalogue {
    let mut catalogue = Catalogue::default();
    catalogue.add("moody", Arc::new(Moody));
    catalogue
}

/// `check` is the id of the first task of the clerks, which versions call differently.
fn model(process: &str, check: &str) -> String {
    models::sequence(
        process,
        &[
            models::service_task("score", "moody", 2),
            models::sub_process(
                "checks",
                &[
                    models::user_task(check, "Check it", "clerks"),
                    // Whoever does not come in time finds the task gone.
                    format!(
                        "<bpmn:boundaryEvent id=\"late\" attachedToRef=\"{check}\">{}\
                         </bpmn:boundaryEvent>{}{}",
                        models::timer("timeDuration", "PT20H"),
                        models::user_task("hurry", "Hurry", "clerks"),
                        models::flows("late hurry"),
                    ),
                    models::script_task("note", "1 + 1", "noted"),
                ],
            ),
            models::service_task("pay", "moody", 1),
            models::user_task("file", "File it", "clerks").replace(
                "</bpmn:userTask>",
                "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>=2\
                 </bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>",
            ),
        ],
    )
}

/// What is counted for one version of a process.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counted {
    active: u64,
    started: u64,
    with_incident: u64,
    /// Per node: open visits, open incidents, completed visits.
    nodes: BTreeMap<FlowNodeId, (u64, u64, u64)>,
    /// Per day: started, completed, terminated, incidents raised.
    days: BTreeMap<i64, (u64, u64, u64, u64)>,
    /// Completed visits per node and day.
    visits: BTreeMap<(FlowNodeId, i64), u64>,
    /// Durations of completed instances, then of completed visits with work, per node.
    cycles: u64,
    times: BTreeMap<FlowNodeId, u64>,
}

fn day(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY_MS)
}

/// What one instance has to do with, as its journal is read.
#[derive(Default)]
struct Reading {
    open: BTreeMap<ElementInstanceId, FlowNodeId>,
    bodies: BTreeSet<ElementInstanceId>,
    worked: BTreeSet<ElementInstanceId>,
    incidents: BTreeMap<IncidentId, FlowNodeId>,
    had_incident: bool,
}

impl Reading {
    fn rename(&mut self, mapping: &[(FlowNodeId, FlowNodeId)]) {
        for node in self.open.values_mut().chain(self.incidents.values_mut()) {
            if let Some((_, new)) = mapping.iter().find(|(old, _)| old == node) {
                *node = new.clone();
            }
        }
    }
}

impl Counted {
    /// Counts what happened in one instance.
    fn read(&mut self, reading: &mut Reading, event: &Event, at: Timestamp) {
        let day = day(at);
        let of_day = self.days.entry(day).or_default();
        match event {
            Event::InstanceStarted { .. } => {
                (self.active, self.started) = (self.active + 1, self.started + 1);
                of_day.0 += 1;
            }
            Event::InstanceCompleted => {
                self.active -= 1;
                self.cycles += 1;
                of_day.1 += 1;
            }
            Event::InstanceTerminated { .. } => {
                self.active -= 1;
                of_day.2 += 1;
            }
            Event::ElementActivated { element, node, role, .. } => {
                reading.open.insert(*element, node.clone());
                if *role == Role::Body {
                    // Its times are counted in its place.
                    reading.bodies.insert(*element);
                    return;
                }
                self.nodes.entry(node.clone()).or_default().0 += 1;
            }
            Event::ElementCompleted { element } => {
                let node = reading.open.remove(element).expect("it was open");
                if reading.bodies.remove(element) {
                    return;
                }
                let counts = self.nodes.entry(node.clone()).or_default();
                (counts.0, counts.2) = (counts.0 - 1, counts.2 + 1);
                *self.visits.entry((node.clone(), day)).or_default() += 1;
                if reading.worked.contains(element) {
                    *self.times.entry(node).or_default() += 1;
                }
            }
            Event::ElementTerminated { element } => {
                let node = reading.open.remove(element).expect("it was open");
                if !reading.bodies.remove(element) {
                    self.nodes.entry(node).or_default().0 -= 1;
                }
            }
            Event::JobCreated { element, .. } | Event::UserTaskCreated { element, .. } => {
                reading.worked.insert(*element);
            }
            Event::IncidentRaised { incident, element, .. } => {
                of_day.3 += 1;
                let node = reading.open[element].clone();
                self.nodes.entry(node.clone()).or_default().1 += 1;
                reading.incidents.insert(*incident, node);
                if !std::mem::replace(&mut reading.had_incident, true) {
                    self.with_incident += 1;
                }
            }
            Event::IncidentResolved { incident, .. } => {
                let node = reading.incidents.remove(incident).expect("it was open");
                self.nodes.entry(node).or_default().1 -= 1;
            }
            Event::InstanceMigrated { .. } => panic!("it concerns two versions"),
            Event::SequenceFlowTaken { .. }
            | Event::InstanceModified { .. }
            | Event::TokensRemoved { .. }
            | Event::InstanceSuspended { .. }
            | Event::InstanceResumed { .. }
            | Event::VariablesSet { .. }
            | Event::DecisionEvaluated { .. }
            | Event::JobCompleted { .. }
            | Event::JobFailed { .. }
            | Event::AdHocDirected { .. }
            | Event::JobRetriesRaised { .. }
            | Event::UserTaskAssigned { .. }
            | Event::UserTaskCompleted { .. }
            | Event::ElementWaiting { .. }
            | Event::ElementFinished { .. }
            | Event::ScopeInterrupted { .. }
            | Event::SubscriptionOpened { .. }
            | Event::EventOccurred { .. }
            | Event::ConditionChanged { .. }
            | Event::MessageThrown { .. }
            | Event::SignalThrown { .. }
            | Event::ErrorThrown { .. }
            | Event::ErrorPropagated { .. }
            | Event::EscalationThrown { .. }
            | Event::ProcessCalled { .. }
            | Event::CallEnded { .. }
            | Event::LoopStarted { .. }
            | Event::LoopResultKept { .. }
            | Event::CompensationRecorded { .. }
            | Event::CompensationStarted { .. }
            | Event::CompensationTaken { .. }
            | Event::GatewayStarted { .. }
            | Event::GatewayReset { .. }
            | Event::TurnInterrupted => {}
        }
    }

    /// An instance with this reading goes or, where `n` is 1, comes.
    fn pass(&mut self, reading: &Reading, n: i64) {
        self.active = self.active.checked_add_signed(n).unwrap();
        let counted = reading.open.iter().filter(|(id, _)| !reading.bodies.contains(id));
        for (_, node) in counted {
            let counts = self.nodes.entry(node.clone()).or_default();
            counts.0 = counts.0.checked_add_signed(n).unwrap();
        }
        for node in reading.incidents.values() {
            let counts = self.nodes.entry(node.clone()).or_default();
            counts.1 = counts.1.checked_add_signed(n).unwrap();
        }
    }

    /// The sum of two versions.
    fn plus(mut self, other: &Self) -> Self {
        self.active += other.active;
        self.started += other.started;
        self.with_incident += other.with_incident;
        self.cycles += other.cycles;
        for (node, n) in &other.nodes {
            let sum = self.nodes.entry(node.clone()).or_default();
            *sum = (sum.0 + n.0, sum.1 + n.1, sum.2 + n.2);
        }
        for (day, n) in &other.days {
            let sum = self.days.entry(*day).or_default();
            *sum = (sum.0 + n.0, sum.1 + n.1, sum.2 + n.2, sum.3 + n.3);
        }
        for (key, n) in &other.visits {
            *self.visits.entry(key.clone()).or_default() += n;
        }
        for (node, n) in &other.times {
            *self.times.entry(node.clone()).or_default() += n;
        }
        self
    }
}

async fn all_instances(store: &Store) -> Vec<InstanceRow> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query = InstanceQuery { limit: 200, after, ..InstanceQuery::default() };
        let page = store.instances(&query).await.unwrap();
        all.extend(page.rows);
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

/// Whether nothing happens by itself before the clock moves.
async fn is_quiet(bench: &Bench) -> bool {
    let now = bench.clock.now();
    for row in all_instances(&bench.runtime.store).await {
        if row.status != InstanceStatus::Active {
            continue;
        }
        let (state, _) = bench.runtime.store.load_state(row.id).await.unwrap().unwrap();
        let runs = |retries: u32, retry_at: Option<Timestamp>| {
            retries > 0 && retry_at.is_none_or(|at| at <= now)
        };
        if state.jobs().any(|(_, job)| runs(job.retries, job.retry_at)) {
            return false;
        }
        let is_due = |waits: &Waited| matches!(waits, Waited::Timer { due, .. } if *due <= now);
        if state.subscriptions().any(|(_, open)| is_due(&open.waits)) {
            return false;
        }
    }
    true
}

/// The clerk's random day.
async fn work(database: &TestDatabase) -> SimulatedClock {
    let mut dice = Dice(0x5EED_CAFE);
    let mut bench = Bench::start(&database.settings, connectors()).await;
    let mut definitions = vec![bench.deploy(&model("work", "check")).await];
    definitions.push(bench.deploy(&model("work", "verify")).await);
    definitions.push(bench.deploy(&model("other", "check")).await);
    for step in 1..=STEPS_MAX {
        if step > STEPS && enough_completed(&bench).await {
            break;
        }
        one_step(&bench, &mut dice, &definitions).await;
        if step % STEPS_PER_LIFE == 0 {
            let clock = bench.clock.clone();
            bench.stop().await;
            bench = Bench::start_at(&database.settings, connectors(), clock).await;
        }
    }
    bench.until("all is quiet", || is_quiet(&bench)).await;
    let clock = bench.clock.clone();
    bench.stop().await;
    clock
}

async fn enough_completed(bench: &Bench) -> bool {
    let processes = bench.runtime.store.processes().await.unwrap();
    processes.iter().all(|process| process.completed >= COMPLETED_MIN)
}

async fn one_step(bench: &Bench, dice: &mut Dice, definitions: &[DefinitionKey]) {
    let store = &bench.runtime.store;
    match dice.below(13) {
        0..=3 => {
            let definition = definitions[dice.below(definitions.len())];
            bench.start_instance(definition, "anna", "case").await;
        }
        4..=7 => {
            let view = if dice.below(2) == 0 { TaskSelection::Groups } else { TaskSelection::Mine };
            let tasks = bench.tasks("ben", &["clerks"], view).await;
            if tasks.is_empty() {
                return;
            }
            let task: UserTaskKey = tasks[dice.below(tasks.len())].key;
            // Nobody else touches a task, but its time may just have run out.
            let claimed = bench.claim(task, "ben").await.is_ok();
            if dice.below(3) > 0 && claimed {
                let _ = bench.complete(task, "ben").await;
            }
        }
        8 => {
            let open = InstanceQuery {
                state: Some(InstanceStatus::Active),
                limit: 200,
                ..InstanceQuery::default()
            };
            let rows = store.instances(&open).await.unwrap().rows;
            if rows.len() > 4 {
                let instance = rows[dice.below(rows.len())].id;
                let command = Command::TerminateInstance { reason: "Withdrawn".to_owned() };
                // A job may just have ended it.
                let _ = bench.submit(instance, command, "olga").await;
            }
        }
        9 => {
            let stopped = InstanceQuery { incidents: true, limit: 200, ..Default::default() };
            for row in store.instances(&stopped).await.unwrap().rows {
                for incident in store.open_incidents(row.id).await.unwrap() {
                    let command = Command::ResolveIncident { incident: incident.key.number };
                    let _ = bench.submit(row.id, command, "olga").await;
                }
            }
        }
        10 => {
            let open = InstanceQuery {
                state: Some(InstanceStatus::Active),
                limit: 200,
                ..InstanceQuery::default()
            };
            let mut rows = store.instances(&open).await.unwrap().rows;
            rows.retain(|row| row.definition == definitions[0]);
            if rows.len() > 2 {
                let instance = rows[dice.below(rows.len())].id;
                let mapping = vec![(FlowNodeId::from("check"), FlowNodeId::from("verify"))];
                let command = Command::MigrateInstance { to: definitions[1], mapping };
                bench.submit(instance, command, "olga").await.unwrap();
            }
        }
        _ => {
            let minutes = u64::try_from(dice.below(600)).unwrap();
            bench.clock.advance(Duration::from_secs(60 * minutes + 1));
        }
    }
}

/// What a recount has found.
#[derive(Default)]
pub struct Recounted {
    versions: BTreeMap<DefinitionKey, Counted>,
    processes: BTreeMap<ProcessId, Counted>,
    migrated: u32,
    /// Timers that wait.
    pub timers: BTreeSet<(InstanceId, SubscriptionId, Timestamp)>,
}

/// Reads every journal, and checks each instance's own row on the way.
async fn recount(store: &Store) -> Recounted {
    let Recounted { versions: mut counted, mut timers, mut migrated, .. } = Recounted::default();
    for row in all_instances(store).await {
        let mut version = row.definition;
        let (mut reading, mut state) = (Reading::default(), InstanceState::default());
        for turn in store.turns(row.id, 0, 10_000).await.unwrap() {
            for event in &turn.events {
                if let Event::InstanceStarted { definition, .. } = event {
                    version = *definition;
                }
                if let Event::InstanceMigrated { to, mapping, .. } = event {
                    counted.entry(version).or_default().pass(&reading, -1);
                    reading.rename(mapping);
                    version = *to;
                    counted.entry(version).or_default().pass(&reading, 1);
                    migrated += 1;
                } else {
                    let of_version = counted.entry(version).or_default();
                    of_version.read(&mut reading, event, turn.at);
                }
                state.apply(event);
            }
        }
        assert_eq!(store.load_state(row.id).await.unwrap().unwrap().0, state, "the journal folded");
        let status = match state.status() {
            Status::Active => InstanceStatus::Active,
            Status::Completed => InstanceStatus::Completed,
            Status::Terminated => InstanceStatus::Terminated,
            Status::NotStarted => panic!("an instance without a start"),
        };
        assert_eq!(row.definition, version);
        assert_eq!((row.status, row.incidents as usize), (status, reading.incidents.len()));
        let steps: BTreeSet<_> = reading.open.values().cloned().collect();
        assert_eq!(row.steps.iter().cloned().collect::<BTreeSet<_>>(), steps);
        let incidents = store.open_incidents(row.id).await.unwrap();
        let incidents = incidents.into_iter().map(|it| (it.key.number, it.node));
        assert_eq!(incidents.collect::<BTreeMap<_, _>>(), reading.incidents);
        for (number, _) in state.user_tasks() {
            let key = UserTaskKey { instance: row.id, number };
            let task = store.task(key).await.unwrap().expect("a row for every task");
            assert!(task.open, "{key} is open");
            assert_eq!((task.definition, &task.node), (version, &reading.open[&number]));
        }
        let awaited = state.subscriptions().filter_map(|(number, open)| match open.waits {
            Waited::Timer { due, .. } => Some((row.id, number, due)),
            _ => None,
        });
        timers.extend(awaited);
    }
    let kept = store.due_timers(Timestamp::MAX, 10_000).await.unwrap();
    let kept = kept.into_iter().map(|timer| (timer.instance, timer.subscription, timer.due_at));
    assert_eq!(kept.collect::<BTreeSet<_>>(), timers, "a row for every timer");
    Recounted { versions: counted, migrated, timers, ..Recounted::default() }
}

/// Holds every count that is kept against a recount.
pub async fn assert_counts(store: &Store, now: Timestamp) -> Recounted {
    let mut recounted = recount(store).await;
    let counted = &recounted.versions;
    for (definition, of_version) in counted {
        assert_steps(&store.step_counts(*definition).await.unwrap(), of_version);
    }
    for row in store.processes().await.unwrap() {
        let process = row.latest.process.clone();
        let versions = store.active_by_version(&process).await.unwrap();
        let mut sum = Counted::default();
        for (definition, active) in versions {
            let of_version = &counted[&definition];
            assert_eq!(active, of_version.active);
            sum = sum.plus(of_version);
        }
        let completed: u64 = sum.days.values().map(|n| n.1).sum();
        let incidents: u64 = sum.nodes.values().map(|n| n.1).sum();
        assert_eq!((row.active, row.incidents, row.completed), (sum.active, incidents, completed));
        assert_dashboard(store, now, &process, &sum).await;
        recounted.processes.insert(process, sum);
    }
    recounted
}

#[test]
fn every_count_that_is_kept_is_what_a_recount_finds() {
    on_every_database("every_count_that_is_kept", |database| async move {
        let clock = work(&database).await;
        let store = Store::open(&database.settings).await.unwrap();
        let recounted = assert_counts(&store, clock.now()).await;
        let Recounted { versions: counted, processes: by_process, migrated, timers } = recounted;
        assert!(migrated > 10 && !timers.is_empty(), "instances were migrated: {migrated}");
        assert_eq!(counted.len(), 3, "all versions were worked with");
        let mut raised = 0;
        for (process, sum) in &by_process {
            raised += sum.days.values().map(|n| n.3).sum::<u64>();
            let (started, cycles) = (sum.started, sum.cycles);
            println!("{process}: {started} started, {cycles} completed, {raised} incidents so far");
            assert!(started > 30 && cycles >= COMPLETED_MIN, "something was going on");
        }
        assert!(raised > 20, "something went wrong: {raised}");
        let open = tasks_of(&counted, &["check", "verify", "file", "hurry"]);
        let query = Bench::tasks_query(&clock, "ben", &["clerks"], TaskSelection::Groups);
        let totals = store.task_counts(&query).await.unwrap();
        assert_eq!(totals.mine + totals.groups, open);
        assert_counted_after_removal(&store, &clock, &by_process).await;
        store.close().await;
    });
}

/// Removes all that has ended: the counters say what they have said, which is what a recount of the
/// rest finds and how many are gone.
async fn assert_counted_after_removal(
    store: &Store,
    clock: &SimulatedClock,
    before: &BTreeMap<ProcessId, Counted>,
) {
    let ended = |sum: &Counted| sum.days.values().map(|n| n.1 + n.2).sum::<u64>();
    let times = (Timestamp::MAX, clock.now());
    for process in before.keys() {
        let mut after = (i64::MIN, 0);
        while let Some(next) = store.remove_ended(process, times, after, 500).await.unwrap().next {
            after = next;
        }
    }
    let left = recount(store).await.versions;
    for (process, sum) in before {
        assert_dashboard(store, clock.now(), process, sum).await;
        let versions = store.active_by_version(process).await.unwrap();
        let mut of_left = Counted::default();
        for (definition, _) in versions {
            of_left = of_left.plus(left.get(&definition).unwrap_or(&Counted::default()));
        }
        let removed = store.removed_count(process).await.unwrap();
        assert_eq!(removed, ended(sum), "all that had ended");
        assert_eq!(ended(&of_left), 0);
        assert_eq!((of_left.started + removed, of_left.active), (sum.started, sum.active));
    }
}

fn tasks_of(counted: &BTreeMap<DefinitionKey, Counted>, nodes: &[&str]) -> u64 {
    let open = counted.values().flat_map(|of_version| &of_version.nodes);
    let of_tasks = open.filter(|(node, _)| nodes.contains(&node.as_str()));
    of_tasks.map(|(_, (active, _, _))| *active).sum()
}

fn assert_steps(steps: &[spartito::store::StepCountRow], counted: &Counted) {
    let kept: BTreeMap<FlowNodeId, (u64, u64, u64)> = steps
        .iter()
        .map(|step| (step.node.clone(), (step.active, step.incidents, step.completed)))
        .filter(|(node, n)| !node.as_str().is_empty() && *n != (0, 0, 0))
        .collect();
    let mut nodes = counted.nodes.clone();
    nodes.retain(|_, n| *n != (0, 0, 0));
    assert_eq!(kept, nodes);
}

async fn assert_dashboard(store: &Store, now: Timestamp, process: &ProcessId, counted: &Counted) {
    let kept = store.dashboard(process, now, DAYS, DAYS).await.unwrap();
    let incidents: u64 = counted.nodes.values().map(|n| n.1).sum();
    assert_eq!(
        (kept.open, kept.incidents_open, kept.started, kept.with_incident),
        (counted.active, incidents, counted.started, counted.with_incident)
    );
    let first = counted.days.keys().next().copied().unwrap();
    assert!(day(now) - first < i64::from(DAYS), "the whole test lies within what is asked for");
    let mut open = 0;
    for row in &kept.days {
        let n = counted.days.get(&day(row.day)).copied().unwrap_or_default();
        open = open + n.0 - n.1 - n.2;
        assert_eq!((row.started, row.completed, row.terminated, row.incidents), n, "{}", row.day);
        assert_eq!(row.open, open, "{}", row.day);
    }
    assert_eq!(kept.cycle_time.iter().map(|(_, n)| n).sum::<u64>(), counted.cycles);
    for step in &kept.steps {
        let node = step.node().clone();
        let today = counted.visits.get(&(node.clone(), day(now))).copied().unwrap_or(0);
        assert_eq!(step.completed_today, today, "{node}");
        let timed: u64 = step.visit_time.iter().map(|(_, n)| n).sum();
        assert_eq!(timed, counted.times.get(&node).copied().unwrap_or(0), "{node}");
    }
}
