//! Timers: when they fire, how often, and what they interrupt.

use crate::harness::check_content;

#[test]
fn an_intermediate_timer_waits_its_time() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
        <endEvent id="e"/>
        <sequenceFlow id="s-t" sourceRef="s" targetRef="t"/>
        <sequenceFlow id="t-e" sourceRef="t" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-t
        enter t
        t waits for timer 2026-01-01T01:00:00Z
        > trigger t
        refused: the timer is not due yet
        > advance PT59M
        > advance PT1M
        event 1 occurs
        leave t by t-e
        pass e
        completed
    "##,
    );
}

#[test]
fn an_interrupting_timer_ends_its_activity() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"/>
        <boundaryEvent id="t" attachedToRef="a"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="late"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        <sequenceFlow id="t-late" sourceRef="t" targetRef="late"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        t waits for timer 2026-01-01T01:00:00Z
        task a
        > advance PT1H
        event 1 occurs
        terminated a
        enter t
        leave t by t-late
        pass late
        completed
    "##,
    );
}

#[test]
fn a_cycle_fires_as_often_as_it_says_and_ends_with_its_activity() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"/>
        <boundaryEvent id="t" attachedToRef="a" cancelActivity="false"><timerEventDefinition><timeCycle>R3/PT10M</timeCycle></timerEventDefinition></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="told"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        <sequenceFlow id="t-told" sourceRef="t" targetRef="told"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        t waits for timer 2026-01-01T00:10:00Z
        task a
        > advance PT20M
        event 1 occurs, and again
        enter t
        leave t by t-told
        pass told
        event 1 occurs, and again
        enter t
        leave t by t-told
        pass told
        > finish - a
        task done a
        leave a by a-e
        pass e
        completed
        > advance PT1H
    "##,
    );
}

#[test]
fn a_cycle_is_over_after_its_last_time() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"/>
        <boundaryEvent id="t" attachedToRef="a" cancelActivity="false"><timerEventDefinition><timeCycle>R2/PT10M</timeCycle></timerEventDefinition></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="told"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        <sequenceFlow id="t-told" sourceRef="t" targetRef="told"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        t waits for timer 2026-01-01T00:10:00Z
        task a
        > advance PT2H
        event 1 occurs, and again
        enter t
        leave t by t-told
        pass told
        event 1 occurs
        enter t
        leave t by t-told
        pass told
    "##,
    );
}
