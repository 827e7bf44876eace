//! What the model says of a file: scopes, events, markers, extensions of several engines, pools.

use spartito_core::bpmn::inspect;
use spartito_core::bpmn::model::{
    Binding, CalledElement, DataKind, Definitions, EventDefinition, FlowNode, FlowNodeKind,
    LoopCharacteristics, MessageFlowEnd, MultiInstance, MultiInstanceBehavior, Process, ScriptTask,
    SubProcessKind, Text, Timer,
};

/// Reads a file with declarations, a process that holds `body`, and `more` beside it.
fn definitions(body: &str, more: &str) -> Definitions {
    let text = format!(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' \
         xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' \
         xmlns:camunda='http://camunda.org/schema/1.0/bpmn' \
         xmlns:flowable='http://flowable.org/bpmn' xmlns:t='urn:t' targetNamespace='urn:t'>\
         <message id='paid' name='Paid'><extensionElements>\
         <zeebe:subscription correlationKey='=order'/></extensionElements></message>\
         <signal id='stop' name='Stop'/><error id='failed' name='Failed' errorCode='E1'/>\
         <escalation id='late' escalationCode='L1'/>{more}\
         <process id='p' isExecutable='true'>{body}</process></definitions>"
    );
    let inspection = inspect(text.as_bytes());
    assert!(inspection.is_whole.iter().all(|is_whole| *is_whole), "{:#?}", inspection.findings);
    inspection.definitions.expect("a model of BPMN")
}

fn process(body: &str) -> Process {
    definitions(body, "").processes.remove(0)
}

fn node<'p>(process: &'p Process, id: &str) -> &'p FlowNode {
    process.nodes.iter().find(|node| node.id.as_str() == id).expect("the node is there")
}

fn text(text: Option<&Text>) -> &str {
    text.map_or("", |text| text.text.as_str())
}

fn repeats(node: &FlowNode) -> &MultiInstance {
    match &node.loop_characteristics {
        Some(LoopCharacteristics::MultiInstance(it)) => it,
        other => panic!("a multi-instance marker, not {other:?}"),
    }
}

#[test]
fn nodes_know_their_scope_and_scopes_their_nodes() {
    let process = process(
        "<startEvent id='s'/><subProcess id='outer'><transaction id='inner'><task id='deep'/>\
         </transaction></subProcess><subProcess id='aside' triggeredByEvent='true'>\
         <startEvent id='caught' isInterrupting='false'><signalEventDefinition signalRef='t:stop'/>\
         </startEvent></subProcess>",
    );
    let ids: Vec<&str> = process.nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!(ids, ["s", "outer", "inner", "deep", "aside", "caught"], "document order");
    let names = |scope: Option<&str>| -> Vec<&str> {
        let scope = scope.map(|id| {
            process.node_indices().find(|it| process.node(*it).id.as_str() == id).expect("there")
        });
        process.children_of(scope).iter().map(|it| process.node(*it).id.as_str()).collect()
    };
    assert_eq!(names(None), ["s", "outer", "aside"]);
    assert_eq!((names(Some("outer")), names(Some("inner"))), (vec!["inner"], vec!["deep"]));
    assert!(node(&process, "aside").kind.is_event_sub_process());
    let inner = node(&process, "inner").kind.sub_process().expect("a sub-process");
    assert!(matches!(inner.kind, SubProcessKind::Transaction));
    assert!(process.lies_in(node(&process, "deep").scope, node(&process, "inner").scope));
    let FlowNodeKind::StartEvent(start) = &node(&process, "caught").kind else { panic!("a start") };
    assert!(!start.is_interrupting);
    let [EventDefinition::Signal(Some(signal))] = start.catch.definitions.as_slice() else {
        panic!("a signal, by a name with a prefix")
    };
    assert_eq!(signal.name.text, "Stop");
}

