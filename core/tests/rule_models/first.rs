//! The first half of the rules, by their names.

use crate::parts::{COMPENSATED, MESSAGE_AND_TIMER};
use crate::{Case, ERROR, WARNING};

pub(super) const CASES: &[Case] = &[
    Case {
        rule: "ad-hoc-event",
        severity: ERROR,
        good: "<adHocSubProcess id='a'><task id='x'/></adHocSubProcess>",
        bad: "<adHocSubProcess id='a'><startEvent id='s'/><task id='x'/></adHocSubProcess>",
        elements: &["s"],
    },
    Case {
        rule: "ad-hoc-directed",
        severity: WARNING,
        good: "<adHocSubProcess id='a'><extensionElements><zeebe:taskDefinition type='choose'/>\
               </extensionElements><task id='x'/></adHocSubProcess>",
        bad: "<adHocSubProcess id='a'><extensionElements><zeebe:taskDefinition type='choose'/>\
              </extensionElements><task id='x'/><completionCondition>=done</completionCondition>\
              </adHocSubProcess>\
              <adHocSubProcess id='b'><extensionElements><zeebe:taskDefinition type='choose'/>\
              <zeebe:adHoc activeElementsCollection='=[]'/></extensionElements><task id='y'/>\
              </adHocSubProcess>",
        elements: &["a", "b"],
    },
    Case {
        rule: "ad-hoc-empty",
        severity: ERROR,
        good: "<adHocSubProcess id='a'><task id='x'/></adHocSubProcess>",
        bad: "<adHocSubProcess id='a'/>",
        elements: &["a"],
    },
    Case {
        rule: "boundary-host",
        severity: ERROR,
        good: task!(
            "<boundaryEvent id='b' attachedToRef='t'><signalEventDefinition signalRef='stop'/></boundaryEvent>"
        ),
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='s'><signalEventDefinition signalRef='stop'/></boundaryEvent>"
        ),
        elements: &["b"],
    },
    Case {
        rule: "boundary-scope",
        severity: ERROR,
        good: sub!(
            "",
            "<startEvent id='i'/><task id='x'/><boundaryEvent id='b' attachedToRef='x'>\
                        <signalEventDefinition signalRef='stop'/></boundaryEvent>"
        ),
        bad: concat!(
            sub!("", "<startEvent id='i'/><task id='x'/>"),
            "<boundaryEvent id='b' attachedToRef='x'><signalEventDefinition signalRef='stop'/></boundaryEvent>"
        ),
        elements: &["b"],
    },
    Case {
        rule: "boundary-incoming",
        severity: ERROR,
        good: task!(
            "<boundaryEvent id='b' attachedToRef='t'><signalEventDefinition signalRef='stop'/></boundaryEvent>\
                     <sequenceFlow id='f3' sourceRef='b' targetRef='e'/>"
        ),
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='t'><signalEventDefinition signalRef='stop'/></boundaryEvent>\
                    <sequenceFlow id='f3' sourceRef='t' targetRef='b'/>"
        ),
        elements: &["b"],
    },
    Case {
        rule: "boundary-no-outgoing",
        severity: WARNING,
        good: task!(
            "<boundaryEvent id='b' attachedToRef='t'><signalEventDefinition signalRef='stop'/></boundaryEvent>\
                     <sequenceFlow id='f3' sourceRef='b' targetRef='e'/>"
        ),
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='t'><signalEventDefinition signalRef='stop'/></boundaryEvent>"
        ),
        elements: &["b"],
    },
    Case {
        rule: "boundary-must-interrupt",
        severity: ERROR,
        good: task!(
            "<boundaryEvent id='b' attachedToRef='t'><errorEventDefinition/></boundaryEvent>"
        ),
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='t' cancelActivity='false'><errorEventDefinition/></boundaryEvent>"
        ),
        elements: &["b"],
    },
    Case {
        rule: "cancel-without-transaction",
        severity: ERROR,
        good: "<transaction id='x'><startEvent id='i'/><endEvent id='c'><cancelEventDefinition/></endEvent>\
               </transaction><boundaryEvent id='b' attachedToRef='x'><cancelEventDefinition/></boundaryEvent>",
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='t'><cancelEventDefinition/></boundaryEvent>\
                    <endEvent id='c'><cancelEventDefinition/></endEvent>"
        ),
        elements: &["b", "c"],
    },
    Case {
        rule: "catcher-duplicate",
        severity: ERROR,
        good: task!(
            "<boundaryEvent id='b' attachedToRef='t'><messageEventDefinition messageRef='paid'/></boundaryEvent>\
                     <boundaryEvent id='c' attachedToRef='t'><errorEventDefinition errorRef='failed'/></boundaryEvent>"
        ),
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='t'><messageEventDefinition messageRef='paid'/></boundaryEvent>\
                    <boundaryEvent id='c' attachedToRef='t'><messageEventDefinition messageRef='paid'/></boundaryEvent>"
        ),
        elements: &["c"],
    },
    Case {
        rule: "catcher-overlap",
        severity: WARNING,
        good: task!(
            "<boundaryEvent id='b' attachedToRef='t'><escalationEventDefinition escalationRef='late'/></boundaryEvent>"
        ),
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='t'><escalationEventDefinition escalationRef='late'/></boundaryEvent>\
                    <boundaryEvent id='c' attachedToRef='t'><escalationEventDefinition/></boundaryEvent>"
        ),
        elements: &["c"],
    },
    Case {
        rule: "compensation-handler-missing",
        severity: ERROR,
        good: COMPENSATED,
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='t'><compensateEventDefinition/></boundaryEvent>"
        ),
        elements: &["b"],
    },
    Case {
        rule: "compensation-handler-unmarked",
        severity: ERROR,
        good: COMPENSATED,
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='t'><compensateEventDefinition/></boundaryEvent>\
                    <task id='undo'/><association id='a' sourceRef='b' targetRef='undo'/>"
        ),
        elements: &["b"],
    },
    Case {
        rule: "compensation-handler-unused",
        severity: WARNING,
        good: COMPENSATED,
        bad: task!("<task id='undo' isForCompensation='true'/>"),
        elements: &["undo"],
    },
    Case {
        rule: "compensation-handler-flow",
        severity: ERROR,
        good: COMPENSATED,
        bad: task!(
            "<task id='undo' isForCompensation='true'/><sequenceFlow id='f3' sourceRef='undo' targetRef='e'/>"
        ),
        elements: &["undo"],
    },
    Case {
        rule: "compensation-event-several",
        severity: ERROR,
        good: COMPENSATED,
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='t'><compensateEventDefinition/></boundaryEvent>\
                    <boundaryEvent id='c' attachedToRef='t'><compensateEventDefinition/></boundaryEvent>"
        ),
        elements: &["c"],
    },
    Case {
        rule: "compensation-outgoing",
        severity: ERROR,
        good: COMPENSATED,
        bad: task!(
            "<boundaryEvent id='b' attachedToRef='t'><compensateEventDefinition/></boundaryEvent>\
                    <sequenceFlow id='f3' sourceRef='b' targetRef='e'/>"
        ),
        elements: &["b"],
    },
    Case {
        rule: "compensation-activity-scope",
        severity: ERROR,
        good: task!("<endEvent id='c'><compensateEventDefinition activityRef='t'/></endEvent>"),
        bad: concat!(
            sub!("", "<startEvent id='i'/><task id='x'/>"),
            "<endEvent id='c'><compensateEventDefinition activityRef='x'/></endEvent>"
        ),
        elements: &["c"],
    },
    Case {
        rule: "event-definition-misplaced",
        severity: ERROR,
        good: task!(
            "<intermediateThrowEvent id='x'><signalEventDefinition signalRef='stop'/></intermediateThrowEvent>"
        ),
        bad: task!(
            "<intermediateThrowEvent id='x'><timerEventDefinition/></intermediateThrowEvent>"
        ),
        elements: &["x"],
    },
    Case {
        rule: "event-definition-missing",
        severity: ERROR,
        good: MESSAGE_AND_TIMER,
        bad: task!("<intermediateCatchEvent id='x'/>"),
        elements: &["x"],
    },
    Case {
        rule: "event-definition-combined",
        severity: ERROR,
        good: task!("<endEvent id='x'><terminateEventDefinition/></endEvent>"),
        bad: task!(
            "<endEvent id='x'><terminateEventDefinition/><signalEventDefinition signalRef='stop'/></endEvent>"
        ),
        elements: &["x"],
    },
    Case {
        rule: "event-gateway-target",
        severity: ERROR,
        good: MESSAGE_AND_TIMER,
        bad: choice!("", "<task id='a'/><receiveTask id='b' messageRef='paid'/>"),
        elements: &["g"],
    },
    Case {
        rule: "event-gateway-target-incoming",
        severity: ERROR,
        good: MESSAGE_AND_TIMER,
        bad: choice!(
            "",
            "<receiveTask id='a' messageRef='paid'/><receiveTask id='b' messageRef='paid'/>\
             <sequenceFlow id='other' sourceRef='s' targetRef='a'/>"
        ),
        elements: &["other"],
    },
    Case {
        rule: "event-gateway-mixed",
        severity: ERROR,
        good: MESSAGE_AND_TIMER,
        bad: choice!(
            "",
            "<receiveTask id='a' messageRef='paid'/><intermediateCatchEvent id='b'>\
             <messageEventDefinition messageRef='paid'/></intermediateCatchEvent>"
        ),
        elements: &["a"],
    },
    Case {
        rule: "event-gateway-boundary",
        severity: ERROR,
        good: MESSAGE_AND_TIMER,
        bad: choice!(
            "",
            "<receiveTask id='a' messageRef='paid'/><receiveTask id='b' messageRef='paid'/>\
             <boundaryEvent id='c' attachedToRef='a'><errorEventDefinition/></boundaryEvent>"
        ),
        elements: &["a"],
    },
    Case {
        rule: "event-gateway-single",
        severity: ERROR,
        good: MESSAGE_AND_TIMER,
        bad: "<startEvent id='s'/><eventBasedGateway id='g'/><receiveTask id='a' messageRef='paid'/>\
              <sequenceFlow id='f' sourceRef='g' targetRef='a'/>",
        elements: &["g"],
    },
];
