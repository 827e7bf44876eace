//! Forms: read from form-js, prefilled, and their answers checked.

use spartito_core::bpmn::diagnostic::Severity;
use spartito_core::forms::{
    Answers, Component, FieldKind, Form, Tone, check, inspect, read, to_answers,
};
use spartito_core::value::Value;

fn form(components: &str) -> Form {
    let json = format!(r#"{{"id": "f", "type": "default", "components": [{components}]}}"#);
    read(&json).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

fn answers(pairs: &[(&str, &str)]) -> Answers {
    pairs.iter().map(|(key, answer)| ((*key).to_owned(), (*answer).to_owned())).collect()
}

/// The message for the only field of a form, given this answer; empty where it is accepted.
fn message(component: &str, answer: &str) -> String {
    let form = form(component);
    let key = form.fields().next().expect("a field").key.clone();
    match check(&form, &answers(&[(&key, answer)]), None) {
        Ok(_) => String::new(),
        Err(errors) => {
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert_eq!(errors[0].field, key);
            errors[0].message.clone()
        }
    }
}

fn value(component: &str, answer: &str) -> Value {
    let form = form(component);
    let key = form.fields().next().expect("a field").key.clone();
    let variables = check(&form, &answers(&[(&key, answer)]), None).expect("accepted");
    assert_eq!(variables[0].0, key);
    variables[0].1.clone()
}

fn number(text: &str) -> Value {
    Value::Number(text.parse().expect("a number"))
}

const AMOUNT: &str = r#"{"type": "number", "key": "amount", "label": "Amount",
    "validate": {"required": true, "min": 1000, "max": 100000}}"#;
const TERM: &str = r#"{"type": "number", "key": "term", "label": "Term", "decimalDigits": 0,
    "step": 6}"#;
const RATE: &str = r#"{"type": "number", "key": "rate", "label": "Rate", "decimalDigits": 2}"#;
const IBAN: &str = r#"{"type": "textfield", "key": "iban", "label": "IBAN",
    "validate": {"required": true, "minLength": 15, "maxLength": 34, "pattern": "^[A-Z]{2}"}}"#;
const REMARKS: &str = r#"{"type": "textarea", "key": "remarks", "label": "Remarks"}"#;
const TIER: &str = r#"{"type": "select", "key": "tier", "label": "Customer tier",
    "validate": {"required": true},
    "values": [{"label": "Gold", "value": "gold"}, {"label": "Two", "value": 2}]}"#;
const SEEN: &str = r#"{"type": "checkbox", "key": "seen", "label": "Payslips are there",
    "validate": {"required": true}}"#;
const DAY: &str = r#"{"type": "datetime", "key": "day", "label": "Pay day", "subtype": "date"}"#;
const MOMENT: &str =
    r#"{"type": "datetime", "key": "at", "label": "Meeting", "subtype": "datetime"}"#;

#[test]
fn tells_in_words_what_to_correct() {
    for (component, answer, expected) in [
        (AMOUNT, "", "Enter the amount"),
        (AMOUNT, "   ", "Enter the amount"),
        (AMOUNT, "a lot", "Amount must be a number, such as 24000"),
        (AMOUNT, "24,000", "Amount must be a number without commas, such as 24000 or 24000.50"),
        (AMOUNT, "999.99", "Amount must be 1,000 or more"),
        (AMOUNT, "100000.01", "Amount must be 100,000 or less"),
        (AMOUNT, "1000", ""),
        (AMOUNT, "24 000.50", ""),
        (TERM, "6.5", "Term must be a whole number"),
        (TERM, "7", "Term must be a multiple of 6"),
        (TERM, "12.0", ""),
        (RATE, "3.125", "Rate must have at most 2 decimal places"),
        (RATE, "3.120", ""),
        (IBAN, "", "Enter the IBAN"),
        (IBAN, "DE1", "IBAN must be 15 characters or more"),
        (IBAN, "DE123456789012345678901234567890123", "IBAN must be 34 characters or fewer"),
        (IBAN, "1234567890123456", "IBAN must be written in the form that is asked for"),
        (
            IBAN,
            "DE\t12345678901234",
            "IBAN must not contain line breaks or invisible control characters",
        ),
        (TIER, "", "Choose the customer tier"),
        (TIER, "platinum", "Choose the customer tier from the list"),
        (SEEN, "", "Tick “Payslips are there” to go on"),
        (SEEN, "no", "Tick “Payslips are there” to go on"),
        (DAY, "31.12.2026", "Pay day must be a date, such as 2026-12-31"),
        (DAY, "2026-02-30", "Pay day must be a date, such as 2026-12-31"),
        (MOMENT, "tomorrow", "Meeting must be a date and time, such as 2026-12-31T17:00"),
        (REMARKS, "two\r\nlines\tand a tab", ""),
        (
            REMARKS,
            "bell\u{7}",
            "Remarks must not contain line breaks or invisible control characters",
        ),
    ] {
        assert_eq!(message(component, answer), expected, "{answer:?}");
    }
    let long = "x".repeat(10_001);
    assert_eq!(message(REMARKS, &long), "Remarks must be 10,000 characters or fewer");
}

