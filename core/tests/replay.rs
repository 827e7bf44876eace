//! Random sound models and random requests: the state is its events folded, the same input gives
//! the same events, tokens are conserved, every instance can be brought to its end, and nothing
//! panics.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod model;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use spartito_core::bpmn::model::FlowNodeKind;
use spartito_core::engine::command::{CallOutcome, Chosen, Direction};
use spartito_core::engine::decisions::DeployedDecisions;
use spartito_core::engine::migration::{self, Plan};
use spartito_core::engine::modification::{Activation, Termination};
use spartito_core::engine::state::{Status, Subscription, Work};
use spartito_core::engine::{
    Command, Deployed, Event, ExecutableProcess, InstanceState, Request, choices, step,
};
use spartito_core::ids::{
    CommandId, DefinitionKey, DeploymentKey, ElementInstanceId, FlowNodeId, FormId, FormKey,
    IncidentId, InstanceId, PersonId, SequenceFlowId, SubscriptionId,
};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, Variables};

const DEFINITION: DefinitionKey = DefinitionKey::new(1);

/// Time between two requests: half of what timers wait.
const STEP_MS: i64 = 1_800_000;

/// What a random request is made of; each number is taken modulo what there is to choose from.
#[derive(Debug, Clone)]
struct Draw {
    kind: u8,
    pick: usize,
    number: u32,
    flag: bool,
}

fn draw() -> impl Strategy<Value = Draw> {
    (0_u8..28, 0_usize..64, 0_u32..4, any::<bool>()).prop_map(|(kind, pick, number, flag)| Draw {
        kind,
        pick,
        number,
        flag,
    })
}

/// One instance, its history, and what is checked after every turn.
struct Run<'p> {
    process: &'p ExecutableProcess,
    /// The same model as another version.
    other: &'p ExecutableProcess,
    forms: BTreeMap<FormId, FormKey>,
    state: InstanceState,
    folded: InstanceState,
    /// Tokens on each flow of each scope, counted from events alone.
    tokens: BTreeMap<(ElementInstanceId, SequenceFlowId), i64>,
    asked: u64,
    is_modified: bool,
}

impl<'p> Run<'p> {
    fn of(process: &'p ExecutableProcess, other: &'p ExecutableProcess) -> Self {
        Self {
            process,
            other,
            forms: BTreeMap::new(),
            state: InstanceState::default(),
            folded: InstanceState::default(),
            tokens: BTreeMap::new(),
            asked: 0,
            is_modified: false,
        }
    }

    /// Goes on in the other version of the same model: nothing is in the way, and nothing but the
    /// version changes.
    fn migrate(&mut self) {
        let plan = migration::plan(self.process, self.other, &[], &self.state);
        assert_eq!(plan, Ok(Plan::default()), "{:?}", self.state);
        let open =
            |state: &InstanceState| (state.elements().count(), state.subscriptions().count());
        let before = open(&self.state);
        let (from, to) = (self.process, self.other.key());
        std::mem::swap(&mut self.process, &mut self.other);
        self.ask_with(Some(from), None, Command::MigrateInstance { to, mapping: Vec::new() });
        assert_eq!(self.state.identity().unwrap().definition, to);
        assert_eq!(open(&self.state), before);
    }

    fn ask(&mut self, by: Option<PersonId>, command: Command) {
        self.ask_with(None, by, command);
    }

    fn ask_with(
        &mut self,
        from: Option<&ExecutableProcess>,
        by: Option<PersonId>,
        command: Command,
    ) {
        self.asked += 1;
        let at = Timestamp::from_millis(
            1_767_225_600_000 + STEP_MS * i64::try_from(self.asked).unwrap(),
        );
        let request = Request {
            id: CommandId(self.asked.into()),
            command,
            by,
            at: at.unwrap(),
            seed: self.asked,
        };
        let before = self.state.clone();
        let mut again = self.state.clone();
        let deployed = Deployed {
            process: self.process,
            forms: &self.forms,
            decisions: &DeployedDecisions::default(),
            deployment: DeploymentKey::new(1),
            from,
        };
        let answer = step(deployed, &mut self.state, &request);
        assert_eq!(answer, step(deployed, &mut again, &request), "the same input, other events");
        assert_eq!(self.state, again, "the same input, another state");
        match answer {
            Err(_) => assert_eq!(self.state, before, "a rejection changed the state"),
            Ok(events) => self.check_turn(&events),
        }
    }

