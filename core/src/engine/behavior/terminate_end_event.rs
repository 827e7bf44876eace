//! Terminate End Event: whatever else is under way in its scope ends, and the scope is completed.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "End Events": the remaining tokens are abandoned. The
//! scope is *completed*; *terminated* is what a person does to it.

use crate::engine::event::Event;
use crate::engine::turn::Turn;
use crate::ids::ElementInstanceId;

/// Ends all else in `scope`, and the instance where that is the process.
pub(super) fn end(turn: &mut Turn<'_>, scope: ElementInstanceId) {
    if scope == ElementInstanceId::ROOT {
        turn.terminate_elements();
        turn.emit(Event::InstanceCompleted);
    } else {
        turn.terminate_content(scope);
        turn.emit(Event::ScopeInterrupted { scope, closes: None });
    }
}
