//! A process as the standard draws it: SVG made on the server, themable, each step reachable by
//! keyboard, with what goes on at the steps on top; and a list that says the same.
//!
//! Never asks the server and never knows what a step does.

mod icons;
mod line;
mod list;
mod step;
mod symbol;
mod text;

use leptos::prelude::*;
use spartito_core::bpmn::diagram::{Bounds, Diagram, Edge, EdgeKind, Point, Shape, Symbol};

pub use self::list::StepList;
use self::step::Step;
use self::text::{LINE_HEIGHT, wrap};
use crate::ui::drawn::Drawn;
use crate::wire::DiagramView;

/// Where a click on a step leads: from the id of its element to an address.
pub type StepHref = Callback<String, String>;

/// What a drawing is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overlay {
    /// All instances of a process: counts at the steps.
    #[default]
    Process,
    /// One instance: where it is, and the path it has taken.
    Instance,
}

/// Room around the drawing.
const MARGIN: f64 = 24.0;

/// How much larger than drawn it may be shown.
const SCALE_MAX: f64 = 1.15;

/// How small it may be shown before it scrolls.
const SCALE_MIN: f64 = 0.68;

/// Widest line of a label that stands free, where the modeler gave no bounds.
const LABEL_WIDTH: f64 = 100.0;

/// A process with what is going on at its steps.
#[component]
pub fn ProcessDiagram(
    /// The drawing and what is going on.
    view: DiagramView,
    /// Name of the process, for screen readers.
    #[prop(into)]
    label: String,
    /// What it is of.
    #[prop(optional)]
    overlay: Overlay,
    /// Where a click on a step leads; steps are no links without it.
    #[prop(optional, into)]
    step_href: Option<StepHref>,
    /// Id of the step that is chosen.
    #[prop(optional, into)]
    selected: Signal<Option<String>>,
) -> impl IntoView {
    let Some(frame) = frame(&view.diagram) else {
        return view! { <p class="diagram-none">"This process was deployed without a drawing."</p> }
            .into_any();
    };
    let most = view.steps.iter().map(|step| step.active).max().unwrap_or(0);
    let is_ground = |shape: &&Shape| Layer::of(shape) == Layer::Ground;
    let grounds = view.diagram.shapes.iter().filter(is_ground).map(ground).collect_view();
    let edges = view
        .diagram
        .edges
        .iter()
        .map(|edge| edge_view(edge, view.taken.contains(&edge.element)))
        .collect_view();
    let step = |shape: &Shape| {
        let count = view.steps.iter().find(|step| step.element == shape.element);
        view! {
            <Step
                shape=shape.clone()
                count=count.cloned().unwrap_or_default()
                most
                completed=view.completed.contains(&shape.element)
                overlay
                href=step_href
                selected
            />
        }
    };
    let on_layer = |layer: Layer| {
        view.diagram
            .shapes
            .iter()
            .filter(|shape| Layer::of(shape) == layer)
            .map(step)
            .collect_view()
    };
    let (around, steps, borders) =
        (on_layer(Layer::Around), on_layer(Layer::Step), on_layer(Layer::Border));
    let Bounds { x, y, width, height } = frame;
    let class = if overlay == Overlay::Instance && !view.completed.is_empty() {
        "diagram diagram-instance"
    } else {
        "diagram"
    };
    view! {
        <div class="diagram-scroll" role="group" aria-label=format!("Diagram of {label}") tabindex="0">
            <div class="diagram-fit">
                <svg class="diagram-sizer" width=pixels(width * SCALE_MIN) height="0" aria-hidden="true"></svg>
                <svg
                    class=class
                    width=pixels(width * SCALE_MAX)
                    viewBox=[x, y, width, height].map(pixels).join(" ")
                >
                    {grounds}
                    {around}
                    {edges}
                    {steps}
                    {borders}
                </svg>
            </div>
        </div>
    }
    .into_any()
}

fn pixels(length: f64) -> String {
    Drawn(length.round()).to_string()
}

/// Shapes lie one above the other, the edges below the steps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    /// Pools, lanes and groups.
    Ground,
    /// Sub-processes that show their content.
    Around,
    /// All other steps, and what is written beside them.
    Step,
    /// Events on the border of a step.
    Border,
}

impl Layer {
    fn of(shape: &Shape) -> Self {
        if matches!(shape.symbol, Symbol::Participant | Symbol::Lane | Symbol::Group) {
            Self::Ground
        } else if shape.symbol == Symbol::BoundaryEvent {
            Self::Border
        } else if shape.is_expanded {
            Self::Around
        } else {
            Self::Step
        }
    }
}