    fn check_turn(&mut self, events: &[Event]) {
        for event in events {
            self.folded.apply(event);
            self.count_tokens(event);
            self.is_modified |= matches!(event, Event::InstanceModified { .. });
        }
        assert_eq!(self.folded, self.state, "folded events differ from the state");
        if self.state.status() == Status::Active {
            let waiting: i64 = self.tokens.values().sum();
            let open = self.state.elements().count();
            assert!(open > 0 || waiting > 0, "an active instance without a token");
            let mut kept = BTreeMap::new();
            let scopes = self.state.elements().map(|(id, _)| id);
            for scope in scopes.chain([ElementInstanceId::ROOT]) {
                for (flow, count) in self.state.scope(scope).iter().flat_map(|it| &it.tokens) {
                    kept.insert((scope, flow.clone()), i64::from(*count));
                }
            }
            self.tokens.retain(|_, count| *count != 0);
            assert_eq!(kept, self.tokens, "tokens were lost or made");
            self.check_places();
        } else {
            assert_eq!(self.state.elements().count(), 0);
            assert_eq!(self.state.incidents().count(), 0);
        }
        let stored = serde_json::to_string(&self.state).unwrap();
        assert_eq!(serde_json::from_str::<InstanceState>(&stored).unwrap(), self.state);
        let packed = rmp_serde::to_vec_named(&self.state).unwrap();
        assert_eq!(rmp_serde::from_slice::<InstanceState>(&packed).unwrap(), self.state);
    }

    /// Whatever is open lies in something that is open.
    fn check_places(&self) {
        let is_open = |element: ElementInstanceId| {
            element == ElementInstanceId::ROOT || self.state.element(element).is_some()
        };
        for (id, open) in self.state.elements() {
            assert!(is_open(open.scope) && open.scope < id, "{id:?} lies nowhere");
        }
        for (id, waits) in self.state.subscriptions() {
            assert!(is_open(waits.element), "{id:?} is waited for by nobody");
        }
        for (id, incident) in self.state.incidents() {
            assert!(is_open(incident.element), "{id:?} is of nothing that is open");
        }
    }

    fn count_tokens(&mut self, event: &Event) {
        if let Event::SequenceFlowTaken { flow, scope } = event {
            *self.tokens.entry((*scope, flow.clone())).or_default() += 1;
        } else if let Event::ElementActivated { consumed, scope, .. } = event {
            for flow in consumed {
                let count = self.tokens.entry((*scope, flow.clone())).or_default();
                *count -= 1;
                assert!(*count >= 0, "a token was consumed twice at {flow}");
            }
        } else if let Event::TokensRemoved { scope, flows } = event {
            for flow in flows {
                *self.tokens.get_mut(&(*scope, flow.clone())).unwrap() -= 1;
            }
        } else if let Event::ElementTerminated { element: scope }
        | Event::ScopeInterrupted { scope, .. } = event
        {
            self.tokens.retain(|(it, _), _| it != scope);
        } else if let Event::ElementCompleted { element } = event {
            let left = self.tokens.iter().find(|((it, _), count)| it == element && **count != 0);
            assert_eq!(left, None, "a scope completed while a token waited in it");
        }
    }

    fn start(&mut self, route: i64) {
        let variables = Variables::from_iter([
            ("route", Value::from(route)),
            ("rounds", Value::from(0)),
            ("ready", Value::from(true)),
        ]);
        let command = Command::StartInstance {
            instance: InstanceId::new(7),
            definition: DEFINITION,
            business_key: Some("case 7".to_owned()),
            variables,
            node: None,
            occurred: None,
            caller: None,
        };
        self.ask(None, command);
    }

