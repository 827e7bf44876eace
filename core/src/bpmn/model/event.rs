//! Events: what they catch and what they throw.

use std::sync::Arc;

use super::{NodeIndex, ServiceTask, Text};
use crate::diagnostic::Position;
use crate::ids::FormId;

/// A start event, of a process or of a sub-process.
#[derive(Debug, Clone)]
pub struct StartEvent {
    /// The form that asks for the first variables.
    pub form: Option<FormId>,
    /// What starts it; empty for a none start event.
    pub catch: CatchEvent,
    /// Whether the scope around an event sub-process is interrupted; `true` elsewhere.
    pub is_interrupting: bool,
}

impl StartEvent {
    /// A none start event without a form.
    pub fn none() -> Self {
        Self { form: None, catch: CatchEvent::default(), is_interrupting: true }
    }
}

/// What an event waits for.
#[derive(Debug, Clone, Default)]
pub struct CatchEvent {
    /// In document order; several make a multiple event.
    pub definitions: Vec<EventDefinition>,
    /// Whether all of several must occur (`parallelMultiple`), not only one.
    pub is_parallel: bool,
}

/// What an event throws when a token reaches it.
#[derive(Debug, Clone, Default)]
pub struct ThrowEvent {
    /// In document order, thrown in this order; empty for a none event.
    pub definitions: Vec<EventDefinition>,
    /// The work for a system that sends its message, where the model names any.
    pub job: Option<ServiceTask>,
}

/// An event attached to the border of an activity.
#[derive(Debug, Clone)]
pub struct BoundaryEvent {
    /// The activity.
    pub attached_to: NodeIndex,
    /// `cancelActivity`: whether the activity is interrupted.
    pub cancels_activity: bool,
    /// What it waits for; never empty.
    pub catch: CatchEvent,
    /// The activity that an association leads to from a compensation event.
    pub compensation_handler: Option<NodeIndex>,
}

/// What triggers an event, or results from it.
///
/// Parts that execution needs may be absent: a model that is deployed has them (rule
/// `event-incomplete`), a drawing that is played need not.
#[derive(Debug, Clone)]
pub enum EventDefinition {
    /// A message; `None` where the model names none, and a message flow says whose it is.
    Message(Option<Arc<Message>>),
    /// A moment; `None` where the model does not say which, as in a drawing.
    Timer(Option<Timer>),
    /// A signal; `None` where the model names none, as in a drawing.
    Signal(Option<Arc<Signal>>),
    /// A condition on data.
    Conditional(Condition),
    /// A BPMN error.
    Error(ErrorEventDefinition),
    /// An escalation.
    Escalation(EscalationEventDefinition),
    /// Compensation.
    Compensation(CompensationEventDefinition),
    /// The cancellation of a transaction.
    Cancel,
    /// The end of its scope, at once.
    Terminate,
    /// A jump within one scope.
    Link(LinkEventDefinition),
}

impl EventDefinition {
    /// Local name of the BPMN element.
    pub const fn local_name(&self) -> &'static str {
        match self {
            Self::Message(_) => "messageEventDefinition",
            Self::Timer(_) => "timerEventDefinition",
            Self::Signal(_) => "signalEventDefinition",
            Self::Conditional(_) => "conditionalEventDefinition",
            Self::Error(_) => "errorEventDefinition",
            Self::Escalation(_) => "escalationEventDefinition",
            Self::Compensation(_) => "compensateEventDefinition",
            Self::Cancel => "cancelEventDefinition",
            Self::Terminate => "terminateEventDefinition",
            Self::Link(_) => "linkEventDefinition",
        }
    }
}

/// When a timer fires: ISO 8601, cron for a cycle, or FEEL that begins with `=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Timer {
    /// `timeDate`: a moment.
    Date(Text),
    /// `timeDuration`: after a time.
    Duration(Text),
    /// `timeCycle`: again and again, `R3/PT10M` or cron.
    Cycle(Text),
}

impl Timer {
    /// The text that says when.
    pub fn text(&self) -> &Text {
        match self {
            Self::Date(text) | Self::Duration(text) | Self::Cycle(text) => text,
        }
    }
}

/// `conditionalEventDefinition`.
#[derive(Debug, Clone)]
pub struct Condition {
    /// FEEL, with an optional leading `=`; `None` where the model has none, as in a drawing.
    pub text: Option<Text>,
    /// The variables whose change is looked at (`variableName`, `variableNames`); empty for all.
    pub variables: Vec<String>,
    /// The changes that are looked at (`variableEvents`): `create`, `update`, `delete`; empty for all.
    pub events: Vec<String>,
}

/// `errorEventDefinition`.
#[derive(Debug, Clone)]
pub struct ErrorEventDefinition {
    /// The error; `None` catches every error, and throws one without a code.
    pub error: Option<Arc<Error>>,
    /// The variable that takes the code of a caught error.
    pub code_variable: Option<String>,
    /// The variable that takes the message of a caught error.
    pub message_variable: Option<String>,
}

/// `escalationEventDefinition`.
#[derive(Debug, Clone)]
pub struct EscalationEventDefinition {
    /// The escalation; `None` catches every escalation, and throws one without a code.
    pub escalation: Option<Arc<Escalation>>,
    /// The variable that takes the code of a caught escalation.
    pub code_variable: Option<String>,
}

/// `compensateEventDefinition`.
#[derive(Debug, Clone)]
pub struct CompensationEventDefinition {
    /// The one activity to compensate; `None` for all of the scope.
    pub activity: Option<NodeIndex>,
    /// Whether a throw event waits until compensation is done; `true` where not said.
    pub waits_for_completion: bool,
}

/// `linkEventDefinition`.
#[derive(Debug, Clone)]
pub struct LinkEventDefinition {
    /// Its name, which pairs sources with their target.
    pub name: Arc<str>,
    /// Of a source (a throw event), the catch event that it leads to.
    pub target: Option<NodeIndex>,
}

/// A message that processes exchange.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id in the file.
    pub id: String,
    /// Its name; FEEL when it begins with `=`. Empty where it has none, as in a drawing.
    pub name: Text,
    /// `zeebe:subscription correlationKey`: FEEL that tells which instance is meant.
    pub correlation_key: Option<Text>,
    /// Where it starts in the text.
    pub position: Position,
}

/// A signal that all who wait for it hear.
#[derive(Debug, Clone)]
pub struct Signal {
    /// Its id in the file.
    pub id: String,
    /// Its name; FEEL when it begins with `=`. The id where it has none.
    pub name: Text,
    /// Where it starts in the text.
    pub position: Position,
}

/// A BPMN error.
#[derive(Debug, Clone)]
pub struct Error {
    /// Its id in the file.
    pub id: String,
    /// Its name; empty where it has none.
    pub name: String,
    /// `errorCode`, which pairs throwers and catchers; FEEL when it begins with `=`.
    pub code: Option<Text>,
    /// `camunda:errorMessage`: what is said of it when it is thrown.
    pub message: Option<Text>,
}

/// An escalation.
#[derive(Debug, Clone)]
pub struct Escalation {
    /// Its id in the file.
    pub id: String,
    /// Its name; empty where it has none.
    pub name: String,
    /// `escalationCode`, which pairs throwers and catchers; FEEL when it begins with `=`.
    pub code: Option<Text>,
}
