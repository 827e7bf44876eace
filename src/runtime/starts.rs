//! What starts instances of a process by itself: timers, messages, signals, conditions.
//!
//! Never starts anything: says what a version waits for, from the moment that it is the latest.

use spartito_core::engine::event::Waited;
use spartito_core::engine::{Deployed, ExecutableProcess, start_events};
use spartito_core::ids::DeploymentKey;
use spartito_core::time::Timestamp;

use super::definitions::Current;
use crate::store::{Awaited, NewStart, NewStartTimer};

/// What starts instances of a process.
#[derive(Debug, Default)]
pub struct Starts {
    /// Timers that fall due by themselves.
    pub timers: Vec<NewStartTimer>,
    /// Messages and signals.
    pub awaited: Vec<NewStart>,
}

/// What starts instances of `process` from `now` on. Conditions are not among it: they are asked
/// with data from outside. `seed` is the source of random numbers in their expressions.
pub fn starts_of(process: &ExecutableProcess, now: Timestamp, seed: u64) -> Starts {
    let Current { forms, decisions } = Current::default();
    let (forms, decisions, deployment) = (&*forms, &*decisions, DeploymentKey::new(0));
    let deployed = Deployed { process, from: None, forms, decisions, deployment };
    let mut starts = Starts::default();
    for (node, waits) in start_events(deployed, now, seed) {
        if let Some(awaited) = Awaited::of(&waits) {
            starts.awaited.push(NewStart { node, awaited });
        } else if let Waited::Timer { due, cycle } = waits
            && due != Timestamp::MAX
        {
            starts.timers.push(NewStartTimer { node, due_at: due, cycle });
        }
    }
    starts
}
