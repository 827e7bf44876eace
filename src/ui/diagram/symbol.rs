//! The symbols of BPMN as the standard draws them, as SVG text.
//!
//! Holds numbers only: words of a model never become SVG text here.

use spartito_core::bpmn::diagram::{Bounds, Shape, Symbol, Trigger};

use super::icons;
use crate::ui::drawn::Drawn;

/// Between the two rings of an intermediate event, and the two frames of a transaction.
const RING_GAP: f64 = 3.0;

/// Between two markers of an activity, from left to left.
const MARKER_STEP: f64 = 18.0;

/// The frame and marker of a shape.
pub(super) fn drawing(shape: &Shape) -> String {
    let bounds = shape.bounds;
    match shape.symbol {
        Symbol::StartEvent => circle(bounds, ring(shape), 0.0) + &icon(shape, false),
        Symbol::CatchEvent | Symbol::BoundaryEvent => rings(shape) + &icon(shape, false),
        Symbol::ThrowEvent => rings(shape) + &icon(shape, true),
        Symbol::EndEvent => circle(bounds, "frame frame-thick", 1.0) + &icon(shape, true),
        Symbol::ExclusiveGateway => diamond(bounds) + &cross(bounds, 0.16, true),
        Symbol::ParallelGateway => diamond(bounds) + &cross(bounds, 0.22, false),
        Symbol::InclusiveGateway => diamond(bounds) + &circle(bounds, "mark", inside(bounds, 0.24)),
        Symbol::ComplexGateway => {
            diamond(bounds) + &cross(bounds, 0.16, true) + &cross(bounds, 0.22, false)
        }
        Symbol::InstantiatingGateway => {
            diamond(bounds) + &circle(bounds, "ring", inside(bounds, 0.3)) + &icon(shape, false)
        }
        Symbol::EventBasedGateway => {
            let outer = circle(bounds, "ring", inside(bounds, 0.3));
            let inner = circle(bounds, "ring", inside(bounds, 0.3) + 2.5);
            diamond(bounds) + &outer + &inner + &icon(shape, false)
        }
        Symbol::Participant => rounded(bounds, 2.0, "pool") + &label_band(shape),
        Symbol::Lane => rounded(bounds, 0.0, "lane"),
        Symbol::Group => rounded(bounds, 10.0, "group"),
        Symbol::TextAnnotation => {
            let Bounds { x, y, height, .. } = bounds;
            let [x, y, right, bottom] = [x, y, x + 10.0, y + height].map(Drawn);
            format!(r#"<path class="bracket" d="M{right} {y}H{x}V{bottom}H{right}"/>"#)
        }
        Symbol::DataObject => sheet(bounds),
        Symbol::DataStore => cylinder(bounds),
        Symbol::Task
        | Symbol::UserTask
        | Symbol::ServiceTask
        | Symbol::BusinessRuleTask
        | Symbol::ManualTask
        | Symbol::ScriptTask
        | Symbol::SendTask
        | Symbol::ReceiveTask
        | Symbol::CallActivity
        | Symbol::SubProcess
        | Symbol::EventSubProcess
        | Symbol::Transaction
        | Symbol::AdHocSubProcess => activity(shape),
    }
}

fn activity(shape: &Shape) -> String {
    let bounds = shape.bounds;
    let class = if shape.symbol == Symbol::CallActivity {
        "frame frame-thick"
    } else if shape.symbol == Symbol::EventSubProcess {
        "frame frame-dotted"
    } else {
        "frame"
    };
    let mut drawing = rounded(bounds, 8.0, class);
    if shape.symbol == Symbol::Transaction {
        let Bounds { x, y, width, height } = bounds;
        let inner = Bounds {
            x: x + RING_GAP,
            y: y + RING_GAP,
            width: (width - 2.0 * RING_GAP).max(0.0),
            height: (height - 2.0 * RING_GAP).max(0.0),
        };
        drawing.push_str(&rounded(inner, 6.0, "ring"));
    }
    let kind = icons::kind(shape.symbol);
    if !kind.is_empty() {
        drawing.push_str(&placed("marker", bounds.x + 7.0, bounds.y + 7.0, 1.0, kind));
    }
    #[expect(clippy::cast_precision_loss, reason = "an activity has a few markers")]
    let half = (shape.markers.len() as f64 * MARKER_STEP) / 2.0;
    let mut left = bounds.x + bounds.width / 2.0 - half + 2.0;
    for marker in &shape.markers {
        let path = format!(r#"<path d="{}"/>"#, icons::marker(*marker));
        drawing.push_str(&placed("marker", left, bounds.y + bounds.height - 17.0, 1.0, &path));
        left += MARKER_STEP;
    }
    drawing
}

/// The class of the ring of an event.
fn ring(shape: &Shape) -> &'static str {
    if shape.is_dashed { "frame frame-dashed" } else { "frame" }
}

/// The two rings of an intermediate event.
fn rings(shape: &Shape) -> String {
    let inner = if shape.is_dashed { "ring frame-dashed" } else { "ring" };
    circle(shape.bounds, ring(shape), 0.0) + &circle(shape.bounds, inner, RING_GAP)
}

/// What the shape shows in its middle.
fn icon(shape: &Shape, is_filled: bool) -> String {
    let Some(trigger) = shape.trigger else { return String::new() };
    let Bounds { x, y, width, height } = shape.bounds;
    // Drawn for an event of 36 pixels and a gateway of 50.
    let across = if shape.symbol.is_gateway() { 60.0 } else { 36.0 };
    let scale = width.min(height) / across;
    let is_filled = is_filled || trigger == Trigger::Terminate;
    let (left, top) = (x + width / 2.0 - 10.0 * scale, y + height / 2.0 - 10.0 * scale);
    placed("icons", left, top, scale, &icons::trigger(trigger, is_filled))
}

/// How far inside of a gateway a ring with this share of its size as radius is.
fn inside(bounds: Bounds, share: f64) -> f64 {
    bounds.width.min(bounds.height) * (0.5 - share)
}

/// A ring around a shape that shows where the focus is.
pub(super) fn focus_ring(bounds: Bounds) -> String {
    let wider = Bounds {
        x: bounds.x - 5.0,
        y: bounds.y - 5.0,
        width: bounds.width + 10.0,
        height: bounds.height + 10.0,
    };
    rounded(wider, 12.0, "focus-ring")
}

fn rounded(bounds: Bounds, radius: f64, class: &str) -> String {
    let Bounds { x, y, width, height } = bounds;
    let [x, y, width, height, radius] = [x, y, width, height, radius].map(Drawn);
    format!(
        r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}"/>"#
    )
}

