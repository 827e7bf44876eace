//! Sequence flows: their ends found, their conditions read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::bpmn::findings::{Findings, Place};
use crate::bpmn::model::{FlowIndex, NodeIndex, Process, SequenceFlow, Text};
use crate::bpmn::xml::Node;
use crate::ids::SequenceFlowId;

use super::nodes::check_attributes;

/// Adds the flows to the process and links its nodes. Says whether every reference was found.
pub(super) fn link(
    process: &mut Process,
    flows: &[Node<'_>],
    defaults: &[(usize, &str)],
    findings: &mut Findings,
) -> bool {
    let nodes: BTreeMap<String, NodeIndex> = (0_u32..)
        .zip(&process.nodes)
        .map(|(index, node)| (node.id.as_str().to_owned(), NodeIndex(index)))
        .collect();
    let mut ids: BTreeSet<String> =
        flows.iter().filter_map(|f| f.id()).map(str::to_owned).collect();
    let mut is_whole = true;
    for flow in flows {
        check_attributes(*flow, findings);
        let source = end(*flow, "sourceRef", "flow-source-missing", &nodes, findings);
        let target = end(*flow, "targetRef", "flow-target-missing", &nodes, findings);
        let condition = condition(*flow, findings);
        let (Some(source), Some(target)) = (source, target) else {
            is_whole = false;
            continue;
        };
        let index = FlowIndex(u32::try_from(process.flows.len()).expect("elements are limited"));
        process.nodes[source.0 as usize].outgoing.push(index);
        process.nodes[target.0 as usize].incoming.push(index);
        process.flows.push(SequenceFlow {
            id: SequenceFlowId::new(flow_id(*flow, &mut ids)),
            name: Arc::from(flow.name()),
            source,
            target,
            condition,
            position: flow.position(),
        });
    }
    set_defaults(process, defaults, is_whole, findings);
    is_whole
}

/// The id of a flow; BPMN lets it be absent, then it is made of its ends.
fn flow_id(flow: Node<'_>, ids: &mut BTreeSet<String>) -> String {
    if let Some(id) = flow.id() {
        return id.to_owned();
    }
    let end = |name| flow.attribute(name).unwrap_or_default();
    let base = format!("{}-to-{}", end("sourceRef"), end("targetRef"));
    let mut id = base.clone();
    for number in 2_u32.. {
        if ids.insert(id.clone()) {
            break;
        }
        id = format!("{base}-{number}");
    }
    id
}

fn end(
    flow: Node<'_>,
    attribute: &str,
    rule: &str,
    nodes: &BTreeMap<String, NodeIndex>,
    findings: &mut Findings,
) -> Option<NodeIndex> {
    let side = if attribute == "sourceRef" { "starts" } else { "ends" };
    let Some(reference) = flow.attribute(attribute).filter(|reference| !reference.is_empty())
    else {
        let message = format!("The sequence flow does not say where it {side}.");
        findings.error(rule, flow, message, format!("Give it {attribute}."));
        return None;
    };
    if let Some(index) = nodes.get(reference) {
        return Some(*index);
    }
    let cut: String = reference.chars().take(255).collect();
    let message = format!(
        "The sequence flow {side} at “{cut}”, which is no executable node of this process."
    );
    let remedy = "Connect it to a node of the same process, or remove it.";
    findings.error(rule, flow, message, remedy);
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
