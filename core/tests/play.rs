//! Scenarios as people write them: played, compared, written.
#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

use spartito_core::play::{self, File, Outcome, Scenario};

/// An order: checked by a system, decided by a person, paid unless it is refused.
const ORDER: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">
  <message id="paid" name="paid"><extensionElements>
    <zeebe:subscription correlationKey="=id"/></extensionElements></message>
  <process id="order" isExecutable="true">
    <startEvent id="Start"/><sequenceFlow id="f1" sourceRef="Start" targetRef="Score"/>
    <serviceTask id="Score"><extensionElements>
      <zeebe:taskDefinition type="credit"/></extensionElements></serviceTask>
    <boundaryEvent id="Refused" attachedToRef="Score"><errorEventDefinition/></boundaryEvent>
    <sequenceFlow id="f2" sourceRef="Score" targetRef="Decide"/>
    <sequenceFlow id="f9" sourceRef="Refused" targetRef="Lost"/>
    <userTask id="Decide"/><sequenceFlow id="f3" sourceRef="Decide" targetRef="Wait"/>
    <boundaryEvent id="Late" attachedToRef="Decide" cancelActivity="false"><timerEventDefinition>
      <timeCycle>R2/PT1H</timeCycle></timerEventDefinition></boundaryEvent>
    <sequenceFlow id="f4" sourceRef="Late" targetRef="Reminded"/><endEvent id="Reminded"/>
    <intermediateCatchEvent id="Wait"><messageEventDefinition messageRef="paid"/>
    </intermediateCatchEvent>
    <sequenceFlow id="f5" sourceRef="Wait" targetRef="Done"/><endEvent id="Done"/>
    <endEvent id="Lost"/>
  </process></definitions>"#;