    /// A random request, often one that fits and sometimes one that does not.
    fn ask_at_random(&mut self, draw: &Draw) {
        let person = |number: u32| PersonId::from(["ada", "ben", "cleo", "dan"][number as usize]);
        let any_element = ElementInstanceId(u32::try_from(draw.pick).unwrap());
        let pick = |count: usize| if count == 0 { 0 } else { draw.pick % count };
        let jobs: Vec<_> = self.state.jobs().map(|(id, job)| (id, job.attempt)).collect();
        let tasks: Vec<_> = self.state.user_tasks().map(|(id, _)| id).collect();
        let incidents: Vec<_> = self.state.incidents().map(|(id, _)| id).collect();
        let (job, attempt) = jobs.get(pick(jobs.len())).copied().unwrap_or((any_element, 1));
        let task = tasks.get(pick(tasks.len())).copied().unwrap_or(any_element);
        let incident = incidents.get(pick(incidents.len())).copied().unwrap_or(IncidentId(1));
        let result = Variables::from_iter([
            (format!("result_{}", draw.number), Value::from(i64::from(draw.number))),
            ("route".to_owned(), Value::from(i64::from(draw.number))),
        ]);
        let by = Some(person(draw.number));
        let (by, command) = match draw.kind {
            0..=2 => (None, Command::CompleteJob { element: job, attempt, variables: result }),
            3 | 4 => {
                let message = "the other side is down".to_owned();
                let retry_at = draw.flag.then_some(Timestamp::EPOCH);
                let retries = draw.number;
                (
                    None,
                    Command::FailJob {
                        element: job,
                        attempt,
                        message,
                        retries,
                        retry_at,
                        variables: Variables::default(),
                    },
                )
            }
            5 => {
                let attempt = draw.number;
                (None, Command::CompleteJob { element: any_element, attempt, variables: result })
            }
            6 => (by, Command::ClaimUserTask { element: task }),
            7 => (by, Command::UnclaimUserTask { element: task }),
            8 => {
                let assignee = draw.flag.then(|| person(3 - draw.number));
                (by, Command::AssignUserTask { element: task, assignee })
            }
            9 | 10 => {
                let by = by.filter(|_| draw.flag);
                let action = draw.flag.then(|| "approve".to_owned());
                (by, Command::CompleteUserTask { element: task, action, variables: result })
            }
            11 => (by, Command::ResolveIncident { incident }),
            12 => {
                // Now and then the condition of a gate cannot be evaluated.
                let ready = if draw.flag { Value::from(true) } else { Value::from("perhaps") };
                let scope = if draw.number == 0 { any_element } else { ElementInstanceId::ROOT };
                let variables = Variables::from_iter([("ready", ready)]);
                (by, Command::SetVariables { scope, variables })
            }
            13 | 14 => {
                let waiting: Vec<_> = self.state.subscriptions().map(|(id, _)| id).collect();
                let subscription = waiting.get(pick(waiting.len())).copied();
                let subscription = subscription.unwrap_or(SubscriptionId(1));
                (None, Command::TriggerEvent { subscription, variables: result })
            }
            15 => {
                let (code, message) = ("NO".into(), String::new());
                let variables = result;
                (None, Command::ThrowError { element: job, attempt, code, message, variables })
            }
            22..=24 => (None, self.call_or_choice(draw, result)),
            25 => (None, Command::BroadcastSignal { name: "stop".into(), variables: result }),
            16 => (by, Command::SuspendInstance { reason: String::new() }),
            17 => (by, Command::ResumeInstance),
            20 if self.state.status() == Status::Active => return self.migrate(),
            18 | 19 => (by, self.modification(draw)),
            _ if draw.pick == 0 => {
                (by, Command::TerminateInstance { reason: "not wanted".to_owned() })
            }
            _ => (None, Command::Continue),
        };
        self.ask(by, command);
    }

