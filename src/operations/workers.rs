//! What workers outside may do: ask for jobs, and say what came of them.
//!
//! A worker shows a token and is no person: it sees the data of the jobs that it gets, and nothing
//! else.

use std::time::Duration;

use spartito_core::ids::{InstanceId, LeaseKey};

use super::{Desk, OperationError};
use crate::auth::Worker;
use crate::runtime::{
    Ask, AskError, JOBS_PER_POLL_MAX, LEASE_MS_MAX, LEASE_MS_MIN, POLL_TIME_MAX,
    RETRY_PAUSE_MS_MAX, SubmitError,
};
pub use crate::runtime::{HandOver, HandedJob, JobAnswer, JobChange, JobDirection};
use crate::store::Leased;
use crate::wire::{OutsideWork, TimelineEntry, Waiting};

/// Most characters of a type of jobs.
const TYPE_CHARACTERS_MAX: usize = 1_024;
/// Most characters of the name of a worker, of a variable and of the code of an error.
const NAME_CHARACTERS_MAX: usize = 255;
/// Variables that can be asked for by name.
const VARIABLES_MAX: usize = 256;
/// Characters of a message that are kept.
const MESSAGE_CHARACTERS_MAX: usize = 10_000;
/// Most attempts that a worker may leave.
const RETRIES_MAX: u32 = 100;
/// Priorities that a worker may give lie between this and its opposite.
const PRIORITY_MAX: i32 = 1_000;
/// Elements of an ad-hoc sub-process that are begun at once.
const CHOSEN_MAX: usize = 1_000;
/// Jobs of one instance of which it is told who has them.
const HOLDERS_MAX: u32 = 500;
/// How long a worker waits that does not say.
const POLL_TIME_DEFAULT: Duration = Duration::from_secs(10);
/// How a worker is called that has no name.
const NAMELESS: &str = "a worker without a name";

/// What a worker asks for.
#[derive(Debug, Clone, Default)]
pub struct Activation {
    /// The type of the jobs.
    pub job_type: String,
    /// The name of the worker.
    pub worker: Option<String>,
    /// For how long it gets them, in milliseconds.
    pub lease_ms: i64,
    /// How many it takes, at most.
    pub jobs_max: u32,
    /// The variables that it wants to know; all where there are none.
    pub variables: Vec<String>,
    /// How long it waits, in milliseconds; 0 for as long as is usual, negative for not at all.
    pub wait_ms: i64,
}

/// What a worker changes about its job.
#[derive(Debug, Clone, Copy, Default)]
pub struct Changes {
    /// For how long it has the job from now on, in milliseconds.
    pub lease_ms: Option<i64>,
    /// Attempts left.
    pub retries: Option<u32>,
    /// The priority of the job.
    pub priority: Option<i32>,
}

/// Gives a worker jobs; where there are none, it waits.
///
/// # Errors
/// The input is wrong, too many wait, or the database does not answer.
pub async fn activate(
    desk: &Desk,
    _: &Worker,
    activation: Activation,
) -> Result<HandOver, OperationError> {
    let Activation { job_type, worker, lease_ms, jobs_max, variables, wait_ms } = activation;
    require_text("type", &job_type, TYPE_CHARACTERS_MAX)?;
    let worker = worker.filter(|name| !name.trim().is_empty());
    let worker = worker.unwrap_or_else(|| NAMELESS.to_owned());
    require_text("worker", &worker, NAME_CHARACTERS_MAX)?;
    require_lease(lease_ms)?;
    if jobs_max == 0 {
        let words = "Ask for one job at least.";
        return Err(OperationError::invalid_field("maxJobsToActivate", words));
    }
    if variables.len() > VARIABLES_MAX {
        let words = format!("Name at most {VARIABLES_MAX} variables.");
        return Err(OperationError::invalid_field("fetchVariable", words));
    }
    for name in &variables {
        require_text("fetchVariable", name, NAME_CHARACTERS_MAX)?;
    }
    let wait = match u64::try_from(wait_ms) {
        Err(_) => None,
        Ok(0) => Some(POLL_TIME_DEFAULT),
        Ok(ms) => Some(Duration::from_millis(ms).min(POLL_TIME_MAX)),
    };
    let ask = Ask {
        job_type,
        worker,
        lease_ms,
        jobs_max: jobs_max.min(JOBS_PER_POLL_MAX),
        variables: (!variables.is_empty()).then_some(variables),
        wait,
    };
    desk.runtime.activate_jobs(ask).await.map_err(|error| match error {
        AskError::TooManyWait => OperationError::TooMany(
            "1,024 workers wait for jobs on this server, which is the bound. Ask again in a moment.",
        ),
        AskError::DoneInside => OperationError::invalid_field(
            "type",
            "Jobs of this type are done by Spartito itself. Give the task another type.",
        ),
        AskError::ShuttingDown => OperationError::NotAccepted("The server is being restarted."),
        AskError::Store(error) => OperationError::Store(error),
    })
}

