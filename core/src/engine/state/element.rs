//! Open element instances with the work they wait for, and open incidents.
//!
//! Never decides anything; `instance.rs` fills these from events.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::instance::is_zero;
use crate::engine::event::{FormRef, Role};
use crate::engine::incident::Cause;
use crate::engine::lifecycle::Phase;
use crate::ids::{ElementInstanceId, FlowNodeId, GroupId, PersonId};
use crate::time::Timestamp;
use crate::value::Value;

/// An open visit to a flow node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ElementInstance {
    /// What is visited.
    pub node: FlowNodeId,
    /// The visit (or process) it happens in.
    pub scope: ElementInstanceId,
    /// Where it stands.
    pub phase: Phase,
    /// What it waits for; `None` before and after its work, and where the node has none.
    pub work: Option<Work>,
    /// What part of the activity it is.
    #[serde(default, skip_serializing_if = "Role::is_whole")]
    pub role: Role,
}

impl ElementInstance {
    /// The job it waits for.
    pub fn job(&self) -> Option<&Job> {
        match &self.work {
            Some(Work::Job(job)) => Some(job),
            Some(
                Work::UserTask(_)
                | Work::Call
                | Work::Loop(_)
                | Work::Compensation(_)
                | Work::Directed(_),
            )
            | None => None,
        }
    }

    /// The user task it waits for.
    pub fn user_task(&self) -> Option<&UserTask> {
        match &self.work {
            Some(Work::UserTask(task)) => Some(task),
            Some(
                Work::Job(_)
                | Work::Call
                | Work::Loop(_)
                | Work::Compensation(_)
                | Work::Directed(_),
            )
            | None => None,
        }
    }

    /// The loop whose body it is.
    pub fn repetition(&self) -> Option<&Repetition> {
        match &self.work {
            Some(Work::Loop(repetition)) => Some(repetition),
            Some(
                Work::Job(_)
                | Work::UserTask(_)
                | Work::Call
                | Work::Compensation(_)
                | Work::Directed(_),
            )
            | None => None,
        }
    }

    /// Whether it is the body of a loop, which holds its times and nothing else. What compensates
    /// may be a loop, too.
    pub fn holds_times(&self) -> bool {
        self.role == Role::Body || self.repetition().is_some()
    }

    /// The compensation it waits for.
    pub fn compensation(&self) -> Option<&Compensation> {
        match &self.work {
            Some(Work::Compensation(compensation)) => Some(compensation),
            Some(
                Work::Job(_) | Work::UserTask(_) | Work::Call | Work::Loop(_) | Work::Directed(_),
            )
            | None => None,
        }
    }
}

/// What an element instance waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Work {
    /// A system.
    Job(Job),
    /// A person.
    UserTask(Box<UserTask>),
    /// A called instance.
    Call,
    /// The times of a loop.
    Loop(Box<Repetition>),
    /// Activities that are being compensated.
    Compensation(Compensation),
    /// What a worker has chosen in an ad-hoc sub-process, until it is asked again.
    Directed(Directed),
}

/// How far the choices in an ad-hoc sub-process are that no job asks for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directed {
    /// The attempt that was answered last, so that a late answer is not taken for that of the next
    /// job; 0 where there was no job.
    pub attempts: u32,
    /// Whether nothing more is chosen.
    pub is_over: bool,
}

/// How far a loop is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repetition {
    /// How often; `None` where only a condition says.
    pub total: Option<u32>,
    /// One item for each time; `None` where there is no collection.
    pub items: Option<Value>,
    /// Times begun.
    pub started: u32,
    /// Times completed.
    pub completed: u32,
    /// Times ended by hand, which give no result.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub terminated: u32,
    /// Results by time, from 0.
    pub results: BTreeMap<u32, Value>,
}

impl Repetition {
    /// Times that are over.
    pub fn ended(&self) -> u32 {
        self.completed + self.terminated
    }
}

/// What is still to be compensated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compensation {
    /// The scope whose records are meant, which may be over.
    pub scope: ElementInstanceId,
    /// The visits that completed, in the order of compensation.
    pub left: Vec<ElementInstanceId>,
    /// Whether its token has gone on already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_gone_on: bool,
    /// What comes after that, where the event compensates several things, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Compensation>,
}

impl Compensation {
    /// What is compensated next, with the scope of its record; `None` when all is done.
    pub(in crate::engine) fn next(&self) -> Option<(ElementInstanceId, ElementInstanceId)> {
        std::iter::once(self)
            .chain(&self.further)
            .find_map(|work| Some((work.scope, *work.left.first()?)))
    }

    /// The compensation of `activity` begins: it is done once, whatever asks for it.
    pub(super) fn take(&mut self, activity: ElementInstanceId) {
        self.left.retain(|left| *left != activity);
        self.further.iter_mut().for_each(|work| work.left.retain(|left| *left != activity));
    }
}

/// Work for a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// What kind of worker it needs.
    pub job_type: Arc<str>,
    /// Attempts that the model allows, and that a person grants by trying again.
    pub retries_allowed: u32,
    /// Attempts left; 0 while an incident says so.
    pub retries: u32,
    /// The attempt that may be answered, from 1; rises with each failure and each retry.
    pub attempt: u32,
    /// The attempt is not before this moment; `None` at once.
    pub retry_at: Option<Timestamp>,
    /// Higher ones come first among jobs of one type.
    #[serde(default, skip_serializing_if = "crate::engine::event::is_zero")]
    pub priority: i32,
}

/// Work for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserTask {
    /// Who holds it.
    pub assignee: Option<PersonId>,
    /// Groups that may take it.
    pub candidate_groups: Vec<GroupId>,
    /// People who may take it.
    pub candidate_users: Vec<PersonId>,
    /// To be done by.
    pub due: Option<Timestamp>,
    /// To be looked at again.
    pub follow_up: Option<Timestamp>,
    /// 0 to 100.
    pub priority: u8,
    /// The form and the version that was current when the task was created.
    pub form: Option<FormRef>,
    /// The facts that decide urgency, in one line; empty where the model gives none.
    pub summary: String,
}

/// An open incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Where.
    pub element: ElementInstanceId,
    /// Why.
    pub cause: Cause,
    /// What exactly, for people.
    pub message: String,
}
