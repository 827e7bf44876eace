//! A small world in memory: instances, the clock, and who hears whom.
//!
//! Never decides what a request means (the engine does), nor what an instance asks of others
//! (`exchange` does).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::Unusable;
use super::models::Models;
use super::record::Recorder;
use super::scenario::{Answer, Answers};
use crate::engine::command::CallOutcome;
use crate::engine::event::{Caller, Waited};
use crate::engine::state::{Job, Status};
use crate::engine::{
    Command, Event, InstanceState, Rejection, Request, start_conditions, start_events, step,
};
use crate::exchange::{self, Outgoing};
use crate::ids::{CommandId, ElementInstanceId, FlowNodeId, InstanceId, SubscriptionId};
use crate::time::{IsoDuration, Timestamp};
use crate::value::Variables;

/// Bound on the instances of a scenario.
pub const INSTANCES_MAX: usize = 10_000;

/// Bound on the requests that a scenario leads to: past it, it goes round in circles.
pub const REQUESTS_MAX: u128 = 200_000;

/// Bound on the messages that nobody waits for yet.
pub const MESSAGES_KEPT_MAX: usize = 10_000;

/// All chance follows from it.
const SEED: u64 = 1;

/// One process instance.
pub(super) struct Instance {
    pub(super) id: InstanceId,
    /// Number of its process among the models.
    pub(super) process: usize,
    pub(super) state: InstanceState,
    /// When each subscription was opened, in the order of all of the world.
    opened: BTreeMap<SubscriptionId, u64>,
}

/// A message that nobody waited for when it was sent.
struct Kept {
    message: Message,
    until: Timestamp,
}

/// A message on its way.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) name: Arc<str>,
    pub(super) key: Option<Arc<str>>,
    pub(super) variables: Variables,
    /// Of the instances that it starts; their key in the business is that of the message else.
    pub(super) business_key: Option<String>,
}

/// How an instance begins.
pub(super) struct Beginning {
    pub(super) process: usize,
    pub(super) node: Option<FlowNodeId>,
    pub(super) occurred: Option<Waited>,
    pub(super) business_key: Option<String>,
    pub(super) variables: Variables,
    pub(super) caller: Option<Caller>,
}

/// All instances of a scenario.
pub(super) struct World {
    pub(super) models: Models,
    pub(super) instances: Vec<Instance>,
    pub(super) now: Timestamp,
    pub(super) recorder: Recorder,
    /// What waits to be delivered.
    outbox: VecDeque<Outgoing>,
    kept: Vec<Kept>,
    /// Whether somebody may wait for what is kept.
    may_hear: bool,
    /// What suspended instances will hear when they are resumed.
    held: Vec<(usize, Command)>,
    /// The instance that each call started.
    calls: BTreeMap<(InstanceId, ElementInstanceId), usize>,
    services: BTreeMap<Arc<str>, Answers>,
    /// How many answers of each service have been given.
    given: BTreeMap<Arc<str>, usize>,
    /// Instances whose jobs have to be looked at.
    touched: BTreeSet<usize>,
    opened: u64,
    asked: u128,
}

impl World {
    pub(super) fn new(
        models: Models,
        now: Timestamp,
        services: BTreeMap<Arc<str>, Answers>,
    ) -> Self {
        Self {
            models,
            instances: Vec::new(),
            now,
            recorder: Recorder::default(),
            outbox: VecDeque::new(),
            kept: Vec::new(),
            may_hear: false,
            held: Vec::new(),
            calls: BTreeMap::new(),
            services,
            given: BTreeMap::new(),
            touched: BTreeSet::new(),
            opened: 0,
            asked: 0,
        }
    }

