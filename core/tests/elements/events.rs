//! Start and end events.

use crate::harness::check;

#[test]
fn passes_from_the_start_to_the_end() {
    check(
        "straight.bpmn",
        r#"
        > start {"amount": 250}
        started
        pass start by to_end
        pass end
        completed
        > show
        Completed {"amount":250}
    "#,
    );
}

#[test]
fn an_instance_starts_once_and_answers_nothing_before_and_after() {
    check(
        "straight.bpmn",
        r#"
        > continue
        refused: the instance does not exist
        > start {}
        started
        pass start by to_end
        pass end
        completed
        > start {}
        refused: the instance has been started already
        > set process {"a": 1}
        refused: the instance has ended
    "#,
    );
}

#[test]
fn a_terminate_end_event_ends_everything_else_and_completes_the_instance() {
    check(
        "terminate_end.bpmn",
        r#"
        > start {}
        started
        pass start by to_fork
        pass fork by to_slow, to_broken, to_quick
        enter slow
        task slow
        enter broken
        incident 1 at broken: ExpressionFailed
        enter quick
        job quick of type quick, 3 attempts
        > complete quick {}
        job done quick
        leave quick by to_stop
        pass stop
        incident 1 over
        terminated slow
        terminated broken
        completed
    "#,
    );
}
