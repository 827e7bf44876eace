//! What a signed-in person hears of at once: which topics a change concerns, and who may hear it.
//!
//! Never tells what has changed, only that something has: whoever hears it asks again, and gets
//! what he may see.

use std::fmt;
use std::str::FromStr;

use spartito_core::ids::{InstanceId, ProcessId};
use tokio::sync::broadcast;

use super::{Desk, OperationError};
use crate::auth::{Caller, SessionEnded};
use crate::runtime::Change;
use crate::store::StoreError;
use crate::wire::Permission;

/// Topics of one stream.
const TOPICS_MAX: usize = 16;

/// Something that changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Tasks of people.
    Tasks,
    /// The list of processes with its counts.
    Processes,
    /// One process: its counts and instances.
    Process(ProcessId),
    /// The list of all instances.
    Instances,
    /// One instance.
    Instance(InstanceId),
    /// The dashboard of one process.
    Dashboard(ProcessId),
    /// Decisions and their uses.
    Decisions,
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tasks => f.write_str("tasks"),
            Self::Processes => f.write_str("processes"),
            Self::Process(id) => write!(f, "process:{id}"),
            Self::Instances => f.write_str("instances"),
            Self::Instance(id) => write!(f, "instance:{id}"),
            Self::Dashboard(id) => write!(f, "dashboard:{id}"),
            Self::Decisions => f.write_str("decisions"),
        }
    }
}

impl FromStr for Topic {
    type Err = OperationError;

    fn from_str(text: &str) -> Result<Self, OperationError> {
        let refuse = || OperationError::invalid(format!("“{text}” is not a topic."));
        let (kind, id) = text.split_once(':').map_or((text, None), |(kind, id)| (kind, Some(id)));
        match (kind, id.filter(|id| !id.is_empty())) {
            ("tasks", None) => Ok(Self::Tasks),
            ("processes", None) => Ok(Self::Processes),
            ("instances", None) => Ok(Self::Instances),
            ("decisions", None) => Ok(Self::Decisions),
            ("process", Some(id)) => Ok(Self::Process(ProcessId::new(id))),
            ("dashboard", Some(id)) => Ok(Self::Dashboard(ProcessId::new(id))),
            ("instance", Some(id)) => id.parse().map(Self::Instance).map_err(|_| refuse()),
            _ => Err(refuse()),
        }
    }
}

impl Topic {
    /// Whether `change` concerns this topic.
    pub fn concerns(&self, change: &Change) -> bool {
        if change.everything {
            return true;
        }
        match self {
            Self::Tasks => change.tasks,
            Self::Processes | Self::Instances => true,
            Self::Process(id) | Self::Dashboard(id) => *id == change.process,
            Self::Instance(id) => *id == change.instance,
            Self::Decisions => change.decisions,
        }
    }
}

/// What a person listens to, and how the listening ends.
pub struct Listening {
    /// The topics.
    pub topics: Vec<Topic>,
    /// Changes, each after it was committed.
    pub changes: broadcast::Receiver<Change>,
    /// Ends of sessions.
    pub ends: broadcast::Receiver<SessionEnded>,
}

/// Begins to listen to `topics`, each of which the caller must be allowed to see.
///
/// # Errors
/// A topic that is not known, that the caller may not see, or too many of them.
pub async fn listen(
    desk: &Desk,
    caller: &Caller,
    topics: &[String],
) -> Result<Listening, OperationError> {
    if topics.len() > TOPICS_MAX {
        return Err(OperationError::invalid(format!("Ask for at most {TOPICS_MAX} topics.")));
    }
    // First listen, then look: a change in between is heard rather than missed.
    let changes = desk.runtime.live.subscribe();
    let ends = desk.sessions.ends();
    let mut allowed = Vec::new();
    for topic in topics {
        let topic: Topic = topic.parse()?;
        match &topic {
            Topic::Instance(instance) => {
                super::instances::visible(desk, caller, *instance).await?;
            }
            Topic::Dashboard(_) => caller.require(Permission::ViewInsight)?,
            Topic::Decisions => caller.require(Permission::ViewInstances)?,
            // Lists show each caller what he may see of them.
            Topic::Tasks | Topic::Processes | Topic::Process(_) | Topic::Instances => {}
        }
        allowed.push(topic);
    }
    Ok(Listening { topics: allowed, changes, ends })
}

/// Whether the caller may still listen.
///
/// # Errors
/// The database does not answer.
pub async fn may_go_on(desk: &Desk, caller: &Caller) -> Result<bool, StoreError> {
    let age_ms = desk.now().millis_since(caller.signed_in_at);
    Ok(age_ms <= crate::auth::SESSION_AGE_MS_MAX
        && desk.sessions.stands(caller.session, &caller.person).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_reads_back_as_it_was_written() {
        for text in
            ["tasks", "processes", "instances", "decisions", "process:loan", "dashboard:a:b"]
        {
            assert_eq!(text.parse::<Topic>().expect("a topic").to_string(), text);
        }
        for text in ["", "task", "tasks:1", "process", "process:", "instance:1"] {
            assert!(text.parse::<Topic>().is_err(), "{text}");
        }
    }
}
