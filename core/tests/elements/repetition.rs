//! Multi-instance activities and loops.

use crate::harness::{check, check_content};

#[test]
fn parallel_times_keep_their_results_in_the_order_of_the_items() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"><extensionElements><zeebe:ioMapping><zeebe:output source="=r" target="r"/></zeebe:ioMapping></extensionElements><multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="out" outputElement="=r"/></extensionElements></multiInstanceLoopCharacteristics></userTask>
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {"items": ["x", "y"]}
        started
        pass s by s-a
        enter a as a loop
        enter a time 0
        set a {"loopCounter":1,"item":"x","r":null}
        task a
        enter a time 1
        set a {"loopCounter":2,"item":"y","r":null}
        task a
        > finish - 4 {"r": 2}
        task done a
        set a {"r":2}
        leave a
        > finish - 3 {"r": 1}
        task done a
        set a {"r":1}
        leave a
        set process {"out":[1,2]}
        leave a by a-e
        pass e
        completed
        > show
        Completed {"items":["x","y"],"out":[1,2]}
    "##,
    );
}

#[test]
fn sequential_times_follow_one_another_until_the_condition_holds() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"><multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>3</loopCardinality><completionCondition>numberOfCompletedInstances = 2</completionCondition></multiInstanceLoopCharacteristics></userTask>
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a as a loop
        enter a time 0
        set a {"loopCounter":1}
        task a
        > finish - 3
        task done a
        leave a
        enter a time 1
        set a {"loopCounter":2}
        task a
        > finish - 4
        task done a
        leave a
        leave a by a-e
        pass e
        completed
    "##,
    );
}

#[test]
fn an_empty_collection_is_passed_at_once() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"><multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[]" inputElement="item"/></extensionElements></multiInstanceLoopCharacteristics></userTask>
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a as a loop
        leave a by a-e
        pass e
        completed
    "##,
    );
}

#[test]
fn a_border_event_ends_a_body_that_is_half_done() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>
        <boundaryEvent id="t" attachedToRef="a"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
        <endEvent id="e"/>
        <endEvent id="late"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        <sequenceFlow id="t-late" sourceRef="t" targetRef="late"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a as a loop
        t waits for timer 2026-01-01T01:00:00Z
        enter a time 0
        set a {"loopCounter":1}
        task a
        enter a time 1
        set a {"loopCounter":2}
        task a
        > finish - 3
        task done a
        leave a
        > advance PT1H
        event 1 occurs
        terminated a
        terminated a
        enter t
        leave t by t-late
        pass late
        completed
    "##,
    );
}

#[test]
fn a_collection_that_is_no_list_is_an_incident_that_can_be_tried_again() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"><multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/></extensionElements></multiInstanceLoopCharacteristics></userTask>
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-a
        enter a as a loop
        incident 1 at a: LoopFailed
        > set process {"items": [1]}
        set process {"items":[1]} by hand
        > retry 1
        incident 1 over
        enter a time 0
        set a {"loopCounter":1,"item":1}
        task a
        > finish - 3
        task done a
        leave a
        leave a by a-e
        pass e
        completed
    "##,
    );
}

#[test]
fn a_standard_loop_goes_on_while_its_condition_holds() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <serviceTask id="a"><standardLoopCharacteristics testBefore="true" loopMaximum="5"><loopCondition>again</loopCondition></standardLoopCharacteristics></serviceTask>
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {"again": true}
        started
        pass s by s-a
        enter a as a loop
        enter a time 0
        set a {"loopCounter":1}
        job a of type a, 3 attempts
        > complete 3 {}
        job done a
        leave a
        enter a time 1
        set a {"loopCounter":2}
        job a of type a, 3 attempts
        > complete 4 {"again": false}
        job done a
        set process {"again":false}
        leave a
        leave a by a-e
        pass e
        completed
    "##,
    );
}

#[test]
fn many_times_are_cut_into_turns() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <task id="a"><multiInstanceLoopCharacteristics><loopCardinality>25000</loopCardinality></multiInstanceLoopCharacteristics></task>
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        30001 events, the last: interrupted
        > run on
        continued 2 times
        completed
    "##,
    );
}

#[test]
fn the_result_of_an_instance_is_not_that_of_another() {
    check(
        "results_of_instances.bpmn",
        r#"
        > start {"items": [1, 2]}
        started
        pass start by f1
        enter each as a loop
        enter each time 0
        set each {"loopCounter":1,"item":1,"answer":null}
        pass inner_start by i1
        enter each time 1
        set each {"loopCounter":2,"item":2,"answer":null}
        pass inner_start by i1
        enter ask
        job ask of type ask, 3 attempts
        enter ask
        job ask of type ask, 3 attempts
        > complete ask {"answer": 1}
        job done ask
        set each {"answer":1}
        leave ask by i2
        enter check
        job check of type check, 3 attempts
        > complete ask {"answer": 2}
        job done ask
        set each {"answer":2}
        leave ask by i2
        enter check
        job check of type check, 3 attempts
        > complete check {}
        job done check
        leave check by i3
        pass inner_end
        leave each
        > complete check {}
        job done check
        leave check by i3
        pass inner_end
        leave each
        set process {"answers":[1,2]}
        leave each by f2
        pass end
        completed
        > show
        Completed {"items":[1,2],"answers":[1,2]}
    "#,
    );
}

