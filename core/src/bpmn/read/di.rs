//! BPMN DI: the first drawn plane of a file.
//!
//! Parts that the schema of BPMN DI forbids are errors, parts that draw nothing are warnings.

use std::collections::{BTreeMap, BTreeSet};

use crate::bpmn::diagram::{
    Bounds, Diagram, Edge, EdgeKind, Marker, Point, Shape, Symbol, Trigger,
};
use crate::bpmn::model::Process;
use crate::diagnostic::findings::{Findings, Place, cut};
use crate::xml::{Namespace, Node, Tree};

/// How far from the origin a model may draw, in pixels.
const COORDINATE_MAX: f64 = 1_000_000.0;

/// Up to this size an activity is drawn like a task, in pixels.
const TASK_WIDTH_MAX: f64 = 150.0;
const TASK_HEIGHT_MAX: f64 = 110.0;

const SAVE_AGAIN: &str = "Open the model in a modeler and save it again.";

/// Reads the first plane.
pub(super) fn read(tree: &Tree<'_>, processes: &[Process], findings: &mut Findings) -> Diagram {
    let mut diagram = Diagram::default();
    let planes = |node: Node<'_>| node.is(Namespace::BpmnDi, "BPMNDiagram");
    let Some(plane) = tree
        .root()
        .children()
        .filter(|child| planes(*child))
        .find_map(|found| found.children().find(|c| c.is(Namespace::BpmnDi, "BPMNPlane")))
    else {
        return diagram;
    };
    let mut reader = Reader { drawn: drawn_elements(tree, processes), findings };
    for node in plane.children() {
        if node.is(Namespace::BpmnDi, "BPMNShape") {
            diagram.shapes.extend(reader.shape(node));
        } else if node.is(Namespace::BpmnDi, "BPMNEdge") {
            diagram.edges.extend(reader.edge(node));
        }
    }
    diagram
}

/// What an element of the model looks like.
struct Drawn<'t> {
    node: Node<'t>,
    looks: Looks,
    is_default: bool,
}

#[derive(Clone, Copy)]
enum Looks {
    Shape(Symbol),
    Edge(EdgeKind),
}

fn drawn_elements<'t>(tree: &'t Tree<'_>, processes: &[Process]) -> BTreeMap<&'t str, Drawn<'t>> {
    let mut drawn = BTreeMap::new();
    let defaults: BTreeSet<&str> = processes
        .iter()
        .flat_map(|process| {
            process.nodes.iter().filter_map(|node| node.default_flow).map(|flow| process.flow(flow))
        })
        .map(|flow| flow.id.as_str())
        .collect();
    for node in tree.all().filter(|node| node.namespace() == Namespace::Bpmn) {
        let (Some(id), Some(looks)) = (node.id(), looks(node)) else { continue };
        let is_default =
            matches!(looks, Looks::Edge(EdgeKind::SequenceFlow)) && defaults.contains(id);
        drawn.entry(id).or_insert(Drawn { node, looks, is_default });
    }
    drawn
}

fn looks(node: Node<'_>) -> Option<Looks> {
    let is_true = |name: &str| matches!(node.attribute(name), Some("true" | "1"));
    let symbol = match node.local() {
        "startEvent" => Symbol::StartEvent,
        "endEvent" => Symbol::EndEvent,
        "boundaryEvent" => Symbol::BoundaryEvent,
        "intermediateCatchEvent" => Symbol::CatchEvent,
        "intermediateThrowEvent" | "implicitThrowEvent" => Symbol::ThrowEvent,
        "task" => Symbol::Task,
        "userTask" => Symbol::UserTask,
        "serviceTask" => Symbol::ServiceTask,
        "businessRuleTask" => Symbol::BusinessRuleTask,
        "manualTask" => Symbol::ManualTask,
        "scriptTask" => Symbol::ScriptTask,
        "sendTask" => Symbol::SendTask,
        "receiveTask" => Symbol::ReceiveTask,
        "callActivity" => Symbol::CallActivity,
        "subProcess" if is_true("triggeredByEvent") => Symbol::EventSubProcess,
        "subProcess" => Symbol::SubProcess,
        "transaction" => Symbol::Transaction,
        "adHocSubProcess" => Symbol::AdHocSubProcess,
        "exclusiveGateway" => Symbol::ExclusiveGateway,
        "parallelGateway" => Symbol::ParallelGateway,
        "inclusiveGateway" => Symbol::InclusiveGateway,
        "complexGateway" => Symbol::ComplexGateway,
        "eventBasedGateway" if is_true("instantiate") => Symbol::InstantiatingGateway,
        "eventBasedGateway" => Symbol::EventBasedGateway,
        "participant" => Symbol::Participant,
        "lane" => Symbol::Lane,
        "textAnnotation" => Symbol::TextAnnotation,
        "group" => Symbol::Group,
        "dataObject" | "dataObjectReference" | "dataInput" | "dataOutput" => Symbol::DataObject,
        "dataStoreReference" | "dataStore" => Symbol::DataStore,
        "sequenceFlow" => return Some(Looks::Edge(EdgeKind::SequenceFlow)),
        "messageFlow" => return Some(Looks::Edge(EdgeKind::MessageFlow)),
        "association" | "dataInputAssociation" | "dataOutputAssociation" => {
            return Some(Looks::Edge(EdgeKind::Association));
        }
        _ => return None,
    };
    Some(Looks::Shape(symbol))
}

