//! Every node lies on a way from a start to an end.

use std::collections::{BTreeMap, BTreeSet};

use super::Subject;
use crate::bpmn::model::{
    EventDefinition, FlowNode, FlowNodeKind, NodeIndex, Process, SubProcessKind,
};
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let process = subject.process;
    let started: BTreeSet<Option<NodeIndex>> = process
        .nodes
        .iter()
        .filter(|node| matches!(node.kind, FlowNodeKind::StartEvent(_)))
        .map(|node| node.scope)
        .collect();
    let begins = |index: &NodeIndex| begins(process, *index);
    let starts: Vec<NodeIndex> = process.node_indices().filter(begins).collect();
    if starts.is_empty() {
        return;
    }
    let reached = closure(process, starts, |index| leads_to(process, index));
    let ends = process.node_indices().filter(|index| is_end(process.node(*index))).collect();
    let mut sources: BTreeMap<NodeIndex, Vec<NodeIndex>> = BTreeMap::new();
    for index in process.node_indices() {
        for target in link_targets(process.node(index)) {
            sources.entry(target).or_default().push(index);
        }
    }
    let ending = closure(process, ends, |index| {
        let node = process.node(index);
        let before = node.incoming.iter().map(|flow| process.flow(*flow).source);
        let by_link = sources.get(&index).into_iter().flatten().copied();
        before.chain(by_link).chain(interrupted_by(node)).collect()
    });
    for (place, node) in process.nodes.iter().enumerate() {
        if !reached[place] {
            let message = "No way leads here from the start event.";
            let remedy = "Connect it, or remove it.";
            findings.warning("node-unreachable", node, message, remedy);
        } else if !ending[place] {
            let message = "No way leads from here to an end; an instance would never complete.";
            let remedy = "Add a way out of the loop.";
            findings.warning("node-without-end", node, message, remedy);
        }
        if started.contains(&node.scope) && begins_unasked(process, node) {
            let message = "No flow leads here: it begins beside the start event.";
            let remedy = "Connect it, or remove it.";
            findings.warning("node-unreachable", node, message, remedy);
        }
        if ends_silently(process, node) {
            let message = "The way ends here without an end event.";
            let remedy = "Add an end event, so that readers see the end.";
            findings.info("end-implicit", node, message, remedy);
        }
    }
}

/// Whether the node begins its scope once the scope is active, or needs no flow that leads to it.
fn begins(process: &Process, index: NodeIndex) -> bool {
    let node = process.node(index);
    if node.is_for_compensation || node.kind.is_event_sub_process() {
        return true;
    }
    match &node.kind {
        // Where the scope itself is out of reach, its content is not named again.
        FlowNodeKind::StartEvent(_) => true,
        FlowNodeKind::BoundaryEvent(_) => false,
        FlowNodeKind::ReceiveTask(task) if task.instantiates => node.incoming.is_empty(),
        FlowNodeKind::EventBasedGateway(gateway) if gateway.instantiates => {
            node.incoming.is_empty()
        }
        _ => node.incoming.is_empty() && !is_link_target(node),
    }
}

/// Whether a node that no flow leads to is no start, and does not wait to be chosen.
fn begins_unasked(process: &Process, node: &FlowNode) -> bool {
    let in_ad_hoc = node.scope.is_some_and(|scope| {
        matches!(&process.node(scope).kind, FlowNodeKind::SubProcess(sub)
            if matches!(sub.kind, SubProcessKind::AdHoc(_)))
    });
    let is_start = match &node.kind {
        FlowNodeKind::StartEvent(_) | FlowNodeKind::BoundaryEvent(_) => true,
        FlowNodeKind::ReceiveTask(task) => task.instantiates,
        FlowNodeKind::EventBasedGateway(gateway) => gateway.instantiates,
        _ => node.kind.is_event_sub_process(),
    };
    node.incoming.is_empty()
        && !in_ad_hoc
        && !is_start
        && !node.is_for_compensation
        && !is_link_target(node)
}

fn is_link_target(node: &FlowNode) -> bool {
    matches!(&node.kind, FlowNodeKind::IntermediateCatchEvent(catch)
        if catch.definitions.iter().any(|it| matches!(it, EventDefinition::Link(_))))
}

/// The targets of the links that the node throws.
fn link_targets(node: &FlowNode) -> impl Iterator<Item = NodeIndex> {
    node.kind.event_definitions().iter().filter_map(|definition| {
        if let EventDefinition::Link(link) = definition { link.target } else { None }
    })
}

fn leads_to(process: &Process, index: NodeIndex) -> Vec<NodeIndex> {
    let node = process.node(index);
    let flows = node.outgoing.iter().map(|flow| process.flow(*flow).target);
    flows.chain(node.boundary_events.iter().copied()).chain(link_targets(node)).collect()
}

/// A node from which a token need not go on.
fn is_end(node: &FlowNode) -> bool {
    node.outgoing.is_empty() && link_targets(node).next().is_none()
}

/// The activity that comes to an end where a boundary event happens.
fn interrupted_by(node: &FlowNode) -> Option<NodeIndex> {
    let FlowNodeKind::BoundaryEvent(event) = &node.kind else { return None };
    event.cancels_activity.then_some(event.attached_to)
}

/// Whether a token ends at what is no end event, though its scope has one.
fn ends_silently(process: &Process, node: &FlowNode) -> bool {
    let may_end = node.kind.is_event_sub_process()
        || node.is_for_compensation
        || matches!(&node.kind, FlowNodeKind::EndEvent(_))
        || matches!(&node.kind, FlowNodeKind::BoundaryEvent(event)
            if event.compensation_handler.is_some() || event.catch.definitions.iter().any(
                |it| matches!(it, EventDefinition::Compensation(_))))
        || node.kind.is_gateway();
    let in_ad_hoc = node.scope.is_some_and(|scope| {
        matches!(&process.node(scope).kind, FlowNodeKind::SubProcess(sub)
            if matches!(sub.kind, SubProcessKind::AdHoc(_)))
    });
    !may_end && !in_ad_hoc && is_end(node)
}

/// All nodes that `next` leads to from `open`, by index.
fn closure(
    process: &Process,
    mut open: Vec<NodeIndex>,
    next: impl Fn(NodeIndex) -> Vec<NodeIndex>,
) -> Vec<bool> {
    let mut seen = vec![false; process.nodes.len()];
    while let Some(index) = open.pop() {
        if !std::mem::replace(&mut seen[index.0 as usize], true) {
            open.extend(next(index));
        }
    }
    seen
}
