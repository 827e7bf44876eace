//! What can happen to the tokens of small drawn models, with the shortest way that shows it.

use spartito_core::bpmn::inspect;
use spartito_core::bpmn::soundness::{Exploration, Soundness, explore};

/// Explores a process that holds `body`.
fn explored(body: &str) -> Exploration {
    let text = format!(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>\
         <error id='failed' errorCode='E1'/>\
         <process id='p' isExecutable='true'>{body}</process></definitions>"
    );
    let inspection = inspect(text.as_bytes());
    assert_eq!(inspection.is_whole, [true], "{:#?}", inspection.findings);
    explore(&inspection.definitions.expect("a model"))
}

/// Elements from left to right, and flows `a>b` between them.
fn drawn(elements: &str, flows: &str) -> String {
    let flows: String = flows
        .split_whitespace()
        .map(|flow| {
            let (from, to) = flow.split_once('>').expect("a flow");
            format!("<sequenceFlow id='{from}_{to}' sourceRef='{from}' targetRef='{to}'/>")
        })
        .collect();
    format!("{elements}{flows}")
}

fn verdict(exploration: &Exploration) -> (bool, bool, bool) {
    let Soundness { safe, sound, complete, .. } = exploration.soundness;
    (safe, sound, complete)
}

/// Rule and element of each finding.
fn found(exploration: &Exploration) -> Vec<(&str, &str)> {
    exploration.findings.iter().map(|it| (it.rule.as_str(), it.element.as_str())).collect()
}

const ENDS: &str = "<startEvent id='s'/><endEvent id='e'/>";

#[test]
fn a_split_and_its_join_are_sound() {
    for kind in ["parallelGateway", "exclusiveGateway", "inclusiveGateway"] {
        let elements =
            format!("{ENDS}<{kind} id='x'/><{kind} id='y'/><userTask id='a'/><userTask id='b'/>");
        let explored = explored(&drawn(&elements, "s>x x>a x>b a>y b>y y>e"));
        assert_eq!(verdict(&explored), (true, true, true), "{kind}");
        assert!(found(&explored).is_empty() && explored.soundness.trace.is_empty());
    }
}

#[test]
fn a_parallel_join_behind_a_choice_is_a_deadlock_with_the_shortest_way_to_it() {
    let elements = format!(
        "{ENDS}<exclusiveGateway id='x'/><parallelGateway id='y'/><userTask id='a'/>\
         <userTask id='b'/><userTask id='c'/>"
    );
    let explored = explored(&drawn(&elements, "s>x x>a x>b a>y b>c c>y y>e"));
    assert_eq!(verdict(&explored), (true, false, true));
    assert_eq!(found(&explored), [("soundness-dead", "y"), ("soundness-deadlock", "y")]);
    assert_eq!(explored.soundness.trace, ["x", "a"], "not by way of b and c");
    assert!(explored.findings[1].message.contains("c_y"), "{}", explored.findings[1].message);
}

#[test]
fn an_exclusive_join_behind_a_parallel_split_lacks_synchronization() {
    let elements = format!(
        "{ENDS}<parallelGateway id='x'/><exclusiveGateway id='y'/><userTask id='a'/><userTask id='b'/>"
    );
    let explored = explored(&drawn(&elements, "s>x x>a x>b a>y b>y y>e"));
    assert_eq!(verdict(&explored), (false, false, true));
    assert_eq!(found(&explored), [("soundness-improper", "e"), ("soundness-unsafe", "y_e")]);
}

#[test]
fn a_loop_without_a_way_out_never_ends() {
    let elements = format!("{ENDS}<exclusiveGateway id='x'/><userTask id='a'/><userTask id='b'/>");
    let explored = explored(&drawn(&elements, "s>x x>a x>e a>b b>a"));
    assert_eq!(verdict(&explored), (true, false, true));
    assert_eq!(found(&explored), [("soundness-no-end", "p")]);
    assert_eq!(explored.soundness.trace, ["x"]);
}

#[test]
fn an_inclusive_join_waits_for_what_can_come_and_a_loop_around_it_is_no_deadlock() {
    let elements = format!(
        "{ENDS}<exclusiveGateway id='m'/><inclusiveGateway id='x'/><inclusiveGateway id='y'/>\
         <exclusiveGateway id='z'/><userTask id='a'/><userTask id='b'/>"
    );
    let explored = explored(&drawn(&elements, "s>m m>x x>a x>b a>y b>y y>z z>m z>e"));
    assert_eq!(verdict(&explored), (true, true, true), "{:#?}", explored.findings);
}

#[test]
fn a_flow_without_a_condition_beside_others_is_always_taken() {
    for kind in ["inclusiveGateway", "userTask"] {
        let model = |condition: &str| {
            let elements = format!(
                "{ENDS}<parallelGateway id='f'/><{kind} id='x'/><parallelGateway id='y'/>\
                 <userTask id='a'/><endEvent id='b'/>"
            );
            let flows = drawn(&elements, "s>f f>x f>a x>y a>y y>e");
            format!(
                "{flows}<sequenceFlow id='maybe' sourceRef='x' targetRef='b'>{condition}\
                 </sequenceFlow>"
            )
        };
        let explored = explored(&model("<conditionExpression>=late</conditionExpression>"));
        assert_eq!(verdict(&explored), (true, true, true), "{kind}: {:#?}", explored.findings);
    }
}

