//! Group commit: what waits is carried out in one transaction.
//!
//! All turns of a batch are made in memory against states that are as they were committed, written
//! by few statements, committed, and only then answered and told. A request that trips over a bug
//! or a contradiction is taken out and the batch is made again without it. A commit that fails is
//! looked up by command id before anybody is told.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use spartito_core::engine::{Command, Event, Request};
use spartito_core::ids::{CommandId, InstanceId};
use spartito_core::time::Timestamp;
use tokio::sync::oneshot;

use super::batch::{Batch, Failure, Outcome};
use super::exchange::ExchangeDesk;
use super::jobs::JobDesk;
use super::lanes::Lanes;
use super::neighbors::Neighbors;
use super::orchestrator::Asked;
use super::states::States;
use super::wake::Wake;
use super::{Chance, Clock, Definitions, Live, SubmitError, TurnDone};
use crate::store::{Store, StoreError};

/// Pause after the database failed, so that a broken one is not hammered.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(50);
/// Pause before asking again for instances that another process holds.
const PAUSE_FOR_OTHERS: Duration = Duration::from_millis(5);
/// How often, and at what distance, the outcome of a commit is looked up.
const LOOK_UPS_MAX: u32 = 20;
const PAUSE_BETWEEN_LOOK_UPS: Duration = Duration::from_millis(250);
/// How often a batch is made again that met another server's.
const CLASHES_MAX: u32 = 3;
/// How long a batch waits for a new lease of this server.
const LEASE_WAIT: Duration = Duration::from_secs(10);

pub(super) type Answer = oneshot::Sender<Result<TurnDone, SubmitError>>;

/// A request on its way.
pub(super) struct Accepted {
    pub(super) instance: InstanceId,
    pub(super) request: Request,
    /// Whether the caller gave the id, so that it may be a repeat.
    pub(super) may_repeat: bool,
    /// `None` where nobody waits for the answer.
    answer: Option<Answer>,
}

impl Accepted {
    pub(super) fn new(asked: Asked, answer: Option<Answer>, chance: &Chance) -> Self {
        let Asked { instance, command, by, id } = asked;
        let may_repeat = id.is_some();
        let id = id.unwrap_or_else(|| chance.command_id());
        let request = Request { id, command, by, at: Timestamp::EPOCH, seed: chance.number() };
        Self { instance, request, may_repeat, answer }
    }

    /// Goes on with a turn that reached its bound. Nobody waits for it, and it is not given up.
    pub(super) fn continuation(instance: InstanceId, chance: &Chance) -> Self {
        let asked = Asked { instance, command: Command::Continue, by: None, id: None };
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
    pub(super) exchange: ExchangeDesk,
    pub(super) timers: Arc<Wake>,
    pub(super) neighbors: Neighbors,
    pub(super) lanes: Lanes<Accepted>,
    pub(super) states: States,
    /// Requests of our own, and those that have to wait for another process.
    pub(super) pending: VecDeque<Accepted>,
    /// No turn is earlier than the one before.
    pub(super) last_at: Timestamp,
    pub(super) chance: Chance,
}

impl Committer {
    pub(super) async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        while let Some(batch) = self.lanes.next(&mut self.pending, &mut stop).await {
            self.carry_out(batch).await;
        }
    }

