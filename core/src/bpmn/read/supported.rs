//! Which elements are executed, which are drawn only, and what to do about the rest.

/// What a child of a process is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Support {
    /// A flow node that is executed.
    FlowNode,
    /// A sequence flow.
    SequenceFlow,
    /// Drawn, without effect on execution.
    Drawn,
    /// Text, extensions and references, read or checked elsewhere.
    Part,
    /// Has a meaning that is lost here.
    Ignored,
    /// Not executed yet; the text says what to use instead.
    Refused(&'static str),
}

const WAIT: &str = "Use a user task or a service task at this place for now.";
const SPLIT: &str = "Use exclusive and parallel gateways for now.";
const FLATTEN: &str = "Draw its content in the process itself for now.";
const SCRIPT: &str =
    "Scripts of a host language are never run. Use a FEEL mapping, or a service task.";

/// How the child `local` of a process is treated; `None` where BPMN does not know it.
pub(super) fn support(local: &str) -> Option<Support> {
    Some(match local {
        "startEvent" | "endEvent" | "userTask" | "serviceTask" | "businessRuleTask"
        | "exclusiveGateway" | "parallelGateway" => Support::FlowNode,
        "sequenceFlow" => Support::SequenceFlow,
        "laneSet"
        | "textAnnotation"
        | "association"
        | "group"
        | "dataObject"
        | "dataObjectReference"
        | "dataStoreReference" => Support::Drawn,
        "documentation" | "extensionElements" | "auditing" | "monitoring" => Support::Part,
        "ioSpecification"
        | "ioBinding"
        | "property"
        | "supports"
        | "resourceRole"
        | "performer"
        | "humanPerformer"
        | "potentialOwner"
        | "correlationSubscription" => Support::Ignored,
        "scriptTask" => Support::Refused(SCRIPT),
        "task" | "manualTask" => Support::Refused("Make it a user task or a service task."),
        "sendTask" | "intermediateThrowEvent" | "implicitThrowEvent" => {
            Support::Refused("Use a service task at this place for now.")
        }
        "receiveTask" | "intermediateCatchEvent" => Support::Refused(WAIT),
        "boundaryEvent" => {
            Support::Refused("Remove the boundary event; model the case with a gateway for now.")
        }
        "inclusiveGateway" | "complexGateway" | "eventBasedGateway" => Support::Refused(SPLIT),
        "subProcess" | "transaction" | "adHocSubProcess" | "callActivity" => {
            Support::Refused(FLATTEN)
        }
        "choreographyTask" | "callChoreography" | "subChoreography" => {
            Support::Refused("Choreographies are not executed; use tasks.")
        }
        _ => return None,
    })
}

/// What to do about an event definition that is not executed.
pub(super) fn event_definition_remedy(local: &str) -> &'static str {
    match local {
        "terminateEventDefinition" => "A terminate event definition belongs to an end event.",
        "timerEventDefinition" => "Start the instance from outside, or use a due date, for now.",
        _ => "Use a plain start event, a plain end event or a terminate end event for now.",
    }
}

/// Attributes without a prefix that an element may carry without a remark.
pub(super) fn known_attributes(local: &str) -> &'static [&'static str] {
    match local {
        "process" => &["isExecutable", "isClosed", "processType", "definitionalCollaborationRef"],
        "startEvent" => &["isInterrupting", "parallelMultiple"],
        "userTask" | "businessRuleTask" => &["default", "implementation"],
        "serviceTask" => &["default", "implementation", "operationRef"],
        "exclusiveGateway" => &["default", "gatewayDirection"],
        "parallelGateway" => &["gatewayDirection"],
        "sequenceFlow" => &["sourceRef", "targetRef", "isImmediate"],
        _ => &[],
    }
}

/// Attributes of activities that change execution, with the value that changes nothing.
pub(super) const NEUTRAL_ATTRIBUTES: [(&str, &str); 3] =
    [("isForCompensation", "false"), ("startQuantity", "1"), ("completionQuantity", "1")];