    /// A called instance ends or escalates, a step of an ad-hoc sub-process is begun, or a worker
    /// chooses in one.
    fn call_or_choice(&self, draw: &Draw, variables: Variables) -> Command {
        let pick = |count: usize| if count == 0 { 0 } else { draw.pick % count };
        let calls = self.state.elements().filter(|(_, open)| matches!(open.work, Some(Work::Call)));
        let calls: Vec<_> = calls.map(|(id, _)| id).collect();
        let choices = choices(self.process, &self.state);
        let directed: Vec<_> = self.state.jobs().filter(|(id, _)| self.directs(*id)).collect();
        if let Some((element, job)) = directed.get(pick(directed.len())).filter(|_| draw.flag) {
            let of_it = choices.iter().filter(|(scope, _)| scope == element);
            let chosen = |(_, node): &(_, FlowNodeId)| Chosen {
                node: node.clone(),
                variables: variables.clone(),
            };
            let is_fulfilled = draw.number == 0;
            let activate = of_it.map(chosen).take(draw.number as usize).collect();
            let cancels_remaining = draw.kind == 22;
            let direction = Direction { activate, is_fulfilled, cancels_remaining };
            let (element, attempt) = (*element, job.attempt);
            return Command::DirectAdHoc { element, attempt, variables, direction };
        }
        if let Some((scope, node)) = choices.get(pick(choices.len())).filter(|_| calls.is_empty()) {
            return Command::StartAdHoc { scope: *scope, node: node.clone(), variables };
        }
        let element = calls.get(pick(calls.len())).copied().unwrap_or(ElementInstanceId(1));
        let code = |code: &str| code.into();
        let outcome = match draw.number {
            0 => return Command::EscalateCall { element, code: code("late") },
            1 => CallOutcome::Error { code: code("NO"), message: String::new(), variables },
            2 => CallOutcome::Failed { message: "not there".to_owned() },
            _ => CallOutcome::Completed { variables },
        };
        Command::EndCall { element, outcome }
    }

    /// Whether the job at `element` directs an ad-hoc sub-process.
    fn directs(&self, element: ElementInstanceId) -> bool {
        let node = self.state.element(element).and_then(|open| self.process.node_index(&open.node));
        node.is_some_and(|node| self.process.model().node(node).kind.sub_process().is_some())
    }

    /// Whether what is waited for starts an event sub-process that interrupts nothing, and so again
    /// and again.
    fn starts_beside(&self, open: &Subscription) -> bool {
        let node = self.process.node_index(&open.node);
        node.is_some_and(|node| {
            let kind = &self.process.model().node(node).kind;
            matches!(kind, FlowNodeKind::StartEvent(start) if !start.is_interrupting)
        })
    }

    /// A node before which a token waits.
    fn join_with_token(&self) -> Option<FlowNodeId> {
        let scopes = self.state.elements().map(|(id, _)| id).chain([ElementInstanceId::ROOT]);
        let mut tokens = scopes.filter_map(|scope| self.state.scope(scope)?.tokens.keys().next());
        let flow = self.process.flow_index(tokens.next()?)?;
        let model = self.process.model();
        Some(model.node(model.flow(flow).target).id.clone())
    }

    /// Ends something that is open, enters a node of the model, or both.
    fn modification(&self, draw: &Draw) -> Command {
        let open: Vec<_> = self.state.elements().collect();
        let nodes = &self.process.model().nodes;
        let (mut terminate, mut activate) = (Vec::new(), Vec::new());
        if draw.number != 1
            && let Some((element, visit)) = open.get(draw.pick % open.len().max(1))
        {
            terminate.push(match draw.flag {
                true => Termination::Element(*element),
                false => Termination::Node(visit.node.clone()),
            });
        }
        if draw.number == 3 {
            // Before a join there may be a token.
            terminate.push(Termination::Node(nodes[draw.pick * 7 % nodes.len()].id.clone()));
        }
        if draw.number != 0 || terminate.is_empty() {
            let node = nodes[draw.pick * 13 % nodes.len()].id.clone();
            let locals = Variables::from_iter([("by_hand", Value::from(true))]);
            let variables = Variables::default();
            let ancestor = draw.flag.then_some(ElementInstanceId::ROOT);
            activate.push(Activation { node, ancestor, variables, locals });
        }
        Command::ModifyInstance { terminate, activate }
    }

