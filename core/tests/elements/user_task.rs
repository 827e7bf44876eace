//! User tasks: what they carry, who holds them.

use crate::harness::check;

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
