//! BPMN DI: where the shapes and edges of a model are drawn.
//!
//! Coordinates are the model's own, in pixels, as the modeler wrote them.

use serde::{Deserialize, Serialize};

/// A drawn plane: all that is needed to show one process or collaboration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Diagram {
    /// Shapes, in document order.
    pub shapes: Vec<Shape>,
    /// Edges, in document order.
    pub edges: Vec<Edge>,
}

/// A rectangle of the plane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Left side.
    pub x: f64,
    /// Upper side.
    pub y: f64,
    /// Width, at least 0.
    pub width: f64,
    /// Height, at least 0.
    pub height: f64,
}

/// A point of the plane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From above.
    pub y: f64,
}

/// What symbol a shape shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Symbol {
    /// Start event: a thin ring.
    StartEvent,
    /// Intermediate catch event: two thin rings.
    CatchEvent,
    /// Intermediate throw event: two thin rings, its trigger filled.
    ThrowEvent,
    /// Event on the border of an activity: two thin rings.
    BoundaryEvent,
    /// End event: a thick ring, its trigger filled.
    EndEvent,
    /// Task of no kind.
    Task,
    /// Task for a person.
    UserTask,
    /// Task for a system.
    ServiceTask,
    /// Task that a decision answers.
    BusinessRuleTask,
    /// Task that is done without a system.
    ManualTask,
    /// Task that evaluates a text.
    ScriptTask,
    /// Task that sends a message.
    SendTask,
    /// Task that waits for a message.
    ReceiveTask,
    /// Call of another process: a thick frame.
    CallActivity,
    /// Embedded sub-process.
    SubProcess,
    /// Event sub-process: a dotted frame.
    EventSubProcess,
    /// Transaction: two frames.
    Transaction,
    /// Ad-hoc sub-process.
    AdHocSubProcess,
    /// Exclusive gateway: a cross.
    ExclusiveGateway,
    /// Parallel gateway: a plus.
    ParallelGateway,
    /// Inclusive gateway: a ring.
    InclusiveGateway,
    /// Complex gateway: an asterisk.
    ComplexGateway,
    /// Event-based gateway: its trigger in two rings.
    EventBasedGateway,
    /// Event-based gateway that starts instances: its trigger in one ring.
    InstantiatingGateway,
    /// Pool.
    Participant,
    /// Lane.
    Lane,
    /// Text annotation.
    TextAnnotation,
    /// Group: a dashed frame around other shapes.
    Group,
    /// Data object: a sheet of paper.
    DataObject,
    /// Data store: a cylinder.
    DataStore,
}

/// What an event shows inside its rings, and an event-based gateway inside its diamond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trigger {
    /// An envelope.
    Message,
    /// A clock.
    Timer,
    /// A triangle.
    Signal,
    /// A sheet with lines.
    Conditional,
    /// A flash.
    Error,
    /// An arrow head that points up.
    Escalation,
    /// Two arrow heads that point back.
    Compensation,
    /// A cross.
    Cancel,
    /// An arrow.
    Link,
    /// A dot.
    Terminate,
    /// A pentagon: one of several.
    Multiple,
    /// A plus: all of several.
    ParallelMultiple,
}

/// What an activity shows at its lower side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Marker {
    /// Standard loop: an arrow in a circle.
    Loop,
    /// Parallel multi-instance: three upright lines.
    Parallel,
    /// Sequential multi-instance: three lying lines.
    Sequential,
    /// Run by compensation: two arrow heads that point back.
    Compensation,
    /// Ad-hoc: a wave.
    AdHoc,
    /// Its content is not shown: a plus in a box.
    Collapsed,
}

/// A drawn node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Id of the drawn element (`bpmnElement`).
    pub element: String,
    /// What symbol it shows.
    pub symbol: Symbol,
    /// What an event shows inside; `None` where nothing triggers it.
    pub trigger: Option<Trigger>,
    /// Whether an event interrupts nothing: its rings are dashed.
    pub is_dashed: bool,
    /// What an activity shows at its lower side.
    pub markers: Vec<Marker>,
    /// Of a sub-process, whether its content is drawn inside of it.
    pub is_expanded: bool,
    /// Its name; empty where it has none.
    pub label: String,
    /// Where it is.
    pub bounds: Bounds,
    /// Where its label is, when the modeler placed it.
    pub label_bounds: Option<Bounds>,
    /// For a pool or lane: whether it lies, with its label up the left side.
    pub is_horizontal: bool,
}

impl Symbol {
    /// Whether it is an event, an activity or a gateway, where tokens can be.
    pub fn is_step(self) -> bool {
        !matches!(
            self,
            Self::Participant
                | Self::Lane
                | Self::TextAnnotation
                | Self::Group
                | Self::DataObject
                | Self::DataStore
        )
    }

    /// Whether it is a gateway: a diamond.
    pub fn is_gateway(self) -> bool {
        matches!(
            self,
            Self::ExclusiveGateway
                | Self::ParallelGateway
                | Self::InclusiveGateway
                | Self::ComplexGateway
                | Self::EventBasedGateway
                | Self::InstantiatingGateway
        )
    }

    /// Whether it is an activity: a frame with round corners and its name inside.
    pub fn is_activity(self) -> bool {
        matches!(
            self,
            Self::Task
                | Self::UserTask
                | Self::ServiceTask
                | Self::BusinessRuleTask
                | Self::ManualTask
                | Self::ScriptTask
                | Self::SendTask
                | Self::ReceiveTask
                | Self::CallActivity
                | Self::SubProcess
                | Self::EventSubProcess
                | Self::Transaction
                | Self::AdHocSubProcess
        )
    }
}

/// A drawn connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// Id of the drawn element (`bpmnElement`).
    pub element: String,
    /// What it connects, which decides how the line looks.
    pub kind: EdgeKind,
    /// Its name; empty where it has none.
    pub label: String,
    /// The line, at least two points.
    pub waypoints: Vec<Point>,
    /// Where its label is, when the modeler placed it.
    pub label_bounds: Option<Bounds>,
    /// Whether it is the default flow of its source, drawn with a slash.
    pub is_default: bool,
}

/// What an edge connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EdgeKind {
    /// Sequence flow: solid line, filled arrow head.
    SequenceFlow,
    /// Message flow: dashed line, open arrow head.
    MessageFlow,
    /// Association: dotted line.
    Association,
}
