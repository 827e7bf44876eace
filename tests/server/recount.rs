//! Counts from the journals alone what servers keep count of, and holds the one against the other.

use std::collections::{BTreeMap, BTreeSet};

use spartito::store::{InstanceQuery, InstanceRow, InstanceStatus, StepCountRow, Store};
use spartito_core::engine::Event;
use spartito_core::engine::event::{Role, Waited};
use spartito_core::engine::state::{InstanceState, Status};
use spartito_core::ids::{
    DefinitionKey, ElementInstanceId, FlowNodeId, IncidentId, InstanceId, ProcessId,
    SubscriptionId, UserTaskKey,
};
use spartito_core::time::Timestamp;

const DAY_MS: i64 = 86_400_000;
/// Days of the dashboard that are looked at.
const DAYS: u16 = 90;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub active: u64,
    pub started: u64,
    pub with_incident: u64,
    /// Per node: open visits, open incidents, completed visits.
    pub nodes: BTreeMap<FlowNodeId, (u64, u64, u64)>,
    /// Per day: started, completed, terminated, incidents raised.
    pub days: BTreeMap<i64, (u64, u64, u64, u64)>,
    /// Completed visits per node and day.
    pub visits: BTreeMap<(FlowNodeId, i64), u64>,
    /// Durations of completed instances, then of completed visits with work, per node.
    pub cycles: u64,
    pub times: BTreeMap<FlowNodeId, u64>,
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
            | Event::JobChanged { .. }
            | Event::JobRetriesRaised { .. }
            | Event::AdHocDirected { .. }
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
    pub fn plus(mut self, other: &Self) -> Self {
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

pub async fn all_instances(store: &Store) -> Vec<InstanceRow> {
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

/// What a recount has found.
#[derive(Default)]
pub struct Recounted {
    pub versions: BTreeMap<DefinitionKey, Counted>,
    /// The processes of these versions.
    of: BTreeMap<DefinitionKey, ProcessId>,
    pub processes: BTreeMap<ProcessId, Counted>,
    pub migrated: u32,
    /// Timers that wait.
    pub timers: BTreeSet<(InstanceId, SubscriptionId, Timestamp)>,
}

/// Reads every journal, and checks each instance's own row on the way.
pub async fn recount(store: &Store) -> Recounted {
    let Recounted { versions: mut counted, mut of, mut timers, mut migrated, .. } =
        Recounted::default();
    for row in all_instances(store).await {
        let mut version = row.definition;
        let (mut reading, mut state) = (Reading::default(), InstanceState::default());
        for turn in store.turns(row.id, 0, 10_000).await.unwrap() {
            for event in &turn.events {
                if let Event::InstanceStarted { definition, process, .. } = event {
                    version = *definition;
                    of.insert(version, process.clone());
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
        assert_eq!(row.suspended, state.is_suspended() && state.status() == Status::Active);
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
    Recounted { versions: counted, of, migrated, timers, ..Recounted::default() }
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
        let mut versions = store.active_by_version(&process).await.unwrap();
        // Of one whose instances end in the turn that starts them none was ever open.
        for (definition, _) in recounted.of.iter().filter(|(_, of)| **of == process) {
            versions.entry(*definition).or_default();
        }
        let mut sum = Counted::default();
        for (definition, active) in versions {
            let Some(of_version) = counted.get(&definition) else {
                assert_eq!(active, 0, "nobody has started it");
                continue;
            };
            assert_eq!(active, of_version.active);
            sum = sum.plus(of_version);
        }
        let completed: u64 = sum.days.values().map(|n| n.1).sum();
        let incidents: u64 = sum.nodes.values().map(|n| n.1).sum();
        assert_eq!((row.active, row.incidents, row.completed), (sum.active, incidents, completed));
        if sum.started > 0 {
            assert_dashboard(store, now, &process, &sum).await;
        }
        recounted.processes.insert(process, sum);
    }
    recounted
}

fn assert_steps(steps: &[StepCountRow], counted: &Counted) {
    let kept: BTreeMap<FlowNodeId, (u64, u64, u64)> = steps
        .iter()
        .map(|step| (step.node.clone(), (step.active, step.incidents, step.completed)))
        .filter(|(node, n)| !node.as_str().is_empty() && *n != (0, 0, 0))
        .collect();
    let mut nodes = counted.nodes.clone();
    nodes.retain(|_, n| *n != (0, 0, 0));
    assert_eq!(kept, nodes);
}

pub async fn assert_dashboard(
    store: &Store,
    now: Timestamp,
    process: &ProcessId,
    counted: &Counted,
) {
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
