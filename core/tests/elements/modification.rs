//! Modification: visits are ended and nodes entered by hand.

use crate::harness::{check, check_content};

/// Start, task `a`, task `b`, end.
const LINE: &str = r#"
    <process id="p" isExecutable="true">
    <startEvent id="s"/><userTask id="a"/><userTask id="b"/><endEvent id="e"/>
    <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
    <sequenceFlow id="a-b" sourceRef="a" targetRef="b"/>
    <sequenceFlow id="b-e" sourceRef="b" targetRef="e"/>
    </process>
"#;

/// A sub-process `u` with two tasks, a timer on its border and an event sub-process inside.
const NESTED: &str = r#"
    <signal id="g" name="stop"/>
    <process id="p" isExecutable="true">
    <startEvent id="s"/><userTask id="a"/><endEvent id="e"/>
    <subProcess id="u">
    <extensionElements><zeebe:ioMapping><zeebe:input source="=n + 1" target="m"/></zeebe:ioMapping></extensionElements>
    <startEvent id="s1"/><userTask id="x"/><userTask id="y"/>
    <sequenceFlow id="s1-x" sourceRef="s1" targetRef="x"/>
    <sequenceFlow id="x-y" sourceRef="x" targetRef="y"/>
    <subProcess id="v" triggeredByEvent="true"><startEvent id="s2"><signalEventDefinition signalRef="g"/></startEvent><userTask id="z"/><sequenceFlow id="s2-z" sourceRef="s2" targetRef="z"/></subProcess>
    </subProcess>
    <boundaryEvent id="late" attachedToRef="u"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
    <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
    <sequenceFlow id="a-u" sourceRef="a" targetRef="u"/>
    <sequenceFlow id="u-e" sourceRef="u" targetRef="e"/>
    </process>
"#;

/// A parallel loop `u` over three items, with one task inside.
const LOOP: &str = r#"
    <process id="p" isExecutable="true">
    <startEvent id="s"/><endEvent id="e"/>
    <subProcess id="u">
    <multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>
    <startEvent id="s1"/><userTask id="x"/><userTask id="y"/>
    <boundaryEvent id="x1" attachedToRef="x"><errorEventDefinition/></boundaryEvent>
    <sequenceFlow id="s1-x" sourceRef="s1" targetRef="x"/>
    <sequenceFlow id="x1-y" sourceRef="x1" targetRef="y"/>
    </subProcess>
    <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
    <sequenceFlow id="u-e" sourceRef="u" targetRef="e"/>
    </process>
"#;

#[test]
fn a_token_is_moved_by_ending_and_entering() {
    check_content(
        LINE,
        r#"
        > start {}
        started
        pass s by s-a
        enter a
        task a
        > modify -a +b process {"x": 1} local {"y": 2}
        modified
        terminated a
        set process {"x":1} by hand
        enter b
        set b {"y":2} by hand
        task b
        > finish - b
        task done b
        leave b by b-e
        pass e
        completed
    "#,
    );
}

#[test]
fn what_cannot_be_done_is_refused_as_a_whole() {
    check_content(
        NESTED,
        r#"
        > start {"n": 1}
        started
        pass s by s-a
        enter a
        task a
        > modify
        refused: the modification asks for nothing
        > modify -a +nowhere
        refused: the process has no element “nowhere”
        > modify -u
        refused: nothing is open at “u”
        > modify -#9
        refused: nothing is open at visit 9
        > modify -a +late
        refused: “late” cannot be activated: a boundary event occurs at its activity; activate what follows it
        > modify -a +v
        refused: “v” cannot be activated: only its event starts an event sub-process; activate what lies in it
        > modify -a +s2
        refused: “s2” cannot be activated: only its event starts an event sub-process; activate what lies in it
        > modify -a +x@2
        refused: “x” cannot be activated: visit 2 is no open scope around it
        > set process {"n": "many"}
        set process {"n":"many"} by hand
        > finish - a
        task done a
        leave a by a-u
        enter u
        late waits for timer 2026-01-01T01:00:00Z
        set u {"m":null}
        s2 waits for signal stop
        pass s1 by s1-x
        enter x
        task x
    "#,
    );
}

#[test]
fn a_scope_that_is_not_open_is_entered_without_what_it_begins_with() {
    check_content(
        NESTED,
        r#"
        > start {"n": 1}
        started
        pass s by s-a
        enter a
        task a
        > modify -a +y process {"n": 5}
        modified
        terminated a
        set process {"n":5} by hand
        enter u
        late waits for timer 2026-01-01T01:00:00Z
        set u {"m":6}
        s2 waits for signal stop
        enter y
        task y
        > modify -y +x
        modified
        terminated y
        enter x
        task x
        > modify -x +z
        modified
        terminated x
        enter v
        enter z
        task z
        > advance PT1H
        event 1 occurs
        terminated z
        terminated v
        terminated u
        enter late
        leave late
        completed
    "#,
    );
}

