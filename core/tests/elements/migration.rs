//! Migration: a running instance goes on in another version, or is told all that is in the way.

use crate::harness::check_migration;

/// A process `p` with this content between start `s` and end `e`.
fn version(content: &str) -> String {
    format!(
        r#"<signal id="g" name="stop"/><signal id="h" name="news"/>
        <process id="p" isExecutable="true"><startEvent id="s"/><endEvent id="e"/>{content}</process>"#
    )
}

fn flows(flows: &[&str]) -> String {
    let flow = |id: &&str| {
        let (source, target) = id.split_once('-').expect("two ends");
        format!(r#"<sequenceFlow id="{id}" sourceRef="{source}" targetRef="{target}"/>"#)
    };
    flows.iter().map(flow).collect()
}

#[test]
fn a_task_goes_on_in_the_new_version_under_its_old_or_a_new_id() {
    let source = version(
        &(r#"<userTask id="a"/><userTask id="b"/>"#.to_owned() + &flows(&["s-a", "a-b", "b-e"])),
    );
    let target = version(
        &(r#"<userTask id="a2"/><userTask id="b"/><userTask id="c"/>"#.to_owned()
            + &flows(&["s-a2", "a2-c", "c-b", "b-e"])),
    );
    check_migration(
        &source,
        &target,
        r#"
        > start {}
        started
        pass s by s-a
        enter a
        task a
        > claim ada a
        a goes to ada by ada
        > migrate
        cannot, a: The target version has no element “a”.
        > plan a=a2
        0 new
        > migrate a=a2
        migrated
        > finish ada a2
        task done a2 by ada
        leave a2 by a2-c
        enter c
        task c
    "#,
    );
}

#[test]
fn whatever_is_in_the_way_is_told_at_once() {
    let source = version(
        &(r#"<userTask id="a"/><userTask id="b"><multiInstanceLoopCharacteristics><loopCardinality>1</loopCardinality></multiInstanceLoopCharacteristics></userTask>
        <subProcess id="u"><userTask id="c"/></subProcess><userTask id="d"/>"#
            .to_owned()
            + &flows(&["s-a", "s-b", "s-u", "s-d"])),
    );
    let target = version(
        &(r#"<serviceTask id="a"/><userTask id="b"/><userTask id="c"/><subProcess id="u"/>"#
            .to_owned()
            + &flows(&["s-a", "s-b", "s-u", "s-c"])),
    );
    check_migration(
        &source,
        &target,
        r#"
        > start {}
        started
        pass s by s-a, s-b, s-u, s-d
        pass e
        enter a
        task a
        enter b as a loop
        enter u
        enter c
        task c
        enter d
        task d
        enter b time 0
        set b {"loopCounter":1}
        task b
        > migrate e=x x=e a=a a=b
        cannot, e: The target version has no element “x”.
        cannot, x: The version that the instance runs has no element “x”.
        cannot, a: “a” is a userTask, but “a” of the target version a serviceTask.
        cannot, a: “a” is mapped twice.
        cannot, b: “b” does not repeat in the same way in the target version.
        cannot, c: “c” does not lie in the same sub-process in the target version.
        cannot, d: The target version has no element “d”.
        > finish - a
        task done a
        leave a
    "#,
    );
}

#[test]
fn a_token_before_a_join_moves_to_the_flow_that_stands_for_its_own() {
    let source = version(
        &(r#"<parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><parallelGateway id="j"/>"#
            .to_owned()
            + &flows(&["s-f", "f-a", "f-b", "a-j", "b-j", "j-e"])),
    );
    let target = version(
        &(r#"<parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><parallelGateway id="k"/>"#
            .to_owned()
            + &flows(&["s-f", "f-a", "f-b", "a-k", "b-k", "k-e"])),
    );
    check_migration(
        &source,
        &target,
        r#"
        > start {}
        started
        pass s by s-f
        pass f by f-a, f-b
        enter a
        task a
        enter b
        task b
        > finish - a
        task done a
        leave a by a-j
        > migrate
        cannot, j: A token has passed the flow “a-j” and waits before “j”; the target version has no flow that could stand for it.
        > migrate j=k
        migrated
        > show
        Active {} at a-k 1
        > finish - b
        task done b
        leave b by b-k
        pass k by k-e
        pass e
        completed
    "#,
    );
}

#[test]
fn a_join_that_could_never_complete_is_foretold() {
    let source = version(
        &(r#"<userTask id="a"/><userTask id="b"/>"#.to_owned() + &flows(&["s-a", "a-b", "b-e"])),
    );
    let target = version(
        &(r#"<userTask id="a"/><parallelGateway id="f"/><userTask id="b"/><userTask id="c"/><parallelGateway id="j"/>"#
            .to_owned()
            + &flows(&["s-a", "a-f", "f-b", "f-c", "b-j", "c-j", "j-e"])),
    );
    check_migration(
        &source,
        &target,
        r#"
        > start {}
        started
        pass s by s-a
        enter a
        task a
        > plan
        0 new
        > finish - a
        task done a
        leave a by a-b
        enter b
        task b
        > plan
        cannot, j: The join “j” could never complete: a token can come to it, but none any longer by “c-j”.
        > modify -b +a
        modified
        terminated b
        enter a
        task a
        > migrate
        migrated
        > finish - a
        task done a
        leave a by a-f
        pass f by f-b, f-c
        enter b
        task b
        enter c
        task c
    "#,
    );
}

#[test]
fn a_join_that_has_all_tokens_in_the_new_version_goes_on_at_once() {
    let source = version(
        &(r#"<parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><parallelGateway id="j"/>"#
            .to_owned()
            + &flows(&["s-f", "f-a", "f-b", "a-j", "b-j", "j-e"])),
    );
    let target = version(
        &(r#"<parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><parallelGateway id="j"/>"#
            .to_owned()
            + &flows(&["s-f", "f-a", "f-b", "a-j", "j-e"])),
    );
    check_migration(
        &source,
        &target,
        r#"
        > start {}
        started
        pass s by s-f
        pass f by f-a, f-b
        enter a
        task a
        enter b
        task b
        > finish - a
        task done a
        leave a by a-j
        > suspend
        suspended
        > migrate
        migrated
        > resume
        resumed
        pass j by j-e
        pass e
        > finish - b
        task done b
        leave b
        completed
    "#,
    );
}

#[test]
fn events_of_both_versions_are_kept_and_others_opened_and_closed() {
    let timer = |id: &str, duration: &str| {
        format!(
            r#"<boundaryEvent id="{id}" attachedToRef="a"><timerEventDefinition><timeDuration>{duration}</timeDuration></timerEventDefinition></boundaryEvent>"#
        )
    };
    let signal = |id: &str, signal: &str| {
        format!(
            r#"<boundaryEvent id="{id}" attachedToRef="a"><signalEventDefinition signalRef="{signal}"/></boundaryEvent>"#
        )
    };
    let news = r#"<subProcess id="v" triggeredByEvent="true"><startEvent id="vs" isInterrupting="false"><signalEventDefinition signalRef="h"/></startEvent></subProcess>"#;
    let source = version(
        &(r#"<userTask id="a"/>"#.to_owned()
            + &timer("late", "PT1H")
            + &signal("gone", "g")
            + &flows(&["s-a", "a-e"])),
    );
    let target = version(
        &(r#"<userTask id="a"/>"#.to_owned()
            + &timer("later", "PT9H")
            + &timer("soon", "PT20M")
            + news
            + &flows(&["s-a", "a-e"])),
    );
    check_migration(
        &source,
        &target,
        r#"
        > start {}
        started
        pass s by s-a
        enter a
        late waits for timer 2026-01-01T01:00:00Z
        gone waits for signal stop
        task a
        > wait PT30M
        > plan late=later
        2 new
        > migrate late=later
        migrated, no longer waits for 2
        vs waits for signal news
        soon waits for timer 2026-01-01T00:50:00Z
        > signal stop
        > signal news
        event 3 occurs, and again
        enter v
        pass vs
        leave v
        > trigger later
        refused: the timer is not due yet
        > advance PT1H
        event 4 occurs
        terminated a
        enter soon
        leave soon
        completed
    "#,
    );
}

#[test]
fn what_can_be_compensated_stays_so_or_is_told() {
    let content = |a: &str, undo: &str, handler: &str| {
        version(
            &(format!(
                r#"<serviceTask id="{a}"/><boundaryEvent id="c" attachedToRef="{a}"><compensateEventDefinition/></boundaryEvent>
                {handler}<association id="x" sourceRef="c" targetRef="{undo}"/>
                <userTask id="w"/><intermediateThrowEvent id="t"><compensateEventDefinition/></intermediateThrowEvent>"#
            ) + &flows(&[&format!("s-{a}"), &format!("{a}-w"), "w-t", "t-e"])),
        )
    };
    let source = content("a", "undo", r#"<serviceTask id="undo" isForCompensation="true"/>"#);
    let target = content("b", "undo2", r#"<serviceTask id="undo2" isForCompensation="true"/>"#);
    check_migration(
        &source,
        &target,
        r#"
        > start {}
        started
        pass s by s-a
        enter a
        job a of type a, 3 attempts
        > complete a
        job done a
        leave a by a-w
        enter w
        task w
        > migrate
        cannot, a: “a” has completed and can be compensated, but not in the target version.
        > migrate a=b
        migrated
        > finish - w
        task done w
        leave w by w-t
        enter t
        enter undo2 to compensate
        job undo2 of type undo2, 3 attempts
        > complete undo2
        job done undo2
        leave undo2
        leave t by t-e
        pass e
        completed
    "#,
    );
}
