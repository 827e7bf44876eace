//! The instance as a whole: termination, variables, loops without end.

use crate::harness::check;

#[test]
fn termination_ends_tasks_jobs_and_incidents() {
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
        > fail a 0 no
        job failed a, 0 left: no
        incident 1 at a: RetriesExhausted
        > terminate no longer wanted
        incident 1 over
        terminated a
        terminated b
        instance terminated: no longer wanted
    "#,
    );
}

#[test]
fn variables_are_set_in_open_scopes_only() {
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
        > set a {"x": 1}
        set a {"x":1} by hand
        > set 77 {"x": 1}
        refused: the scope does not exist
    "#,
    );
}

#[test]
fn a_loop_without_end_is_cut_into_turns_and_becomes_an_incident() {
    check(
        "endless.bpmn",
        r#"
        > start {"stop": false}
        30002 events, the last: interrupted
        > continue
        30001 events, the last: interrupted
        > run on
        continued 99 times
        incident 1 at split: TooManyActivations
        > continue
        > set process {"stop": true}
        set process {"stop":true} by hand
        > retry 1
        incident 1 over
        leave split by out
        pass end
        completed
    "#,
    );
}

#[test]
fn an_interrupted_instance_goes_on_with_whatever_is_asked_next() {
    check(
        "endless.bpmn",
        r#"
        > start {"stop": false}
        30002 events, the last: interrupted
        > set process {"stop": true}
        set process {"stop":true} by hand
        pass split by out
        pass end
        completed
        > continue
        refused: the instance has ended
    "#,
    );
}
