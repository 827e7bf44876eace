//! Receive Task: waits for a message, or until somebody triggers it where it names none.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Receive Task". It waits as an intermediate event does;
//! what is waited for without a name has that of the task.

use crate::engine::definition::ExecutableProcess;
use crate::engine::state::InstanceState;
use crate::ids::{ElementInstanceId, FlowNodeId, SubscriptionId};

/// The receive tasks that wait until somebody triggers them, each with the visit that waits and
/// what it is triggered by. A message that is called like the task does so, too.
pub fn triggerable(
    process: &ExecutableProcess,
    state: &InstanceState,
) -> Vec<(ElementInstanceId, FlowNodeId, SubscriptionId)> {
    let waiting = state.subscriptions().filter(|(_, open)| {
        process.node_index(&open.node).is_some_and(|node| process.is_triggered_by_hand(node))
    });
    waiting.map(|(id, open)| (open.element, open.node.clone(), id)).collect()
}