/// Takes what a worker says about its job. A repeat gets the first answer.
///
/// # Errors
/// The input is wrong, the job is no longer open, or somebody else has it by now.
pub async fn answer(
    desk: &Desk,
    _: &Worker,
    key: LeaseKey,
    answer: JobAnswer,
) -> Result<(), OperationError> {
    let answer = match answer {
        JobAnswer::Completed { variables, direction } => {
            let chosen = direction.as_ref().map_or(0, |direction| direction.activate.len());
            if chosen > CHOSEN_MAX {
                let words = format!("Begin at most {CHOSEN_MAX} elements at once.");
                return Err(OperationError::invalid_field("activateElements", words));
            }
            JobAnswer::Completed { variables, direction }
        }
        JobAnswer::Failed { message, retries, pause_ms, variables } => {
            if retries.is_some_and(|retries| retries > RETRIES_MAX) {
                return Err(too_many_retries());
            }
            if pause_ms.is_some_and(|ms| !(0..=RETRY_PAUSE_MS_MAX).contains(&ms)) {
                let words = "The pause is between 0 and 86,400,000 milliseconds, a day.";
                return Err(OperationError::invalid_field("retryBackOff", words));
            }
            let message = said(message, "The worker gave no reason.");
            JobAnswer::Failed { message, retries, pause_ms, variables }
        }
        JobAnswer::Raised { code, message, variables } => {
            require_text("errorCode", &code, NAME_CHARACTERS_MAX)?;
            JobAnswer::Raised { code, message: said(message, ""), variables }
        }
    };
    match desk.runtime.answer_job(key, answer).await {
        Err(SubmitError::UnknownInstance) => Err(no_such_job()),
        done => Ok(done.map(drop)?),
    }
}

/// Changes how long a worker has its job, and what the job may cost.
///
/// # Errors
/// The input is wrong, the job is no longer open, or somebody else has it by now.
pub async fn change(
    desk: &Desk,
    _: &Worker,
    key: LeaseKey,
    changes: Changes,
) -> Result<(), OperationError> {
    let Changes { lease_ms, retries, priority } = changes;
    if lease_ms.is_none() && retries.is_none() && priority.is_none() {
        let words = "Say what is to be changed: timeout, retries, priority.";
        return Err(OperationError::invalid_field("changeset", words));
    }
    if retries.is_some_and(|retries| !(1..=RETRIES_MAX).contains(&retries)) {
        return Err(too_many_retries());
    }
    if priority.is_some_and(|priority| !(-PRIORITY_MAX..=PRIORITY_MAX).contains(&priority)) {
        let words = "A priority is between -1,000 and 1,000.";
        return Err(OperationError::invalid_field("priority", words));
    }
    lease_ms.map_or(Ok(()), require_lease)?;
    if retries.is_some() || priority.is_some() {
        match desk.runtime.change_job(key, JobChange { retries, priority }).await {
            Err(SubmitError::UnknownInstance) => return Err(no_such_job()),
            done => done.map(drop)?,
        }
    }
    let Some(lease_ms) = lease_ms else { return Ok(()) };
    let until = desk.now().plus_millis_saturating(lease_ms);
    let lease = Leased { key: key.job, lease: key.lease };
    match desk.runtime.extend_job(lease, until).await {
        Err(SubmitError::LeaseLost) => Err(why_not_extended(desk, key).await?),
        done => Ok(done?),
    }
}

/// Says of the visits that wait for workers outside for which, and who has the work.
pub(super) async fn tell_outside_work(
    desk: &Desk,
    instance: InstanceId,
    timeline: &mut [TimelineEntry],
) -> Result<(), OperationError> {
    let waits = |entry: &TimelineEntry| entry.waiting == Some(Waiting::Job);
    if !timeline.iter().any(waits) {
        return Ok(());
    }
    let now = desk.now();
    for holder in desk.runtime.store.job_holders(instance, HOLDERS_MAX).await? {
        if desk.runtime.connectors.get(&holder.job_type).is_some() {
            continue;
        }
        let number = holder.key.number.0;
        if let Some(entry) = timeline.iter_mut().find(|entry| entry.element == number) {
            let is_held = holder.due_at.is_some_and(|until| until > now);
            let worker = holder.worker.filter(|_| is_held);
            entry.outside = Some(OutsideWork { job_type: holder.job_type, worker });
        }
    }
    Ok(())
}

/// Why a worker cannot have a job for longer.
async fn why_not_extended(desk: &Desk, key: LeaseKey) -> Result<OperationError, OperationError> {
    let Some(lease) = desk.runtime.store.job_lease(key.job).await? else {
        return Ok(no_such_job());
    };
    if lease.lease != key.lease {
        return Ok(SubmitError::LeaseLost.into());
    }
    let words = if lease.due_at.is_none() {
        "This job stands still: its instance is suspended, or an incident stops it. Nobody gets it \
         meanwhile."
    } else {
        "This job was answered or given back already."
    };
    Ok(OperationError::Conflict(words.to_owned()))
}

fn no_such_job() -> OperationError {
    OperationError::NotFound("There is no such job, or it is no longer open.".to_owned())
}

fn too_many_retries() -> OperationError {
    let words = format!("There are at most {RETRIES_MAX} attempts.");
    OperationError::invalid_field("retries", words)
}

fn require_lease(lease_ms: i64) -> Result<(), OperationError> {
    if (LEASE_MS_MIN..=LEASE_MS_MAX).contains(&lease_ms) {
        return Ok(());
    }
    let words = "A worker has a job for 1,000 to 86,400,000 milliseconds, a second to a day.";
    Err(OperationError::invalid_field("timeout", words))
}

fn require_text(field: &str, text: &str, characters_max: usize) -> Result<(), OperationError> {
    let is_right = !text.is_empty()
        && text.chars().count() <= characters_max
        && !text.chars().any(char::is_control);
    if is_right {
        return Ok(());
    }
    let words = format!("This has 1 to {characters_max} characters, none of them a control one.");
    Err(OperationError::invalid_field(field, words))
}

/// A message as far as it is kept.
fn said(message: String, otherwise: &str) -> String {
    let message = message.replace('\0', "");
    if message.trim().is_empty() {
        return otherwise.to_owned();
    }
    match message.char_indices().nth(MESSAGE_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}
