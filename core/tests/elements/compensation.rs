//! Compensation and transactions.

use crate::harness::check_content;

#[test]
fn what_has_completed_is_compensated_the_last_first() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <serviceTask id="a"/>
        <serviceTask id="b"/>
        <boundaryEvent id="ba" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
        <boundaryEvent id="bb" attachedToRef="b"><compensateEventDefinition/></boundaryEvent>
        <serviceTask id="ua" isForCompensation="true"/>
        <serviceTask id="ub" isForCompensation="true"/>
        <association id="l1" associationDirection="One" sourceRef="ba" targetRef="ua"/>
        <association id="l2" associationDirection="One" sourceRef="bb" targetRef="ub"/>
        <intermediateThrowEvent id="c"><compensateEventDefinition/></intermediateThrowEvent>
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
        enter a
        job a of type a, 3 attempts
        > complete a
        job done a
        leave a by a-b
        enter b
        job b of type b, 3 attempts
        > complete b
        job done b
        leave b by b-c
        enter c
        enter ub to compensate
        job ub of type ub, 3 attempts
        > complete ub
        job done ub
        leave ub
        enter ua to compensate
        job ua of type ua, 3 attempts
        > complete ua
        job done ua
        leave ua
        leave c by c-e
        pass e
        completed
    "##,
    );
}

#[test]
fn a_completed_sub_process_is_compensated_from_within() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <subProcess id="u"><startEvent id="s1"/><serviceTask id="a"/><boundaryEvent id="ba" attachedToRef="a"><compensateEventDefinition/></boundaryEvent><serviceTask id="ua" isForCompensation="true"/><association id="l1" associationDirection="One" sourceRef="ba" targetRef="ua"/><sequenceFlow id="s1-a" sourceRef="s1" targetRef="a"/></subProcess>
        <endEvent id="c"><compensateEventDefinition/></endEvent>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
        <sequenceFlow id="u-c" sourceRef="u" targetRef="c"/>
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
        > complete a
        job done a
        leave a
        leave u by u-c
        enter c
        enter u to compensate
        enter ua to compensate
        job ua of type ua, 3 attempts
        > complete ua
        job done ua
        leave ua
        leave u
        leave c
        completed
    "##,
    );
}

#[test]
fn nothing_to_compensate_is_nothing_to_wait_for() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <endEvent id="c"><compensateEventDefinition/></endEvent>
        <sequenceFlow id="s-c" sourceRef="s" targetRef="c"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-c
        enter c
        leave c
        completed
    "##,
    );
}

#[test]
fn a_canceled_transaction_undoes_what_it_did_and_leaves_by_its_cancel_event() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <transaction id="u"><startEvent id="s1"/><serviceTask id="a"/><boundaryEvent id="ba" attachedToRef="a"><compensateEventDefinition/></boundaryEvent><serviceTask id="ua" isForCompensation="true"/><association id="l1" associationDirection="One" sourceRef="ba" targetRef="ua"/><parallelGateway id="f"/><userTask id="open"/><endEvent id="x1"><cancelEventDefinition/></endEvent><sequenceFlow id="s1-a" sourceRef="s1" targetRef="a"/>
        <sequenceFlow id="a-f" sourceRef="a" targetRef="f"/>
        <sequenceFlow id="f-open" sourceRef="f" targetRef="open"/>
        <sequenceFlow id="f-x1" sourceRef="f" targetRef="x1"/></transaction>
        <boundaryEvent id="no" attachedToRef="u"><cancelEventDefinition/></boundaryEvent>
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
        pass s1 by s1-a
        enter a
        job a of type a, 3 attempts
        > complete a
        job done a
        leave a by a-f
        pass f by f-open, f-x1
        enter open
        task open
        enter x1
        terminated open
        enter ua to compensate
        job ua of type ua, 3 attempts
        > complete ua
        job done ua
        leave ua
        leave x1
        terminated u
        enter no
        leave no by no-e2
        pass e2
        completed
    "##,
    );
}

/// A sub-process that does `a` and has an event sub-process that compensates it.
const COMPENSATED_BY_EVENT: &str = r#"
    <process id="p" isExecutable="true">
    <startEvent id="s"/>
    <subProcess id="u">LOOP
    <extensionElements><zeebe:ioMapping><zeebe:input source="=1" target="x"/></zeebe:ioMapping></extensionElements>
    <startEvent id="s1"/><serviceTask id="a"/><boundaryEvent id="ba" attachedToRef="a"><compensateEventDefinition/></boundaryEvent><serviceTask id="ua" isForCompensation="true"/><association id="l1" associationDirection="One" sourceRef="ba" targetRef="ua"/><sequenceFlow id="s1-a" sourceRef="s1" targetRef="a"/>
    <subProcess id="h" triggeredByEvent="true"><startEvent id="hs"><compensateEventDefinition/></startEvent><userTask id="ask"><extensionElements><zeebe:assignmentDefinition assignee="=&quot;x is &quot; + string(x)"/></extensionElements></userTask>THROW<sequenceFlow id="hs-ask" sourceRef="hs" targetRef="ask"/></subProcess>
    </subProcess>
    <endEvent id="c"><compensateEventDefinition/></endEvent>
    <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
    <sequenceFlow id="u-c" sourceRef="u" targetRef="c"/>
    </process>
