//! Group commit: what waits is carried out in one transaction.
//!
//! All turns of a batch are made in memory against states that are as they were committed, written
//! by few statements, committed, and only then answered and told. While a batch is written, the
//! next is made of what comes in, save of what concerns the same instances. A request that trips
//! over a bug or a contradiction is taken out and the batch is made again without it. A commit that
//! fails is looked up by command id before anybody is told.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use spartito_core::engine::{Command, Event, Request};
use spartito_core::ids::{CommandId, InstanceId};
use spartito_core::time::Timestamp;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::Span;

use super::batch::{Batch, Failure, Outcome};
use super::exchange::ExchangeDesk;
use super::flights::{AfterCommit, Flight, Flights, Opened, Written};
use super::jobs::setback::{self, Hearers, SET_BACK_MS};
use super::jobs::{JobDesk, Ordered};
use super::lanes::Lanes;
use super::measures::{Measures, TurnOutcome};
use super::neighbors::Neighbors;
use super::orchestrator::Asked;
use super::states::States;
use super::wake::Wake;
use super::workers::Workers;
use super::{Chance, Clock, Definitions, Live, SubmitError, TurnDone};
use crate::store::{BatchTx, Changes, Failpoint, Leased, Store, StoreError, Unfinished};

/// Pause after the database failed, so that a broken one is not hammered.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(50);
/// Pause before asking again for instances that another process holds.
const PAUSE_FOR_OTHERS: Duration = Duration::from_millis(5);
/// How long, and at what distance, the outcome of a commit is looked up.
const LOOK_UP_TIME_MAX: Duration = Duration::from_secs(20);
const PAUSE_BETWEEN_LOOK_UPS: Duration = Duration::from_millis(250);
/// How often a batch is made again that met another server's.
const CLASHES_MAX: u32 = 3;
/// Batches written at the same time: with more, each is smaller and all together are dearer.
const FLIGHTS_MAX: usize = 1;
/// Requests with which a batch for a database server no longer waits for more.
const GATHERED_BELOW: usize = 32;
/// How often all others have their turn before such a batch is sent off: who runs a job hands it on,
/// carries it out and asks, each in a task of its own.
const STEPS_TO_FOLLOW: u32 = 4;
/// How long a batch waits for a new lease of this server.
const LEASE_WAIT: Duration = Duration::from_secs(10);

pub(super) type Answer = oneshot::Sender<Result<TurnDone, SubmitError>>;

/// A request on its way.
pub(super) struct Accepted {
    pub(super) instance: InstanceId,
    pub(super) request: Request,
    /// Whether the caller gave the id, so that it may be a repeat.
    pub(super) may_repeat: bool,
    /// The lease under which a worker answers; `None` for all else.
    pub(super) lease: Option<Leased>,
    /// What it was asked for in.
    pub(super) span: Span,
    /// `None` where nobody waits for the answer.
    answer: Option<Answer>,
}

impl Accepted {
    pub(super) fn new(asked: Asked, answer: Option<Answer>, chance: &Chance) -> Self {
        let Asked { instance, command, by, id, lease } = asked;
        let may_repeat = id.is_some();
        // Where the caller gives none, it gets one when its turn is made.
        let id = id.unwrap_or(CommandId(0));
        let request = Request { id, command, by, at: Timestamp::EPOCH, seed: chance.number() };
        Self { instance, request, may_repeat, lease, span: Span::current(), answer }
    }

    /// Goes on with a turn that reached its bound. Nobody waits for it, and it is not given up.
    pub(super) fn continuation(instance: InstanceId, chance: &Chance) -> Self {
        let asked = Asked { instance, command: Command::Continue, by: None, id: None, lease: None };
        Self::new(asked, None, chance)
    }

    fn reply(self, result: Result<TurnDone, SubmitError>) {
        match self.answer {
            // An error means that the caller has gone.
            Some(answer) => drop(answer.send(result)),
            None => {
                if let Err(error) = result {
                    tracing::warn!(instance = %self.instance, %error, "a turn was not continued");
                }
            }
        }
    }
}

