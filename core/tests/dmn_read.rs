//! Files of DMN as tools of all versions write them, and as attackers do.

#![allow(dead_code, reason = "the small models are shared by several tests")]

mod bad_xml;
#[path = "dmn_kit/mod.rs"]
mod dmn_kit;
mod dmn_models;
mod dmn_tables;

use std::fmt::Write as _;

use dmn_models::{decide, decision, feel, file, knows, literal, needs, read};
use quick_xml::Reader;
use quick_xml::events::Event;
use spartito_core::dmn::{DecideError, Decisions};
use spartito_core::feel::{Budget, EvaluationError};
use spartito_core::value::{Context, Value};

/// What a text says, but for spaces inside of tags, the kind of quotes, and how it is escaped.
fn said(text: &str) -> Vec<String> {
    let mut reader = Reader::from_str(text);
    let mut all: Vec<String> = Vec::new();
    loop {
        let tag = |tag: &quick_xml::events::BytesStart<'_>| {
            let attributes: String = tag
                .attributes()
                .map(|it| it.expect("an attribute"))
                .map(|it| {
                    let value = it.value.replace('\n', " ");
                    let value = quick_xml::escape::unescape(&value).expect("known").into_owned();
                    format!(" {}={value:?}", it.key.as_ref())
                })
                .collect();
            format!("<{}{attributes}>", tag.name().as_ref())
        };
        match reader.read_event().expect("well-formed") {
            Event::Start(start) => all.push(tag(&start)),
            Event::Empty(start) => {
                all.push(tag(&start));
                all.push("</>".to_owned());
            }
            Event::End(_) => all.push("</>".to_owned()),
            Event::Eof => return all,
            other @ (Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_)) => all.push(format!("{other:?}")),
        }
    }
}

#[test]
fn what_was_read_is_written_with_all_that_it_says() {
    let mut count = 0;
    for level in ["compliance-level-2", "compliance-level-3", "non-compliant"] {
        for folder in dmn_kit::folders(level).into_iter().flatten() {
            for (name, content) in folder.files {
                let text = String::from_utf8(content).expect("the kit is UTF-8");
                let written = Decisions::rewrite(text.as_bytes()).expect("the kit is XML");
                assert!(said(&written) == said(&text), "{name}");
                let again =
                    Decisions::rewrite(written.as_bytes()).expect("what is written is read");
                assert_eq!(again, written, "{name}");
                count += 1;
            }
        }
    }
    println!("{count} files of the kit are written as they were read");
}

#[test]
fn foreign_parts_comments_and_drawings_are_kept() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- made by hand -->\n\
        <dmn:definitions xmlns:dmn=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" \
        xmlns:camunda=\"http://camunda.org/schema/1.0/dmn\" xmlns:acme=\"urn:acme\" id=\"d\" \
        name=\"d\" namespace=\"urn:d\"><!-- first --><dmn:decision id=\"a\" name=\"a &amp; b\" \
        camunda:historyTimeToLive=\"180\" camunda:versionTag=\"v2\"><dmn:extensionElements>\
        <acme:note kind='x'>kept <![CDATA[<as is>]]></acme:note></dmn:extensionElements>\
        <dmn:literalExpression><dmn:text>1 &lt; 2</dmn:text></dmn:literalExpression>\
        </dmn:decision><?acme keep?><dmndi:DMNDI \
        xmlns:dmndi=\"https://www.omg.org/spec/DMN/20191111/DMNDI/\"/></dmn:definitions>\n";
    assert_eq!(said(&Decisions::rewrite(text.as_bytes()).expect("it is XML")), said(text));
    let decisions = read(&[text]);
    let found = decisions.find("a & b").expect("by its name");
    assert_eq!(found.version_tag.as_deref(), Some("v2"));
    assert_eq!(decide(&decisions, "a", "{}").value, Value::Boolean(true));
}

#[test]
fn every_version_and_prefix_is_read() {
    let versions = [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ];
    for version in versions {
        for prefix in ["", "dmn:"] {
            let declared = if prefix.is_empty() { "xmlns" } else { "xmlns:dmn" };
            let p = prefix;
            let text = format!(
                "<{p}definitions {declared}='{version}' xmlns:feel='http://www.omg.org/spec/FEEL/\
                 20140401' id='d' name='d' namespace='urn:d'><{p}decision id='D' name='D'>\
                 <{p}informationRequirement><{p}requiredInput href='#x'/>\
                 </{p}informationRequirement><{p}literalExpression><{p}text>my x + 1</{p}text>\
                 </{p}literalExpression></{p}decision><{p}inputData id='x' name='my  x'>\
                 <{p}variable name='my x' typeRef='feel:number'/></{p}inputData>\
                 <{p}itemDefinition name='tX'><{p}typeRef>feel:string</{p}typeRef>\
                 </{p}itemDefinition></{p}definitions>"
            );
            let decisions = read(&[text]);
            assert_eq!(decide(&decisions, "D", "{\"my x\": 1}").value, feel("2"), "{version}");
        }
    }
}

