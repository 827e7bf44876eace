//! Fires timers: lets what instances wait for occur when it is due, and starts instances.
//!
//! A timer is durable: it is a row, written in the transaction that makes it. The task sleeps until
//! the first one is due, asks for turns like anybody else, few at a time, and waits for them before
//! it asks for more, so that people come between. The id of each request is made of what it fires:
//! a repeat, after a crash or by another process, finds the first one done.

use std::sync::Arc;
use std::time::Duration;

use spartito_core::engine::event::Waited;
use spartito_core::engine::{Command, Rejection, after_firing};
use spartito_core::ids::CommandId;
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::background::Background;
use super::keys::next_business_key;
use super::orchestrator::Answered;
use super::wake::Wake;
use super::{Runtime, SubmitError, derived};
use crate::store::{DueStart, DueTimer, Failpoint, NewStartTimer, StoreError};

/// Timers of each kind that are fired together; the next ones wait for these.
const TIMERS_AT_ONCE_MAX: u32 = 64;
/// The longest time without a look, so that timers of a process that has gone are found.
const LOOK_MS_MAX: i64 = 60_000;
/// How long a timer waits that could not be fired, so that it does not hold up the others.
const POSTPONED_MS: i64 = 60_000;
/// How long a timer of a suspended instance waits for the next attempt. A resumption makes it due at
/// once; only one by a server of an earlier version leaves it to this.
const SUSPENDED_MS: i64 = 300_000;
/// How long what is due for another server is left to it before the next look.
const PAUSE_FOR_OTHERS_MS: i64 = 100;
/// Pause after the database failed or the server was too busy.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// The task that fires timers. Once stopped it fires nothing more, and has waited for what was asked
/// for.
pub(super) fn start(runtime: &Runtime, wake: Arc<Wake>) -> Background {
    let deployed = runtime.definitions.refreshes();
    Background::start("timers", |stop| {
        Firing { runtime: runtime.clone(), wake, stop }.run(deployed)
    })
}

/// What came of one timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fired {
    /// It has occurred, or somebody else has let it occur.
    Done,
    /// It cannot be fired now, and is not to hold up the others.
    Refused,
    /// Its instance is suspended.
    Suspended,
    /// What it belongs to has ended, for good.
    Gone,
    /// Nothing can be fired now.
    Busy,
}

/// What has been asked for.
type Asked = Result<Answered, SubmitError>;

struct Firing {
    runtime: Runtime,
    wake: Arc<Wake>,
    stop: CancellationToken,
}