/// The rectangle that holds everything, with room around it; `None` for an empty drawing.
fn frame(diagram: &Diagram) -> Option<Bounds> {
    let shapes = diagram.shapes.iter().flat_map(|shape| {
        [Some(shape.bounds), shape.label_bounds, below(shape)].into_iter().flatten()
    });
    let lines = diagram.edges.iter().flat_map(|edge| {
        let points = edge.waypoints.iter().map(|point| Bounds {
            x: point.x,
            y: point.y,
            ..Bounds::default()
        });
        points.chain(edge.label_bounds)
    });
    let (left, top, right, bottom) = shapes.chain(lines).fold(
        (f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY),
        |(left, top, right, bottom), bounds| {
            (
                left.min(bounds.x),
                top.min(bounds.y),
                right.max(bounds.x + bounds.width),
                bottom.max(bounds.y + bounds.height),
            )
        },
    );
    (left < right && top < bottom).then_some(Bounds {
        x: left - MARGIN,
        y: top - MARGIN,
        width: right - left + 2.0 * MARGIN,
        height: bottom - top + 2.0 * MARGIN,
    })
}

/// Where a free label is put when the modeler did not place it.
fn below(shape: &Shape) -> Option<Bounds> {
    (!holds_label(shape.symbol) && shape.label_bounds.is_none() && !shape.label.is_empty()).then(
        || Bounds {
            x: shape.bounds.x + shape.bounds.width / 2.0 - LABEL_WIDTH / 2.0,
            y: shape.bounds.y + shape.bounds.height + 4.0,
            width: LABEL_WIDTH,
            height: 2.0 * LINE_HEIGHT,
        },
    )
}

/// Whether the label stands inside of the shape.
fn holds_label(symbol: Symbol) -> bool {
    symbol.is_activity()
        || matches!(symbol, Symbol::Participant | Symbol::Lane | Symbol::TextAnnotation)
}

/// A pool, lane or group.
fn ground(shape: &Shape) -> impl IntoView + use<> {
    let Bounds { x, y, width, height } = shape.bounds;
    let upright = shape.is_horizontal && shape.symbol != Symbol::Group;
    let (center_x, center_y) =
        if upright { (x + 15.0, y + height / 2.0) } else { (x + width / 2.0, y + 19.0) };
    let turn = upright.then(|| format!("rotate(-90 {} {})", Drawn(center_x), Drawn(center_y)));
    view! {
        <g class="ground">
            <g inner_html=symbol::drawing(shape)></g>
            <text x=pixels(center_x) y=pixels(center_y + 4.0) transform=turn>
                {shape.label.clone()}
            </text>
        </g>
    }
}

fn edge_view(edge: &Edge, taken: bool) -> impl IntoView + use<> {
    let class = match (edge.kind, taken) {
        (EdgeKind::SequenceFlow, false) => "edge",
        (EdgeKind::SequenceFlow, true) => "edge edge-taken",
        (EdgeKind::MessageFlow, _) => "edge edge-message",
        (EdgeKind::Association, _) => "edge edge-association",
    };
    let headed = edge.kind != EdgeKind::Association;
    let points = &edge.waypoints;
    let head = headed.then(|| view! { <path class="edge-head" d=line::head(points)/> });
    let slash = edge.is_default.then(|| view! { <path class="edge-line" d=line::slash(points)/> });
    let label = (!edge.label.is_empty()).then(|| {
        let (center, width) = match edge.label_bounds {
            Some(bounds) => (bounds.x + bounds.width / 2.0, bounds.width),
            None => (line::label_place(points).x, LABEL_WIDTH),
        };
        let top = edge.label_bounds.map_or_else(|| line::label_place(points).y, |bounds| bounds.y);
        free_label(&edge.label, Point { x: center, y: top }, width)
    });
    view! {
        <g class=class>
            <path class="edge-line" d=line::path(points, headed)/>
            {head}
            {slash}
            {label}
        </g>
    }
}

/// A label that stands free: centered, its first line at `top`.
fn free_label(label: &str, top: Point, width: f64) -> impl IntoView + use<> {
    let lines = wrap(label, width.max(72.0), 4)
        .into_iter()
        .enumerate()
        .map(|(index, line)| line_view(line, top.x, top.y + 11.0, index))
        .collect_view();
    view! { <text class="label-free">{lines}</text> }
}

/// One line of a label.
fn line_view(line: String, x: f64, first: f64, index: usize) -> impl IntoView {
    #[expect(clippy::cast_precision_loss, reason = "a label has a few lines")]
    let y = first + index as f64 * LINE_HEIGHT;
    view! { <tspan x=Drawn(x).to_string() y=Drawn(y).to_string()>{line}</tspan> }
}
