//! A turn: one request, and all that follows from it until every token waits or is consumed.
//!
//! Never changes the state but by an event, never looks at another instance, and never recurses
//! over the process graph: tokens that may move on stand in a worklist.

use std::collections::{BTreeSet, VecDeque};

use super::behavior;
use super::changes::Changes;
use super::command::{Command, Request};
use super::commands;
use super::definition::{Behavior, Deployed, ExecutableProcess};
use super::event::{Event, Role, Waited};
use super::expression::Failure;
use super::incident::Cause;
use super::lifecycle::{self, Phase};
use super::rejection::Rejection;
use super::state::{ElementInstance, InstanceState, Status, Work};
use super::visible::Visible;
use crate::bpmn::model::{FlowIndex, NodeIndex};
use crate::feel::Environment;
use crate::ids::{
    CommandId, ElementInstanceId, FlowNodeId, IncidentId, PersonId, SequenceFlowId, SubscriptionId,
};
use crate::time::Timestamp;
use crate::value::{Value, Variables};

/// Bound on a turn, in activations: past it the work goes on in a continuation request, so that
/// one instance cannot hold up a batch.
pub const ACTIVATIONS_PER_TURN_MAX: u32 = 10_000;

/// Bound on activations without any wait state in between: past it the instance runs in circles,
/// which is an incident.
pub const ACTIVATIONS_WITHOUT_WAIT_MAX: u32 = 1_000_000;

/// Carries out `request` on `state`, then runs on until every token waits or is consumed.
///
/// When the last event is [`Event::TurnInterrupted`], a [`super::Command::Continue`] must follow.
///
/// # Errors
/// A [`Rejection`] means the request does not fit `state`; `state` is as it was then.
pub fn step(
    deployed: Deployed<'_>,
    state: &mut InstanceState,
    request: &Request,
) -> Result<Vec<Event>, Rejection> {
    let mut turn = Turn::begin(deployed, state, request);
    commands::carry_out(&mut turn, &request.command)?;
    turn.run();
    Ok(turn.events)
}

/// The events that start a new instance of the process, with what each waits for: start events
/// with a trigger, receive tasks that instantiate, and the events behind gateways that do. An
/// event whose text cannot be evaluated without an instance is left out; a message whose key cannot
/// be fits any key.
pub fn start_events(
    deployed: Deployed<'_>,
    now: Timestamp,
    seed: u64,
) -> Vec<(FlowNodeId, Waited)> {
    let (mut state, request) = (InstanceState::default(), unasked(now, seed));
    let turn = Turn::begin(deployed, &mut state, &request);
    let process = turn.process();
    let mut found = Vec::new();
    for index in process.starters() {
        let seen = turn.visible(ElementInstanceId::ROOT);
        let waited = behavior::waiting::evaluate_start(&turn, index, seen);
        let id = process.node_id(index);
        found.extend(waited.into_iter().map(|(_, waits)| (id.clone(), waits)));
    }
    found
}

/// The conditional start events of the process, with whether each starts an instance that begins
/// with `variables`; an error says in words why that cannot be told.
pub fn start_conditions(
    deployed: Deployed<'_>,
    now: Timestamp,
    seed: u64,
    variables: &Variables,
) -> Vec<(FlowNodeId, Result<bool, String>)> {
    let (mut state, request) = (InstanceState::default(), unasked(now, seed));
    let turn = Turn::begin(deployed, &mut state, &request);
    let process = turn.process();
    let first = process.first_variables(variables);
    let told = |index| {
        let holds = behavior::condition::starts(&turn, index, &first)?;
        Some((process.node_id(index).clone(), holds.map_err(|failure| failure.message)))
    };
    process.starters().into_iter().filter_map(told).collect()
}

/// A request for nothing: what counts is the moment.
fn unasked(at: Timestamp, seed: u64) -> Request {
    Request { id: CommandId(0), command: Command::Continue, by: None, at, seed }
}

/// What may be able to go on.
#[derive(Debug, Clone, Copy)]
enum Pending {
    /// A visit whose work has not begun.
    Visit(ElementInstanceId),
    /// A token at the end of a flow, in its scope.
    Token(ElementInstanceId, FlowIndex),
    /// The loop of this body.
    Loop(ElementInstanceId),
    /// The compensation that this event waits for.
    Compensation(ElementInstanceId),
}

