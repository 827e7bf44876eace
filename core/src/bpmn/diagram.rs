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
    /// None start event.
    StartEvent,
    /// None end event.
    EndEvent,
    /// Terminate end event.
    TerminateEndEvent,
    /// Task for a person.
    UserTask,
    /// Task for a system.
    ServiceTask,
    /// Task that a decision answers.
    BusinessRuleTask,
    /// Exclusive gateway.
    ExclusiveGateway,
    /// Parallel gateway.
    ParallelGateway,
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
    /// An activity that is drawn only, in a pool that is not executed.
    Activity,
    /// An event that is drawn only.
    Event,
    /// A gateway that is drawn only.
    Gateway,
}

/// A drawn node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Id of the drawn element (`bpmnElement`).
    pub element: String,
    /// What symbol it shows.
    pub symbol: Symbol,
    /// Its name; empty where it has none.
    pub label: String,
    /// Where it is.
    pub bounds: Bounds,
    /// Where its label is, when the modeler placed it.
    pub label_bounds: Option<Bounds>,
    /// For a pool or lane: whether it lies, with its label up the left side.
    pub is_horizontal: bool,
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
