//! Errors and escalations: who catches what.

use crate::harness::check_content;

#[test]
fn an_error_is_caught_by_the_innermost_border_that_names_its_code() {
    check_content(
        r#"
        <error id="x" name="No" errorCode="NO"/>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <subProcess id="u"><startEvent id="s1"/><serviceTask id="a"/><sequenceFlow id="s1-a" sourceRef="s1" targetRef="a"/></subProcess>
        <boundaryEvent id="all" attachedToRef="u"><errorEventDefinition/></boundaryEvent>
        <boundaryEvent id="no" attachedToRef="u"><errorEventDefinition errorRef="x"/></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="e2"/>
        <endEvent id="e3"/>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
        <sequenceFlow id="u-e" sourceRef="u" targetRef="e"/>
        <sequenceFlow id="all-e2" sourceRef="all" targetRef="e2"/>
        <sequenceFlow id="no-e3" sourceRef="no" targetRef="e3"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-u
        enter u
        pass s1 by s1-a
        enter a
        job a of type a, 3 attempts
        > throw a NO {"why": "late"}
        a throws error NO
        terminated a
        terminated u
        enter no
        set process {"why":"late"}
        leave no by no-e3
        pass e3
        completed
        > show
        Completed {"why":"late"}
    "##,
    );
}

#[test]
fn an_error_of_any_code_is_caught_where_no_code_is_named() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <serviceTask id="a"/>
        <boundaryEvent id="all" attachedToRef="a"><errorEventDefinition/></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="e2"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        <sequenceFlow id="all-e2" sourceRef="all" targetRef="e2"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        job a of type a, 3 attempts
        > throw a OTHER
        a throws error OTHER
        terminated a
        enter all
        leave all by all-e2
        pass e2
        completed
    "##,
    );
}

#[test]
fn an_error_that_nobody_catches_is_an_incident_and_the_job_can_be_tried_again() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <serviceTask id="a"/>
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        job a of type a, 3 attempts
        > throw a NO
        job failed a, 0 left: no
        incident 1 at a: UnhandledError
        > complete a
        refused: the job is no longer open
        > retry 1
        job a has 3 attempts again
        incident 1 over
        > complete a
        job done a
        leave a by a-e
        pass e
        completed
    "##,
    );
}

#[test]
fn an_error_end_event_is_caught_around_its_sub_process() {
    check_content(
        r#"
        <error id="x" name="No" errorCode="NO"/>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <subProcess id="u"><startEvent id="s1"/><endEvent id="x1"><errorEventDefinition errorRef="x"/></endEvent><sequenceFlow id="s1-x1" sourceRef="s1" targetRef="x1"/></subProcess>
        <boundaryEvent id="no" attachedToRef="u"><errorEventDefinition errorRef="x"/></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="e2"/>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
        <sequenceFlow id="u-e" sourceRef="u" targetRef="e"/>
        <sequenceFlow id="no-e2" sourceRef="no" targetRef="e2"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-u
        enter u
        pass s1 by s1-x1
        enter x1
        x1 throws error NO
        leave x1
        terminated u
        enter no
        leave no by no-e2
        pass e2
        completed
    "##,
    );
}

#[test]
fn an_error_end_event_that_nobody_catches_is_an_incident() {
    check_content(
        r#"
        <error id="x" name="No" errorCode="NO"/>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <endEvent id="x1"><errorEventDefinition errorRef="x"/></endEvent>
        <sequenceFlow id="s-x1" sourceRef="s" targetRef="x1"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-x1
        enter x1
        incident 1 at x1: UnhandledError
    "##,
    );
}