    /// Starts an instance; its number.
    pub(super) fn begin(&mut self, beginning: Beginning) -> Result<usize, Stop> {
        let number = self.instances.len();
        if number >= INSTANCES_MAX {
            return Err(Stop::bound(format!("it starts more than {INSTANCES_MAX} instances")));
        }
        let id = InstanceId::new(number as u64 + 1);
        let command = Command::StartInstance {
            instance: id,
            definition: self.models.processes[beginning.process].key(),
            business_key: beginning.business_key,
            variables: beginning.variables,
            node: beginning.node,
            occurred: beginning.occurred,
            caller: beginning.caller,
        };
        self.instances.push(Instance {
            id,
            process: beginning.process,
            state: InstanceState::default(),
            opened: BTreeMap::new(),
        });
        let result = self.ask(number, command);
        if let Err(Stop::Rejected(_)) = &result {
            self.instances.pop();
        }
        result.map(|()| number)
    }

    /// Asks something of the instance `number`, and goes on with it as long as it is interrupted.
    pub(super) fn ask(&mut self, number: usize, command: Command) -> Result<(), Stop> {
        let mut command = Some(command);
        while let Some(next) = command.take() {
            self.asked += 1;
            if self.asked > REQUESTS_MAX {
                return Err(Stop::bound(format!("it leads to more than {REQUESTS_MAX} requests")));
            }
            let request = Request {
                id: CommandId(self.asked),
                command: next,
                by: None,
                at: self.now,
                seed: SEED,
            };
            let instance = &mut self.instances[number];
            let deployed = self.models.deployed(instance.process);
            let events = step(deployed, &mut instance.state, &request).map_err(Stop::Rejected)?;
            self.note(number, &events);
            if self.instances[number].state.is_interrupted() {
                command = Some(Command::Continue);
            }
        }
        Ok(())
    }

    fn note(&mut self, number: usize, events: &[Event]) {
        let instance = &mut self.instances[number];
        for event in events {
            if let Event::SubscriptionOpened { subscription, .. } = event {
                self.opened += 1;
                self.may_hear = true;
                instance.opened.insert(*subscription, self.opened);
            }
        }
        self.touched.insert(number);
        self.outbox.extend(exchange::outgoing(events, &instance.state));
        let process = &self.models.processes[instance.process];
        self.recorder.record(number, process, events, self.now);
    }

    /// Lets all follow that follows at once: messages and calls are delivered, systems answer.
    pub(super) fn settle(&mut self) -> Result<(), Stop> {
        loop {
            if let Some(outgoing) = self.outbox.pop_front() {
                self.deliver(outgoing)?;
            } else if !self.deliver_kept()? && !self.answer_next()? && !self.fire_due()? {
                return Ok(());
            }
        }
    }

    /// Lets the next timer fire that is due already, as one with a moment that is past; whether
    /// there was one.
    fn fire_due(&mut self) -> Result<bool, Stop> {
        let Some(Next { instance, what: Due::Timer(subscription), .. }) = self.next_due(self.now)
        else {
            return Ok(false);
        };
        let variables = Variables::default();
        self.ask(instance, Command::TriggerEvent { subscription, variables })?;
        Ok(true)
    }

    fn deliver(&mut self, outgoing: Outgoing) -> Result<(), Stop> {
        match outgoing {
            Outgoing::Message { name, key, variables } => {
                let message = Message { name, key, variables, business_key: None };
                if self.publish(&message)?.is_empty() {
                    if self.kept.len() >= MESSAGES_KEPT_MAX {
                        return Err(Stop::bound(format!(
                            "more than {MESSAGES_KEPT_MAX} messages wait for somebody"
                        )));
                    }
                    let until = self.now.plus_millis_saturating(exchange::THROWN_WAIT_MS);
                    self.kept.push(Kept { message, until });
                }
                Ok(())
            }
            Outgoing::Signal { from, name, variables } => {
                self.broadcast(Some(from), &name, &variables, None).map(drop)
            }
            Outgoing::Call { caller, called, variables } => {
                let Some(process) = self.models.called(&called.process, &called.binding) else {
                    let id = &called.process;
                    let message = format!("The process “{id}” is not among the models.");
                    return self.answer_caller(&caller, CallOutcome::Failed { message });
                };
                let business_key = called.business_key;
                let waits = Some(caller.clone());
                let beginning = Beginning {
                    process,
                    node: None,
                    occurred: None,
                    business_key,
                    variables,
                    caller: waits,
                };
                match self.begin(beginning) {
                    Ok(number) => {
                        self.calls.insert((caller.instance, caller.element), number);
                        Ok(())
                    }
                    Err(Stop::Rejected(rejection)) => {
                        let message = rejection.to_string();
                        self.answer_caller(&caller, CallOutcome::Failed { message })
                    }
                    Err(stop) => Err(stop),
                }
            }
            Outgoing::CancelCall { caller } => {
                match self.calls.get(&(caller.instance, caller.element)).copied() {
                    Some(number) => {
                        let reason = "The process that called it no longer waits for it.".into();
                        self.ask_if_it_fits(number, Command::TerminateInstance { reason })
                    }
                    None => Ok(()),
                }
            }
            Outgoing::EndCall { caller, outcome } => self.answer_caller(&caller, outcome),
            Outgoing::Escalate { caller, code } => {
                let command = Command::EscalateCall { element: caller.element, code };
                self.ask_caller(&caller, command)
            }
        }
    }

