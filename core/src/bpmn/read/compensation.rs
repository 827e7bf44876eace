//! Associations from a compensation event on a border to the activity that compensates.

use crate::bpmn::model::{EventDefinition, FlowNodeKind, Process};
use crate::diagnostic::findings::{Findings, cut};
use crate::xml::Node;

use super::nodes::Context;

/// Follows the associations that stand in `holders`. Others are drawings.
pub(super) fn associate(
    process: &mut Process,
    context: &Context<'_, '_>,
    holders: &[Node<'_>],
    findings: &mut Findings,
) {
    let associations = holders.iter().flat_map(|holder| holder.children());
    for association in associations.filter(|child| child.is_bpmn("association")) {
        let end = |name: &str| association.attribute(name).unwrap_or_default();
        let (source, target) = (end("sourceRef"), end("targetRef"));
        for reference in [source, target] {
            let is_known = context.file.element(reference).is_some();
            if !is_known {
                let message =
                    format!("The association names “{}”, which is missing.", cut(reference));
                let remedy = "Connect both ends, or remove it.";
                findings.warning("association-end-missing", association, message, remedy);
            }
        }
        let (Some(source), Some(target)) = (context.node_index(source), context.node_index(target))
        else {
            continue;
        };
        if !process.node(target).kind.is_activity() {
            continue;
        }
        if let FlowNodeKind::BoundaryEvent(event) = &mut process.nodes[source.0 as usize].kind {
            let compensates = event
                .catch
                .definitions
                .iter()
                .any(|it| matches!(it, EventDefinition::Compensation(_)));
            if compensates && event.compensation_handler.is_none() {
                event.compensation_handler = Some(target);
            } else if compensates {
                let message = "The compensation event leads to more than one activity.";
                let remedy = "Keep one association; put several steps into a sub-process.";
                findings.error("compensation-handler-several", association, message, remedy);
            }
        }
    }
}
