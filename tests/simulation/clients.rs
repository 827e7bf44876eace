//! Those who work with the servers: they ask one of them, and ask again, with the same id, until
//! they get an answer. What they were told is kept, to be compared with what is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use spartito::runtime::{Publication, PublishError, Runtime, SubmitError, TurnDone};
use spartito_core::engine::{Command, Event, InstanceState};
use spartito_core::ids::{CommandId, DefinitionKey, ElementInstanceId, InstanceId, PersonId};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, Variables};
use tokio::time::Instant;

use crate::plan::Dice;
use crate::processes::ORDERED;
use crate::world::{Running, World, locked};

/// How long a client waits for an answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);
/// Requests to one instance within a moment, and how long that is at most, in milliseconds: shorter
/// than a write that is held up.
const CROWD: usize = 4;
const CROWD_MS_MAX: u64 = 60;
/// Different orders: few, so that messages and those who wait for them meet.
pub const ORDERS: u64 = 12;

/// An answer that a client was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub instance: InstanceId,
    pub position: u64,
    pub events: Arc<[Event]>,
}

/// What clients know. Cheap to clone.
#[derive(Clone, Default)]
pub struct Book(Arc<Mutex<Pages>>);

#[derive(Default)]
pub struct Pages {
    /// By the id of the command, with the command.
    pub told: BTreeMap<CommandId, (Told, InstanceId, Command)>,
    /// Commands that were refused, surely before anything of them was done.
    pub refused: BTreeSet<CommandId>,
    /// Instances that were started by clients.
    pub started: Vec<InstanceId>,
    /// Keys of the orders that were placed.
    pub ordered: BTreeSet<String>,
    /// Payments that were made.
    pub paid: usize,
}

impl Book {
    pub fn pages(&self) -> std::sync::MutexGuard<'_, Pages> {
        locked(&self.0)
    }
}

pub struct Client {
    pub name: usize,
    pub world: World,
    pub book: Book,
    pub dice: Dice,
    /// What can be started.
    pub definitions: Arc<Vec<DefinitionKey>>,
}

/// What came of one attempt.
enum Answer<T> {
    Given(T),
    /// The server has died, or says nothing.
    None,
}

impl Client {
    /// Works until `end`.
    pub async fn work(self, end: Instant) {
        while Instant::now() < end {
            self.one_thing().await;
            tokio::time::sleep(self.dice.ms(20, 2_500)).await;
        }
    }

    async fn one_thing(&self) {
        let known = self.book.pages().started.clone();
        if known.is_empty() || self.dice.below(10) < 3 {
            return self.begin().await;
        }
        // The latest ones are open more often.
        let back = self.dice.index(known.len().min(12));
        let instance = known[known.len() - 1 - back];
        match self.dice.below(20) {
            0..=3 => self.publish().await,
            4 => self.repeat().await,
            5 => self.submit(instance, self.termination()).await,
            6 => self.submit(instance, Command::SuspendInstance { reason: String::new() }).await,
            7 | 8 => self.submit(instance, Command::ResumeInstance).await,
            9 => self.submit(instance, self.setting()).await,
            10 => self.signal().await,
            11 | 12 => self.crowd(instance).await,
            _ => self.work_on(instance).await,
        }
    }

    /// Asks for several things of one instance, each a little after the other.
    async fn crowd(&self, instance: InstanceId) {
        let asked = (0..CROWD).map(|_| async {
            tokio::time::sleep(self.dice.ms(0, CROWD_MS_MAX)).await;
            match self.dice.below(4) {
                0 => {
                    let command = Command::SuspendInstance { reason: String::new() };
                    self.submit(instance, command).await;
                }
                1 => self.submit(instance, Command::ResumeInstance).await,
                2 => self.submit(instance, self.setting()).await,
                _ => self.work_on(instance).await,
            }
        });
        futures::future::join_all(asked).await;
    }

    fn setting(&self) -> Command {
        let (scope, variables) = (ElementInstanceId::ROOT, self.variables());
        Command::SetVariables { scope, variables }
    }