    fn answer_caller(&mut self, caller: &Caller, outcome: CallOutcome) -> Result<(), Stop> {
        self.ask_caller(caller, Command::EndCall { element: caller.element, outcome })
    }

    fn ask_caller(&mut self, caller: &Caller, command: Command) -> Result<(), Stop> {
        let position = self.instances.iter().position(|instance| instance.id == caller.instance);
        position.map_or(Ok(()), |number| self.ask_if_it_fits(number, command))
    }

    /// Asks something that may be too late.
    fn ask_if_it_fits(&mut self, number: usize, command: Command) -> Result<(), Stop> {
        let ends_it = matches!(command, Command::TerminateInstance { .. });
        if self.instances[number].state.is_suspended() && !ends_it {
            self.held.push((number, command));
            return Ok(());
        }
        match self.ask(number, command) {
            Err(Stop::Rejected(_)) => Ok(()),
            other => other,
        }
    }

    /// Gives a message to those who wait for it: in each process one, the oldest first; where none
    /// waits, the process may start with it. The instances that got it.
    pub(super) fn publish(&mut self, message: &Message) -> Result<Vec<usize>, Stop> {
        let mut reached = Vec::new();
        for process in 0..self.models.processes.len() {
            let of_process =
                (0..self.instances.len()).filter(|it| self.instances[*it].process == process);
            let waits = of_process.filter_map(|number| {
                let instance = &self.instances[number];
                let found =
                    exchange::correlate(&instance.state, &message.name, message.key.as_deref())?;
                Some((instance.opened.get(&found).copied(), number, found))
            });
            if let Some((_, number, subscription)) = waits.min() {
                let variables = message.variables.clone();
                self.ask(number, Command::TriggerEvent { subscription, variables })?;
                reached.push(number);
            } else if let Some(number) = self.start_with(process, message)? {
                reached.push(number);
            }
        }
        Ok(reached)
    }

    /// Starts `process` with a message, if it begins with that one.
    fn start_with(&mut self, process: usize, message: &Message) -> Result<Option<usize>, Stop> {
        let key = message.key.as_deref();
        let mut starts = self.starts(process).into_iter();
        let start = starts.find(|(_, waits)| exchange::fits(waits, &message.name, key));
        let Some((node, occurred)) = start else { return Ok(None) };
        let own_key = || key.and_then(exchange::business_key).map(str::to_owned);
        let number = self.begin(Beginning {
            process,
            node: Some(node),
            occurred: Some(occurred),
            business_key: message.business_key.clone().or_else(own_key),
            variables: message.variables.clone(),
            caller: None,
        })?;
        Ok(Some(number))
    }

    /// The start events of a process that wait for something.
    fn starts(&self, process: usize) -> Vec<(FlowNodeId, Waited)> {
        start_events(self.models.deployed(process), self.now, SEED)
    }

    /// The conditional start events of a process, and whether each holds with `variables`.
    pub(super) fn start_conditions(
        &self,
        process: usize,
        variables: &Variables,
    ) -> Vec<(FlowNodeId, Result<bool, String>)> {
        start_conditions(self.models.deployed(process), self.now, SEED, variables)
    }