#[test]
fn gives_typed_values() {
    assert_eq!(value(AMOUNT, "24 000.50"), number("24000.50"));
    assert_eq!(value(REMARKS, " two\r\nlines "), Value::string("two\nlines"));
    assert_eq!(value(TIER, "gold"), Value::string("gold"));
    assert_eq!(value(TIER, "2"), number("2"));
    assert_eq!(value(SEEN, "true"), Value::Boolean(true));
    assert!(matches!(value(DAY, "2026-12-31"), Value::Date(_)));
    assert!(matches!(value(MOMENT, "2026-12-31T17:00"), Value::DateTime(_)));
    assert_eq!(value(REMARKS, ""), Value::Null, "empty is null, not an empty text");
    let optional = SEEN.replace("true", "false");
    assert_eq!(value(&optional, ""), Value::Boolean(false), "not ticked is false");
}

#[test]
fn text_that_looks_like_code_stays_text() {
    for text in ["=1+1", "{{secrets.X}}", "<script>alert(1)</script>", "${7*7}"] {
        assert_eq!(value(REMARKS, text), Value::string(text));
    }
}

#[test]
fn reports_every_field_at_once_from_top_to_bottom() {
    let form = form(&format!("{AMOUNT}, {TIER}, {SEEN}"));
    let errors = check(&form, &Answers::new(), None).expect_err("nothing was filled in");
    let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["amount", "tier", "seen"]);
}

fn decide() -> Form {
    read(include_str!("../../examples/loan-application/forms/decide-loan.form"))
        .expect("the form of the example is read")
}

#[test]
fn an_action_sets_its_variable_and_asks_for_its_fields() {
    let form = decide();
    let approved = check(&form, &answers(&[("rate", "4.2")]), Some("approve")).expect("accepted");
    assert!(approved.contains(&("approved".to_owned(), Value::Boolean(true))));
    assert!(approved.contains(&("comment".to_owned(), Value::Null)));
    let refused = check(&form, &answers(&[("rate", "4.2")]), Some("decline"));
    let errors = refused.expect_err("a comment is asked for");
    assert_eq!((errors[0].field.as_str(), errors.len()), ("comment", 1));
    assert_eq!(errors[0].message, "Enter the comment");
    let comment = answers(&[("comment", "Too little income")]);
    let declined = check(&form, &comment, Some("decline")).expect("accepted");
    assert!(declined.contains(&("approved".to_owned(), Value::Boolean(false))));
}

#[test]
fn a_form_with_several_actions_asks_for_one_of_them() {
    for action in [None, Some(""), Some("delete-everything")] {
        let errors = check(&decide(), &Answers::new(), action).expect_err("no such button");
        assert_eq!(errors[0].field, "");
        assert_eq!(errors[0].message, "Choose “Approve loan” or “Decline”");
    }
}

#[test]
fn a_field_that_only_shows_is_never_set() {
    let form = form(
        r#"{"type": "textfield", "key": "a", "readonly": true, "validate": {"required": true}},
           {"type": "number", "key": "b", "disabled": true}"#,
    );
    assert_eq!(
        check(&form, &answers(&[("a", "forged"), ("b", "1"), ("c", "2")]), None),
        Ok(vec![])
    );
}