/// The one task that writes turns.
pub(super) struct Committer {
    pub(super) store: Store,
    pub(super) definitions: Definitions,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) live: Live,
    pub(super) jobs: JobDesk,
    pub(super) workers: Workers,
    pub(super) exchange: ExchangeDesk,
    pub(super) timers: Arc<Wake>,
    pub(super) neighbors: Neighbors,
    pub(super) lanes: Lanes<Accepted>,
    pub(super) states: States,
    /// Requests of our own, and those that have to wait for another process.
    pub(super) pending: VecDeque<Accepted>,
    /// Batches that are being written.
    pub(super) flights: Flights,
    /// What is to be done of a batch of which it is not known whether it was committed.
    pub(super) unsure: Option<AfterCommit>,
    /// Requests that wait for one of these.
    pub(super) held: VecDeque<Accepted>,
    /// No turn is earlier than the one before, unless the clock was set back.
    pub(super) last_at: Timestamp,
    pub(super) measures: Arc<Measures>,
    pub(super) chance: Chance,
}

impl Committer {
    pub(super) async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        let mut opened: Option<Opened> = None;
        // Whether all lanes are empty for good; what is held still comes.
        let mut is_over = false;
        while !(is_over && opened.is_none() && self.flights.is_empty()) {
            // Where instances have to be held first, every part of a batch costs a trip to the
            // database: there it is made in one part, when it can be written.
            let has_room = opened.as_ref().is_none_or(Opened::has_room)
                && (self.is_alone() || self.flights.is_empty());
            let can_go = opened.is_some() && self.flights.len() < FLIGHTS_MAX;
            tokio::select! {
                biased;
                landed = self.flights.next(), if !self.flights.is_empty() => {
                    if !opened.as_ref().is_some_and(|opened| self.gathers(opened)) {
                        opened = self.send_off(opened);
                    }
                    self.land(landed.0, landed.1).await;
                    is_over = false;
                    self.let_follow().await;
                }
                batch = self.lanes.next(&mut self.pending, &mut stop), if has_room && !is_over => {
                    match batch {
                        Some(batch) => opened = self.take_in(opened, batch).await,
                        None => is_over = true,
                    }
                    opened = self.send_off(opened);
                }
                () = std::future::ready(()), if can_go => opened = self.send_off(opened),
            }
        }
    }

    /// Whether a batch that could be sent off waits for what follows from the one that has landed: a
    /// message to a server costs so much that few requests are better off together with more.
    fn gathers(&self, opened: &Opened) -> bool {
        self.store.is_shared() && opened.batch.len() < GATHERED_BELOW
    }

    /// Lets those come who have just been answered, as far as they come at once.
    async fn let_follow(&self) {
        if self.store.is_shared() {
            for _ in 0..STEPS_TO_FOLLOW {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Whether nobody else writes, as far as is known.
    fn is_alone(&self) -> bool {
        !self.neighbors.are_there()
    }

    /// Whether a batch is made of what is kept here without a look at what is stored: where that has
    /// changed all the same, the batch is not written and is made again with a look. A simulation
    /// does so among other servers as well, half of the time.
    fn trusts(&self) -> bool {
        self.is_alone() || (self.store.is_simulated() && self.chance.number().is_multiple_of(2))
    }

    /// Makes the turns of what can be made now, in the batch that is open.
    async fn take_in(&mut self, opened: Option<Opened>, batch: Vec<Accepted>) -> Option<Opened> {
        let mut free = Vec::with_capacity(batch.len());
        for accepted in batch {
            if self.flights.concern(&accepted) {
                self.held.push_back(accepted);
            } else {
                free.push(accepted);
            }
        }
        if free.is_empty() {
            return opened;
        }
        let mut opened = match opened {
            Some(opened) => opened,
            None => match self.store.open_batch(self.trusts()).await {
                Ok(tx) => Opened::new(tx),
                Err(_) => {
                    // What is wrong is found and told there.
                    self.carry_out(free).await;
                    return None;
                }
            },
        };
        match self.make(&mut opened.tx, &mut opened.made, &mut free).await {
            Ok(()) => {
                opened.batch.append(&mut free);
                Some(opened)
            }
            Err(_) => {
                let Opened { tx, mut batch, .. } = opened;
                drop(tx);
                batch.append(&mut free);
                self.carry_out(batch).await;
                None
            }
        }
    }

    /// Lets the batch that is open be written, where that can be; else gives it back.
    fn send_off(&mut self, opened: Option<Opened>) -> Option<Opened> {
        if self.flights.len() >= FLIGHTS_MAX {
            return opened;
        }
        let Opened { tx, batch, made } = opened?;
        let (changes, after) = self.close(made);
        self.flights.send_off(tx, changes, Flight { batch, after });
        None
    }

    /// Goes on after a batch was written, or was not.
    async fn land(&mut self, flight: Flight, result: Written) {
        let Flight { batch, after } = flight;
        match result {
            Ok(took) => {
                if let Some(took) = took {
                    self.measures.committed(took, batch.len());
                }
                let outcomes = self.settle(after);
                self.finish(batch, outcomes).await;
            }
            Err(Failure::Unknown(error)) => {
                self.unsure = Some(after);
                self.look_up(batch, error).await;
            }
            Err(Failure::Bug { .. } | Failure::NotCommitted(_)) => {
                drop(after);
                self.carry_out(batch).await;
            }
        }
        while let Some(held) = self.held.pop_back() {
            self.pending.push_front(held);
        }
    }

    /// Carries out a batch; what cannot be carried out with the others is so alone.
    async fn carry_out(&mut self, mut batch: Vec<Accepted>) {
        let mut clashes = 0;
        loop {
            match self.attempt(&mut batch).await {
                Ok(outcomes) => return self.finish(batch, outcomes).await,
                Err(Failure::Bug { index, message }) => {
                    self.take_out(batch.remove(index), message);
                }
                Err(Failure::NotCommitted(StoreError::Fenced))
                    if self.store.lease_again(LEASE_WAIT).await =>
                {
                    // Others may have gone on with all that is kept here.
                    self.states.clear();
                    tracing::warn!(requests = batch.len(), "a batch is made under a new lease");
                }
                Err(Failure::NotCommitted(StoreError::Clash(words))) if clashes < CLASHES_MAX => {
                    tracing::debug!(words, "a batch met another server's and is made again");
                    clashes += 1;
                }
                Err(Failure::NotCommitted(error)) if batch.len() > 1 && error.is_of_one() => {
                    tracing::warn!(%error, "a batch was refused; its requests are tried alone");
                    return self.carry_out_alone(batch).await;
                }
                Err(Failure::NotCommitted(error)) => return self.fail(batch, &error).await,
                Err(Failure::Unknown(error)) => return self.look_up(batch, error).await,
            }
            if batch.is_empty() {
                return;
            }
        }
    }

    async fn carry_out_alone(&mut self, batch: Vec<Accepted>) {
        for accepted in batch {
            let mut alone = vec![accepted];
            match self.attempt(&mut alone).await {
                Ok(outcomes) => self.finish(alone, outcomes).await,
                Err(Failure::Bug { message, .. }) => {
                    self.take_out(alone.remove(0), message);
                }
                Err(Failure::NotCommitted(error)) => self.fail(alone, &error).await,
                Err(Failure::Unknown(error)) => self.look_up(alone, error).await,
            }
        }
    }

    /// Makes, writes and commits the turns of a batch. What is past its bounds is taken out of it
    /// and comes first in the next one.
    async fn attempt(&mut self, batch: &mut Vec<Accepted>) -> Result<Vec<Outcome>, Failure> {
        let mut tx = self.store.open_batch(false).await.map_err(Failure::NotCommitted)?;
        let mut made = Batch::begin(&tx);
        self.make(&mut tx, &mut made, batch).await?;
        let (changes, after) = self.close(made);
        if changes.is_empty() && !tx.relies() {
            // Nothing to commit; what was read was as committed.
            if let Err(error) = tx.rollback().await {
                tracing::warn!(%error, "a transaction that changed nothing did not end well");
            }
        } else {
            let begun = Instant::now();
            if let Err(why) = tx.finish(changes).await {
                self.unsure = matches!(why, Unfinished::Unknown(_)).then_some(after);
                return Err(why.into());
            }
            self.measures.committed(begun.elapsed(), batch.len());
        }
        Ok(self.settle(after))
    }

    /// Makes the turns of further requests of a batch; what is past its bounds is taken out.
    async fn make(
        &mut self,
        tx: &mut BatchTx,
        made: &mut Batch,
        requests: &mut Vec<Accepted>,
    ) -> Result<(), Failure> {
        let known = made.look_up(tx, requests, &self.states, &self.definitions).await?;
        // Others may have made turns of an instance while it was waited for.
        self.last_at = self.moment();
        for accepted in requests.iter_mut() {
            accepted.request.at = self.last_at;
            if !accepted.may_repeat {
                accepted.request.id = own_command_id(self.last_at, &self.chance);
            }
        }
        let done = made.make(tx, requests, &known, &self.states).await?;
        for left in requests.drain(done..).rev() {
            self.pending.push_front(left);
        }
        Ok(())
    }

    /// When the next turns are: not before the last, but where the clock was set back. Else all would be at
    /// one moment until it has come as far again, and what follows after some time that much later.
    fn moment(&self) -> Timestamp {
        let now = self.clock.now();
        if self.last_at.millis_since(now) <= SET_BACK_MS {
            return self.last_at.max(now);
        }
        let hearers = Hearers::of(&self.jobs, &self.workers, &self.neighbors);
        tokio::spawn(setback::bring_near(self.store.clone(), now, hearers));
        now
    }

    /// What is to be written of a batch, and what is to be done when it is.
    fn close(&mut self, mut made: Batch) -> (Changes, AfterCommit) {
        let orders = self.jobs.order(&mut made, self.last_at);
        let Batch { outcomes, changes, working, .. } = made;
        let after = AfterCommit {
            outcomes,
            working,
            orders,
            word: ExchangeDesk::word_of(&changes),
            timer_due: changes.next_timer_due(),
            inside_due: changes.jobs_due_of(|job_type| self.jobs.does(job_type)),
            outside_due: changes.jobs_due_of(|job_type| !self.jobs.does(job_type)),
            others_due: changes.next_timer_due_of(|id| !self.store.fires_timers_of(id)),
        };
        (changes, after)
    }

    /// Keeps and hands on what came of a batch, after its commit.
    fn settle(&mut self, after: AfterCommit) -> Vec<Outcome> {
        let AfterCommit {
            outcomes,
            working,
            orders,
            word,
            timer_due,
            inside_due,
            outside_due,
            others_due,
        } = after;
        for (instance, working) in working {
            if working.is_open() {
                self.states.put(instance, working.loaded);
            }
        }
        self.jobs.hand_over(orders, &inside_due);
        self.exchange.tell(word);
        if let Some(due) = timer_due {
            self.timers.at(due);
        }
        self.workers.due(&outside_due);
        let job_due = inside_due.iter().map(|(_, due)| *due).min();
        self.neighbors.due(others_due, job_due, self.last_at);
        self.neighbors.due_outside(&outside_due);
        outcomes
    }

    /// Answers a request, and counts and notes what.
    fn answer(&self, accepted: Accepted, result: Result<TurnDone, SubmitError>) {
        self.measures.answered(&result);
        tracing::debug!(
            parent: &accepted.span,
            instance = %accepted.instance,
            command = %accepted.request.id,
            outcome = TurnOutcome::of(&result).word(),
            "answered"
        );
        accepted.reply(result);
    }

    /// Answers a request that tripped over a bug.
    fn take_out(&self, accepted: Accepted, message: String) {
        tracing::error!(
            parent: &accepted.span,
            instance = %accepted.instance,
            command = %accepted.request.id,
            bug = message,
            "a request failed by a bug and is taken out"
        );
        self.answer(accepted, Err(SubmitError::Internal(message)));
    }

    /// Answers, tells and goes on, after the commit.
    async fn finish(&mut self, batch: Vec<Accepted>, outcomes: Vec<Outcome>) {
        Failpoint::BatchSettled.pass();
        let mut changes: BTreeMap<InstanceId, super::Change> = BTreeMap::new();
        let mut answers: HashMap<CommandId, Result<TurnDone, SubmitError>> = HashMap::new();
        let mut held_elsewhere = 0;
        let size = batch.len();
        for (accepted, outcome) in batch.into_iter().zip(outcomes) {
            let result = match outcome {
                Outcome::Done { turn, change } => {
                    if let Some(change) = change {
                        let known = changes
                            .entry(turn.instance)
                            .or_insert_with(|| super::Change::new(turn.instance, change));
                        known.add(&turn.events);
                    }
                    if matches!(turn.events.last(), Some(Event::TurnInterrupted)) {
                        let more = Accepted::continuation(turn.instance, &self.chance);
                        self.pending.push_back(more);
                    }
                    Ok(turn)
                }
                Outcome::SameAs(id) => match answers.get(&id) {
                    Some(Ok(first)) => Ok(TurnDone { repeated: true, ..first.clone() }),
                    Some(Err(error)) => Err(error.clone()),
                    None => {
                        // The first one waits for another process, and so does this one.
                        held_elsewhere += 1;
                        self.pending.push_back(accepted);
                        continue;
                    }
                },
                Outcome::Refused(error) => Err(error),
                Outcome::HeldElsewhere => {
                    held_elsewhere += 1;
                    self.pending.push_back(accepted);
                    continue;
                }
            };
            if accepted.may_repeat {
                answers.insert(accepted.request.id, result.clone());
            }
            self.answer(accepted, result);
        }
        Failpoint::BatchAnswered.pass();
        for change in changes.into_values() {
            self.live.send(change);
        }
        if held_elsewhere == size {
            tokio::time::sleep(PAUSE_FOR_OTHERS).await;
        }
    }

    /// Tells that nothing was done. Requests of our own wait for better times.
    async fn fail(&mut self, batch: Vec<Accepted>, error: &StoreError) {
        tracing::error!(%error, requests = batch.len(), "a batch was not committed");
        self.measures.commit_failed();
        for accepted in batch {
            if accepted.answer.is_none() && error.is_passing() {
                self.pending.push_back(accepted);
            } else {
                self.answer(accepted, Err(SubmitError::Store(error.clone())));
            }
        }
        if error.is_passing() {
            tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
        }
    }

    /// Finds out whether a commit that failed was made after all.
    async fn look_up(&mut self, batch: Vec<Accepted>, error: StoreError) {
        tracing::error!(%error, "a commit failed; its outcome is looked up");
        self.measures.commit_failed();
        // What is kept here may be behind what was committed.
        self.states.clear();
        let found = self.outcomes_of(&batch).await;
        if let (Ok(found), Some(after)) = (&found, self.unsure.take()) {
            // Its jobs are leased: nobody else begins them before that has ended.
            self.jobs.hand_over(committed_orders(after, found), &[]);
        }
        for accepted in batch {
            let result = match &found {
                Ok(found) => match found.get(&accepted.request.id) {
                    Some(turn) => {
                        if matches!(turn.events.last(), Some(Event::TurnInterrupted)) {
                            let more = Accepted::continuation(turn.instance, &self.chance);
                            self.pending.push_back(more);
                        }
                        self.tell(turn).await;
                        Ok(turn.clone())
                    }
                    None => Err(SubmitError::Store(error.clone())),
                },
                Err(error) => Err(SubmitError::Unknown(error.clone())),
            };
            if result.is_err() && accepted.answer.is_none() {
                // Of our own: where it was done after all, there is nothing left to do.
                self.pending.push_back(accepted);
            } else {
                self.answer(accepted, result);
            }
        }
        self.jobs.look_again();
        self.workers.look_again();
        self.exchange.look_again();
        self.timers.now();
    }

    /// Tells of a turn of which only the store knows the process.
    async fn tell(&self, turn: &TurnDone) {
        if let Ok(Some(row)) = self.store.instance(turn.instance).await {
            let mut change = super::Change::new(turn.instance, row.process);
            change.add(&turn.events);
            self.live.send(change);
        }
    }

    /// The turns that were made, by command; the error says that the database cannot be asked.
    async fn outcomes_of(
        &self,
        batch: &[Accepted],
    ) -> Result<HashMap<CommandId, TurnDone>, StoreError> {
        let ids: Vec<CommandId> = batch.iter().map(|accepted| accepted.request.id).collect();
        let until = Instant::now() + LOOK_UP_TIME_MAX;
        loop {
            let error = match self.store.settled_turns_of(&ids).await {
                Ok(found) => {
                    let done = found.into_iter().map(|(id, instance, turn)| {
                        let (position, events) = (turn.position, turn.events.into());
                        (id, TurnDone { instance, position, events, repeated: false })
                    });
                    return Ok(done.collect());
                }
                Err(error) => error,
            };
            tracing::warn!(%error, "the outcome cannot be looked up yet");
            if Instant::now() > until {
                return Err(error);
            }
            tokio::time::sleep(PAUSE_BETWEEN_LOOK_UPS).await;
        }
    }
}

/// The orders of a batch whose turns were found to be committed.
fn committed_orders(after: AfterCommit, found: &HashMap<CommandId, TurnDone>) -> Vec<Ordered> {
    let AfterCommit { mut orders, working, .. } = after;
    orders.retain(|order| {
        let instance = order.key().instance;
        let last = working.get(&instance).map(|working| working.loaded.tracked.position);
        found.values().any(|turn| turn.instance == instance && Some(turn.position) == last)
    });
    orders
}

/// Bits of an id of our own below its moment.
const RANDOM_BITS: u32 = 80;

/// An id for a request whose caller gave none: ascending in time, so that the index of ids grows at
/// its end and a commit touches few of its pages.
fn own_command_id(at: Timestamp, chance: &Chance) -> CommandId {
    let ms = u128::try_from(at.as_millis()).unwrap_or(0);
    CommandId((ms << RANDOM_BITS) | (chance.command_id().0 >> (u128::BITS - RANDOM_BITS)))
}
