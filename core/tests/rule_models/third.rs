//! Rules about references, what is called, loops and what a file holds beside its process.

use crate::{Case, ERROR, WARNING};

pub(super) const CASES: &[Case] = &[
    Case {
        rule: "association-end-missing",
        severity: WARNING,
        good: task!("<textAnnotation id='n'/><association id='a' sourceRef='t' targetRef='n'/>"),
        bad: task!("<association id='a' sourceRef='t' targetRef='gone'/>"),
        elements: &["a"],
    },
    Case {
        rule: "called-element-binding",
        severity: ERROR,
        good: "<callActivity id='c'><extensionElements><zeebe:calledElement processId='q' bindingType='versionTag' versionTag='v1'/></extensionElements></callActivity>",
        bad: "<callActivity id='c'><extensionElements><zeebe:calledElement processId='q' bindingType='newest'/></extensionElements></callActivity>",
        elements: &["c"],
    },
    Case {
        rule: "called-element-missing",
        severity: ERROR,
        good: "<callActivity id='c'><extensionElements><zeebe:calledElement processId='q'/></extensionElements></callActivity>",
        bad: "<callActivity id='c'/>",
        elements: &["c"],
    },
    Case {
        rule: "compensation-activity-missing",
        severity: ERROR,
        good: task!("<endEvent id='x'><compensateEventDefinition activityRef='t'/></endEvent>"),
        bad: task!("<endEvent id='x'><compensateEventDefinition activityRef='gone'/></endEvent>"),
        elements: &["x"],
    },
    Case {
        rule: "compensation-handler-several",
        severity: ERROR,
        good: task!(
            "<boundaryEvent id='b' attachedToRef='t'><compensateEventDefinition/></boundaryEvent><task id='u1' isForCompensation='true'/><task id='u2' isForCompensation='true'/><association id='a1' sourceRef='b' targetRef='u1'/>"
        ),
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='t'><compensateEventDefinition/></boundaryEvent><task id='u1' isForCompensation='true'/><task id='u2' isForCompensation='true'/><association id='a1' sourceRef='b' targetRef='u1'/><association id='a2' sourceRef='b' targetRef='u2'/>"
        ),
        elements: &["a2"],
    },
    Case {
        rule: "data-association-ignored",
        severity: WARNING,
        good: task!(
            "<userTask id='d'><dataOutputAssociation id='o'><assignment><from>=1</from><to>total</to></assignment></dataOutputAssociation></userTask>"
        ),
        bad: task!(
            "<userTask id='d'><dataOutputAssociation id='o'><assignment><from>=1</from><to>a + b</to></assignment></dataOutputAssociation></userTask>"
        ),
        elements: &["d"],
    },
    Case {
        rule: "decision-binding",
        severity: ERROR,
        good: "<businessRuleTask id='r'><extensionElements><zeebe:calledDecision decisionId='d' resultVariable='v' bindingType='deployment'/></extensionElements></businessRuleTask>",
        bad: "<businessRuleTask id='r'><extensionElements><zeebe:calledDecision decisionId='d' resultVariable='v' bindingType='newest'/></extensionElements></businessRuleTask>",
        elements: &["r"],
    },
    Case {
        rule: "decision-missing",
        severity: ERROR,
        good: "<businessRuleTask id='r'><extensionElements><zeebe:calledDecision decisionId='d' resultVariable='v'/></extensionElements></businessRuleTask>",
        bad: "<businessRuleTask id='r'><extensionElements><zeebe:calledDecision decisionId='d'/></extensionElements></businessRuleTask>",
        elements: &["r"],
    },
    Case {
        rule: "decision-result",
        severity: ERROR,
        good: "<businessRuleTask id='r' camunda:decisionRef='d' camunda:resultVariable='v' camunda:mapDecisionResult='singleEntry'/>",
        bad: "<businessRuleTask id='r' camunda:decisionRef='d' camunda:resultVariable='v' camunda:mapDecisionResult='any'/>",
        elements: &["r"],
    },
    Case {
        rule: "element-ignored",
        severity: WARNING,
        good: task!("<textAnnotation id='n'/>"),
        bad: task!("<userTask id='d'><potentialOwner id='o'/></userTask>"),
        elements: &["d"],
    },
    Case {
        rule: "error-undeclared",
        severity: WARNING,
        good: task!("<endEvent id='x'><errorEventDefinition errorRef='failed'/></endEvent>"),
        bad: task!("<endEvent id='x'><errorEventDefinition errorRef='E9'/></endEvent>"),
        elements: &["x"],
    },
    Case {
        rule: "event-gateway-type",
        severity: ERROR,
        good: "<eventBasedGateway id='g' eventGatewayType='Exclusive'/><intermediateCatchEvent id='a'><messageEventDefinition messageRef='paid'/></intermediateCatchEvent><intermediateCatchEvent id='b'><signalEventDefinition signalRef='stop'/></intermediateCatchEvent><sequenceFlow id='fa' sourceRef='g' targetRef='a'/><sequenceFlow id='fb' sourceRef='g' targetRef='b'/>",
        bad: "<eventBasedGateway id='g' eventGatewayType='Any'/><intermediateCatchEvent id='a'><messageEventDefinition messageRef='paid'/></intermediateCatchEvent><intermediateCatchEvent id='b'><signalEventDefinition signalRef='stop'/></intermediateCatchEvent><sequenceFlow id='fa' sourceRef='g' targetRef='a'/><sequenceFlow id='fb' sourceRef='g' targetRef='b'/>",
        elements: &["g"],
    },
    Case {
        rule: "extension-must-understand",
        severity: ERROR,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><extension mustUnderstand='false'/><process id='p' isExecutable='true'><startEvent id='s'/></process></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><extension mustUnderstand='true'/><process id='p' isExecutable='true'><startEvent id='s'/></process></definitions>",
        elements: &[""],
    },
    Case {
        rule: "root-element-ignored",
        severity: WARNING,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><message id='m' name='m'/><process id='p' isExecutable='true'><startEvent id='s'/></process></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><choreography id='c'/><process id='p' isExecutable='true'><startEvent id='s'/></process></definitions>",
        elements: &["c"],
    },
    Case {
        rule: "message-flow-end-missing",
        severity: ERROR,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><collaboration id='co'><participant id='one' processRef='p'/><participant id='two' processRef='q'/><messageFlow id='m' sourceRef='t' targetRef='r'/></collaboration><process id='p' isExecutable='true'><startEvent id='s'/><sendTask id='t'/><exclusiveGateway id='x'/><sequenceFlow id='f1' sourceRef='s' targetRef='t'/><sequenceFlow id='f2' sourceRef='t' targetRef='x'/></process><process id='q'><startEvent id='s2'/><receiveTask id='r'/><exclusiveGateway id='y'/><sequenceFlow id='f3' sourceRef='s2' targetRef='r'/><sequenceFlow id='f4' sourceRef='r' targetRef='y'/></process></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><collaboration id='co'><participant id='one' processRef='p'/><participant id='two' processRef='q'/><messageFlow id='m' sourceRef='t' targetRef='gone'/></collaboration><process id='p' isExecutable='true'><startEvent id='s'/><sendTask id='t'/><exclusiveGateway id='x'/><sequenceFlow id='f1' sourceRef='s' targetRef='t'/><sequenceFlow id='f2' sourceRef='t' targetRef='x'/></process><process id='q'><startEvent id='s2'/><receiveTask id='r'/><exclusiveGateway id='y'/><sequenceFlow id='f3' sourceRef='s2' targetRef='r'/><sequenceFlow id='f4' sourceRef='r' targetRef='y'/></process></definitions>",
        elements: &["m"],
    },
    Case {
        rule: "message-flow-inside",
        severity: ERROR,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><collaboration id='co'><participant id='one' processRef='p'/><participant id='two' processRef='q'/><messageFlow id='m' sourceRef='t' targetRef='r'/></collaboration><process id='p' isExecutable='true'><startEvent id='s'/><sendTask id='t'/><exclusiveGateway id='x'/><sequenceFlow id='f1' sourceRef='s' targetRef='t'/><sequenceFlow id='f2' sourceRef='t' targetRef='x'/></process><process id='q'><startEvent id='s2'/><receiveTask id='r'/><exclusiveGateway id='y'/><sequenceFlow id='f3' sourceRef='s2' targetRef='r'/><sequenceFlow id='f4' sourceRef='r' targetRef='y'/></process></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><collaboration id='co'><participant id='one' processRef='p'/><participant id='two' processRef='q'/><messageFlow id='m' sourceRef='t' targetRef='s'/></collaboration><process id='p' isExecutable='true'><startEvent id='s'/><sendTask id='t'/><exclusiveGateway id='x'/><sequenceFlow id='f1' sourceRef='s' targetRef='t'/><sequenceFlow id='f2' sourceRef='t' targetRef='x'/></process><process id='q'><startEvent id='s2'/><receiveTask id='r'/><exclusiveGateway id='y'/><sequenceFlow id='f3' sourceRef='s2' targetRef='r'/><sequenceFlow id='f4' sourceRef='r' targetRef='y'/></process></definitions>",
        elements: &["m"],
    },
    Case {
        rule: "message-flow-source",
        severity: ERROR,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><collaboration id='co'><participant id='one' processRef='p'/><participant id='two' processRef='q'/><messageFlow id='m' sourceRef='t' targetRef='r'/></collaboration><process id='p' isExecutable='true'><startEvent id='s'/><sendTask id='t'/><exclusiveGateway id='x'/><sequenceFlow id='f1' sourceRef='s' targetRef='t'/><sequenceFlow id='f2' sourceRef='t' targetRef='x'/></process><process id='q'><startEvent id='s2'/><receiveTask id='r'/><exclusiveGateway id='y'/><sequenceFlow id='f3' sourceRef='s2' targetRef='r'/><sequenceFlow id='f4' sourceRef='r' targetRef='y'/></process></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><collaboration id='co'><participant id='one' processRef='p'/><participant id='two' processRef='q'/><messageFlow id='m' sourceRef='x' targetRef='r'/></collaboration><process id='p' isExecutable='true'><startEvent id='s'/><sendTask id='t'/><exclusiveGateway id='x'/><sequenceFlow id='f1' sourceRef='s' targetRef='t'/><sequenceFlow id='f2' sourceRef='t' targetRef='x'/></process><process id='q'><startEvent id='s2'/><receiveTask id='r'/><exclusiveGateway id='y'/><sequenceFlow id='f3' sourceRef='s2' targetRef='r'/><sequenceFlow id='f4' sourceRef='r' targetRef='y'/></process></definitions>",
        elements: &["m"],
    },
    Case {
        rule: "message-flow-target",
        severity: ERROR,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><collaboration id='co'><participant id='one' processRef='p'/><participant id='two' processRef='q'/><messageFlow id='m' sourceRef='t' targetRef='r'/></collaboration><process id='p' isExecutable='true'><startEvent id='s'/><sendTask id='t'/><exclusiveGateway id='x'/><sequenceFlow id='f1' sourceRef='s' targetRef='t'/><sequenceFlow id='f2' sourceRef='t' targetRef='x'/></process><process id='q'><startEvent id='s2'/><receiveTask id='r'/><exclusiveGateway id='y'/><sequenceFlow id='f3' sourceRef='s2' targetRef='r'/><sequenceFlow id='f4' sourceRef='r' targetRef='y'/></process></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><collaboration id='co'><participant id='one' processRef='p'/><participant id='two' processRef='q'/><messageFlow id='m' sourceRef='t' targetRef='y'/></collaboration><process id='p' isExecutable='true'><startEvent id='s'/><sendTask id='t'/><exclusiveGateway id='x'/><sequenceFlow id='f1' sourceRef='s' targetRef='t'/><sequenceFlow id='f2' sourceRef='t' targetRef='x'/></process><process id='q'><startEvent id='s2'/><receiveTask id='r'/><exclusiveGateway id='y'/><sequenceFlow id='f3' sourceRef='s2' targetRef='r'/><sequenceFlow id='f4' sourceRef='r' targetRef='y'/></process></definitions>",
        elements: &["m"],
    },
    Case {
        rule: "flow-crosses-pool",
        severity: ERROR,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><collaboration id='co'><participant id='one' processRef='p'/><participant id='two' processRef='q'/><messageFlow id='m' sourceRef='t' targetRef='r'/></collaboration><process id='p' isExecutable='true'><startEvent id='s'/><sendTask id='t'/><exclusiveGateway id='x'/><sequenceFlow id='f1' sourceRef='s' targetRef='t'/><sequenceFlow id='f2' sourceRef='t' targetRef='x'/></process><process id='q'><startEvent id='s2'/><receiveTask id='r'/><exclusiveGateway id='y'/><sequenceFlow id='f3' sourceRef='s2' targetRef='r'/><sequenceFlow id='f4' sourceRef='r' targetRef='y'/></process></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><process id='p' isExecutable='true'><startEvent id='s'/><sequenceFlow id='f' sourceRef='s' targetRef='r'/></process><process id='q'><receiveTask id='r'/></process></definitions>",
        elements: &["f"],
    },
    Case {
        rule: "participant-process-missing",
        severity: ERROR,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><collaboration id='co'><participant id='one' processRef='p'/><participant id='two' processRef='q'/><messageFlow id='m' sourceRef='t' targetRef='r'/></collaboration><process id='p' isExecutable='true'><startEvent id='s'/><sendTask id='t'/><exclusiveGateway id='x'/><sequenceFlow id='f1' sourceRef='s' targetRef='t'/><sequenceFlow id='f2' sourceRef='t' targetRef='x'/></process><process id='q'><startEvent id='s2'/><receiveTask id='r'/><exclusiveGateway id='y'/><sequenceFlow id='f3' sourceRef='s2' targetRef='r'/><sequenceFlow id='f4' sourceRef='r' targetRef='y'/></process></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><collaboration id='co'><participant id='one' processRef='gone'/></collaboration><process id='p' isExecutable='true'><startEvent id='s'/></process></definitions>",
        elements: &["one"],
    },
    Case {
        rule: "form-embedded",
        severity: WARNING,
        good: "<userTask id='u'><extensionElements><zeebe:formDefinition formId='f'/></extensionElements></userTask>",
        bad: "<userTask id='u'><extensionElements><zeebe:userTaskForm id='f'>{}</zeebe:userTaskForm></extensionElements></userTask>",
        elements: &["u"],
    },
    Case {
        rule: "header-key-missing",
        severity: ERROR,
        good: "<serviceTask id='w'><extensionElements><zeebe:taskDefinition type='x'/><zeebe:taskHeaders><zeebe:header key='a' value='1'/></zeebe:taskHeaders></extensionElements></serviceTask>",
        bad: "<serviceTask id='w'><extensionElements><zeebe:taskDefinition type='x'/><zeebe:taskHeaders><zeebe:header value='1'/></zeebe:taskHeaders></extensionElements></serviceTask>",
        elements: &["w"],
    },
    Case {
        rule: "header-key-duplicate",
        severity: ERROR,
        good: "<serviceTask id='w'><extensionElements><zeebe:taskDefinition type='x'/><zeebe:taskHeaders><zeebe:header key='a' value='1'/><zeebe:header key='b' value='2'/></zeebe:taskHeaders></extensionElements></serviceTask>",
        bad: "<serviceTask id='w'><extensionElements><zeebe:taskDefinition type='x'/><zeebe:taskHeaders><zeebe:header key='a' value='1'/><zeebe:header key='a' value='2'/></zeebe:taskHeaders></extensionElements></serviceTask>",
        elements: &["w"],
    },
    Case {
        rule: "lane-node-missing",
        severity: WARNING,
        good: task!("<laneSet id='ls'><lane id='l'><flowNodeRef>t</flowNodeRef></lane></laneSet>"),
        bad: task!(
            "<laneSet id='ls'><lane id='l'><flowNodeRef>gone</flowNodeRef></lane></laneSet>"
        ),
        elements: &["l"],
    },
    Case {
        rule: "loop-ambiguous",
        severity: ERROR,
        good: "<userTask id='u'><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>",
        bad: "<userTask id='u'><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics><standardLoopCharacteristics loopMaximum='3'/></userTask>",
        elements: &["u"],
    },
    Case {
        rule: "loop-behavior",
        severity: ERROR,
        good: "<userTask id='u'><multiInstanceLoopCharacteristics behavior='All'><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>",
        bad: "<userTask id='u'><multiInstanceLoopCharacteristics behavior='Some'><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>",
        elements: &["u"],
    },
    Case {
        rule: "loop-behavior-event",
        severity: ERROR,
        good: "<userTask id='u'><multiInstanceLoopCharacteristics behavior='Complex'><loopCardinality>2</loopCardinality><complexBehaviorDefinition><condition>=true</condition><event id='i'><signalEventDefinition signalRef='stop'/></event></complexBehaviorDefinition></multiInstanceLoopCharacteristics></userTask>",
        bad: "<userTask id='u'><multiInstanceLoopCharacteristics behavior='Complex'><loopCardinality>2</loopCardinality><complexBehaviorDefinition><condition>=true</condition><event id='i'><compensateEventDefinition/></event></complexBehaviorDefinition></multiInstanceLoopCharacteristics></userTask><userTask id='v'><multiInstanceLoopCharacteristics behavior='Complex'><loopCardinality>2</loopCardinality><complexBehaviorDefinition><condition>=true</condition><event id='i'><cancelEventDefinition/></event></complexBehaviorDefinition></multiInstanceLoopCharacteristics></userTask>",
        elements: &["u", "v"],
    },
    Case {
        rule: "loop-behavior-signal",
        severity: WARNING,
        good: "<userTask id='u'><multiInstanceLoopCharacteristics behavior='All'><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>",
        bad: "<userTask id='u'><multiInstanceLoopCharacteristics behavior='One'><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>",
        elements: &["u"],
    },
    Case {
        rule: "loop-misplaced",
        severity: ERROR,
        good: "<userTask id='u'><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>",
        bad: "<subProcess id='e' triggeredByEvent='true'><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics><startEvent id='x'><signalEventDefinition signalRef='stop'/></startEvent></subProcess>",
        elements: &["e"],
    },
    Case {
        rule: "shape-missing",
        severity: WARNING,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><process id='p' isExecutable='true'><startEvent id='s'/><endEvent id='e'/><sequenceFlow id='f' sourceRef='s' targetRef='e'/></process><di:BPMNDiagram id='d'><di:BPMNPlane id='pl' bpmnElement='p'><di:BPMNShape id='s_s' bpmnElement='s'><dc:Bounds x='1' y='1' width='36' height='36'/></di:BPMNShape><di:BPMNShape id='e_s' bpmnElement='e'><dc:Bounds x='1' y='1' width='36' height='36'/></di:BPMNShape></di:BPMNPlane></di:BPMNDiagram></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><process id='p' isExecutable='true'><startEvent id='s'/><endEvent id='e'/><sequenceFlow id='f' sourceRef='s' targetRef='e'/></process><di:BPMNDiagram id='d'><di:BPMNPlane id='pl' bpmnElement='p'><di:BPMNShape id='s_s' bpmnElement='s'><dc:Bounds x='1' y='1' width='36' height='36'/></di:BPMNShape></di:BPMNPlane></di:BPMNDiagram></definitions>",
        elements: &["e"],
    },
    Case {
        rule: "no-diagram",
        severity: WARNING,
        good: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><process id='p' isExecutable='true'><startEvent id='s'/><endEvent id='e'/><sequenceFlow id='f' sourceRef='s' targetRef='e'/></process><di:BPMNDiagram id='d'><di:BPMNPlane id='pl' bpmnElement='p'><di:BPMNShape id='s_s' bpmnElement='s'><dc:Bounds x='1' y='1' width='36' height='36'/></di:BPMNShape><di:BPMNShape id='e_s' bpmnElement='e'><dc:Bounds x='1' y='1' width='36' height='36'/></di:BPMNShape></di:BPMNPlane></di:BPMNDiagram></definitions>",
        bad: "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'><process id='p' isExecutable='true'><startEvent id='s'/><endEvent id='e'/><sequenceFlow id='f' sourceRef='s' targetRef='e'/></process></definitions>",
        elements: &["p"],
    },
    Case {
        rule: "timer-ambiguous",
        severity: ERROR,
        good: "<intermediateCatchEvent id='c'><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>",
        bad: "<intermediateCatchEvent id='c'><timerEventDefinition><timeDuration>PT1H</timeDuration><timeCycle>R3/PT1H</timeCycle></timerEventDefinition></intermediateCatchEvent>",
        elements: &["c"],
    },
    Case {
        rule: "boundary-detached",
        severity: ERROR,
        good: task!(
            "<boundaryEvent id='b' attachedToRef='t'><signalEventDefinition signalRef='stop'/></boundaryEvent>"
        ),
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='gone'><signalEventDefinition signalRef='stop'/></boundaryEvent>"
        ),
        elements: &["b"],
    },
    Case {
        rule: "condition-missing",
        severity: ERROR,
        good: task!(
            "<exclusiveGateway id='g' default='b'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'></sequenceFlow>"
        ),
        bad: task!(
            "<exclusiveGateway id='g'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'></sequenceFlow>"
        ),
        elements: &["a", "b"],
    },
    Case {
        rule: "condition-language",
        severity: ERROR,
        good: task!(
            "<exclusiveGateway id='g' default='b'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'><conditionExpression>=x</conditionExpression></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'></sequenceFlow>"
        ),
        bad: task!(
            "<exclusiveGateway id='g' default='b'/><sequenceFlow id='f3' sourceRef='t' targetRef='g'/><sequenceFlow id='a' sourceRef='g' targetRef='e'><conditionExpression language='python'>x()</conditionExpression></sequenceFlow><sequenceFlow id='b' sourceRef='g' targetRef='e'></sequenceFlow>"
        ),
        elements: &["a"],
    },
];