#[test]
fn a_table_as_camunda_modeler_writes_it() {
    let text = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:modeler="http://camunda.org/schema/modeler/1.0" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="dish" name="Dish" namespace="http://camunda.org/schema/1.0/dmn" exporter="Camunda Modeler" modeler:executionPlatform="Camunda Cloud">
  <decision id="Dish" name="Dish to serve">
    <extensionElements><zeebe:versionTag value="winter" /></extensionElements>
    <decisionTable id="DecisionTable_1" hitPolicy="FIRST">
      <input id="Input_1" label="Season" modeler:width="192">
        <inputExpression id="InputExpression_1" typeRef="string"><text>season</text></inputExpression>
        <inputValues id="UnaryTests_1"><text>"Winter","Summer"</text></inputValues>
      </input>
      <input id="Input_2" label="Guests"><inputExpression id="IE_2" typeRef="integer"><text>guestCount</text></inputExpression></input>
      <output id="Output_1" label="Dish" name="desiredDish" typeRef="string" />
      <rule id="Rule_1"><description>Save money</description>
        <inputEntry id="UT_1"><text>"Winter"</text></inputEntry><inputEntry id="UT_2"><text>&lt;= 8</text></inputEntry>
        <outputEntry id="LE_1"><text>"Roastbeef"</text></outputEntry></rule>
      <rule id="Rule_2"><inputEntry id="UT_3"><text></text></inputEntry><inputEntry id="UT_4"><text></text></inputEntry>
        <outputEntry id="LE_2"><text>"Stew"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"#;
    let reading = Decisions::read(&[text]).expect("nothing forbids it");
    let rules: Vec<&str> = reading.findings[0].iter().map(|it| it.rule.as_str()).collect();
    assert_eq!(rules, ["input-undeclared"; 2], "names without input data come from outside");
    let decisions = reading.decisions;
    let inputs = "{season: \"Winter\", guestCount: 4}";
    let outcome = decide(&decisions, "Dish", inputs);
    assert_eq!(outcome.value, Value::from("Roastbeef"));
    assert_eq!(&*outcome.decisions[0].matched[0].id, "Rule_1");
    assert_eq!(decisions.find("Dish").and_then(|it| it.version_tag).as_deref(), Some("winter"));
    let inputs: Vec<String> =
        decisions.find("Dish").expect("it").inputs.iter().map(|it| it.name.to_string()).collect();
    assert_eq!(inputs, ["season", "guestCount"]);
    let view = decisions.table("Dish").expect("a table");
    assert_eq!(&*view.rows[0].annotations[0], "Save money");
}

#[test]
fn cases_1_to_10_and_13_are_refused_as_they_are_for_processes() {
    for number in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13] {
        let model = bad_xml::case(number);
        let bpmn = spartito_core::bpmn::read(&model).expect_err("a bad model");
        let namespace = (
            "http://www.omg.org/spec/BPMN/20100524/MODEL",
            "https://www.omg.org/spec/DMN/20230324/MODEL/",
        );
        let dmn = match String::from_utf8(model.clone()) {
            Ok(text) if number != 13 => text.replace(namespace.0, namespace.1).into_bytes(),
            _ => model,
        };
        let findings = Decisions::read(&[dmn]).expect_err("a bad model").remove(0);
        assert_eq!(findings[0].rule, bpmn[0].rule, "case {number}");
        assert!(findings[0].position.line > 0, "case {number} has a place");
    }
}

#[test]
fn case_11_ids_are_there_once_and_case_12_requirements_lead_somewhere() {
    let twice = file(&(decision("A", &literal("1")) + "\n" + &decision("A", &literal("1"))));
    let findings = Decisions::read(&[twice]).expect_err("ids clash").remove(0);
    let clash = findings.iter().find(|it| it.rule == "id-duplicate").expect("the clash");
    assert_eq!((clash.element.as_str(), clash.position.line), ("A", 3));
    let dangling = file(&decision("A", &(needs("B") + &literal("1"))));
    let findings = Decisions::read(&[dangling]).expect_err("it dangles").remove(0);
    assert_eq!(
        (findings[0].rule.as_str(), findings[0].element.as_str()),
        ("reference-missing", "A")
    );
}

#[test]
fn a_process_model_is_no_decision() {
    let findings = Decisions::read(&[bad_xml::process("<startEvent id='s'/>")]).expect_err("BPMN");
    assert_eq!(findings[0][0].rule, "not-dmn");
    assert!(findings[0][0].message.contains("BPMN"));
}

/// Runs on a stack of 1 MiB, as requests do.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(work);
    thread.expect("a thread").join().expect("no overflow and no panic");
}

fn exceeded(text: String, name: &'static str) {
    on_a_small_stack(move || {
        let decisions = read(&[text]);
        let outcome =
            decisions.decide(name, &Context::new(), &dmn_models::env(), &Budget::default());
        assert!(
            matches!(outcome, Err(DecideError::Evaluation(EvaluationError::BudgetExceeded { .. }))),
            "{outcome:?}"
        );
    });
}