fn circle(bounds: Bounds, class: &str, inset: f64) -> String {
    let Bounds { x, y, width, height } = bounds;
    let (cx, cy) = (x + width / 2.0, y + height / 2.0);
    let radius = (width.min(height) / 2.0 - inset).max(0.0);
    let [cx, cy, radius] = [cx, cy, radius].map(Drawn);
    format!(r#"<circle class="{class}" cx="{cx}" cy="{cy}" r="{radius}"/>"#)
}

fn diamond(bounds: Bounds) -> String {
    let Bounds { x, y, width, height } = bounds;
    let (cx, cy) = (x + width / 2.0, y + height / 2.0);
    let [x, y, cx, cy, right, bottom] = [x, y, cx, cy, x + width, y + height].map(Drawn);
    format!(r#"<path class="frame" d="M{cx} {y}L{right} {cy}L{cx} {bottom}L{x} {cy}Z"/>"#)
}

/// The cross inside a gateway: upright, or lying on its side.
fn cross(bounds: Bounds, share: f64, diagonal: bool) -> String {
    let (cx, cy) = (bounds.x + bounds.width / 2.0, bounds.y + bounds.height / 2.0);
    let (dx, dy) = (bounds.width * share, bounds.height * share);
    let [left, right, up, down] = [cx - dx, cx + dx, cy - dy, cy + dy].map(Drawn);
    let [cx, cy] = [cx, cy].map(Drawn);
    if diagonal {
        format!(
            r#"<path class="mark" d="M{left} {up}L{right} {down}M{left} {down}L{right} {up}"/>"#
        )
    } else {
        format!(r#"<path class="mark" d="M{cx} {up}V{down}M{left} {cy}H{right}"/>"#)
    }
}

/// A drawing, moved and scaled.
fn placed(class: &str, x: f64, y: f64, scale: f64, drawing: &str) -> String {
    let [x, y, scale] = [x, y, scale].map(Drawn);
    format!(r#"<g class="{class}" transform="translate({x} {y}) scale({scale})">{drawing}</g>"#)
}

/// The line beside the label of a pool.
fn label_band(shape: &Shape) -> String {
    let Bounds { x, y, width, height } = shape.bounds;
    if shape.is_horizontal {
        let [x, y, height] = [x + 30.0, y, height].map(Drawn);
        format!(r#"<path class="pool-line" d="M{x} {y}v{height}"/>"#)
    } else {
        let [x, y, width] = [x, y + 30.0, width].map(Drawn);
        format!(r#"<path class="pool-line" d="M{x} {y}h{width}"/>"#)
    }
}

fn sheet(bounds: Bounds) -> String {
    let Bounds { x, y, width, height } = bounds;
    let fold = (width * 0.3).min(12.0);
    let [across, down, inner] = [width - fold, height - fold, x + width - fold].map(Drawn);
    let [x, y, width, fold] = [x, y, width, fold].map(Drawn);
    format!(
        r#"<path class="frame" d="M{x} {y}h{across}l{fold} {fold}v{down}h-{width}zM{inner} {y}v{fold}h{fold}"/>"#
    )
}

fn cylinder(bounds: Bounds) -> String {
    let Bounds { x, y, width, height } = bounds;
    let (rx, ry) = (width / 2.0, (height * 0.15).min(10.0));
    let [top, side] = [y + ry, height - 2.0 * ry].map(Drawn);
    let [x, width, rx, ry] = [x, width, rx, ry].map(Drawn);
    format!(
        r#"<path class="frame" d="M{x} {top}a{rx} {ry} 0 0 1 {width} 0v{side}a{rx} {ry} 0 0 1 -{width} 0zM{x} {top}a{rx} {ry} 0 0 0 {width} 0"/>"#
    )
}
