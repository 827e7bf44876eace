//! Inclusive gateways: fork by conditions, join what can come.

use crate::harness::check_content;

#[test]
fn joins_only_what_was_forked() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <inclusiveGateway id="f" default="f-c"/>
        <userTask id="a"/>
        <userTask id="b"/>
        <userTask id="c"/>
        <inclusiveGateway id="j"/>
        <endEvent id="e"/>
        <sequenceFlow id="s-f" sourceRef="s" targetRef="f"/>
        <sequenceFlow id="f-c" sourceRef="f" targetRef="c"/>
        <sequenceFlow id="a-j" sourceRef="a" targetRef="j"/>
        <sequenceFlow id="b-j" sourceRef="b" targetRef="j"/>
        <sequenceFlow id="c-j" sourceRef="c" targetRef="j"/>
        <sequenceFlow id="j-e" sourceRef="j" targetRef="e"/><sequenceFlow id="f-a" sourceRef="f" targetRef="a"><conditionExpression>x &gt; 1</conditionExpression></sequenceFlow>
        <sequenceFlow id="f-b" sourceRef="f" targetRef="b"><conditionExpression>x &gt; 2</conditionExpression></sequenceFlow>
        </process>
    "#,
        r##"
        > start {"x": 3}
        started
        pass s by s-f
        pass f by f-a, f-b
        enter a
        task a
        enter b
        task b
        > finish - b
        task done b
        leave b by b-j
        > finish - a
        task done a
        leave a by a-j
        pass j by j-e
        pass e
        completed
    "##,
    );
}

#[test]
fn takes_the_default_flow_when_no_condition_holds() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <inclusiveGateway id="f" default="f-c"/>
        <userTask id="a"/>
        <userTask id="c"/>
        <inclusiveGateway id="j"/>
        <endEvent id="e"/>
        <sequenceFlow id="s-f" sourceRef="s" targetRef="f"/>
        <sequenceFlow id="f-c" sourceRef="f" targetRef="c"/>
        <sequenceFlow id="a-j" sourceRef="a" targetRef="j"/>
        <sequenceFlow id="c-j" sourceRef="c" targetRef="j"/>
        <sequenceFlow id="j-e" sourceRef="j" targetRef="e"/><sequenceFlow id="f-a" sourceRef="f" targetRef="a"><conditionExpression>x &gt; 1</conditionExpression></sequenceFlow>
        </process>
    "#,
        r##"
        > start {"x": 0}
        started
        pass s by s-f
        pass f by f-c
        enter c
        task c
        > finish - c
        task done c
        leave c by c-j
        pass j by j-e
        pass e
        completed
    "##,
    );
}