#[test]
fn case_17_recursion_without_end_exceeds_the_budget() {
    let knowledge = |logic: &str| {
        format!(
            "<businessKnowledgeModel id='f' name='f'><variable name='f'/><encapsulatedLogic>\
             <formalParameter name='n'/>{logic}</encapsulatedLogic></businessKnowledgeModel>"
        )
    };
    let call = decision("D", &(knows("f") + &literal("f(1)")));
    exceeded(file(&(knowledge(&literal("f(n + 1)")) + &call)), "D");
    let list = format!("<list><list><list>{}</list></list></list>", literal("f(n)"));
    exceeded(file(&(knowledge(&list) + &call)), "D");
    let invoked = format!(
        "<context><contextEntry><variable name='a'/><conditional><if>{}</if><then><invocation>{}\
         <binding><parameter name='n'/>{}</binding></invocation></then><else>{}</else>\
         </conditional></contextEntry></context>",
        literal("true"),
        literal("f"),
        literal("n"),
        literal("1")
    );
    exceeded(file(&(knowledge(&invoked) + &call)), "D");
    let table = "<decisionTable><input><inputExpression><text>f(n)</text></inputExpression></input>\
         <output/><rule><inputEntry><text>-</text></inputEntry><outputEntry><text>f(n)</text>\
         </outputEntry></rule></decisionTable>";
    exceeded(file(&(knowledge(table) + &call)), "D");
    let service = "<decisionService id='S' name='S'><variable name='S'/>\
         <outputDecision href='#O'/></decisionService>"
        .to_owned()
        + &decision(
            "O",
            "<context><contextEntry><variable name='g'/><functionDefinition>\
             <literalExpression><text>g()</text></literalExpression></functionDefinition>\
             </contextEntry><contextEntry><literalExpression><text>g()</text></literalExpression>\
             </contextEntry></context>",
        )
        + &decision("D", &(knows("S") + &literal("S()")));
    exceeded(file(&service), "D");
}

#[test]
fn case_18_loops_without_end_exceed_the_budget() {
    let looped = format!(
        "<for iteratorVariable='i'><in>{}</in><return>{}</return></for>",
        literal("[1..1000000000]"),
        literal("i")
    );
    exceeded(file(&decision("D", &looped)), "D");
}

#[test]
fn deep_expressions_are_read_on_a_small_stack() {
    on_a_small_stack(|| {
        let nested = |depth: usize| {
            let text =
                format!("{}{}{}", "<list>".repeat(depth), literal("1"), "</list>".repeat(depth));
            Decisions::read(&[file(&decision("D", &text))])
        };
        let deepest = nested(63).expect("as deep as allowed");
        let value = decide(&deepest.decisions, "D", "{}").value;
        assert_eq!(value.depth(), 63);
        let findings = nested(64).expect_err("too deep").remove(0);
        assert_eq!(findings[0].rule, "expression-depth");
    });
}

#[test]
fn a_long_chain_of_decisions_is_made_on_a_small_stack() {
    on_a_small_stack(|| {
        let mut body = decision("d0", &literal("1"));
        for index in 1..5_000 {
            let before = format!("d{}", index - 1);
            let own = decision(
                &format!("d{index}"),
                &(needs(&before) + &literal(&format!("{before} + 1"))),
            );
            body.push_str(&own);
        }
        let outcome = decide(&read(&[file(&body)]), "d4999", "{}");
        assert_eq!(outcome.value, Value::from(5_000));
    });
}

#[test]
fn case_26_a_table_of_10_000_rows_is_read_checked_and_decided() {
    let reading =
        Decisions::read(&[dmn_tables::four_inputs(10_000, "UNIQUE")]).expect("it is sound");
    let gaps = reading.findings[0].iter().filter(|it| it.rule == "rules-gap").count();
    assert!(gaps > 0, "what is left out is told");
    assert!(reading.findings[0].iter().all(|it| it.rule != "table-check-cut"), "all was checked");
    for (amount, tier, expected) in
        [(0, "gold", Some(0)), (249_999, "none", Some(9_999)), (250_000, "gold", None)]
    {
        let inputs = format!("{{amount: {amount}, tier: \"{tier}\", age: 18, known: true}}");
        let outcome = decide(&reading.decisions, "Rate", &inputs);
        assert_eq!(outcome.value, Value::from(expected), "{inputs}");
    }
}

#[test]
fn tables_that_are_hard_to_check_are_checked_in_part() {
    let mut rows = String::new();
    for rule in 0..4_000 {
        write!(
            rows,
            "<rule><inputEntry><text>[{rule}..{}]</text></inputEntry><outputEntry><text>{rule}\
             </text></outputEntry></rule>",
            rule + 5_000
        )
        .expect("writing to a string");
    }
    let columns = [("a", "number")];
    let reading = Decisions::read(&[dmn_tables::decision(&columns, &rows, "UNIQUE")]);
    let findings = match reading {
        Ok(reading) => reading.findings,
        Err(findings) => findings,
    };
    assert!(findings[0].iter().any(|it| it.rule == "table-check-cut"), "it is said");
}
