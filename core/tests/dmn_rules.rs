//! What is found in models of decisions: each rule with a model that breaks it.

#![allow(dead_code, reason = "the small models are shared by several tests")]

mod dmn_models;

use dmn_models::{column, decision, file, input, knows, literal, needs, needs_input, table};
use spartito_core::dmn::Decisions;
use spartito_core::dmn::diagnostic::{Diagnostic, Severity};

fn findings_of(body: &str) -> Vec<Diagnostic> {
    let findings = match Decisions::read(&[file(body)]) {
        Ok(reading) => reading.findings,
        Err(findings) => findings,
    };
    findings.into_iter().next().expect("one file")
}

/// All findings as `severity rule element line: message`.
fn found(body: &str) -> Vec<String> {
    findings_of(body)
        .into_iter()
        .map(|f| {
            let severity = match f.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            };
            assert!(!f.remedy.is_empty(), "{} has a remedy", f.rule);
            format!("{severity} {} {} {}: {}", f.rule, f.element, f.position.line, f.message)
        })
        .collect()
}

/// A table over `columns` whose output has no name.
fn tabled(attributes: &str, columns: &[(&str, &str)], rules: &[(&[&str], &[&str])]) -> String {
    let head: String = columns.iter().map(|(name, of)| column(name, of)).collect();
    let required: String = columns.iter().map(|(name, _)| needs_input(name)).collect();
    let inputs: String = columns.iter().map(|(name, of)| input(name, of)).collect();
    let logic = table(attributes, &(head + "<output id='o'/>"), rules);
    inputs + &decision("D", &(required + &logic))
}

const NUMBER: &[(&str, &str)] = &[("x", "number")];

#[test]
fn a_whole_table_has_no_findings() {
    let rules: &[(&[&str], &[&str])] = &[(&["< 10"], &["1"]), (&[">= 10"], &["2"])];
    assert_eq!(found(&tabled("", NUMBER, rules)), Vec::<String>::new());
    let flags: &[(&[&str], &[&str])] = &[(&["true"], &["1"]), (&["false"], &["2"])];
    assert_eq!(found(&tabled("", &[("x", "boolean")], flags)), Vec::<String>::new());
    let days: &[(&[&str], &[&str])] =
        &[(&["< date(\"2026-02-01\")"], &["1"]), (&["> date(\"2026-01-31\")"], &["2"])];
    assert_eq!(found(&tabled("", &[("x", "date")], days)), Vec::<String>::new());
}

#[test]
fn case_27_rules_that_overlap_are_an_error_under_unique() {
    let rules: &[(&[&str], &[&str])] =
        &[(&["<= 10"], &["1"]), (&[">= 10"], &["2"]), (&["[20..30]"], &["3"])];
    let expected = [
        "error rules-overlap r2 4: Rules 1 and 2 both match (x = 10) under UNIQUE.",
        "error rules-overlap r3 5: Rules 2 and 3 both match (x in [20..30]) under UNIQUE.",
    ];
    assert_eq!(found(&tabled("", NUMBER, rules)), expected);
    let columns = &[("x", "number"), ("tier", "string"), ("known", "boolean")];
    let rules: &[(&[&str], &[&str])] = &[
        (&["[0..10]", "\"gold\"", "-"], &["1"]),
        (&["(5..20]", "\"gold\", \"silver\"", "true"], &["2"]),
        (&["(5..20]", "\"gold\"", "false"], &["3"]),
        (&["-", "not(\"gold\", \"silver\")", "-"], &["4"]),
    ];
    let overlaps: Vec<String> = found(&tabled("", columns, rules))
        .into_iter()
        .filter(|it| it.contains("rules-overlap"))
        .collect();
    let expected = [
        "error rules-overlap r2 4: Rules 1 and 2 both match (x in (5..10], tier = \"gold\", known \
         = true) under UNIQUE.",
        "error rules-overlap r3 5: Rules 1 and 3 both match (x in (5..10], tier = \"gold\", known \
         = false) under UNIQUE.",
    ];
    assert_eq!(overlaps, expected);
}

#[test]
fn under_any_only_different_outputs_clash() {
    let rules: &[(&[&str], &[&str])] =
        &[(&["<= 10"], &["1"]), (&[">= 10"], &["1"]), (&["> 20"], &["2"])];
    let overlaps = found(&tabled("hitPolicy='ANY'", NUMBER, rules));
    assert_eq!(
        overlaps,
        ["error rules-overlap r3 5: Rules 2 and 3 both match (x > 20) with different outputs \
          under ANY."]
    );
}

