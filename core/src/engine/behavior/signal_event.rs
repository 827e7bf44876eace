//! Signal Event: whoever waits for a signal hears it.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Intermediate Events". Where several wait in one
//! instance, the order among them is settled here.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::occurrence;
use crate::bpmn::model::FlowNodeKind;
use crate::engine::event::Waited;
use crate::engine::state::Subscription;
use crate::engine::turn::Turn;
use crate::value::Variables;

/// Whoever in this instance waits for the signal hears it: first those who interrupt, the
/// innermost of them before the others, then the oldest first. Where one has interrupted a scope,
/// those around it do not interrupt it once more.
pub(in crate::engine) fn hear(turn: &mut Turn<'_>, name: &Arc<str>, variables: &Variables) {
    let hears = |it: &Subscription| matches!(&it.waits, Waited::Signal { name: it } if it == name);
    let subscriptions = turn.state().subscriptions().filter(|(_, open)| hears(open));
    let ordered = subscriptions.map(|(id, open)| {
        let depth = turn.state().scopes_outward(open.element).count();
        match interrupts(turn, open) {
            Some(Interrupts::Content) => (0, usize::MAX - depth, false, id),
            Some(Interrupts::Activity) => (0, usize::MAX - depth, true, id),
            None => (1, 0, false, id),
        }
    });
    let mut ordered: Vec<_> = ordered.collect();
    ordered.sort_unstable();
    let mut interrupted = BTreeSet::new();
    for (order, _, _, id) in ordered {
        let Some(open) = turn.state().subscription(id) else { continue };
        if order == 0 {
            let around: Vec<_> = turn.state().scopes_outward(open.element).collect();
            if interrupted.contains(&open.element) {
                continue;
            }
            interrupted.extend(around);
        }
        occurrence::trigger(turn, id, variables);
    }
}

/// What an event interrupts.
enum Interrupts {
    /// All that its scope holds.
    Content,
    /// The activity that it is attached to.
    Activity,
}

fn interrupts(turn: &Turn<'_>, subscription: &Subscription) -> Option<Interrupts> {
    let process = turn.process();
    let kind = &process.model().node(process.node_index(&subscription.node)?).kind;
    if let FlowNodeKind::StartEvent(start) = kind {
        let interrupts = start.is_interrupting && !occurrence::waits_itself(turn, subscription);
        return interrupts.then_some(Interrupts::Content);
    }
    let cancels = matches!(kind, FlowNodeKind::BoundaryEvent(event) if event.cancels_activity);
    cancels.then_some(Interrupts::Activity)
}
