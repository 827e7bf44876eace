//! `process`: its nodes and flows, linked by index.

use std::collections::BTreeSet;

use crate::bpmn::model::{FlowNode, Process};
use crate::diagnostic::findings::{Findings, Place};
use crate::ids::ProcessId;
use crate::xml::{Namespace, Node};

use super::flows::Links;
use super::supported::{Support, support};
use super::{extensions, flows, nodes};

/// Reads an executable process. The flag says whether all of it could be read: where parts were
/// refused, rules about the whole graph would only repeat that.
pub(super) fn read(node: Node<'_>, findings: &mut Findings) -> Option<(Process, bool)> {
    let Some(id) = node.id() else {
        let message = "The process has no id.";
        findings.error("id-missing", node, message, "Give it an id.");
        return None;
    };
    nodes::check_attributes(node, findings);
    let parts = extensions::read(node, findings);
    let mut process = Process {
        id: ProcessId::from(id),
        name: if node.name().is_empty() { id.to_owned() } else { node.name().to_owned() },
        is_executable: true,
        version_tag: parts.version_tag,
        documentation: nodes::documentation(node),
        properties: parts.properties,
        nodes: Vec::new(),
        flows: Vec::new(),
        position: node.position(),
    };
    let mut content = Content::default();
    for child in node.children() {
        content.add(child, findings);
    }
    process.nodes = std::mem::take(&mut content.nodes);
    let is_whole = content.refused.is_empty() && !content.has_nameless;
    let is_linked = flows::link(&mut process, &content.links(), findings);
    check_lanes(node, &process, findings);
    Some((process, is_whole && is_linked))
}

/// What a process holds, before its flows are linked.
#[derive(Default)]
struct Content<'t> {
    nodes: Vec<FlowNode>,
    flows: Vec<Node<'t>>,
    /// Node by index, and the id of its default flow.
    defaults: Vec<(usize, &'t str)>,
    /// Ids of nodes that were refused.
    refused: BTreeSet<&'t str>,
    /// Whether a node without an id was refused.
    has_nameless: bool,
}

impl<'t> Content<'t> {
    fn links(&self) -> Links<'_, 't> {
        Links { flows: &self.flows, defaults: &self.defaults, refused: &self.refused }
    }

    fn refuse(&mut self, child: Node<'t>) {
        match child.id() {
            Some(id) => {
                self.refused.insert(id);
            }
            None => self.has_nameless = true,
        }
    }

    fn add(&mut self, child: Node<'t>, findings: &mut Findings) {
        if child.namespace() != Namespace::Bpmn {
            return;
        }
        match support(child.local()) {
            Some(Support::FlowNode) => match nodes::read(child, findings) {
                Some(node) => {
                    if let Some(default) = child.attribute("default") {
                        self.defaults.push((self.nodes.len(), default));
                    }
                    self.nodes.push(node);
                }
                None => self.refuse(child),
            },
            Some(Support::SequenceFlow) => self.flows.push(child),
            Some(Support::Drawn | Support::Part) => {}
            Some(Support::Ignored) => {
                let message = format!("<{}> has no effect here.", child.qualified());
                let remedy = "Remove it, or keep it as a note for other tools.";
                findings.warning("element-ignored", child, message, remedy);
            }
            Some(Support::Refused(remedy)) => {
                self.refuse(child);
                let message = match child.attribute("scriptFormat") {
                    Some(language) => {
                        let cut: String = language.chars().take(64).collect();
                        format!("<{}> in “{cut}” cannot be executed.", child.qualified())
                    }
                    None => format!("<{}> cannot be executed yet.", child.qualified()),
                };
                findings.error("element-unsupported", child, message, remedy);
            }
            None => {
                self.refuse(child);
                let message = format!("BPMN has no <{}> in a process.", child.qualified());
                findings.error("element-unknown", child, message, "Correct its name or remove it.");
            }
        }
    }
}

/// Lanes are drawn only; a node they name must exist all the same.
fn check_lanes(node: Node<'_>, process: &Process, findings: &mut Findings) {
    let nodes = process.nodes.iter().map(|node| node.id.as_str());
    let known: BTreeSet<&str> = nodes.chain(node.children().filter_map(Node::id)).collect();
    let mut open: Vec<Node<'_>> = node.children().filter(|c| c.is_bpmn("laneSet")).collect();
    while let Some(part) = open.pop() {
        for child in part.children() {
            if child.is_bpmn("lane") || child.is_bpmn("childLaneSet") {
                open.push(child);
            } else if child.is_bpmn("flowNodeRef") {
                let reference = child.text();
                if !known.contains(reference) {
                    let place = Place::from(part).at(child.position());
                    let message = format!("The lane names “{reference}”, which is missing.");
                    findings.warning("lane-node-missing", place, message, "Remove the entry.");
                }
            }
        }
    }
}
