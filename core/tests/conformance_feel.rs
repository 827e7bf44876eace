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

fn suites() -> Option<PathBuf> {
    let folder = std::env::var_os("SPARTITO_SUITES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/suites"),
        PathBuf::from,
    );
    folder.is_dir().then_some(folder)
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("the suite can be read");
    json::parse(&text, json::Limits::default()).expect("the suite is JSON")
}

fn evaluate(text: &str) -> Result<Value, String> {
    let env = Environment { now: Timestamp::EPOCH, seed: 1 };
    let expression = Expression::parse(text, &Names::none()).map_err(|error| error.to_string())?;
    let evaluation = expression.evaluate(&Context::new(), &env, &Budget::default());
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

#[test]
fn agrees_with_two_independent_engines() {
    let Some(suites) = suites() else {
        println!("skipped: there is no folder of suites (SPARTITO_SUITES)");
        return;
    };
    let cases = read(&suites.join("feel/agreed.json"));
    let cases = cases.as_list().expect("the suite is a list");
    let mut failures = Vec::new();
    for case in cases {
        let text = case.get("expr").and_then(Value::as_str).expect("a case has an expression");
        let expected = case.get("expect").expect("a case has an expectation");
        match evaluate(text) {
            Ok(found) if matches(&found, expected) => {}
            Ok(found) => failures.push(format!("{text}: {found:?} instead of {expected:?}")),
            Err(error) => failures.push(format!("{text}: {error} instead of {expected:?}")),
        }
    }
    let passed = cases.len() - failures.len();
    println!("feel/agreed.json: {passed} of {} pass", cases.len());
    assert!(passed >= AGREED_PASSED_MIN, "{}", failures.join("\n"));
    for failure in &failures {
        println!("  {failure}");
    }
}
