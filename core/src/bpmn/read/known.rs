//! Which elements and attributes BPMN knows, and where they may stand.

/// What a child of a process or sub-process is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A flow node.
    FlowNode,
    /// A sequence flow.
    SequenceFlow,
    /// Read elsewhere, or drawn without effect on execution.
    Other,
    /// Has a meaning that is lost here.
    Ignored,
    /// Belongs to another kind of model; the text says what to use instead.
    Foreign(&'static str),
}

/// How the child `local` of a process is treated; `None` where BPMN does not know it.
pub(super) fn part(local: &str) -> Option<Part> {
    Some(match local {
        "startEvent"
        | "endEvent"
        | "intermediateCatchEvent"
        | "intermediateThrowEvent"
        | "implicitThrowEvent"
        | "boundaryEvent"
        | "task"
        | "manualTask"
        | "userTask"
        | "serviceTask"
        | "sendTask"
        | "receiveTask"
        | "businessRuleTask"
        | "scriptTask"
        | "callActivity"
        | "subProcess"
        | "transaction"
        | "adHocSubProcess"
        | "exclusiveGateway"
        | "parallelGateway"
        | "inclusiveGateway"
        | "eventBasedGateway"
        | "complexGateway" => Part::FlowNode,
        "sequenceFlow" => Part::SequenceFlow,
        "laneSet"
        | "textAnnotation"
        | "association"
        | "group"
        | "dataObject"
        | "dataObjectReference"
        | "dataStoreReference"
        | "property"
        | "ioSpecification"
        | "dataInputAssociation"
        | "dataOutputAssociation"
        | "documentation"
        | "extensionElements"
        | "auditing"
        | "monitoring"
        | "incoming"
        | "outgoing"
        | "categoryValueRef"
        | "standardLoopCharacteristics"
        | "multiInstanceLoopCharacteristics"
        | "completionCondition" => Part::Other,
        "ioBinding"
        | "supports"
        | "resourceRole"
        | "performer"
        | "humanPerformer"
        | "potentialOwner"
        | "correlationSubscription" => Part::Ignored,
        "choreographyTask" | "callChoreography" | "subChoreography" => {
            Part::Foreign("Choreographies are not executed; use tasks.")
        }
        _ => return None,
    })
}

/// Elements that hold flow nodes.
pub(super) fn is_sub_process(local: &str) -> bool {
    matches!(local, "subProcess" | "transaction" | "adHocSubProcess")
}

/// Whether a child of a flow node says who works on it in words that are not read.
pub(super) fn is_ignored_part(local: &str) -> bool {
    matches!(
        local,
        "potentialOwner" | "humanPerformer" | "performer" | "resourceRole" | "rendering"
    )
}

/// Whether BPMN knows the child `local` of the flow node `owner`.
pub(super) fn is_part(owner: &str, local: &str) -> bool {
    let is_event = owner.ends_with("Event");
    let in_all = matches!(
        local,
        "documentation"
            | "extensionElements"
            | "incoming"
            | "outgoing"
            | "auditing"
            | "monitoring"
            | "categoryValueRef"
    );
    let of_events = is_event
        && (local.ends_with("EventDefinition")
            || matches!(
                local,
                "eventDefinitionRef"
                    | "property"
                    | "dataInputAssociation"
                    | "dataOutputAssociation"
                    | "dataInput"
                    | "dataOutput"
                    | "inputSet"
                    | "outputSet"
            ));
    let of_activities = !is_event
        && !owner.ends_with("Gateway")
        && matches!(
            local,
            "ioSpecification"
                | "property"
                | "dataInputAssociation"
                | "dataOutputAssociation"
                | "standardLoopCharacteristics"
                | "multiInstanceLoopCharacteristics"
        );
    let of_some = match owner {
        "scriptTask" => local == "script",
        "complexGateway" => local == "activationCondition",
        "adHocSubProcess" => local == "completionCondition",
        _ => false,
    };
    // What stands in a sub-process as in a process is named with that process.
    in_all || of_events || of_activities || of_some || is_sub_process(owner)
}

/// Attributes without a prefix that an element may carry without a remark.
pub(super) fn known_attributes(local: &str) -> &'static [&'static str] {
    match local {
        "process" => &["isExecutable", "isClosed", "processType", "definitionalCollaborationRef"],
        "startEvent" => &["isInterrupting", "parallelMultiple"],
        "intermediateCatchEvent" => &["parallelMultiple"],
        "boundaryEvent" => &["attachedToRef", "cancelActivity", "parallelMultiple"],
        "task" | "manualTask" => &["default"],
        "userTask" | "businessRuleTask" => &["default", "implementation"],
        "serviceTask" => &["default", "implementation", "operationRef"],
        "sendTask" => &["default", "implementation", "operationRef", "messageRef"],
        "receiveTask" => {
            &["default", "implementation", "operationRef", "messageRef", "instantiate"]
        }
        "scriptTask" => &["default", "scriptFormat", "scriptLanguage"],
        "callActivity" => &["default", "calledElement"],
        "subProcess" => &["default", "triggeredByEvent"],
        "transaction" => &["default", "triggeredByEvent", "method", "protocol"],
        "adHocSubProcess" => {
            &["default", "triggeredByEvent", "ordering", "cancelRemainingInstances"]
        }
        "exclusiveGateway" | "inclusiveGateway" | "complexGateway" => {
            &["default", "gatewayDirection"]
        }
        "parallelGateway" => &["gatewayDirection"],
        "eventBasedGateway" => &["gatewayDirection", "instantiate", "eventGatewayType"],
        "sequenceFlow" => &["sourceRef", "targetRef", "isImmediate"],
        _ => &[],
    }
}

/// Attributes of activities that change execution, with the value that changes nothing.
pub(super) const NEUTRAL_ATTRIBUTES: [(&str, &str); 2] =
    [("startQuantity", "1"), ("completionQuantity", "1")];

/// The task that a global task is where it is called; any other element is itself.
pub(super) fn called_task(local: &str) -> &str {
    match local {
        "globalTask" => "task",
        "globalUserTask" => "userTask",
        "globalManualTask" => "manualTask",
        "globalScriptTask" => "scriptTask",
        "globalBusinessRuleTask" => "businessRuleTask",
        other => other,
    }
}
