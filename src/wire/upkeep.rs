//! What those who run the server have to know of it.

use serde::{Deserialize, Serialize};
use spartito_core::ids::{InstanceId, ProcessId};
use spartito_core::time::Timestamp;

use super::RetentionView;

/// What is the matter, and lasts until somebody does something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alarm {
    /// The database was set back, and systems outside are not called.
    OutboundHeld,
    /// What is stored of some instances cannot be read.
    DataDamaged,
    /// The database did not take what was to be written last.
    WritesFail,
}

/// An alarm in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmNote {
    /// What it is.
    pub alarm: Alarm,
    /// What is the matter, in one sentence.
    pub words: String,
}

/// A time in which systems outside are not called, or were not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundPause {
    /// What happened to the database.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
    /// Name of who let them be called again; `None` while it lasts.
    pub released_by: Option<String>,
    /// When that was.
    pub released_at: Option<Timestamp>,
}

impl OutboundPause {
    /// Whether it lasts.
    pub fn lasts(&self) -> bool {
        self.released_at.is_none()
    }
}

/// Calls of one kind that wait to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldCalls {
    /// The type of their jobs; `None` for all others together.
    pub kind: Option<String>,
    /// How many wait.
    pub waiting: u64,
    /// Whether there are at least so many, and perhaps more.
    pub is_more: bool,
    /// Whether workers outside do them.
    pub by_workers: bool,
}

/// An instance of which something that is stored is damaged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedInstance {
    /// The instance.
    pub instance: InstanceId,
    /// When that was found.
    pub found_at: Timestamp,
    /// What is wrong.
    pub reason: String,
}

/// What the check of all that is stored has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckOfStored {
    /// When it began; `None` before the first one of this server.
    pub begun_at: Option<Timestamp>,
    /// When it ended; `None` while it goes on.
    pub ended_at: Option<Timestamp>,
    /// Instances that were read.
    pub instances: u64,
    /// Those that are damaged, the first ones.
    pub damaged: Vec<DamagedInstance>,
}

/// A process with a rule of its own about finished instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRule {
    /// The process.
    pub process: ProcessId,
    /// Its name.
    pub name: String,
    /// Days after their end; `None` for ever.
    pub days: Option<u32>,
}

/// All that the page of upkeep shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upkeep {
    /// What is the matter; nothing, as a rule.
    pub alarms: Vec<AlarmNote>,
    /// The last time that systems outside were not called; `None` if that never was.
    pub outbound: Option<OutboundPause>,
    /// Calls that wait, while they are held.
    pub held: Vec<HeldCalls>,
    /// How long finished instances of processes without a rule of their own are kept.
    pub retention: RetentionView,
    /// Processes with a rule of their own, by name.
    pub own_rules: Vec<OwnRule>,
    /// What the check of all that is stored has seen.
    pub check: CheckOfStored,
    /// The server's time when this was read.
    pub now: Timestamp,
}
