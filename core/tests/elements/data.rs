//! Data objects, properties and data associations.

use crate::harness::check_content;

#[test]
fn a_data_object_of_a_sub_process_hides_the_variable_around_it() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <startEvent id="s"/>
        <subProcess id="u"><property id="pr" name="note"/><dataObject id="d" name="total"/><dataObjectReference id="dr" name="The total" dataObjectRef="d"/><serviceTask id="a"/></subProcess>
        <serviceTask id="b"/>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
        <sequenceFlow id="u-b" sourceRef="u" targetRef="b"/>
        </process>
    "#,
        r##"
        > start {"total": 1}
        started
        pass s by s-u
        enter u
        set u {"note":null,"total":null}
        enter a
        job a of type a, 3 attempts
        > complete a {"total": 2, "other": 3}
        job done a
        set u {"total":2}
        set process {"other":3}
        leave a
        leave u by u-b
        enter b
        job b of type b, 3 attempts
        > complete b {"total": 4}
        job done b
        set process {"total":4}
        leave b
        completed
    "##,
    );
}

#[test]
fn an_event_sub_process_has_data_objects_of_its_own() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <userTask id="wait"/>
        <subProcess id="h" triggeredByEvent="true"><dataObject id="d" name="total"/><startEvent id="hs"><signalEventDefinition signalRef="sig"/></startEvent><serviceTask id="a"/><sequenceFlow id="hs-a" sourceRef="hs" targetRef="a"/></subProcess>
        </process><signal id="sig" name="go"/>
    "#,
        r##"
        > start {"total": 1}
        started
        hs waits for signal go
        enter wait
        task wait
        > signal go
        event 1 occurs
        terminated wait
        enter h
        set h {"total":null}
        pass hs by hs-a
        enter a
        job a of type a, 3 attempts
        > complete a {"total": 2}
        job done a
        set h {"total":2}
        leave a
        leave h
        completed
    "##,
    );
}

#[test]
fn data_associations_pass_data_to_an_activity_and_back() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <dataObject id="order"/><dataObject id="d" name="price"/><dataObject id="log"/>
        <serviceTask id="a">
        <ioSpecification><dataInput id="in" name="item"/><dataInput id="in2" name="twice"/><dataOutput id="out" name="result"/><inputSet/><outputSet/></ioSpecification>
        <property id="mine"/>
        <dataInputAssociation><sourceRef>order</sourceRef><targetRef>in</targetRef></dataInputAssociation>
        <dataInputAssociation><sourceRef>order</sourceRef><targetRef>in2</targetRef><transformation>order.count * 2</transformation></dataInputAssociation>
        <dataOutputAssociation><sourceRef>out</sourceRef><targetRef>d</targetRef></dataOutputAssociation>
        <dataOutputAssociation><sourceRef>out</sourceRef><targetRef>log</targetRef><assignment><from>result + 1</from><to>log.last</to></assignment><assignment><from>item.count</from><to>log.count</to></assignment></dataOutputAssociation>
        </serviceTask>
        </process>
    "#,
        r##"
        > start {"order": {"count": 2}, "log": {"first": 0}}
        started
        enter a
        set a {"item":{"count":2},"twice":4,"mine":null}
        job a of type a, 3 attempts
        > complete a {"result": 7, "mine": true, "surplus": 1}
        job done a
        set a {"result":7,"mine":true,"surplus":1}
        set process {"price":7,"log":{"first":0,"last":8,"count":2}}
        leave a
        completed
    "##,
    );
}

#[test]
fn an_association_that_is_only_drawn_changes_nothing() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <dataObject id="order"/><dataObjectReference id="ref" name="Order" dataObjectRef="order"/>
        <serviceTask id="a">
        <property id="ph" name="__targetRef_placeholder"/>
        <dataInputAssociation><sourceRef>ref</sourceRef><targetRef>ph</targetRef></dataInputAssociation>
        <dataOutputAssociation><targetRef>ref</targetRef></dataOutputAssociation>
        </serviceTask>
        </process>
    "#,
        r##"
        > start {"order": 1}
        started
        enter a
        job a of type a, 3 attempts
        > complete a {"order": 2}
        job done a
        set process {"order":2}
        leave a
        completed
    "##,
    );
}

