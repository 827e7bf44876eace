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
    "##,
    );
}
