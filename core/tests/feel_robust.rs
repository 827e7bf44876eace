//! No text makes the FEEL parser or evaluator panic, and none runs past its budget.

use proptest::prelude::{Strategy, any, prop, proptest};
use spartito_core::feel::{Budget, Environment, Expression, Names, translate};
use spartito_core::time::{IsoDuration, Timestamp};
use spartito_core::value::{Context, Value, json, parse_temporal};

/// Pieces that expressions are made of, and some that they are not.
const PIECES: &[&str] = &[
    "1",
    "0.5",
    "-",
    "+",
    "*",
    "/",
    "**",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "..",
    "<",
    "<=",
    ">",
    "=",
    "!=",
    "and",
    "or",
    "in",
    "not(",
    "between",
    "if",
    "then",
    "else",
    "for",
    "x",
    "return",
    "some",
    "every",
    "satisfies",
    "function(",
    "instance of",
    "number",
    "list<",
    "item",
    "partial",
    "?",
    "\"a\"",
    "\"é\\u00e9\"",
    "null",
    "true",
    "@\"2026-01-31\"",
    "@\"P1M\"",
    "@\"PT1H\"",
    "@\"12:00:00Z\"",
    "@\"2026-01-31T00:00:00\"",
    "date(",
    "sum(",
    "sort(",
    "a b",
    "a-b",
    "a",
    "substring(",
    "1e6144",
    "999999999",
    "duration(",
    "string(",
    "range(",
    "`a`",
    "list replace(",
    "flatten(",
    "context put(",
    "get value(",
    "decimal(",
    "split(",
    "'",
    "\\",
    "now()",
    "modulo(",
    "overlaps(",
    "string join(",
    "insert before(",
    "median(",
    "/*",
    "//",
    "\n",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 1..24).prop_map(|pieces| pieces.join(" "))
}

fn scope() -> Context {
    let text = r#"{"a":1,"b":[1,2,{"a":3}],"a b":"text","a-b":{"x":null},"x":[{"item":1}]}"#;
    let value = json::parse(text, json::Limits::default()).expect("the variables are JSON");
    value.as_context().expect("the variables are a context").clone()
}

fn try_out(text: &str) {
    let scope = scope();
    let names = Names::of(&scope);
    let env = Environment { now: Timestamp::EPOCH, seed: 7 };
    let budget = Budget { steps_max: 20_000, bytes_max: 1 << 20, ..Budget::default() };
    let parsed = [Expression::parse(text, &names), Expression::parse_unary_tests(text, &names)];
    for expression in parsed.into_iter().flatten() {
        let _ = (expression.print(&names), expression.unknown_names(["a"]));
        if let Ok(evaluation) = expression.evaluate(&scope, &env, &budget) {
            let stored = serde_json::to_string(&evaluation.value).expect("a value is stored");
            let read: Value = serde_json::from_str(&stored).expect("a stored value is read");
            assert_eq!(read.to_json(), evaluation.value.to_json(), "{text}");
            let again = expression.evaluate(&scope, &env, &budget).expect("it went well before");
            assert_eq!(again.value.to_json(), evaluation.value.to_json(), "{text}");
        }
    }
}

/// What the fuzzer found, kept so that it stays right.
const FOUND: &[&str] = &["\r\r` ` \u{fffd}na`ao", "` `"];

#[test]
fn what_was_found_once_stays_right() {
    for text in FOUND {
        try_out(text);
    }
}

proptest! {
    #[test]
    fn no_soup_of_pieces_makes_a_panic(text in soup()) {
        try_out(&text);
    }

    #[test]
    fn no_text_at_all_makes_a_panic(text in any::<String>()) {
        try_out(&text);
        let _ = translate(&text);
        let _ = translate(&format!("${{{text}}}"));
        let _ = json::parse(&text, json::Limits::default());
        let _ = parse_temporal(&text);
        let _ = Timestamp::parse(&text);
        let _ = IsoDuration::parse(&text);
    }

    #[test]
    fn no_temporal_like_text_makes_a_panic(text in "[-+PYMDTHSZ@0-9:.]{0,24}") {
        let _ = parse_temporal(&text).map(|value| value.to_json());
        let _ = Timestamp::parse(&text);
        let _ = IsoDuration::parse(&text).map(|it| Timestamp::EPOCH.plus(it));
        try_out(&format!("@\"{text}\" + @\"P1M\" - @\"{text}\""));
    }

    #[test]
    fn numbers_survive_text(digits in any::<i128>(), scale in -200_i32..200) {
        if let Ok(number) = spartito_core::value::Decimal::new(digits, scale) {
            let read = number.to_string().parse().expect("a number is read as it was written");
            assert_eq!(number, read);
            let text = Value::Number(number).to_json();
            assert_eq!(json::parse(&text, json::Limits::default()).expect("JSON"), number.into());
        }
    }
}
