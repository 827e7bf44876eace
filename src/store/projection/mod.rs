//! From events to rows: what lists, counts and job runners read, made in the transaction that
//! writes the events.
//!
//! Pure: gathers what is to be written for a whole batch, so that what a batch opens and closes
//! again is never written. `rows.rs` turns it into statements. Never reads the database.

mod counts;
mod decisions;
mod exchange;
mod group;
mod migration;
mod rows;
mod tracked;
mod waiting;
mod work;

use std::collections::BTreeMap;

use spartito_core::engine::event::{Caller, Role};
use spartito_core::engine::state::{InstanceState, Status};
use spartito_core::engine::{Event, incident::Cause};
use spartito_core::ids::{
    CommandId, DefinitionKey, ElementInstanceId, FlowNodeId, IncidentId, InstanceId, PersonId,
    ProcessId,
};
use spartito_core::time::Timestamp;

use super::{blob, convert};
use counts::Counts;
pub use counts::{CountKind, TOTAL_DAY};
use decisions::DecisionUse;
pub(super) use decisions::rule_node;
use exchange::OutboxRow;
pub(super) use group::{Deed, Group};
use migration::Moved;
pub(super) use rows::cause_text;
pub use tracked::{Open, Tracked, Waits, Weight};
pub use waiting::{Awaited, AwaitedKind};
use waiting::{AwaitedRow, OfSubscription, TimerRow};
use work::{Candidates, JobChange, JobRow, TaskChange, TaskEnded};

/// A turn to be written.
#[derive(Debug, Clone)]
pub struct NewTurn<'t> {
    /// The instance.
    pub instance: InstanceId,
    /// The command that made it.
    pub command: CommandId,
    /// When it was accepted.
    pub at: Timestamp,
    /// Who asked; `None` for the system.
    pub by: Option<&'t PersonId>,
    /// What happened.
    pub events: &'t [Event],
}

/// A snapshot is made when the journal since the last one is longer than this and than that one,
/// so that snapshots never cost more than the journal does.
const SNAPSHOT_AFTER_BYTES: usize = 16 * 1024;
/// The same where they are to be frequent.
const FREQUENT_SNAPSHOT_AFTER_BYTES: usize = 256;

type Visit = (InstanceId, ElementInstanceId);

/// All that a batch writes.
#[derive(Debug, Default)]
pub struct Changes {
    turns: Vec<TurnRow>,
    event_bytes: usize,
    /// Whether an instance gets one after a few turns already.
    snapshots_are_frequent: bool,
    instances: BTreeMap<InstanceId, InstanceChange>,
    snapshots: BTreeMap<InstanceId, (u64, Vec<u8>)>,
    elements: BTreeMap<Visit, Option<(FlowNodeId, Timestamp)>>,
    tasks: BTreeMap<Visit, TaskChange>,
    candidates: BTreeMap<Visit, Option<Candidates>>,
    jobs: BTreeMap<Visit, Option<JobRow>>,
    /// Of jobs that are there already and go on.
    jobs_changed: BTreeMap<Visit, JobChange>,
    incidents: BTreeMap<(InstanceId, IncidentId), Option<IncidentRow>>,
    timers: OfSubscription<TimerRow>,
    decisions: Vec<DecisionUse>,
    moved: BTreeMap<InstanceId, Moved>,
    outbox: Vec<OutboxRow>,
    subscriptions: OfSubscription<AwaitedRow>,
    has_resumed: bool,
    /// Whether an instance stands still, where that has changed.
    suspended: BTreeMap<InstanceId, bool>,
    counts: Counts,
}

#[derive(Debug)]
struct TurnRow {
    instance: InstanceId,
    position: u64,
    command: CommandId,
    at: Timestamp,
    by: Option<PersonId>,
    events: Vec<u8>,
}

#[derive(Debug, Default)]
struct InstanceChange {
    /// `None` where the row is there already.
    new: Option<NewInstance>,
    /// Open incidents and whether a turn waits to be continued, where these have changed.
    flags: Option<(u32, bool)>,
    ended: Option<(Status, Timestamp)>,
}

#[derive(Debug)]
struct NewInstance {
    definition: DefinitionKey,
    process: ProcessId,
    business_key: Option<String>,
    started_at: Timestamp,
    started_by: Option<PersonId>,
    caller: Option<Caller>,
}

#[derive(Debug)]
struct IncidentRow {
    element: ElementInstanceId,
    node: FlowNodeId,
    cause: Cause,
    message: String,
    raised_at: Timestamp,
}

