//! What BPMN asks of a process, and what is not executed: each rule with a model that breaks it.

use spartito_core::bpmn::diagnostic::{Diagnostic, Severity};
use spartito_core::bpmn::model::FlowNodeKind;
use spartito_core::bpmn::{Reading, read};

/// A file with a process that holds `body`, which starts in line 2.
fn file(body: &str) -> String {
    format!(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' \
         xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' \
         xmlns:camunda='http://camunda.org/schema/1.0/bpmn' \
         xmlns:modeler='http://camunda.org/schema/modeler/1.0' \
         xmlns:acme='http://acme.example/bpmn'><process id='p' isExecutable='true'>\n\
         {body}</process></definitions>"
    )
}

fn findings_of(xml: &str) -> Vec<Diagnostic> {
    match read(xml.as_bytes()) {
        Ok(reading) => reading.findings,
        Err(findings) => findings,
    }
}

/// All findings but those of style and of the missing drawing, as `severity rule element line`.
fn found(body: &str) -> Vec<String> {
    findings_of(&file(body))
        .into_iter()
        .filter(|finding| {
            !matches!(finding.rule.as_str(), "no-diagram" | "label-missing" | "gateway-superfluous")
        })
        .map(|f| {
            let severity = match f.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            };
            format!("{severity} {} {} {}", f.rule, f.element, f.position.line)
        })
        .collect()
}

/// Lines of a model from start `s` to end `e` by way of a task `t`, with `more`.
fn line_with(more: &str) -> String {
    format!(
        "<startEvent id='s'/><serviceTask id='t'/><endEvent id='e'/>\
         <sequenceFlow id='f1' sourceRef='s' targetRef='t'/>\
         <sequenceFlow id='f2' sourceRef='t' targetRef='e'/>\n{more}"
    )
}

#[test]
fn a_plain_process_has_no_findings() {
    assert_eq!(found(&line_with("")), Vec::<String>::new());
}

#[test]
fn a_process_starts_somewhere_and_nothing_leads_into_a_start_event() {
    assert_eq!(
        found("<userTask id='t' name='T'/>"),
        ["warning start-implicit p 1", "info end-implicit t 2"]
    );
    assert_eq!(found(""), ["error start-missing p 1"]);
    assert_eq!(
        found(
            "<userTask id='t' name='T'/><endEvent id='e'/>\
               <sequenceFlow id='f' sourceRef='t' targetRef='e'/>"
        ),
        ["error start-missing p 1"]
    );
    let back = "<sequenceFlow id='f3' sourceRef='t' targetRef='s'/>";
    assert_eq!(found(&line_with(back)), ["error start-incoming s 2"]);
}

#[test]
fn nothing_leaves_an_end_event() {
    let on = "<endEvent id='e2'/><sequenceFlow id='f3' sourceRef='e' targetRef='e2'/>";
    assert_eq!(found(&line_with(on)), ["error end-outgoing e 2"]);
}

#[test]
fn a_gateway_leads_somewhere() {
    let gateway = "<parallelGateway id='g'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/>";
    assert_eq!(found(&line_with(gateway)), ["error gateway-no-outgoing g 3"]);
    let join = "<sequenceFlow id='f3' sourceRef='t' targetRef='a'/><serviceTask id='a' name='A'/>\
                <sequenceFlow id='f4' sourceRef='t' targetRef='g'/>\
                <sequenceFlow id='f5' sourceRef='a' targetRef='g'/><parallelGateway id='g'/>";
    let found = found(&line_with(join));
    assert!(found.contains(&"warning gateway-no-outgoing g 3".to_owned()), "{found:?}");
    assert!(found.iter().all(|finding| !finding.starts_with("error")), "{found:?}");
}

#[test]
fn every_node_lies_on_a_way_from_start_to_end() {
    assert_eq!(
        found(&line_with("<serviceTask id='lonely'/>")),
        ["warning node-unreachable lonely 3", "info end-implicit lonely 3"]
    );
    let trap = "<serviceTask id='a'/><serviceTask id='b'/>\
                <sequenceFlow id='f3' sourceRef='t' targetRef='a'/>\
                <sequenceFlow id='f4' sourceRef='a' targetRef='b'/>\
                <sequenceFlow id='f5' sourceRef='b' targetRef='a'/>";
    assert_eq!(
        found(&line_with(trap)),
        ["warning node-without-end a 3", "warning node-without-end b 3"]
    );
}

