//! Multi-instance activities and loops.

use crate::harness::check_content;

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
        > finish - 4 {"r": 2}
        > finish - 3 {"r": 1}
        > show
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
        > finish - 3
        > finish - 4
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
        > finish - 3
        > advance PT1H
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
        > set process {"items": [1]}
        > retry 1
        > finish - a
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
        > complete a {}
        > complete a {"again": false}
    "##,
    );
}