#[test]
fn gaps_are_told_with_their_values() {
    let rules: &[(&[&str], &[&str])] = &[(&["[0..10)"], &["1"]), (&["(10..20]"], &["2"])];
    let gap = |words: &str| {
        format!("warning rules-gap t 2: No rule matches for {words}; the result is null then.")
    };
    let expected: Vec<String> = ["x < 0", "x = 10", "x > 20"].map(gap).into();
    assert_eq!(found(&tabled("", NUMBER, rules)), expected);
    let wholes: &[(&[&str], &[&str])] = &[(&["<= 10"], &["1"]), (&[">= 11"], &["2"])];
    assert_eq!(
        found(&tabled("", NUMBER, wholes)),
        ["info rules-gap t 2: No rule matches for x in (10..11), if there are such values."]
    );
    let columns = &[("x", "number"), ("known", "boolean")];
    let rules: &[(&[&str], &[&str])] = &[(&["< 5", "true"], &["1"]), (&[">= 5", "-"], &["2"])];
    assert_eq!(found(&tabled("", columns, rules)), [gap("x < 5, known = false")]);
    let texts: &[(&[&str], &[&str])] = &[(&["\"a\""], &["1"]), (&["\"b\""], &["2"])];
    assert_eq!(found(&tabled("", &[("x", "string")], texts)), [gap("x = any other text")]);
}

#[test]
fn allowed_values_bound_what_can_be_missing() {
    let rules: &[(&[&str], &[&str])] = &[(&["\"a\""], &["1"]), (&["\"b\""], &["2"])];
    let types = |values: &str| {
        format!(
            "<itemDefinition name='tX'><typeRef>string</typeRef><allowedValues><text>{values}\
             </text></allowedValues></itemDefinition>"
        )
    };
    let body = tabled("", &[("x", "tX")], rules);
    assert_eq!(found(&(types("\"a\", \"b\"") + &body)), Vec::<String>::new());
    assert_eq!(
        found(&(types("\"a\", \"b\", \"c\"") + &body)),
        ["warning rules-gap t 2: No rule matches for x = \"c\"; the result is null then."]
    );
}

#[test]
fn defaults_and_collections_have_no_gaps() {
    let rules: &[(&[&str], &[&str])] = &[(&["< 10"], &["1"])];
    assert_eq!(found(&tabled("hitPolicy='COLLECT'", NUMBER, rules)), Vec::<String>::new());
    let body = tabled("", NUMBER, rules).replace(
        "<output id='o'/>",
        "<output id='o'><defaultOutputEntry><text>0</text></defaultOutputEntry></output>",
    );
    assert_eq!(found(&body), Vec::<String>::new());
}

#[test]
fn rules_that_never_decide_are_told() {
    let rules: &[(&[&str], &[&str])] =
        &[(&["< 10"], &["1"]), (&["[3..5]"], &["2"]), (&["[5..3]"], &["3"]), (&["-"], &["4"])];
    assert_eq!(
        found(&tabled("hitPolicy='FIRST'", NUMBER, rules)),
        [
            "warning rule-unreachable r2 4: Rule 2 never decides: rule 1 matches wherever it \
             does, and comes first.",
            "warning rule-unreachable r3 5: Rule 3 never matches: no allowed value of “x” meets \
             [5..3].",
        ]
    );
    let together: &[(&[&str], &[&str])] =
        &[(&["< 10"], &["1"]), (&[">= 10"], &["2"]), (&["[5..15]"], &["3"])];
    assert_eq!(
        found(&tabled("hitPolicy='FIRST'", NUMBER, together)),
        ["warning rule-unreachable r3 5: Rule 3 never decides: the rules 1, 2 before it leave it \
          nothing."]
    );
    let twice: &[(&[&str], &[&str])] = &[(&["< 10"], &["1"]), (&["< 10"], &["1"])];
    assert_eq!(
        found(&tabled("hitPolicy='COLLECT'", NUMBER, twice)),
        ["warning rule-duplicate r2 4: Rule 2 says the same as rule 1."]
    );
}

#[test]
fn what_feel_has_to_say_is_taken_as_possible() {
    let rules: &[(&[&str], &[&str])] =
        &[(&["? * 2 > 10"], &["1"]), (&["? * 2 < 20"], &["2"]), (&["< 3"], &["3"])];
    assert_eq!(found(&tabled("", NUMBER, rules)), Vec::<String>::new());
}

#[test]
fn cells_fit_their_columns() {
    let rules: &[(&[&str], &[&str])] = &[(&["\"10\""], &["1"]), (&["-"], &["2"])];
    let found_here = found(&tabled("hitPolicy='FIRST'", NUMBER, rules));
    assert_eq!(
        found_here,
        ["warning cell-type r1 3: Rule 1: “x” is a number, and the values are compared with a \
          string."]
    );
    let body = tabled(
        "hitPolicy='FIRST'",
        &[("x", "string")],
        &[(&["\"higg\""], &["\"lo\""]), (&["-"], &["\"low\""])],
    )
    .replace(
        "<output id='o'/>",
        "<output id='o' name='risk'><outputValues><text>\"low\"</text></outputValues></output>",
    )
    .replace(
        "</inputExpression>",
        "</inputExpression><inputValues><text>\"high\"</text></inputValues>",
    );
    let messages: Vec<String> = findings_of(&body)
        .into_iter()
        .filter(|it| it.rule == "cell-value")
        .map(|it| it.message)
        .collect();
    assert_eq!(
        messages,
        [
            "Rule 1: \"higg\" is not among the values that are listed for “x”; did you mean “high”?",
            "Rule 1: \"lo\" is not among the values that are listed for “risk”; did you mean “low”?",
        ]
    );
}

