//! What workers answer, made into requests to the instance.
//!
//! The id of a request follows from the lease, so that a repeat gets the first answer. Never decides
//! about incidents, which the engine does.

use spartito_core::engine::Command;
use spartito_core::engine::command::{Chosen, Direction};
use spartito_core::ids::{FlowNodeId, LeaseKey};
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;

use super::figures::Counted;
use crate::runtime::jobs::Order;
use crate::runtime::{Runtime, SubmitError, TurnDone, derived};
use crate::store::{Leased, StoreError};

/// What a worker says about its job.
#[derive(Debug, Clone)]
pub enum JobAnswer {
    /// It is done.
    Completed {
        /// What came of it.
        variables: Variables,
        /// What it has chosen, where it directs an ad-hoc sub-process.
        direction: Option<JobDirection>,
    },
    /// It could not be done.
    Failed {
        /// Why, in words for people.
        message: String,
        /// Attempts left; `None` for one less than there were.
        retries: Option<u32>,
        /// Pause before the next attempt in milliseconds; `None` for the one of the task.
        pause_ms: Option<i64>,
        /// What the next attempt is to know.
        variables: Variables,
    },
    /// It has a result that the process deals with.
    Raised {
        /// The code of the error.
        code: String,
        /// What is said of it.
        message: String,
        /// What it carries.
        variables: Variables,
    },
}

/// What a worker chooses in an ad-hoc sub-process.
#[derive(Debug, Clone, Default)]
pub struct JobDirection {
    /// The elements that are begun, in order, with variables of their own.
    pub activate: Vec<(String, Variables)>,
    /// Whether nothing more is chosen.
    pub is_fulfilled: bool,
    /// Whether what is done in it is ended first.
    pub cancels_remaining: bool,
}

impl From<JobDirection> for Direction {
    fn from(chosen: JobDirection) -> Self {
        let activate = chosen.activate.into_iter();
        let activate =
            activate.map(|(node, variables)| Chosen { node: FlowNodeId::new(node), variables });
        Self {
            activate: activate.collect(),
            is_fulfilled: chosen.is_fulfilled,
            cancels_remaining: chosen.cancels_remaining,
        }
    }
}

/// What a worker changes about its job while it does it.
#[derive(Debug, Clone, Copy, Default)]
pub struct JobChange {
    /// Attempts left.
    pub retries: Option<u32>,
    /// The priority of the job.
    pub priority: Option<i32>,
}

impl JobAnswer {
    /// For what its id stands; stored for ever.
    const fn purpose(&self) -> &'static str {
        match self {
            Self::Completed { .. } => "job completed",
            Self::Failed { .. } => "job failed",
            Self::Raised { .. } => "job raised",
        }
    }

    const fn counted(&self) -> Counted {
        match self {
            Self::Completed { .. } => Counted::Completed,
            Self::Failed { .. } => Counted::Failed,
            Self::Raised { .. } => Counted::Raised,
        }
    }
}

/// Attempts left and the moment of the next one.
struct Next {
    retries: u32,
    retry_at: Option<Timestamp>,
}

impl Runtime {
    /// Takes the answer of a worker. The repeat of an answer gets the first one.
    ///
    /// # Errors
    /// [`SubmitError`] says why nothing was changed: [`SubmitError::LeaseLost`] where somebody else has
    /// the job by now.
    pub async fn answer_job(
        &self,
        key: LeaseKey,
        answer: JobAnswer,
    ) -> Result<TurnDone, SubmitError> {
        let numbers = [
            key.job.instance.number(),
            key.job.number.0.into(),
            key.attempt.into(),
            key.lease.into(),
        ];
        let id = derived::command_id(answer.purpose(), &numbers, "");
        let figures = &self.workers.0.figures;
        let job_type = match figures.type_of(key) {
            Some(job_type) => Some(job_type),
            // It was handed out by another server, or before the start.
            None => self.store.job_lease(key.job).await?.map(|lease| lease.job_type),
        };
        let counted = answer.counted();
        let command = self.command_of(key, answer).await?;
        let done = self.orchestrator.queue_under(leased(key), command, Some(id)).await?;
        if !done.repeated {
            figures.answered(key, job_type.as_deref(), counted);
            if job_type.is_some_and(|job_type| self.workers.0.limits.contains_key(&job_type)) {
                // One more may be handed out.
                self.workers.look_again();
            }
        }
        Ok(done)
    }

    /// Changes what the job may cost; its worker goes on with it.
    ///
    /// # Errors
    /// As [`Runtime::answer_job`].
    pub async fn change_job(
        &self,
        key: LeaseKey,
        change: JobChange,
    ) -> Result<TurnDone, SubmitError> {
        let command = Command::ChangeJob {
            element: key.job.number,
            attempt: key.attempt,
            retries: change.retries,
            priority: change.priority,
        };
        self.orchestrator.queue_under(leased(key), command, None).await
    }

    async fn command_of(&self, key: LeaseKey, answer: JobAnswer) -> Result<Command, StoreError> {
        let (element, attempt) = (key.job.number, key.attempt);
        Ok(match answer {
            JobAnswer::Completed { variables, direction: None } => {
                Command::CompleteJob { element, attempt, variables }
            }
            JobAnswer::Completed { variables, direction: Some(direction) } => {
                let direction = direction.into();
                Command::DirectAdHoc { element, attempt, variables, direction }
            }
            JobAnswer::Raised { code, message, variables } => {
                Command::ThrowError { element, attempt, code: code.into(), message, variables }
            }
            JobAnswer::Failed { message, retries, pause_ms, variables } => {
                let Next { retries, retry_at } = self.next_attempt(key, retries, pause_ms).await?;
                Command::FailJob { element, attempt, message, retries, retry_at, variables }
            }
        })
    }

    /// What follows a failure: as the worker asks, else as for jobs that connectors do.
    async fn next_attempt(
        &self,
        key: LeaseKey,
        retries: Option<u32>,
        pause_ms: Option<i64>,
    ) -> Result<Next, StoreError> {
        let now = self.clock.now();
        let order = self.order_of(key, now).await?;
        let order = order.filter(|order| order.job.attempt == key.attempt);
        let left = order.as_ref().map_or(0, |order| order.retries.saturating_sub(1));
        let retries = retries.unwrap_or(left);
        let pause_ms =
            pause_ms.or_else(|| order.map(|order| order.backoff_ms(now))).filter(|_| retries > 0);
        Ok(Next { retries, retry_at: pause_ms.map(|ms| now.plus_millis_saturating(ms)) })
    }

    /// The job as it stands; `None` where it is no longer open.
    async fn order_of(&self, key: LeaseKey, now: Timestamp) -> Result<Option<Order>, StoreError> {
        let Some((state, _)) = self.state(key.job.instance).await? else { return Ok(None) };
        let Some(identity) = state.identity() else { return Ok(None) };
        let definition = self.definitions.get(identity.definition).await?;
        Ok(definition.and_then(|definition| Order::of(key.job, &state, &definition, now)))
    }
}

fn leased(key: LeaseKey) -> Leased {
    Leased { key: key.job, lease: key.lease }
}
