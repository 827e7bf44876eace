//! Jobs as a worker gets them: what is to be done, with which data, until when.
//!
//! What is not taken is given back: a hand-over that is dropped without being kept was not received.

use std::sync::Arc;

use spartito_core::engine::InstanceState;
use spartito_core::ids::{DefinitionKey, FlowNodeId, JobKey, LeaseKey, ProcessId};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, Variables};

use super::{Ask, AskError, Given, Poll, Workers};
use crate::runtime::jobs::{self, Order};
use crate::runtime::{Definition, Runtime};
use crate::store::{Leased, StoreError, Unused};

/// Variables and headers of all jobs that are handed over at once, in bytes. One job is handed over
/// whatever it takes.
const HAND_OVER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A job that a worker is to do.
#[derive(Debug, Clone)]
pub struct HandedJob {
    /// Under which it is answered.
    pub key: LeaseKey,
    /// Its type.
    pub job_type: Arc<str>,
    /// Who has it.
    pub worker: String,
    /// When somebody else may get it.
    pub deadline: Timestamp,
    /// Attempts left, this one included.
    pub retries: u32,
    /// Its priority.
    pub priority: i32,
    /// The step.
    pub node: FlowNodeId,
    /// The process.
    pub process: ProcessId,
    /// Its version, as a key and as people count.
    pub definition: (DefinitionKey, u32),
    /// Headers of the task, in the order of the model.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// What it wants to know, as a JSON object.
    pub variables: String,
}

impl HandedJob {
    /// What it takes of an answer: what a model or a person can make large.
    fn bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len());
        self.variables.len() + headers.sum::<usize>()
    }
}

/// What a worker is given. Dropped without [`HandOver::keep`], it goes to somebody else.
pub struct HandOver {
    /// The jobs.
    pub jobs: Vec<HandedJob>,
    back: Option<(Workers, Vec<Unused>)>,
}

impl HandOver {
    /// No jobs.
    pub(super) fn nothing() -> Self {
        Self { jobs: Vec::new(), back: None }
    }

    /// Notes that the worker has received it.
    pub fn keep(mut self) -> Vec<HandedJob> {
        if let Some((workers, _)) = self.back.take() {
            for job in &self.jobs {
                workers.0.figures.activated(job.key, &job.job_type);
            }
        }
        std::mem::take(&mut self.jobs)
    }
}

impl Drop for HandOver {
    fn drop(&mut self) {
        if let Some((workers, unused)) = self.back.take() {
            workers.give_back(unused);
        }
    }
}

/// Gives what was taken for a worker to it.
pub(super) async fn hand_over(runtime: Runtime, poll: Poll, leased: Vec<Leased>, until: Timestamp) {
    let workers = runtime.workers.clone();
    let unused = |leased: Vec<Leased>| Unused::until(until, leased).collect::<Vec<Unused>>();
    let mut over =
        HandOver { jobs: Vec::new(), back: Some((workers.clone(), unused(leased.clone()))) };
    let mut bytes = 0;
    let mut left = leased.into_iter();
    for leased in left.by_ref() {
        match handed(&runtime, &poll.ask, leased, until).await {
            // It is done or stands still since.
            Ok(None) => {}
            Ok(Some(job)) if over.jobs.is_empty() || bytes + job.bytes() <= HAND_OVER_BYTES_MAX => {
                bytes += job.bytes();
                over.jobs.push(job);
            }
            Ok(Some(_)) => {
                workers.give_back(unused(vec![leased]));
                break;
            }
            Err(error) => {
                if let Err(error) = jobs::set_aside(&runtime, leased.key, error).await {
                    // All goes back with the hand-over.
                    drop(poll.answer.send(Err(AskError::Store(error))));
                    return;
                }
            }
        }
    }
    workers.give_back(unused(left.collect()));
    over.back = Some((workers.clone(), unused(over.jobs.iter().map(lease_of).collect())));
    if over.jobs.is_empty() && poll.ask.wait.is_some() {
        // It goes on waiting.
        if let Err(error) = workers.0.polls.try_send(poll) {
            drop(error.into_inner().answer.send(nothing()));
        }
    } else {
        // Where nobody waits any more, it goes back.
        drop(poll.answer.send(Ok(over)));
    }
}

fn lease_of(job: &HandedJob) -> Leased {
    Leased { key: job.key.job, lease: job.key.lease }
}

/// A job as the worker gets it; `None` where it is not to be done now.
async fn handed(
    runtime: &Runtime,
    ask: &Ask,
    leased: Leased,
    until: Timestamp,
) -> Result<Option<HandedJob>, StoreError> {
    let key = leased.key;
    let Some((state, _)) = runtime.state(key.instance).await? else { return Ok(None) };
    let Some(identity) = state.identity().filter(|_| !state.is_suspended()) else {
        return Ok(None);
    };
    let Some(definition) = runtime.definitions.get(identity.definition).await? else {
        return Ok(None);
    };
    let order = Order::of(key, &state, &definition, until);
    let now = runtime.clock.now();
    let Some(order) = order.filter(|order| order.retry_at.is_none_or(|at| at <= now)) else {
        return Ok(None);
    };
    Ok(Some(HandedJob {
        key: LeaseKey { job: key, attempt: order.job.attempt, lease: leased.lease },
        job_type: order.job.job_type.clone(),
        worker: ask.worker.clone(),
        deadline: until,
        retries: order.retries,
        priority: order.priority,
        node: node_of(&state, key),
        process: identity.process.clone(),
        definition: (identity.definition, version_of(&definition)),
        headers: order.job.headers,
        variables: variables_of(&state, key, ask.variables.as_deref()),
    }))
}

fn node_of(state: &InstanceState, key: JobKey) -> FlowNodeId {
    state.element(key.number).map_or_else(|| FlowNodeId::from(""), |visit| visit.node.clone())
}

fn version_of(definition: &Definition) -> u32 {
    definition.row.version
}

/// What the task sees, as JSON: all of it, or what is asked for.
fn variables_of(state: &InstanceState, key: JobKey, names: Option<&[String]>) -> String {
    let visible = state.visible_variables(key.number);
    let wanted: Variables = match names {
        None => visible.into_owned(),
        Some(names) => {
            let found = names.iter().filter_map(|name| Some((name, visible.get(name)?.clone())));
            found.map(|(name, value)| (name.as_str(), value)).collect()
        }
    };
    Value::from(wanted).to_json()
}

/// What was given, or the reason why nothing was.
pub(super) fn nothing() -> Given {
    Ok(HandOver::nothing())
}

#[cfg(test)]
mod tests {
    use spartito_core::ids::{ElementInstanceId, InstanceId};

    use super::*;

    #[test]
    fn headers_take_their_part_of_an_answer() {
        let job = JobKey { instance: InstanceId::new(1), number: ElementInstanceId(2) };
        let job = HandedJob {
            key: LeaseKey { job, attempt: 1, lease: 1 },
            job_type: "work".into(),
            worker: "tester".to_owned(),
            deadline: Timestamp::EPOCH,
            retries: 3,
            priority: 0,
            node: FlowNodeId::from("task"),
            process: ProcessId::from("process"),
            definition: (DefinitionKey::new(1), 1),
            headers: vec![("filler".into(), "x".repeat(1_000).into()), ("more".into(), "y".into())],
            variables: "{}".to_owned(),
        };
        assert_eq!(job.bytes(), 1_013);
    }
}
