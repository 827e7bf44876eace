//! FEEL against expressions that others wrote, for three independent engines.
//!
//! Reads the folder `feel` of the suites; where it is absent the tests are skipped with a printed
//! line. On `agreed.json` two engines agree, and so must we. Of the other two files every
//! disagreement is listed in `docs/feel-conformance.md` with the clause of the standard that
//! decides it: a test fails when it finds one that is not listed, and when a listed one is gone.

mod scala;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use spartito_core::feel::{Budget, Environment, Expression, Names};
use spartito_core::time::Timestamp;
use spartito_core::value::{Context, Decimal, Value, json};

/// The disagreements; in its blocks of code each line begins with the name of a case.
const CONFORMANCE: &str = include_str!("../../../docs/feel-conformance.md");

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

/// What an expression gives.
struct Found {
    value: Value,
    has_warnings: bool,
}

fn evaluate(text: &str, scope: &Context, is_unary: bool) -> Result<Found, String> {
    let env = Environment { now: Timestamp::EPOCH, seed: 1 };
    let names = Names::of(scope);
    let parsed = if is_unary {
        Expression::parse_unary_tests(text, &names)
    } else {
        Expression::parse(text, &names)
    };
    let expression = parsed.map_err(|error| error.to_string())?;
    let printed = expression.print(&names);
    let evaluation = expression.evaluate(scope, &env, &Budget::default());
    let evaluation = evaluation.map_err(|error| error.to_string())?;
    assert_printed_means_the_same(&printed, &names, is_unary, scope, &evaluation.value);
    Ok(Found { has_warnings: !evaluation.warnings.is_empty(), value: evaluation.value })
}