#[test]
fn a_repetition_without_end_becomes_an_incident() {
    check(
        "endless_repetition.bpmn",
        r#"
        > start {"n": 0}
        59995 events, the last: interrupted
        > run on
        continued 100 times
        incident 1 at again: TooManyActivations
    "#,
    );
}

/// Three reviews at once, with `marker` in the loop marker; what they throw is caught by `border`.
fn reviews(attributes: &str, marker: &str, border: &str) -> String {
    format!(
        r#"
        <escalation id="done" escalationCode="DONE"/>
        <signal id="told" name="told"/>
        <escalationEventDefinition id="escalates" escalationRef="done"/>
        <signalEventDefinition id="signals" signalRef="told"/>
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <userTask id="a"><multiInstanceLoopCharacteristics {attributes}><extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/></extensionElements>{marker}</multiInstanceLoopCharacteristics></userTask>
        {border}
        <endEvent id="e"/>
        <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="a-e" sourceRef="a" targetRef="e"/>
        </process>"#
    )
}

const BEGUN: &str = r#"
        > start {"items": ["x", "y", "z"]}
        started
        pass s by s-a
        enter a as a loop
        enter a time 0
        set a {"loopCounter":1,"item":"x"}
        task a
        enter a time 1
        set a {"loopCounter":2,"item":"y"}
        task a
        enter a time 2
        set a {"loopCounter":3,"item":"z"}
        task a"#;

const BORDER: &str = r#"<boundaryEvent id="b" attachedToRef="a" cancelActivity="false"><escalationEventDefinition escalationRef="done"/></boundaryEvent>"#;

#[test]
fn the_completion_condition_sees_the_time_that_completes() {
    check_content(
        &reviews(
            "",
            "<completionCondition>item = \"y\" and loopCounter = 2 and numberOfActiveInstances = 2 and numberOfCompletedInstances = 1 and numberOfTerminatedInstances = 0</completionCondition>",
            "",
        ),
        &format!(
            "{BEGUN}
            > finish - 4
            task done a
            leave a
            terminated a
            terminated a
            leave a by a-e
            pass e
            completed"
        ),
    );
}

#[test]
fn a_completion_condition_that_fails_is_an_incident_at_its_time() {
    check_content(
        &reviews("", "<completionCondition>enough</completionCondition>", ""),
        &format!(
            "{BEGUN}
            > finish - 4
            task done a
            incident 1 at a: ConditionFailed
            > set process {{\"enough\": false}}
            set process {{\"enough\":false}} by hand
            > retry 1
            incident 1 over
            leave a
            > set process {{\"enough\": true}}
            set process {{\"enough\":true}} by hand
            > finish - 3
            task done a
            leave a
            terminated a
            leave a by a-e
            pass e
            completed"
        ),
    );
}

#[test]
fn the_behavior_one_throws_at_the_first_completion_only() {
    check_content(
        &reviews("behavior=\"One\" oneBehaviorEventRef=\"escalates\"", "", BORDER),
        &format!(
            "{BEGUN}
            > finish - 4
            task done a
            leave a
            a escalates DONE
            enter b
            leave b
            > finish - 3
            task done a
            leave a
            > finish - 5
            task done a
            leave a
            leave a by a-e
            pass e
            completed"
        ),
    );
}

#[test]
fn the_behavior_none_throws_at_each_completion() {
    check_content(
        &reviews("behavior=\"None\" noneBehaviorEventRef=\"signals\"", "", ""),
        &format!(
            "{BEGUN}
            > finish - 4
            task done a
            leave a
            a signals told
            > finish - 3
            task done a
            leave a
            a signals told
            > finish - 5
            task done a
            leave a
            a signals told
            leave a by a-e
            pass e
            completed"
        ),
    );
}

#[test]
fn the_behavior_complex_throws_what_its_conditions_say_and_may_interrupt() {
    let marker = r#"<complexBehaviorDefinition><condition>item = "x"</condition><event><signalEventDefinition signalRef="told"/></event></complexBehaviorDefinition>
        <complexBehaviorDefinition><condition>numberOfCompletedInstances = 2</condition><event><escalationEventDefinition escalationRef="done"/></event></complexBehaviorDefinition>"#;
    check_content(
        &reviews(
            "behavior=\"Complex\"",
            marker,
            &BORDER.replace("cancelActivity=\"false\"", "cancelActivity=\"true\""),
        ),
        &format!(
            "{BEGUN}
            > finish - 3
            task done a
            leave a
            a signals told
            > finish - 4
            task done a
            leave a
            a escalates DONE
            terminated a
            terminated a
            enter b
            leave b
            completed"
        ),
    );
}

/// As many as a model may ask for are begun in turns of bounded length; more are refused.
#[test]
fn case_89_a_million_times_are_asked_for() {
    let asked = |times: &str| {
        format!(
            r#"<process id="p" isExecutable="true"><startEvent id="s"/><userTask id="a">
            <multiInstanceLoopCharacteristics><loopCardinality>{times}</loopCardinality>
            </multiInstanceLoopCharacteristics></userTask>
            <sequenceFlow id="s-a" sourceRef="s" targetRef="a"/></process>"#
        )
    };
    check_content(
        &asked("=10**6 + 1"),
        r##"
        > start {}
        started
        pass s by s-a
        enter a as a loop
        incident 1 at a: LoopFailed
    "##,
    );
    check_content(
        &asked("=25000"),
        r##"
        > start {}
        30001 events, the last: interrupted
        > run on
        continued 2 times
        task a
    "##,
    );
}
