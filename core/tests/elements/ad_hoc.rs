//! Ad-hoc sub-processes: what is done inside is chosen while it runs.

use crate::harness::check_content;

#[test]
fn people_choose_until_the_condition_holds() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <adHocSubProcess id="u"><userTask id="a"/><userTask id="b"/><completionCondition>done</completionCondition></adHocSubProcess>
        <endEvent id="e"/>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
        <sequenceFlow id="u-e" sourceRef="u" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {"done": false}
        started
        pass s by s-u
        enter u
        > choose u a
        enter a
        task a
        > choose u s
        refused: “s” cannot be started there
        > choose u b
        enter b
        task b
        > finish - a
        task done a
        leave a
        > finish - b {"done": true}
        task done b
        set process {"done":true}
        leave b
        leave u by u-e
        pass e
        completed
    "##,
    );
}

#[test]
fn the_model_can_choose_what_is_started_at_once() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <adHocSubProcess id="u"><extensionElements><zeebe:adHoc activeElementsCollection="=[&quot;a&quot;]"/></extensionElements><userTask id="a"/><userTask id="b"/></adHocSubProcess>
        <endEvent id="e"/>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
        <sequenceFlow id="u-e" sourceRef="u" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-u
        enter u
        enter a
        task a
        > finish - a
        task done a
        leave a
        leave u by u-e
        pass e
        completed
    "##,
    );
}

#[test]
fn one_time_of_a_loop_is_chosen_in_and_not_the_loop_itself() {
    check_content(
        r#"<process id="p" isExecutable="true"><startEvent id="s"/><adHocSubProcess id="u">
        <multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>
        </multiInstanceLoopCharacteristics><userTask id="a"/></adHocSubProcess>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/></process>"#,
        r##"
        > start {}
        started
        pass s by s-u
        enter u as a loop
        enter u time 0
        set u {"loopCounter":1}
        enter u time 1
        set u {"loopCounter":2}
        > choose 2 a
        refused: “a” cannot be started there
        > choose 3 a
        enter a
        task a
    "##,
    );
}

#[test]
fn a_job_that_directs_has_a_priority_as_others_have() {
    check_content(
        r#"<process id="p" isExecutable="true"><startEvent id="s"/><adHocSubProcess id="u">
        <extensionElements><zeebe:taskDefinition type="choose"/><zeebe:jobPriorityDefinition priority="=70 + 1"/>
        </extensionElements><task id="a"/></adHocSubProcess>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/></process>"#,
        r##"
        > start {}
        started
        pass s by s-u
        enter u
        set u {"adHocSubProcessElements":[{"elementId":"a","elementName":"","documentation":null,"properties":{}}]}
        job u of type choose, 3 attempts, priority 71
    "##,
    );
}

#[test]
fn an_answer_to_an_earlier_job_that_directs_is_refused() {
    check_content(
        r#"<process id="p" isExecutable="true"><startEvent id="s"/><adHocSubProcess id="u">
        <extensionElements><zeebe:taskDefinition type="choose"/></extensionElements>
        <task id="a"/><userTask id="b"/></adHocSubProcess>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/></process>"#,
        r##"
        > start {}
        started
        pass s by s-u
        enter u
        set u {"adHocSubProcessElements":[{"elementId":"a","elementName":"","documentation":null,"properties":{}},{"elementId":"b","elementName":"","documentation":null,"properties":{}}]}
        job u of type choose, 3 attempts
        > direct u 1 a,x
        refused: “x” cannot be started there
        > direct u 1 b,b
        directed u
        enter b
        task b
        enter b
        task b
        > direct u 1 a
        refused: the job is no longer open
        > finish - b
        task done b
        leave b
        job u of type choose, 3 attempts
        > direct u 2 a
        directed u
        pass a
        job u of type choose, 3 attempts
        > direct u 3 a
        directed u
        pass a
        job u of type choose, 3 attempts
        > direct u 4 over
        directed u, over
        > direct u 4
        refused: the job is no longer open
        > finish - b
        task done b
        leave b
        leave u
        completed
    "##,
    );
}
