//! The rules of each element: a drawn model, a script of requests, and the trace that must follow.
//!
//! A scenario is one text. A line that begins with `>` asks for something; the lines below it say
//! what happens, in words made by [`words`]. `pass` is an element that is entered and left at once.

mod examples;
mod harness;

use harness::check;

// Start and end

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

// Service task

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

// User task

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

// Exclusive gateway

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

// Parallel gateway

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

// Sequence flows of activities

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

// The instance

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