    fn termination(&self) -> Command {
        Command::TerminateInstance { reason: format!("client {} wants it so", self.name) }
    }

    fn order(&self) -> String {
        format!("order-{}", self.dice.below(ORDERS))
    }

    /// Large ones bring snapshots.
    fn variables(&self) -> Variables {
        let size = [10, 10, 10, 5_000][self.dice.index(4)];
        let text: String = (0..size)
            .map(|_| char::from(b'a' + u8::try_from(self.dice.below(26)).unwrap()))
            .collect();
        [("order", Value::string(self.order())), ("text", Value::string(text))]
            .into_iter()
            .collect()
    }

    /// One of the servers that are running.
    async fn server(&self) -> Running {
        loop {
            let servers = self.world.servers;
            let first = self.dice.index(servers);
            let running = (0..servers).find_map(|n| self.world.server((first + n) % servers));
            if let Some(running) = running {
                return running;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    async fn ask<T, F: Future<Output = T>>(&self, ask: impl FnOnce(Runtime) -> F) -> Answer<T> {
        self.ask_of(self.server().await, ask).await
    }

    async fn ask_of<T, F: Future<Output = T>>(
        &self,
        (life, runtime): Running,
        ask: impl FnOnce(Runtime) -> F,
    ) -> Answer<T> {
        tokio::select! {
            biased;
            () = self.world.plan.death(life) => Answer::None,
            answer = ask(runtime) => Answer::Given(answer),
            () = tokio::time::sleep(ANSWER_TIME_MAX) => Answer::None,
        }
    }

    async fn begin(&self) {
        let definition = self.definitions[self.dice.index(self.definitions.len())];
        let Answer::Given(instance) =
            self.ask(|runtime| async move { runtime.orchestrator.new_instance_id() }).await
        else {
            return;
        };
        let command = Command::StartInstance {
            instance,
            definition,
            business_key: None,
            variables: self.variables(),
            node: None,
            occurred: None,
            caller: None,
        };
        self.submit(instance, command).await;
    }

    async fn submit(&self, instance: InstanceId, command: Command) {
        let id = self.dice.id();
        self.submit_as(id, instance, command).await;
    }

    /// Asks until there is an answer.
    async fn submit_as(&self, id: CommandId, instance: InstanceId, command: Command) {
        let name = format!("{:08x}", id.0 >> 96);
        // An attempt that is not over may still be carried out.
        let mut is_over = true;
        loop {
            let by = Some(PersonId::from(format!("client-{}", self.name).as_str()));
            let asked = command.clone();
            let server = self.server().await;
            let answer = self
                .ask_of(server.clone(), |runtime| async move {
                    runtime.orchestrator.submit(instance, asked, by, Some(id)).await
                })
                .await;
            match answer {
                Answer::Given(Ok(done)) => {
                    let (of, position) = (done.instance, done.position);
                    self.told(id, done, instance, command);
                    return self.must_see(server, of, position).await;
                }
                Answer::Given(Err(SubmitError::Internal(words))) => panic!("a bug: {words}"),
                Answer::Given(Err(
                    error @ (SubmitError::Rejected(_) | SubmitError::UnknownInstance),
                )) => {
                    self.world.plan.note(format!("client {} {name}: {error}", self.name));
                    if is_over {
                        self.book.pages().refused.insert(id);
                    }
                    return;
                }
                Answer::Given(Err(error)) => {
                    self.world.plan.note(format!("client {} {name}: {error}", self.name));
                }
                Answer::None => {
                    self.world.plan.note(format!("client {} {name}: no answer", self.name));
                    is_over = false;
                }
            }
            tokio::time::sleep(self.dice.ms(50, 1_500)).await;
        }
    }

    /// Who was told of a turn sees it from then on, where it was told.
    async fn must_see(&self, server: Running, instance: InstanceId, position: u64) {
        let state =
            self.ask_of(server, |runtime| async move { runtime.state(instance).await }).await;
        if let Answer::Given(Ok(state)) = state {
            let seen = state.map_or(0, |(_, position)| position);
            assert!(seen >= position, "told of turn {position} of {instance}, seen: {seen}");
        }
    }

    fn told(&self, id: CommandId, done: TurnDone, instance: InstanceId, command: Command) {
        let TurnDone { instance: of, position, events, repeated } = done;
        self.world.plan.note(format!(
            "client {} {:08x}: instance {of} turn {position} ({} events, repeated: {repeated})",
            self.name,
            id.0 >> 96,
            events.len()
        ));
        let told = Told { instance: of, position, events };
        let mut pages = self.book.pages();
        if matches!(command, Command::StartInstance { .. }) && !pages.started.contains(&of) {
            pages.started.push(of);
        }
        if told.events.is_empty() {
            return;
        }
        if let Some((before, ..)) = pages.told.get(&id) {
            assert_eq!(before, &told, "a repeat gets the first answer");
        }
        pages.told.insert(id, (told, instance, command));
    }

    /// Asks for something that was done long ago.
    async fn repeat(&self) {
        let found = {
            let pages = self.book.pages();
            let at = self.dice.index(pages.told.len().max(1));
            pages
                .told
                .iter()
                .nth(at)
                .map(|(id, (_, instance, command))| (*id, *instance, command.clone()))
        };
        if let Some((id, instance, command)) = found {
            self.submit_as(id, instance, command).await;
        }
    }

    /// Does what a person can do with an instance: a task, or an incident.
    async fn work_on(&self, instance: InstanceId) {
        let read =
            self.ask(|runtime| async move { runtime.store.load_state(instance).await }).await;
        let Answer::Given(Ok(Some((state, _)))) = read else { return };
        let Some(command) = self.something_to_do(&state) else { return };
        self.submit(instance, command).await;
    }

    fn something_to_do(&self, state: &InstanceState) -> Option<Command> {
        let tasks: Vec<ElementInstanceId> = state.user_tasks().map(|(id, _)| id).collect();
        if !tasks.is_empty() {
            let element = tasks[self.dice.index(tasks.len())];
            let variables = [("done", Value::Boolean(true))].into_iter().collect();
            return Some(Command::CompleteUserTask { element, action: None, variables });
        }
        let (incident, _) = state.incidents().next()?;
        Some(Command::ResolveIncident { incident })
    }

    /// Pays for an order, or places one.
    async fn publish(&self) {
        let message_id = format!("{:032x}", self.dice.id().0);
        let wait_ms = i64::try_from(self.dice.below(60_000)).unwrap();
        if self.dice.below(3) == 0 {
            let key = format!("{ORDERED}-{message_id}");
            self.send(ORDERED, &key, &message_id, 3_600_000).await;
            self.book.pages().ordered.insert(key);
        } else {
            self.send("paid", &self.order(), &message_id, wait_ms).await;
            self.book.pages().paid += 1;
        }
    }

    /// Sends a message again until it is taken.
    async fn send(&self, name: &str, key: &str, message_id: &str, wait_ms: i64) {
        loop {
            let message = |now: Timestamp| Publication {
                name: name.to_owned(),
                key: Some(key.to_owned()),
                message_id: Some(message_id.to_owned()),
                waits_until: now.plus_millis_saturating(wait_ms),
                variables: Variables::default(),
                by: None,
            };
            let answer = self
                .ask(|runtime| async move {
                    runtime.exchange.publish(message(runtime.clock.now())).await
                })
                .await;
            let words = match &answer {
                Answer::Given(Ok(published)) => format!("{published:?}"),
                Answer::Given(Err(error)) => error.to_string(),
                Answer::None => "no answer".to_owned(),
            };
            self.world.plan.note(format!("client {}: {name} {key}: {words}", self.name));
            if matches!(answer, Answer::Given(Ok(_) | Err(PublishError::Duplicate))) {
                return;
            }
            tokio::time::sleep(self.dice.ms(50, 1_500)).await;
        }
    }

    async fn signal(&self) {
        let told = self
            .ask(|runtime| async move {
                runtime.exchange.signal("go", Variables::default(), None).await
            })
            .await;
        let has_told = matches!(told, Answer::Given(Ok(())));
        self.world.plan.note(format!("client {} signals: {has_told}", self.name));
    }
}
