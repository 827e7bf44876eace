//! Link events come in pairs within one scope: many sources, one target (BPMN 2.0.2, clause "Link").

use std::collections::BTreeMap;

use super::Subject;
use crate::bpmn::model::{EventDefinition, FlowNode, FlowNodeKind, NodeIndex};
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    let mut targets: BTreeMap<(Option<NodeIndex>, &str), (&FlowNode, bool)> = BTreeMap::new();
    for node in &process.nodes {
        let Some(link) = link(node) else { continue };
        if matches!(node.kind, FlowNodeKind::IntermediateCatchEvent(_)) {
            if targets.contains_key(&(node.scope, link)) {
                let message = format!("The link “{link}” has a second target here.");
                let remedy = "Keep one target; sources may be many.";
                findings.error("link-targets", node, message, remedy);
                continue;
            }
            targets.insert((node.scope, link), (node, false));
            if !node.incoming.is_empty() {
                let message = "A sequence flow leads to the target of a link.";
                let remedy = "Remove the flow: the link leads here.";
                findings.error("link-target-incoming", node, message, remedy);
            }
        }
    }
    for node in &process.nodes {
        let Some(link) = link(node) else { continue };
        if matches!(node.kind, FlowNodeKind::IntermediateThrowEvent(_)) {
            if !node.outgoing.is_empty() {
                let message = "A sequence flow leaves the source of a link.";
                let remedy = "Remove the flow: the link leads on.";
                findings.error("link-source-outgoing", node, message, remedy);
            }
            match targets.get_mut(&(node.scope, link)) {
                Some((_, is_used)) => *is_used = true,
                None => {
                    let message = format!("The link “{link}” has no target in this scope.");
                    let remedy = "Add a catch event with a link of the same name.";
                    findings.error("link-target-missing", node, message, remedy);
                }
            }
        }
    }
    for (node, _) in targets.values().filter(|(_, is_used)| !is_used) {
        let message = "No source leads to this target of a link.";
        let remedy = "Add a throw event with a link of the same name, or remove it.";
        findings.warning("link-source-missing", *node, message, remedy);
    }
}

fn link(node: &FlowNode) -> Option<&str> {
    node.kind.event_definitions().iter().find_map(|definition| {
        if let EventDefinition::Link(link) = definition { Some(&*link.name) } else { None }
    })
}
