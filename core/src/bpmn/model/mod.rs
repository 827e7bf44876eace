//! The semantic part of a model: processes, flow nodes and sequence flows.

//!
//! Nested content is flat: all nodes of a process stand in one list, and each says in which
//! sub-process it lies. References hold: every index points to what it names.

mod activity;
mod event;
mod kind;
mod structure;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::diagnostic::Position;
use super::diagram::Diagram;
use crate::ids::{FlowNodeId, ProcessId, SequenceFlowId};

pub use activity::{
    AdHoc, Binding, BusinessRuleTask, CallActivity, CalledDecision, CalledElement, ComplexBehavior,
    DataAssociation, DataAssociations, LoopCharacteristics, MultiInstance, MultiInstanceBehavior,
    ReceiveTask, ResultShape, ScriptTask, SendTask, ServiceTask, StandardLoop, SubProcess,
    SubProcessKind, UserTask,
};
pub use event::{
    BoundaryEvent, CatchEvent, CompensationEventDefinition, Condition, Error, ErrorEventDefinition,
    Escalation, EscalationEventDefinition, EventDefinition, LinkEventDefinition, Message, Signal,
    StartEvent, ThrowEvent, Timer,
};
pub use kind::{ComplexGateway, EventBasedGateway, FlowNodeKind};
pub use structure::{
    Collaboration, DataItem, DataKind, Lane, MessageFlow, MessageFlowEnd, Participant,
};

/// All that one BPMN file says.
#[derive(Debug, Clone)]
pub struct Definitions {
    /// The processes that can be started, in document order.
    pub processes: Vec<Process>,
    /// The collaborations, in document order; the pools of a file are in one.
    pub collaborations: Vec<Collaboration>,
    /// The messages, in document order.
    pub messages: Vec<Arc<Message>>,
    /// The signals, in document order.
    pub signals: Vec<Arc<Signal>>,
    /// The errors, in document order.
    pub errors: Vec<Arc<Error>>,
    /// The escalations, in document order.
    pub escalations: Vec<Arc<Escalation>>,
    /// The drawing, empty where the file has none.
    pub diagram: Diagram,
}

/// Index of a flow node in [`Process::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(pub u32);

/// Index of a sequence flow in [`Process::flows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowIndex(pub u32);

/// Index of a lane in [`Process::lanes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneIndex(pub u32);

/// Index of a data item in [`Process::data`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataIndex(pub u32);

/// A process that can be deployed.
#[derive(Debug, Clone)]
pub struct Process {
    /// Its id; versions share it.
    pub id: ProcessId,
    /// Its name; the id where it has none.
    pub name: String,
    /// `isExecutable`; `true` where the attribute is absent and the file holds one process only.
    pub is_executable: bool,
    /// `zeebe:versionTag`, when given.
    pub version_tag: Option<String>,
    /// Which jobs come first: a whole number, higher first, where a task says nothing of its own.
    pub job_priority: Option<Text>,
    /// Text of `documentation`.
    pub documentation: Option<String>,
    /// `zeebe:properties` by name, such as `spartito:businessKeyPrefix`.
    pub properties: BTreeMap<String, String>,
    /// All flow nodes in document order, those of sub-processes behind the sub-process itself.
    pub nodes: Vec<FlowNode>,
    /// All sequence flows in document order; both ends of a flow lie in one scope.
    pub flows: Vec<SequenceFlow>,
    /// The nodes that lie in no sub-process, in document order.
    pub children: Vec<NodeIndex>,
    /// Lanes, outer before inner.
    pub lanes: Vec<Lane>,
    /// Data objects, stores, properties, inputs and outputs, in document order.
    pub data: Vec<DataItem>,
    /// The message flows of the file that begin or end in this process, in document order.
    pub message_flows: Vec<MessageFlow>,
    /// Where the process starts in the text.
    pub position: Position,
}

impl Process {
    /// The node at `index`.
    pub fn node(&self, index: NodeIndex) -> &FlowNode {
        &self.nodes[index.0 as usize]
    }

    /// The flow at `index`.
    pub fn flow(&self, index: FlowIndex) -> &SequenceFlow {
        &self.flows[index.0 as usize]
    }

    /// The data item at `index`.
    pub fn data_item(&self, index: DataIndex) -> &DataItem {
        &self.data[index.0 as usize]
    }

    /// The lane at `index`.
    pub fn lane(&self, index: LaneIndex) -> &Lane {
        &self.lanes[index.0 as usize]
    }