/// What an event, or an event-based gateway, shows inside.
fn trigger(node: Node<'_>, symbol: Symbol) -> Option<Trigger> {
    if matches!(symbol, Symbol::EventBasedGateway | Symbol::InstantiatingGateway) {
        let is_parallel = node.attribute("eventGatewayType") == Some("Parallel");
        return Some(if is_parallel { Trigger::ParallelMultiple } else { Trigger::Multiple });
    }
    let of_child = |child: Node<'_>| {
        Some(match child.local() {
            "messageEventDefinition" => Trigger::Message,
            "timerEventDefinition" => Trigger::Timer,
            "signalEventDefinition" => Trigger::Signal,
            "conditionalEventDefinition" => Trigger::Conditional,
            "errorEventDefinition" => Trigger::Error,
            "escalationEventDefinition" => Trigger::Escalation,
            "compensateEventDefinition" => Trigger::Compensation,
            "cancelEventDefinition" => Trigger::Cancel,
            "linkEventDefinition" => Trigger::Link,
            "terminateEventDefinition" => Trigger::Terminate,
            "eventDefinitionRef" => Trigger::Multiple,
            _ => return None,
        })
    };
    let mut triggers = node.children().filter_map(of_child);
    let first = triggers.next()?;
    let is_parallel = matches!(node.attribute("parallelMultiple"), Some("true" | "1"));
    Some(match triggers.next() {
        None => first,
        Some(_) if is_parallel => Trigger::ParallelMultiple,
        Some(_) => Trigger::Multiple,
    })
}

/// Whether an event interrupts nothing.
fn is_dashed(node: Node<'_>, symbol: Symbol) -> bool {
    let is_false = |name: &str| matches!(node.attribute(name), Some("false" | "0"));
    (symbol == Symbol::BoundaryEvent && is_false("cancelActivity"))
        || (symbol == Symbol::StartEvent && is_false("isInterrupting"))
}

/// What an activity shows at its lower side, in the order of the standard.
fn markers(node: Node<'_>, symbol: Symbol, is_expanded: bool) -> Vec<Marker> {
    let mut markers = Vec::new();
    if !symbol.is_activity() {
        return markers;
    }
    if node.bpmn_child("standardLoopCharacteristics").is_some() {
        markers.push(Marker::Loop);
    } else if let Some(loops) = node.bpmn_child("multiInstanceLoopCharacteristics") {
        let is_sequential = matches!(loops.attribute("isSequential"), Some("true" | "1"));
        markers.push(if is_sequential { Marker::Sequential } else { Marker::Parallel });
    }
    if matches!(node.attribute("isForCompensation"), Some("true" | "1")) {
        markers.push(Marker::Compensation);
    }
    if symbol == Symbol::AdHocSubProcess {
        markers.push(Marker::AdHoc);
    }
    if holds_content(symbol) && !is_expanded {
        markers.push(Marker::Collapsed);
    }
    markers
}

fn holds_content(symbol: Symbol) -> bool {
    matches!(
        symbol,
        Symbol::SubProcess
            | Symbol::EventSubProcess
            | Symbol::Transaction
            | Symbol::AdHocSubProcess
            | Symbol::CallActivity
    )
}

struct Reader<'f, 't> {
    drawn: BTreeMap<&'t str, Drawn<'t>>,
    findings: &'f mut Findings,
}

