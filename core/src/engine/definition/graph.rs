//! The shape of a process: where scopes begin, what a join may still wait for.
//!
//! Never looks at the state of an instance.

use std::collections::{BTreeMap, BTreeSet};

use super::ExecutableProcess;
use crate::bpmn::model::{
    EventDefinition, FlowIndex, FlowNodeKind, NodeIndex, Process, SubProcessKind,
};

/// From where a gateway can be reached without passing it.
#[derive(Default)]
pub(in crate::engine) struct Reach {
    pub(in crate::engine) nodes: BTreeSet<NodeIndex>,
    pub(in crate::engine) flows: BTreeSet<FlowIndex>,
}

/// The inclusive and complex gateways that join, by scope.
pub(super) fn late_joins(process: &Process) -> BTreeMap<Option<NodeIndex>, Vec<NodeIndex>> {
    let mut joins: BTreeMap<Option<NodeIndex>, Vec<NodeIndex>> = BTreeMap::new();
    for index in process.node_indices() {
        let node = process.node(index);
        let is_complex = matches!(node.kind, FlowNodeKind::ComplexGateway(_));
        let is_inclusive = matches!(node.kind, FlowNodeKind::InclusiveGateway);
        if is_complex || (is_inclusive && node.incoming.len() > 1) {
            joins.entry(node.scope).or_default().push(index);
        }
    }
    joins
}

impl ExecutableProcess {
    /// The inclusive and complex gateways that join directly in `scope`.
    pub(in crate::engine) fn late_joins(&self, scope: Option<NodeIndex>) -> &[NodeIndex] {
        self.late_joins.get(&scope).map_or(&[], Vec::as_slice)
    }

    /// The nodes that a scope begins with: its none start events, and whatever no flow leads to
    /// (BPMN 2.0.2, clause "Sequence Flow Connections": an activity without incoming flows
    /// is instantiated when its scope is).
    pub(in crate::engine) fn entries(&self, scope: Option<NodeIndex>) -> Vec<NodeIndex> {
        let begins = |index: &NodeIndex| {
            let kind = &self.model.node(*index).kind;
            kind.is_none_start() || (self.begins_without_flow(*index) && !is_starter(kind))
        };
        self.model.children_of(scope).iter().copied().filter(begins).collect()
    }

    /// The nodes that a process begins with which is started without an event: of several none
    /// start events, each of which would start an instance of its own, the first.
    pub(in crate::engine) fn entries_of_process(&self) -> Vec<NodeIndex> {
        let mut entries = self.entries(None);
        let mut has_start = false;
        entries.retain(|it| {
            let is_start = self.model.node(*it).kind.is_none_start();
            !is_start || !std::mem::replace(&mut has_start, true)
        });
        entries
    }

    /// What begins with a scope beside the event that starts it.
    pub(in crate::engine) fn entries_beside(
        &self,
        event: NodeIndex,
        scope: Option<NodeIndex>,
    ) -> Vec<NodeIndex> {
        let mut entries = self.entries(scope);
        entries.retain(|it| *it != event && !self.model.node(*it).kind.is_none_start());
        entries
    }

    /// The nodes at which an event starts a new instance.
    pub(in crate::engine) fn starters(&self) -> Vec<NodeIndex> {
        let mut starters = Vec::new();
        for index in self.model.children.iter().copied() {
            let node = self.model.node(index);
            if let FlowNodeKind::EventBasedGateway(gateway) = &node.kind {
                if gateway.instantiates {
                    starters.extend(node.outgoing.iter().map(|flow| self.target(*flow)));
                }
                continue;
            }
            let starts = if let FlowNodeKind::ReceiveTask(task) = &node.kind {
                task.instantiates
            } else {
                matches!(&node.kind, FlowNodeKind::StartEvent(_))
                    && !self.node(index).events.is_empty()
            };
            if starts {
                starters.push(index);
            }
        }
        starters
    }

    /// The events that are still waited for where an instance begins at `index`: the others behind
    /// a gateway that instantiates by all of them.
    pub(in crate::engine) fn started_beside(&self, index: NodeIndex) -> Vec<NodeIndex> {
        let incoming = self.model.node(index).incoming.iter();
        let gateway = incoming.map(|flow| self.model.flow(*flow).source).find(|source| {
            let kind = &self.model.node(*source).kind;
            matches!(kind, FlowNodeKind::EventBasedGateway(it) if it.instantiates && it.is_parallel)
        });
        let Some(gateway) = gateway else { return Vec::new() };
        let behind = self.outgoing(gateway).iter().map(|flow| self.target(*flow));
        behind.filter(|event| *event != index).collect()
    }

    /// Whether a node is an event that has occurred when an instance begins there.
    pub(in crate::engine) fn is_event(&self, index: NodeIndex) -> bool {
        let kind = &self.model.node(index).kind;
        matches!(
            kind,
            FlowNodeKind::StartEvent(_)
                | FlowNodeKind::IntermediateCatchEvent(_)
                | FlowNodeKind::ReceiveTask(_)
        )
    }