"#;

#[test]
fn an_event_sub_process_compensates_instead_of_what_its_sub_process_did() {
    check_content(
        &COMPENSATED_BY_EVENT.replace("THROW", "").replace("LOOP", ""),
        r##"
        > start {}
        started
        pass s by s-u
        enter u
        set u {"x":1}
        pass s1 by s1-a
        enter a
        job a of type a, 3 attempts
        > complete a {"x": 2}
        job done a
        set u {"x":2}
        leave a
        leave u by u-c
        enter c
        enter u to compensate
        set u {"x":2}
        enter h
        pass hs by hs-ask
        enter ask
        task ask for x is 2
        > finish - ask
        task done ask
        leave ask
        leave h
        leave u
        leave c
        completed
    "##,
    );
}

#[test]
fn an_event_sub_process_that_compensates_can_compensate_what_its_sub_process_did() {
    let throw = r#"<endEvent id="t"><compensateEventDefinition/></endEvent><sequenceFlow id="ask-t" sourceRef="ask" targetRef="t"/>"#;
    check_content(
        &COMPENSATED_BY_EVENT.replace("THROW", throw).replace("LOOP", ""),
        r##"
        > start {}
        started
        pass s by s-u
        enter u
        set u {"x":1}
        pass s1 by s1-a
        enter a
        job a of type a, 3 attempts
        > complete a
        job done a
        leave a
        leave u by u-c
        enter c
        enter u to compensate
        set u {"x":1}
        enter h
        pass hs by hs-ask
        enter ask
        task ask for x is 1
        > finish - ask
        task done ask
        leave ask by ask-t
        enter t
        enter ua to compensate
        job ua of type ua, 3 attempts
        > complete ua
        job done ua
        leave ua
        leave t
        leave h
        leave u
        leave c
        completed
    "##,
    );
}

#[test]
fn each_time_of_a_loop_is_compensated_by_its_event_sub_process() {
    let throw = r#"<endEvent id="t"><compensateEventDefinition activityRef="a"/></endEvent><sequenceFlow id="ask-t" sourceRef="ask" targetRef="t"/>"#;
    let times = r#"<standardLoopCharacteristics loopMaximum="2"/>"#;
    check_content(
        &COMPENSATED_BY_EVENT.replace("THROW", throw).replace("LOOP", times),
        r##"
        > start {}
        started
        pass s by s-u
        enter u as a loop
        enter u time 0
        set u {"loopCounter":1}
        set u {"x":1}
        pass s1 by s1-a
        enter a
        job a of type a, 3 attempts
        > complete a
        job done a
        leave a
        leave u
        enter u time 1
        set u {"loopCounter":2}
        set u {"x":1}
        pass s1 by s1-a
        enter a
        job a of type a, 3 attempts
        > complete a
        job done a
        leave a
        leave u
        leave u by u-c
        enter c
        enter u to compensate
        enter u to compensate
        set u {"loopCounter":2,"x":1}
        enter h
        pass hs by hs-ask
        enter ask
        task ask for x is 1
        > finish - ask
        task done ask
        leave ask by ask-t
        enter t
        enter ua to compensate
        job ua of type ua, 3 attempts
        > complete ua
        job done ua
        leave ua
        leave t
        leave h
        leave u
        enter u to compensate
        set u {"loopCounter":1,"x":1}
        enter h
        pass hs by hs-ask
        enter ask
        task ask for x is 1
        > finish - ask
        task done ask
        leave ask by ask-t
        enter t
        enter ua to compensate
        job ua of type ua, 3 attempts
        > complete ua
        job done ua
        leave ua
        leave t
        leave h
        leave u
        leave u
        leave c
        completed
    "##,
    );
}

#[test]
fn a_token_need_not_wait_until_compensation_is_done() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <serviceTask id="a"/>
        <boundaryEvent id="ba" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
        <serviceTask id="ua" isForCompensation="true"/>
        <association id="l1" associationDirection="One" sourceRef="ba" targetRef="ua"/>
        <intermediateThrowEvent id="c"><compensateEventDefinition waitForCompletion="false"/></intermediateThrowEvent>
        <serviceTask id="b"/>
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-c" sourceRef="a" targetRef="c"/>
        <sequenceFlow id="c-b" sourceRef="c" targetRef="b"/>
        <sequenceFlow id="b-e" sourceRef="b" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        job a of type a, 3 attempts
        > complete a
        job done a
        leave a by a-c
        enter c by c-b
        enter ua to compensate
        job ua of type ua, 3 attempts
        enter b
        job b of type b, 3 attempts
        > complete b
        job done b
        leave b by b-e
        pass e
        > complete ua
        job done ua
        leave ua
        leave c
        completed
    "##,
    );
}

