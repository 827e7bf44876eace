//! The second half of the rules, by their names.

use crate::parts::MESSAGE_AND_TIMER;
use crate::{Case, ERROR, INFO, WARNING};

pub(super) const CASES: &[Case] = &[
    Case {
        rule: "event-gateway-parallel",
        severity: ERROR,
        good: choice!(
            " instantiate='true' eventGatewayType='Parallel'",
            "<receiveTask id='a' messageRef='paid'/><receiveTask id='b' messageRef='paid'/>"
        ),
        bad: choice!(
            " eventGatewayType='Parallel'",
            "<receiveTask id='a' messageRef='paid'/><receiveTask id='b' messageRef='paid'/>"
        ),
        elements: &["g"],
    },
    Case {
        rule: "instantiating-incoming",
        severity: ERROR,
        good: "<receiveTask id='r' messageRef='paid' instantiate='true'/>",
        bad: "<startEvent id='s'/><receiveTask id='r' messageRef='paid' instantiate='true'/>\
              <sequenceFlow id='f' sourceRef='s' targetRef='r'/>",
        elements: &["r"],
    },
    Case {
        rule: "event-incomplete",
        severity: ERROR,
        good: MESSAGE_AND_TIMER,
        bad: task!(
            "<intermediateCatchEvent id='a'><timerEventDefinition/></intermediateCatchEvent>\
                    <intermediateThrowEvent id='b'><signalEventDefinition/></intermediateThrowEvent>\
                    <intermediateCatchEvent id='c'><conditionalEventDefinition/></intermediateCatchEvent>"
        ),
        elements: &["a", "b", "c"],
    },
    Case {
        rule: "message-missing",
        severity: ERROR,
        good: task!("<receiveTask id='r' messageRef='paid'/>"),
        bad: task!(
            "<receiveTask id='r' instantiate='true'/>\
                    <intermediateThrowEvent id='x'><messageEventDefinition/></intermediateThrowEvent>"
        ),
        elements: &["r", "x"],
    },
    Case {
        rule: "receive-by-hand",
        severity: INFO,
        good: task!("<receiveTask id='r' messageRef='paid'/>"),
        bad: task!("<receiveTask id='r'/>"),
        elements: &["r"],
    },
    Case {
        rule: "message-unnamed",
        severity: ERROR,
        good: task!("<receiveTask id='r' messageRef='paid'/>"),
        bad: task!("<receiveTask id='r' messageRef='nameless'/>"),
        elements: &["r"],
    },
    Case {
        rule: "error-code-missing",
        severity: ERROR,
        good: task!("<endEvent id='x'><errorEventDefinition errorRef='failed'/></endEvent>"),
        bad: task!(
            "<endEvent id='x'><errorEventDefinition errorRef='codeless'/></endEvent>\
                    <endEvent id='y'><errorEventDefinition/></endEvent>"
        ),
        elements: &["x", "y"],
    },
    Case {
        rule: "escalation-code-missing",
        severity: ERROR,
        good: task!(
            "<endEvent id='x'><escalationEventDefinition escalationRef='late'/></endEvent>"
        ),
        bad: task!("<endEvent id='x'><escalationEventDefinition escalationRef='mild'/></endEvent>"),
        elements: &["x"],
    },
    Case {
        rule: "event-sub-process-flow",
        severity: ERROR,
        good: task!(
            "<subProcess id='x' triggeredByEvent='true'><startEvent id='i'><errorEventDefinition/></startEvent></subProcess>"
        ),
        bad: task!(
            "<subProcess id='x' triggeredByEvent='true'><startEvent id='i'><errorEventDefinition/></startEvent></subProcess>\
                    <sequenceFlow id='f3' sourceRef='t' targetRef='x'/>"
        ),
        elements: &["f3"],
    },
    Case {
        rule: "event-sub-process-starts",
        severity: ERROR,
        good: task!(
            "<subProcess id='x' triggeredByEvent='true'><startEvent id='i'><errorEventDefinition/></startEvent></subProcess>"
        ),
        bad: task!(
            "<subProcess id='x' triggeredByEvent='true'><startEvent id='i'><errorEventDefinition/></startEvent>\
                    <startEvent id='j'><errorEventDefinition errorRef='failed'/></startEvent></subProcess>"
        ),
        elements: &["j"],
    },
    Case {
        rule: "feel-syntax",
        severity: ERROR,
        good: task!(
            "<scriptTask id='x'><extensionElements><zeebe:script expression='=1 + 1'/></extensionElements></scriptTask>"
        ),
        bad: task!(
            "<scriptTask id='x'><extensionElements><zeebe:script expression='=1 +'/></extensionElements></scriptTask>"
        ),
        elements: &["x"],
    },
    Case {
        rule: "flow-crosses-sub-process",
        severity: ERROR,
        good: sub!(
            "",
            "<startEvent id='i'/><task id='x'/><sequenceFlow id='f' sourceRef='i' targetRef='x'/>"
        ),
        bad: concat!(
            sub!("", "<startEvent id='i'/><task id='x'/>"),
            "<sequenceFlow id='f' sourceRef='s' targetRef='x'/>"
        ),
        elements: &["f"],
    },
    Case {
        rule: "gateway-superfluous",
        severity: INFO,
        good: task!(""),
        bad: "<startEvent id='s'/><exclusiveGateway id='g'/><endEvent id='e'/>\
              <sequenceFlow id='f1' sourceRef='s' targetRef='g'/><sequenceFlow id='f2' sourceRef='g' targetRef='e'/>",
        elements: &["g"],
    },
    Case {
        rule: "gateway-mixed",
        severity: INFO,
        good: task!(""),
        bad: "<startEvent id='s'/><startEvent id='s2'><signalEventDefinition signalRef='stop'/></startEvent>\
              <parallelGateway id='g'/><endEvent id='e'/><endEvent id='e2'/>\
              <sequenceFlow id='f1' sourceRef='s' targetRef='g'/><sequenceFlow id='f2' sourceRef='s2' targetRef='g'/>\
              <sequenceFlow id='f3' sourceRef='g' targetRef='e'/><sequenceFlow id='f4' sourceRef='g' targetRef='e2'/>",
        elements: &["g"],
    },
    Case {
        rule: "label-missing",
        severity: INFO,
        good: task!("<task id='x' name='Ship'/>"),
        bad: task!("<task id='x'/><endEvent id='y'><terminateEventDefinition/></endEvent>"),
        elements: &["x", "y"],
    },
    Case {
        rule: "link-targets",
        severity: ERROR,
        good: task!(
            "<intermediateThrowEvent id='a'><linkEventDefinition name='L'/></intermediateThrowEvent>\
                     <intermediateCatchEvent id='b'><linkEventDefinition name='L'/></intermediateCatchEvent>"
        ),
        bad: task!(
            "<intermediateCatchEvent id='b'><linkEventDefinition name='L'/></intermediateCatchEvent>\
                    <intermediateCatchEvent id='c'><linkEventDefinition name='L'/></intermediateCatchEvent>"
        ),
        elements: &["c"],
    },
    Case {
        rule: "link-target-missing",
        severity: ERROR,
        good: task!(
            "<intermediateThrowEvent id='a'><linkEventDefinition name='L'/></intermediateThrowEvent>\
                     <intermediateCatchEvent id='b'><linkEventDefinition name='L'/></intermediateCatchEvent>"
        ),
        bad: task!(
            "<intermediateThrowEvent id='a'><linkEventDefinition name='L'/></intermediateThrowEvent>"
        ),
        elements: &["a"],
    },
    Case {
        rule: "link-source-missing",
        severity: WARNING,
        good: task!(
            "<intermediateThrowEvent id='a'><linkEventDefinition name='L'/></intermediateThrowEvent>\
                     <intermediateCatchEvent id='b'><linkEventDefinition name='L'/></intermediateCatchEvent>"
        ),
        bad: task!(
            "<intermediateCatchEvent id='b'><linkEventDefinition name='L'/></intermediateCatchEvent>"
        ),
        elements: &["b"],
    },
    Case {
        rule: "link-source-outgoing",
        severity: ERROR,
        good: task!(
            "<intermediateThrowEvent id='a'><linkEventDefinition name='L'/></intermediateThrowEvent>"
        ),
        bad: task!(
            "<intermediateThrowEvent id='a'><linkEventDefinition name='L'/></intermediateThrowEvent>\
                    <sequenceFlow id='f3' sourceRef='a' targetRef='e'/>"
        ),
        elements: &["a"],
    },
    Case {
        rule: "link-target-incoming",
        severity: ERROR,
        good: task!(
            "<intermediateCatchEvent id='b'><linkEventDefinition name='L'/></intermediateCatchEvent>"
        ),
        bad: task!(
            "<intermediateCatchEvent id='b'><linkEventDefinition name='L'/></intermediateCatchEvent>\
                    <sequenceFlow id='f3' sourceRef='t' targetRef='b'/>"
        ),
        elements: &["b"],
    },
    Case {
        rule: "loop-incomplete",
        severity: ERROR,
        good: task!(
            "<task id='x'><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>\
                     </multiInstanceLoopCharacteristics></task>"
        ),
        bad: task!(
            "<task id='x'><multiInstanceLoopCharacteristics/></task><task id='y'><standardLoopCharacteristics/></task>"
        ),
        elements: &["x", "y"],
    },
    Case {
        rule: "start-missing",
        severity: ERROR,
        good: sub!("", "<startEvent id='i'/><endEvent id='x'/>"),
        bad: sub!("", "<task id='i'/><endEvent id='x'/>"),
        elements: &["sub"],
    },
    Case {
        rule: "start-implicit",
        severity: WARNING,
        good: sub!("", "<startEvent id='i'/><task id='x'/>"),
        bad: sub!("", "<task id='x'/>"),
        elements: &["sub"],
    },
    Case {
        rule: "sub-process-empty",
        severity: WARNING,
        good: sub!("", "<startEvent id='i'/>"),
        bad: sub!("", ""),
        elements: &["sub"],
    },
    Case {
        rule: "start-several",
        severity: WARNING,
        good: sub!("", "<startEvent id='i'/>"),
        bad: sub!("", "<startEvent id='i'/><startEvent id='j'/>"),
        elements: &["j"],
    },
    Case {
        rule: "timer-invalid",
        severity: ERROR,
        good: "<startEvent id='s'><timerEventDefinition><timeCycle>R3/PT10M</timeCycle></timerEventDefinition></startEvent>\
               <startEvent id='c'><timerEventDefinition><timeCycle>0 0 9-17 * * MON-FRI</timeCycle></timerEventDefinition></startEvent>",
        bad: "<startEvent id='s'><timerEventDefinition><timeCycle>every day</timeCycle></timerEventDefinition></startEvent>\
              <startEvent id='d'><timerEventDefinition><timeDate>tomorrow</timeDate></timerEventDefinition></startEvent>\
              <startEvent id='u'><timerEventDefinition><timeDuration>-PT1H</timeDuration></timerEventDefinition></startEvent>",
        elements: &["s", "d", "u"],
    },
    Case {
        rule: "timer-cycle-once",
        severity: INFO,
        good: MESSAGE_AND_TIMER,
        bad: task!(
            "<intermediateCatchEvent id='x'><timerEventDefinition><timeCycle>R3/PT10M</timeCycle>\
                    </timerEventDefinition></intermediateCatchEvent>"
        ),
        elements: &["x"],
    },
];
