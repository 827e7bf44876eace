//! Tasks without work of their own, scripts, and messages that are sent and awaited.

use crate::harness::check_content;

#[test]
fn plain_tasks_are_done_at_once() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <task id="a"/>
        <manualTask id="b"/>
        <intermediateThrowEvent id="c"/>
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-b" sourceRef="a" targetRef="b"/>
        <sequenceFlow id="b-c" sourceRef="b" targetRef="c"/>
        <sequenceFlow id="c-e" sourceRef="c" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        pass a by a-b
        pass b by b-c
        pass c by c-e
        pass e
        completed
    "##,
    );
}

#[test]
fn a_script_gives_its_result_to_a_variable() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <scriptTask id="a"><extensionElements><zeebe:script expression="=x + 1" resultVariable="y"/></extensionElements></scriptTask>
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {"x": 2}
        started
        pass s by s-a
        enter a
        set process {"y":3}
        leave a by a-e
        pass e
        completed
        > show
        Completed {"x":2,"y":3}
    "##,
    );
}

#[test]
fn a_receive_task_waits_for_its_message() {
    check_content(
        r#"
        <message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=order"/></extensionElements></message>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <receiveTask id="a" messageRef="m"/>
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {"order": "o-1"}
        started
        pass s by s-a
        enter a
        a waits for message paid of o-1
        > trigger a {"amount": 5}
        event 1 occurs
        set process {"amount":5}
        leave a by a-e
        pass e
        completed
        > trigger a {}
        refused: the instance has ended
        > show
        Completed {"order":"o-1","amount":5}
    "##,
    );
}