/// A process that does `a` and `b` and compensates both by an event with `DEFINITIONS`.
const SEVERAL: &str = r#"
    <process id="p" isExecutable="true">
    <startEvent id="s"/>
    <serviceTask id="a"/>
    <serviceTask id="b"/>
    <boundaryEvent id="ba" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
    <boundaryEvent id="bb" attachedToRef="b"><compensateEventDefinition/></boundaryEvent>
    <serviceTask id="ua" isForCompensation="true"/>
    <serviceTask id="ub" isForCompensation="true"/>
    <association id="l1" associationDirection="One" sourceRef="ba" targetRef="ua"/>
    <association id="l2" associationDirection="One" sourceRef="bb" targetRef="ub"/>
    <intermediateThrowEvent id="c">DEFINITIONS</intermediateThrowEvent>
    <endEvent id="e"/>
    <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
    <sequenceFlow id="a-b" sourceRef="a" targetRef="b"/>
    <sequenceFlow id="b-c" sourceRef="b" targetRef="c"/>
    <sequenceFlow id="c-e" sourceRef="c" targetRef="e"/>
    </process>
"#;

#[test]
fn an_event_waits_for_all_that_its_definitions_compensate_each_once() {
    let a = r#"<compensateEventDefinition activityRef="a"/>"#;
    for other in ["<compensateEventDefinition activityRef=\"b\"/>", "<compensateEventDefinition/>"]
    {
        check_content(
            &SEVERAL.replace("DEFINITIONS", &format!("{a}{other}")),
            r##"
            > start {}
            started
            pass s by s-a
            enter a
            job a of type a, 3 attempts
            > complete a
            job done a
            leave a by a-b
            enter b
            job b of type b, 3 attempts
            > complete b
            job done b
            leave b by b-c
            enter c
            enter ua to compensate
            job ua of type ua, 3 attempts
            > complete ua
            job done ua
            leave ua
            enter ub to compensate
            job ub of type ub, 3 attempts
            > complete ub
            job done ub
            leave ub
            leave c by c-e
            pass e
            completed
        "##,
        );
    }
}

#[test]
fn what_is_undone_neither_asks_nor_gives_data_again() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <adHocSubProcess id="u">
        <extensionElements><zeebe:ioMapping><zeebe:input source="=runs" target="before"/><zeebe:output source="=before + 1" target="runs"/></zeebe:ioMapping></extensionElements>
        <completionCondition>=true</completionCondition>
        <serviceTask id="a"/><boundaryEvent id="ba" attachedToRef="a"><compensateEventDefinition/></boundaryEvent><serviceTask id="ua" isForCompensation="true"/><association id="l1" associationDirection="One" sourceRef="ba" targetRef="ua"/></adHocSubProcess>
        <endEvent id="c"><compensateEventDefinition/></endEvent>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
        <sequenceFlow id="u-c" sourceRef="u" targetRef="c"/>
        </process>
    "#,
        r##"
        > start {"runs": 0}
        started
        pass s by s-u
        enter u
        set u {"before":0}
        > choose u a
        enter a
        job a of type a, 3 attempts
        > complete a
        job done a
        leave a
        set process {"runs":1}
        leave u by u-c
        enter c
        enter u to compensate
        set u {"before":0}
        enter ua to compensate
        job ua of type ua, 3 attempts
        > choose u a
        refused: “a” cannot be started there
        > complete ua
        job done ua
        leave ua
        leave u
        leave c
        completed
        > show
        Completed {"runs":1}
    "##,
    );
}

#[test]
fn what_compensates_can_be_done_several_times() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <serviceTask id="a"/>
        <boundaryEvent id="ba" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
        <subProcess id="ua" isForCompensation="true"><multiInstanceLoopCharacteristics isSequential="true"><extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="item" outputCollection="undone" outputElement="=item * 10"/></extensionElements></multiInstanceLoopCharacteristics><startEvent id="s1"/><serviceTask id="b"/><sequenceFlow id="s1-b" sourceRef="s1" targetRef="b"/></subProcess>
        <association id="l1" associationDirection="One" sourceRef="ba" targetRef="ua"/>
        <endEvent id="c"><compensateEventDefinition/></endEvent>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-c" sourceRef="a" targetRef="c"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a
        job a of type a, 3 attempts
        > complete a
        job done a
        leave a by a-c
        enter c
        enter ua to compensate
        enter ua time 0
        set ua {"loopCounter":1,"item":1}
        pass s1 by s1-b
        enter b
        job b of type b, 3 attempts
        > complete b
        job done b
        leave b
        leave ua
        enter ua time 1
        set ua {"loopCounter":2,"item":2}
        pass s1 by s1-b
        enter b
        job b of type b, 3 attempts
        > complete b
        job done b
        leave b
        leave ua
        set process {"undone":[10,20]}
        leave ua
        leave c
        completed
        > show
        Completed {"undone":[10,20]}
    "##,
    );
}

#[test]
fn where_nothing_is_to_be_compensated_the_event_passes() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <intermediateThrowEvent id="c"><compensateEventDefinition waitForCompletion="false"/></intermediateThrowEvent>
        <sequenceFlow id="s-c" sourceRef="s" targetRef="c"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-c
        enter c
        leave c
        completed
    "##,
    );
}
