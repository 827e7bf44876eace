//! Parallel gateways: forks and joins.

use crate::harness::check;

#[test]
fn a_join_waits_for_every_branch() {
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
        > complete b {}
        job done b
        leave b by from_b
        > show
        Active {} at from_b 1
        > complete a {}
        job done a
        leave a by from_a
        pass join by to_end
        pass end
        completed
    "#,
    );
}

#[test]
fn a_join_keeps_surplus_tokens_for_the_next_time() {
    check(
        "surplus.bpmn",
        r#"
        > start {}
        started
        pass start by to_fork
        pass fork by left_1, left_2, to_right
        pass merge by left
        pass merge by left
        enter right
        job right of type right, 3 attempts
        > show
        Active {} at left 2
        > complete right {}
        job done right
        leave right by from_right
        pass join by to_end
        pass end
        > show
        Active {} at left 1
        > terminate stuck
        instance terminated: stuck
    "#,
    );
}
