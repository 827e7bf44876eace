//! Terminate End Event: whatever else is under way ends, and the process is completed.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "End Events": the remaining tokens are abandoned. The
//! instance is *completed*; *terminated* is what a person does to it.

use crate::engine::event::Event;
use crate::engine::turn::Turn;

/// Ends all other element instances and the process instance.
pub(super) fn end(turn: &mut Turn<'_>) {
    turn.terminate_elements();
    turn.emit(Event::InstanceCompleted);
}
