//! User tasks: what they carry, who holds them.

use crate::harness::{check, check_content};

#[test]
fn a_user_task_carries_what_people_need() {
    check(
        "user_task.bpmn",
        r#"
        > start {"amount": 250, "groups": ["underwriters", "heads"], "prio": 80}
        started
        pass start by to_decide
        enter decide
        task decide groups underwriters, heads users ada, ben due 2026-01-31T12:00:00Z follow-up 2026-01-02T00:00:00Z priority 80 form decision summary EUR 250
    "#,
    );
}

#[test]
fn one_person_holds_a_task_and_only_the_holder_completes_it() {
    check(
        "claim.bpmn",
        r#"
        > start {}
        started
        pass start by to_decide
        enter decide
        task decide
        > finish ada decide {}
        refused: nobody has taken the task yet
        > unclaim ada decide
        refused: nobody has taken the task yet
        > claim - decide
        refused: a claim needs a person
        > claim ada decide
        decide goes to ada by ada
        > claim ada decide
        > claim ben decide
        refused: ada has taken the task
        > unclaim ben decide
        refused: ada has taken the task
        > finish ben decide {}
        refused: ada has taken the task
        > unclaim ada decide
        decide goes to nobody by ada
        > assign ben decide
        decide goes to ben by operator
        > assign ben decide
        > finish ben decide {"approved": true}
        task done decide by ben
        set process {"approved":true}
        leave decide by to_end
        pass end
        completed
    "#,
    );
}

#[test]
fn the_system_may_complete_a_task_that_nobody_holds() {
    check(
        "claim.bpmn",
        r#"
        > start {}
        started
        pass start by to_decide
        enter decide
        task decide
        > finish - decide {}
        task done decide
        leave decide by to_end
        pass end
        completed
    "#,
    );
}

#[test]
fn a_missing_form_is_an_incident() {
    check(
        "missing_form.bpmn",
        r#"
        > start {}
        started
        pass start by to_decide
        enter decide
        incident 1 at decide: FormMissing
        > claim ada decide
        refused: the task is no longer open
    "#,
    );
}

#[test]
fn an_attribute_that_cannot_be_used_is_an_incident_until_it_can() {
    check(
        "user_task.bpmn",
        r#"
        > start {"amount": 250, "groups": "heads, underwriters", "prio": "high"}
        started
        pass start by to_decide
        enter decide
        incident 1 at decide: ExpressionFailed
        > set process {"prio": 101}
        set process {"prio":101} by hand
        > retry 1
        incident 1 over
        incident 2 at decide: ExpressionFailed
        > set process {"prio": "7", "groups": [1]}
        set process {"prio":"7","groups":[1]} by hand
        > retry 2
        incident 2 over
        incident 3 at decide: ExpressionFailed
        > set process {"groups": null}
        set process {"groups":null} by hand
        > retry 3
        incident 3 over
        task decide users ada, ben due 2026-01-31T12:00:00Z follow-up 2026-01-02T00:00:00Z priority 7 form decision summary EUR 250
    "#,
    );
}

#[test]
fn a_lane_is_the_candidate_group_of_a_task_that_names_nobody() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <laneSet id="ls"><lane id="bank" name="Bank"><flowNodeRef>s</flowNodeRef><flowNodeRef>c</flowNodeRef><childLaneSet id="inner">
        <lane id="risk" name="Risk, and more"><flowNodeRef>a</flowNodeRef><flowNodeRef>b</flowNodeRef></lane>
        <lane id="unnamed"><flowNodeRef>u</flowNodeRef></lane></childLaneSet></lane></laneSet>
        <startEvent id="s"/>
        <userTask id="a"/>
        <userTask id="b"><extensionElements><zeebe:assignmentDefinition candidateUsers="ada"/></extensionElements></userTask>
        <userTask id="c"/>
        <subProcess id="u"><startEvent id="s1"/><userTask id="d"/><sequenceFlow id="s1-d" sourceRef="s1" targetRef="d"/></subProcess>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="s-b" sourceRef="s" targetRef="b"/>
        <sequenceFlow id="s-c" sourceRef="s" targetRef="c"/>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a, s-b, s-c, s-u
        enter a
        task a groups Risk, and more
        enter b
        task b users ada
        enter c
        task c groups Bank
        enter u
        pass s1 by s1-d
        enter d
        task d groups Bank
    "##,
    );
}
