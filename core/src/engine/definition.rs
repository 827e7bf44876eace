//! A process ready to run: every expression parsed once, every reference an index.
//!
//! Never changes after deployment; shared by all turns of its instances.

mod compile;
mod data;
mod event;
mod graph;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::decisions::DeployedDecisions;
use super::expression::Expression;

use crate::bpmn::diagnostic::Diagnostic;
use crate::bpmn::model::{Binding, FlowIndex, NodeIndex, Process, ResultShape};
use crate::ids::{
    DefinitionKey, DeploymentKey, FlowNodeId, FormId, FormKey, ProcessId, SequenceFlowId,
};
use crate::time::IsoDuration;
use crate::value::{Value, Variables};
pub(super) use event::{
    AdHocExpressions, CallExpressions, ConditionExpression, EventExpression, LoopExpressions,
    MessageExpressions, TimerExpression, TimerKind,
};

/// What is deployed, as one turn sees it.
#[derive(Debug, Clone, Copy)]
pub struct Deployed<'d> {
    /// The version of the process that the instance runs; of a migration, the target.
    pub process: &'d ExecutableProcess,
    /// The current version of each form.
    pub forms: &'d BTreeMap<FormId, FormKey>,
    /// All versions of all decisions.
    pub decisions: &'d DeployedDecisions,
    /// The deployment that brought the version of the process.
    pub deployment: DeploymentKey,
    /// Of a migration, the version that the instance runs so far; else `None`.
    pub from: Option<&'d ExecutableProcess>,
}

/// One deployed version of a process.
#[derive(Debug)]
pub struct ExecutableProcess {
    key: DefinitionKey,
    version: u32,
    model: Process,
    nodes: Vec<Node>,
    /// By flow.
    conditions: Vec<Option<Expression>>,
    /// The inclusive and complex gateways that join, by scope.
    late_joins: BTreeMap<Option<NodeIndex>, Vec<NodeIndex>>,
    has_complex_gateway: bool,
    /// Variables of the process that the model itself gives.
    initial: Variables,
    node_indices: BTreeMap<FlowNodeId, NodeIndex>,
    flow_indices: BTreeMap<SequenceFlowId, FlowIndex>,
}

impl ExecutableProcess {
    /// Makes `process` ready to run as version `version`.
    ///
    /// # Errors
    /// All expressions that are not FEEL, by position. What can be said without knowing FEEL was
    /// said when the model was read.
    pub fn compile(
        key: DefinitionKey,
        version: u32,
        process: Process,
    ) -> Result<Self, Vec<Diagnostic>> {
        compile::compile(key, version, process)
    }

    /// The key of this version.
    pub fn key(&self) -> DefinitionKey {
        self.key
    }

    /// The number of this version, from 1.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The variables of a new instance that is started with `given`: beside them, what data objects
    /// hold at first.
    pub(super) fn first_variables(&self, given: &Variables) -> Variables {
        let mut first = given.clone();
        for (name, value) in self.initial.iter() {
            if first.get(name).is_none() {
                first.insert(name.clone(), value.clone());
            }
        }
        first
    }

    /// The process.
    pub fn id(&self) -> &ProcessId {
        &self.model.id
    }

    /// The model as it was read.
    pub fn model(&self) -> &Process {
        &self.model
    }

    /// Where the node `id` stands in the model.
    pub fn node_index(&self, id: &FlowNodeId) -> Option<NodeIndex> {
        self.node_indices.get(id).copied()
    }

    /// Where the flow `id` stands in the model.
    pub fn flow_index(&self, id: &SequenceFlowId) -> Option<FlowIndex> {
        self.flow_indices.get(id).copied()
    }

    /// How long the model asks to wait before the job of the node `id` is tried again
    /// (`failedJobRetryTimeCycle`); `None` where it leaves that to who drives the engine.
    pub fn retry_backoff(&self, id: &FlowNodeId) -> Option<IsoDuration> {
        let task = self.model.node(self.node_index(id)?).kind.service()?;
        let backoff = IsoDuration::parse(task.backoff.as_ref()?.text.trim()).ok()?;
        (!backoff.is_negative()).then_some(backoff)
    }

    pub(super) fn node(&self, index: NodeIndex) -> &Node {
        &self.nodes[index.0 as usize]
    }

    pub(super) fn node_id(&self, index: NodeIndex) -> &FlowNodeId {
        &self.model.node(index).id
    }

    pub(super) fn flow_id(&self, index: FlowIndex) -> &SequenceFlowId {
        &self.model.flow(index).id
    }

