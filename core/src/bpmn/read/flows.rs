//! Sequence flows: their ends found, their conditions read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::bpmn::model::{FlowIndex, NodeIndex, Process, SequenceFlow, Text};
use crate::diagnostic::findings::{Findings, Place};
use crate::ids::SequenceFlowId;
use crate::xml::Node;

use super::nodes::check_attributes;

/// What is to be linked.
pub(super) struct Links<'c, 't> {
    /// The `sequenceFlow` elements, in document order.
    pub(super) flows: &'c [Node<'t>],
    /// Nodes by index, and the id of the default flow of each.
    pub(super) defaults: &'c [(usize, &'t str)],
    /// Ids of nodes that were refused: a flow to one of them is no finding of its own.
    pub(super) refused: &'c BTreeSet<&'t str>,
}

/// Adds the flows to the process and links its nodes. Says whether every reference was found.
pub(super) fn link(process: &mut Process, links: &Links<'_, '_>, findings: &mut Findings) -> bool {
    let nodes: BTreeMap<String, NodeIndex> = (0_u32..)
        .zip(&process.nodes)
        .map(|(index, node)| (node.id.as_str().to_owned(), NodeIndex(index)))
        .collect();
    let mut ids = FlowIds::of(links.flows);
    let ends = Ends { nodes, refused: links.refused };
    let mut is_whole = true;
    for flow in links.flows {
        check_attributes(*flow, findings);
        let source = ends.find(*flow, "sourceRef", "flow-source-missing", findings);
        let target = ends.find(*flow, "targetRef", "flow-target-missing", findings);
        let condition = condition(*flow, findings);
        let (Some(source), Some(target)) = (source, target) else {
            is_whole = false;
            continue;
        };
        let index = FlowIndex(u32::try_from(process.flows.len()).expect("elements are limited"));
        process.nodes[source.0 as usize].outgoing.push(index);
        process.nodes[target.0 as usize].incoming.push(index);
        process.flows.push(SequenceFlow {
            id: SequenceFlowId::new(ids.id(*flow)),
            name: Arc::from(flow.name()),
            source,
            target,
            condition,
            position: flow.position(),
        });
    }
    set_defaults(process, links.defaults, is_whole, findings);
    is_whole
}

/// Ids for flows without one, which BPMN allows.
struct FlowIds<'t> {
    taken: BTreeSet<&'t str>,
    next: u32,
}

impl<'t> FlowIds<'t> {
    fn of(flows: &[Node<'t>]) -> Self {
        Self { taken: flows.iter().filter_map(|flow| flow.id()).collect(), next: 1 }
    }

    fn id(&mut self, flow: Node<'_>) -> String {
        if let Some(id) = flow.id() {
            return id.to_owned();
        }
        loop {
            let id = format!("unnamed-flow-{}", self.next);
            self.next += 1;
            if !self.taken.contains(id.as_str()) {
                return id;
            }
        }
    }
}

/// Where flows may start and end.
struct Ends<'c, 't> {
    nodes: BTreeMap<String, NodeIndex>,
    refused: &'c BTreeSet<&'t str>,
}

impl Ends<'_, '_> {
    fn find(
        &self,
        flow: Node<'_>,
        attribute: &str,
        rule: &str,
        findings: &mut Findings,
    ) -> Option<NodeIndex> {
        let side = if attribute == "sourceRef" { "starts" } else { "ends" };
        let reference = flow.attribute(attribute).unwrap_or_default();
        if reference.is_empty() {
            let message = format!("The sequence flow does not say where it {side}.");
            findings.error(rule, flow, message, format!("Give it {attribute}."));
            return None;
        }
        if let Some(index) = self.nodes.get(reference) {
            return Some(*index);
        }
        if !self.refused.contains(reference) {
            let cut: String = reference.chars().take(255).collect();
            let message = format!(
                "The sequence flow {side} at “{cut}”, which is no flow node of this process."
            );
            let remedy = "Connect it to a node of the same process, or remove it.";
            findings.error(rule, flow, message, remedy);
        }
        None
    }
}

fn condition(flow: Node<'_>, findings: &mut Findings) -> Option<Text> {
    let expression = flow.bpmn_child("conditionExpression")?;
    if let Some(language) = expression.attribute("language")
        && !language.to_ascii_lowercase().contains("feel")
    {
        let cut: String = language.chars().take(64).collect();
        let message = format!("The condition is written in “{cut}”; only FEEL is evaluated.");
        let place = Place::from(flow).at(expression.position());
        let remedy = "Write the condition in FEEL, such as = amount > 1000.";
        findings.error("condition-language", place, message, remedy);
    }
    let text = expression.text();
    (!text.is_empty()).then(|| Text { text: text.to_owned(), position: expression.position() })
}

fn set_defaults(
    process: &mut Process,
    defaults: &[(usize, &str)],
    is_whole: bool,
    findings: &mut Findings,
) {
    for (index, reference) in defaults {
        let node = &process.nodes[*index];
        let found = node
            .outgoing
            .iter()
            .copied()
            .find(|flow| process.flows[flow.0 as usize].id.as_str() == *reference);
        if found.is_none() && is_whole {
            let cut: String = reference.chars().take(255).collect();
            let message = format!("The default flow “{cut}” does not leave this element.");
            let remedy = "Name one of its outgoing flows as default, or remove the attribute.";
            findings.error("default-flow-not-outgoing", node, message, remedy);
        }
        process.nodes[*index].default_flow = found;
    }
}
