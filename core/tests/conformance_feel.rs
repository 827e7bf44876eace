//! FEEL against expressions that others wrote and on which two engines agree.
//!
//! Reads `feel/agreed.json` in the folder of suites; where the folder is absent the test is
//! skipped with a printed line.

use std::path::{Path, PathBuf};

use spartito_core::feel::{Budget, Environment, Expression, Names};
use spartito_core::time::Timestamp;
use spartito_core::value::{Context, Decimal, Value, json};

/// Expressions of `agreed.json` that pass today; the number only grows.
const AGREED_PASSED_MIN: usize = 398;
/// The same for `decision-toolkit.json`.
const TOOLKIT_PASSED_MIN: usize = 2_684;
/// The same for the expressions of `feel-scala.json` that need no data.
const SCALA_PASSED_MIN: usize = 509;

fn suites() -> Option<PathBuf> {
    let folder = std::env::var_os("SPARTITO_SUITES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/suites"),
        PathBuf::from,
    );
    folder.is_dir().then_some(folder)
}

#[expect(clippy::disallowed_methods, reason = "suites are files; only this test reads them")]
fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("the suite can be read");
    json::parse(&text, json::Limits::default()).expect("the suite is JSON")
}

fn evaluate(text: &str, scope: &Context) -> Result<Value, String> {
    let env = Environment { now: Timestamp::EPOCH, seed: 1 };
    let expression =
        Expression::parse(text, &Names::of(scope)).map_err(|error| error.to_string())?;
    let evaluation = expression.evaluate(scope, &env, &Budget::default());
    evaluation.map(|evaluation| evaluation.value).map_err(|error| error.to_string())
}

/// Equal as JSON, numbers within 1e-8.
fn matches(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Number(found), Value::Number(expected)) => {
            let tolerance = Decimal::new(1, 8).expect("a small number");
            found.minus(*expected).is_ok_and(|difference| difference.abs() <= tolerance)
        }
        (Value::List(found), Value::List(expected)) => {
            found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected.iter())
                    .all(|(found, expected)| matches(found, expected))
        }
        (Value::Context(found), Value::Context(expected)) => {
            found.len() == expected.len()
                && expected.iter().all(|(name, expected)| {
                    found.get(name).is_some_and(|found| matches(found, expected))
                })
        }
        _ => found.to_json() == expected.to_json(),
    }
}

/// One expression and what it should give.
struct Case<'s> {
    text: &'s str,
    scope: Context,
    expected: Value,
}

/// Evaluates the cases, prints how many pass and which do not, and holds the floor.
fn run(name: &str, cases: &[Case<'_>], passed_min: usize) {
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| match evaluate(case.text, &case.scope) {
            Ok(found) if matches(&found, &case.expected) => None,
            Ok(found) => Some(format!("{}: {found:?} not {:?}", case.text, case.expected)),
            Err(error) => Some(format!("{}: {error} not {:?}", case.text, case.expected)),
        })
        .collect();
    let passed = cases.len() - failures.len();
    println!("{name}: {passed} of {} pass", cases.len());
    for failure in &failures {
        println!("  {failure}");
    }
    assert!(passed >= passed_min, "{name}: {passed} pass and {passed_min} did before");
}

/// The cases of a suite, or none with a printed line where there is no folder of suites.
fn cases(file: &str) -> Option<Value> {
    let Some(suites) = suites() else {
        println!("skipped {file}: there is no folder of suites (SPARTITO_SUITES)");
        return None;
    };
    Some(read(&suites.join(file)))
}

fn text_of<'s>(case: &'s Value, key: &str) -> &'s str {
    case.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn agrees_with_two_independent_engines() {
    let Some(suite) = cases("feel/agreed.json") else { return };
    let cases: Vec<Case<'_>> = suite
        .as_list()
        .expect("the suite is a list")
        .iter()
        .map(|case| Case {
            text: text_of(case, "expr"),
            scope: Context::new(),
            expected: case.get("expect").cloned().unwrap_or_default(),
        })
        .collect();
    run("feel/agreed.json", &cases, AGREED_PASSED_MIN);
}

/// A number as its digits and their scale; anything else as it is.
fn expectation(expect: &Value) -> Value {
    let part = |name: &str| expect.get(name).and_then(Value::as_number).and_then(Decimal::to_i64);
    match (part("mantissa"), part("scale")) {
        (Some(digits), Some(scale)) => {
            Decimal::new(digits.into(), i32::try_from(scale).unwrap_or(0))
                .map(Value::Number)
                .unwrap_or_default()
        }
        _ => expect.clone(),
    }
}

#[test]
fn agrees_with_the_decision_toolkit() {
    let Some(suite) = cases("feel/decision-toolkit.json") else { return };
    let cases: Vec<Case<'_>> = suite
        .as_list()
        .expect("the suite is a list")
        .iter()
        .filter_map(|case| {
            let scope = match evaluate(text_of(case, "context"), &Context::new()) {
                Ok(Value::Context(context)) => (*context).clone(),
                _ => Context::new(),
            };
            let expected = expectation(case.get("expect")?);
            // Whole values are given as FEEL text.
            let expected = match (text_of(case, "kind"), &expected) {
                ("value", Value::String(text)) => evaluate(text, &Context::new()).ok()?,
                _ => expected,
            };
            Some(Case { text: text_of(case, "expr"), scope, expected })
        })
        .collect();
    run("feel/decision-toolkit.json", &cases, TOOLKIT_PASSED_MIN);
}

#[test]
fn agrees_with_feel_scala_where_no_data_of_the_host_is_given() {
    let Some(suite) = cases("feel/feel-scala.json") else { return };
    let cases: Vec<Case<'_>> = suite
        .as_list()
        .expect("the suite is a list")
        .iter()
        .filter(|case| text_of(case, "kind") == "Expression" && text_of(case, "args").is_empty())
        .filter(|case| matches!(text_of(case, "matcher"), "returnResult" | "returnNull"))
        .filter_map(|case| {
            let expected = case.get("expect")?.clone();
            Some(Case { text: text_of(case, "expr"), scope: Context::new(), expected })
        })
        .collect();
    run("feel/feel-scala.json", &cases, SCALA_PASSED_MIN);
}
