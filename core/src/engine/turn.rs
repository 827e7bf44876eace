//! A turn: one request, and all that follows from it until every token waits or is consumed.
//!
//! Never changes the state but by an event, never looks at another instance, and never recurses
//! over the process graph: tokens that may move on stand in a worklist.

use std::collections::VecDeque;

use super::behavior;
use super::command::Request;
use super::commands;
use super::definition::{Deployed, ExecutableProcess};
use super::event::Event;
use super::expression::Failure;
use super::incident::Cause;
use super::lifecycle;
use super::rejection::Rejection;
use super::state::{InstanceState, Status};
use super::visible::Visible;
use crate::bpmn::model::{FlowIndex, NodeIndex};
use crate::feel::Environment;
use crate::ids::{ElementInstanceId, PersonId, SequenceFlowId};
use crate::value::Variables;

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

/// A turn under way.
pub(super) struct Turn<'t> {
    deployed: Deployed<'t>,
    state: &'t mut InstanceState,
    request: &'t Request,
    events: Vec<Event>,
    /// Tokens that may be able to move on: the scope, and the flow at whose end they wait.
    worklist: VecDeque<(ElementInstanceId, FlowIndex)>,
    activations: u32,
    /// Whether an earlier turn ended at its bound, so that tokens wait that need not.
    resumes: bool,
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
            activations: 0,
            resumes,
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
        self.state.apply(&event);
        self.events.push(event);
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
        self.worklist.push_back((scope, flow));
    }

    /// Enters `node` in `scope`, using up the waiting tokens of `consumed`.
    pub(super) fn enter(
        &mut self,
        scope: ElementInstanceId,
        node: NodeIndex,
        consumed: Vec<SequenceFlowId>,
    ) {
        let element = self.state.next_element();
        let id = self.process().node_id(node).clone();
        self.emit(Event::ElementActivated { element, node: id, scope, consumed });
        self.activations += 1;
        if self.state.activations_since_wait() > ACTIVATIONS_WITHOUT_WAIT_MAX {
            let message = format!(
                "The process ran through {ACTIVATIONS_WITHOUT_WAIT_MAX} elements without waiting \
                 for anybody; it seems to go round in circles."
            );
            self.raise_incident(element, Failure { cause: Cause::TooManyActivations, message });
            return;
        }
        self.activate(element, node);
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

    /// Ends all open element instances from outside, with their incidents.
    pub(super) fn terminate_elements(&mut self) {
        self.worklist.clear();
        let incidents: Vec<_> = self.state.incidents().map(|(id, _)| id).collect();
        for incident in incidents {
            self.emit(Event::IncidentResolved { incident, by: None });
        }
        let elements: Vec<_> = self.state.elements().map(|(id, _)| id).collect();
        for element in elements {
            self.emit(Event::ElementTerminated { element });
        }
    }

    /// Moves tokens on until none can, or the bound of the turn is reached.
    fn run(&mut self) {
        if self.state.status() != Status::Active {
            return;
        }
        if self.resumes {
            self.find_waiting_tokens();
        }
        while let Some((scope, flow)) = self.worklist.pop_front() {
            let Some(consumed) = self.tokens_to_enter(scope, flow) else { continue };
            if self.activations == ACTIVATIONS_PER_TURN_MAX {
                self.emit(Event::TurnInterrupted);
                return;
            }
            self.enter(scope, self.process().target(flow), consumed);
        }
        if self.state.status() == Status::Active && self.state.has_no_tokens() {
            self.emit(Event::InstanceCompleted);
        }
    }

    /// The tokens that the end of `flow` gives to its target now; `None` when it has to wait.
    fn tokens_to_enter(
        &self,
        scope: ElementInstanceId,
        flow: FlowIndex,
    ) -> Option<Vec<SequenceFlowId>> {
        let tokens = self.state.scope(scope)?;
        let process = self.process();
        let has_token = |flow: FlowIndex| tokens.tokens_at(process.flow_id(flow)) > 0;
        if !has_token(flow) {
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

    /// Puts every waiting token into the worklist, in the order of the model; those that the
    /// request has set free are among them.
    fn find_waiting_tokens(&mut self) {
        let scope = ElementInstanceId::ROOT;
        let Some(tokens) = self.state.scope(scope) else { return };
        let mut waiting: Vec<(FlowIndex, u32)> = tokens
            .tokens
            .iter()
            .filter_map(|(flow, count)| Some((self.process().flow_index(flow)?, *count)))
            .collect();
        waiting.sort_unstable();
        self.worklist.clear();
        for (flow, count) in waiting {
            for _ in 0..count {
                self.worklist.push_back((scope, flow));
            }
        }
    }
}