#[test]
fn prefills_from_process_data_then_from_defaults() {
    let form = form(&format!(
        r#"{AMOUNT}, {TIER}, {SEEN}, {DAY}, {MOMENT}, {REMARKS},
           {{"type": "textfield", "key": "city", "defaultValue": "Bern"}},
           {{"type": "textfield", "key": "land", "defaultValue": "CH"}},
           {{"type": "checkbox", "key": "news", "defaultValue": true}}"#
    ));
    let variables = |name: &str| match name {
        "amount" => Some(number("24000.50")),
        "tier" => Some(number("2")),
        "seen" => Some(Value::Boolean(true)),
        "day" => Some(value(DAY, "2026-12-31")),
        "at" => Some(value(MOMENT, "2026-12-31T17:00")),
        "remarks" => Some(Value::list(vec![number("1"), Value::string("two")])),
        "land" => Some(Value::Null),
        _ => None,
    };
    let expected = answers(&[
        ("amount", "24000.50"),
        ("tier", "2"),
        ("seen", "true"),
        ("day", "2026-12-31"),
        ("at", "2026-12-31T17:00"),
        ("remarks", "[1,\"two\"]"),
        ("city", "Bern"),
        ("news", "true"),
    ]);
    assert_eq!(to_answers(&form, &variables), expected);
}

