//! The semantic part of a model: processes, flow nodes and sequence flows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::diagnostic::Position;
use super::diagram::Diagram;
use crate::ids::{FlowNodeId, FormId, ProcessId, SequenceFlowId};

/// All that one BPMN file says.
#[derive(Debug, Clone)]
pub struct Definitions {
    /// The processes, in document order.
    pub processes: Vec<Process>,
    /// The drawing, empty where the file has none.
    pub diagram: Diagram,
}

/// Index of a flow node in [`Process::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(pub u32);

/// Index of a sequence flow in [`Process::flows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowIndex(pub u32);

/// A process that can be deployed. References hold: every index points to a node or flow.
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
    /// Text of `documentation`.
    pub documentation: Option<String>,
    /// `zeebe:properties` by name, such as `spartito:businessKeyPrefix`.
    pub properties: BTreeMap<String, String>,
    /// Flow nodes in document order.
    pub nodes: Vec<FlowNode>,
    /// Sequence flows in document order.
    pub flows: Vec<SequenceFlow>,
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
    /// Incoming flows, in document order.
    pub incoming: Vec<FlowIndex>,
    /// Outgoing flows, in document order.
    pub outgoing: Vec<FlowIndex>,
    /// The default flow, one of `outgoing`.
    pub default_flow: Option<FlowIndex>,
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

/// Kinds of flow nodes that can be executed.
#[derive(Debug, Clone)]
pub enum FlowNodeKind {
    /// None start event.
    StartEvent {
        /// The form that asks for the first variables.
        form: Option<FormId>,
    },
    /// None end event.
    EndEvent,
    /// Terminate end event.
    TerminateEndEvent,
    /// Task for a person.
    UserTask(UserTask),
    /// Task for a system.
    ServiceTask(ServiceTask),
    /// Task that a decision, or a system, answers.
    BusinessRuleTask(BusinessRuleTask),
    /// Exclusive gateway.
    ExclusiveGateway,
    /// Parallel gateway.
    ParallelGateway,
}

impl FlowNodeKind {
    /// The work for a system that a node of this kind makes, where it makes any.
    pub fn service(&self) -> Option<&ServiceTask> {
        match self {
            Self::ServiceTask(task) | Self::BusinessRuleTask(BusinessRuleTask::Job(task)) => {
                Some(task)
            }
            Self::BusinessRuleTask(BusinessRuleTask::Decision(_))
            | Self::StartEvent { .. }
            | Self::EndEvent
            | Self::TerminateEndEvent
            | Self::UserTask(_)
            | Self::ExclusiveGateway
            | Self::ParallelGateway => None,
        }
    }

    /// The decision that a node of this kind calls, where it calls any.
    pub fn called_decision(&self) -> Option<&CalledDecision> {
        match self {
            Self::BusinessRuleTask(BusinessRuleTask::Decision(called)) => Some(called),
            Self::BusinessRuleTask(BusinessRuleTask::Job(_))
            | Self::ServiceTask(_)
            | Self::StartEvent { .. }
            | Self::EndEvent
            | Self::TerminateEndEvent
            | Self::UserTask(_)
            | Self::ExclusiveGateway
            | Self::ParallelGateway => None,
        }
    }
}

/// What a user task asks for. Texts beginning with `=` are FEEL, others literal.
#[derive(Debug, Clone, Default)]
pub struct UserTask {
    /// `zeebe:formDefinition formId`.
    pub form: Option<FormId>,
    /// `zeebe:assignmentDefinition assignee`.
    pub assignee: Option<Text>,
    /// `candidateGroups`: names separated by commas, or FEEL that yields a list.
    pub candidate_groups: Option<Text>,
    /// `candidateUsers`: names separated by commas, or FEEL that yields a list.
    pub candidate_users: Option<Text>,
    /// `zeebe:taskSchedule dueDate`: ISO 8601 date-time, or FEEL that yields one.
    pub due_date: Option<Text>,
    /// `zeebe:taskSchedule followUpDate`.
    pub follow_up_date: Option<Text>,
    /// `zeebe:priorityDefinition priority`: 0 to 100, 50 where absent.
    pub priority: Option<Text>,
}

/// What a service task asks for.
#[derive(Debug, Clone)]
pub struct ServiceTask {
    /// `zeebe:taskDefinition type`; the element's id where the model gives none.
    pub job_type: Text,
    /// `zeebe:taskDefinition retries`; 3 where absent.
    pub retries: Option<Text>,
    /// `zeebe:taskHeaders`, in document order.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
}

/// Who answers a business rule task.
#[derive(Debug, Clone)]
pub enum BusinessRuleTask {
    /// A decision of a DMN model, evaluated in the same turn.
    Decision(CalledDecision),
    /// A system: a rule engine elsewhere (`zeebe:taskDefinition`, or an external task).
    Job(ServiceTask),
}

/// The decision that a business rule task calls.
#[derive(Debug, Clone)]
pub struct CalledDecision {
    /// Id of the decision or decision service; FEEL that yields one when it begins with `=`.
    pub decision: Text,
    /// Which version is called.
    pub binding: Binding,
    /// The variable that takes the result; `None` where every output becomes a variable.
    pub result_variable: Option<String>,
    /// The form that the result takes.
    pub shape: ResultShape,
}

/// Which version of a decision is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// The latest version at the moment of the call.
    Latest,
    /// The version that was deployed together with the process.
    Deployment,
    /// The latest version that carries this `versionTag`.
    VersionTag(String),
    /// The version of this number, from 1.
    Version(u32),
}

/// The form that the result of a decision takes as process data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultShape {
    /// As DMN gives it: a value, a context of outputs, or a list of these.
    Dmn,
    /// A list with a context of outputs for every matching rule (`resultList`).
    List,
    /// The context of outputs of the one matching rule (`singleResult`).
    Single,
    /// The one output of the one matching rule (`singleEntry`).
    Entry,
    /// The one output of every matching rule, as a list (`collectEntries`).
    Entries,
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