/// What the events of one turn are about.
struct Context<'c> {
    instance: InstanceId,
    definition: DefinitionKey,
    at: Timestamp,
    tracked: &'c mut Tracked,
    /// The instance after the turn.
    after: &'c InstanceState,
}

impl Changes {
    /// Nothing yet; where snapshots are frequent, an instance gets one after a few turns already.
    pub(super) fn nothing(snapshots_are_frequent: bool) -> Self {
        Self { snapshots_are_frequent, ..Self::default() }
    }

    /// Adds what a turn means. `after` is the state after it; `tracked` is brought up to it.
    pub fn add(&mut self, turn: &NewTurn<'_>, tracked: &mut Tracked, after: &InstanceState) {
        let Some(identity) = after.identity() else { return };
        let (bytes, plain_bytes) = blob::encode_and_measure(turn.events);
        tracked.position += 1;
        tracked.weight.grow(plain_bytes);
        tracked.bytes_since_snapshot += bytes.len();
        self.event_bytes += bytes.len();
        self.turns.push(TurnRow {
            instance: turn.instance,
            position: tracked.position,
            command: turn.command,
            at: turn.at,
            by: turn.by.cloned(),
            events: bytes,
        });
        let mut context = Context {
            instance: turn.instance,
            definition: identity.definition,
            at: turn.at,
            tracked,
            after,
        };
        for event in turn.events {
            self.add_event(&mut context, event);
        }
        self.add_waiting(&mut context, turn.events);
        self.add_flags(&mut context);
        self.add_outgoing(turn, tracked.position, after);
        self.add_snapshot(turn.instance, tracked, after);
    }

