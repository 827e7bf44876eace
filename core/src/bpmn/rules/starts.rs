//! Several none start events of one scope: a token starts at each of them in a sub-process; a
//! process that is started without an event starts at the first.

use std::collections::BTreeSet;

use super::Subject;
use crate::bpmn::model::NodeIndex;
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut seen: BTreeSet<Option<NodeIndex>> = BTreeSet::new();
    for node in &subject.process.nodes {
        if node.kind.is_none_start() && !seen.insert(node.scope) {
            let message = "The scope has more than one start event without a trigger.";
            let remedy = "Keep one, and choose the way with a gateway behind it.";
            findings.warning("start-several", node, message, remedy);
        }
    }
}
