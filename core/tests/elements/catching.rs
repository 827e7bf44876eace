//! Messages, signals and conditions that are waited for.

use crate::harness::check_content;

#[test]
fn the_first_event_behind_an_event_based_gateway_gets_the_token() {
    check_content(
        r#"
        <message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=order"/></extensionElements></message>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <eventBasedGateway id="w"/>
        <intermediateCatchEvent id="c1"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
        <intermediateCatchEvent id="c2"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></intermediateCatchEvent>
        <endEvent id="e"/>
        <endEvent id="late"/>
        <sequenceFlow id="s-w" sourceRef="s" targetRef="w"/>
        <sequenceFlow id="w-c1" sourceRef="w" targetRef="c1"/>
        <sequenceFlow id="c1-e" sourceRef="c1" targetRef="e"/>
        <sequenceFlow id="w-c2" sourceRef="w" targetRef="c2"/>
        <sequenceFlow id="c2-late" sourceRef="c2" targetRef="late"/>
        </process>
    "#,
        r##"
        > start {"order": 7}
        started
        pass s by s-w
        enter w
        c1 waits for message paid of 7
        c2 waits for timer 2026-01-02T00:00:00Z
        > trigger c1 {"amount": 5}
        event 1 occurs
        leave w by w-c1
        enter c1
        set process {"amount":5}
        leave c1 by c1-e
        pass e
        completed
        > trigger c2
        refused: the instance has ended
        > show
        Completed {"order":7,"amount":5}
    "##,
    );
}

#[test]
fn a_signal_reaches_all_who_wait_for_it() {
    check_content(
        r#"
        <signal id="g" name="stop"/>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <parallelGateway id="f"/>
        <intermediateCatchEvent id="c1"><signalEventDefinition signalRef="g"/></intermediateCatchEvent>
        <userTask id="a"/>
        <boundaryEvent id="b" attachedToRef="a"><signalEventDefinition signalRef="g"/></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="e2"/>
        <endEvent id="e3"/>
        <sequenceFlow id="s-f" sourceRef="s" targetRef="f"/>
        <sequenceFlow id="f-c1" sourceRef="f" targetRef="c1"/>
        <sequenceFlow id="c1-e" sourceRef="c1" targetRef="e"/>
        <sequenceFlow id="f-a" sourceRef="f" targetRef="a"/>
        <sequenceFlow id="a-e2" sourceRef="a" targetRef="e2"/>
        <sequenceFlow id="b-e3" sourceRef="b" targetRef="e3"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-f
        pass f by f-c1, f-a
        enter c1
        c1 waits for signal stop
        enter a
        b waits for signal stop
        task a
        > signal other
        > signal stop
        event 2 occurs
        terminated a
        enter b
        leave b by b-e3
        event 1 occurs
        leave c1 by c1-e
        pass e3
        pass e
        completed
    "##,
    );
}

#[test]
fn a_condition_is_looked_at_when_variables_change() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"/>
        <boundaryEvent id="b" attachedToRef="a" cancelActivity="false"><conditionalEventDefinition><condition>amount &gt; 10</condition></conditionalEventDefinition></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="e2"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        <sequenceFlow id="b-e2" sourceRef="b" targetRef="e2"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        b waits for condition
        task a
        incident 1 at a: ConditionFailed
        > set process {"amount": 20}
        set process {"amount":20} by hand
        incident 1 over
        event 1 occurs, and again
        enter b
        leave b by b-e2
        pass e2
        > set process {"amount": 30}
        set process {"amount":30} by hand
        > set process {"amount": 1}
        set process {"amount":1} by hand
        > set process {"amount": 11}
        set process {"amount":11} by hand
        event 1 occurs, and again
        enter b
        leave b by b-e2
        pass e2
        > finish - a
        task done a
        leave a by a-e
        pass e
        completed
    "##,
    );
}

#[test]
fn a_condition_that_holds_already_does_not_wait() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <intermediateCatchEvent id="c"><conditionalEventDefinition><condition>ready</condition></conditionalEventDefinition></intermediateCatchEvent>
        <endEvent id="e"/>
        <sequenceFlow id="s-c" sourceRef="s" targetRef="c"/>
        <sequenceFlow id="c-e" sourceRef="c" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {"ready": true}
        started
        pass s by s-c
        enter c
        c waits for condition
        event 1 occurs
        leave c by c-e
        pass e
        completed
    "##,
    );
}

/// A service task with a condition on its border that interrupts nothing.
fn on_border(condition: &str, attributes: &str) -> String {
    format!(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <serviceTask id="a"/>
        <boundaryEvent id="b" attachedToRef="a" cancelActivity="false"><conditionalEventDefinition {attributes}><condition>{condition}</condition></conditionalEventDefinition></boundaryEvent>
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>"#
    )
}

#[test]
fn a_condition_that_cannot_be_told_is_an_incident_that_leaves_the_work_alone() {
    check_content(
        &on_border("amount &gt; 10", ""),
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        b waits for condition
        job a of type a, 3 attempts
        incident 1 at a: ConditionFailed
        > set process {"amount": "much"}
        set process {"amount":"much"} by hand
        > retry 1
        incident 1 over
        incident 2 at a: ConditionFailed
        > answer a 1
        job done a
        incident 2 over
        leave a by a-e
        pass e
        completed
    "##,
    );
}

#[test]
fn a_condition_is_asked_only_when_a_variable_changes_that_it_mentions() {
    // The other variable is not watched, and one that is new does not count.
    check_content(
        &on_border(
            "amount &gt; 10 or other = 1",
            "camunda:variableName=\"amount\" camunda:variableEvents=\"update\" xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\"",
        ),
        r##"
        > start {"amount": 1}
        started
        pass s by s-a
        enter a
        b waits for condition
        job a of type a, 3 attempts
        > set process {"other": 1}
        set process {"other":1} by hand
        > set a {"amount": 12}
        set a {"amount":12} by hand
        > set a {"amount": 13}
        set a {"amount":13} by hand
        event 1 occurs, and again
        enter b
        leave b
    "##,
    );
}