#[test]
fn an_error_starts_an_event_sub_process() {
    check_content(
        r#"
        <error id="x" name="No" errorCode="NO"/>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <serviceTask id="a"/>
        <endEvent id="e"/>
        <subProcess id="v" triggeredByEvent="true"><startEvent id="s1"><errorEventDefinition errorRef="x"/></startEvent><userTask id="b"/><sequenceFlow id="s1-b" sourceRef="s1" targetRef="b"/></subProcess>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        job a of type a, 3 attempts
        > throw a NO
        a throws error NO
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
fn an_escalation_that_interrupts_nothing_lets_its_thrower_go_on() {
    check_content(
        r#"
        <escalation id="q" name="Up" escalationCode="UP"/>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <subProcess id="u"><startEvent id="s1"/><intermediateThrowEvent id="up"><escalationEventDefinition escalationRef="q"/></intermediateThrowEvent><userTask id="a"/><sequenceFlow id="s1-up" sourceRef="s1" targetRef="up"/>
        <sequenceFlow id="up-a" sourceRef="up" targetRef="a"/></subProcess>
        <boundaryEvent id="b" attachedToRef="u" cancelActivity="false"><escalationEventDefinition escalationRef="q"/></boundaryEvent>
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
        pass s1 by s1-up
        enter up
        up escalates UP
        enter b
        leave b by b-e2
        leave up by up-a
        pass e2
        enter a
        task a
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
fn an_escalation_that_nobody_catches_changes_nothing() {
    check_content(
        r#"
        <escalation id="q" name="Up" escalationCode="UP"/>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <endEvent id="up"><escalationEventDefinition escalationRef="q"/></endEvent>
        <sequenceFlow id="s-up" sourceRef="s" targetRef="up"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-up
        enter up
        up escalates UP
        leave up
        completed
    "##,
    );
}

/// A process that ends with the error `NO`.
const ENDS_WITH_ERROR: &str = r#"
    <error id="x" name="No" errorCode="NO"/>
    <process id="p" isExecutable="true">
    <startEvent id="s"/>
    <endEvent id="x1"><errorEventDefinition errorRef="x"/></endEvent>
    <sequenceFlow id="s-x1" sourceRef="s" targetRef="x1"/>
    </process>
"#;

#[test]
fn what_a_called_instance_does_not_catch_goes_to_its_caller() {
    for caught in ["anything", "LATE,NO"] {
        let start = format!("> start-called {caught} {{}}");
        let scenario = r##"
        START
        started
        pass s by s-x1
        enter x1
        terminated x1
        error NO goes to the caller
        instance terminated: The error “NO” went to the calling process.
        "##;
        check_content(ENDS_WITH_ERROR, &scenario.replace("START", &start));
    }
}

#[test]
fn what_nobody_catches_across_a_call_stays_where_it_is_thrown() {
    check_content(
        ENDS_WITH_ERROR,
        r##"
        > start-called LATE {}
        started
        pass s by s-x1
        enter x1
        incident 1 at x1: UnhandledError
        > retry 1
        incident 1 over
        incident 2 at x1: UnhandledError
    "##,
    );
}

#[test]
fn a_called_job_whose_error_nobody_catches_can_be_tried_again() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <serviceTask id="a"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        </process>
    "#,
        r##"
        > start-called nothing {}
        started
        pass s by s-a
        enter a
        job a of type a, 3 attempts
        > throw a NO
        job failed a, 0 left: no
        incident 1 at a: UnhandledError
        > retry 1
        job a has 3 attempts again
        incident 1 over
        > complete a
        job done a
        leave a
        completed
    "##,
    );
}

#[test]
fn an_error_of_a_completion_goes_to_the_caller_that_catches_it() {
    let content = r#"
        <error id="x" name="No" errorCode="NO"/>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <serviceTask id="a"><multiInstanceLoopCharacteristics behavior="One" oneBehaviorEventRef="d"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></serviceTask>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        </process>
        <errorEventDefinition id="d" errorRef="x"/>
    "#;
    check_content(
        content,
        r##"
        > start-called NO {}
        started
        pass s by s-a
        enter a as a loop
        enter a time 0
        set a {"loopCounter":1}
        job a of type a, 3 attempts
        enter a time 1
        set a {"loopCounter":2}
        job a of type a, 3 attempts
        > complete 3
        job done a
        leave a
        a throws error NO
        terminated a
        terminated a
        error NO goes to the caller
        instance terminated: The error “NO” went to the calling process.
    "##,
    );
}
