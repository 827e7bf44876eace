//! What symbols of BPMN hold: triggers of events, kinds of tasks, markers of activities.
//!
//! Paths of SVG: triggers 20 pixels wide, kinds 16, markers 14.

use spartito_core::bpmn::diagram::{Marker, Symbol, Trigger};

/// What an event shows; `is_filled` where it throws.
pub(super) fn trigger(trigger: Trigger, is_filled: bool) -> String {
    // The fold of a filled envelope and the lines of a sheet would not be seen on their ground.
    let (outline, lines) = match trigger {
        Trigger::Message => ("M2 5h16v10.5H2z", "M2 5l8 6 8-6"),
        Trigger::Timer => ("M10 2a8 8 0 1 0 .01 0z", "M10 5v5l3.4 2"),
        Trigger::Signal => ("M10 3l7.5 13h-15z", ""),
        Trigger::Conditional => ("M4 2.5h12v15H4z", "M6.5 6h7M6.5 10h7M6.5 14h7"),
        Trigger::Error => ("M3.5 16.5l3.6-11 4.8 6.4 4.6-8.4-3.6 12-5-6.6z", ""),
        Trigger::Escalation => ("M10 2.5l5.5 14L10 11l-5.5 5.5z", ""),
        Trigger::Compensation => ("M10 4v12L3 10zM17 4v12l-7-6z", ""),
        Trigger::Cancel => ("M5 3l5 5 5-5 2 2-5 5 5 5-2 2-5-5-5 5-2-2 5-5-5-5z", ""),
        Trigger::Link => ("M2.5 7.5h8V4l7 6-7 6v-3.5h-8z", ""),
        Trigger::Terminate => ("M10 3a7 7 0 1 0 .01 0z", ""),
        Trigger::Multiple => ("M10 2.5l7.5 5.5-2.9 8.8H5.4L2.5 8z", ""),
        Trigger::ParallelMultiple => ("M8 2.5h4V8h5.5v4H12v5.5H8V12H2.5V8H8z", ""),
    };
    let filled = if is_filled { " icon-filled" } else { "" };
    format!(
        r#"<path class="icon{filled}" d="{outline}"/><path class="icon-lines{filled}" d="{lines}"/>"#
    )
}

/// What a task shows in its corner.
pub(super) fn kind(symbol: Symbol) -> &'static str {
    match symbol {
        Symbol::UserTask => {
            r#"<circle cx="8" cy="5" r="3.2"/><path d="M2 15v-1.6a4 4 0 0 1 4-4h4a4 4 0 0 1 4 4V15z"/>"#
        }
        Symbol::ServiceTask => {
            r#"<path d="M8 1.2v2.1M8 12.7v2.1M1.2 8h2.1M12.7 8h2.1M3.2 3.2l1.5 1.5M11.3 11.3l1.5 1.5M3.2 12.8l1.5-1.5M11.3 4.7l1.5-1.5"/><circle cx="8" cy="8" r="4.6"/><circle cx="8" cy="8" r="1.7"/>"#
        }
        Symbol::BusinessRuleTask => {
            r#"<path d="M1 3h14v10.5H1zM1 6.5h14M1 10h14M5.5 6.5v7"/><path class="mark-filled" d="M1 3h14v3.5H1z"/>"#
        }
        Symbol::ManualTask => {
            r#"<path d="M1.5 8.6l4-5.2c.9-1 2.3-.1 1.5 1.1L5.9 6.2h8c1.4 0 1.4 2 0 2H9.6h4.8c1.3 0 1.3 1.9 0 1.9H9.6h3.9c1.2 0 1.2 1.8 0 1.8H9.4h2.7c1.1 0 1.1 1.6 0 1.6H5.2l-3.7-1.6z"/>"#
        }
        Symbol::ScriptTask => {
            r#"<path d="M4.5 1.5h9c-2.4 2.2-2.4 4.2 0 6.5s2.4 4.3 0 6.5h-9c2.4-2.2 2.4-4.2 0-6.5s-2.4-4.3 0-6.5zM6 4.5h5M6.3 8h5.4M8 11.5h5"/>"#
        }
        Symbol::SendTask => {
            r#"<path class="mark-filled" d="M1 3h14v10H1z"/><path class="icon-lines icon-filled" d="M1 3l7 5.5L15 3"/>"#
        }
        Symbol::ReceiveTask => r#"<path d="M1 3h14v10H1zM1 3l7 5.5L15 3"/>"#,
        Symbol::Task
        | Symbol::CallActivity
        | Symbol::SubProcess
        | Symbol::EventSubProcess
        | Symbol::Transaction
        | Symbol::AdHocSubProcess
        | Symbol::StartEvent
        | Symbol::CatchEvent
        | Symbol::ThrowEvent
        | Symbol::BoundaryEvent
        | Symbol::EndEvent
        | Symbol::ExclusiveGateway
        | Symbol::ParallelGateway
        | Symbol::InclusiveGateway
        | Symbol::ComplexGateway
        | Symbol::EventBasedGateway
        | Symbol::InstantiatingGateway
        | Symbol::Participant
        | Symbol::Lane
        | Symbol::TextAnnotation
        | Symbol::Group
        | Symbol::DataObject
        | Symbol::DataStore => "",
    }
}

/// What an activity shows at its lower side.
pub(super) fn marker(marker: Marker) -> &'static str {
    match marker {
        Marker::Loop => "M10.6 11.6A5.2 5.2 0 1 0 4 11.9M4 11.9V8.6M4 11.9H.8",
        Marker::Parallel => "M3 1.5v11M7 1.5v11M11 1.5v11",
        Marker::Sequential => "M1.5 3h11M1.5 7h11M1.5 11h11",
        Marker::Compensation => "M7 2.5v9L1.5 7zM12.5 2.5v9L7 7z",
        Marker::AdHoc => "M1.5 8.5c1.8-3.4 3.8-3.4 5.5-1s3.7 2.4 5.5-1",
        Marker::Collapsed => "M1.5 1.5h11v11h-11zM7 4v6M4 7h6",
    }
}
