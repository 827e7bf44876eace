//! Activities: tasks, calls and what makes them repeat.

use std::sync::Arc;

use super::{DataIndex, EventDefinition, FlowNodeKind, Mapping, Message, NodeIndex, Text};
use crate::ids::FormId;

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
    /// How long to wait before another attempt, ISO 8601 (`R3/PT10M` of a retry cycle gives both).
    pub backoff: Option<Text>,
    /// `zeebe:jobPriorityDefinition priority`, `camunda:taskPriority` or `camunda:jobPriority`: a
    /// whole number, higher first; that of the process where absent.
    pub priority: Option<Text>,
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

/// What a send task does: hands its message to a system, or publishes it itself.
#[derive(Debug, Clone)]
pub struct SendTask {
    /// The message, where the model names one.
    pub message: Option<Arc<Message>>,
    /// The work for a system; the element's id is its type where neither a message nor a type is
    /// named and no message flow leaves the task. `None` where the task publishes.
    pub job: Option<ServiceTask>,
}

/// What a receive task waits for.
#[derive(Debug, Clone)]
pub struct ReceiveTask {
    /// The message; `None` where only a message flow says whose it is.
    pub message: Option<Arc<Message>>,
    /// `instantiate`: whether the message starts the process.
    pub instantiates: bool,
}

/// Who carries out a script task.
#[derive(Debug, Clone)]
pub enum ScriptTask {
    /// FEEL, evaluated in the same turn.
    Feel {
        /// The expression, with an optional leading `=`.
        script: Text,
        /// The variable that takes the result.
        result_variable: Option<String>,
    },
    /// A system (`zeebe:taskDefinition`).
    Job(ServiceTask),
}

/// What a call activity calls.
#[derive(Debug, Clone)]
pub struct CallActivity {
    /// The process or the global task.
    pub called: CalledElement,
    /// Which version of a process is called.
    pub binding: Binding,
    /// The business key of the called instance; `None` where it has none of its own.
    pub business_key: Option<Text>,
    /// Whether all variables of the caller are handed over.
    pub passes_all_in: bool,
    /// Whether all variables of the called instance are handed back.
    pub passes_all_out: bool,
    /// Single variables handed over (`camunda:in`): the source is read in the caller.
    pub variables_in: Vec<Mapping>,
    /// Single variables handed back (`camunda:out`): the source is read in the called instance.
    pub variables_out: Vec<Mapping>,
}

/// What is called.
#[derive(Debug, Clone)]
pub enum CalledElement {
    /// The process of this id; FEEL when it begins with `=`.
    Process(Text),
    /// A global task of the same file, carried out in place.
    GlobalTask {
        /// Its id in the file.
        id: String,
        /// What it is: a task.
        task: Box<FlowNodeKind>,
    },
}

/// How an activity repeats.
#[derive(Debug, Clone)]
pub enum LoopCharacteristics {
    /// One after the other while a condition holds.
    Standard(StandardLoop),
    /// Once for each of several.
    MultiInstance(Box<MultiInstance>),
}

impl LoopCharacteristics {
    /// Local name of the BPMN element.
    pub const fn local_name(&self) -> &'static str {
        match self {
            Self::Standard(_) => "standardLoopCharacteristics",
            Self::MultiInstance(_) => "multiInstanceLoopCharacteristics",
        }
    }
}

/// `standardLoopCharacteristics`.
#[derive(Debug, Clone)]
pub struct StandardLoop {
    /// `testBefore`: whether the condition is asked before the first time.
    pub tests_before: bool,
    /// `loopMaximum`; FEEL when it begins with `=`. `None` for no limit of its own.
    pub maximum: Option<Text>,
    /// `loopCondition`: FEEL, with an optional leading `=`; `None` for no condition.
    pub condition: Option<Text>,
}

