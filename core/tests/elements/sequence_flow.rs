//! Sequence flows that leave activities.

use crate::harness::check;

#[test]
fn several_flows_of_an_activity_are_all_taken() {
    check(
        "implicit_fork.bpmn",
        r#"
        > start {"express": true}
        started
        pass start by to_pack
        enter pack
        job pack of type pack, 3 attempts
        > complete pack {}
        job done pack
        leave pack by always, express
        pass end_always
        pass end_express
        completed
    "#,
    );
}

#[test]
fn the_default_flow_of_an_activity_is_taken_when_no_condition_holds() {
    check(
        "implicit_fork.bpmn",
        r#"
        > start {"express": false}
        started
        pass start by to_pack
        enter pack
        job pack of type pack, 3 attempts
        > complete pack {}
        job done pack
        leave pack by always, normal
        pass end_always
        pass end_normal
        completed
    "#,
    );
}

#[test]
fn a_failed_choice_after_a_task_keeps_the_token_and_maps_once() {
    check(
        "choice_after_task.bpmn",
        r#"
        > start {"count": 1}
        started
        pass start by to_work
        enter work
        job work of type work, 3 attempts
        > complete work {"go": "perhaps"}
        job done work
        set work {"go":"perhaps"}
        incident 1 at work: ConditionFailed
        > set work {"go": true}
        set work {"go":true} by hand
        > retry 1
        incident 1 over
        set process {"count":2,"go":true}
        leave work by to_end
        pass end
        completed
    "#,
    );
}
