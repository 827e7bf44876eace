//! Random sound process models, built from blocks that each have one way in and one way out.

mod scopes;

use std::collections::BTreeMap;

use proptest::prelude::*;
use spartito_core::bpmn::diagnostic::Position;
use spartito_core::bpmn::model::{
    BoundaryEvent, CatchEvent, CompensationEventDefinition, ComplexGateway, Condition,
    ErrorEventDefinition, EventBasedGateway, EventDefinition, FlowIndex, FlowNode, FlowNodeKind,
    LoopCharacteristics, Mapping, MultiInstance, MultiInstanceBehavior, NodeIndex, Process,
    ReceiveTask, SequenceFlow, ServiceTask, SubProcessKind, Text, ThrowEvent, Timer, UserTask,
};
use spartito_core::ids::{FlowNodeId, ProcessId, SequenceFlowId};

use scopes::{Beside, beside};

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
    /// Up to three times.
    Loop(Box<Block>),
    /// A task that is done at once.
    Plain,
    /// An intermediate timer.
    Timer,
    /// A receive task.
    Receive,
    /// An event whose condition may be neither true nor false.
    Condition,
    /// A user task twice, in parallel or one after the other.
    Twice(bool),
    /// A user task that a timer ends, or one that a timer leaves alone.
    Limited(bool),
    /// The first of a message and a timer.
    Race,
    /// A sub-process, which an error on its border can end.
    Scope(Box<Block>),
    /// As many of them as conditions say, between inclusive gateways.
    Inclusive(Vec<Block>),
    /// The first of them, by a complex gateway that swallows the others.
    First(Vec<Block>),
    /// A service task that is compensated right away.
    Undone,
    /// A service task that can be compensated, by whoever does so.
    Undoable,
    /// A transaction, which data can cancel.
    Transaction(Box<Block>),
    /// A sub-process that throws an escalation; whether that interrupts it.
    Escalated(Box<Block>, bool),
    /// A sub-process with event sub-processes beside.
    Eventful(Box<Block>, Vec<Beside>),
    /// A sub-process twice, in parallel or one after the other.
    Times(Box<Block>, bool),
    /// An ad-hoc sub-process: whether a job directs it, and whether one is done at a time.
    AdHoc(bool, bool, Option<Beside>),
    /// A call activity.
    Call,
    /// An event that throws a signal.
    Signals,
    /// An event that waits for a signal.
    Hears,
    /// An event that throws an escalation.
    Escalates,
    /// Two link events.
    Linked,
}

