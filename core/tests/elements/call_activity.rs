//! Call activities: other processes, as this instance sees them.

use crate::harness::check_content;

#[test]
fn a_called_process_gets_and_gives_variables() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <callActivity id="c"><extensionElements><zeebe:calledElement processId="risk" propagateAllChildVariables="true"/></extensionElements></callActivity>
        <endEvent id="e"/>
        <sequenceFlow id="s-c" sourceRef="s" targetRef="c"/>
        <sequenceFlow id="c-e" sourceRef="c" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {"x": 1}
        started
        pass s by s-c
        enter c
        c calls risk {"x":1}
        > called c completed {"score": 9}
        set process {"score":9}
        leave c by c-e
        pass e
        completed
        > show
        Completed {"x":1,"score":9}
    "##,
    );
}

#[test]
fn an_error_of_the_called_process_is_caught_on_the_border() {
    check_content(
        r#"
        <error id="x" name="No" errorCode="NO"/>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <callActivity id="c"><extensionElements><zeebe:calledElement processId="risk"/></extensionElements></callActivity>
        <boundaryEvent id="no" attachedToRef="c"><errorEventDefinition errorRef="x"/></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="e2"/>
        <sequenceFlow id="s-c" sourceRef="s" targetRef="c"/>
        <sequenceFlow id="c-e" sourceRef="c" targetRef="e"/>
        <sequenceFlow id="no-e2" sourceRef="no" targetRef="e2"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-c
        enter c
        c calls risk {}, catches NO
        > called c NO {}
        c throws error NO
        terminated c
        enter no
        leave no by no-e2
        pass e2
        completed
    "##,
    );
}

#[test]
fn a_call_that_failed_is_made_again_when_its_incident_is_resolved() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <callActivity id="c"><extensionElements><zeebe:calledElement processId="risk"/></extensionElements></callActivity>
        <endEvent id="e"/>
        <sequenceFlow id="s-c" sourceRef="s" targetRef="c"/>
        <sequenceFlow id="c-e" sourceRef="c" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-c
        enter c
        c calls risk {}
        > called c failed not deployed
        incident 1 at c: CalledProcessFailed
        > retry 1
        incident 1 over
        c calls risk {}
        > called c completed {}
        leave c by c-e
        pass e
        completed
    "##,
    );
}

#[test]
fn the_called_instance_is_canceled_with_its_caller() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <callActivity id="c"><extensionElements><zeebe:calledElement processId="risk"/></extensionElements></callActivity>
        <endEvent id="e"/>
        <sequenceFlow id="s-c" sourceRef="s" targetRef="c"/>
        <sequenceFlow id="c-e" sourceRef="c" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-c
        enter c
        c calls risk {}
        > terminate no longer wanted
        call canceled c
        terminated c
        instance terminated: no longer wanted
    "##,
    );
}