    /// Lets all but the one who throws a signal hear it, and starts the processes that begin with
    /// it. The instances that it started.
    pub(super) fn broadcast(
        &mut self,
        from: Option<InstanceId>,
        name: &Arc<str>,
        variables: &Variables,
        business_key: Option<&str>,
    ) -> Result<Vec<usize>, Stop> {
        let hears = |waits: &Waited| matches!(waits, Waited::Signal { name: it } if it == name);
        let before = self.instances.len();
        for number in 0..before {
            let state = &self.instances[number].state;
            let waits = state.subscriptions().any(|(_, open)| hears(&open.waits));
            let is_other = Some(self.instances[number].id) != from;
            if state.status() == Status::Active && waits && is_other {
                let (name, variables) = (name.clone(), variables.clone());
                self.ask_if_it_fits(number, Command::BroadcastSignal { name, variables })?;
            }
        }
        let mut started = Vec::new();
        for process in 0..self.models.processes.len() {
            for (node, occurred) in self.starts(process).into_iter().filter(|(_, it)| hears(it)) {
                started.push(self.begin(Beginning {
                    process,
                    node: Some(node),
                    occurred: Some(occurred),
                    business_key: business_key.map(str::to_owned),
                    variables: variables.clone(),
                    caller: None,
                })?);
            }
        }
        Ok(started)
    }