impl Firing {
    async fn run(self, mut deployed: watch::Receiver<u64>) {
        loop {
            let latest = self.runtime.clock.now().plus_millis_saturating(LOOK_MS_MAX);
            let look = self.wake.due().min(latest);
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                () = self.wake.changed() => {}
                told = deployed.changed() => match told {
                    Ok(()) => self.wake.now(),
                    Err(_) => return,
                },
                () = self.runtime.clock.sleep_until(look) => self.look().await,
            }
        }
    }

    /// Fires what is due, and sets the moment of the next look.
    async fn look(&self) {
        self.wake.forget();
        match self.fire_due().await {
            Ok(Some(next)) => self.wake.at(next),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, "due timers cannot be fired now");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                self.wake.now();
            }
        }
    }

    /// Fires some of what is due; gives the moment of the next look.
    async fn fire_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let store = &self.runtime.store;
        let now = self.runtime.clock.now();
        let starts = store.due_starts(now, TIMERS_AT_ONCE_MAX).await?;
        let timers = store.due_timers(now, TIMERS_AT_ONCE_MAX).await?;
        let is_idle = starts.is_empty() && timers.is_empty();
        let is_cut = [starts.len(), timers.len()].contains(&(TIMERS_AT_ONCE_MAX as usize));
        let mut is_busy = self.fire_starts(starts, now).await?;
        is_busy |= self.fire_timers(timers, now).await?;
        if is_busy && !self.stop.is_cancelled() {
            tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
        }
        if is_busy || is_cut {
            return Ok(Some(Timestamp::EPOCH));
        }
        // What is due and was not given to this server is for another one, which is about it.
        let soonest = now.plus_millis_saturating(if is_idle { PAUSE_FOR_OTHERS_MS } else { 0 });
        Ok(store.next_timer_due().await?.map(|next| if next > now { next } else { soonest }))
    }

    /// Lets what instances wait for occur, in order; says whether there was no way to do so.
    async fn fire_timers(&self, timers: Vec<DueTimer>, now: Timestamp) -> Result<bool, StoreError> {
        let asked: Vec<(DueTimer, Asked)> = timers
            .into_iter()
            .map(|timer| {
                let variables = Variables::default();
                let command = Command::TriggerEvent { subscription: timer.subscription, variables };
                let numbers = [timer.instance.number(), u64::from(timer.subscription.0)];
                Failpoint::TimerDue.pass();
                let id = id_at("timer", numbers, timer.due_at);
                let asked = self.runtime.orchestrator.ask(timer.instance, command, Some(id));
                (timer, asked)
            })
            .collect();
        let mut is_busy = false;
        for (timer, asked) in asked {
            match fired(asked, &timer).await {
                Fired::Done => Failpoint::TimerFired.pass(),
                Fired::Busy => is_busy = true,
                Fired::Gone => self.runtime.store.drop_timer(&timer).await?,
                Fired::Refused => {
                    let to = now.plus_millis_saturating(POSTPONED_MS);
                    self.runtime.store.postpone_timer(&timer, to).await?;
                }
                Fired::Suspended => {
                    let to = now.plus_millis_saturating(SUSPENDED_MS);
                    self.runtime.store.postpone_timer(&timer, to).await?;
                }
            }
        }
        Ok(is_busy)
    }

    /// Starts instances, and sets each timer to its next moment.
    async fn fire_starts(&self, starts: Vec<DueStart>, now: Timestamp) -> Result<bool, StoreError> {
        let mut asked = Vec::with_capacity(starts.len());
        for start in starts {
            Failpoint::StartDue.pass();
            let command = self.start(&start).await?;
            asked.push((start, command));
        }
        let mut is_busy = false;
        for (start, asked) in asked {
            match fired(asked, &start).await {
                Fired::Busy => is_busy = true,
                Fired::Done => {
                    Failpoint::StartFired.pass();
                    let next = match after_firing(&start.waited(), now) {
                        Some(Waited::Timer { due, cycle }) => {
                            Some(NewStartTimer { node: start.node.clone(), due_at: due, cycle })
                        }
                        Some(
                            Waited::Message { .. }
                            | Waited::Signal { .. }
                            | Waited::Condition { .. },
                        )
                        | None => None,
                    };
                    self.runtime.store.go_on_with_start(&start, next.as_ref()).await?;
                    Failpoint::StartMoved.pass();
                }
                Fired::Refused | Fired::Suspended | Fired::Gone => {
                    let to = now.plus_millis_saturating(POSTPONED_MS);
                    self.runtime.store.postpone_start(&start, to).await?;
                }
            }
        }
        Ok(is_busy)
    }

    /// Asks for the start of one instance.
    async fn start(&self, start: &DueStart) -> Result<Asked, StoreError> {
        let definition = self.runtime.definitions.get(start.definition).await?;
        let business_key = match &definition {
            Some(known) => next_business_key(&self.runtime.store, known.process.model()).await?,
            None => None,
        };
        let instance = self.runtime.orchestrator.new_instance_id();
        let command = Command::StartInstance {
            instance,
            definition: start.definition,
            business_key,
            variables: Variables::default(),
            node: Some(start.node.clone()),
            occurred: Some(start.waited()),
            caller: None,
        };
        let numbers = [start.definition.number(), u64::from(start.number)];
        let id = id_at("start timer", numbers, start.due_at);
        Ok(self.runtime.orchestrator.ask(instance, command, Some(id)))
    }
}

/// Waits for what came of a request.
async fn fired(asked: Asked, timer: &impl std::fmt::Debug) -> Fired {
    let answer = match asked {
        Ok(answered) => answered.await,
        Err(error) => Err(error),
    };
    match answer {
        // A turn without an event has left the timer as it was.
        Ok(turn) if turn.events.is_empty() => Fired::Refused,
        Ok(_) => Fired::Done,
        Err(SubmitError::Rejected(rejection)) => {
            tracing::debug!(?timer, %rejection, "a timer came too late");
            if rejection == Rejection::InstanceEnded {
                Fired::Gone
            } else if rejection == Rejection::InstanceSuspended {
                Fired::Suspended
            } else {
                Fired::Refused
            }
        }
        Err(SubmitError::Overloaded | SubmitError::ShuttingDown | SubmitError::Unknown(_)) => {
            Fired::Busy
        }
        Err(SubmitError::Store(error)) if error.is_passing() => Fired::Busy,
        Err(
            error @ (SubmitError::Store(_)
            | SubmitError::UnknownInstance
            | SubmitError::LeaseLost
            | SubmitError::Internal(_)),
        ) => {
            tracing::warn!(?timer, %error, "a timer was not fired");
            Fired::Refused
        }
    }
}

/// The id of the request that fires a timer: the same for each attempt.
fn id_at(purpose: &str, [owner, number]: [u64; 2], due_at: Timestamp) -> CommandId {
    let due_ms = due_at.as_millis().unsigned_abs();
    derived::command_id(purpose, &[owner, number, due_ms], "")
}
