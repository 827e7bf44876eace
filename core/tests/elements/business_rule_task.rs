//! Business rule tasks: which version of a decision is called, and where its result goes.

use crate::harness::check_with_decisions;

const BOTH: [&str; 2] = ["discount_1.dmn", "discount_2.dmn"];

#[test]
fn the_latest_version_decides_and_says_which_rule_matched() {
    check_with_decisions(
        "decision.bpmn",
        &BOTH,
        r#"
        > start {"tier": "gold", "amount": 2400}
        started
        pass start by to_decide
        enter decide
        decided decide by discount v2: Discount 15 rule 1
        set process {"discount":15}
        leave decide by to_end
        pass end
        completed
    "#,
    );
}

#[test]
fn what_was_deployed_together_decides_where_the_model_asks_for_it() {
    check_with_decisions(
        "decision_at_deployment.bpmn",
        &BOTH,
        r#"
        > start {"customer": {"tier": "gold"}, "amount": 2400}
        started
        pass start by to_decide
        enter decide
        set decide {"tier":"gold"}
        decided decide by discount v1: Discount 10 rule 1
        set decide {"discount":10}
        set process {"rebate":10}
        leave decide by to_end
        pass end
        completed
    "#,
    );
}

#[test]
fn a_version_is_found_by_its_tag_and_its_result_takes_the_form_that_is_asked_for() {
    check_with_decisions(
        "decision_by_tag.bpmn",
        &BOTH,
        r#"
        > start {"tier": "silver", "amount": 2400}
        started
        pass start by to_decide
        enter decide
        decided decide by discount v1: Discount 0 rule 3
        set process {"all":[{"Discount":0}]}
        leave decide by to_end
        pass end
        completed
    "#,
    );
}

#[test]
fn a_decision_task_of_flowable_sets_a_variable_for_each_output() {
    check_with_decisions(
        "decision_of_flowable.bpmn",
        &BOTH,
        r#"
        > start {"tier": "gold", "amount": 10}
        started
        pass start by to_decide
        enter decide
        decided decide by discount v2: Discount 5 rule 2
        set process {"Discount":5}
        leave decide by to_end
        pass end
        completed
    "#,
    );
}

#[test]
fn a_decision_that_is_not_deployed_or_gives_nothing_is_an_incident_that_a_retry_resolves() {
    check_with_decisions(
        "decision.bpmn",
        &[],
        r#"
        > start {"tier": "gold", "amount": 2400}
        started
        pass start by to_decide
        enter decide
        incident 1 at decide: DecisionFailed
    "#,
    );
    check_with_decisions(
        "decision.bpmn",
        &BOTH,
        r#"
        > start {"tier": "gold", "amount": "a lot"}
        started
        pass start by to_decide
        enter decide
        incident 1 at decide: DecisionFailed
        > set 0 {"amount": 900}
        set process {"amount":900} by hand
        > retry 1
        incident 1 over
        decided decide by discount v2: Discount 5 rule 2
        set process {"discount":5}
        leave decide by to_end
        pass end
        completed
    "#,
    );
}

#[test]
fn a_table_in_which_no_rule_matches_gives_null_and_the_process_goes_on() {
    check_with_decisions(
        "decision.bpmn",
        &["discount_gold_only.dmn"],
        r#"
        > start {"tier": "silver", "amount": 10}
        started
        pass start by to_decide
        enter decide
        decided decide by discount v1: Discount null
        set process {"discount":null}
        leave decide by to_end
        pass end
        completed
    "#,
    );
}