    /// Bytes of all events.
    pub fn event_bytes(&self) -> usize {
        self.event_bytes
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    fn add_event(&mut self, c: &mut Context<'_>, event: &Event) {
        match event {
            Event::InstanceStarted { process, business_key, by, caller, .. } => {
                c.tracked.started_at = c.at;
                self.instance(c).new = Some(NewInstance {
                    definition: c.definition,
                    process: process.clone(),
                    business_key: business_key.clone(),
                    started_at: c.at,
                    started_by: by.clone(),
                    caller: caller.clone(),
                });
                self.count_instance(c, CountKind::Started, CountKind::Active, 1);
            }
            Event::ElementActivated { .. }
            | Event::ElementCompleted { .. }
            | Event::ElementTerminated { .. } => self.add_visit(c, event),
            Event::JobCreated { element, .. }
            | Event::JobFailed { element, .. }
            | Event::JobRetriesRaised { element, .. } => self.set_job(c, *element),
            Event::JobChanged { .. } => self.change_job(c, event),
            Event::JobCompleted { element } | Event::AdHocDirected { element, .. } => {
                self.end_job(c, *element);
            }
            Event::UserTaskCreated { .. }
            | Event::UserTaskAssigned { .. }
            | Event::UserTaskCompleted { .. } => self.add_task(c, event),
            Event::DecisionEvaluated { .. } => self.add_decisions(c, event),
            Event::IncidentRaised { .. } | Event::IncidentResolved { .. } => {
                self.add_incident(c, event);
            }
            Event::InstanceMigrated { .. } => self.migrate(c, event),
            Event::InstanceSuspended { .. } | Event::InstanceResumed { .. } => {
                let stands_still = matches!(event, Event::InstanceSuspended { .. });
                self.suspended.insert(c.instance, stands_still);
                self.set_all_jobs(c);
            }
            Event::InstanceCompleted => self.end_instance(c, Status::Completed),
            Event::InstanceTerminated { .. } => self.end_instance(c, Status::Terminated),
            Event::SequenceFlowTaken { .. }
            | Event::VariablesSet { .. }
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
            | Event::InstanceModified { .. }
            | Event::TokensRemoved { .. }
            | Event::GatewayStarted { .. }
            | Event::GatewayReset { .. }
            | Event::TurnInterrupted => {}
        }
    }

    fn instance(&mut self, c: &Context<'_>) -> &mut InstanceChange {
        self.instances.entry(c.instance).or_default()
    }

    fn count_instance(&mut self, c: &Context<'_>, happened: CountKind, now: CountKind, n: i64) {
        let day = convert::day(c.at);
        self.counts.add(c.definition, (day, happened), "", 1);
        self.counts.add(c.definition, (TOTAL_DAY, happened), "", 1);
        self.counts.add(c.definition, (TOTAL_DAY, now), "", n);
    }

    fn end_instance(&mut self, c: &Context<'_>, status: Status) {
        self.instance(c).ended = Some((status, c.at));
        let kind = match status {
            Status::Completed => CountKind::Completed,
            Status::NotStarted | Status::Active | Status::Terminated => CountKind::Terminated,
        };
        self.count_instance(c, kind, CountKind::Active, -1);
        if status == Status::Completed {
            self.counts.add_duration((c.definition, ""), c.tracked.started_at, c.at);
        }
    }

    fn add_visit(&mut self, c: &mut Context<'_>, event: &Event) {
        if let Event::ElementActivated { element, node, role, .. } = event {
            let is_body = *role == Role::Body;
            let open = Open { node: node.clone(), since: c.at, waits: Waits::Nothing, is_body };
            c.tracked.open.insert(*element, open);
            let row = (node.clone(), c.at);
            self.elements.insert((c.instance, *element), Some(row));
            if !is_body {
                let kind = CountKind::ElementsActive;
                self.counts.add(c.definition, (TOTAL_DAY, kind), node.as_str(), 1);
            }
            return;
        }
        let completed = matches!(event, Event::ElementCompleted { .. });
        let (Event::ElementCompleted { element } | Event::ElementTerminated { element }) = event
        else {
            return;
        };
        let element = *element;
        let Some(open) = c.tracked.open.remove(&element) else { return };
        let visit = (c.instance, element);
        if matches!(self.elements.get(&visit), Some(Some(_))) {
            self.elements.remove(&visit);
        } else {
            self.elements.insert(visit, None);
        }
        match open.waits {
            Waits::Nothing | Waits::Done => {}
            Waits::Job => self.end_job(c, element),
            Waits::UserTask => {
                let ended = TaskEnded { completed: false, at: c.at, by: None, action: None };
                self.end_task(c, element, ended);
            }
        }
        if open.is_body {
            return;
        }
        let node = open.node.as_str();
        self.counts.add(c.definition, (TOTAL_DAY, CountKind::ElementsActive), node, -1);
        if completed {
            let day = convert::day(c.at);
            self.counts.add(c.definition, (TOTAL_DAY, CountKind::ElementsCompleted), node, 1);
            self.counts.add(c.definition, (day, CountKind::ElementsCompleted), node, 1);
            if open.had_work() {
                self.counts.add_duration((c.definition, node), open.since, c.at);
            }
        }
    }

    fn add_incident(&mut self, c: &Context<'_>, event: &Event) {
        let kind = CountKind::IncidentsOpen;
        if let Event::IncidentRaised { incident, element, cause, message } = event {
            let node = c.tracked.node(*element);
            let row = IncidentRow {
                element: *element,
                node: node.clone(),
                cause: *cause,
                message: message.clone(),
                raised_at: c.at,
            };
            self.incidents.insert((c.instance, *incident), Some(row));
            self.counts.add(c.definition, (TOTAL_DAY, kind), node.as_str(), 1);
            let day = convert::day(c.at);
            self.counts.add(c.definition, (day, CountKind::IncidentsRaised), node.as_str(), 1);
            if *incident == IncidentId(1) {
                self.counts.add(c.definition, (day, CountKind::WithIncident), "", 1);
                self.counts.add(c.definition, (TOTAL_DAY, CountKind::WithIncident), "", 1);
            }
        } else if let Event::IncidentResolved { incident, .. } = event {
            let key = (c.instance, *incident);
            let node = if let Some(Some(new)) = self.incidents.remove(&key) {
                new.node
            } else {
                self.incidents.insert(key, None);
                c.tracked.incident_node(*incident)
            };
            self.counts.add(c.definition, (TOTAL_DAY, kind), node.as_str(), -1);
        }
    }

    fn add_flags(&mut self, c: &mut Context<'_>) {
        let incidents = c.after.incidents().map(|(id, incident)| (id, incident.element)).collect();
        let flags = c.tracked.set_flags(incidents, c.after.is_interrupted());
        if let Some(flags) = flags {
            self.instance(c).flags = Some(flags);
        }
    }

    fn add_snapshot(&mut self, id: InstanceId, tracked: &mut Tracked, after: &InstanceState) {
        let bound = if self.snapshots_are_frequent {
            FREQUENT_SNAPSHOT_AFTER_BYTES
        } else {
            SNAPSHOT_AFTER_BYTES.max(tracked.snapshot_bytes)
        };
        if tracked.bytes_since_snapshot >= bound {
            let bytes = blob::encode(after);
            tracked.snapshot_bytes = bytes.len();
            tracked.bytes_since_snapshot = 0;
            self.snapshots.insert(id, (tracked.position, bytes));
        }
    }
}
