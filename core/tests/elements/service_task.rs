//! Service tasks: jobs, their attempts, and mappings.

use crate::harness::check;

#[test]
fn a_job_gives_its_result_to_the_process() {
    check(
        "service_task.bpmn",
        r#"
        > start {"amount": 250}
        started
        pass start by to_score
        enter score
        job score of type credit-score, 2 attempts
        > complete score {"score": 710}
        job done score
        set process {"score":710}
        leave score by to_end
        pass end
        completed
    "#,
    );
}

#[test]
fn a_failed_job_is_tried_again_and_late_answers_are_refused() {
    check(
        "service_task.bpmn",
        r#"
        > start {}
        started
        pass start by to_score
        enter score
        job score of type credit-score, 2 attempts
        > fail score 1 the bureau is down
        job failed score, 1 left: the bureau is down
        > answer score 1 {"score": 1}
        refused: the answer belongs to attempt 1, the job is at attempt 2
        > fail score 0 the bureau is still down
        job failed score, 0 left: the bureau is still down
        incident 1 at score: RetriesExhausted
        > answer score 2 {"score": 2}
        refused: the answer belongs to attempt 2, the job is at attempt 3
        > answer score 3 {"score": 3}
        refused: the job is no longer open
        > retry 1
        job score has 2 attempts again
        incident 1 over
        > retry 1
        refused: the incident is no longer open
        > answer score 4 {"score": 4}
        job done score
        set process {"score":4}
        leave score by to_end
        pass end
        completed
        > answer score 4 {"score": 4}
        refused: the instance has ended
    "#,
    );
}

#[test]
fn mappings_give_a_task_its_own_variables_and_let_only_named_results_out() {
    check(
        "mappings.bpmn",
        r#"
        > start {"loan": {"amount": 250, "years": 2}, "rate": 5}
        started
        pass start by to_offer
        enter offer
        set offer {"amount":250,"double":500,"customer":{"name":"Ada"}}
        job offer of type offer, 3 attempts
        > complete offer {"price": 12.50, "noise": true}
        job done offer
        set offer {"price":12.50,"noise":true}
        set process {"loan":{"amount":250,"years":2,"offer":{"price":12.50}},"rate":6,"again":6}
        leave offer by to_end
        pass end
        completed
    "#,
    );
}

#[test]
fn without_output_mappings_a_result_stays_where_its_name_is_known() {
    check(
        "input_only.bpmn",
        r#"
        > start {"amount": 250}
        started
        pass start by to_offer
        enter offer
        set offer {"own":250}
        job offer of type offer, 3 attempts
        > complete offer {"own": 1, "amount": 2, "new": 3}
        job done offer
        set offer {"own":1}
        set process {"amount":2,"new":3}
        leave offer by to_end
        pass end
        completed
        > show
        Completed {"amount":2,"new":3}
    "#,
    );
}

#[test]
fn a_job_without_a_type_is_an_incident_that_can_be_tried_again() {
    check(
        "job_type.bpmn",
        r#"
        > start {}
        started
        pass start by to_call
        enter call
        incident 1 at call: ExpressionFailed
        > retry 1
        incident 1 over
        incident 2 at call: ExpressionFailed
        > set process {"kind": "fax", "tries": 0}
        set process {"kind":"fax","tries":0} by hand
        > retry 2
        incident 2 over
        job call of type fax, 1 attempts
    "#,
    );
}