#[test]
fn a_scope_left_empty_ends_and_no_token_leaves_it() {
    check_content(
        NESTED,
        r#"
        > start {"n": 1}
        started
        pass s by s-a
        enter a
        task a
        > modify -a +x +y
        modified
        terminated a
        enter u
        late waits for timer 2026-01-01T01:00:00Z
        set u {"m":2}
        s2 waits for signal stop
        enter x
        enter y
        task x
        task y
        > modify -x
        modified
        terminated x
        > modify -y +a
        modified
        terminated y
        enter a
        terminated u
        task a
        > modify -a
        modified
        terminated a
        instance terminated: A modification left nothing to do.
        > modify +a
        refused: the instance has ended
    "#,
    );
}

#[test]
fn of_several_open_scopes_one_has_to_be_named() {
    check_content(
        NESTED,
        r#"
        > start {"n": 1}
        started
        pass s by s-a
        enter a
        task a
        > modify -a +x@0 +x@0
        modified
        terminated a
        enter u
        late waits for timer 2026-01-01T01:00:00Z
        set u {"m":2}
        s2 waits for signal stop
        enter x
        enter u
        late waits for timer 2026-01-01T01:00:00Z
        set u {"m":2}
        s2 waits for signal stop
        enter x
        task x
        task x
        > modify +y
        refused: “y” cannot be activated: several scopes are open around it, name one of the visits 3, 5
        > modify +y@5
        modified
        enter y
        task y
        > modify -x
        modified
        terminated x
        terminated x
        terminated u
        > finish - y
        task done y
        leave y
        leave u by u-e
        pass e
        completed
    "#,
    );
}

#[test]
fn a_token_before_a_join_is_taken_away_by_the_name_of_the_join() {
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
        > complete a
        job done a
        leave a by from_a
        > modify -join +a
        modified
        tokens gone from from_a
        enter a
        job a of type a, 3 attempts
        > modify -a -b +join
        modified
        terminated b
        terminated a
        pass join by to_end
        pass end
        completed
    "#,
    );
}

#[test]
fn who_is_named_twice_is_ended_once() {
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
        > complete a
        job done a
        leave a by from_a
        > modify -join -join +a
        modified
        tokens gone from from_a
        enter a
        job a of type a, 3 attempts
        > modify -a -b +join
        modified
        terminated b
        terminated a
        pass join by to_end
        pass end
        completed
    "#,
    );
}

#[test]
fn one_time_of_a_loop_is_ended_and_the_others_go_on() {
    check_content(
        LOOP,
        r#"
        > start {}
        started
        pass s by s-u
        enter u as a loop
        enter u time 0
        set u {"loopCounter":1}
        pass s1 by s1-x
        enter u time 1
        set u {"loopCounter":2}
        pass s1 by s1-x
        enter u time 2
        set u {"loopCounter":3}
        pass s1 by s1-x
        enter x
        task x
        enter x
        task x
        enter x
        task x
        > modify +y
        refused: “y” cannot be activated: several scopes are open around it, name one of the visits 3, 5, 7
        > modify -#3 +y@5
        modified
        terminated x
        terminated u
        enter y
        task y
        > finish - y
        task done y
        leave y
        > finish - x
        task done x
        leave x
        leave u
        > finish - x
        task done x
        leave x
        leave u
        leave u by u-e
        pass e
        completed
    "#,
    );
}

#[test]
fn a_loop_begins_anew_and_is_not_entered_from_inside() {
    check_content(
        LOOP,
        r#"
        > start {}
        started
        pass s by s-u
        enter u as a loop
        enter u time 0
        set u {"loopCounter":1}
        pass s1 by s1-x
        enter u time 1
        set u {"loopCounter":2}
        pass s1 by s1-x
        enter u time 2
        set u {"loopCounter":3}
        pass s1 by s1-x
        enter x
        task x
        enter x
        task x
        enter x
        task x
        > modify -u +y
        refused: “y” cannot be activated: no time of the loop “u” around it is open
        > modify -u +u
        modified
        terminated x
        terminated u
        terminated x
        terminated u
        terminated x
        terminated u
        terminated u
        enter u as a loop
        enter u time 0
        set u {"loopCounter":1}
        pass s1 by s1-x
        enter u time 1
        set u {"loopCounter":2}
        pass s1 by s1-x
        enter u time 2
        set u {"loopCounter":3}
        pass s1 by s1-x
        enter x
        task x
        enter x
        task x
        enter x
        task x
        > modify -x
        modified
        terminated x
        terminated x
        terminated x
        terminated u
        terminated u
        terminated u
        terminated u
        instance terminated: A modification left nothing to do.
    "#,
    );
}

#[test]
fn what_is_entered_in_a_suspended_instance_begins_at_the_resumption() {
    check_content(
        LINE,
        r#"
        > start {}
        started
        pass s by s-a
        enter a
        task a
        > suspend
        suspended
        > modify -a +b
        modified
        terminated a
        enter b
        > resume
        resumed
        task b
    "#,
    );
}
