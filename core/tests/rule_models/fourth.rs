//! Rules about flows, texts, names and extensions.

use crate::{Case, ERROR, INFO, WARNING};

pub(super) const CASES: &[Case] = &[
    Case {
        rule: "condition-always",
        severity: WARNING,
        good: task!(
            "<inclusiveGateway id='g' default='b'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'/>"
        ),
        bad: task!(
            "<inclusiveGateway id='g' default='b'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'/>"
        ),
        elements: &["a"],
    },
    Case {
        rule: "condition-on-default",
        severity: WARNING,
        good: task!(
            "<exclusiveGateway id='g' default='b'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'></sequenceFlow>"
        ),
        bad: task!(
            "<exclusiveGateway id='g' default='b'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow>"
        ),
        elements: &["b"],
    },
    Case {
        rule: "condition-misplaced",
        severity: ERROR,
        good: task!(
            "<exclusiveGateway id='g' default='b'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'></sequenceFlow>"
        ),
        bad: task!(
            "<parallelGateway id='g'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow>"
        ),
        elements: &["a"],
    },
    Case {
        rule: "default-flow-missing",
        severity: INFO,
        good: task!(
            "<exclusiveGateway id='g' default='b'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'></sequenceFlow>"
        ),
        bad: task!(
            "<exclusiveGateway id='g'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow>"
        ),
        elements: &["g"],
    },
    Case {
        rule: "default-flow-not-outgoing",
        severity: ERROR,
        good: task!(
            "<exclusiveGateway id='g' default='b'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'></sequenceFlow>"
        ),
        bad: task!(
            "<exclusiveGateway id='g' default='f1'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow>"
        ),
        elements: &["g"],
    },
    Case {
        rule: "gateway-no-outgoing",
        severity: ERROR,
        good: task!(
            "<exclusiveGateway id='g' default='b'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'></sequenceFlow>"
        ),
        bad: task!("<exclusiveGateway id='g'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/>"),
        elements: &["g"],
    },
    Case {
        rule: "element-unknown",
        severity: ERROR,
        good: task!(""),
        bad: task!("<useTask id='x'/>"),
        elements: &["x"],
    },
    Case {
        rule: "element-unsupported",
        severity: ERROR,
        good: task!(
            "<scriptTask id='x'><extensionElements><zeebe:script expression='=1' resultVariable='y'/></extensionElements></scriptTask>"
        ),
        bad: task!("<scriptTask id='x' scriptFormat='groovy'><script>exit()</script></scriptTask>"),
        elements: &["x"],
    },
    Case {
        rule: "attribute-unknown",
        severity: WARNING,
        good: task!("<serviceTask id='x' name='X'/>"),
        bad: task!("<serviceTask id='x' nam='X'/>"),
        elements: &["x"],
    },
    Case {
        rule: "attribute-unsupported",
        severity: ERROR,
        good: task!("<serviceTask id='x' startQuantity='1'/>"),
        bad: task!("<serviceTask id='x' startQuantity='2'/>"),
        elements: &["x"],
    },
    Case {
        rule: "boolean-invalid",
        severity: ERROR,
        good: task!(
            "<boundaryEvent id='b' attachedToRef='t' cancelActivity='false'><signalEventDefinition signalRef='stop'/></boundaryEvent>"
        ),
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='t' cancelActivity='no'><signalEventDefinition signalRef='stop'/></boundaryEvent>"
        ),
        elements: &["b"],
    },
    Case {
        rule: "date-invalid",
        severity: ERROR,
        good: task!(
            "<userTask id='x'><extensionElements><zeebe:taskSchedule dueDate='2026-01-01T00:00:00Z'/></extensionElements></userTask>"
        ),
        bad: task!(
            "<userTask id='x'><extensionElements><zeebe:taskSchedule dueDate='tomorrow'/></extensionElements></userTask>"
        ),
        elements: &["x"],
    },
    Case {
        rule: "number-invalid",
        severity: ERROR,
        good: task!(
            "<userTask id='x'><extensionElements><zeebe:priorityDefinition priority='70'/></extensionElements></userTask>"
        ),
        bad: task!(
            "<userTask id='x'><extensionElements><zeebe:priorityDefinition priority='high'/></extensionElements></userTask>"
        ),
        elements: &["x"],
    },
    Case {
        rule: "end-implicit",
        severity: INFO,
        good: task!(""),
        bad: task!("<task id='x'/><sequenceFlow id='f3' sourceRef='t' targetRef='x'/>"),
        elements: &["x"],
    },
    Case {
        rule: "end-outgoing",
        severity: ERROR,
        good: task!(""),
        bad: task!("<task id='x'/><sequenceFlow id='f3' sourceRef='e' targetRef='x'/>"),
        elements: &["e"],
    },
    Case {
        rule: "start-incoming",
        severity: ERROR,
        good: task!(""),
        bad: task!("<sequenceFlow id='f3' sourceRef='t' targetRef='s'/>"),
        elements: &["s"],
    },
    Case {
        rule: "node-unreachable",
        severity: WARNING,
        good: task!(""),
        bad: task!(
            "<exclusiveGateway id='x'/><exclusiveGateway id='y'/><sequenceFlow id='f3' sourceRef='x' targetRef='y'/><sequenceFlow id='f4' sourceRef='y' targetRef='x'/><sequenceFlow id='f5' sourceRef='y' targetRef='e'/>"
        ),
        elements: &["x", "y"],
    },
    Case {
        rule: "node-without-end",
        severity: WARNING,
        good: task!(""),
        bad: task!(
            "<task id='x'/><task id='y'/><sequenceFlow id='f3' sourceRef='t' targetRef='x'/><sequenceFlow id='f4' sourceRef='x' targetRef='y'/><sequenceFlow id='f5' sourceRef='y' targetRef='x'/>"
        ),
        elements: &["x", "y"],
    },
    Case {
        rule: "id-duplicate",
        severity: ERROR,
        good: task!(""),
        bad: task!("<task id='t'/>"),
        elements: &["t"],
    },
    Case {
        rule: "id-invalid",
        severity: ERROR,
        good: task!(""),
        bad: task!("<task id='1 x'/>"),
        elements: &["1 x"],
    },
    Case {
        rule: "id-missing",
        severity: WARNING,
        good: task!(""),
        bad: task!("<task/>"),
        elements: &[""],
    },
    Case {
        rule: "mapping-incomplete",
        severity: ERROR,
        good: task!(
            "<task id='x'><extensionElements><zeebe:ioMapping><zeebe:input source='=1' target='a'/></zeebe:ioMapping></extensionElements></task>"
        ),
        bad: task!(
            "<task id='x'><extensionElements><zeebe:ioMapping><zeebe:input source='=1'/></zeebe:ioMapping></extensionElements></task>"
        ),
        elements: &["x"],
    },
    Case {
        rule: "mapping-target",
        severity: ERROR,
        good: task!(
            "<task id='x'><extensionElements><zeebe:ioMapping><zeebe:input source='=1' target='a'/></zeebe:ioMapping></extensionElements></task>"
        ),
        bad: task!(
            "<task id='x'><extensionElements><zeebe:ioMapping><zeebe:input source='=1' target='a + 1'/></zeebe:ioMapping></extensionElements></task>"
        ),
        elements: &["x"],
    },
    Case {
        rule: "not-bpmn",
        severity: ERROR,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><process id='p' isExecutable='true'><startEvent id='s'/></process></definitions>",
        bad: "<definitions xmlns='http://example.org'/>",
        elements: &[""],
    },
    Case {
        rule: "no-executable-process",
        severity: ERROR,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><process id='p' isExecutable='true'><startEvent id='s'/></process></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'></definitions>",
        elements: &[""],
    },
    Case {
        rule: "process-not-executable",
        severity: INFO,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><process id='p' isExecutable='true'><startEvent id='s'/></process></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><process id='p' isExecutable='false'><startEvent id='s'/></process></definitions>",
        elements: &["p"],
    },
    Case {
        rule: "reference-missing",
        severity: ERROR,
        good: task!("<receiveTask id='x' messageRef='paid'/>"),
        bad: task!("<receiveTask id='x' messageRef='gone'/>"),
        elements: &["x"],
    },
    Case {
        rule: "topic-missing",
        severity: WARNING,
        good: "<serviceTask id='w' camunda:type='external' camunda:topic='x'/>",
        bad: "<serviceTask id='w' camunda:type='external'/>",
        elements: &["w"],
    },
    Case {
        rule: "user-task-name",
        severity: INFO,
        good: task!(""),
        bad: task!("<userTask id='x'/>"),
        elements: &["x"],
    },
    Case {
        rule: "extension-ignored",
        severity: WARNING,
        good: task!(
            "<userTask id='x'><extensionElements><zeebe:userTask/></extensionElements></userTask>"
        ),
        bad: task!(
            "<userTask id='x'><extensionElements><zeebe:linkedResources/></extensionElements></userTask>"
        ),
        elements: &["x"],
    },
    Case {
        rule: "extension-attribute-ignored",
        severity: WARNING,
        good: task!(
            "<userTask id='x'><extensionElements><zeebe:priorityDefinition priority='1'/></extensionElements></userTask>"
        ),
        bad: task!(
            "<userTask id='x'><extensionElements><zeebe:priorityDefinition priority='1' colour='red'/></extensionElements></userTask>"
        ),
        elements: &["x"],
    },
    Case {
        rule: "extension-foreign",
        severity: WARNING,
        good: task!("<userTask id='x' camunda:assignee='ada'/>"),
        bad: task!("<userTask id='x' camunda:asyncBefore='true'/>"),
        elements: &["x"],
    },
    Case {
        rule: "extension-unknown",
        severity: WARNING,
        good: task!(""),
        bad: task!(
            "<userTask id='x'><extensionElements><y:z xmlns:y='http://example.org/y'/></extensionElements></userTask>"
        ),
        elements: &["x"],
    },
    Case {
        rule: "form-reference",
        severity: ERROR,
        good: task!(
            "<userTask id='x'><extensionElements><zeebe:formDefinition formId='f'/></extensionElements></userTask>"
        ),
        bad: task!(
            "<userTask id='x'><extensionElements><zeebe:formDefinition/></extensionElements></userTask>"
        ),
        elements: &["x"],
    },
    Case {
        rule: "form-binding",
        severity: WARNING,
        good: task!(
            "<userTask id='x'><extensionElements><zeebe:formDefinition formId='f'/></extensionElements></userTask>"
        ),
        bad: task!(
            "<userTask id='x'><extensionElements><zeebe:formDefinition formId='f' bindingType='deployment'/></extensionElements></userTask>"
        ),
        elements: &["x"],
    },
    Case {
        rule: "diagram-part-ignored",
        severity: WARNING,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><process id='p' isExecutable='true'><startEvent id='s'/><endEvent id='e'/><sequenceFlow id='f' sourceRef='s' targetRef='e'/></process><di:BPMNDiagram id='d'><di:BPMNPlane id='pl' bpmnElement='p'><di:BPMNShape id='s_s' bpmnElement='s'><dc:Bounds x='1' y='1' width='36' height='36'/></di:BPMNShape><di:BPMNShape id='e_s' bpmnElement='e'><dc:Bounds x='1' y='1' width='36' height='36'/></di:BPMNShape></di:BPMNPlane></di:BPMNDiagram></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><process id='p' isExecutable='true'><startEvent id='s'/><endEvent id='e'/><sequenceFlow id='f' sourceRef='s' targetRef='e'/></process><di:BPMNDiagram id='d'><di:BPMNPlane id='pl' bpmnElement='p'><di:BPMNShape id='s_s' bpmnElement='s'><dc:Bounds x='1' y='1' width='36' height='36'/></di:BPMNShape><di:BPMNShape id='e_s' bpmnElement='e'><dc:Bounds x='1' y='1' width='36' height='36'/></di:BPMNShape><di:BPMNShape id='gone_s' bpmnElement='gone'><dc:Bounds x='1' y='1' width='36' height='36'/></di:BPMNShape></di:BPMNPlane></di:BPMNDiagram></definitions>",
        elements: &["gone"],
    },
    Case {
        rule: "diagram-part-invalid",
        severity: ERROR,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><process id='p' isExecutable='true'><startEvent id='s'/><endEvent id='e'/><sequenceFlow id='f' sourceRef='s' targetRef='e'/></process><di:BPMNDiagram id='d'><di:BPMNPlane id='pl' bpmnElement='p'><di:BPMNShape id='s_s' bpmnElement='s'><dc:Bounds x='1' y='1' width='36' height='36'/></di:BPMNShape><di:BPMNShape id='e_s' bpmnElement='e'><dc:Bounds x='1' y='1' width='36' height='36'/></di:BPMNShape></di:BPMNPlane></di:BPMNDiagram></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><process id='p' isExecutable='true'><startEvent id='s'/><endEvent id='e'/><sequenceFlow id='f' sourceRef='s' targetRef='e'/></process><di:BPMNDiagram id='d'><di:BPMNPlane id='pl' bpmnElement='p'><di:BPMNShape id='s_s' bpmnElement='s'><dc:Bounds x='1' y='1' width='36' height='36'/></di:BPMNShape><di:BPMNShape id='e_s' bpmnElement='e'><dc:Bounds x='1' y='1' width='wide' height='36'/></di:BPMNShape></di:BPMNPlane></di:BPMNDiagram></definitions>",
        elements: &["e"],
    },
];
