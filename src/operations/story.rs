//! What has happened to one instance, told in the words of the business: visits, the path taken
//! and the history. All of it is read from the instance's own journal.
//!
//! Never tells more than its bounds: of a long life, the latest part, and says that it is cut.

mod event;

use std::collections::{BTreeMap, BTreeSet};

use spartito_core::bpmn::model::{FlowNode, FlowNodeKind, Process};
use spartito_core::dmn::DecisionTrace;
use spartito_core::engine::event::DecisionRef;
use spartito_core::engine::incident::Cause;
use spartito_core::engine::{Event, InstanceState};
use spartito_core::ids::{
    ElementInstanceId, FlowNodeId, IncidentId, InstanceId, PersonId, SequenceFlowId,
};
use spartito_core::time::Timestamp;

use self::event::{by, plain};
use super::names::Names;
use super::words::{cut, readable_name, readable_value, span};
use crate::store::{Store, StoreError, StoredTurn};
use crate::wire::{
    HistoryEntry, InstanceDecision, MadeDecision, TaskEnd, TimelineEntry, TimelineState, Waiting,
};

/// Turns read of one instance, the latest ones.
const TURNS_MAX: u64 = 4_000;
/// Turns read in one call of the store.
const TURNS_PER_READ: u32 = 1_000;
/// Visits and history entries shown, the latest ones.
const ENTRIES_MAX: usize = 500;
/// Most characters of a message within a history entry.
const MESSAGE_CHARACTERS_MAX: usize = 300;

/// The story of one instance.
pub(super) struct Story {
    visits: BTreeMap<ElementInstanceId, Visit>,
    incidents: BTreeMap<IncidentId, ElementInstanceId>,
    taken: BTreeSet<SequenceFlowId>,
    moments: Vec<Moment>,
    /// Whether earlier turns were left out.
    cut: bool,
    termination_reason: Option<String>,
}

/// One visit to a flow node.
struct Visit {
    node: FlowNodeId,
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
    fn begun(node: FlowNodeId, at: Timestamp) -> Self {
        Self {
            node,
            began_at: at,
            ended_at: None,
            state: TimelineState::Active,
            person: None,
            action: None,
            completed_by: None,
        }
    }
}

/// Something worth telling.
struct Moment {
    at: Timestamp,
    by: Option<PersonId>,
    what: What,
}

