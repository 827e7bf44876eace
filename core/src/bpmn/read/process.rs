//! `process`: its nodes and flows, linked by index, sub-processes and all.

use std::collections::BTreeMap;

use crate::bpmn::model::{FlowNodeKind, NodeIndex, Process};
use crate::diagnostic::findings::{Findings, cut};
use crate::ids::{FlowNodeId, ProcessId};
use crate::xml::{Namespace, Node};

use super::data::Data;
use super::file::File;
use super::known::{Part, is_sub_process, part};
use super::nodes::{self, Context, Draft};
use super::{compensation, extensions, flows, lanes, links};

/// A process, and whether all of it could be read: where parts were refused, rules about the whole
/// graph would only repeat that.
pub(super) struct ProcessDraft {
    pub(super) process: Process,
    pub(super) is_whole: bool,
}

/// Reads a process.
pub(super) fn read<'t>(
    file: &File<'t>,
    node: Node<'t>,
    is_executable: bool,
    findings: &mut Findings,
) -> Option<ProcessDraft> {
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
        is_executable,
        version_tag: parts.version_tag,
        job_priority: parts.job_priority,
        documentation: nodes::documentation(node),
        properties: parts.properties,
        nodes: Vec::new(),
        flows: Vec::new(),
        children: Vec::new(),
        lanes: Vec::new(),
        data: Vec::new(),
        message_flows: Vec::new(),
        position: node.position(),
    };
    let mut content = Content::default();
    content.collect(node, findings);
    content.data.resolve(&content.holders, file);
    let mut indices: BTreeMap<&str, NodeIndex> = BTreeMap::new();
    for (index, draft) in (0_u32..).zip(&content.nodes) {
        if let Some(id) = draft.node.id() {
            indices.entry(id).or_insert(NodeIndex(index));
        }
    }
    let context = Context { file, data: &content.data, indices: &indices };
    let mut is_whole = !content.has_refused;
    let mut numbers = 1_u32..;
    for draft in &content.nodes {
        let id = id_of(&context, draft.node, &mut numbers, findings);
        let (read, node_is_whole) = nodes::read(&context, *draft, id, findings);
        is_whole &= node_is_whole;
        process.nodes.push(read);
    }
    nest(&mut process);
    is_whole &= flows::link(&mut process, &context, &content.flows, findings);
    flows::set_defaults(&mut process, &content.nodes, is_whole, findings);
    links::pair(&mut process);
    compensation::associate(&mut process, &context, &content.holders, findings);
    lanes::read(&mut process, &context, &content.holders, findings);
    process.data = content.data.items;
    Some(ProcessDraft { process, is_whole })
}

/// The id of `node`, or one that stands for it: BPMN lets what nobody refers to have none.
fn id_of(
    context: &Context<'_, '_>,
    node: Node<'_>,
    numbers: &mut std::ops::RangeFrom<u32>,
    findings: &mut Findings,
) -> FlowNodeId {
    if let Some(id) = node.id() {
        return FlowNodeId::from(id);
    }
    let mut ids = numbers.map(|number| format!("unnamed-{}-{number}", node.local()));
    let id = ids.find(|id| context.file.element(id).is_none()).unwrap_or_default();
    let message = format!("<{}> has no id; “{id}” stands for it.", node.qualified());
    let remedy = "Give it an id, so that it keeps its name when the model changes.";
    findings.warning("id-missing", node, message, remedy);
    FlowNodeId::new(id)
}

/// Tells each scope its nodes, and each activity its boundary events.
fn nest(process: &mut Process) {
    for index in process.node_indices() {
        match process.node(index).scope {
            None => process.children.push(index),
            Some(scope) => {
                if let FlowNodeKind::SubProcess(sub) = &mut process.nodes[scope.0 as usize].kind {
                    sub.children.push(index);
                }
            }
        }
        if let FlowNodeKind::BoundaryEvent(event) = &process.node(index).kind {
            let activity = event.attached_to.0 as usize;
            process.nodes[activity].boundary_events.push(index);
        }
    }
}

/// What a process holds, before it is read.
#[derive(Default)]
struct Content<'t> {
    nodes: Vec<Draft<'t>>,
    flows: Vec<Node<'t>>,
    data: Data<'t>,
    /// The process and its sub-processes.
    holders: Vec<Node<'t>>,
    /// Whether something was left out that flows may lead to.
    has_refused: bool,
}

impl<'t> Content<'t> {
    /// Goes through the process and its sub-processes in document order.
    fn collect(&mut self, process: Node<'t>, findings: &mut Findings) {
        self.holders.push(process);
        self.data.add(process, None);
        let mut open: Vec<(Node<'t>, Option<NodeIndex>)> = Vec::new();
        push_children(&mut open, process, None);
        while let Some((node, scope)) = open.pop() {
            let Some(index) = self.add(node, scope, findings) else { continue };
            self.data.add(node, Some(index));
            if is_sub_process(node.local()) {
                self.holders.push(node);
                push_children(&mut open, node, Some(index));
            }
        }
    }

    /// Adds a child of a process or sub-process; its index where it is a flow node.
    fn add(
        &mut self,
        child: Node<'t>,
        scope: Option<NodeIndex>,
        findings: &mut Findings,
    ) -> Option<NodeIndex> {
        match part(child.local()) {
            Some(Part::FlowNode) => {
                let index = u32::try_from(self.nodes.len()).expect("elements are limited");
                self.nodes.push(Draft { node: child, scope });
                return Some(NodeIndex(index));
            }
            Some(Part::SequenceFlow) => self.flows.push(child),
            Some(Part::Other) => {}
            Some(Part::Ignored) => {
                let message = format!("<{}> has no effect here.", child.qualified());
                let remedy = "Remove it, or keep it as a note for other tools.";
                findings.warning("element-ignored", child, message, remedy);
            }
            Some(Part::Foreign(remedy)) => {
                self.has_refused = true;
                let message = format!("<{}> cannot be executed.", child.qualified());
                findings.error("element-unsupported", child, message, remedy);
            }
            None => {
                self.has_refused = true;
                let message = format!("BPMN has no <{}> in a process.", cut(child.qualified()));
                findings.error("element-unknown", child, message, "Correct its name or remove it.");
            }
        }
        None
    }
}

fn push_children<'t>(
    open: &mut Vec<(Node<'t>, Option<NodeIndex>)>,
    holder: Node<'t>,
    scope: Option<NodeIndex>,
) {
    let from = open.len();
    let children = holder.children().filter(|child| child.namespace() == Namespace::Bpmn);
    open.extend(children.map(|child| (child, scope)));
    open[from..].reverse();
}