#[test]
fn what_is_prefilled_is_accepted_again() {
    let form = form(&format!("{AMOUNT}, {TIER}, {SEEN}, {DAY}, {MOMENT}"));
    let given = answers(&[
        ("amount", "24000.50"),
        ("tier", "2"),
        ("seen", "true"),
        ("day", "2026-12-31"),
        ("at", "2026-12-31T17:00:30"),
    ]);
    let variables = check(&form, &given, None).expect("accepted");
    let find = |name: &str| {
        variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    assert_eq!(to_answers(&form, &find), given);
}

#[test]
fn reads_every_form_of_the_example_without_a_remark() {
    for (json, fields, actions) in [
        (include_str!("../../examples/loan-application/forms/loan-start.form"), 5, 1),
        (include_str!("../../examples/loan-application/forms/verify-identity.form"), 4, 1),
        (include_str!("../../examples/loan-application/forms/check-documents.form"), 5, 1),
        (include_str!("../../examples/loan-application/forms/decide-loan.form"), 2, 2),
    ] {
        let (form, findings) = inspect(json);
        assert_eq!(findings, []);
        let form = form.expect("a form");
        assert_eq!((form.fields().count(), form.actions().count()), (fields, actions));
    }
}

#[test]
fn keeps_layout_adorners_and_tones() {
    let form = decide();
    let rate = form.fields().next().expect("the rate");
    assert_eq!((rate.label.as_str(), rate.suffix.as_deref()), ("Interest rate a year", Some("%")));
    assert!(matches!(rate.kind, FieldKind::Number { decimal_digits: Some(2), .. }));
    let tones: Vec<Tone> = form.actions().map(|action| action.tone).collect();
    assert_eq!(tones, [Tone::Primary, Tone::Danger]);
    let start = read(include_str!("../../examples/loan-application/forms/loan-start.form"));
    let start = start.expect("a form");
    assert_eq!(start.fields().nth(1).and_then(|amount| amount.width), Some(8));
}

#[test]
fn a_form_crosses_the_network_unchanged() {
    let form = form(&format!(
        r##"{AMOUNT}, {IBAN}, {TIER}, {{"type": "text", "text": "# Hello"}},
           {{"type": "group", "label": "G", "components": [{SEEN}, {{"type": "separator"}}]}},
           {{"type": "button", "key": "go", "label": "Go",
             "properties": {{"variable": "went", "value": "12.50"}}}}"##
    ));
    let json = serde_json::to_string(&form).expect("it can be written");
    let back: Form = serde_json::from_str(&json).expect("it can be read");
    assert_eq!(back, form);
    assert_eq!(form.fields().count(), 4, "fields in groups count");
    let Some(Component::Action(go)) = form.components.last() else { panic!("a button") };
    assert_eq!(go.sets, Some(("went".to_owned(), number("12.50"))));
}

/// The rules of the findings, with line and element.
fn findings(json: &str) -> Vec<(String, u32, String)> {
    let (form, findings) = inspect(json);
    let has_error = findings.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(form.is_none(), has_error);
    findings.into_iter().map(|f| (f.rule, f.position.line, f.element)).collect()
}

#[test]
fn refuses_what_it_cannot_show_naming_the_place() {
    let json = "{\"id\": \"f\", \"extra\": {\"brace\": \"{\\\"\"}, \"components\": [\n\
                {\"type\": \"filepicker\", \"key\": \"papers\"},\n\
                {\"type\": \"textfield\", \"key\": \"a b\"},\n\
                {\"type\": \"textfield\"},\n\
                {\"type\": \"number\", \"key\": \"n\", \"validate\": {\"min\": 5, \"max\": 1}},\n\
                {\"type\": \"number\", \"key\": \"n\", \"validate\": {\"min\": \"=x\"}},\n\
                {\"type\": \"group\", \"components\": [\n\
                {\"type\": \"select\", \"key\": \"s\", \"valuesKey\": \"list\"},\n\
                {\"type\": \"group\", \"id\": \"g\", \"components\": []}]},\n\
                {\"type\": \"button\", \"key\": \"go\", \"properties\": {\"requires\": \"n, gone\"}},\n\
                {\"type\": \"checkbox\", \"key\": \"c\", \"readonly\": \"=true\"}]}";
    let found = findings(json);
    let found: Vec<(&str, u32, &str)> =
        found.iter().map(|(rule, line, key)| (rule.as_str(), *line, key.as_str())).collect();
    assert_eq!(
        found,
        [
            ("form-component-unknown", 2, "papers"),
            ("form-key-invalid", 3, "a b"),
            ("form-key-missing", 4, ""),
            ("form-limits", 5, "n"),
            ("form-key-duplicate", 6, "n"),
            ("form-limits", 6, "n"),
            ("form-choices", 8, "s"),
            ("form-part-ignored", 8, "s"),
            ("form-group-nested", 9, "g"),
            ("form-button-requires", 10, "go"),
            ("form-expression", 11, "c"),
        ]
    );
}

#[test]
fn refuses_what_is_no_form() {
    for json in [
        "",
        "[]",
        "{}",
        "{\"id\": \"f\"}",
        "{\"components\": []}",
        "{\"id\": \"f\", \"id\": \"g\", \"components\": []}",
        "{\"id\": \"f\", \"components\": [}",
    ] {
        assert!(!findings(json).is_empty(), "{json}");
        assert!(read(json).is_err(), "{json}");
    }
    let deep = format!("{{\"id\": \"f\", \"components\": {}{}}}", "[".repeat(200), "]".repeat(200));
    assert_eq!(findings(&deep)[0].0, "form-json");
    let many = "{\"type\": \"spacer\"},".repeat(600);
    let many = format!("{{\"id\": \"f\", \"components\": [{}]}}", many.trim_end_matches(','));
    assert_eq!(findings(&many)[0].0, "form-components-limit");
    assert!(read(&" ".repeat(1_000_001)).is_err());
}

#[test]
fn warns_of_what_has_no_effect() {
    let json = r#"{"id": "f", "components": [
        {"type": "textfield", "key": "a", "conditional": {"hide": "=b"}},
        {"type": "text", "text": "Dear {{name}}"},
        {"type": "button", "key": "r", "action": "reset"}]}"#;
    let rules: Vec<String> = findings(json).into_iter().map(|(rule, _, _)| rule).collect();
    assert_eq!(rules, ["form-condition-ignored", "form-text-expression", "form-button-ignored"]);
}

#[test]
fn a_hostile_pattern_is_refused_or_harmless() {
    let with = |pattern: &str| {
        format!(
            r#"{{"id": "f", "components": [{{"type": "textarea", "key": "t",
                "validate": {{"pattern": "{pattern}"}}}}]}}"#
        )
    };
    for refused in ["(", "(?=a)", "(a)\\\\1", "((a{1000}){1000}){1000}"] {
        assert_eq!(findings(&with(refused))[0].0, "form-pattern", "{refused}");
    }
    let form = read(&with("^(a+)+$")).expect("linear in time here");
    let hostile = answers(&[("t", &format!("{}!", "a".repeat(9_999)))]);
    assert!(check(&form, &hostile, None).is_err());
}