    /// The name of the innermost lane with a name that `node` lies in, be it with the sub-process
    /// around it.
    pub fn lane_name(&self, node: &FlowNode) -> Option<&str> {
        let mut outward =
            std::iter::successors(Some(node), |inner| inner.scope.map(|scope| self.node(scope)));
        let lane = outward.find_map(|node| node.lane)?;
        let lanes = std::iter::successors(Some(self.lane(lane)), |inner| {
            inner.parent.map(|parent| self.lane(parent))
        });
        lanes.map(|lane| lane.name.trim()).find(|name| !name.is_empty())
    }

    /// Every index of a node, in document order.
    pub fn node_indices(&self) -> impl Iterator<Item = NodeIndex> + use<> {
        (0_u32..).take(self.nodes.len()).map(NodeIndex)
    }

    /// The nodes directly in `scope`: a sub-process, or `None` for the process.
    pub fn children_of(&self, scope: Option<NodeIndex>) -> &[NodeIndex] {
        match scope {
            None => &self.children,
            Some(index) => {
                self.node(index).kind.sub_process().map_or(&[], |sub| sub.children.as_slice())
            }
        }
    }

    /// Whether `inner` is `outer` or lies in it, at any depth; `None` is the process.
    pub fn lies_in(&self, inner: Option<NodeIndex>, outer: Option<NodeIndex>) -> bool {
        let mut at = inner;
        loop {
            if at == outer {
                return true;
            }
            match at {
                Some(index) => at = self.node(index).scope,
                None => return false,
            }
        }
    }
}

/// An event, activity or gateway.
#[derive(Debug, Clone)]
pub struct FlowNode {
    /// Its id.
    pub id: FlowNodeId,
    /// Its name; empty where it has none.
    pub name: Arc<str>,
    /// What it is, with what only that kind has.
    pub kind: FlowNodeKind,
    /// The sub-process it lies in; `None` where it lies in the process itself.
    pub scope: Option<NodeIndex>,
    /// The innermost lane that names it.
    pub lane: Option<LaneIndex>,
    /// Incoming flows, in document order.
    pub incoming: Vec<FlowIndex>,
    /// Outgoing flows, in document order.
    pub outgoing: Vec<FlowIndex>,
    /// The default flow, one of `outgoing`.
    pub default_flow: Option<FlowIndex>,
    /// The boundary events attached to it, in document order.
    pub boundary_events: Vec<NodeIndex>,
    /// How an activity repeats; `None` where it does not.
    pub loop_characteristics: Option<LoopCharacteristics>,
    /// Whether it is run by compensation only.
    pub is_for_compensation: bool,
    /// What it takes from data items and gives to them.
    pub data: DataAssociations,
    /// `zeebe:ioMapping` inputs, in document order.
    pub inputs: Vec<Mapping>,
    /// `zeebe:ioMapping` outputs, in document order.
    pub outputs: Vec<Mapping>,
    /// `zeebe:properties` by name, such as `spartito:summary`.
    pub properties: BTreeMap<String, String>,
    /// Text of `documentation`.
    pub documentation: Option<String>,
    /// Where it starts in the text.
    pub position: Position,
}

impl FlowNode {
    /// A node of this kind that nothing is said of yet.
    pub fn new(id: FlowNodeId, kind: FlowNodeKind) -> Self {
        Self {
            id,
            name: Arc::from(""),
            kind,
            scope: None,
            lane: None,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            default_flow: None,
            boundary_events: Vec::new(),
            loop_characteristics: None,
            is_for_compensation: false,
            data: DataAssociations::default(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            properties: BTreeMap::new(),
            documentation: None,
            position: Position::default(),
        }
    }
}

/// Text of a model attribute, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text as it stands, with a leading `=` where it is FEEL.
    pub text: String,
    /// Where the element that carries it starts.
    pub position: Position,
}

/// One line of an input or output mapping.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// FEEL when it begins with `=`, else literal text.
    pub source: Text,
    /// Variable to set; a path `a.b` sets a part of a context.
    pub target: String,
}

/// A sequence flow.
#[derive(Debug, Clone)]
pub struct SequenceFlow {
    /// Its id.
    pub id: SequenceFlowId,
    /// Its name; empty where it has none.
    pub name: Arc<str>,
    /// Where it leaves from.
    pub source: NodeIndex,
    /// Where it leads.
    pub target: NodeIndex,
    /// `conditionExpression`: FEEL, with an optional leading `=`.
    pub condition: Option<Text>,
    /// Where it starts in the text.
    pub position: Position,
}