/// A gateway `g` behind `t`, with these attributes and flows to the end `e`.
fn gateway_with(attributes: &str, flows: &str) -> String {
    line_with(&format!(
        "<exclusiveGateway id='g'{attributes}/>\
         <sequenceFlow id='f3' sourceRef='t' targetRef='g'/>\n{flows}"
    ))
}

fn flow(id: &str, condition: Option<&str>) -> String {
    let condition = condition
        .map(|text| format!("<conditionExpression>{text}</conditionExpression>"))
        .unwrap_or_default();
    format!("<sequenceFlow id='{id}' sourceRef='g' targetRef='e'>{condition}</sequenceFlow>\n")
}

#[test]
fn conditions_stand_where_they_are_evaluated() {
    let two = |a: Option<&str>, b: Option<&str>| flow("a", a) + &flow("b", b);
    assert_eq!(found(&gateway_with(" default='b'", &two(Some("=x"), None))), Vec::<String>::new());
    assert_eq!(found(&gateway_with("", &flow("a", None))), Vec::<String>::new());
    assert_eq!(
        found(&gateway_with("", &two(Some("=x"), None))),
        ["info default-flow-missing g 3", "error condition-missing b 5"]
    );
    assert_eq!(
        found(&gateway_with(" default='b'", &two(Some("=x"), Some("=y")))),
        ["warning condition-on-default b 5"]
    );
    assert_eq!(
        found(&gateway_with(" default='b'", &two(Some("${x}"), None))),
        Vec::<String>::new(),
        "simple expressions of other engines are translated when the process is deployed"
    );
    assert_eq!(
        found(&gateway_with(" default='f1'", &two(Some("=x"), None))),
        [
            "error default-flow-not-outgoing g 3",
            "info default-flow-missing g 3",
            "error condition-missing b 5",
        ]
    );
    let behind = |node: &str| {
        format!(
            "<{node} id='u'/><sequenceFlow id='f3' sourceRef='t' targetRef='u'/>\
             <sequenceFlow id='f4' sourceRef='u' targetRef='e'>\
             <conditionExpression>=x</conditionExpression></sequenceFlow>"
        )
    };
    assert_eq!(found(&line_with(&behind("parallelGateway"))), ["error condition-misplaced f4 3"]);
    assert_eq!(found(&line_with(&behind("serviceTask"))), ["info default-flow-missing u 3"]);
    let script = "<exclusiveGateway id='g'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/>\
                  <sequenceFlow id='f4' sourceRef='g' targetRef='e'>\
                  <conditionExpression language='javascript'>x()</conditionExpression>\
                  </sequenceFlow>";
    assert_eq!(found(&line_with(script)), ["error condition-language f4 3"]);
}

#[test]
fn what_is_not_executed_is_refused_with_its_place() {
    for (body, expected) in [
        ("<scriptTask id='x'/>", "error element-unsupported x 3"),
        ("<callActivity id='x'/>", "error called-element-missing x 3"),
        ("<boundaryEvent id='x' attachedToRef='gone'/>", "error boundary-detached x 3"),
        ("<usrTask id='x'/>", "error element-unknown x 3"),
        ("<userTask/>", "warning id-missing  3"),
        ("<serviceTask id='x' startQuantity='2'/>", "error attribute-unsupported x 3"),
        ("<serviceTask id='x y'/>", "error id-invalid x y 3"),
    ] {
        let all = found(&line_with(body));
        assert!(all.contains(&expected.to_owned()), "{body}: {all:?}");
    }
}

#[test]
fn a_flow_to_a_refused_node_is_no_finding_of_its_own() {
    let body = "<callActivity id='x'/><sequenceFlow id='f3' sourceRef='t' targetRef='x'/>\
                <sequenceFlow id='f4' sourceRef='x' targetRef='e'/>";
    assert_eq!(found(&line_with(body)), ["error called-element-missing x 3"]);
}

