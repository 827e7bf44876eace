//! Complex gateways: start by a condition, swallow or pass on what comes later.

use crate::harness::check_content;

/// Three tasks at once that lead to a complex gateway with this condition; `flows` leave it.
fn raced(gateway: &str, flows: &str) -> String {
    format!(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <parallelGateway id="f"/>
        <userTask id="a"/><userTask id="b"/><userTask id="c"/>
        {gateway}
        <userTask id="next"/>
        <endEvent id="e"/>
        <sequenceFlow id="s_f" sourceRef="s" targetRef="f"/>
        <sequenceFlow id="f_a" sourceRef="f" targetRef="a"/>
        <sequenceFlow id="f_b" sourceRef="f" targetRef="b"/>
        <sequenceFlow id="f_c" sourceRef="f" targetRef="c"/>
        <sequenceFlow id="a_j" sourceRef="a" targetRef="j"/>
        <sequenceFlow id="b_j" sourceRef="b" targetRef="j"/>
        <sequenceFlow id="c_j" sourceRef="c" targetRef="j"/>
        {flows}
        </process>"#
    )
}

const PLAIN: &str = r#"<sequenceFlow id="j_next" sourceRef="j" targetRef="next"/>
    <sequenceFlow id="next_e" sourceRef="next" targetRef="e"/>"#;

const STARTED: &str = "
    started
    pass s by s_f
    pass f by f_a, f_b, f_c
    enter a
    task a
    enter b
    task b
    enter c
    task c";

fn told(begin: &str, rest: &str) -> String {
    format!("> start {begin}{STARTED}\n{rest}")
}

#[test]
fn starts_with_as_many_as_it_asks_for_and_swallows_the_rest() {
    check_content(
        &raced(
            r#"<complexGateway id="j"><activationCondition>activationCount &gt;= 2</activationCondition></complexGateway>"#,
            PLAIN,
        ),
        &told(
            "{}",
            r##"
            > finish - b
            task done b
            leave b by b_j
            > finish - a
            task done a
            leave a by a_j
            enter j
            leave j by j_next
            enter next
            task next
            > finish - c
            task done c
            leave c by c_j
            enter j
            reset j
            leave j
            > finish - next
            task done next
            leave next by next_e
            pass e
            completed
            "##,
        ),
    );
}

#[test]
fn passes_on_at_its_reset_what_a_condition_says() {
    check_content(
        &raced(
            r#"<complexGateway id="j"><activationCondition>a_j &gt;= 1 or activationCounts.b_j + activationCounts.c_j = 2</activationCondition></complexGateway>"#,
            r#"<sequenceFlow id="j_next" sourceRef="j" targetRef="next"><conditionExpression>waitingForStart</conditionExpression></sequenceFlow>
            <sequenceFlow id="j_e" sourceRef="j" targetRef="e"><conditionExpression>not(waitingForStart)</conditionExpression></sequenceFlow>
            <sequenceFlow id="next_e" sourceRef="next" targetRef="e"/>"#,
        ),
        &told(
            "{}",
            r##"
            > finish - b
            task done b
            leave b by b_j
            > finish - c
            task done c
            leave c by c_j
            enter j
            leave j by j_next
            enter next
            task next
            > finish - a
            task done a
            leave a by a_j
            enter j
            reset j
            leave j by j_e
            pass e
            > finish - next
            task done next
            leave next by next_e
            pass e
            completed
            "##,
        ),
    );
}

#[test]
fn is_reset_when_nothing_more_can_come() {
    check_content(
        &raced(
            r#"<complexGateway id="j"><activationCondition>activationCount &gt;= 1</activationCondition></complexGateway>
            <boundaryEvent id="t" attachedToRef="b"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>"#,
            r#"<sequenceFlow id="j_next" sourceRef="j" targetRef="next"/>
            <sequenceFlow id="t_e" sourceRef="t" targetRef="e"/>
            <sequenceFlow id="next_e" sourceRef="next" targetRef="e"/>"#,
        ),
        r##"
        > start {}
        started
        pass s by s_f
        pass f by f_a, f_b, f_c
        enter a
        task a
        enter b
        t waits for timer 2026-01-01T01:00:00Z
        task b
        enter c
        task c
        > finish - a
        task done a
        leave a by a_j
        enter j
        leave j by j_next
        enter next
        task next
        > finish - c
        task done c
        leave c by c_j
        > advance PT1H
        event 1 occurs
        terminated b
        enter t
        leave t by t_e
        pass e
        enter j
        reset j
        leave j
        > finish - next
        task done next
        leave next by next_e
        pass e
        completed
        "##,
    );
}

#[test]
fn starts_when_data_changes_while_tokens_wait() {
    check_content(
        &raced(
            r#"<complexGateway id="j"><activationCondition>activationCount &gt;= needed</activationCondition></complexGateway>"#,
            PLAIN,
        ),
        &told(
            r#"{"needed": 2}"#,
            r##"
            > finish - b
            task done b
            leave b by b_j
            > set process {"needed": 1}
            set process {"needed":1} by hand
            enter j
            leave j by j_next
            enter next
            task next
            "##,
        ),
    );
}

#[test]
fn a_condition_that_is_neither_true_nor_false_is_an_incident_and_asked_anew() {
    check_content(
        &raced(
            r#"<complexGateway id="j"><activationCondition>activationCount &gt;= needed</activationCondition></complexGateway>"#,
            PLAIN,
        ),
        &told(
            "{}",
            r##"
            > finish - b
            task done b
            leave b by b_j
            enter j
            incident 1 at j: ConditionFailed
            > show
            Active {} at b_j 1
            > retry 1
            incident 1 over
            terminated j
            enter j
            incident 2 at j: ConditionFailed
            > set process {"needed": 2}
            set process {"needed":2} by hand
            > retry 2
            incident 2 over
            terminated j
            > finish - a
            task done a
            leave a by a_j
            enter j
            leave j by j_next
            enter next
            task next
            "##,
        ),
    );
}

#[test]
fn without_a_condition_waits_for_all_and_chooses_as_an_inclusive_gateway() {
    check_content(
        &raced(
            r#"<complexGateway id="j" default="j_e"/>"#,
            r#"<sequenceFlow id="j_next" sourceRef="j" targetRef="next"><conditionExpression>x &gt; 1</conditionExpression></sequenceFlow>
            <sequenceFlow id="j_e" sourceRef="j" targetRef="e"/>
            <sequenceFlow id="next_e" sourceRef="next" targetRef="e"/>"#,
        ),
        &told(
            r#"{"x": 0}"#,
            r##"
            > finish - b
            task done b
            leave b by b_j
            > finish - a
            task done a
            leave a by a_j
            > finish - c
            task done c
            leave c by c_j
            pass j by j_e
            pass e
            completed
            "##,
        ),
    );
}
