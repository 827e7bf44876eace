//! Sequence flows: their ends found, their conditions read.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::bpmn::model::{FlowIndex, NodeIndex, Process, SequenceFlow, Text};
use crate::diagnostic::findings::{Findings, Place, cut};
use crate::ids::SequenceFlowId;
use crate::xml::Node;

use super::file::process_of;
use super::nodes::{Context, Draft, check_attributes};

/// Adds the flows to the process and links its nodes. Says whether every end was found.
pub(super) fn link(
    process: &mut Process,
    context: &Context<'_, '_>,
    flows: &[Node<'_>],
    findings: &mut Findings,
) -> bool {
    let mut ids = FlowIds::of(flows);
    let mut is_whole = true;
    for flow in flows {
        check_attributes(*flow, findings);
        let source = end(context, *flow, "sourceRef", "flow-source-missing", findings);
        let target = end(context, *flow, "targetRef", "flow-target-missing", findings);
        let condition = condition(*flow, findings);
        let (Some(source), Some(target)) = (source, target) else {
            is_whole = false;
            continue;
        };
        if process.node(source).scope != process.node(target).scope {
            is_whole = false;
            let message = format!(
                "The sequence flow crosses the border of a sub-process: from “{}” to “{}”.",
                process.node(source).id,
                process.node(target).id
            );
            let remedy = "Connect the sub-process itself, or use a boundary event, a signal or a \
                          message to leave it.";
            findings.error("flow-crosses-sub-process", *flow, message, remedy);
            continue;
        }
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

/// The node at one end of a flow.
fn end(
    context: &Context<'_, '_>,
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
    let local = reference.rsplit_once(':').map_or(reference, |(_, local)| local);
    let found = context.node_index(reference).or_else(|| context.node_index(local));
    if found.is_some() {
        return found;
    }
    let elsewhere = context.file.element(reference).and_then(process_of);
    let is_of_another = elsewhere.and_then(Node::id) != process_of(flow).and_then(Node::id);
    if elsewhere.is_some() && is_of_another {
        let message = format!(
            "The sequence flow {side} at “{}”, which lies in another pool.",
            cut(reference)
        );
        let remedy = "Use a message flow between pools.";
        findings.error("flow-crosses-pool", flow, message, remedy);
    } else if !context.is_refused(reference) {
        let message = format!(
            "The sequence flow {side} at “{}”, which is no flow node of this process.",
            cut(reference)
        );
        let remedy = "Connect it to a node of the same process, or remove it.";
        findings.error(rule, flow, message, remedy);
    }
    None
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

/// Sets the default flows that nodes name.
pub(super) fn set_defaults(
    process: &mut Process,
    drafts: &[Draft<'_>],
    is_whole: bool,
    findings: &mut Findings,
) {
    for (index, draft) in drafts.iter().enumerate() {
        let Some(reference) = draft.node.attribute("default") else { continue };
        let node = &process.nodes[index];
        let found =
            node.outgoing.iter().copied().find(|flow| process.flow(*flow).id.as_str() == reference);
        if found.is_none() && is_whole {
            let message =
                format!("The default flow “{}” does not leave this element.", cut(reference));
            let remedy = "Name one of its outgoing flows as default, or remove the attribute.";
            findings.error("default-flow-not-outgoing", node, message, remedy);
        }
        process.nodes[index].default_flow = found;
    }
}