#[test]
fn names_are_known_and_required() {
    let body = input("amount", "number")
        + &input("other", "number")
        + &decision("D", &(needs_input("amount") + &literal("amout +\n other")));
    assert_eq!(
        found(&body),
        [
            "info requirement-unused D 2: “amount” is required by “D” and not used there.",
            "warning name-unknown  2: The name “amout” is not known here; did you mean “amount”?",
            "warning requirement-missing  3: “other” is used and not required; it is null here.",
        ]
    );
    let places: Vec<(u32, u32)> = findings_of(&body)
        .iter()
        .filter(|it| it.rule == "requirement-missing")
        .map(|it| (it.position.line, it.position.column))
        .collect();
    assert_eq!(places, [(3, 2)]);
    let filtered = input("items", "Any")
        + &decision("D", &(needs_input("items") + &literal("items[price > 3 and item != null]")));
    assert_eq!(found(&filtered), Vec::<String>::new());
}

#[test]
fn syntax_errors_have_their_place() {
    let body = decision(
        "D",
        "<literalExpression id='e'><text>\n 1 &lt; 2 +* 3</text></literalExpression>",
    );
    let finding = findings_of(&body).remove(0);
    assert_eq!((finding.rule.as_str(), finding.element.as_str()), ("feel-syntax", "e"));
    assert_eq!((finding.position.line, finding.position.column), (3, 12));
}

#[test]
fn references_types_and_ids_are_there_once() {
    let body = decision("D", &(needs("nowhere") + &literal("1"))) + &decision("D", &literal("2"));
    let found_here = found(&body);
    for expected in [
        "error reference-missing D 2: <requiredDecision> refers to “nowhere”, which is missing.",
        "error name-duplicate D 2: The name “D” is already that of the element in line 2.",
    ] {
        assert!(found_here.iter().any(|it| it == expected), "{expected}: {found_here:#?}");
    }
    assert!(
        found_here.iter().any(|it| it.starts_with("error id-duplicate D 2")),
        "{found_here:#?}"
    );
    let typo = "<itemDefinition name='tLoan'><typeRef>string</typeRef></itemDefinition>".to_owned()
        + &input("x", "tLoam");
    assert_eq!(
        found(&typo)[0],
        "error type-unknown x 2: The type “tLoam” is not defined; did you mean “tLoan”?"
    );
    let kind = input("x", "number") + &decision("D", &(needs("x") + &literal("1")));
    assert!(found(&kind)[0].starts_with("error reference-kind D 2"), "{:?}", found(&kind));
}

#[test]
fn requirements_go_one_way() {
    let body = decision("A", &(needs("B") + &literal("B")))
        + &decision("B", &(needs("C") + &literal("C")))
        + &decision("C", &(needs("A") + &literal("A")));
    assert_eq!(
        found(&body),
        ["error requirement-cycle A 2: The requirements go in a circle: “A” → “B” → “C”."]
    );
    let types = "<itemDefinition name='a'><typeRef>b</typeRef></itemDefinition>\
                 <itemDefinition name='b'><typeRef>a</typeRef></itemDefinition>";
    assert!(found(types).iter().any(|it| it.starts_with("error type-cycle")));
}

#[test]
fn literals_are_of_the_declared_type() {
    let body = "<decision id='D' name='D'><variable name='D' typeRef='number'/>\
                <literalExpression id='e'><text>\"ten\"</text></literalExpression></decision>";
    assert_eq!(
        found(body),
        ["warning value-type e 2: \"ten\" is a string and should be number; the result is null."]
    );
}

#[test]
fn other_languages_are_refused_by_name() {
    let body = decision(
        "D",
        "<literalExpression id='e' expressionLanguage='groovy'><text>x</text></literalExpression>",
    );
    let finding = findings_of(&body).remove(0);
    assert_eq!((finding.rule.as_str(), finding.element.as_str()), ("expression-language", "e"));
    assert!(finding.message.contains("groovy"), "{}", finding.message);
}

#[test]
fn a_model_with_findings_can_be_tried() {
    let rules: &[(&[&str], &[&str])] = &[(&["<= 10"], &["1"]), (&[">= 10"], &["2"])];
    let body = tabled("", NUMBER, rules) + &decision("E", &(knows("no") + &literal("1 +")));
    let text = file(&body);
    assert!(Decisions::read(&[&text]).is_err());
    let reading = Decisions::read_to_try(&[&text]).expect("it can be tried");
    assert!(reading.has_error());
    assert_eq!(dmn_models::decide(&reading.decisions, "D", "{x: 3}").value, dmn_models::feel("1"));
    assert!(dmn_models::decide(&reading.decisions, "E", "{}").value.is_null());
}
