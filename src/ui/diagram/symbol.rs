//! The symbols of BPMN as the standard draws them, as SVG text.
//!
//! Holds numbers only: words of a model never become SVG text here.

use spartito_core::bpmn::diagram::{Bounds, Shape, Symbol};

use crate::ui::drawn::Drawn;

/// A head above shoulders, 16 pixels wide.
const PERSON: &str =
    r#"<circle cx="8" cy="5" r="3.2"/><path d="M2 15v-1.6a4 4 0 0 1 4-4h4a4 4 0 0 1 4 4V15z"/>"#;

/// A cogwheel, 16 pixels wide.
const COG: &str = r#"<path d="M8 1.2v2.1M8 12.7v2.1M1.2 8h2.1M12.7 8h2.1M3.2 3.2l1.5 1.5M11.3 11.3l1.5 1.5M3.2 12.8l1.5-1.5M11.3 4.7l1.5-1.5"/><circle cx="8" cy="8" r="4.6"/><circle cx="8" cy="8" r="1.7"/>"#;

/// A table with a head, 16 pixels wide.
const TABLE: &str = r#"<path d="M1 3h14v10.5H1zM1 6.5h14M1 10h14M5.5 6.5v7"/><path class="mark-filled" d="M1 3h14v3.5H1z"/>"#;

/// The frame and marker of a shape.
pub(super) fn drawing(shape: &Shape) -> String {
    let bounds = shape.bounds;
    match shape.symbol {
        Symbol::StartEvent | Symbol::Event => circle(bounds, "frame", 0.0),
        Symbol::EndEvent => circle(bounds, "frame frame-thick", 1.0),
        Symbol::TerminateEndEvent => {
            circle(bounds, "frame frame-thick", 1.0)
                + &circle(bounds, "mark-filled", bounds.width.min(bounds.height) * 0.2)
        }
        Symbol::UserTask => rounded(bounds, 8.0, "frame") + &marker(bounds, PERSON),
        Symbol::ServiceTask => rounded(bounds, 8.0, "frame") + &marker(bounds, COG),
        Symbol::BusinessRuleTask => rounded(bounds, 8.0, "frame") + &marker(bounds, TABLE),
        Symbol::Activity => rounded(bounds, 8.0, "frame"),
        Symbol::ExclusiveGateway => diamond(bounds) + &cross(bounds, 0.16, true),
        Symbol::ParallelGateway => diamond(bounds) + &cross(bounds, 0.22, false),
        Symbol::Gateway => diamond(bounds),
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
    }
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

/// The marker of a task, in its upper left corner.
fn marker(bounds: Bounds, drawing: &str) -> String {
    format!(
        r#"<g class="marker" transform="translate({} {})">{drawing}</g>"#,
        Drawn(bounds.x + 7.0),
        Drawn(bounds.y + 7.0)
    )
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
