//! Messages and signals that are thrown.

use crate::harness::check_content;

#[test]
fn a_message_and_a_signal_leave_the_instance() {
    check_content(
        r#"
        <message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=order"/></extensionElements></message>
        <signal id="g" name="stop"/>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <intermediateThrowEvent id="t1"><signalEventDefinition signalRef="g"/></intermediateThrowEvent>
        <endEvent id="t2"><messageEventDefinition messageRef="m"/></endEvent>
        <sequenceFlow id="s-t1" sourceRef="s" targetRef="t1"/>
        <sequenceFlow id="t1-t2" sourceRef="t1" targetRef="t2"/>
        </process>
    "#,
        r##"
        > start {"order": "o-1"}
        started
        pass s by s-t1
        enter t1
        t1 signals stop
        leave t1 by t1-t2
        enter t2
        t2 sends paid of o-1 {}
        leave t2
        completed
    "##,
    );
}

#[test]
fn an_interrupting_catcher_ends_the_very_event_that_throws() {
    let throw = |definition: &str| {
        format!(
            r#"<escalation id="q" name="Up" escalationCode="UP"/><signal id="g" name="stop"/>
            <process id="p" isExecutable="true"><startEvent id="s"/>
            <intermediateThrowEvent id="t">{definition}</intermediateThrowEvent><userTask id="a"/>
            <sequenceFlow id="s-t" sourceRef="s" targetRef="t"/>
            <sequenceFlow id="t-a" sourceRef="t" targetRef="a"/>
            <subProcess id="v" triggeredByEvent="true"><startEvent id="v1">{definition}
            </startEvent><endEvent id="v2"/><sequenceFlow id="v1-v2" sourceRef="v1" targetRef="v2"/>
            </subProcess></process>"#
        )
    };
    check_content(
        &throw("<escalationEventDefinition escalationRef='q'/>"),
        r##"
        > start {}
        started
        pass s by s-t
        enter t
        t escalates UP
        terminated t
        enter v
        pass v1 by v1-v2
        pass v2
        leave v
        completed
    "##,
    );
    check_content(
        &throw("<signalEventDefinition signalRef='g'/>"),
        r##"
        > start {}
        started
        v1 waits for signal stop
        pass s by s-t
        enter t
        t signals stop
        event 1 occurs
        terminated t
        enter v
        pass v1 by v1-v2
        pass v2
        leave v
        completed
    "##,
    );
}