#[test]
fn events_hold_what_they_refer_to() {
    let process = process(
        "<userTask id='t'/><boundaryEvent id='b' attachedToRef='t' cancelActivity='false' \
         parallelMultiple='true'><messageEventDefinition messageRef='paid'/><timerEventDefinition>\
         <timeCycle>R3/PT10M</timeCycle></timerEventDefinition></boundaryEvent>\
         <boundaryEvent id='c' attachedToRef='t'><compensateEventDefinition/></boundaryEvent>\
         <task id='undo' isForCompensation='true'/><association id='a' sourceRef='c' targetRef='undo'/>\
         <boundaryEvent id='f' attachedToRef='t'><errorEventDefinition errorRef='failed' \
         camunda:errorCodeVariable='code' camunda:errorMessageVariable='words'/></boundaryEvent>\
         <endEvent id='x'><escalationEventDefinition escalationRef='late'/></endEvent>\
         <intermediateThrowEvent id='y'><compensateEventDefinition activityRef='t' \
         waitForCompletion='false'/></intermediateThrowEvent>\
         <intermediateThrowEvent id='l'><linkEventDefinition name='on'/></intermediateThrowEvent>\
         <intermediateCatchEvent id='m'><linkEventDefinition name='on'/></intermediateCatchEvent>",
    );
    let FlowNodeKind::BoundaryEvent(event) = &node(&process, "b").kind else { panic!("a border") };
    assert!(!event.cancels_activity && event.catch.is_parallel);
    assert_eq!(process.node(event.attached_to).id.as_str(), "t");
    assert_eq!(node(&process, "t").boundary_events.len(), 3);
    let [EventDefinition::Message(Some(message)), EventDefinition::Timer(Some(timer))] =
        event.catch.definitions.as_slice()
    else {
        panic!("a message and a timer")
    };
    assert_eq!(
        (message.name.text.as_str(), text(message.correlation_key.as_ref())),
        ("Paid", "=order")
    );
    assert!(matches!(timer, Timer::Cycle(it) if it.text == "R3/PT10M"));
    let FlowNodeKind::BoundaryEvent(event) = &node(&process, "c").kind else { panic!("a border") };
    let handler = event.compensation_handler.map(|index| process.node(index));
    assert!(handler.is_some_and(|it| it.id.as_str() == "undo" && it.is_for_compensation));
    let [EventDefinition::Error(error)] = node(&process, "f").kind.event_definitions() else {
        panic!("an error")
    };
    let code = error.error.as_ref().and_then(|it| it.code.as_ref());
    let variables = (error.code_variable.as_deref(), error.message_variable.as_deref());
    assert_eq!((text(code), variables), ("E1", (Some("code"), Some("words"))));
    let [EventDefinition::Compensation(it)] = node(&process, "y").kind.event_definitions() else {
        panic!("compensation")
    };
    let activity = it.activity.map(|index| process.node(index).id.as_str());
    assert_eq!((activity, it.waits_for_completion), (Some("t"), false));
    let [EventDefinition::Link(link)] = node(&process, "l").kind.event_definitions() else {
        panic!("a link")
    };
    assert_eq!(link.target.map(|index| process.node(index).id.as_str()), Some("m"));
}

#[test]
fn markers_say_how_often_in_three_dialects() {
    let process = process(
        "<task id='z'><multiInstanceLoopCharacteristics isSequential='true'><extensionElements>\
         <zeebe:loopCharacteristics inputCollection='=items' inputElement='item' \
         outputCollection='results' outputElement='=result'/></extensionElements>\
         <completionCondition>=done</completionCondition></multiInstanceLoopCharacteristics></task>\
         <task id='c'><multiInstanceLoopCharacteristics camunda:collection='items' \
         camunda:elementVariable='item'/></task>\
         <dataObject id='D1' name='orders' isCollection='true'/><dataObjectReference id='R1' \
         name='Orders' dataObjectRef='D1'/><task id='b'><multiInstanceLoopCharacteristics>\
         <loopDataInputRef>R1</loopDataInputRef><inputDataItem id='i' name='order'/>\
         </multiInstanceLoopCharacteristics></task>\
         <task id='l'><standardLoopCharacteristics testBefore='true' loopMaximum='3'>\
         <loopCondition>more</loopCondition></standardLoopCharacteristics></task>",
    );
    let it = repeats(node(&process, "z"));
    assert!(it.is_sequential);
    assert_eq!(
        (text(it.collection.as_ref()), it.element_variable.as_deref()),
        ("=items", Some("item"))
    );
    assert_eq!(
        (it.output_collection.as_deref(), text(it.output_element.as_ref())),
        (Some("results"), "=result")
    );
    assert_eq!(text(it.completion_condition.as_ref()), "=done");
    let it = repeats(node(&process, "c"));
    let variables = (text(it.collection.as_ref()), it.element_variable.as_deref());
    assert_eq!(variables, ("=items", Some("item")), "the name of a variable");
    let it = repeats(node(&process, "b"));
    assert_eq!(
        (text(it.collection.as_ref()), it.element_variable.as_deref()),
        ("=orders", Some("order"))
    );
    let Some(LoopCharacteristics::Standard(it)) = &node(&process, "l").loop_characteristics else {
        panic!("a standard loop")
    };
    assert_eq!(
        (it.tests_before, text(it.maximum.as_ref()), text(it.condition.as_ref())),
        (true, "3", "more")
    );
}