#[test]
fn an_error_leaves_its_sub_process_by_the_border() {
    let elements = format!(
        "{ENDS}<subProcess id='sub'><startEvent id='i'/><endEvent id='x'>\
         <errorEventDefinition errorRef='failed'/></endEvent>\
         <sequenceFlow id='in' sourceRef='i' targetRef='x'/></subProcess>\
         <boundaryEvent id='b' attachedToRef='sub'><errorEventDefinition errorRef='failed'/>\
         </boundaryEvent><endEvent id='caught'/>"
    );
    let explored = explored(&drawn(&elements, "s>sub sub>e b>caught"));
    assert_eq!(verdict(&explored), (true, true, true));
    assert_eq!(found(&explored), [("soundness-dead", "e")], "it always fails");
}

#[test]
fn what_interrupts_a_scope_takes_its_tokens() {
    let elements = format!(
        "{ENDS}<subProcess id='sub'><startEvent id='i'/><parallelGateway id='x'/>\
         <userTask id='a'/><userTask id='c'/>\
         <sequenceFlow id='f1' sourceRef='i' targetRef='x'/>\
         <sequenceFlow id='f2' sourceRef='x' targetRef='a'/>\
         <sequenceFlow id='f3' sourceRef='x' targetRef='c'/></subProcess>\
         <boundaryEvent id='b' attachedToRef='sub'><timerEventDefinition/></boundaryEvent>"
    );
    let explored = explored(&drawn(&elements, "s>sub sub>e b>e"));
    assert_eq!(verdict(&explored), (true, true, true), "{:#?}", explored.findings);
}

#[test]
fn an_exploration_that_is_cut_says_so() {
    let tasks: String = (0..24).map(|task| format!("<userTask id='t{task}'/>")).collect();
    let flows: String = (0..24).map(|task| format!("x>t{task} t{task}>y ")).collect();
    let elements = format!("{ENDS}<parallelGateway id='x'/><parallelGateway id='y'/>{tasks}");
    let explored = explored(&drawn(&elements, &format!("s>x y>e {flows}")));
    assert!(!explored.soundness.complete);
    assert_eq!(found(&explored), [("soundness-bounded", "p")]);
}

#[test]
fn tokens_that_pile_up_are_cut_and_found_unsafe() {
    let elements =
        format!("{ENDS}<exclusiveGateway id='m'/><parallelGateway id='x'/><userTask id='a'/>");
    let explored = explored(&drawn(&elements, "s>m m>x x>a x>m a>e"));
    assert_eq!((explored.soundness.safe, explored.soundness.complete), (false, false));
}

/// Three tasks at once, of which `condition` lets a complex gateway go on with some.
fn raced(condition: &str) -> String {
    let elements = format!(
        "{ENDS}<parallelGateway id='x'/><userTask id='a'/><userTask id='b'/><userTask id='c'/>\
         <complexGateway id='y'>{condition}</complexGateway>"
    );
    drawn(&elements, "s>x x>a x>b x>c a>y b>y c>y y>e")
}

#[test]
fn a_complex_gateway_swallows_what_comes_after_its_start() {
    let some = "<activationCondition>activationCount &gt;= 2</activationCondition>";
    let any = "<activationCondition>ready</activationCondition>";
    for condition in [some, any, ""] {
        let explored = explored(&raced(condition));
        assert_eq!(verdict(&explored), (true, true, true), "{condition}");
    }
}

#[test]
fn a_complex_gateway_that_asks_for_more_than_can_come_waits_for_ever() {
    let all = "<activationCondition>activationCount &gt;= 4</activationCondition>";
    let explored = explored(&raced(all));
    assert_eq!(verdict(&explored), (true, false, true));
    assert!(explored.findings.iter().any(|it| it.element == "y"), "{:?}", found(&explored));
}

#[test]
fn all_events_behind_a_parallel_instantiating_gateway_are_awaited() {
    let wait = "<intermediateCatchEvent id='a'><timerEventDefinition/></intermediateCatchEvent>\
         <intermediateCatchEvent id='b'><timerEventDefinition/></intermediateCatchEvent>\
         <parallelGateway id='y'/><endEvent id='e'/>";
    let started = |kind: &str| {
        let gateway = format!("<eventBasedGateway id='x' instantiate='true'{kind}/>");
        explored(&drawn(&(gateway + wait), "x>a x>b a>y b>y y>e"))
    };
    let all = started(" eventGatewayType='Parallel'");
    assert_eq!(verdict(&all), (true, true, true), "{:#?}", all.findings);
    assert_eq!(verdict(&started("")), (true, false, true), "only one of them comes");
}
