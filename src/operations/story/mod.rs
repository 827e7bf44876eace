//! What has happened to one instance, told in the words of the business: visits, the path taken
//! and the history. All of it is read from the instance's own journal.
//!
//! Never tells more than its bounds: of a long life, the latest part, and says that it is cut.

mod by;
mod moment;
mod waiting;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use spartito_core::bpmn::model::{FlowNode, Process};
use spartito_core::engine::event::{Role, Waited};
use spartito_core::engine::{Event, InstanceState};
use spartito_core::ids::{
    ElementInstanceId, FlowNodeId, IncidentId, InstanceId, PersonId, SequenceFlowId, SubscriptionId,
};
use spartito_core::time::Timestamp;

use self::by::by;
use self::moment::{Moment, What};
use super::names::Names;
use super::words::readable_name;
use crate::store::{Store, StoreError, StoredTurn};
use crate::wire::{
    HistoryEntry, InstanceDecision, MadeDecision, TaskEnd, TimelineEntry, TimelineState,
};

pub(super) use waiting::{awaited, startable, triggerable};
pub(super) use words::cause_words;

/// Turns read of one instance, the latest ones.
const TURNS_MAX: u64 = 4_000;
/// Turns read in one call of the store.
const TURNS_PER_READ: u32 = 1_000;
/// Visits and history entries shown, the latest ones.
const ENTRIES_MAX: usize = 500;

/// The story of one instance.
pub(super) struct Story {
    visits: BTreeMap<ElementInstanceId, Visit>,
    incidents: BTreeMap<IncidentId, ElementInstanceId>,
    subscriptions: BTreeMap<SubscriptionId, Awaited>,
    taken: BTreeSet<SequenceFlowId>,
    moments: Vec<Moment>,
    /// Whether earlier turns were left out.
    cut: bool,
    termination_reason: Option<String>,
    suspension: Option<Suspension>,
}

/// Since when, by whom and why an instance stands still.
#[derive(Debug, Clone)]
pub(super) struct Suspension {
    pub(super) since: Timestamp,
    pub(super) by: Option<PersonId>,
    pub(super) reason: String,
}

/// An event that is or was waited for.
struct Awaited {
    element: ElementInstanceId,
    node: FlowNodeId,
    waits: Waited,
}

/// One visit to a flow node.
struct Visit {
    node: FlowNodeId,
    scope: ElementInstanceId,
    role: Role,
    /// Of a loop, how often it repeats where that is known.
    times: Option<u32>,
    /// Whether a person has a task here.
    is_task: bool,
    began_at: Timestamp,
    ended_at: Option<Timestamp>,
    state: TimelineState,
    /// Who holds or did it.
    person: Option<PersonId>,
    /// The action it was completed with.
    action: Option<String>,
    completed_by: Option<PersonId>,
}

impl Visit {
    fn begun(node: FlowNodeId, (scope, role): (ElementInstanceId, Role), at: Timestamp) -> Self {
        Self {
            node,
            scope,
            role,
            times: None,
            is_task: false,
            began_at: at,
            ended_at: None,
            state: TimelineState::Active,
            person: None,
            action: None,
            completed_by: None,
        }
    }
}

impl Story {
    /// Reads the story of `instance` up to its turn at `position`.
    pub(super) async fn read(
        store: &Store,
        instance: InstanceId,
        position: u64,
    ) -> Result<Self, StoreError> {
        let first = position.saturating_sub(TURNS_MAX);
        let mut story = Self {
            visits: BTreeMap::new(),
            incidents: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            taken: BTreeSet::new(),
            moments: Vec::new(),
            cut: first > 0,
            termination_reason: None,
            suspension: None,
        };
        let mut after = first;
        loop {
            let turns = store.turns(instance, after, TURNS_PER_READ).await?;
            let Some(last) = turns.last() else { break };
            after = last.position;
            for turn in &turns {
                story.tell(turn);
            }
            if after >= position {
                break;
            }
        }
        Ok(story)
    }

    fn tell(&mut self, turn: &StoredTurn) {
        for event in &turn.events {
            self.follow(event, turn.at);
            self.follow_suspension(event, turn);
            if let Some(what) = self.worth_telling(event, turn.at) {
                let by = by(event).or_else(|| turn.by.clone());
                self.moments.push(Moment { at: turn.at, by, what });
            }
        }
    }

    fn follow_suspension(&mut self, event: &Event, turn: &StoredTurn) {
        if let Event::InstanceSuspended { reason, .. } = event {
            let by = by(event).or_else(|| turn.by.clone());
            self.suspension = Some(Suspension { since: turn.at, by, reason: reason.clone() });
        } else if matches!(event, Event::InstanceResumed { .. }) {
            self.suspension = None;
        }
    }