/// A turn under way.
pub(super) struct Turn<'t> {
    deployed: Deployed<'t>,
    state: &'t mut InstanceState,
    request: &'t Request,
    events: Vec<Event>,
    /// What may be able to go on.
    worklist: VecDeque<Pending>,
    /// Scopes in which something ended, so that they, or a join in them, may be able to go on.
    touched: BTreeSet<ElementInstanceId>,
    /// What has changed, so that conditions have to be looked at.
    changes: Changes,
    activations: u32,
    /// Whether tokens may wait that need not: an earlier turn ended at its bound, or the instance
    /// was suspended.
    resumes: bool,
    /// Whether an earlier turn ended at its bound, so that what it had still to look at is not known.
    was_cut: bool,
}

impl<'t> Turn<'t> {
    fn begin(deployed: Deployed<'t>, state: &'t mut InstanceState, request: &'t Request) -> Self {
        let resumes = state.is_interrupted();
        Self {
            deployed,
            state,
            request,
            events: Vec::with_capacity(8),
            worklist: VecDeque::new(),
            touched: BTreeSet::new(),
            changes: Changes::default(),
            activations: 0,
            resumes,
            was_cut: resumes,
        }
    }

    /// The process that is run.
    pub(super) fn process(&self) -> &'t ExecutableProcess {
        self.deployed.process
    }

    /// What is deployed beside the process.
    pub(super) fn deployed(&self) -> Deployed<'t> {
        self.deployed
    }

    /// The state so far.
    pub(super) fn state(&self) -> &InstanceState {
        self.state
    }

    /// The person who asks; `None` for the system.
    pub(super) fn by(&self) -> Option<&'t PersonId> {
        self.request.by.as_ref()
    }

    /// All that an expression may know beside its variables: the only "now" of the turn, and
    /// randomness that differs from event to event.
    pub(super) fn environment(&self) -> Environment {
        let seed = self.request.seed.wrapping_add(self.events.len() as u64);
        Environment { now: self.request.at, seed }
    }

    /// All variables that `scope` sees.
    pub(super) fn visible(&self, scope: ElementInstanceId) -> Visible<'_> {
        Visible::of(self.state, scope)
    }

    /// Records that something happened. There is no other way to change the state.
    pub(super) fn emit(&mut self, event: Event) {
        let phase = |element| Some(self.state.element(element)?.phase);
        assert!(
            lifecycle::check(&event, phase) != Some(false),
            "the life of an element instance does not allow {event:?}"
        );
        if let Event::ElementCompleted { element } | Event::ElementTerminated { element } = &event
            && let Some(open) = self.state.element(*element)
        {
            self.touched.insert(open.scope);
        }
        self.changes.note(&event, self.state);
        self.state.apply(&event);
        self.events.push(event);
    }

    /// What part of its activity `element` is.
    pub(super) fn role(&self, element: ElementInstanceId) -> Role {
        self.state.element(element).map_or(Role::Whole, |open| open.role)
    }

    /// Whether `element` is the body of a loop.
    pub(super) fn holds_times(&self, element: ElementInstanceId) -> bool {
        self.state.element(element).is_some_and(ElementInstance::holds_times)
    }

    /// The sub-process that `scope` visits; `None` for the process.
    pub(super) fn scope_node(&self, scope: ElementInstanceId) -> Option<NodeIndex> {
        self.process().node_index(&self.state.element(scope)?.node)
    }

    /// Whether `scope` is over is looked at before the turn ends.
    pub(super) fn touch(&mut self, scope: ElementInstanceId) {
        self.touched.insert(scope);
    }

    /// Whatever may be able to go on is looked at before the turn ends, wherever it is.
    pub(super) fn look_everywhere(&mut self) {
        self.resumes = true;
    }

    /// Does what `act` does, or nothing where it refuses.
    pub(super) fn all_or_nothing(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<(), Rejection>,
    ) -> Result<(), Rejection> {
        let before = self.state.clone();
        let result = act(self);
        if result.is_err() {
            *self.state = before;
        }
        result
    }

    /// The loop of `body` goes on.
    pub(super) fn repeat(&mut self, body: ElementInstanceId) {
        self.worklist.push_back(Pending::Loop(body));
    }

    /// The compensation that `thrower` waits for goes on.
    pub(super) fn compensate(&mut self, thrower: ElementInstanceId) {
        self.worklist.push_back(Pending::Compensation(thrower));
    }

    /// Whether the turn has made all the activations that it may.
    pub(super) fn is_at_bound(&self) -> bool {
        self.activations >= ACTIVATIONS_PER_TURN_MAX
    }

    /// The results of the loop of `body`, in order; null where a time gave none.
    pub(super) fn results(&self, body: ElementInstanceId) -> Vec<Value> {
        let Some(state) = self.state.element(body).and_then(|open| open.repetition()) else {
            return Vec::new();
        };
        let total = state.total.unwrap_or(state.started);
        (0..total).map(|time| state.results.get(&time).cloned().unwrap_or_default()).collect()
    }

    /// Stops `element` until a person helps.
    pub(super) fn raise_incident(&mut self, element: ElementInstanceId, failure: Failure) {
        let incident = self.state.next_incident();
        let Failure { cause, message } = failure;
        self.emit(Event::IncidentRaised { incident, element, cause, message });
    }

    /// Sets variables of a scope on behalf of the process.
    pub(super) fn set_variables(&mut self, scope: ElementInstanceId, variables: Variables) {
        if !variables.is_empty() {
            self.emit(Event::VariablesSet { scope, variables, by: None });
        }
    }

    /// Lets a token pass along `flow`.
    pub(super) fn take(&mut self, scope: ElementInstanceId, flow: FlowIndex) {
        let id = self.process().flow_id(flow).clone();
        self.emit(Event::SequenceFlowTaken { flow: id, scope });
        self.worklist.push_back(Pending::Token(scope, flow));
    }

    /// Enters `node` in `scope`, using up the waiting tokens of `consumed`.
    pub(super) fn enter(
        &mut self,
        scope: ElementInstanceId,
        node: NodeIndex,
        consumed: Vec<SequenceFlowId>,
    ) {
        let is_body = self.process().node(node).repetition.is_some();
        let role = if is_body { Role::Body } else { Role::Whole };
        let element = self.activated(scope, node, consumed, role);
        self.begin_work(element, node);
    }

    /// Begins the work of a new visit, unless the instance runs in circles.
    pub(super) fn begin_work(&mut self, element: ElementInstanceId, node: NodeIndex) {
        if !self.stops_in_circles(element) {
            self.activate(element, node);
        }
    }

    /// Stops the new visit `element` where the instance runs in circles; whether it does.
    pub(super) fn stops_in_circles(&mut self, element: ElementInstanceId) -> bool {
        let is_circle = self.state.activations_since_wait() > ACTIVATIONS_WITHOUT_WAIT_MAX;
        if is_circle {
            let message = format!(
                "The process ran through {ACTIVATIONS_WITHOUT_WAIT_MAX} elements without waiting \
                 for anybody; it seems to go round in circles."
            );
            self.raise_incident(element, Failure { cause: Cause::TooManyActivations, message });
        }
        is_circle
    }

    /// Records a visit to `node`, without beginning its work.
    pub(super) fn activated(
        &mut self,
        scope: ElementInstanceId,
        node: NodeIndex,
        consumed: Vec<SequenceFlowId>,
        role: Role,
    ) -> ElementInstanceId {
        let element = self.state.next_element();
        let id = self.process().node_id(node).clone();
        self.emit(Event::ElementActivated { element, node: id, scope, consumed, role });
        self.activations += 1;
        element
    }

    /// Begins the work of `element`, or stops it with an incident.
    pub(super) fn activate(&mut self, element: ElementInstanceId, node: NodeIndex) {
        if let Err(failure) = behavior::activate(self, element, node) {
            self.raise_incident(element, failure);
        }
    }

    /// Ends `element`, whose work is done, or stops it with an incident.
    pub(super) fn complete(&mut self, element: ElementInstanceId, node: NodeIndex) {
        if let Err(failure) = behavior::complete(self, element, node, None) {
            self.raise_incident(element, failure);
        }
    }

    /// What stopped `element` is over as it ends.
    pub(super) fn resolve_incidents(&mut self, element: ElementInstanceId) {
        let over: Vec<_> = self.state.incidents_of(element).collect();
        for incident in over {
            self.emit(Event::IncidentResolved { incident, by: None });
        }
    }

    /// What kept the conditions of `subscriptions` from being told is over as they end.
    pub(super) fn resolve_incidents_of(&mut self, subscriptions: &[SubscriptionId]) {
        let open = subscriptions.iter().filter_map(|id| self.state.subscription(*id)?.incident);
        let over: Vec<_> = open.filter(|it| self.state.incident(*it).is_some()).collect();
        for incident in over {
            self.emit(Event::IncidentResolved { incident, by: None });
        }
    }

    /// The subscription whose condition cannot be told, which is why there is `incident`.
    pub(super) fn condition_of(&self, incident: IncidentId) -> Option<SubscriptionId> {
        let element = self.state.incident(incident)?.element;
        let mut waiting = self.state.subscriptions_of(element);
        waiting.find(|(_, open)| open.incident == Some(incident)).map(|(id, _)| id)
    }

    /// The condition of `subscription` is looked at before the turn ends.
    pub(super) fn ask_again(&mut self, subscription: SubscriptionId) {
        self.changes.opened.insert(subscription);
    }

    /// Ends all open element instances from outside, with their incidents.
    pub(super) fn terminate_elements(&mut self) {
        self.worklist.clear();
        self.terminate_content(ElementInstanceId::ROOT);
        self.touched.clear();
    }

    /// Ends whatever is open in `scope`.
    pub(super) fn terminate_content(&mut self, scope: ElementInstanceId) {
        let content = self.state.children(scope).collect();
        self.terminate_all(content);
    }

    /// Ends `element` from outside, with all that it holds.
    pub(super) fn terminate(&mut self, element: ElementInstanceId) {
        self.terminate_all(vec![element]);
    }

    /// Ends `elements` with all that they hold, what is inside before what is around it.
    fn terminate_all(&mut self, elements: Vec<ElementInstanceId>) {
        let mut open: Vec<_> = elements.into_iter().rev().map(|element| (element, false)).collect();
        let mut order = Vec::with_capacity(open.len());
        while let Some((element, is_expanded)) = open.pop() {
            if is_expanded {
                order.push(element);
                continue;
            }
            open.push((element, true));
            open.extend(self.state.children(element).rev().map(|child| (child, false)));
        }
        let incidents = order.iter().flat_map(|element| self.state.incidents_of(*element));
        let mut incidents: Vec<_> = incidents.collect();
        incidents.sort_unstable();
        for incident in incidents {
            self.emit(Event::IncidentResolved { incident, by: None });
        }
        for element in order {
            let work = self.state.element(element).and_then(|open| open.work.as_ref());
            if matches!(work, Some(Work::Call)) {
                self.emit(Event::CallEnded { element, is_canceled: true });
            }
            self.emit(Event::ElementTerminated { element });
        }
    }

    /// Moves on whatever can, until nothing can or the bound of the turn is reached.
    fn run(&mut self) {
        if self.state.status() != Status::Active || self.state.is_suspended() {
            return;
        }
        if self.resumes {
            self.find_pending();
        }
        loop {
            while let Some(pending) = self.worklist.pop_front() {
                if self.is_at_bound() {
                    self.emit(Event::TurnInterrupted);
                    return;
                }
                self.go_on(pending);
            }
            if self.state.status() != Status::Active {
                return;
            }
            if let Some(scope) = self.touched.pop_first() {
                self.settle(scope);
            } else if !self.changes.is_empty() {
                let changes = std::mem::take(&mut self.changes);
                behavior::condition::look(self, &changes);
                if self.process().has_complex_gateway() {
                    self.touched.extend(self.state.scopes_with_tokens());
                }
            } else {
                break;
            }
        }
        if self.state.is_empty_scope(ElementInstanceId::ROOT) {
            self.emit(Event::InstanceCompleted);
        }
    }

    fn go_on(&mut self, pending: Pending) {
        match pending {
            Pending::Visit(element) => {
                if let Some(node) = self.scope_node(element) {
                    self.begin_work(element, node);
                }
            }
            Pending::Token(scope, flow) => {
                if let Some(consumed) = self.tokens_to_enter(scope, flow) {
                    self.enter(scope, self.process().target(flow), consumed);
                }
            }
            Pending::Loop(body) => {
                let Some(index) = self.scope_node(body) else { return };
                if let Err(failure) = behavior::repetition::go_on(self, body, index) {
                    self.raise_incident(body, failure);
                }
            }
            Pending::Compensation(thrower) => behavior::compensation::go_on(self, thrower),
        }
    }

    /// Lets what may have waited for the end of something in `scope` go on: a join, or the scope.
    fn settle(&mut self, scope: ElementInstanceId) {
        let index = self.scope_node(scope);
        if scope != ElementInstanceId::ROOT && index.is_none() {
            return;
        }
        for gateway in self.process().late_joins(index) {
            if self.process().is_complex(*gateway) {
                if behavior::complex_gateway::settle(self, scope, *gateway) {
                    self.touched.insert(scope);
                    return;
                }
                continue;
            }
            if let Some(consumed) = behavior::inclusive_gateway::joined(self, scope, *gateway) {
                self.touched.insert(scope);
                self.enter(scope, *gateway, consumed);
                return;
            }
        }
        let Some(index) = index else { return };
        let Some(open) = self.state.element(scope) else { return };
        if open.phase != Phase::Active || open.holds_times() {
            return;
        }
        match &self.process().node(index).behavior {
            Behavior::SubProcess => behavior::sub_process::settle(self, scope, index),
            Behavior::AdHoc(_) => {
                if let Err(failure) = behavior::ad_hoc::settle(self, scope, index) {
                    self.raise_incident(scope, failure);
                }
            }
            Behavior::StartEvent
            | Behavior::EndEvent
            | Behavior::Throw
            | Behavior::Catch
            | Behavior::Boundary
            | Behavior::Task
            | Behavior::Script { .. }
            | Behavior::UserTask(_)
            | Behavior::ServiceTask(_)
            | Behavior::CalledDecision(_)
            | Behavior::Call(_)
            | Behavior::ExclusiveGateway
            | Behavior::ParallelGateway
            | Behavior::InclusiveGateway
            | Behavior::ComplexGateway(_)
            | Behavior::EventGateway => {}
        }
    }

    /// The tokens that the end of `flow` gives to its target now; `None` when it has to wait.
    fn tokens_to_enter(
        &mut self,
        scope: ElementInstanceId,
        flow: FlowIndex,
    ) -> Option<Vec<SequenceFlowId>> {
        let tokens = self.state.scope(scope)?;
        let process = self.process();
        let has_token = |flow: FlowIndex| tokens.tokens_at(process.flow_id(flow)) > 0;
        if !has_token(flow) {
            return None;
        }
        if process.joins_late(process.target(flow)) {
            self.touched.insert(scope);
            return None;
        }
        match process.joined_flows(process.target(flow)) {
            None => Some(vec![process.flow_id(flow).clone()]),
            Some(joined) => joined
                .iter()
                .map(|flow| has_token(*flow).then(|| process.flow_id(*flow).clone()))
                .collect(),
        }
    }

    /// Puts whatever may be able to go on into the worklist, in the order of the model; what the
    /// request has set free is among it.
    fn find_pending(&mut self) {
        self.worklist.clear();
        self.changes.is_unknown = true;
        let scopes: Vec<_> = self.state.scopes_with_tokens().collect();
        for scope in scopes {
            let Some(tokens) = self.state.scope(scope) else { continue };
            let mut waiting: Vec<(FlowIndex, u32)> = tokens
                .tokens
                .iter()
                .filter_map(|(flow, count)| Some((self.process().flow_index(flow)?, *count)))
                .collect();
            waiting.sort_unstable();
            for (flow, count) in waiting {
                for _ in 0..count {
                    self.worklist.push_back(Pending::Token(scope, flow));
                }
            }
        }
        for (id, open) in self.state.elements() {
            match &open.work {
                Some(Work::Loop(_)) => self.worklist.push_back(Pending::Loop(id)),
                Some(Work::Compensation(_)) => self.worklist.push_back(Pending::Compensation(id)),
                Some(Work::Directed(_)) => {
                    self.touched.insert(id);
                }
                // Its condition is asked when something in it has completed, and at no other time.
                None if !self.was_cut && behavior::ad_hoc::has_condition(self, open) => {}
                None if open.phase == Phase::Active => {
                    self.touched.insert(id);
                }
                // Entered by hand while the instance was suspended.
                None if open.phase == Phase::Activating
                    && self.state.incidents_of(id).next().is_none() =>
                {
                    self.worklist.push_back(Pending::Visit(id));
                }
                Some(Work::Job(_) | Work::UserTask(_) | Work::Call) | None => {}
            }
        }
    }
}
