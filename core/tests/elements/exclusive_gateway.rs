//! Exclusive gateways: choosing and merging.

use crate::harness::check;

#[test]
fn takes_the_first_flow_whose_condition_holds() {
    check(
        "exclusive.bpmn",
        r#"
        > start {"amount": 5000}
        started
        pass start by to_choose
        pass choose by large
        pass end_large
        completed
    "#,
    );
}

#[test]
fn takes_the_default_flow_when_no_condition_holds() {
    check(
        "exclusive.bpmn",
        r#"
        > start {"amount": 5}
        started
        pass start by to_choose
        pass choose by small
        pass end_small
        completed
    "#,
    );
}

#[test]
fn a_condition_that_is_neither_true_nor_false_is_an_incident() {
    check(
        "exclusive.bpmn",
        r#"
        > start {"amount": "many"}
        started
        pass start by to_choose
        enter choose
        incident 1 at choose: ConditionFailed
        > set process {"amount": 500}
        set process {"amount":500} by hand
        > retry 1
        incident 1 over
        leave choose by medium
        pass end_medium
        completed
    "#,
    );
}

#[test]
fn no_condition_and_no_default_is_an_incident() {
    check(
        "exclusive_no_default.bpmn",
        r#"
        > start {"amount": 5}
        started
        pass start by to_choose
        enter choose
        incident 1 at choose: NoFlowChosen
        > terminate wrong branch
        incident 1 over
        terminated choose
        instance terminated: wrong branch
    "#,
    );
}

#[test]
fn an_exclusive_merge_lets_each_token_pass() {
    check(
        "uncontrolled_merge.bpmn",
        r#"
        > start {}
        started
        pass start by to_fork
        pass fork by upper, lower
        pass merge by to_work
        pass merge by to_work
        enter work
        job work of type work, 3 attempts
        enter work
        job work of type work, 3 attempts
        > complete work {}
        job done work
        leave work by to_end
        pass end
        > complete work {}
        job done work
        leave work by to_end
        pass end
        completed
    "#,
    );
}

#[test]
fn a_condition_that_needs_too_much_is_an_incident() {
    check(
        "budget.bpmn",
        r#"
        > start {"rounds": 100000000}
        started
        pass start by to_choose
        enter choose
        incident 1 at choose: BudgetExceeded
        > set process {"rounds": 10}
        set process {"rounds":10} by hand
        > retry 1
        incident 1 over
        leave choose by yes
        pass end_yes
        completed
    "#,
    );
}
