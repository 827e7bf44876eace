//! Sub-processes and event sub-processes: scopes of their own.

use crate::harness::{check, check_content};

#[test]
fn a_sub_process_is_left_when_all_inside_is_done() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <subProcess id="u"><startEvent id="s1"/><parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><sequenceFlow id="s1-f" sourceRef="s1" targetRef="f"/>
        <sequenceFlow id="f-a" sourceRef="f" targetRef="a"/>
        <sequenceFlow id="f-b" sourceRef="f" targetRef="b"/></subProcess>
        <endEvent id="e"/>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
        <sequenceFlow id="u-e" sourceRef="u" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-u
        enter u
        pass s1 by s1-f
        pass f by f-a, f-b
        enter a
        task a
        enter b
        task b
        > finish - b
        task done b
        leave b
        > finish - a
        task done a
        leave a
        leave u by u-e
        pass e
        completed
    "##,
    );
}

#[test]
fn an_interrupted_sub_process_ends_with_all_it_holds() {
    check_content(
        r#"
        <signal id="g" name="stop"/>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <subProcess id="u"><startEvent id="s1"/><serviceTask id="a"/><sequenceFlow id="s1-a" sourceRef="s1" targetRef="a"/></subProcess>
        <boundaryEvent id="b" attachedToRef="u"><signalEventDefinition signalRef="g"/></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="e2"/>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
        <sequenceFlow id="u-e" sourceRef="u" targetRef="e"/>
        <sequenceFlow id="b-e2" sourceRef="b" targetRef="e2"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-u
        enter u
        b waits for signal stop
        pass s1 by s1-a
        enter a
        job a of type a, 3 attempts
        > signal stop
        event 1 occurs
        terminated a
        terminated u
        enter b
        leave b by b-e2
        pass e2
        completed
    "##,
    );
}

#[test]
fn a_terminate_end_event_ends_its_own_scope_only() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <subProcess id="u"><startEvent id="s1"/><parallelGateway id="f"/><userTask id="a"/><endEvent id="t"><terminateEventDefinition/></endEvent><sequenceFlow id="s1-f" sourceRef="s1" targetRef="f"/>
        <sequenceFlow id="f-a" sourceRef="f" targetRef="a"/>
        <sequenceFlow id="f-t" sourceRef="f" targetRef="t"/></subProcess>
        <endEvent id="e"/>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
        <sequenceFlow id="u-e" sourceRef="u" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-u
        enter u
        pass s1 by s1-f
        pass f by f-a, f-t
        enter a
        task a
        pass t
        terminated a
        leave u by u-e
        pass e
        completed
    "##,
    );
}

#[test]
fn an_interrupting_event_sub_process_takes_the_place_of_its_scope() {
    check_content(
        r#"
        <signal id="g" name="stop"/>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"/>
        <endEvent id="e"/>
        <subProcess id="v" triggeredByEvent="true"><startEvent id="s1"><signalEventDefinition signalRef="g"/></startEvent><userTask id="b"/><sequenceFlow id="s1-b" sourceRef="s1" targetRef="b"/></subProcess>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        s1 waits for signal stop
        pass s by s-a
        enter a
        task a
        > signal stop
        event 1 occurs
        terminated a
        enter v
        pass s1 by s1-b
        enter b
        task b
        > finish - b
        task done b
        leave b
        leave v
        completed
    "##,
    );
}

#[test]
fn an_event_sub_process_that_interrupts_nothing_runs_beside_and_again() {
    check_content(
        r#"
        <message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=order"/></extensionElements></message>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"/>
        <endEvent id="e"/>
        <subProcess id="v" triggeredByEvent="true"><startEvent id="s1" isInterrupting="false"><messageEventDefinition messageRef="m"/></startEvent><endEvent id="e1"/><sequenceFlow id="s1-e1" sourceRef="s1" targetRef="e1"/></subProcess>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {"order": 1}
        started
        s1 waits for message paid of 1
        pass s by s-a
        enter a
        task a
        > trigger s1 {"n": 1}
        event 1 occurs, and again
        enter v
        set v {"n":1}
        pass s1 by s1-e1
        pass e1
        leave v
        > trigger s1 {"n": 2}
        event 1 occurs, and again
        enter v
        set v {"n":2}
        pass s1 by s1-e1
        pass e1
        leave v
        > finish - a
        task done a
        leave a by a-e
        pass e
        completed
        > show
        Completed {"order":1}
    "##,
    );
}

#[test]
fn the_border_of_a_sub_process_still_counts_when_its_content_is_interrupted() {
    check(
        "border_of_interrupted.bpmn",
        r#"
        > start {}
        started
        pass start by f1
        enter sub
        late waits for timer 2026-01-01T01:00:00Z
        stopped waits for signal stop
        pass inner_start by i1
        enter work
        job work of type work, 3 attempts
        > signal stop {}
        event 2 occurs
        terminated work
        enter stop
        pass stopped by s1f
        enter clean
        job clean of type clean, 3 attempts
        > advance PT1H
        event 1 occurs
        terminated clean
        terminated stop
        terminated sub
        enter late
        leave late by f3
        pass late_end
        completed
    "#,
    );
}

/// BPMN 2.0.2, clause "Activities": "If the Activity does not have an incoming Sequence Flow, then the
/// Activity MUST be instantiated when the Process is instantiated."
#[test]
fn what_no_flow_leads_to_begins_beside_the_start_event() {
    check_content(
        r#"<process id="p" isExecutable="true"><startEvent id="s"/><userTask id="a"/>
        <userTask id="b"/><sequenceFlow id="s-a" sourceRef="s" targetRef="a"/></process>"#,
        r##"
        > start {}
        started
        pass s by s-a
        enter b
        task b
        enter a
        task a
    "##,
    );
}

/// BPMN 2.0.2, clause "Start Event": each start event of a process starts an instance of its own; those of
/// a sub-process are all reached by its token.
#[test]
fn a_process_begins_at_one_start_event_and_a_sub_process_at_all() {
    let starts = r#"<startEvent id="s1"/><startEvent id="s2"/><userTask id="a"/><userTask id="b"/>
        <sequenceFlow id="s1-a" sourceRef="s1" targetRef="a"/>
        <sequenceFlow id="s2-b" sourceRef="s2" targetRef="b"/>"#;
    check_content(
        &format!(r#"<process id="p" isExecutable="true">{starts}</process>"#),
        r##"
        > start {}
        started
        pass s1 by s1-a
        enter a
        task a
    "##,
    );
    check_content(
        &format!(
            r#"<process id="p" isExecutable="true"><startEvent id="s"/>
            <subProcess id="u">{starts}</subProcess>
            <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/></process>"#
        ),
        r##"
        > start {}
        started
        pass s by s-u
        enter u
        pass s1 by s1-a
        pass s2 by s2-b
        enter a
        task a
        enter b
        task b
    "##,
    );
}
