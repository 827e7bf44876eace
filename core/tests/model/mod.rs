//! Random sound process models, built from blocks that each have one way in and one way out.

use std::collections::BTreeMap;

use proptest::prelude::*;
use spartito_core::bpmn::diagnostic::Position;
use spartito_core::bpmn::model::{
    FlowIndex, FlowNode, FlowNodeKind, Mapping, NodeIndex, Process, ScriptTask, SequenceFlow,
    ServiceTask, SubProcess, SubProcessKind, Text, UserTask,
};
use spartito_core::ids::{FlowNodeId, ProcessId, SequenceFlowId};

/// A part of a model with one way in and one way out.
#[derive(Debug, Clone)]
pub enum Block {
    /// A service task.
    Service,
    /// A service task with input and output mappings.
    Mapped,
    /// A user task.
    User,
    /// An exclusive gateway whose condition may be neither true nor false.
    Gate,
    /// A task of no kind.
    Pass,
    /// A script task that counts.
    Script,
    /// A service task with a condition on one of its flows, and a default flow.
    Choice,
    /// One after the other.
    Sequence(Vec<Block>),
    /// One of them.
    Exclusive(Vec<Block>),
    /// All of them, between parallel gateways.
    Parallel(Vec<Block>),
    /// All of them; the fork is a service task with several flows.
    Fork(Vec<Block>),
    /// Those whose condition holds, between inclusive gateways.
    Inclusive(Vec<Block>),
    /// In a sub-process; whether a terminate end ends it.
    Sub(Box<Block>, bool),
    /// In a sub-process beside a service task that nothing follows, each from a begin of its own.
    Beside(Box<Block>),
    /// Up to three times.
    Loop(Box<Block>),
}

/// A random block.
pub fn block() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        3 => Just(Block::Service),
        2 => Just(Block::Mapped),
        3 => Just(Block::User),
        1 => Just(Block::Gate),
        1 => Just(Block::Choice),
        1 => Just(Block::Pass),
        1 => Just(Block::Script),
    ];
    leaf.prop_recursive(3, 14, 3, |inner| {
        let some = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            2 => some().prop_map(Block::Sequence),
            2 => some().prop_map(Block::Exclusive),
            2 => some().prop_map(Block::Parallel),
            1 => some().prop_map(Block::Fork),
            2 => some().prop_map(Block::Inclusive),
            2 => (inner.clone(), any::<bool>())
                .prop_map(|(body, terminates)| Block::Sub(Box::new(body), terminates)),
            1 => inner.clone().prop_map(|body| Block::Beside(Box::new(body))),
            1 => inner.clone().prop_map(|body| Block::Loop(Box::new(body))),
        ]
    })
}

/// The process that runs `block` from its start to its end.
pub fn process(block: &Block, terminates: bool) -> Process {
    let mut builder = Builder::default();
    let start = builder.node("start", FlowNodeKind::none_start());
    let (first, last) = builder.block(block);
    let end = if terminates { FlowNodeKind::terminate_end() } else { FlowNodeKind::none_end() };
    let end = builder.node("end", end);
    builder.flow(start, first, None);
    builder.flow(last, end, None);
    Process {
        id: ProcessId::from("random"),
        name: "Random".to_owned(),
        is_executable: true,
        version_tag: None,
        documentation: None,
        properties: BTreeMap::new(),
        children: builder.children,
        nodes: builder.nodes,
        flows: builder.flows,
        lanes: Vec::new(),
        data: Vec::new(),
        message_flows: Vec::new(),
        position: Position::default(),
    }
}

#[derive(Default)]
struct Builder {
    nodes: Vec<FlowNode>,
    flows: Vec<SequenceFlow>,
    /// Nodes of the process itself.
    children: Vec<NodeIndex>,
    /// The sub-process that nodes are added to.
    scope: Option<NodeIndex>,
}

impl Builder {
    /// Adds `block` and gives its first and its last node.
    fn block(&mut self, block: &Block) -> (NodeIndex, NodeIndex) {
        match block {
            Block::Service => self.single("service", service()),
            Block::User => self.single("user", FlowNodeKind::UserTask(UserTask::default())),
            Block::Pass => self.single("pass", FlowNodeKind::Task),
            Block::Script => {
                let script = text("=rounds + 0");
                let result_variable = Some("rounds".to_owned());
                let script = ScriptTask::Feel { script, result_variable };
                self.single("script", FlowNodeKind::ScriptTask(script))
            }
            Block::Mapped => {
                let (node, _) = self.single("mapped", service());
                self.map(node, &[("=route", "own"), ("text", "parts.name")], true);
                self.map(node, &[("=own", "route"), ("=result_1", "kept.one")], false);
                (node, node)
            }
            Block::Gate => {
                let gate = self.node("gate", FlowNodeKind::ExclusiveGateway);
                let merge = self.node("merge", FlowNodeKind::ExclusiveGateway);
                self.flow(gate, merge, Some("ready"));
                self.default_flow(gate, merge);
                (gate, merge)
            }
            Block::Choice => {
                let task = self.node("choice", service());
                let merge = self.node("merge", FlowNodeKind::ExclusiveGateway);
                self.flow(task, merge, Some("=route = 1"));
                self.default_flow(task, merge);
                (task, merge)
            }
            Block::Sequence(blocks) => {
                let ends: Vec<_> = blocks.iter().map(|block| self.block(block)).collect();
                for pair in ends.windows(2) {
                    self.flow(pair[0].1, pair[1].0, None);
                }
                (ends[0].0, ends[ends.len() - 1].1)
            }
            Block::Exclusive(blocks) => self.exclusive(blocks),
            Block::Parallel(blocks) => {
                let fork = self.node("fork", FlowNodeKind::ParallelGateway);
                self.joined(fork, blocks)
            }
            Block::Fork(blocks) => {
                let fork = self.node("forking", service());
                self.joined(fork, blocks)
            }
            Block::Inclusive(blocks) => self.inclusive(blocks),
            Block::Sub(body, terminates) => {
                let end = if *terminates {
                    FlowNodeKind::terminate_end()
                } else {
                    FlowNodeKind::none_end()
                };
                self.sub_process(|builder| {
                    let begin = builder.node("begin", FlowNodeKind::none_start());
                    let (first, last) = builder.block(body);
                    let end = builder.node("inner_end", end);
                    builder.flow(begin, first, None);
                    builder.flow(last, end, None);
                })
            }
            Block::Beside(body) => self.sub_process(|builder| {
                builder.block(body);
                builder.node("beside", service());
            }),
            Block::Loop(body) => self.looped(body),
        }
    }