#[test]
fn behaviors_of_markers_throw_what_stands_at_the_top_of_the_file() {
    let body = "<task id='c'><multiInstanceLoopCharacteristics behavior='None' \
                noneBehaviorEventRef='each'><loopCardinality>3</loopCardinality>\
                </multiInstanceLoopCharacteristics></task>";
    let definitions = definitions(body, "<signalEventDefinition id='each' signalRef='stop'/>");
    let it = repeats(node(&definitions.processes[0], "c"));
    let MultiInstanceBehavior::None(Some(EventDefinition::Signal(Some(signal)))) = &it.behavior
    else {
        panic!("a signal for each, not {:?}", it.behavior)
    };
    assert_eq!((signal.id.as_str(), text(it.cardinality.as_ref())), ("stop", "3"));
}

#[test]
fn tasks_and_calls_are_read_in_the_dialects_people_bring() {
    let body = "<scriptTask id='s'><extensionElements><zeebe:script expression='=a + 1' \
         resultVariable='b'/></extensionElements></scriptTask>\
         <serviceTask id='x' camunda:type='external' camunda:topic='pay'><extensionElements>\
         <camunda:failedJobRetryTimeCycle>R5/PT10M</camunda:failedJobRetryTimeCycle>\
         <camunda:inputOutput><camunda:inputParameter name='sum'>${amount}</camunda:inputParameter>\
         <camunda:outputParameter name='kept'>=result</camunda:outputParameter></camunda:inputOutput>\
         </extensionElements></serviceTask>\
         <userTask id='u' flowable:assignee='${owner}' flowable:candidateGroups='clerks'/>\
         <callActivity id='z'><extensionElements><zeebe:calledElement processId='child' \
         bindingType='versionTag' versionTag='v2' propagateAllChildVariables='false'/>\
         </extensionElements></callActivity>\
         <callActivity id='c' calledElement='child' camunda:calledElementBinding='version' \
         camunda:calledElementVersion='3'><extensionElements><camunda:in businessKey='=key'/>\
         <camunda:in source='a' target='b'/><camunda:out variables='all'/></extensionElements></callActivity>\
         <callActivity id='g' calledElement='approve'/>";
    let all = definitions(body, "<globalUserTask id='approve' name='Approve'/>");
    let process = &all.processes[0];
    let FlowNodeKind::ScriptTask(ScriptTask::Feel { script, result_variable }) =
        &node(process, "s").kind
    else {
        panic!("a script of FEEL")
    };
    assert_eq!((script.text.as_str(), result_variable.as_deref()), ("=a + 1", Some("b")));
    let external = node(process, "x");
    let job = external.kind.service().expect("a job");
    assert_eq!(job.job_type.text, "pay");
    assert_eq!((text(job.retries.as_ref()), text(job.backoff.as_ref())), ("5", "PT10M"));
    assert_eq!(external.inputs[0].source.text, "${amount}");
    assert_eq!(
        (external.inputs[0].target.as_str(), external.outputs[0].target.as_str()),
        ("sum", "kept")
    );
    let FlowNodeKind::UserTask(task) = &node(process, "u").kind else { panic!("a user task") };
    assert_eq!(
        (text(task.assignee.as_ref()), text(task.candidate_groups.as_ref())),
        ("${owner}", "clerks")
    );
    let call = |id: &str| {
        let FlowNodeKind::CallActivity(call) = &node(process, id).kind else { panic!("a call") };
        call.clone()
    };
    let zeebe = call("z");
    assert_eq!(zeebe.binding, Binding::VersionTag("v2".to_owned()));
    assert!(zeebe.passes_all_in && !zeebe.passes_all_out);
    let camunda = call("c");
    assert_eq!(camunda.binding, Binding::Version(3));
    assert!(!camunda.passes_all_in && camunda.passes_all_out, "only what is named is passed in");
    assert_eq!(
        (text(camunda.business_key.as_ref()), camunda.variables_in[0].source.text.as_str()),
        ("=key", "=a")
    );
    assert!(matches!(call("g").called, CalledElement::GlobalTask { id, task }
        if id == "approve" && matches!(*task, FlowNodeKind::UserTask(_))));
}