    /// Does all that is left to do. A sound model completes.
    fn bring_to_its_end(&mut self) {
        let ready = Variables::from_iter([("ready", Value::from(true))]);
        for _ in 0..2_000 {
            if self.state.status() != Status::Active {
                return;
            }
            if self.state.is_suspended() {
                self.ask(None, Command::ResumeInstance);
                continue;
            }
            let incident = self.state.incidents().next().map(|(id, _)| id);
            let job = self.state.jobs().find(|(_, job)| job.retries > 0);
            let job = job.map(|(id, job)| (id, job.attempt));
            let task = self.state.user_tasks().next().map(|(id, _)| id);
            let waits = self.state.subscriptions().find(|(_, it)| !self.starts_beside(it));
            let waiting = waits.map(|(id, _)| id);
            let is_call = |work: &Option<Work>| matches!(work, Some(Work::Call));
            let call = self.state.elements().find(|(_, open)| is_call(&open.work));
            let call = call.map(|(id, _)| id);
            let choice = choices(self.process, &self.state).into_iter().next();
            let variables = Variables::default();
            if let Some(incident) = incident {
                let hides = |scope: &ElementInstanceId| {
                    let own = self.state.scope(*scope).map(|scope| &scope.variables);
                    own.is_some_and(|own| own.get("ready").is_some())
                };
                let scopes = self.state.elements().map(|(id, _)| id).filter(hides);
                for scope in scopes.chain([ElementInstanceId::ROOT]).collect::<Vec<_>>() {
                    self.ask(None, Command::SetVariables { scope, variables: ready.clone() });
                }
                self.ask(None, Command::ResolveIncident { incident });
            } else if let Some((element, attempt)) = job {
                self.ask(
                    None,
                    match self.directs(element) {
                        false => Command::CompleteJob { element, attempt, variables },
                        true => {
                            let direction =
                                Direction { is_fulfilled: true, ..Direction::default() };
                            Command::DirectAdHoc { element, attempt, variables, direction }
                        }
                    },
                );
            } else if let Some(element) = call {
                let outcome = CallOutcome::Completed { variables };
                self.ask(None, Command::EndCall { element, outcome });
            } else if let Some(element) = task {
                self.ask(None, Command::CompleteUserTask { element, action: None, variables });
            } else if let Some((scope, node)) = choice {
                self.ask(None, Command::StartAdHoc { scope, node, variables });
            } else if let Some(subscription) = waiting {
                self.ask(None, Command::TriggerEvent { subscription, variables });
            } else if let Some(node) = self.is_modified.then(|| self.join_with_token()).flatten() {
                // Where tokens were put or taken by hand, a join may wait in vain.
                let terminate = vec![Termination::Node(node)];
                self.ask(None, Command::ModifyInstance { terminate, activate: Vec::new() });
            } else {
                panic!("nothing can go on: {:?}", self.state);
            }
        }
        panic!("no end in sight: {:?}", self.state);
    }
}

/// How many cases are drawn: `PROPTEST_CASES`, or few enough to be waited for.
#[expect(clippy::disallowed_methods, reason = "how long a test may take is said outside")]
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_state_is_its_events_folded(
        block in model::block(),
        terminates in any::<bool>(),
        route in 0_i64..4,
        draws in prop::collection::vec(draw(), 0..60),
    ) {
        let process = model::process(&block, terminates);
        let other = ExecutableProcess::compile(DefinitionKey::new(2), 2, process.clone()).unwrap();
        let process = ExecutableProcess::compile(DEFINITION, 1, process).unwrap();
        let mut run = Run::of(&process, &other);
        run.start(route);
        for draw in &draws {
            run.ask_at_random(draw);
        }
        run.bring_to_its_end();
    }
}