    pub(super) fn target(&self, index: FlowIndex) -> NodeIndex {
        self.model.flow(index).target
    }

    pub(super) fn outgoing(&self, index: NodeIndex) -> &[FlowIndex] {
        &self.model.node(index).outgoing
    }

    pub(super) fn default_flow(&self, index: NodeIndex) -> Option<FlowIndex> {
        self.model.node(index).default_flow
    }

    pub(super) fn condition(&self, index: FlowIndex) -> Option<&Expression> {
        self.conditions[index.0 as usize].as_ref()
    }

    /// The flows that must all hold a token before the node is entered; `None` when each token
    /// enters by itself.
    pub(super) fn joined_flows(&self, index: NodeIndex) -> Option<&[FlowIndex]> {
        let incoming = &self.model.node(index).incoming;
        let joins = matches!(self.node(index).behavior, Behavior::ParallelGateway);
        (joins && incoming.len() > 1).then_some(incoming)
    }

    /// Whether the gateway waits for what may still come, beside the flows that hold a token.
    pub(super) fn joins_late(&self, index: NodeIndex) -> bool {
        let late = matches!(self.node(index).behavior, Behavior::InclusiveGateway);
        (late && self.model.node(index).incoming.len() > 1) || self.is_complex(index)
    }

    /// Whether it is a complex gateway.
    pub(super) fn is_complex(&self, index: NodeIndex) -> bool {
        matches!(self.node(index).behavior, Behavior::ComplexGateway(_))
    }

    /// Whether a gateway anywhere asks for data before it starts.
    pub(super) fn has_complex_gateway(&self) -> bool {
        self.has_complex_gateway
    }

    /// The node in words, for messages: its name, or else its id.
    pub(super) fn described(&self, index: NodeIndex) -> String {
        let node = self.model.node(index);
        if node.name.is_empty() {
            format!("“{}”", node.id)
        } else {
            format!("“{}”", node.name)
        }
    }
}

/// What a flow node does.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) behavior: Behavior,
    pub(super) inputs: Vec<Mapping>,
    pub(super) outputs: Vec<Mapping>,
    /// Variables of its own that hide those around it, with what they hold at first.
    pub(super) declared: Vec<(Arc<str>, Value)>,
    /// What an event catches or throws, in document order.
    pub(super) events: Vec<EventExpression>,
    pub(super) repetition: Option<LoopExpressions>,
}

/// What kind of node it is, with its expressions.
#[derive(Debug)]
pub(super) enum Behavior {
    StartEvent,
    EndEvent,
    /// Intermediate events that throw or only mark a place.
    Throw,
    /// Intermediate events and receive tasks.
    Catch,
    Boundary,
    /// Tasks that are done at once.
    Task,
    Script {
        script: Expression,
        result: Option<Arc<str>>,
    },
    UserTask(Box<UserTaskExpressions>),
    ServiceTask(ServiceTaskExpressions),
    CalledDecision(Box<CalledDecision>),
    Call(Box<CallExpressions>),
    SubProcess,
    AdHoc(Box<AdHocExpressions>),
    ExclusiveGateway,
    ParallelGateway,
    InclusiveGateway,
    /// With its activation condition.
    ComplexGateway(Option<Expression>),
    EventGateway,
}

/// One line of an input or output mapping.
#[derive(Debug)]
pub(super) struct Mapping {
    pub(super) source: Expression,
    /// The variable.
    pub(super) name: Arc<str>,
    /// Names inside it, from the outermost; empty for the whole variable.
    pub(super) path: Vec<Arc<str>>,
}

/// The attributes of a user task.
#[derive(Debug, Default)]
pub(super) struct UserTaskExpressions {
    pub(super) form: Option<FormId>,
    pub(super) assignee: Option<Expression>,
    pub(super) candidate_groups: Option<Expression>,
    pub(super) candidate_users: Option<Expression>,
    pub(super) due_date: Option<Expression>,
    pub(super) follow_up_date: Option<Expression>,
    pub(super) priority: Option<Expression>,
    pub(super) summary: Option<Expression>,
}

/// The attributes of a service task.
#[derive(Debug)]
pub(super) struct ServiceTaskExpressions {
    pub(super) job_type: Expression,
    pub(super) retries: Option<Expression>,
    pub(super) priority: Option<Expression>,
}

/// What a business rule task calls.
#[derive(Debug)]
pub(super) struct CalledDecision {
    pub(super) decision: Expression,
    pub(super) binding: Binding,
    /// `None` where every output becomes a variable.
    pub(super) result_variable: Option<Arc<str>>,
    pub(super) shape: ResultShape,
}