    /// Whether a node is a receive task that waits until somebody triggers it: it names no message,
    /// and no message flow leads to it.
    pub(in crate::engine) fn is_triggered_by_hand(&self, index: NodeIndex) -> bool {
        let node = self.model.node(index);
        let flows = &self.model.message_flows;
        matches!(&node.kind, FlowNodeKind::ReceiveTask(task) if task.message.is_none())
            && !flows.iter().any(|flow| flow.target.node() == Some(&node.id))
    }

    /// Whether a node that no flow leads to begins with its scope.
    pub(in crate::engine) fn begins_without_flow(&self, index: NodeIndex) -> bool {
        let node = self.model.node(index);
        let catches_a_link = node
            .kind
            .event_definitions()
            .iter()
            .any(|definition| matches!(definition, EventDefinition::Link(_)))
            && node.kind.catches().is_some();
        node.incoming.is_empty()
            && !node.is_for_compensation
            && !catches_a_link
            && !node.kind.is_event_sub_process()
            && !matches!(node.kind, FlowNodeKind::BoundaryEvent(_))
    }

    /// The event sub-processes directly in `scope`, each with its start event. One that is only
    /// drawn may have several.
    pub(in crate::engine) fn event_sub_processes(
        &self,
        scope: Option<NodeIndex>,
    ) -> impl Iterator<Item = (NodeIndex, NodeIndex)> + '_ {
        self.model.children_of(scope).iter().flat_map(|index| {
            let sub = self.model.node(*index).kind.sub_process();
            let sub = sub.filter(|sub| matches!(sub.kind, SubProcessKind::Event));
            let children = sub.map_or(&[][..], |sub| sub.children.as_slice()).iter();
            let starts = children.filter(|child| {
                matches!(self.model.node(**child).kind, FlowNodeKind::StartEvent(_))
            });
            starts.map(|start| (*index, *start))
        })
    }

    /// The start event of the event sub-process `index`; `None` where it is none.
    pub(in crate::engine) fn start_of_event_sub_process(
        &self,
        index: NodeIndex,
    ) -> Option<NodeIndex> {
        let beside = self.event_sub_processes(self.model.node(index).scope);
        let mut own = beside.filter(|(sub, _)| *sub == index);
        own.next().map(|(_, start)| start)
    }

    /// The activity that compensates `index`.
    pub(in crate::engine) fn compensation_handler(&self, index: NodeIndex) -> Option<NodeIndex> {
        self.model.node(index).boundary_events.iter().find_map(|event| {
            let FlowNodeKind::BoundaryEvent(event) = &self.model.node(*event).kind else {
                return None;
            };
            event.compensation_handler
        })
    }

    /// The event sub-process that compensates the sub-process `index` around it, with its start
    /// event.
    pub(in crate::engine) fn compensation_event_sub_process(
        &self,
        index: NodeIndex,
    ) -> Option<(NodeIndex, NodeIndex)> {
        let compensates = |start: NodeIndex| {
            let definitions = self.model.node(start).kind.event_definitions();
            definitions.iter().any(|it| matches!(it, EventDefinition::Compensation(_)))
        };
        self.event_sub_processes(Some(index)).find(|(_, start)| compensates(*start))
    }

    /// From where a token can come to one of `flows`, all of which lead to `gateway`, without
    /// passing the gateway first.
    pub(in crate::engine) fn reach(&self, gateway: NodeIndex, flows: &[FlowIndex]) -> Reach {
        let mut reach = Reach::default();
        let mut open: Vec<FlowIndex> = flows.to_vec();
        while let Some(flow) = open.pop() {
            if !reach.flows.insert(flow) {
                continue;
            }
            let mut sources = vec![self.model.flow(flow).source];
            while let Some(source) = sources.pop() {
                if source == gateway || !reach.nodes.insert(source) {
                    continue;
                }
                let node = self.model.node(source);
                open.extend(&node.incoming);
                if let FlowNodeKind::BoundaryEvent(event) = &node.kind {
                    sources.push(event.attached_to);
                }
                sources.extend(self.links_to(source));
            }
        }
        reach
    }

    /// The link events that lead to the link event `target`.
    fn links_to(&self, target: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        let definitions = self.model.node(target).kind.event_definitions();
        let is_link = definitions.iter().any(|it| matches!(it, EventDefinition::Link(_)));
        self.model.node_indices().filter(move |index| {
            is_link
                && self.model.node(*index).kind.throws().is_some_and(|throw| {
                    throw.definitions.iter().any(|definition| {
                    matches!(definition, EventDefinition::Link(link) if link.target == Some(target))
                })
                })
        })
    }
}

/// Whether it is a start event, or starts an instance as one does.
fn is_starter(kind: &FlowNodeKind) -> bool {
    if let FlowNodeKind::ReceiveTask(task) = kind {
        return task.instantiates;
    }
    if let FlowNodeKind::EventBasedGateway(gateway) = kind {
        return gateway.instantiates;
    }
    matches!(kind, FlowNodeKind::StartEvent(_))
}
