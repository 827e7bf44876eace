//! Lets all open instances of a process stand still, or go on again, few at a time.
//!
//! What is asked and how far it is stands in the database: a restart, or another server where this one
//! has gone, goes on from there. The id of each request is made of what was asked and the instance, so
//! that what was done and not noted is not done twice. Instances that begin later are not meant.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use spartito_core::engine::{Command, Rejection};
use spartito_core::ids::InstanceId;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::background::Background;
use super::live::Change;
use super::{Runtime, SubmitError, derived};
use crate::store::{PauseRow, StoreError};

/// Instances that are changed at the same time.
const INSTANCES_AT_ONCE: u32 = 64;
/// How long others leave alone what this server goes on with.
const HELD_MS: i64 = 15_000;
/// How often is looked for what another server has left.
const SWEEP_EVERY: Duration = Duration::from_secs(10);
/// Pause after the database failed or the server was too busy.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Word for the task. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Pauses(Arc<Notify>);

impl Pauses {
    /// Lets it look, because something was asked for.
    pub fn look_again(&self) {
        self.0.notify_one();
    }
}

/// The task that carries it out. Once stopped it changes no further instance, and has waited for those
/// under way.
pub(super) fn start(runtime: &Runtime) -> Background {
    Background::start("pauses of processes", |stop| {
        Carrier { runtime: runtime.clone(), stop }.run()
    })
}

struct Carrier {
    runtime: Runtime,
    stop: CancellationToken,
}

/// What came of one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    /// It stands still, or goes on again, because of this.
    Changed,
    /// It did so before, or has ended.
    AsBefore,
    /// Nothing is known yet: it has to be asked again.
    Unknown,
}

impl Carrier {
    async fn run(self) {
        let asked = Arc::clone(&self.runtime.pauses.0);
        loop {
            let pause = match self.step().await {
                Ok(Some(true)) => continue,
                Ok(Some(false)) => PAUSE_AFTER_FAILURE,
                Ok(None) => SWEEP_EVERY,
                Err(error) => {
                    tracing::warn!(%error, "instances of a process cannot be changed now");
                    PAUSE_AFTER_FAILURE
                }
            };
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                () = asked.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Changes some more instances. Says whether that went well; `None` where there is nothing to do.
    async fn step(&self) -> Result<Option<bool>, StoreError> {
        if self.stop.is_cancelled() {
            return Ok(None);
        }
        let store = &self.runtime.store;
        let now = self.runtime.clock.now();
        let until = now.plus_millis_saturating(HELD_MS);
        let Some(mut pause) = store.take_pause(now, until).await? else { return Ok(None) };
        let found = store.pause_next(&pause, INSTANCES_AT_ONCE).await?;
        let done = join_all(found.iter().map(|instance| self.change(&pause, *instance))).await;
        // Those before the first of which nothing is known need not be looked at again.
        let known = done.iter().take_while(|done| **done != Done::Unknown).count();
        let changed = done[..known].iter().filter(|done| **done == Done::Changed).count();
        pause.changed += changed as u64;
        if let Some(last) = found[..known].last() {
            pause.after = *last;
        }
        if found.is_empty() {
            pause.ended_at = Some(now);
            let PauseRow { process, resumes, changed, .. } = &pause;
            tracing::info!(%process, resumes, changed, "all instances of a process were looked at");
        }
        if store.note_pause(&pause).await? {
            self.runtime.live.send(Change::new(InstanceId::new(0), pause.process));
        }
        Ok(Some(known == found.len()))
    }

    async fn change(&self, pause: &PauseRow, instance: InstanceId) -> Done {
        let command = if pause.resumes {
            Command::ResumeInstance
        } else {
            Command::SuspendInstance { reason: pause.reason.clone() }
        };
        let id = derived::command_id("process pause", &[pause.number, instance.number()], "");
        let by = Some(pause.asked_by.clone());
        match self.runtime.orchestrator.queue(instance, command, by, Some(id)).await {
            Ok(turn) if turn.events.is_empty() => Done::AsBefore,
            Ok(_) => Done::Changed,
            Err(SubmitError::UnknownInstance | SubmitError::Rejected(Rejection::InstanceEnded)) => {
                Done::AsBefore
            }
            Err(SubmitError::Store(error)) if error.is_passing() => Done::Unknown,
            Err(SubmitError::Unknown(_) | SubmitError::Overloaded | SubmitError::ShuttingDown) => {
                Done::Unknown
            }
            Err(
                error @ (SubmitError::Rejected(_)
                | SubmitError::LeaseLost
                | SubmitError::Internal(_)
                | SubmitError::Store(_)),
            ) => {
                tracing::error!(%instance, %error, "an instance cannot be changed, and is left out");
                Done::AsBefore
            }
        }
    }
}
