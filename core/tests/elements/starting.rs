//! Instances that several events start together.

use crate::harness::{check_content, check_migration};

/// Starts by an order and two signals, all of which must have come before `a` is done.
const BY_ALL: &str = r#"
    <process id="p" isExecutable="true">
    <startEvent id="s" parallelMultiple="true"><messageEventDefinition messageRef="m"/><signalEventDefinition signalRef="one"/><signalEventDefinition signalRef="two"/></startEvent>
    <serviceTask id="a"/>
    <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
    </process><message id="m" name="order"><extensionElements><zeebe:subscription correlationKey="=order"/></extensionElements></message><signal id="one" name="one"/><signal id="two" name="two"/>
"#;

#[test]
fn the_first_of_parallel_events_starts_an_instance_that_waits_for_the_others() {
    check_content(
        BY_ALL,
        r##"
        > start-at s {"order": 1}
        started
        enter s
        s waits for signal one
        s waits for signal two
        > signal two {"x": 2}
        event 2 occurs
        set process {"x":2}
        > signal two
        > signal one
        event 1 occurs
        leave s by s-a
        enter a
        job a of type a, 3 attempts
    "##,
    );
}

#[test]
fn any_of_parallel_events_may_be_the_first() {
    check_content(
        BY_ALL,
        r##"
        > start-at s by two
        started
        enter s
        s waits for message order
        s waits for signal one
        > signal one
        event 2 occurs
        > trigger s {"order": 1}
        event 1 occurs
        set process {"order":1}
        leave s by s-a
        enter a
        job a of type a, 3 attempts
    "##,
    );
}

#[test]
fn an_event_that_is_not_of_the_start_event_starts_nothing() {
    check_content(
        BY_ALL,
        r##"
        > start-at s by three
        refused: “s” cannot be started there
    "##,
    );
}

#[test]
fn each_event_behind_a_parallel_instantiating_gateway_is_awaited() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <eventBasedGateway id="g" instantiate="true" eventGatewayType="Parallel"/>
        <intermediateCatchEvent id="c"><signalEventDefinition signalRef="sig"/></intermediateCatchEvent>
        <receiveTask id="r" messageRef="m"/>
        <parallelGateway id="j"/>
        <serviceTask id="a"/>
        <sequenceFlow id="g-c" sourceRef="g" targetRef="c"/>
        <sequenceFlow id="g-r" sourceRef="g" targetRef="r"/>
        <sequenceFlow id="c-j" sourceRef="c" targetRef="j"/>
        <sequenceFlow id="r-j" sourceRef="r" targetRef="j"/>
        <sequenceFlow id="j-a" sourceRef="j" targetRef="a"/>
        </process><message id="m" name="order"/><signal id="sig" name="go"/>
    "#,
        r##"
        > start-at r {"order": 1}
        started
        enter r
        leave r by r-j
        enter c
        c waits for signal go
        > signal go
        event 1 occurs
        leave c by c-j
        pass j by j-a
        enter a
        job a of type a, 3 attempts
    "##,
    );
}

#[test]
fn an_instance_that_has_begun_in_part_migrates_with_what_it_waits_for() {
    check_migration(
        BY_ALL,
        &BY_ALL.replace("serviceTask", "userTask"),
        r##"
        > start-at s {"order": 1}
        started
        enter s
        s waits for signal one
        s waits for signal two
        > migrate
        migrated
        > signal two
        event 2 occurs
        > signal one
        event 1 occurs
        leave s by s-a
        enter a
        task a
    "##,
    );
}