impl<'t> Reader<'_, 't> {
    fn shape(&mut self, node: Node<'t>) -> Option<Shape> {
        let element = self.element(node)?;
        let drawn = &self.drawn[element];
        let Looks::Shape(symbol) = drawn.looks else {
            self.warn(node, element, "A shape stands for what is not drawn as a shape.");
            return None;
        };
        let label = if symbol == Symbol::TextAnnotation {
            drawn.node.bpmn_child("text").map(Node::text).unwrap_or_default()
        } else {
            drawn.node.name()
        };
        let Some(bounds) = child(node, Namespace::Dc, "Bounds").and_then(bounds) else {
            self.refuse(node, element, "The shape has no bounds that can be drawn.");
            return None;
        };
        let is_expanded = holds_content(symbol) && is_expanded(node, bounds);
        Some(Shape {
            element: element.to_owned(),
            symbol,
            trigger: trigger(drawn.node, symbol),
            is_dashed: is_dashed(drawn.node, symbol),
            markers: markers(drawn.node, symbol, is_expanded),
            is_expanded,
            label: label.to_owned(),
            bounds,
            label_bounds: label_bounds(node),
            is_horizontal: matches!(symbol, Symbol::Participant | Symbol::Lane)
                && !matches!(node.attribute("isHorizontal"), Some("false" | "0")),
        })
    }

    fn edge(&mut self, node: Node<'t>) -> Option<Edge> {
        let element = self.element(node)?;
        let drawn = &self.drawn[element];
        let Looks::Edge(kind) = drawn.looks else {
            self.warn(node, element, "An edge stands for what is not drawn as an edge.");
            return None;
        };
        let (label, is_default) = (drawn.node.name().to_owned(), drawn.is_default);
        let places = node.children().filter(|child| child.is(Namespace::Di, "waypoint"));
        let waypoints: Option<Vec<Point>> = places.map(point).collect();
        let Some(waypoints) = waypoints.filter(|points| points.len() >= 2) else {
            self.refuse(node, element, "The edge has fewer than two points that can be drawn.");
            return None;
        };
        Some(Edge {
            element: element.to_owned(),
            kind,
            label,
            waypoints,
            label_bounds: label_bounds(node),
            is_default,
        })
    }

    /// The element that `node` draws.
    fn element(&mut self, node: Node<'t>) -> Option<&'t str> {
        let reference = node.attribute("bpmnElement").unwrap_or_default();
        let local = reference.rsplit(':').next().unwrap_or(reference);
        for id in [reference, local] {
            if self.drawn.contains_key(id) {
                return Some(id);
            }
        }
        let cut: String = reference.chars().take(255).collect();
        self.warn(node, reference, &format!("It draws “{cut}”, which is missing."));
        None
    }

    fn warn(&mut self, node: Node<'_>, element: &str, message: &str) {
        let place = self.place(node, element);
        self.findings.warning("diagram-part-ignored", place, message, SAVE_AGAIN);
    }

    fn refuse(&mut self, node: Node<'_>, element: &str, message: &str) {
        let place = self.place(node, element);
        self.findings.error("diagram-part-invalid", place, message, SAVE_AGAIN);
    }

    /// The element drawn by `node`, where `node` stands.
    fn place(&self, node: Node<'_>, element: &str) -> Place {
        let name = self.drawn.get(element).map_or("", |drawn| drawn.node.name());
        let (element, name) = (cut(element), cut(name));
        Place { element, name, position: node.position() }
    }
}

/// Whether the content is drawn inside; where the shape does not say, its size does.
fn is_expanded(shape: Node<'_>, bounds: Bounds) -> bool {
    match shape.attribute("isExpanded") {
        Some(said) => matches!(said, "true" | "1"),
        None => bounds.width > TASK_WIDTH_MAX && bounds.height > TASK_HEIGHT_MAX,
    }
}

fn child<'t>(node: Node<'t>, namespace: Namespace<'_>, local: &str) -> Option<Node<'t>> {
    node.children().find(|child| child.is(namespace, local))
}

fn label_bounds(node: Node<'_>) -> Option<Bounds> {
    let label = child(node, Namespace::BpmnDi, "BPMNLabel")?;
    child(label, Namespace::Dc, "Bounds").and_then(bounds)
}

fn bounds(node: Node<'_>) -> Option<Bounds> {
    let (x, y) = (coordinate(node, "x")?, coordinate(node, "y")?);
    let (width, height) = (coordinate(node, "width")?, coordinate(node, "height")?);
    (width >= 0.0 && height >= 0.0).then_some(Bounds { x, y, width, height })
}

fn point(node: Node<'_>) -> Option<Point> {
    Some(Point { x: coordinate(node, "x")?, y: coordinate(node, "y")? })
}

fn coordinate(node: Node<'_>, attribute: &str) -> Option<f64> {
    let number: f64 = node.attribute(attribute)?.parse().ok()?;
    (number.is_finite() && number.abs() <= COORDINATE_MAX).then_some(number)
}
