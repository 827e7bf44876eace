//! Link events: a jump within one scope.

use crate::harness::check_content;

#[test]
fn a_link_leads_to_the_event_of_its_name() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <intermediateThrowEvent id="l1"><linkEventDefinition name="on"/></intermediateThrowEvent>
        <intermediateCatchEvent id="l2"><linkEventDefinition name="on"/></intermediateCatchEvent>
        <endEvent id="e"/>
        <sequenceFlow id="s-l1" sourceRef="s" targetRef="l1"/>
        <sequenceFlow id="l2-e" sourceRef="l2" targetRef="e"/>
        </process>
    "#,
        r##"
        > start {}
        started
        pass s by s-l1
        pass l1
        pass l2 by l2-e
        pass e
        completed
    "##,
    );
}