fn play(model: &str, scenario: &str) -> Outcome {
    let scenario = scenario.replacen('{', r#"{"models": ["m.bpmn"], "#, 1);
    let scenario = Scenario::read(scenario.as_bytes()).expect("the scenario can be read");
    let files = [File { name: "m.bpmn".to_owned(), bytes: model.as_bytes().to_vec() }];
    play::run(&scenario, &files).expect("the scenario can be played")
}

fn refusal(scenario: &str) -> String {
    let scenario = scenario.replacen('{', r#"{"models": ["m.bpmn"], "#, 1);
    Scenario::read(scenario.as_bytes()).expect_err("it is wrong").message
}

#[test]
fn a_case_goes_its_way_and_comes_out_as_expected() {
    let outcome = play(
        ORDER,
        r#"{"start": {"process": "order", "variables": {"id": "o-1"}, "businessKey": "O 1"},
            "services": {"credit": {"variables": {"score": 700}}},
            "steps": [{"advance": "PT150M"}, {"complete": "Decide", "variables": {"ok": true}},
                      {"message": "paid", "key": "o-2"}, {"message": "paid", "key": "o-1"}],
            "expect": {"state": "COMPLETED", "completed": ["Score", "Late", "Late", "Done"],
                       "never": ["Lost"], "variables": {"score": 700, "ok": true},
                       "incidents": 0, "waiting": []}}"#,
    );
    assert_eq!(outcome.failures, Vec::<String>::new());
    assert_eq!(outcome.at.to_string(), "2026-01-01T02:30:00Z");
    let late = outcome.trace.iter().filter(|entry| &*entry.element == "Late");
    let at: Vec<String> = late.map(|entry| entry.at.to_string()).collect();
    assert_eq!(at[0], "2026-01-01T01:00:00Z");
    assert_eq!(at[2], "2026-01-01T02:00:00Z");
    let reached = &outcome.coverage.0["order"];
    let missed: Vec<&str> = reached.elements_missed.iter().map(AsRef::as_ref).collect();
    assert_eq!(missed, ["Lost", "Refused"]);
}

#[test]
fn answers_come_in_turn_and_when_they_are_used_up_the_job_waits() {
    let scenario = |steps: &str| {
        format!(
            r#"{{"start": {{"process": "order", "variables": {{"id": 1}}}},
                 "services": {{"credit": [{{"fail": "down"}}, {{"fail": "down", "backoff": "PT5M"}}]}},
                 "steps": [{steps}]}}"#
        )
    };
    let outcome = play(ORDER, &scenario(""));
    assert_eq!(outcome.waiting[0].reason, "JOB");
    let failed = play(ORDER, &scenario(r#"{"fail": "Score", "message": "gone"}"#));
    assert_eq!(failed.incidents.len(), 1, "the third attempt was the last");
    assert_eq!(failed.waiting[0].reason, "INCIDENT");
    let retried =
        r#"{"fail": "Score", "message": "gone"}, {"retry": "Score"}, {"complete": "Score"}"#;
    let retried = play(ORDER, &scenario(retried));
    assert_eq!(retried.incidents.len(), 0);
    assert_eq!(retried.waiting[0].element, "Decide");
    let error = play(ORDER, &scenario(r#"{"throwError": "Score", "code": "NO"}"#));
    assert_eq!(error.state, Some("COMPLETED"));
}

#[test]
fn a_backoff_is_waited_for() {
    let outcome = play(
        ORDER,
        r#"{"start": {"variables": {"id": 1}}, "steps": [{"advance": "PT4M"}],
            "services": {"credit": [{"fail": "down", "backoff": "PT5M"}, {"variables": {}}]},
            "expect": {"waiting": ["Score"]}}"#,
    );
    assert_eq!(outcome.failures, Vec::<String>::new());
    let later = play(
        ORDER,
        r#"{"start": {"variables": {"id": 1}}, "steps": [{"advance": "PT5M"}],
            "services": {"credit": [{"fail": "down", "backoff": "PT5M"}, {"variables": {}}]},
            "expect": {"waiting": ["Decide"]}}"#,
    );
    assert_eq!(later.failures, Vec::<String>::new());
}

#[test]
fn what_did_not_come_as_expected_is_told_with_its_place() {
    let outcome = play(
        ORDER,
        r#"{"start": {"variables": {"id": 1}}, "steps": [{"complete": "Score"}],
            "expect": {"state": "COMPLETED", "completed": ["Done"], "never": ["Score"],
                       "variables": {"id": 2, "ok": true}, "incidents": 1, "waiting": ["Wait"]}}"#,
    );
    let expected = [
        "state: expected COMPLETED, but it is ACTIVE.",
        "completed: “Done” was to be completed, but was 0 times.",
        "never: “Score” was entered at 2026-01-01T00:00:00Z.",
        "variables.id: expected 2, but it is 1.",
        "variables.ok: expected true, but there is no such variable.",
        "incidents: expected 1, but there are 0.",
        "waiting: expected Wait, but it is Decide.",
    ];
    assert_eq!(outcome.failures, expected);
    let outcome = play(
        ORDER,
        r#"{"start": {"variables": {"id": 1}}, "steps": [{"complete": "Decide"}, {"cancel": true}]}"#,
    );
    let expected = "steps[0]: “Decide” does not wait for a person or a worker; waiting are: Score";
    assert_eq!(outcome.failures, [expected]);
    assert_eq!(outcome.state, Some("ACTIVE"), "nothing is done after a step that failed");
}

#[test]
fn the_same_scenario_gives_the_same_bytes() {
    let scenario = r#"{"start": {"process": "order", "variables": {"id": 1}}}"#;
    let document = |outcome: Outcome| outcome.document().to_json();
    assert_eq!(document(play(ORDER, scenario)), document(play(ORDER, scenario)));
    let expected = concat!(
        r#"{"state":"ACTIVE","at":"2026-01-01T00:00:00Z","trace":["#,
        r#"{"event":"activated","element":"order","type":"process","process":"order","number":1,"#,
        r#""scope":null,"at":"2026-01-01T00:00:00Z"},"#,
        r#"{"event":"activated","element":"Start","type":"startEvent","process":"order","#,
        r#""number":2,"scope":1,"at":"2026-01-01T00:00:00Z"},"#,
    );
    let written = document(play(ORDER, scenario));
    assert!(written.starts_with(expected), "{written}");
}