/// `multiInstanceLoopCharacteristics`.
#[derive(Debug, Clone)]
pub struct MultiInstance {
    /// Whether the instances run one after the other.
    pub is_sequential: bool,
    /// `loopCardinality`: FEEL that yields how many.
    pub cardinality: Option<Text>,
    /// FEEL that yields the list with one item for each instance; wins over `cardinality`.
    pub collection: Option<Text>,
    /// The variable that holds the item.
    pub element_variable: Option<String>,
    /// The variable that holds the index, from 0, where the model asks for one.
    pub index_variable: Option<String>,
    /// The variable that takes the list of results, in order of the items.
    pub output_collection: Option<String>,
    /// FEEL that yields the result of one instance.
    pub output_element: Option<Text>,
    /// FEEL; the rest is cancelled once it holds.
    pub completion_condition: Option<Text>,
    /// Which events are thrown when instances complete.
    pub behavior: MultiInstanceBehavior,
}

/// `behavior` of a multi-instance activity. A thrown event is caught on its border.
#[derive(Debug, Clone)]
pub enum MultiInstanceBehavior {
    /// No event is thrown: a token leaves once all have completed.
    All,
    /// An event at the first completion (`oneBehaviorEventRef`).
    One(Option<EventDefinition>),
    /// An event at each completion (`noneBehaviorEventRef`).
    None(Option<EventDefinition>),
    /// Each completion asks conditions in turn.
    Complex(Vec<ComplexBehavior>),
}

/// `complexBehaviorDefinition`: what is thrown when a condition holds.
#[derive(Debug, Clone)]
pub struct ComplexBehavior {
    /// FEEL, with an optional leading `=`.
    pub condition: Text,
    /// What the implicit throw event throws, in document order.
    pub events: Vec<EventDefinition>,
}

/// A sub-process: a scope of its own within a process.
#[derive(Debug, Clone)]
pub struct SubProcess {
    /// What sort it is.
    pub kind: SubProcessKind,
    /// The nodes directly inside, in document order.
    pub children: Vec<NodeIndex>,
}

/// Sorts of sub-processes.
#[derive(Debug, Clone)]
pub enum SubProcessKind {
    /// Entered by a token, left when all inside is done.
    Embedded,
    /// Started by an event while the scope around it is active (`triggeredByEvent`).
    Event,
    /// Can be cancelled, which compensates what it did.
    Transaction,
    /// Activities that people, systems or an expression choose from.
    AdHoc(Box<AdHoc>),
}

/// What an ad-hoc sub-process adds.
#[derive(Debug, Clone)]
pub struct AdHoc {
    /// `ordering`: whether only one activity may run at a time.
    pub is_sequential: bool,
    /// FEEL, asked when an activity inside completes; `None` where it ends when nothing is active.
    pub completion_condition: Option<Text>,
    /// `cancelRemainingInstances`: whether what is active is cancelled once the condition holds.
    pub cancels_remaining: bool,
    /// `zeebe:adHoc activeElementsCollection`: FEEL that yields the ids to start at once.
    pub active_elements: Option<Text>,
    /// The variable that takes the list of results.
    pub output_collection: Option<String>,
    /// FEEL that yields the result of one activity.
    pub output_element: Option<Text>,
    /// The system that chooses (`zeebe:taskDefinition`), where one does.
    pub job: Option<ServiceTask>,
}

/// Data that an activity or event takes in or gives out, in the standard's own words.
#[derive(Debug, Clone, Default)]
pub struct DataAssociations {
    /// `dataInputAssociation`, in document order.
    pub inputs: Vec<DataAssociation>,
    /// `dataOutputAssociation`, in document order.
    pub outputs: Vec<DataAssociation>,
}

/// A data association: data is copied from its sources to its target.
#[derive(Debug, Clone)]
pub struct DataAssociation {
    /// What it reads.
    pub sources: Vec<DataIndex>,
    /// What it sets; `None` where only assignments say.
    pub target: Option<DataIndex>,
    /// FEEL over the sources whose value is the target's, with an optional leading `=`.
    pub transformation: Option<Text>,
    /// `assignment`: the `to` of each takes the value of its `from`.
    pub assignments: Vec<Mapping>,
}