#[test]
fn events_take_data_in_and_give_data_out() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <dataObject id="order"/><dataObject id="answer"/>
        <startEvent id="s"/>
        <intermediateThrowEvent id="t"><dataInput id="in" name="sent"/><dataInputAssociation><sourceRef>order</sourceRef><targetRef>in</targetRef></dataInputAssociation><messageEventDefinition messageRef="m"/></intermediateThrowEvent>
        <intermediateCatchEvent id="c"><dataOutput id="out" name="received"/><dataOutputAssociation><sourceRef>out</sourceRef><targetRef>answer</targetRef></dataOutputAssociation><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
        <sequenceFlow id="s-t" sourceRef="s" targetRef="t"/>
        <sequenceFlow id="t-c" sourceRef="t" targetRef="c"/>
        </process><message id="m" name="order"/>
    "#,
        r##"
        > start {"order": 1}
        started
        pass s by s-t
        enter t
        set t {"sent":1}
        t sends order {"sent":1}
        leave t by t-c
        enter c
        c waits for message order
        > trigger c {"received": "yes", "surplus": 1}
        event 1 occurs
        set c {"received":"yes","surplus":1}
        set process {"answer":"yes"}
        leave c
        completed
    "##,
    );
}

#[test]
fn a_loop_reads_and_sets_its_collections_by_association() {
    check_content(
        r#"
        <process id="p" isExecutable="true">
        <dataObject id="orders" isCollection="true"/><dataObject id="prices" isCollection="true"/>
        <serviceTask id="a">
        <ioSpecification><dataInput id="items" isCollection="true"/><dataInput id="item"/><dataOutput id="results" isCollection="true"/><dataOutput id="price"/><inputSet/><outputSet/></ioSpecification>
        <dataInputAssociation><sourceRef>orders</sourceRef><targetRef>items</targetRef></dataInputAssociation>
        <dataOutputAssociation><sourceRef>results</sourceRef><targetRef>prices</targetRef></dataOutputAssociation>
        <multiInstanceLoopCharacteristics isSequential="true"><loopDataInputRef>items</loopDataInputRef><loopDataOutputRef>results</loopDataOutputRef><inputDataItem id="i1" name="item"/><outputDataItem id="i2" name="price"/></multiInstanceLoopCharacteristics>
        </serviceTask>
        </process>
    "#,
        r##"
        > start {"orders": [1, 2]}
        started
        enter a as a loop
        enter a time 0
        set a {"loopCounter":1,"item":1,"price":null}
        job a of type a, 3 attempts
        > complete 2 {"price": 10}
        job done a
        set a {"price":10}
        leave a
        enter a time 1
        set a {"loopCounter":2,"item":2,"price":null}
        job a of type a, 3 attempts
        > complete 3 {"price": 20}
        job done a
        set a {"price":20}
        leave a
        set process {"prices":[10,20]}
        leave a
        completed
    "##,
    );
}

#[test]
fn data_objects_begin_with_the_value_that_the_model_gives_unless_told_otherwise() {
    let object = |id: &str, kind: &str, value: &str| {
        format!(
            r#"<dataObject id="d_{id}_{kind}" name="{id}" itemSubjectRef="xsd:{kind}"><extensionElements><flowable:value xmlns:flowable="http://flowable.org/bpmn">{value}</flowable:value></extensionElements></dataObject>"#
        )
    };
    let of_process = [
        object("text", "string", "12"),
        object("number", "double", "1.50"),
        object("flag", "boolean", "true"),
        object("given", "int", "1"),
        object("none", "int", "one"),
    ];
    let inner = object("number", "int", "7");
    check_content(
        &format!(
            r#"
        <process id="p" isExecutable="true">{}
        <startEvent id="s"/>
        <subProcess id="u">{inner}<startEvent id="s1"/><scriptTask id="a"><extensionElements><zeebe:script expression="=number + given" resultVariable="sum"/></extensionElements></scriptTask><sequenceFlow id="s1-a" sourceRef="s1" targetRef="a"/></subProcess>
        <sequenceFlow id="s-u" sourceRef="s" targetRef="u"/>
        </process>
    "#,
            of_process.concat()
        ),
        r##"
        > start {"given": 2}
        started
        pass s by s-u
        enter u
        set u {"number":7}
        pass s1 by s1-a
        enter a
        set process {"sum":9}
        leave a
        leave u
        completed
        > show
        Completed {"given":2,"text":"12","number":1.50,"flag":true,"sum":9}
    "##,
    );
}