    /// Keeps visits, incidents and the path up to date.
    fn follow(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::ElementActivated { element, node, scope, role, .. } => {
                self.visits.insert(*element, Visit::begun(node.clone(), (*scope, *role), at));
            }
            Event::ElementCompleted { element } => {
                self.end(*element, at, TimelineState::Completed);
            }
            Event::ElementTerminated { element } => {
                self.end(*element, at, TimelineState::Terminated);
            }
            Event::SequenceFlowTaken { flow, .. } => {
                self.taken.insert(flow.clone());
            }
            Event::UserTaskCreated { .. }
            | Event::UserTaskAssigned { .. }
            | Event::UserTaskCompleted { .. } => self.follow_task(event),
            Event::IncidentRaised { incident, element, .. } => {
                self.incidents.insert(*incident, *element);
            }
            Event::SubscriptionOpened { subscription, element, node, waits, .. } => {
                let awaited =
                    Awaited { element: *element, node: node.clone(), waits: waits.clone() };
                self.subscriptions.insert(*subscription, awaited);
            }
            Event::LoopStarted { element, total, .. } => self.repeat(*element, *total),
            Event::InstanceTerminated { reason, .. } => {
                self.termination_reason = Some(reason.clone());
                self.end_all(at);
            }
            Event::InstanceCompleted => self.end_all(at),
            Event::InstanceStarted { .. }
            | Event::VariablesSet { .. }
            | Event::DecisionEvaluated { .. }
            | Event::JobCreated { .. }
            | Event::JobCompleted { .. }
            | Event::AdHocDirected { .. }
            | Event::JobFailed { .. }
            | Event::JobChanged { .. }
            | Event::JobRetriesRaised { .. }
            | Event::IncidentResolved { .. }
            | Event::ElementWaiting { .. }
            | Event::ElementFinished { .. }
            | Event::ScopeInterrupted { .. }
            | Event::EventOccurred { .. }
            | Event::ConditionChanged { .. }
            | Event::MessageThrown { .. }
            | Event::SignalThrown { .. }
            | Event::ErrorThrown { .. }
            | Event::ErrorPropagated { .. }
            | Event::EscalationThrown { .. }
            | Event::ProcessCalled { .. }
            | Event::CallEnded { .. }
            | Event::LoopResultKept { .. }
            | Event::CompensationRecorded { .. }
            | Event::CompensationStarted { .. }
            | Event::CompensationTaken { .. }
            | Event::InstanceMigrated { .. }
            | Event::InstanceModified { .. }
            | Event::TokensRemoved { .. }
            | Event::InstanceSuspended { .. }
            | Event::InstanceResumed { .. }
            | Event::GatewayStarted { .. }
            | Event::GatewayReset { .. }
            | Event::TurnInterrupted => {}
        }
    }

    fn follow_task(&mut self, event: &Event) {
        if let Event::UserTaskCreated { element, assignee, .. }
        | Event::UserTaskAssigned { element, assignee, .. } = event
            && let Some(visit) = self.visits.get_mut(element)
        {
            visit.is_task = true;
            visit.person.clone_from(assignee);
        } else if let Event::UserTaskCompleted { element, action, by } = event
            && let Some(visit) = self.visits.get_mut(element)
        {
            visit.person = by.clone().or_else(|| visit.person.take());
            visit.is_task = false;
            visit.completed_by.clone_from(by);
            visit.action.clone_from(action);
        }
    }

    fn repeat(&mut self, body: ElementInstanceId, times: Option<u32>) {
        if let Some(visit) = self.visits.get_mut(&body) {
            visit.times = times;
        }
    }

    fn end(&mut self, element: ElementInstanceId, at: Timestamp, state: TimelineState) {
        if let Some(visit) = self.visits.get_mut(&element) {
            visit.ended_at = Some(at);
            visit.state = state;
        }
    }

    fn end_all(&mut self, at: Timestamp) {
        for visit in self.visits.values_mut().filter(|visit| visit.ended_at.is_none()) {
            visit.ended_at = Some(at);
            visit.state = TimelineState::Terminated;
        }
    }

    /// Ids of the flows that were taken.
    pub(super) fn taken(&self) -> Vec<String> {
        self.taken.iter().map(ToString::to_string).collect()
    }

    /// Ids of the nodes with a completed visit.
    pub(super) fn completed(&self) -> Vec<String> {
        let nodes: BTreeSet<&FlowNodeId> = self
            .visits
            .values()
            .filter(|visit| visit.state == TimelineState::Completed && visit.role != Role::Body)
            .map(|visit| &visit.node)
            .collect();
        nodes.into_iter().map(ToString::to_string).collect()
    }

    /// Why it stands still, where it does and what is read of the journal says so.
    pub(super) fn suspension(&self) -> Option<&Suspension> {
        self.suspension.as_ref()
    }

    /// How many visits of each node were completed.
    pub(super) fn completed_counts(&self) -> BTreeMap<FlowNodeId, u64> {
        let mut counts = BTreeMap::new();
        for visit in self.visits.values() {
            if visit.state == TimelineState::Completed && visit.role != Role::Body {
                *counts.entry(visit.node.clone()).or_default() += 1;
            }
        }
        counts
    }

    /// Why the instance was ended before its time.
    pub(super) fn termination_reason(&self) -> Option<String> {
        self.termination_reason.clone()
    }

    /// Whether something was left out.
    pub(super) fn is_cut(&self) -> bool {
        self.cut || self.moments.len() > ENTRIES_MAX || self.visits.len() > ENTRIES_MAX
    }

    /// Everybody who is named in the story.
    #[expect(clippy::wildcard_enum_match_arm, reason = "one thing is looked for")]
    pub(super) fn people(&self) -> impl Iterator<Item = &PersonId> {
        let doers = self.moments.iter().filter_map(|moment| moment.by.as_ref());
        let takers = self.moments.iter().filter_map(|moment| match &moment.what {
            What::TaskTaken { assignee, .. } => Some(assignee),
            _ => None,
        });
        let holders = self.visits.values().filter_map(|visit| visit.person.as_ref());
        doers.chain(takers).chain(holders)
    }

    /// How the task `element` ended.
    pub(super) fn end_of(&self, element: ElementInstanceId, names: &Names) -> Option<TaskEnd> {
        let visit = self.visits.get(&element)?;
        Some(TaskEnd {
            at: visit.ended_at?,
            by: names.find(visit.completed_by.as_ref()),
            action: visit.action.clone(),
        })
    }

    /// Visits in order of their beginning.
    pub(super) fn timeline(
        &self,
        process: &Process,
        state: &InstanceState,
        names: &Names,
    ) -> Vec<TimelineEntry> {
        let troubled: BTreeSet<ElementInstanceId> =
            state.incidents().map(|(_, incident)| incident.element).collect();
        // The times of a loop tell all of it, unless the loop itself is in trouble.
        let told = |(element, visit): &(&ElementInstanceId, &Visit)| {
            visit.role != Role::Body || troubled.contains(element)
        };
        let skipped = self.visits.iter().filter(told).count().saturating_sub(ENTRIES_MAX);
        let entries = self.visits.iter().filter(told).skip(skipped);
        entries
            .map(|(element, visit)| {
                let node = find(process, &visit.node);
                let open = visit.ended_at.is_none().then(|| waiting::of(state, process, *element));
                let (waiting, until) = open.unwrap_or_default();
                TimelineEntry {
                    element: element.0,
                    node: visit.node.to_string(),
                    title: self.step(process, *element),
                    kind: node.map_or("", |node| node.kind.local_name()).to_owned(),
                    began_at: visit.began_at,
                    ended_at: visit.ended_at,
                    state: visit.state,
                    waiting,
                    until,
                    outside: None,
                    person: names.find(visit.person.as_ref()),
                    incident: troubled.contains(element),
                }
            })
            .collect()
    }

    /// What has happened, latest first.
    pub(super) fn history(&self, process: &Process, names: &Names) -> Vec<HistoryEntry> {
        let told = self.moments.iter().rev().filter_map(|moment| {
            let trouble = matches!(moment.what, What::JobFailed { .. } | What::Incident { .. });
            Some(HistoryEntry {
                at: moment.at,
                what: self.words(process, names, moment)?,
                who: names.find(moment.by.as_ref()),
                trouble,
            })
        });
        told.take(ENTRIES_MAX).collect()
    }

    /// The decisions that were made, latest first.
    pub(super) fn decisions(&self, process: &Process) -> Vec<InstanceDecision> {
        let made = self.moments.iter().rev().filter_map(|moment| {
            let What::Decided(decided) = &moment.what else { return None };
            Some(InstanceDecision {
                at: moment.at,
                step: self.step(process, decided.element),
                id: decided.decision.id.clone(),
                version: decided.decision.version,
                model: decided.decision.model,
                decisions: decided.trace.iter().map(MadeDecision::from).collect(),
                warnings: decided.warnings.clone(),
            })
        });
        made.take(ENTRIES_MAX).collect()
    }

    /// The name of the step that `element` visits, with which time it is.
    fn step(&self, process: &Process, element: ElementInstanceId) -> String {
        let Some(visit) = self.visits.get(&element) else { return "A step".to_owned() };
        let title = title(process, &visit.node);
        match visit.role {
            Role::Time(index) => {
                let number = u64::from(index) + 1;
                match self.visits.get(&visit.scope).and_then(|body| body.times) {
                    Some(times) => format!("{title} ({number} of {times})"),
                    None => format!("{title} ({number})"),
                }
            }
            Role::Whole | Role::Body | Role::Compensation { .. } => title,
        }
    }
}

/// The node `id` of a process.
pub(super) fn find<'p>(process: &'p Process, id: &FlowNodeId) -> Option<&'p FlowNode> {
    process.nodes.iter().find(|node| node.id == *id)
}

/// What a step is called: its name, else what it is.
pub(super) fn title(process: &Process, id: &FlowNodeId) -> String {
    match find(process, id) {
        Some(node) if !node.name.is_empty() => node.name.to_string(),
        Some(node) => readable_name(node.kind.local_name()),
        None => id.to_string(),
    }
}