fn extended(element: &str, extensions: &str) -> Vec<String> {
    found(&line_with(&format!(
        "<{element} id='x' name='X'><extensionElements>{extensions}</extensionElements></{element}>\
         <sequenceFlow id='f3' sourceRef='t' targetRef='x'/>\
         <sequenceFlow id='f4' sourceRef='x' targetRef='e'/>"
    )))
}

#[test]
fn extensions_that_are_not_executed_are_named() {
    for (element, extension, expected) in [
        ("userTask", "<zeebe:taskListeners/>", "warning extension-ignored x 3"),
        ("userTask", "<zeebe:taskDefinition type='a'/>", "warning extension-ignored x 3"),
        ("parallelGateway", "<zeebe:ioMapping/>", "warning extension-ignored x 3"),
        ("userTask", "<zeebe:formDefinition/>", "error form-reference x 3"),
        (
            "userTask",
            "<zeebe:formDefinition formId='f' bindingType='deployment'/>",
            "warning form-binding x 3",
        ),
        ("userTask", "<zeebe:priorityDefinition priority='101'/>", "error number-invalid x 3"),
        ("userTask", "<zeebe:taskSchedule dueDate='soon'/>", "error date-invalid x 3"),
        (
            "userTask",
            "<zeebe:taskSchedule dueDate='2026-12-31T10:00:00Z' by='b'/>",
            "warning extension-attribute-ignored x 3",
        ),
        ("serviceTask", "<zeebe:taskDefinition retries='many'/>", "error number-invalid x 3"),
        (
            "serviceTask",
            "<zeebe:ioMapping><zeebe:input source='=a'/></zeebe:ioMapping>",
            "error mapping-incomplete x 3",
        ),
        (
            "serviceTask",
            "<zeebe:ioMapping><zeebe:output source='=a' target='a b'/></zeebe:ioMapping>",
            "error mapping-target x 3",
        ),
        (
            "serviceTask",
            "<zeebe:taskHeaders><zeebe:header key='k'/><zeebe:header key='k'/></zeebe:taskHeaders>",
            "error header-key-duplicate x 3",
        ),
        ("serviceTask", "<camunda:connector/>", "warning extension-foreign x 3"),
        ("serviceTask", "<acme:price/>", "warning extension-unknown x 3"),
    ] {
        assert_eq!(extended(element, extension), [expected], "{extension}");
    }
}

#[test]
fn attributes_of_other_engines_are_named_and_those_of_tools_are_not() {
    let task = "<serviceTask id='x' camunda:topic='a' modeler:color='red' zeebe:modelerTemplate='m' \
                extra='1'/><sequenceFlow id='f3' sourceRef='t' targetRef='x'/>\
                <sequenceFlow id='f4' sourceRef='x' targetRef='e'/>";
    assert_eq!(
        found(&line_with(task)),
        ["warning attribute-unknown x 3", "warning extension-foreign x 3"]
    );
}

#[test]
fn a_user_task_without_a_name_is_worth_a_remark() {
    let task = "<userTask id='x'/><sequenceFlow id='f3' sourceRef='t' targetRef='x'/>\
                <sequenceFlow id='f4' sourceRef='x' targetRef='e'/>";
    assert_eq!(found(&line_with(task)), ["info user-task-name x 3"]);
}

fn read_ok(xml: &str) -> Reading {
    read(xml.as_bytes()).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

#[test]
fn the_process_to_run_is_the_one_marked_or_the_only_one() {
    let plain = file(&line_with(""));
    let unmarked = plain.replace(" isExecutable='true'", "");
    assert_eq!(read_ok(&unmarked).definitions.processes.len(), 1);
    let off = plain.replace("'true'", "'false'");
    let rules: Vec<String> = findings_of(&off).into_iter().map(|f| f.rule).collect();
    assert!(rules.contains(&"no-executable-process".to_owned()), "{rules:?}");
    let second = "</process><process id='q'><subProcess id='drawn'/></process></definitions>";
    let both = plain.replace("</process></definitions>", second);
    let reading = read_ok(&both);
    assert_eq!(reading.definitions.processes.len(), 1);
    assert!(
        reading.findings.iter().any(|f| f.rule == "process-not-executable" && f.element == "q")
    );
    let odd = plain.replace("'true'", "'yes'");
    assert!(findings_of(&odd).iter().any(|f| f.rule == "boolean-invalid"));
}

#[test]
fn a_pool_refers_to_a_process_of_the_file() {
    let pool = "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>\
                <collaboration id='c'><participant id='a' name='Bank' processRef='gone'/>\
                <participant id='b' processRef='p'/><participant id='d'/></collaboration>\n\
                <process id='p'><startEvent id='s'/></process></definitions>";
    let errors: Vec<_> = findings_of(pool)
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| (finding.rule, finding.element, finding.name))
        .collect();
    let expected = ("participant-process-missing", "a", "Bank");
    assert_eq!(errors, [(expected.0.to_owned(), expected.1.to_owned(), expected.2.to_owned())]);
}