/// Every expression of the suites is also written anew, which must change nothing.
fn assert_printed_means_the_same(
    printed: &str,
    names: &Names,
    is_unary: bool,
    scope: &Context,
    value: &Value,
) {
    let parsed = if is_unary {
        Expression::parse_unary_tests(printed, names)
    } else {
        Expression::parse(printed, names)
    };
    let again = parsed.unwrap_or_else(|error| panic!("{printed}: {error}"));
    assert_eq!(again.print(names), printed);
    let env = Environment { now: Timestamp::EPOCH, seed: 1 };
    let found = again.evaluate(scope, &env, &Budget::default()).expect("it went well before");
    assert_eq!(found.value.to_json(), value.to_json(), "{printed}");
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

/// What a case should give.
enum Expected {
    Value(Value),
    /// A reason is told.
    Failure,
    SyntaxError,
}

/// One expression and what it should give.
struct Case {
    id: String,
    text: String,
    is_unary: bool,
    scope: Context,
    expected: Expected,
}

impl Case {
    /// What is found instead; `None` where it is as expected.
    fn disagreement(&self) -> Option<String> {
        let found = evaluate(&self.text, &self.scope, self.is_unary);
        let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        match (&self.expected, found) {
            (Expected::Value(expected), Ok(found)) => (!matches(&found.value, expected))
                .then(|| format!("{text} = {:?}, not {expected:?}", found.value)),
            (Expected::Value(expected), Err(error)) => {
                Some(format!("{text}: {error}, not {expected:?}"))
            }
            (Expected::Failure, Ok(found)) => {
                (!found.has_warnings).then(|| format!("{text} = {:?}, not a failure", found.value))
            }
            (Expected::SyntaxError, Ok(found)) => {
                Some(format!("{text} = {:?}, not a syntax error", found.value))
            }
            (Expected::Failure | Expected::SyntaxError, Err(_)) => None,
        }
    }
}

/// Evaluates the cases and compares what disagrees with what is listed.
fn run(name: &str, cases: &[Case], listed: &BTreeSet<&str>) {
    let mut found = BTreeSet::new();
    let mut news = Vec::new();
    for case in cases {
        if let Some(disagreement) = case.disagreement() {
            found.insert(&*case.id);
            if !listed.contains(&*case.id) {
                news.push(format!("{}: {disagreement}", case.id));
            }
        }
    }
    println!("{name}: {} of {} agree", cases.len() - found.len(), cases.len());
    for line in &news {
        println!("{line}");
    }
    let known: BTreeSet<&str> = cases.iter().map(|case| &*case.id).collect();
    let gone: Vec<_> =
        listed.iter().filter(|id| known.contains(**id) && !found.contains(**id)).collect();
    assert!(news.is_empty(), "{name}: {} disagreements are not listed", news.len());
    assert!(gone.is_empty(), "{name}: listed, but it agrees: {gone:?}");
}

/// The names of the cases that a section of the list names.
fn listed(section: &str) -> BTreeSet<&'static str> {
    let start = CONFORMANCE.find(section).expect("the list has the section");
    let rest = &CONFORMANCE[start + section.len()..];
    let rest = rest.split("\n## ").next().unwrap_or(rest);
    let blocks = rest.split("```").skip(1).step_by(2);
    blocks
        .flat_map(|block| block.lines().skip(1))
        .filter_map(|line| line.split_once(": "))
        .map(|(id, _)| id)
        .collect()
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
    let cases: Vec<Case> = suite
        .as_list()
        .expect("the suite is a list")
        .iter()
        .enumerate()
        .map(|(at, case)| Case {
            id: format!("agreed#{}", at + 1),
            text: text_of(case, "expr").to_owned(),
            is_unary: false,
            scope: Context::new(),
            expected: Expected::Value(case.get("expect").cloned().unwrap_or_default()),
        })
        .collect();
    run("feel/agreed.json", &cases, &BTreeSet::new());
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

/// The cases with names of their own: the source and a number, where the source repeats.
fn named(suite: &Value, name: impl Fn(&Value) -> String) -> Vec<(String, Value)> {
    let mut named: Vec<(String, Value)> = Vec::new();
    for case in suite.as_list().expect("the suite is a list") {
        let name = name(case);
        let same = |(id, _): &&(String, Value)| id.split('+').next() == Some(&name);
        let before = named.iter().rev().take(300).filter(same).count();
        let id = if before == 0 { name } else { format!("{name}+{before}") };
        named.push((id, case.clone()));
    }
    named
}

#[test]
fn disagrees_with_the_decision_toolkit_only_as_listed() {
    let Some(suite) = cases("feel/decision-toolkit.json") else { return };
    let source = |case: &Value| text_of(case, "src").replace(".rs#_", "#").replace("bifs/", "");
    let case = |(id, case): (String, Value)| {
        let scope = match evaluate(text_of(&case, "context"), &Context::new(), false) {
            Ok(Found { value: Value::Context(context), .. }) => (*context).clone(),
            _ => Context::new(),
        };
        let expected = expectation(case.get("expect")?);
        // Whole values are given as FEEL text.
        let expected = match (text_of(&case, "kind"), &expected) {
            ("value", Value::String(text)) => evaluate(text, &Context::new(), false).ok()?.value,
            _ => expected,
        };
        let (text, expected) = (text_of(&case, "expr").to_owned(), Expected::Value(expected));
        Some(Case { id, text, is_unary: false, scope, expected })
    };
    let cases: Vec<Case> = named(&suite, source).into_iter().filter_map(case).collect();
    run("feel/decision-toolkit.json", &cases, &listed("## The decision toolkit"));
}

/// The letters beyond the first 65,536, as Scala writes them outside of texts.
fn with_letters_of_scala(text: &str) -> String {
    let quoted = format!("\"{}\"", text.replace('"', "\\\""));
    match Expression::parse(&quoted, &Names::none()).ok().and_then(|it| it.as_constant().cloned()) {
        Some(Value::String(letters)) if text.starts_with("{\\u") => letters.to_string(),
        _ => text.to_owned(),
    }
}

/// The cases of feel-scala, and the names of those that need objects of the host.
fn cases_of_feel_scala(suite: &Value) -> (Vec<Case>, BTreeSet<String>) {
    let source = |case: &Value| {
        let file = text_of(case, "src").rsplit('/').next().unwrap_or_default();
        file.trim_end_matches(".scala").to_owned()
    };
    let (mut cases, mut of_the_host) = (Vec::new(), BTreeSet::new());
    for (id, case) in named(suite, source) {
        let raw = text_of(&case, "raw");
        let expected = match text_of(&case, "matcher") {
            "returnNull" => Some(Expected::Value(Value::Null)),
            "returnResult" => match case.get("expect") {
                Some(expect) if !raw.contains('\\') => Some(expect.clone()),
                _ => scala::literal(raw).or_else(|| case.get("expect").cloned()),
            }
            .map(Expected::Value),
            "failToParse" => Some(Expected::SyntaxError),
            "reportFailure" | "failWith" => Some(Expected::Failure),
            _ => None,
        };
        let is_unary = text_of(&case, "kind") == "UnaryTests";
        let given = scala::given(text_of(&case, "args"), is_unary);
        let (Some(expected), Some(given)) = (expected, given) else {
            of_the_host.insert(id);
            continue;
        };
        let mut scope = given.variables;
        if is_unary {
            scope.insert("?", given.input);
        }
        let text = with_letters_of_scala(text_of(&case, "expr"));
        cases.push(Case { id, text, is_unary, scope, expected });
    }
    (cases, of_the_host)
}

#[test]
fn disagrees_with_feel_scala_only_as_listed() {
    let Some(suite) = cases("feel/feel-scala.json") else { return };
    let (cases, of_the_host) = cases_of_feel_scala(&suite);
    run("feel/feel-scala.json", &cases, &listed("## feel-scala"));
    let not_run = listed("## Not run");
    let unlisted: Vec<_> = of_the_host.iter().filter(|id| !not_run.contains(&***id)).collect();
    assert!(unlisted.is_empty(), "not run and not listed: {unlisted:?}");
    println!("feel/feel-scala.json: {} need objects of the host", of_the_host.len());
}
