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
        > choose u a
        > choose u s
        > choose u b
        > finish - a
        > finish - b {"done": true}
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
        > finish - a
    "##,
    );
}