#[test]
fn flows_without_an_id_get_one() {
    let body = "<startEvent id='s'/><endEvent id='e'/><endEvent id='unnamed-flow-1'/>\
                <sequenceFlow sourceRef='s' targetRef='e'/>\
                <sequenceFlow id='unnamed-flow-2' sourceRef='s' targetRef='e'/>\
                <sequenceFlow sourceRef='s' targetRef='unnamed-flow-1'/>";
    let reading = read_ok(&file(body));
    let flows = &reading.definitions.processes[0].flows;
    let ids: Vec<&str> = flows.iter().map(|flow| flow.id.as_str()).collect();
    assert_eq!(ids, ["unnamed-flow-1", "unnamed-flow-2", "unnamed-flow-3"]);
}

#[test]
fn a_dmn_file_is_told_from_a_broken_one() {
    let dmn = "<definitions xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/'/>";
    assert!(findings_of(dmn)[0].message.contains("DMN"));
    let html = "<html/>";
    assert_eq!(findings_of(html)[0].rule, "not-bpmn");
}

#[test]
fn a_drawing_that_the_schema_forbids_is_refused() {
    let drawn = |part: &str| {
        file(&line_with("")).replace(
            "</definitions>",
            &format!(
                "<d:BPMNDiagram xmlns:d='http://www.omg.org/spec/BPMN/20100524/DI' \
                 xmlns:dc='http://www.omg.org/spec/DD/20100524/DC' \
                 xmlns:di='http://www.omg.org/spec/DD/20100524/DI'><d:BPMNPlane>\n\
                 {part}</d:BPMNPlane></d:BPMNDiagram></definitions>"
            ),
        )
    };
    let bounds = |x: &str| format!("<dc:Bounds x='{x}' y='0' width='1' height='1'/>");
    let shape = |x: &str| format!("<d:BPMNShape bpmnElement='s'>{}</d:BPMNShape>", bounds(x));
    let rules = |part: &str| -> Vec<String> {
        let all = findings_of(&drawn(part)).into_iter();
        all.filter(|f| f.rule.starts_with("diagram")).map(|f| f.rule).collect()
    };
    assert_eq!(rules(&shape("-1.5")), Vec::<String>::new());
    for x in ["", "NaN", "inf", "1e9", "left"] {
        assert_eq!(rules(&shape(x)), ["diagram-part-invalid"], "{x}");
    }
    assert_eq!(rules("<d:BPMNEdge bpmnElement='f1'/>"), ["diagram-part-invalid"]);
    assert_eq!(rules("<d:BPMNEdge bpmnElement='gone'/>"), ["diagram-part-ignored"]);
    assert_eq!(rules("<d:BPMNEdge bpmnElement='s'/>"), ["diagram-part-ignored"]);
}

#[test]
fn marked_elements_of_the_model_are_what_they_are_called() {
    let reading = read_ok(&file(&line_with("")));
    let process = &reading.definitions.processes[0];
    assert!(process.nodes[0].kind.is_none_start());
    assert!(
        matches!(&process.nodes[1].kind, FlowNodeKind::ServiceTask(task) if task.job_type.text == "t")
    );
    assert!(
        matches!(&process.nodes[2].kind, FlowNodeKind::EndEvent(end) if end.definitions.is_empty())
    );
    assert_eq!(process.name, "p", "the id stands in for a missing name");
}