    /// Carries out a batch; what cannot be carried out with the others is so alone.
    async fn carry_out(&mut self, mut batch: Vec<Accepted>) {
        let mut clashes = 0;
        loop {
            match self.attempt(&mut batch).await {
                Ok(done) => return self.finish(batch, done).await,
                Err(Failure::Bug { index, message }) => {
                    tracing::error!(message, "a request failed by a bug and is taken out");
                    batch.remove(index).reply(Err(SubmitError::Internal(message)));
                }
                Err(Failure::NotCommitted(StoreError::Fenced))
                    if self.store.lease_again(LEASE_WAIT).await =>
                {
                    // Others may have gone on with all that is kept here.
                    self.states = States::default();
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
                Ok(done) => self.finish(alone, done).await,
                Err(Failure::Bug { message, .. }) => {
                    let accepted = alone.remove(0);
                    accepted.reply(Err(SubmitError::Internal(message)));
                }
                Err(Failure::NotCommitted(error)) => self.fail(alone, &error).await,
                Err(Failure::Unknown(error)) => self.look_up(alone, error).await,
            }
        }
    }

    /// Makes, writes and commits the turns of a batch. What is past its bounds is taken out of it
    /// and comes first in the next one.
    async fn attempt(&mut self, batch: &mut Vec<Accepted>) -> Result<Done, Failure> {
        let mut tx = self.store.begin_batch().await.map_err(Failure::NotCommitted)?;
        // Not before: while it waited, others may have gone on with the same instances.
        self.last_at = self.last_at.max(self.clock.now());
        for accepted in batch.iter_mut() {
            accepted.request.at = self.last_at;
        }
        let mut made = Batch::default();
        made.make(&mut tx, batch, &mut self.states, &self.definitions).await?;
        for left in batch.drain(made.outcomes.len()..).rev() {
            self.pending.push_front(left);
        }
        let orders = self.jobs.order(&mut made, self.last_at);
        let Batch { outcomes, changes, working } = made;
        let word = ExchangeDesk::word_of(&changes);
        let (timer_due, job_due) = (changes.next_timer_due(), changes.next_job_due());
        let others_due = changes.next_timer_due_of(|id| !self.store.fires_timers_of(id));
        if changes.is_empty() {
            // Nothing to commit; what was read was as committed.
            if let Err(error) = tx.rollback().await {
                tracing::warn!(%error, "a transaction that changed nothing did not end well");
            }
        } else {
            tx.write(changes).await.map_err(Failure::NotCommitted)?;
            tx.commit().await.map_err(Failure::Unknown)?;
        }
        for (instance, working) in working {
            if working.is_open() {
                self.states.put(instance, working.loaded);
            }
        }
        self.jobs.hand_over(orders, job_due);
        self.exchange.tell(word);
        if let Some(due) = timer_due {
            self.timers.at(due);
        }
        self.neighbors.due(others_due, job_due, self.last_at);
        Ok(Done { outcomes })
    }

    /// Answers, tells and goes on, after the commit.
    async fn finish(&mut self, batch: Vec<Accepted>, done: Done) {
        let mut changes: BTreeMap<InstanceId, super::Change> = BTreeMap::new();
        let mut answers: HashMap<CommandId, Result<TurnDone, SubmitError>> = HashMap::new();
        let mut held_elsewhere = 0;
        let size = batch.len();
        for (accepted, outcome) in batch.into_iter().zip(done.outcomes) {
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
            accepted.reply(result);
        }
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
        for accepted in batch {
            if accepted.answer.is_none() && error.is_passing() {
                self.pending.push_back(accepted);
            } else {
                accepted.reply(Err(SubmitError::Store(error.clone())));
            }
        }
        tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
    }

    /// Finds out whether a commit that failed was made after all.
    async fn look_up(&mut self, batch: Vec<Accepted>, error: StoreError) {
        tracing::error!(%error, "a commit failed; its outcome is looked up");
        for accepted in batch {
            let result = match self.outcome_of(&accepted).await {
                Some(turn) => {
                    if matches!(turn.events.last(), Some(Event::TurnInterrupted)) {
                        let more = Accepted::continuation(turn.instance, &self.chance);
                        self.pending.push_back(more);
                    }
                    self.tell(&turn).await;
                    Ok(turn)
                }
                None if accepted.answer.is_none() && error.is_passing() => {
                    self.pending.push_back(accepted);
                    continue;
                }
                None => Err(SubmitError::Store(error.clone())),
            };
            accepted.reply(result);
        }
        self.jobs.look_again();
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

    async fn outcome_of(&self, accepted: &Accepted) -> Option<TurnDone> {
        for _ in 0..LOOK_UPS_MAX {
            match self.store.turn_of(accepted.request.id).await {
                Ok(Some((instance, turn))) => {
                    let (position, events) = (turn.position, turn.events.into());
                    return Some(TurnDone { instance, position, events, repeated: false });
                }
                Ok(None) => return None,
                Err(error) => tracing::warn!(%error, "the outcome cannot be looked up yet"),
            }
            tokio::time::sleep(PAUSE_BETWEEN_LOOK_UPS).await;
        }
        None
    }
}

/// A batch that was committed.
struct Done {
    outcomes: Vec<Outcome>,
}