/// What is worth telling, with what the words need.
enum What {
    Started(Option<String>),
    JobFailed {
        element: ElementInstanceId,
        message: String,
        next_in_ms: Option<i64>,
    },
    JobDone(ElementInstanceId),
    RetriesRaised(ElementInstanceId),
    TaskCreated(ElementInstanceId),
    TaskTaken {
        element: ElementInstanceId,
        assignee: PersonId,
    },
    TaskReturned(ElementInstanceId),
    TaskDone {
        element: ElementInstanceId,
        action: Option<String>,
    },
    Incident {
        element: ElementInstanceId,
        cause: Cause,
        message: String,
    },
    IncidentResolved(ElementInstanceId),
    Decided(Box<Decided>),
    Set(Vec<String>),
    EndReached(FlowNodeId),
    /// What needs no words but these.
    Plain(&'static str),
    Terminated(String),
}

/// A decision that was made for a business rule task.
struct Decided {
    element: ElementInstanceId,
    decision: DecisionRef,
    trace: Vec<DecisionTrace>,
    warnings: Vec<String>,
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
            taken: BTreeSet::new(),
            moments: Vec::new(),
            cut: first > 0,
            termination_reason: None,
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
            if let Some(what) = self.worth_telling(event, turn.at) {
                let by = by(event).or_else(|| turn.by.clone());
                self.moments.push(Moment { at: turn.at, by, what });
            }
        }
    }

    /// Keeps visits, incidents and the path up to date.
    fn follow(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::ElementActivated { element, node, .. } => {
                self.visits.insert(*element, Visit::begun(node.clone(), at));
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
            Event::UserTaskCreated { element, assignee, .. }
            | Event::UserTaskAssigned { element, assignee, .. } => {
                if let Some(visit) = self.visits.get_mut(element) {
                    visit.person.clone_from(assignee);
                }
            }
            Event::UserTaskCompleted { element, action, by } => {
                if let Some(visit) = self.visits.get_mut(element) {
                    visit.person = by.clone().or_else(|| visit.person.take());
                    visit.completed_by.clone_from(by);
                    visit.action.clone_from(action);
                }
            }
            Event::IncidentRaised { incident, element, .. } => {
                self.incidents.insert(*incident, *element);
            }
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
            | Event::JobFailed { .. }
            | Event::JobRetriesRaised { .. }
            | Event::IncidentResolved { .. }
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

    fn worth_telling(&self, event: &Event, at: Timestamp) -> Option<What> {
        match event {
            Event::InstanceStarted { business_key, .. } => {
                Some(What::Started(business_key.clone()))
            }
            Event::JobCompleted { element } => Some(What::JobDone(*element)),
            Event::JobFailed { element, message, retry_at, retries } => Some(What::JobFailed {
                element: *element,
                message: message.clone(),
                next_in_ms: (*retries > 0)
                    .then(|| retry_at.map_or(0, |retry_at| retry_at.millis_since(at))),
            }),
            Event::JobRetriesRaised { element, .. } => Some(What::RetriesRaised(*element)),
            Event::UserTaskCreated { .. }
            | Event::UserTaskAssigned { .. }
            | Event::UserTaskCompleted { .. } => of_task(event),
            Event::DecisionEvaluated { element, decision, trace, warnings } => {
                Some(What::Decided(Box::new(Decided {
                    element: *element,
                    decision: decision.clone(),
                    trace: trace.clone(),
                    warnings: warnings.clone(),
                })))
            }
            Event::IncidentRaised { element, cause, message, .. } => {
                Some(What::Incident { element: *element, cause: *cause, message: message.clone() })
            }
            Event::IncidentResolved { incident, by } => by
                .is_some()
                .then(|| self.incidents.get(incident).copied())
                .flatten()
                .map(What::IncidentResolved),
            Event::VariablesSet { variables, by: Some(_), .. } => {
                Some(What::Set(variables.keys().map(|name| readable_name(name)).collect()))
            }
            Event::ElementCompleted { element } => {
                self.visits.get(element).map(|visit| What::EndReached(visit.node.clone()))
            }
            Event::InstanceMigrated { .. }
            | Event::InstanceModified { .. }
            | Event::InstanceSuspended { .. }
            | Event::InstanceResumed { .. }
            | Event::InstanceCompleted => plain(event).map(What::Plain),
            Event::InstanceTerminated { reason, .. } => Some(What::Terminated(reason.clone())),
            Event::ElementActivated { .. }
            | Event::ElementTerminated { .. }
            | Event::SequenceFlowTaken { .. }
            | Event::VariablesSet { by: None, .. }
            | Event::JobCreated { .. }
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
            | Event::TokensRemoved { .. }
            | Event::GatewayStarted { .. }
            | Event::GatewayReset { .. }
            | Event::TurnInterrupted => None,
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
            .filter(|visit| visit.state == TimelineState::Completed)
            .map(|visit| &visit.node)
            .collect();
        nodes.into_iter().map(ToString::to_string).collect()
    }

    /// How many visits of each node were completed.
    pub(super) fn completed_counts(&self) -> BTreeMap<FlowNodeId, u64> {
        let mut counts = BTreeMap::new();
        for visit in self.visits.values() {
            if visit.state == TimelineState::Completed {
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
        let skipped = self.visits.len().saturating_sub(ENTRIES_MAX);
        self.visits
            .iter()
            .skip(skipped)
            .map(|(element, visit)| {
                let node = find(process, &visit.node);
                TimelineEntry {
                    element: element.0,
                    node: visit.node.to_string(),
                    title: title(process, &visit.node),
                    kind: node.map_or("", |node| node.kind.local_name()).to_owned(),
                    began_at: visit.began_at,
                    ended_at: visit.ended_at,
                    state: visit.state,
                    waiting: visit
                        .ended_at
                        .is_none()
                        .then(|| node.and_then(|node| waits_for(&node.kind)))
                        .flatten(),
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

    fn words(&self, process: &Process, names: &Names, moment: &Moment) -> Option<String> {
        let step = |element: &ElementInstanceId| self.step(process, *element);
        Some(match &moment.what {
            What::Started(Some(key)) => format!("{key} was started"),
            What::Started(None) => "The instance was started".to_owned(),
            What::JobDone(element) => format!("{} was done", step(element)),
            What::JobFailed { element, message, next_in_ms } => {
                let message = cut(message, MESSAGE_CHARACTERS_MAX);
                let next = match next_in_ms {
                    None => "no attempts left".to_owned(),
                    Some(ms) if *ms <= 0 => "next try at once".to_owned(),
                    Some(ms) => format!("next try in {}", span(*ms)),
                };
                format!("{} failed, {next}: {message}", step(element))
            }
            What::RetriesRaised(element) => format!("{} is tried again", step(element)),
            What::TaskCreated(element) => format!("{} began to wait", step(element)),
            What::TaskTaken { element, assignee } if moment.by.as_ref() == Some(assignee) => {
                format!("{} was taken", step(element))
            }
            What::TaskTaken { element, assignee } => {
                format!("{} was given to {}", step(element), names.get(assignee))
            }
            What::TaskReturned(element) => format!("{} was given back", step(element)),
            What::TaskDone { element, action: Some(action) } => {
                format!("{} was completed: {action}", step(element))
            }
            What::TaskDone { element, action: None } => {
                format!("{} was completed", step(element))
            }
            What::Incident { element, cause, message } => format!(
                "{} stopped: {}. {}",
                step(element),
                cause_words(*cause),
                cut(message, MESSAGE_CHARACTERS_MAX)
            ),
            What::IncidentResolved(element) => {
                format!("The incident at {} was resolved", step(element))
            }
            What::Decided(decided) => {
                let outcome = decided.trace.last().map(|made| readable_value(&made.value));
                let outcome = outcome.unwrap_or_else(|| "–".to_owned());
                let outcome = cut(&outcome, MESSAGE_CHARACTERS_MAX);
                format!("{} decided: {outcome}", step(&decided.element))
            }
            What::Set(names) => format!("Changed: {}", names.join(", ")),
            What::EndReached(node) => {
                let end = find(process, node).filter(|node| {
                    matches!(node.kind, FlowNodeKind::EndEvent(_)) && !node.name.is_empty()
                })?;
                format!("Reached “{}”", end.name)
            }
            What::Plain(words) => (*words).to_owned(),
            What::Terminated(reason) if reason.is_empty() => "The instance was canceled".to_owned(),
            What::Terminated(reason) => {
                format!("The instance was canceled: {}", cut(reason, MESSAGE_CHARACTERS_MAX))
            }
        })
    }

    /// The name of the step that `element` visits.
    fn step(&self, process: &Process, element: ElementInstanceId) -> String {
        self.visits
            .get(&element)
            .map_or_else(|| "A step".to_owned(), |visit| title(process, &visit.node))
    }
}

/// What is told of a task for a person.
fn of_task(event: &Event) -> Option<What> {
    if let Event::UserTaskCreated { element, .. } = event {
        Some(What::TaskCreated(*element))
    } else if let Event::UserTaskAssigned { element, assignee, .. } = event {
        Some(match assignee {
            Some(assignee) => What::TaskTaken { element: *element, assignee: assignee.clone() },
            None => What::TaskReturned(*element),
        })
    } else if let Event::UserTaskCompleted { element, action, .. } = event {
        Some(What::TaskDone { element: *element, action: action.clone() })
    } else {
        None
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

/// What an open visit to a node of this kind waits for.
fn waits_for(kind: &FlowNodeKind) -> Option<Waiting> {
    match kind {
        FlowNodeKind::UserTask(_) => Some(Waiting::UserTask),
        FlowNodeKind::ParallelGateway | FlowNodeKind::InclusiveGateway => Some(Waiting::Join),
        FlowNodeKind::StartEvent(_)
        | FlowNodeKind::IntermediateCatchEvent(_)
        | FlowNodeKind::IntermediateThrowEvent(_)
        | FlowNodeKind::BoundaryEvent(_)
        | FlowNodeKind::EndEvent(_)
        | FlowNodeKind::Task
        | FlowNodeKind::ManualTask
        | FlowNodeKind::ServiceTask(_)
        | FlowNodeKind::SendTask(_)
        | FlowNodeKind::ReceiveTask(_)
        | FlowNodeKind::BusinessRuleTask(_)
        | FlowNodeKind::ScriptTask(_)
        | FlowNodeKind::CallActivity(_)
        | FlowNodeKind::SubProcess(_)
        | FlowNodeKind::ExclusiveGateway
        | FlowNodeKind::EventBasedGateway(_)
        | FlowNodeKind::ComplexGateway(_) => kind.service().map(|_| Waiting::Job),
    }
}

/// The cause of an incident, in words.
pub(super) const fn cause_words(cause: Cause) -> &'static str {
    match cause {
        Cause::RetriesExhausted => "no attempts left",
        Cause::NoFlowChosen => "no way to go on",
        Cause::ConditionFailed => "a condition could not be decided",
        Cause::MappingFailed => "data could not be handed over",
        Cause::ExpressionFailed => "an expression could not be evaluated",
        Cause::BudgetExceeded => "an expression takes too long",
        Cause::FormMissing => "the form is not deployed",
        Cause::DecisionFailed => "a decision could not be made",
        Cause::UnhandledError => "an error that nothing catches",
        Cause::CalledProcessFailed => "the called process could not do it",
        Cause::LoopFailed => "it cannot be said how often to repeat",
        Cause::TooManyActivations => "it runs in circles",
    }
}
