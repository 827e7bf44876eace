//! None End Event: the token that reaches it is consumed.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "End Events". The process completes when no token is
//! left; that is the turn's business, as an activity without outgoing flow ends a path too.

use super::Chosen;

/// Nothing leaves an end event.
pub(super) fn no_flow() -> Chosen {
    Chosen::None
}
