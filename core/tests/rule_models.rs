//! Each rule about BPMN with a model that keeps it and one that breaks it.

use spartito_core::bpmn::diagnostic::{Diagnostic, Severity};
use spartito_core::bpmn::inspect;

/// A rule with two models, the second of which breaks it.
struct Case {
    rule: &'static str,
    severity: Severity,
    good: &'static str,
    bad: &'static str,
    /// Ids of the elements that are named, in the order of the file.
    elements: &'static [&'static str],
}

/// A model with declarations that all cases share, and a process that holds `body`.
fn model(body: &str) -> String {
    format!(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' \
         xmlns:zeebe='http://camunda.org/schema/zeebe/1.0'>\
         <message id='paid' name='paid'/><message id='nameless'/><signal id='stop' name='stop'/>\
         <error id='failed' errorCode='E1'/><error id='codeless'/>\
         <escalation id='late' escalationCode='L1'/><escalation id='mild'/>\
         <process id='p' isExecutable='true'>\n{body}\n</process></definitions>"
    )
}

fn findings(body: &str, rule: &str) -> Vec<Diagnostic> {
    let found = inspect(model(body).as_bytes()).findings;
    found.into_iter().filter(|finding| finding.rule == rule).collect()
}

const ERROR: Severity = Severity::Error;
const WARNING: Severity = Severity::Warning;
const INFO: Severity = Severity::Info;

/// A task behind a start event; its id is `t`.
macro_rules! task {
    ($more:literal) => {
        concat!(
            "<startEvent id='s'/><userTask id='t' name='T'/><endEvent id='e'/>",
            "<sequenceFlow id='f1' sourceRef='s' targetRef='t'/>",
            "<sequenceFlow id='f2' sourceRef='t' targetRef='e'/>",
            $more
        )
    };
}

/// A sub-process `sub` of the kind that its attributes say, with this content.
macro_rules! sub {
    ($attributes:literal, $content:literal) => {
        concat!(
            "<startEvent id='s'/><subProcess id='sub'",
            $attributes,
            ">",
            $content,
            "</subProcess>"
        )
    };
}

/// An event-based gateway `g` that leads to these elements `a` and `b`.
macro_rules! choice {
    ($attributes:literal, $targets:literal) => {
        concat!(
            "<startEvent id='s'/><eventBasedGateway id='g'",
            $attributes,
            "/>",
            $targets,
            "<sequenceFlow id='fa' sourceRef='g' targetRef='a'/>",
            "<sequenceFlow id='fb' sourceRef='g' targetRef='b'/>"
        )
    };
}

const MESSAGE_AND_TIMER: &str = choice!(
    "",
    "<intermediateCatchEvent id='a'><messageEventDefinition messageRef='paid'/></intermediateCatchEvent>\
     <intermediateCatchEvent id='b'><timerEventDefinition><timeDuration>PT1H</timeDuration>\
     </timerEventDefinition></intermediateCatchEvent>"
);

const COMPENSATED: &str = task!(
    "<boundaryEvent id='b' attachedToRef='t'><compensateEventDefinition/></boundaryEvent>\
     <task id='undo' isForCompensation='true'/>\
     <association id='a' sourceRef='b' targetRef='undo'/>"
);

const CASES: &[Case] = &[
    Case {
        rule: "ad-hoc-event",
        severity: ERROR,
        good: "<adHocSubProcess id='a'><task id='x'/></adHocSubProcess>",
        bad: "<adHocSubProcess id='a'><startEvent id='s'/><task id='x'/></adHocSubProcess>",
        elements: &["s"],
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

#[test]
fn every_rule_is_silent_about_a_good_model_and_names_the_elements_of_a_bad_one() {
    for case in CASES {
        let good = findings(case.good, case.rule);
        assert!(good.is_empty(), "{} speaks about a good model: {good:#?}", case.rule);
        let bad = findings(case.bad, case.rule);
        let named: Vec<&str> = bad.iter().map(|finding| finding.element.as_str()).collect();
        let named: Vec<&str> = named.into_iter().filter(|it| case.elements.contains(it)).collect();
        assert_eq!(named, case.elements, "{}: {bad:#?}", case.rule);
        for finding in bad.iter().filter(|it| case.elements.contains(&it.element.as_str())) {
            assert_eq!(finding.severity, case.severity, "{finding:#?}");
            assert!(!finding.remedy.is_empty() && finding.position.line > 0, "{finding:#?}");
        }
    }
}

#[test]
fn case_98_a_cycle_of_no_time_is_refused() {
    let cycle = |text: &str| {
        let body = format!(
            "<startEvent id='s'><timerEventDefinition><timeCycle>{text}</timeCycle>\
             </timerEventDefinition></startEvent>"
        );
        findings(&body, "timer-invalid").len()
    };
    assert_eq!((cycle("R/PT0S"), cycle("R3/P0D"), cycle("R/PT1S")), (1, 1, 0));
}

#[test]
fn case_99_a_moment_after_the_year_9999_is_refused() {
    let date = |text: &str| {
        let body = format!(
            "<startEvent id='s'><timerEventDefinition><timeDate>{text}</timeDate>\
             </timerEventDefinition></startEvent>"
        );
        findings(&body, "timer-invalid").len()
    };
    assert_eq!(date("9999-12-31T23:59:59Z"), 0);
    assert_eq!((date("10000-01-01T00:00:00Z"), date("9999-12-31T23:59:59-01:00")), (1, 1));
}
