//! One step of a drawing: its symbol, its label, and what is going on there.

use leptos::prelude::*;
use spartito_core::bpmn::diagram::{Bounds, Point, Shape, Symbol, Trigger};

use super::text::{LINE_HEIGHT, wrap};
use super::{LABEL_WIDTH, Overlay, StepHref, free_label, holds_label, line_view, symbol};
use crate::ui::drawn::Drawn;
use crate::ui::words;
use crate::wire::StepCount;

/// Shades of heat.
const HEAT_LEVELS: u64 = 4;

/// What a shape is called where it has no name.
fn kind_name(shape: &Shape) -> String {
    let name = match shape.symbol {
        Symbol::StartEvent => "Start",
        Symbol::EndEvent => "End",
        Symbol::CatchEvent | Symbol::ThrowEvent | Symbol::BoundaryEvent => "Event",
        Symbol::Task | Symbol::ManualTask => "Task",
        Symbol::UserTask => "User task",
        Symbol::ServiceTask => "Service task",
        Symbol::BusinessRuleTask => "Business rule task",
        Symbol::ScriptTask => "Calculation",
        Symbol::SendTask => "Sends a message",
        Symbol::ReceiveTask => "Waits for a message",
        Symbol::CallActivity => "Other process",
        Symbol::SubProcess => "Sub-process",
        Symbol::EventSubProcess => "Event sub-process",
        Symbol::Transaction => "Transaction",
        Symbol::AdHocSubProcess => "Ad-hoc sub-process",
        Symbol::ExclusiveGateway => "Exclusive gateway",
        Symbol::ParallelGateway => "Parallel gateway",
        Symbol::InclusiveGateway => "Inclusive gateway",
        Symbol::ComplexGateway => "Complex gateway",
        Symbol::EventBasedGateway | Symbol::InstantiatingGateway => "Event-based gateway",
        Symbol::Participant => "Pool",
        Symbol::Lane => "Lane",
        Symbol::Group => "Group",
        Symbol::TextAnnotation => "Note",
        Symbol::DataObject => "Data object",
        Symbol::DataStore => "Data store",
    };
    let trigger = match shape.trigger {
        _ if shape.symbol.is_gateway() => None,
        Some(Trigger::Message) => Some("message"),
        Some(Trigger::Timer) => Some("timer"),
        Some(Trigger::Signal) => Some("signal"),
        Some(Trigger::Conditional) => Some("condition"),
        Some(Trigger::Error) => Some("error"),
        Some(Trigger::Escalation) => Some("escalation"),
        Some(Trigger::Compensation) => Some("compensation"),
        Some(Trigger::Cancel) => Some("cancellation"),
        Some(Trigger::Link) => Some("link"),
        Some(Trigger::Terminate) => Some("terminates"),
        Some(Trigger::Multiple | Trigger::ParallelMultiple) => Some("several"),
        None => None,
    };
    trigger.map_or_else(|| name.to_owned(), |trigger| format!("{name} ({trigger})"))
}

/// The name of a step, or what it is where it has none.
pub(super) fn step_name(shape: &Shape) -> String {
    if shape.label.is_empty() { kind_name(shape) } else { shape.label.clone() }
}

/// “Decide, 4 waiting, 1 incident”.
fn spoken(shape: &Shape, count: &StepCount, completed: bool, overlay: Overlay) -> String {
    let mut text = step_name(shape);
    if count.active > 0 && overlay == Overlay::Process {
        text.push_str(&format!(", {} waiting", words::number(count.active)));
    }
    if overlay == Overlay::Instance {
        if count.active > 0 {
            text.push_str(", the instance is here");
        } else if completed {
            text.push_str(", completed");
        }
    }
    if count.incidents > 0 {
        text.push_str(", ");
        text.push_str(&words::counted(count.incidents, "incident"));
    }
    text
}

/// From 0 (nothing waits) to [`HEAT_LEVELS`] (most waits here).
fn heat(active: u64, most: u64) -> u64 {
    if active == 0 || most == 0 { 0 } else { (active * HEAT_LEVELS).div_ceil(most) }
}

/// One step.
#[component]
pub(super) fn Step(
    shape: Shape,
    count: StepCount,
    most: u64,
    completed: bool,
    overlay: Overlay,
    href: Option<StepHref>,
    selected: Signal<Option<String>>,
) -> impl IntoView {
    let mut class = String::from("step");
    let mut add = |name: &str| {
        class.push(' ');
        class.push_str(name);
    };
    if count.incidents > 0 {
        add("step-incident");
    } else if count.active > 0 && overlay == Overlay::Instance {
        add("step-here");
    } else if completed {
        add("step-completed");
    }
    if overlay == Overlay::Process && shape.symbol.is_activity() && !shape.is_expanded {
        match heat(count.active, most) {
            0 => {}
            1 => add("heat-1"),
            2 => add("heat-2"),
            3 => add("heat-3"),
            _ => add("heat-4"),
        }
    }
    let spoken = spoken(&shape, &count, completed, overlay);
    let element = shape.element.clone();
    let chosen =
        Signal::derive(move || selected.with(|id| id.as_deref() == Some(element.as_str())));
    let class = move || {
        if chosen.get() { format!("{class} step-chosen") } else { class.clone() }
    };
    // What a step shows is told as a whole: its lines and numbers are not told again one by one.
    let inside = view! {
        <g aria-hidden=shape.symbol.is_step().then_some("true")>
            {label_beside(&shape)}
            <g inner_html=symbol::focus_ring(shape.bounds) + &symbol::drawing(&shape)></g>
            {label_inside(&shape)}
            {marks(&shape, &count, overlay)}
        </g>
    };
    match href {
        Some(href) if shape.symbol.is_step() => {
            let address = href.run(shape.element.clone());
            view! {
                <g class=class data-step=shape.element>
                    <a
                        href=address
                        aria-current=move || chosen.get().then_some("true")
                    >
                        <title>{spoken}</title>
                        {inside}
                    </a>
                </g>
            }
            .into_any()
        }
        _ if shape.symbol.is_step() => view! {
            <g class=class data-step=shape.element role="img" aria-label=spoken>
                {inside}
            </g>
        }
        .into_any(),
        _ => view! { <g class="step step-drawn">{inside}</g> }.into_any(),
    }
}

