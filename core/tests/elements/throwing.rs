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