/// A random block.
pub fn block() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        3 => Just(Block::Service),
        2 => Just(Block::Mapped),
        3 => Just(Block::User),
        1 => Just(Block::Gate),
        1 => Just(Block::Choice),
        1 => Just(Block::Plain),
        1 => Just(Block::Timer),
        1 => Just(Block::Receive),
        1 => Just(Block::Condition),
        1 => any::<bool>().prop_map(Block::Twice),
        2 => any::<bool>().prop_map(Block::Limited),
        1 => Just(Block::Race),
        1 => Just(Block::Undone),
        1 => Just(Block::Undoable),
        2 => Just(Block::Call),
        1 => Just(Block::Signals),
        1 => Just(Block::Hears),
        1 => Just(Block::Escalates),
        1 => Just(Block::Linked),
        2 => (any::<bool>(), any::<bool>(), prop::option::of(beside()))
            .prop_map(|(directed, one, beside)| Block::AdHoc(directed, one, beside)),
    ];
    leaf.prop_recursive(3, 14, 3, |inner| {
        let some = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            2 => some().prop_map(Block::Sequence),
            2 => some().prop_map(Block::Exclusive),
            2 => some().prop_map(Block::Parallel),
            1 => some().prop_map(Block::Fork),
            2 => some().prop_map(Block::Inclusive),
            2 => some().prop_map(Block::First),
            2 => inner.clone().prop_map(|body| Block::Scope(Box::new(body))),
            1 => inner.clone().prop_map(|body| Block::Loop(Box::new(body))),
            2 => inner.clone().prop_map(|body| Block::Transaction(Box::new(body))),
            1 => (inner.clone(), any::<bool>())
                .prop_map(|(body, interrupts)| Block::Escalated(Box::new(body), interrupts)),
            3 => (inner.clone(), prop::collection::vec(beside(), 1..3))
                .prop_map(|(body, beside)| Block::Eventful(Box::new(body), beside)),
            1 => (inner.clone(), any::<bool>())
                .prop_map(|(body, one)| Block::Times(Box::new(body), one)),
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
        job_priority: None,
        documentation: None,
        properties: BTreeMap::new(),
        children: builder.children(None),
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
    /// The sub-process that nodes are added to.
    scope: Option<NodeIndex>,
}

impl Builder {
    /// The nodes directly in `scope`.
    fn children(&self, scope: Option<NodeIndex>) -> Vec<NodeIndex> {
        let indices = (0..).map(NodeIndex).zip(&self.nodes);
        indices.filter(|(_, node)| node.scope == scope).map(|(index, _)| index).collect()
    }

    /// A sub-process around `body`, which an error on its border can end.
    fn scope(&mut self, body: &Block) -> (NodeIndex, NodeIndex) {
        let node = self.filled("scope", SubProcessKind::Embedded, |builder| {
            let start = builder.node("inner_start", FlowNodeKind::none_start());
            let (first, last) = builder.block(body);
            let end = builder.node("inner_end", FlowNodeKind::none_end());
            builder.flow(start, first, None);
            builder.flow(last, end, None);
        });
        let error =
            ErrorEventDefinition { error: None, code_variable: None, message_variable: None };
        let border = self.border(node, EventDefinition::Error(error), true);
        let merge = self.node("merge", FlowNodeKind::ExclusiveGateway);
        self.flow(node, merge, None);
        self.flow(border, merge, None);
        (node, merge)
    }

    fn border(
        &mut self,
        activity: NodeIndex,
        definition: EventDefinition,
        cancels_activity: bool,
    ) -> NodeIndex {
        let catch = CatchEvent { definitions: vec![definition], is_parallel: false };
        let event = BoundaryEvent {
            attached_to: activity,
            cancels_activity,
            catch,
            compensation_handler: None,
        };
        let border = self.node("border", FlowNodeKind::BoundaryEvent(event));
        self.nodes[activity.0 as usize].boundary_events.push(border);
        border
    }

    /// A user task that a timer ends, or that lets a timer pass by.
    fn limited(&mut self, interrupts: bool) -> (NodeIndex, NodeIndex) {
        let task = self.node("limited", FlowNodeKind::UserTask(UserTask::default()));
        let border = self.border(task, timer(), interrupts);
        let merge = self.node("merge", FlowNodeKind::ExclusiveGateway);
        self.flow(task, merge, None);
        if interrupts {
            self.flow(border, merge, None);
        } else {
            let end = self.node("told", FlowNodeKind::none_end());
            self.flow(border, end, None);
        }
        (task, merge)
    }

    fn race(&mut self) -> (NodeIndex, NodeIndex) {
        let gateway = EventBasedGateway { instantiates: false, is_parallel: false };
        let gateway = self.node("race", FlowNodeKind::EventBasedGateway(gateway));
        let merge = self.node("merge", FlowNodeKind::ExclusiveGateway);
        for definition in [EventDefinition::Message(None), timer()] {
            let catch = CatchEvent { definitions: vec![definition], is_parallel: false };
            let event = self.node("event", FlowNodeKind::IntermediateCatchEvent(catch));
            self.flow(gateway, event, None);
            self.flow(event, merge, None);
        }
        (gateway, merge)
    }

    fn inclusive(&mut self, blocks: &[Block]) -> (NodeIndex, NodeIndex) {
        let split = self.node("some", FlowNodeKind::InclusiveGateway);
        let merge = self.node("joined", FlowNodeKind::InclusiveGateway);
        for (number, block) in blocks.iter().enumerate() {
            let (first, last) = self.block(block);
            if number == 0 {
                self.default_flow(split, first);
            } else {
                self.flow(split, first, Some(&format!("route >= {number}")));
            }
            self.flow(last, merge, None);
        }
        (split, merge)
    }

    /// A service task, and an event that compensates all that its scope has done.
    fn undone(&mut self) -> (NodeIndex, NodeIndex) {
        let (task, _) = self.undoable();
        let definition = CompensationEventDefinition { activity: None, waits_for_completion: true };
        let definition = EventDefinition::Compensation(definition);
        let definitions = vec![definition.clone(), definition];
        let throw = ThrowEvent { definitions, job: None };
        let throw = self.node("compensate", FlowNodeKind::IntermediateThrowEvent(throw));
        self.flow(task, throw, None);
        (task, throw)
    }

    /// Adds `block` and gives its first and its last node.
    fn block(&mut self, block: &Block) -> (NodeIndex, NodeIndex) {
        match block {
            Block::Service => self.single("service", service()),
            Block::User => self.single("user", FlowNodeKind::UserTask(UserTask::default())),
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
            Block::Plain => self.single("plain", FlowNodeKind::Task),
            Block::Timer => {
                let catch = CatchEvent { definitions: vec![timer()], is_parallel: false };
                self.single("timer", FlowNodeKind::IntermediateCatchEvent(catch))
            }
            Block::Receive => {
                let task = ReceiveTask { message: None, instantiates: false };
                self.single("receive", FlowNodeKind::ReceiveTask(task))
            }
            Block::Condition => {
                let condition = Condition {
                    text: Some(text("ready")),
                    variables: Vec::new(),
                    events: Vec::new(),
                };
                let definitions = vec![EventDefinition::Conditional(condition)];
                let catch = CatchEvent { definitions, is_parallel: false };
                self.single("condition", FlowNodeKind::IntermediateCatchEvent(catch))
            }
            Block::Twice(is_sequential) => {
                let (node, _) = self.single("twice", FlowNodeKind::UserTask(UserTask::default()));
                self.nodes[node.0 as usize].loop_characteristics = Some(twice(*is_sequential));
                (node, node)
            }
            Block::Limited(interrupts) => self.limited(*interrupts),
            Block::Race => self.race(),
            Block::Scope(body) => self.scope(body),
            Block::Inclusive(blocks) => self.inclusive(blocks),
            Block::First(blocks) => self.first(blocks),
            Block::Undone => self.undone(),
            Block::Exclusive(blocks) => self.exclusive(blocks),
            Block::Parallel(blocks) => {
                let fork = self.node("fork", FlowNodeKind::ParallelGateway);
                self.joined(fork, blocks)
            }
            Block::Fork(blocks) => {
                let fork = self.node("forking", service());
                self.joined(fork, blocks)
            }
            Block::Loop(body) => self.looped(body),
            Block::Undoable => self.undoable(),
            Block::Transaction(body) => self.transaction(body),
            Block::Escalated(body, interrupts) => self.escalated(body, *interrupts),
            Block::Eventful(body, beside) => self.eventful(body, beside),
            Block::Times(body, is_sequential) => self.times(body, *is_sequential),
            Block::AdHoc(directed, is_sequential, beside) => {
                self.ad_hoc(*directed, *is_sequential, *beside)
            }
            Block::Call => self.call(),
            Block::Signals => self.thrown(scopes::signal()),
            Block::Hears => {
                let catch = CatchEvent { definitions: vec![scopes::signal()], is_parallel: false };
                self.single("hears", FlowNodeKind::IntermediateCatchEvent(catch))
            }
            Block::Escalates => self.thrown(scopes::escalation()),
            Block::Linked => self.linked(),
        }
    }

    fn first(&mut self, blocks: &[Block]) -> (NodeIndex, NodeIndex) {
        let fork = self.node("fork", FlowNodeKind::ParallelGateway);
        let activation_condition = Some(text("activationCount >= 1 and ready"));
        let gateway = ComplexGateway { activation_condition };
        let gateway = self.node("first", FlowNodeKind::ComplexGateway(gateway));
        for block in blocks {
            let (first, last) = self.block(block);
            self.flow(fork, first, None);
            self.flow(last, gateway, None);
        }
        (fork, gateway)
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
        let mut node = FlowNode::new(id, kind);
        node.scope = self.scope;
        self.nodes.push(node);
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

fn timer() -> EventDefinition {
    EventDefinition::Timer(Some(Timer::Duration(text("PT1H"))))
}

fn twice(is_sequential: bool) -> LoopCharacteristics {
    LoopCharacteristics::MultiInstance(Box::new(MultiInstance {
        is_sequential,
        cardinality: Some(text("2")),
        collection: None,
        element_variable: None,
        index_variable: None,
        output_collection: Some("outputs".to_owned()),
        output_element: Some(text("loopCounter")),
        completion_condition: None,
        behavior: MultiInstanceBehavior::All,
    }))
}

fn service() -> FlowNodeKind {
    let task = ServiceTask {
        job_type: text("work"),
        retries: None,
        backoff: None,
        priority: None,
        headers: Vec::new(),
    };
    FlowNodeKind::ServiceTask(task)
}

fn text(text: &str) -> Text {
    Text { text: text.to_owned(), position: Position::default() }
}