/// The label inside of the shape, where it stands there.
fn label_inside(shape: &Shape) -> impl IntoView + use<> {
    let Bounds { x, y, width, height } = shape.bounds;
    if shape.label.is_empty() || !holds_label(shape.symbol) {
        return None;
    }
    let note = shape.symbol == Symbol::TextAnnotation;
    // Markers take the lowest line, so that only few lines stand in the middle.
    let room = if shape.markers.is_empty() { height } else { height - LINE_HEIGHT };
    let lines = wrap(&shape.label, (width - 12.0).max(40.0), lines_in(room));
    let height = if lines.len() > 2 { room } else { height };
    #[expect(clippy::cast_precision_loss, reason = "a label has a few lines")]
    let middle = y + height / 2.0 - (lines.len() as f64 - 1.0) * LINE_HEIGHT / 2.0 + 4.0;
    let (class, left, first) = if note {
        ("label-note", x + 8.0, y + 16.0)
    } else if shape.is_expanded {
        ("label-inside", x + width / 2.0, y + 19.0)
    } else {
        ("label-inside", x + width / 2.0, middle)
    };
    let lines = lines
        .into_iter()
        .enumerate()
        .map(|(index, line)| line_view(line, left, first, index))
        .collect_view();
    Some(view! { <text class=class>{lines}</text> })
}

/// The label beside the shape, where it stands there; it lies below the shape, which its margin
/// would else cut.
fn label_beside(shape: &Shape) -> impl IntoView + use<> {
    let Bounds { x, y, width, height } = shape.bounds;
    if shape.label.is_empty() || holds_label(shape.symbol) {
        return None;
    }
    let (top, width) = match shape.label_bounds {
        Some(bounds) => (Point { x: bounds.x + bounds.width / 2.0, y: bounds.y }, bounds.width),
        None => (Point { x: x + width / 2.0, y: y + height + 4.0 }, LABEL_WIDTH),
    };
    Some(free_label(&shape.label, top, width))
}

/// Lines that fit into a height.
fn lines_in(height: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small number, at least 1"
    )]
    let lines = ((height - 8.0) / LINE_HEIGHT).max(1.0) as usize;
    lines
}

/// Counts, incidents and the token.
fn marks(shape: &Shape, count: &StepCount, overlay: Overlay) -> impl IntoView + use<> {
    let Bounds { x, y, width, height } = shape.bounds;
    let right = x + width;
    let single = overlay == Overlay::Instance && count.active == 1;
    let token = (single && count.incidents == 0).then(|| {
        let (cx, cy) = (Drawn(right - 2.0).to_string(), Drawn(y + 2.0).to_string());
        view! {
            <circle class="token-wave" cx=cx.clone() cy=cy.clone() r="8"/>
            <circle class="token" cx=cx cy=cy r="7"/>
        }
    });
    let active = (count.active > 0 && !single)
        .then(|| pill(Point { x: right - 4.0, y }, count.active, "count count-active"));
    let small = !holds_label(shape.symbol);
    let corner = if small { Point { x, y } } else { Point { x: right - 4.0, y: y + height } };
    let incidents =
        (count.incidents > 0).then(|| pill(corner, count.incidents, "count count-incident"));
    view! {
        {token}
        {active}
        {incidents}
    }
}

/// A number on a rounded ground, centered at a point.
fn pill(center: Point, number: u64, class: &'static str) -> impl IntoView {
    let words = words::number(number);
    #[expect(clippy::cast_precision_loss, reason = "a number has a few digits")]
    let width = (words.len() as f64 * 7.2 + 13.0).max(22.0);
    view! {
        <g class=class aria-hidden="true">
            <rect
                x=Drawn(center.x - width / 2.0).to_string()
                y=Drawn(center.y - 11.0).to_string()
                width=Drawn(width).to_string()
                height="22"
                rx="11"
            />
            <text x=Drawn(center.x).to_string() y=Drawn(center.y + 4.2).to_string()>
                {words}
            </text>
        </g>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_told_with_what_goes_on_there() {
        let shape = Shape {
            element: "decide".to_owned(),
            symbol: Symbol::UserTask,
            trigger: None,
            is_dashed: false,
            markers: Vec::new(),
            is_expanded: false,
            label: "Decide".to_owned(),
            bounds: Bounds::default(),
            label_bounds: None,
            is_horizontal: false,
        };
        let count =
            StepCount { element: "decide".to_owned(), active: 4, incidents: 1, completed: 9 };
        assert_eq!(
            spoken(&shape, &count, false, Overlay::Process),
            "Decide, 4 waiting, 1 incident"
        );
    }

    #[test]
    fn the_fullest_step_is_hottest() {
        assert_eq!([0, 1, 25, 60, 100].map(|active| heat(active, 100)), [0, 1, 1, 3, 4]);
    }
}