    fn exclusive(&mut self, blocks: &[Block]) -> (NodeIndex, NodeIndex) {
        let split = self.node("split", FlowNodeKind::ExclusiveGateway);
        let merge = self.node("merge", FlowNodeKind::ExclusiveGateway);
        for (number, block) in blocks.iter().enumerate() {
            let (first, last) = self.block(block);
            if number == 0 {
                self.default_flow(split, first);
            } else {
                self.flow(split, first, Some(&format!("route = {number}")));
            }
            self.flow(last, merge, None);
        }
        (split, merge)
    }

    fn inclusive(&mut self, blocks: &[Block]) -> (NodeIndex, NodeIndex) {
        let split = self.node("ways", FlowNodeKind::InclusiveGateway);
        let join = self.node("joined", FlowNodeKind::InclusiveGateway);
        for (number, block) in blocks.iter().enumerate() {
            let (first, last) = self.block(block);
            if number == 0 {
                self.default_flow(split, first);
            } else {
                self.flow(split, first, Some(&format!("route >= {number}")));
            }
            self.flow(last, join, None);
        }
        (split, join)
    }

    fn sub_process(&mut self, inside: impl FnOnce(&mut Self)) -> (NodeIndex, NodeIndex) {
        let kind = SubProcess { kind: SubProcessKind::Embedded, children: Vec::new() };
        let sub = self.node("sub", FlowNodeKind::SubProcess(kind));
        let around = self.scope.replace(sub);
        inside(self);
        self.scope = around;
        (sub, sub)
    }

    fn joined(&mut self, fork: NodeIndex, blocks: &[Block]) -> (NodeIndex, NodeIndex) {
        let join = self.node("join", FlowNodeKind::ParallelGateway);
        for block in blocks {
            let (first, last) = self.block(block);
            self.flow(fork, first, None);
            self.flow(last, join, None);
        }
        (fork, join)
    }

    fn looped(&mut self, body: &Block) -> (NodeIndex, NodeIndex) {
        let merge = self.node("again", FlowNodeKind::ExclusiveGateway);
        let (first, last) = self.block(body);
        let counter = self.node("counter", service());
        self.map(counter, &[("=rounds + 1", "rounds")], false);
        let split = self.node("enough", FlowNodeKind::ExclusiveGateway);
        let exit = self.node("exit", FlowNodeKind::ExclusiveGateway);
        self.flow(merge, first, None);
        self.flow(last, counter, None);
        self.flow(counter, split, None);
        self.flow(split, merge, Some("rounds < 3"));
        self.default_flow(split, exit);
        (merge, exit)
    }

    fn single(&mut self, name: &str, kind: FlowNodeKind) -> (NodeIndex, NodeIndex) {
        let node = self.node(name, kind);
        (node, node)
    }

    fn node(&mut self, name: &str, kind: FlowNodeKind) -> NodeIndex {
        let index = NodeIndex(u32::try_from(self.nodes.len()).expect("a small model"));
        let id = FlowNodeId::new(format!("{name}_{}", index.0));
        self.nodes.push(FlowNode { scope: self.scope, ..FlowNode::new(id, kind) });
        match self.scope {
            None => self.children.push(index),
            Some(scope) => {
                if let FlowNodeKind::SubProcess(sub) = &mut self.nodes[scope.0 as usize].kind {
                    sub.children.push(index);
                }
            }
        }
        index
    }

    fn flow(&mut self, source: NodeIndex, target: NodeIndex, condition: Option<&str>) -> FlowIndex {
        let index = FlowIndex(u32::try_from(self.flows.len()).expect("a small model"));
        self.flows.push(SequenceFlow {
            id: SequenceFlowId::new(format!("flow_{}", index.0)),
            name: "".into(),
            source,
            target,
            condition: condition.map(text),
            position: Position::default(),
        });
        self.nodes[source.0 as usize].outgoing.push(index);
        self.nodes[target.0 as usize].incoming.push(index);
        index
    }

    fn default_flow(&mut self, source: NodeIndex, target: NodeIndex) {
        let flow = self.flow(source, target, None);
        self.nodes[source.0 as usize].default_flow = Some(flow);
    }

    fn map(&mut self, node: NodeIndex, lines: &[(&str, &str)], is_input: bool) {
        let node = &mut self.nodes[node.0 as usize];
        let side = if is_input { &mut node.inputs } else { &mut node.outputs };
        side.extend(lines.iter().map(|(source, target)| Mapping {
            source: text(source),
            target: (*target).to_owned(),
        }));
    }
}

fn service() -> FlowNodeKind {
    let task =
        ServiceTask { job_type: text("work"), retries: None, backoff: None, headers: Vec::new() };
    FlowNodeKind::ServiceTask(task)
}

fn text(text: &str) -> Text {
    Text { text: text.to_owned(), position: Position::default() }
}
