//! Suspension: nothing moves until the instance is resumed, and nothing is lost meanwhile.

use crate::harness::{check, check_content};

#[test]
fn a_suspended_instance_refuses_whatever_would_move_a_token() {
    check(
        "fork_join.bpmn",
        r#"
        > start {}
        started
        pass start by to_fork
        pass fork by to_a, to_b
        enter a
        job a of type a, 3 attempts
        enter b
        job b of type b, 3 attempts
        > suspend
        suspended
        > suspend
        > complete a
        refused: the instance is suspended
        > fail a 0 no
        refused: the instance is suspended
        > throw a NO
        refused: the instance is suspended
        > signal stop
        refused: the instance is suspended
        > trigger a
        refused: the instance is suspended
        > called a completed {}
        refused: the instance is suspended
        > retry 1
        refused: the instance is suspended
        > continue
        refused: the instance is suspended
        > set process {"x": 1}
        set process {"x":1} by hand
        > resume
        resumed
        > resume
        > complete a
        job done a
        leave a by from_a
    "#,
    );
}

#[test]
fn nobody_takes_a_task_of_a_suspended_instance() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        task a
        > suspend
        suspended
        > claim ada a
        refused: the instance is suspended
        > finish - a
        refused: the instance is suspended
        > terminate not wanted
        terminated a
        instance terminated: not wanted
        > resume
        refused: the instance has ended
    "##,
    );
}

#[test]
fn what_became_true_meanwhile_is_noticed_at_the_resumption() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <intermediateCatchEvent id="c"><conditionalEventDefinition><condition>=go</condition></conditionalEventDefinition></intermediateCatchEvent>
        <endEvent id="e"/>
        <sequenceFlow id="s-c" sourceRef="s" targetRef="c"/>
        <sequenceFlow id="c-e" sourceRef="c" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {"go": false}
        started
        pass s by s-c
        enter c
        c waits for condition
        > suspend
        suspended
        > set process {"go": true}
        set process {"go":true} by hand
        > resume
        resumed
        event 1 occurs
        leave c by c-e
        pass e
        completed
    "##,
    );
}

#[test]
fn a_timer_that_is_due_meanwhile_fires_once_after_the_resumption() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"/>
        <boundaryEvent id="b" attachedToRef="a" cancelActivity="false"><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></boundaryEvent>
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="b-e" sourceRef="b" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        b waits for timer 2026-01-01T01:00:00Z
        task a
        > suspend
        suspended
        > wait PT150M
        > trigger b
        refused: the instance is suspended
        > resume
        resumed
        > trigger b
        event 1 occurs, and again at 2026-01-01T03:00:00Z
        enter b
        leave b by b-e
        pass e
        > trigger b
        refused: the timer is not due yet
    "##,
    );
}

#[test]
fn an_interrupted_instance_goes_on_after_the_resumption() {
    check(
        "endless.bpmn",
        r#"
        > start {"stop": false}
        30002 events, the last: interrupted
        > suspend
        suspended
        > continue
        refused: the instance is suspended
        > set process {"stop": true}
        set process {"stop":true} by hand
        > resume
        resumed
        pass split by out
        pass end
        completed
    "#,
    );
}