    /// Gives a kept message to one who waits for it by now; whether there was one.
    fn deliver_kept(&mut self) -> Result<bool, Stop> {
        if !std::mem::take(&mut self.may_hear) {
            return Ok(false);
        }
        for index in 0..self.kept.len() {
            let message = self.kept[index].message.clone();
            if !self.publish(&message)?.is_empty() {
                self.kept.remove(index);
                // Others may be waited for as well.
                self.may_hear = true;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Lets the next job that a service has an answer for be answered; whether there was one.
    fn answer_next(&mut self) -> Result<bool, Stop> {
        while let Some(number) = self.touched.first().copied() {
            let next = self.job_with_answer(number);
            if let Some((element, attempt, service)) = next
                && let Some(answer) = self.take_answer(&service)
            {
                let command = self.answering(number, element, attempt, &answer);
                self.ask(number, command)?;
                return Ok(true);
            }
            self.touched.remove(&number);
        }
        Ok(false)
    }

    /// The first job of an instance that can be answered now, and the service that does.
    fn job_with_answer(&self, number: usize) -> Option<(ElementInstanceId, u32, Arc<str>)> {
        let state = &self.instances[number].state;
        if state.is_suspended() {
            return None;
        }
        let is_due = |job: &Job| job.retries > 0 && job.retry_at.is_none_or(|at| at <= self.now);
        state.jobs().filter(|(_, job)| is_due(job)).find_map(|(element, job)| {
            let service = self.service(&state.element(element)?.node, &job.job_type)?;
            Some((element, job.attempt, service))
        })
    }

    /// The service that has an answer for a job: that of its element, else that of its type.
    fn service(&self, node: &FlowNodeId, job_type: &Arc<str>) -> Option<Arc<str>> {
        let names = [Arc::from(node.as_str()), job_type.clone()];
        let has_answer = |name: &Arc<str>| match self.services.get(name) {
            Some(Answers::Always(_)) => true,
            Some(Answers::InTurn(list)) => self.given.get(name).copied().unwrap_or(0) < list.len(),
            None => false,
        };
        names.into_iter().find(|name| self.services.contains_key(name)).filter(has_answer)
    }

    fn take_answer(&mut self, service: &Arc<str>) -> Option<Answer> {
        let given = self.given.entry(service.clone()).or_default();
        *given += 1;
        match self.services.get(service)? {
            Answers::Always(answer) => Some(answer.clone()),
            Answers::InTurn(list) => list.get(*given - 1).cloned(),
        }
    }

    /// The request that gives `answer` to the job at `element`.
    pub(super) fn answering(
        &self,
        number: usize,
        element: ElementInstanceId,
        attempt: u32,
        answer: &Answer,
    ) -> Command {
        match answer.clone() {
            Answer::Done { variables, direction: None } => {
                Command::CompleteJob { element, attempt, variables }
            }
            Answer::Done { variables, direction: Some(direction) } => {
                Command::DirectAdHoc { element, attempt, variables, direction }
            }
            Answer::Error { code, message, variables } => {
                Command::ThrowError { element, attempt, code, message, variables }
            }
            Answer::Fail { message, retries, backoff } => {
                let job = self.instances[number].state.element(element).and_then(|it| it.job());
                let left = job.map_or(0, |job| job.retries.saturating_sub(1));
                let retry_at = backoff.and_then(|backoff| self.now.plus(backoff).ok());
                let retries = retries.unwrap_or(left);
                Command::FailJob {
                    element,
                    attempt,
                    message,
                    retries,
                    retry_at,
                    variables: Variables::default(),
                }
            }
        }
    }

    /// Lets time pass: what falls due on the way happens in order of due time, then of creation.
    pub(super) fn advance(&mut self, by: IsoDuration) -> Result<(), Stop> {
        let end = self.now.plus(by).map_err(|error| Stop::Unfit(error.to_string()))?;
        while let Some(next) = self.next_due(end) {
            self.now = self.now.max(next.due);
            self.kept.retain(|kept| kept.until >= self.now);
            match next.what {
                Due::Timer(subscription) => {
                    let variables = Variables::default();
                    let command = Command::TriggerEvent { subscription, variables };
                    self.ask(next.instance, command)?;
                }
                Due::Job => drop(self.touched.insert(next.instance)),
            }
            self.settle()?;
        }
        self.now = end;
        self.kept.retain(|kept| kept.until >= end);
        Ok(())
    }

    /// Lets an instance that was resumed hear what it has missed: what was sent to it, then what
    /// fell due.
    pub(super) fn catch_up(&mut self) -> Result<(), Stop> {
        for (number, command) in std::mem::take(&mut self.held) {
            self.ask_if_it_fits(number, command)?;
        }
        self.settle()?;
        self.advance(IsoDuration::ZERO)
    }

    fn next_due(&self, end: Timestamp) -> Option<Next> {
        let awake = self.instances.iter().enumerate().filter(|(_, it)| !it.state.is_suspended());
        let all = awake.flat_map(|(number, instance)| {
            let timers = instance.state.subscriptions().filter_map(move |(id, open)| {
                let Waited::Timer { due, .. } = open.waits else { return None };
                let order = instance.opened.get(&id).copied().unwrap_or(0);
                Some(Next { due, order, instance: number, what: Due::Timer(id) })
            });
            let jobs = instance.state.jobs().filter_map(move |(_, job)| {
                let due = job.retry_at.filter(|at| *at > self.now && job.retries > 0)?;
                Some(Next { due, order: u64::MAX, instance: number, what: Due::Job })
            });
            timers.chain(jobs)
        });
        all.filter(|next| next.due <= end && next.due < Timestamp::MAX)
            .min_by_key(|next| (next.due, next.order, next.instance))
    }
}

/// What falls due next.
struct Next {
    due: Timestamp,
    order: u64,
    instance: usize,
    what: Due,
}

enum Due {
    Timer(SubscriptionId),
    Job,
}

/// Why a scenario cannot go on as it is written.
#[derive(Debug)]
pub(super) enum Stop {
    /// The engine refuses what was asked.
    Rejected(Rejection),
    /// What was asked does not fit the state of the world.
    Unfit(String),
    /// A bound of the scenario was reached.
    Bound(String),
}

impl Stop {
    pub(super) fn bound(why: String) -> Self {
        Self::Bound(format!("The scenario is stopped: {why}."))
    }
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rejected(rejection) => write!(f, "this is refused: {rejection}"),
            Self::Unfit(why) | Self::Bound(why) => f.write_str(why),
        }
    }
}

impl From<Stop> for Unusable {
    fn from(stop: Stop) -> Self {
        Self::new(stop.to_string())
    }
}