#[test]
fn what_is_wrong_in_a_scenario_is_named_with_its_place() {
    let wrong = [
        (r#"{"start": {}, "stepz": []}"#, "stepz is not known here; known are:"),
        (r#"{"start": {}, "steps": [{"advance": "1 hour"}]}"#, "steps[0].advance: "),
        (r#"{"start": {}, "steps": [{"advance": "-PT1H"}]}"#, "time does not run backwards"),
        (r#"{"start": {}, "steps": [{"wait": 1}]}"#, "steps[0] says nothing that can happen"),
        (r#"{"start": {}, "steps": [{"fail": "A", "retries": -1}]}"#, "steps[0].retries: a whole"),
        (r#"{"start": {"process": 1}}"#, "start.process: a text is expected here, but there is 1"),
        (r#"{"start": {}, "services": {"a": [{"varables": {}}]}}"#, "services.a[0].varables"),
        (r#"{"start": {}, "expect": {"incidents": "no"}}"#, "expect.incidents: a whole number"),
        (r#"{"steps": []}"#, "start: say what is started"),
    ];
    for (scenario, expected) in wrong {
        let refusal = refusal(scenario);
        assert!(refusal.contains(expected), "{scenario}: {refusal}");
    }
}

/// Two pools: one asks the other, which answers.
const POOLS: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">
  <message id="ask" name="ask"/><message id="answer" name="answer"/><signal id="s" name="stop"/>
  <process id="buyer" isExecutable="true">
    <startEvent id="B1"/><sequenceFlow id="b1" sourceRef="B1" targetRef="Ask"/>
    <intermediateThrowEvent id="Ask"><messageEventDefinition messageRef="ask"/>
    </intermediateThrowEvent><sequenceFlow id="b2" sourceRef="Ask" targetRef="Hear"/>
    <intermediateCatchEvent id="Hear"><messageEventDefinition messageRef="answer"/>
    </intermediateCatchEvent><sequenceFlow id="b3" sourceRef="Hear" targetRef="Sub"/>
    <callActivity id="Sub"><extensionElements><zeebe:calledElement processId="called"/>
    </extensionElements></callActivity>
    <sequenceFlow id="b4" sourceRef="Sub" targetRef="B9"/><endEvent id="B9"/>
  </process>
  <process id="seller" isExecutable="true">
    <startEvent id="S1"><messageEventDefinition messageRef="ask"/></startEvent>
    <sequenceFlow id="s1" sourceRef="S1" targetRef="Tell"/>
    <intermediateThrowEvent id="Tell"><messageEventDefinition messageRef="answer"/>
    </intermediateThrowEvent><sequenceFlow id="s2" sourceRef="Tell" targetRef="S9"/>
    <endEvent id="S9"/>
  </process>
  <process id="called" isExecutable="true">
    <startEvent id="C1"/><sequenceFlow id="c1" sourceRef="C1" targetRef="C2"/>
    <userTask id="C2"/><sequenceFlow id="c2" sourceRef="C2" targetRef="C9"/><endEvent id="C9"/>
  </process>
  <process id="listener" isExecutable="true">
    <startEvent id="L1"><signalEventDefinition signalRef="s"/></startEvent>
    <sequenceFlow id="l1" sourceRef="L1" targetRef="L9"/><endEvent id="L9"/>
  </process></definitions>"#;

#[test]
fn instances_hear_each_other() {
    let outcome = play(
        POOLS,
        r#"{"start": {"process": "buyer"},
            "steps": [{"signal": "stop"}, {"complete": "C2", "variables": {"x": 1}}],
            "expect": {"state": "COMPLETED", "variables": {"x": 1}}}"#,
    );
    assert_eq!(outcome.failures, Vec::<String>::new());
    let instances: Vec<String> =
        outcome.instances.iter().map(|it| format!("{} {}", it.process, it.state)).collect();
    let expected =
        ["buyer COMPLETED", "seller COMPLETED", "called COMPLETED", "listener COMPLETED"];
    assert_eq!(instances, expected);
    let asked = play(POOLS, r#"{"start": {"message": "ask"}}"#);
    assert_eq!(asked.instances[0].process, "seller");
    let stopped = play(POOLS, r#"{"start": {"process": "buyer"}, "steps": [{"cancel": true}]}"#);
    let states: Vec<_> = stopped.instances.iter().map(|it| it.state).collect();
    assert_eq!(states, ["TERMINATED", "COMPLETED", "TERMINATED"], "the called one ends as well");
}

#[test]
fn a_scenario_that_goes_round_in_circles_is_stopped() {
    let model = ORDER.replace("R2/PT1H", "R/PT1S");
    let outcome = play(
        &model,
        r#"{"start": {"variables": {"id": 1}},
            "steps": [{"complete": "Score"}, {"advance": "P10D"}]}"#,
    );
    assert_eq!(outcome.failures.len(), 1);
    assert!(outcome.failures[0].starts_with("steps[1]: The scenario is stopped: it leads to more"));
}

#[test]
fn a_person_moves_an_instance_on_and_holds_it() {
    let moved = play(
        ORDER,
        r#"{"start": {"variables": {"id": 1}},
            "steps": [{"modify": {"terminate": ["Score"],
                                  "activate": [{"element": "Wait", "variables": {"id": "x"}}]}},
                      {"message": "paid", "key": "x"}],
            "expect": {"state": "COMPLETED", "never": ["Decide"], "completed": ["Done"]}}"#,
    );
    assert_eq!(moved.failures, Vec::<String>::new());
    let held = play(
        ORDER,
        r#"{"start": {"variables": {"id": 1}},
            "steps": [{"complete": "Score"}, {"suspend": true}, {"advance": "PT90M"}],
            "expect": {"state": "SUSPENDED", "never": ["Late"], "waiting": ["Decide"]}}"#,
    );
    assert_eq!(held.failures, Vec::<String>::new());
    let resumed = play(
        ORDER,
        r#"{"start": {"variables": {"id": 1}},
            "steps": [{"complete": "Score"}, {"suspend": true}, {"advance": "PT90M"},
                      {"resume": true}],
            "expect": {"state": "ACTIVE", "completed": ["Late"]}}"#,
    );
    assert_eq!(resumed.failures, Vec::<String>::new());
}

#[test]
fn whoever_does_a_task_can_say_that_it_came_to_nothing() {
    let model = ORDER.replace(
        r#"<endEvent id="Lost"/>"#,
        r#"<boundaryEvent id="No" attachedToRef="Decide"><errorEventDefinition/></boundaryEvent>
           <sequenceFlow id="f8" sourceRef="No" targetRef="Lost"/><endEvent id="Lost"/>"#,
    );
    let scenario = r#"{"start": {"variables": {"id": 1}}, "services": {"credit": {}},
        "steps": [{"throwError": "Decide", "code": "NO"}],
        "expect": {"state": "COMPLETED", "completed": ["No", "Lost"], "never": ["Wait"]}}"#;
    assert_eq!(play(&model, scenario).failures, Vec::<String>::new());
    let uncaught = play(ORDER, scenario);
    assert_eq!(uncaught.incidents[0].element, "Decide");
}

/// The names that `scenario`, which holds the unknown name `x`, might have had in its place.
fn known(scenario: &str) -> Vec<String> {
    let message = Scenario::read(scenario.as_bytes()).expect_err("x is not known").message;
    let (_, names) = message.split_once("known are: ").expect("it says what is known");
    let mut names: Vec<String> =
        names.trim_end_matches('.').split(", ").map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn the_schema_knows_what_the_reader_knows() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../docs/play.schema.json")).expect("it is JSON");
    let names = |properties: &serde_json::Value| -> Vec<String> {
        let mut names: Vec<String> =
            properties["properties"].as_object().expect("an object").keys().cloned().collect();
        names.sort();
        names
    };
    let part = |part: &str| names(&schema["$defs"][part]);
    let with = |rest: &str| format!(r#"{{"models": ["m"], "start": {{}}, {rest}}}"#);
    assert_eq!(known(&with(r#""x": 1"#)), names(&schema));
    assert_eq!(known(&with(r#""expect": {"x": 1}"#)), part("expect"));
    let acts = "advance, complete, throwError, fail, retry, message, signal, trigger, set, start, \
                modify, cancel, suspend, resume";
    let said = known(&with(r#""steps": [{"x": 1}]"#));
    let mut acts: Vec<&str> = acts.split(", ").collect();
    acts.sort_unstable();
    assert_eq!(said, acts);
    for act in acts {
        assert!(part("step").contains(&act.to_owned()), "{act} is missing in the schema");
    }
    for (answer, start) in [
        (r#"{"fail": "f", "x": 1}"#, r#"{"message": "m", "x": 1}"#),
        (r#"{"error": "e", "x": 1}"#, r#"{"process": "p", "x": 1}"#),
    ] {
        for name in known(&with(&format!(r#""services": {{"a": {answer}}}"#))) {
            assert!(part("answer").contains(&name), "{name} is missing in the schema");
        }
        for name in known(&format!(r#"{{"models": ["m"], "start": {start}}}"#)) {
            assert!(part("start").contains(&name), "{name} is missing in the schema");
        }
    }
}

/// Every scenario of every example comes out as it says.
#[test]
#[expect(clippy::disallowed_methods, reason = "examples are files; only tests read them")]
fn the_scenarios_of_the_examples_pass_and_reach_everything() {
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut count = 0;
    for example in std::fs::read_dir(examples).expect("there are examples") {
        let folder = example.expect("it can be listed").path().join("scenarios");
        let mut coverage = play::Coverage::default();
        for file in std::fs::read_dir(&folder).expect("each example has scenarios") {
            let file = file.expect("it can be listed").path();
            let scenario = Scenario::read(&std::fs::read(&file).expect("it can be read"));
            let scenario = scenario.expect("it is a scenario");
            let models = scenario.models.iter().map(|name| {
                let bytes = std::fs::read(folder.join(name)).expect("the model lies there");
                File { name: name.clone(), bytes }
            });
            let outcome = play::run(&scenario, &models.collect::<Vec<_>>()).expect("it is played");
            assert_eq!(outcome.failures, Vec::<String>::new(), "{}", file.display());
            coverage.add(&outcome.coverage);
            count += 1;
        }
        for (process, reached) in &coverage.0 {
            assert!(reached.elements_missed.is_empty(), "{process}: {reached:?}");
            assert!(reached.flows_missed.is_empty(), "{process}: {reached:?}");
        }
    }
    assert!(count >= 5, "{count}");
}

#[test]
fn case_88_a_process_that_calls_itself_stops_with_an_incident() {
    let model = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
        xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">
        <process id="p" isExecutable="true"><startEvent id="s"/>
        <sequenceFlow id="f" sourceRef="s" targetRef="c"/><callActivity id="c">
        <extensionElements><zeebe:calledElement processId="p"/></extensionElements>
        </callActivity></process></definitions>"#;
    let outcome = play(model, r#"{"start": {"process": "p"}, "expect": {"incidents": 1}}"#);
    assert_eq!(outcome.failures, Vec::<String>::new());
    assert_eq!(outcome.instances.len(), 101);
    assert!(outcome.incidents[0].message.contains("call itself"), "{:?}", outcome.incidents);
}

/// Starts by an order and a payment together.
const TOGETHER: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">
  <message id="m1" name="ordered"><extensionElements>
    <zeebe:subscription correlationKey="=id"/></extensionElements></message>
  <message id="m2" name="paid"><extensionElements>
    <zeebe:subscription correlationKey="=id"/></extensionElements></message>
  <process id="order" isExecutable="true">
    <startEvent id="Both" parallelMultiple="true"><messageEventDefinition messageRef="m1"/>
      <messageEventDefinition messageRef="m2"/></startEvent>
    <sequenceFlow id="f1" sourceRef="Both" targetRef="End"/><endEvent id="End"/>
  </process></definitions>"#;

#[test]
fn an_instance_that_several_events_start_gets_those_with_its_key() {
    let steps = |second: &str| {
        let step = r#"{"message": "ordered", "key": "KEY", "variables": {"id": "KEY"}}"#;
        let step = step.replace("KEY", second);
        let start = r#"{"start": {"message": "paid", "key": "o-1", "variables": {"id": "o-1"}}"#;
        play(TOGETHER, &format!("{start}, \"steps\": [{step}]}}"))
    };
    let states =
        |outcome: Outcome| -> Vec<_> { outcome.instances.iter().map(|it| it.state).collect() };
    assert_eq!(states(steps("o-1")), ["COMPLETED"]);
    assert_eq!(states(steps("o-2")), ["ACTIVE", "ACTIVE"], "the order of another one");
}

#[test]
fn a_process_that_runs_in_circles_is_an_incident_and_its_trace_is_cut() {
    let model = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
        targetNamespace="t"><process id="p" isExecutable="true"><startEvent id="s"/>
        <sequenceFlow id="f" sourceRef="s" targetRef="a"/><exclusiveGateway id="a"/>
        <exclusiveGateway id="b"/><sequenceFlow id="g" sourceRef="a" targetRef="b"/>
        <sequenceFlow id="h" sourceRef="b" targetRef="a"/></process></definitions>"#;
    let outcome = play(model, r#"{"start": {"process": "p"}, "expect": {"incidents": 1}}"#);
    assert_eq!(outcome.failures, Vec::<String>::new());
    assert_eq!(outcome.trace.len(), play::ENTRIES_MAX);
    assert!(outcome.left_off > 1_000_000, "{}", outcome.left_off);
    assert!(outcome.times_completed("a") > 400_000);
}