#[test]
fn pools_lanes_and_data_are_part_of_the_model() {
    let body = "<laneSet><lane id='L1' name='clerks'><flowNodeRef>t</flowNodeRef><childLaneSet>\
         <lane id='L2' name='seniors'><flowNodeRef>t</flowNodeRef></lane></childLaneSet></lane></laneSet>\
         <property id='P1' name='limit'/><dataStoreReference id='S1' name='Ledger book'/>\
         <sendTask id='t'><dataInputAssociation><sourceRef>P1</sourceRef><assignment>\
         <from>limit * 2</from><to>doubled</to></assignment></dataInputAssociation></sendTask>";
    let more = "<collaboration id='C'><participant id='A' name='Us' processRef='p'/>\
         <participant id='B' name='Them'/><messageFlow id='M' sourceRef='t' targetRef='B'/></collaboration>";
    let all = definitions(body, more);
    let process = &all.processes[0];
    let task = node(process, "t");
    let lane = task.lane.map(|lane| process.lane(lane));
    assert!(
        lane.is_some_and(|lane| lane.name == "seniors" && lane.parent.is_some()),
        "the innermost"
    );
    let association = &task.data.inputs[0];
    assert_eq!(association.sources.len(), 1);
    let source = process.data_item(association.sources[0]);
    assert_eq!((&*source.variable, source.kind, source.scope), ("limit", DataKind::Property, None));
    assert_eq!(association.assignments[0].source.text, "=limit * 2");
    let store = process.data.iter().find(|item| item.kind == DataKind::Store).expect("a store");
    assert_eq!(&*store.variable, "S1", "its name is not that of a variable");
    let collaboration = &all.collaborations[0];
    assert_eq!(collaboration.participants[1].process, None);
    let flow = &process.message_flows[0];
    assert!(matches!(&flow.source, MessageFlowEnd::Node { node, .. } if node.as_str() == "t"));
    assert!(matches!(&flow.target, MessageFlowEnd::Participant { id, process: None } if id == "B"));
}

#[test]
fn a_global_task_says_as_much_as_a_task_of_its_kind() {
    let body = "<callActivity id='g' calledElement='approve'/>";
    let more = "<globalUserTask id='approve' name='Approve' camunda:candidateGroups='board'>\
         <extensionElements><zeebe:assignmentDefinition assignee='ada'/></extensionElements>\
         </globalUserTask>";
    let all = definitions(body, more);
    let FlowNodeKind::CallActivity(call) = &node(&all.processes[0], "g").kind else {
        panic!("a call")
    };
    let CalledElement::GlobalTask { task, .. } = &call.called else { panic!("a global task") };
    let FlowNodeKind::UserTask(task) = &**task else { panic!("a user task") };
    assert_eq!(
        (text(task.assignee.as_ref()), text(task.candidate_groups.as_ref())),
        ("ada", "board")
    );
}
